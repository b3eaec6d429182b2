"""Our own SVG: nothing but text and lines, and no label upon another."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from tests.flow_draw.flows import HOSTILE, flow, hostile_flows, labelled, proxy, tangled_flows
from xinfang_flow.flow.draw import draw
from xinfang_flow.flow.draw.picture import picture
from xinfang_flow.flow.draw.shapes import SIZES
from xinfang_flow.flow.draw.style import STYLE
from xinfang_flow.flow.draw.svg import ATTRIBUTES, ELEMENTS
from xinfang_flow.flow.draw.text import plain, width
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.text import Language

SVG = "{http://www.w3.org/2000/svg}"
PATH = re.compile(r"([A-Za-z])([^A-Za-z]*)")


@dataclass(frozen=True)
class Area:
    """A rectangle of the picture, and whose it is."""

    owner: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Area") -> bool:
        """Whether two rectangles share more than an edge."""
        across = min(self.right, other.right) - max(self.left, other.left)
        return across > 0.5 and min(self.bottom, other.bottom) - max(self.top, other.top) > 0.5

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside, clear of the edge."""
        return self.left + 1 < x < self.right - 1 and self.top + 1 < y < self.bottom - 1


def parsed(drawn: Flow, lang: Language = "zh", *, guards: bool = False) -> ET.Element:
    """The picture of a flow, read by an XML parser."""
    return ET.fromstring(draw(drawn, "svg", lang=lang, guards=guards))  # noqa: S314  our own SVG is under test


def only_text_and_lines(root: ET.Element) -> None:
    """Every element and attribute is a listed one, and the style is ours, word for word."""
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= ELEMENTS
    assert {name for element in root.iter() for name in element.attrib} <= ATTRIBUTES
    assert [element.text for element in root.iter(f"{SVG}style")] == [STYLE]


def frames(root: ET.Element, rects: list[ET.Element] | None = None) -> list[Area]:
    """The boxes and the back markers, or those rectangles that are given."""
    found = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") in ("xf-frame", "xf-pill")]
    places = [[float(rect.get(name, "0")) for name in ("x", "y", "width", "height")] for rect in rects or found]
    return [Area(f"box {number}", x, y, x + w, y + h) for number, (x, y, w, h) in enumerate(places)]


def words(root: ET.Element) -> Iterator[Area]:
    """The labels of the arrows, line by line, and the names of the stages."""
    arrows = [group for group in root.iter(f"{SVG}g") if (group.get("class") or "").startswith("xf-arrow")]
    texts = [(f"arrow {number}", text) for number, group in enumerate(arrows) for text in group.iter(f"{SVG}text")]
    texts += [("stage", text) for text in root.iter(f"{SVG}text") if text.get("class") == "xf-stage"]
    for owner, text in texts:
        size = {f"xf-{style}": size for style, size in SIZES.items()}.get(text.get("class") or "", 11.0)
        if size != SIZES["small"] or owner == "stage":  # the back marker's own words stand inside its frame
            x, y = float(text.get("x", "0")), float(text.get("y", "0"))
            yield Area(owner, x, y - 0.75 * size, x + width(text.text or "") * size, y + 0.2 * size)


def lines(root: ET.Element, *, backs: bool = True) -> Iterator[tuple[str, float, float]]:
    """Points along every arrow, those to back markers too."""
    arrows = [group for group in root.iter(f"{SVG}g") if (group.get("class") or "").startswith("xf-arrow")]
    for number, group in enumerate(arrows):
        if not backs and group.get("class") == "xf-arrow xf-back":
            continue
        [path] = [path.get("d") or "" for path in group.iter(f"{SVG}path") if path.get("class") == "xf-line"]
        for x, y in points(path):
            yield f"arrow {number}", x, y


def points(path: str) -> Iterator[tuple[float, float]]:
    """Points along a path of upright and level strokes and curves."""
    x = y = 0.0
    for command, numbers in PATH.findall(path):
        values = [float(number) for number in numbers.split()]
        x0, y0 = x, y
        if command == "C":
            x1, y1, x2, y2, x, y = values
        else:
            x = values[0] if command in "MH" else x
            y = values[-1] if command in "MV" else y
            x1, y1, x2, y2 = (x0, y0, x, y) if command != "M" else (x, y, x, y)
        x0, y0 = (x, y) if command == "M" else (x0, y0)
        for step in range(21):
            t, s = step / 20, 1 - step / 20
            a, b, c, d = s**3, 3 * s * s * t, 3 * s * t * t, t**3
            yield a * x0 + b * x1 + c * x2 + d * x, a * y0 + b * y1 + c * y2 + d * y


def readable(root: ET.Element) -> None:
    """No box or label lies upon another, no arrow runs through either, and all of it lies within the picture."""
    boxes, labels = frames(root), list(words(root))
    areas = [*boxes, *labels]
    clashes = [
        (one, other)
        for number, one in enumerate(areas)
        for other in areas[number + 1 :]
        if one.owner != other.owner and one.meets(other)
    ]
    assert clashes == []
    crossed = [(owner, area) for owner, x, y in lines(root) for area in areas if area.holds(x, y)]
    assert crossed == []
    page = Area("page", 0, 0, float(root.get("width", "0")), float(root.get("height", "0")))
    assert [area for area in areas if area.left < 0 or area.right > page.right or area.bottom > page.bottom] == []


def connected(drawn: Flow, root: ET.Element) -> None:
    """Every arrow ends at the upper or lower side of its two boxes, short of nothing but its head."""
    shown = picture(drawn, "zh")
    frames_only = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "xf-frame"]
    framed = [box.id for box in shown.boxes if box.kind != "open"]
    boxes = dict(zip(framed, frames(root, frames_only), strict=True))
    [start] = root.iter(f"{SVG}circle")
    x, y = float(start.get("cx", "0")), float(start.get("cy", "0"))
    boxes["open"] = Area("open", x - 9, y - 9, x + 9, y + 9)
    ways: dict[str, list[tuple[float, float]]] = {}
    for owner, x, y in lines(root, backs=False):
        ways.setdefault(owner, []).append((x, y))
    for arrow, way in zip(shown.arrows, ways.values(), strict=True):
        ends = sorted((way[0], way[-1]), key=lambda point: point[1])
        upper, lower = sorted((boxes[arrow.source], boxes[arrow.dest]), key=lambda box: box.top)
        assert upper.left < ends[0][0] < upper.right
        assert lower.left < ends[1][0] < lower.right
        assert abs(ends[0][1] - upper.bottom) < 9
        assert abs(ends[1][1] - lower.top) < 9


@pytest.mark.parametrize("lang", get_args(Language))
@pytest.mark.parametrize("guards", [False, True])
def test_the_pipeline_is_readable(lang: Language, guards: bool) -> None:
    """In a flow of 14 states and 26 transitions no label lies upon a box, a label or an arrow."""
    root = parsed(proxy(), lang, guards=guards)
    readable(root)
    only_text_and_lines(root)


@settings(max_examples=60)
@given(tangled_flows())
def test_any_flow_is_readable(tangled: Flow) -> None:
    """Whatever its shape, nothing lies upon anything else, and every arrow leads from its box to its box."""
    root = parsed(tangled)
    readable(root)
    connected(tangled, root)


def test_a_circle_that_nothing_enters_is_readable() -> None:
    """States that only lead to each other, and to one that is declared before them, stand in rows of their own."""
    ways = [("c", "a"), ("c", "d"), ("d", "c"), ("d", "b"), ("a", "b")]
    found = flow({
        "id": "circle", "version": 1, "title": "圈", "initial": "a", "roles": {}, "open": {"roles": "clerk"},
        "states": {name: {} for name in "abcd"},
        "transition": [{"trigger": "go", "source": one, "dest": other, "roles": "clerk"} for one, other in ways],
    })  # fmt: skip
    root = parsed(found)
    readable(root)
    connected(found, root)


@pytest.mark.parametrize("word", HOSTILE)
def test_a_hostile_label_is_text(word: str) -> None:
    """A label of the collection is found again as text, and nothing but text and lines is drawn."""
    root = parsed(labelled([word]))
    only_text_and_lines(root)
    [title] = [element.text for element in root.findall(f"{SVG}title")]
    assert title == plain(word)


@settings(max_examples=60)
@given(hostile_flows)
def test_any_label_is_text(hostile: Flow) -> None:
    """Whatever the labels say, the picture is XML of listed elements and attributes."""
    only_text_and_lines(parsed(hostile, guards=True))


def test_a_long_label_stays_inside_its_box() -> None:
    """A title of three hundred characters is shortened where it is shown and whole where it is read out."""
    root = parsed(labelled(["长" * 300]))
    readable(root)
    shown = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert any(text.endswith("…") for text in shown)
    assert "长" * 300 in [title.text for title in root.iter(f"{SVG}title")]


def test_the_picture_is_accessible() -> None:
    """It is one image to a screen reader, with a name and the arrows in words."""
    root = parsed(proxy(), "en")
    assert (root.get("role"), root.get("lang")) == ("img", "en")
    assert [child.tag.removeprefix(SVG) for child in root][:2] == ["title", "desc"]
    assert "Received → Screened: Submit" in (root[1].text or "")


def test_the_picture_has_a_dark_side() -> None:
    """Colours follow the reader's preference, without variables and without addresses."""
    assert "@media (prefers-color-scheme:dark)" in STYLE
    assert [word for word in ("url(", "@import", "var(", "<", "http") if word in STYLE] == []
