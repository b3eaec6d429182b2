"""SVG: drawn by ourselves and serialised by an XML library, so that no label can be anything but text.

Elements and attributes are few (ELEMENTS, ATTRIBUTES): no script, no link, no foreign object, no reference by
address, not even a marker.  Colours are classes, for light and dark; the names begin with xf- so that a page which
takes the picture in keeps its own.
"""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from xinfang_flow.flow.draw import layout, placement as placing, shapes
from xinfang_flow.flow.draw.picture import ANY, OPEN, Arrow, Picture, with_tags
from xinfang_flow.flow.draw.shapes import BESIDE, LEADING, PILL, Block, Row, Shape, Stub
from xinfang_flow.flow.draw.style import STYLE
from xinfang_flow.text import Language

ELEMENTS: Final = frozenset({"svg", "title", "desc", "style", "g", "rect", "path", "circle", "text"})
ATTRIBUTES: Final = frozenset({
    "xmlns", "viewBox", "width", "height", "role", "lang", "class", "x", "y", "rx", "d", "cx", "cy", "r",
})  # fmt: skip

_MARGIN: Final = 20.0
_HEADING: Final = 58.0
_ICONS: Final = {
    "deadline": "M5 0.5a4.5 4.5 0 1 0 0.01 0zM5 2.5v2.8l2 1.2",
    "task": "M0.8 0.8h8.4v8.4h-8.4zM2.8 5l1.7 1.8l2.9 -3.8",
    "action": "M9 5a4 4 0 1 1 -1.4 -3M9.2 0.3v2.6h-2.6",
    "out": "M1 4.5h8M6 1.5l3.2 3l-3.2 3",
    "back": "M4 1.5l-3.2 3l3.2 3M1 4.5h5a2.6 2.6 0 0 1 0 5.2h-1.5",
}


def svg(picture: Picture, lang: Language) -> str:
    """Return the picture as an SVG document of its own."""
    return tostring(_Canvas(picture, lang).draw(), encoding="unicode")


class _Canvas:
    """One picture being drawn."""

    def __init__(self, picture: Picture, lang: Language) -> None:
        self.picture, self.lang = picture, lang
        self.bands = _bands(picture)
        ties = [(one.source, one.dest) for one in picture.arrows]
        ties += [(box.id, back.dest) for box in picture.boxes for back in box.backs if back.dest]
        ranks = layout.ranked([ids for _, ids in self.bands], ties)
        far = {
            one for one in picture.arrows if one.source != OPEN and ranks.passed((one.source, one.dest)) > layout.FAR
        }
        self.arrows = [one for one in picture.arrows if one not in far]
        self.shapes = {
            box.id: shapes.shape(box) for box in with_tags(picture.boxes, (one for one in picture.arrows if one in far))
        }
        self.labels = [shapes.label(arrow.labels) for arrow in self.arrows]
        self.titles = [shapes.block([(title, "small", "")], 9.0, 4) if title else None for title, _ in self.bands]
        ways = [
            layout.Way(arrow.source, arrow.dest, shapes.label_size(label))
            for arrow, label in zip(self.arrows, self.labels, strict=True)
        ]
        sizes = {id: shape.size for id, shape in self.shapes.items()}
        self.placed = placing.place(layout.rows(ranks, sizes, ways))
        gutter = max((title.width + 22.0 for title in self.titles if title), default=0.0)
        self.left, self.top = _MARGIN + gutter + placing.PADDING, _HEADING + _MARGIN

    def draw(self) -> Element:
        """The whole document."""
        heading = shapes.block([(self.picture.title, "heading", ""), (self.picture.subtitle, "note", "")], 60.0, 1)
        width = max(self.left + self.placed.width + placing.PADDING, _MARGIN + heading.width) + _MARGIN
        height = self.top + self.placed.height + placing.PADDING + _MARGIN
        size = {"width": _number(width), "height": _number(height)}
        root = Element("svg", {
            "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {_number(width)} {_number(height)}", **size,
            "role": "img", "lang": self.lang, "class": "xf-flow",
        })  # fmt: skip
        SubElement(root, "title").text = self.picture.title
        SubElement(root, "desc").text = self.picture.description
        SubElement(root, "style").text = STYLE
        SubElement(root, "rect", {"class": "xf-page", **size})
        _write(root, heading, _MARGIN, _MARGIN)
        self.frames(root, width - 2 * _MARGIN)
        for arrow, label, route in zip(self.arrows, self.labels, self.placed.routes, strict=True):
            self.arrow(root, arrow, label, route)
        for shape in self.shapes.values():
            self.box(root, shape)
        return root

    def frames(self, root: Element, width: float) -> None:
        """The stages, one below the other, with their names at the left."""
        for title, (top, bottom) in zip(self.titles, self.placed.bands, strict=True):
            if title:
                y, height = top + self.top, bottom - top
                look = {"class": "xf-band", "x": _number(_MARGIN), "y": _number(y), "rx": "8"}
                SubElement(root, "rect", {**look, "width": _number(width), "height": _number(height)})
                _write(root, title, _MARGIN + 11.0, y + 12.0, "xf-stage")

    def arrow(self, root: Element, arrow: Arrow, label: Block, route: placing.Route) -> None:
        """A line with its head, and its label beside it."""
        look = " xf-gone" if arrow.travelled else " xf-rising" if route.rising else ""
        group = SubElement(root, "g", {"class": f"xf-arrow{look}"})
        strokes = [(x + self.left, top + self.top, bottom + self.top) for x, top, bottom in route.strokes]
        SubElement(group, "path", {"class": "xf-line", "d": _curve(strokes, rising=route.rising)})
        x, y = (strokes[0][0], strokes[0][1]) if route.rising else (strokes[-1][0], strokes[-1][2])
        SubElement(group, "path", {"class": "xf-head", "d": _head(x, y, 9.0 if route.rising else -9.0)})
        _write(group, label, route.label[0] + self.left + BESIDE, route.label[1] + self.top)

    def box(self, root: Element, shape: Shape) -> None:
        """A state or a marker, with what is inside and beside it."""
        axis, top = (
            offset + at for offset, at in zip((self.left, self.top), self.placed.boxes[shape.box.id], strict=True)
        )
        group = SubElement(root, "g", {"class": f"xf-box xf-{shape.box.kind} xf-{shape.box.mark or 'plain'}"})
        if shape.box.kind == "open":
            SubElement(group, "circle", {"cx": _number(axis), "cy": _number(top + 9.0), "r": "8"})
            return
        SubElement(group, "title").text = shape.box.title
        _frame(group, axis - shape.half, top, 2 * shape.half, shape.height, "xf-frame")
        if shape.box.kind == "final":
            _frame(group, axis - shape.half + 3.5, top + 3.5, 2 * shape.half - 7.0, shape.height - 7.0, "xf-inner")
        inside = shape.head.height + (shape.lines.height + 9.0 if shape.lines.rows else 0.0)
        y = top + (shape.height - inside) / 2
        for row in shape.head.rows:
            _text(group, row, axis, y, f"xf-{row.style} xf-middle")
        _write(group, shape.lines, axis - shape.half + 14.0, y + shape.head.height + 9.0)
        if shape.lines.rows:
            rule = f"M{_number(axis - shape.half + 12)} {_number(y + shape.head.height + 4)}"
            SubElement(group, "path", {"class": "xf-rule", "d": f"{rule}h{_number(2 * shape.half - 24)}"})
        y = top + (shape.height - sum(stub.height for stub in shape.stubs)) / 2
        for stub in shape.stubs:
            self.stub(root, stub, axis + shape.half, y)
            y += stub.height

    def stub(self, root: Element, stub: Stub, x: float, top: float) -> None:
        """A small arrow to a tag."""
        group = SubElement(root, "g", {"class": "xf-arrow xf-back"})
        if stub.back.dest:
            group = SubElement(group, "g", {"class": "xf-out"})
        y, end = top + stub.label.height + 3.0, x + stub.reach
        SubElement(group, "path", {"class": "xf-line", "d": f"M{_number(x)} {_number(y)}H{_number(end - 8)}"})
        head = f"M{_number(end)} {_number(y)}l-9 -4v8z"
        SubElement(group, "path", {"class": "xf-head", "d": head})
        _write(group, stub.label, x + 8.0, top)
        _frame(group, end, y - PILL / 2, stub.pill.width + PILL - 6.0, PILL, "xf-pill")
        _text(group, stub.pill, end + 8.0, y - LEADING["small"] / 2)


def _bands(picture: Picture) -> list[tuple[str, list[str]]]:
    """The bands with their boxes; where a case is opened comes first, "any open state" just above where it leads."""
    bands = [(band.title, list(band.boxes)) for band in picture.bands]
    if any(box.id == ANY for box in picture.boxes):
        dests = {arrow.dest for arrow in picture.arrows if arrow.source == ANY}
        at = next((number for number, (_, ids) in enumerate(bands) if dests & set(ids)), 0)
        bands.insert(at, ("", [ANY]))
    return [("", [OPEN]), *bands]


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _curve(strokes: list[tuple[float, float, float]], *, rising: bool) -> str:
    """Upright strokes joined by curves that leave and arrive upright; the line ends inside its arrow's head."""
    (x, top, bottom), *_ = strokes
    top += 8.0 if rising else 0.0
    parts, floor = [f"M{_number(x)} {_number(top)}"], max(top, bottom)
    for number, (after, begin, end) in enumerate(strokes[1:], start=2):
        stop = end if rising or number < len(strokes) else end - 8.0
        start = min(begin, stop)
        middle = _number((floor + start) / 2)
        curve = f"C{_number(x)} {middle} {_number(after)} {middle} {_number(after)} {_number(start)}"
        parts.append(f"V{_number(floor)}{curve}V{_number(stop)}")
        x, floor = after, stop
    return "".join(parts)


def _head(x: float, y: float, back: float) -> str:
    return f"M{_number(x)} {_number(y)}l-4 {_number(back)}h8z"


def _frame(parent: Element, x: float, y: float, width: float, height: float, look: str) -> None:
    place = {"x": _number(x), "y": _number(y), "width": _number(width), "height": _number(height)}
    SubElement(parent, "rect", {"class": look, **place, "rx": "11" if look == "xf-pill" else "7"})


def _write(parent: Element, block: Block, x: float, y: float, look: str = "") -> None:
    for row in block.rows:
        _text(parent, row, x, y, look)


def _text(parent: Element, row: Row, x: float, y: float, look: str = "") -> None:
    if row.icon in _ICONS:
        SubElement(parent, "path", {"class": "xf-icon", "d": _moved(_ICONS[row.icon], x, y + row.top + 3.0)})
    baseline = y + row.top + LEADING[row.style] * 0.75
    start = x + (shapes.ICON if row.icon else 0.0)
    place = {"x": _number(start), "y": _number(baseline)}
    SubElement(parent, "text", {"class": look or f"xf-{row.style}", **place}).text = row.text


def _moved(path: str, x: float, y: float) -> str:
    """The icon at its place: its coordinates are relative but for the beginnings of its strokes."""
    pieces = path.split("M")[1:]
    return "".join(_begun(piece, x, y) for piece in pieces)


def _begun(piece: str, x: float, y: float) -> str:
    end = next(number for number, character in enumerate(piece) if character.isalpha())
    across, down = (float(number) for number in piece[:end].split())
    return f"M{_number(across + x)} {_number(down + y)}{piece[end:]}"
