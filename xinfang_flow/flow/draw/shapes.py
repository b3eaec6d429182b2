"""What stands in an SVG picture and how large it is: boxes and labels as blocks of measured lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from xinfang_flow.flow.draw.layout import Size
from xinfang_flow.flow.draw.picture import Back, Box, Label
from xinfang_flow.flow.draw.text import width, wrapped

Style = Literal["heading", "title", "small", "label", "note"]

SIZES: Final[dict[Style, float]] = {"heading": 16.0, "title": 14.0, "small": 11.0, "label": 12.0, "note": 10.5}
LEADING: Final[dict[Style, float]] = {"heading": 22.0, "title": 19.0, "small": 16.0, "label": 16.0, "note": 14.0}
BESIDE: Final = 7.0  # from an arrow to its label
ICON: Final = 15.0  # a small line begins after its icon
PILL: Final = 22.0  # the height of a back marker
_EDGE: Final = 14.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of text: its top within the block, and the icon before it, if it has one."""

    text: str
    style: Style
    top: float
    icon: str = ""

    @property
    def width(self) -> float:
        """How wide it is in the picture."""
        bold = 1.1 if self.style in ("heading", "title") else 1.0
        return width(self.text) * SIZES[self.style] * bold + (ICON if self.icon else 0.0)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines below one another, with the height that they need."""

    rows: tuple[Row, ...]
    height: float

    @property
    def width(self) -> float:
        """The width of its widest line."""
        return max((row.width for row in self.rows), default=0.0)


@dataclass(frozen=True, slots=True)
class Stub:
    """A dashed arrow out of a box's right side to a back marker."""

    back: Back
    label: Block
    pill: Row

    @property
    def reach(self) -> float:
        """How long the arrow is: its label stands upon it."""
        return self.label.width + 24.0

    @property
    def width(self) -> float:
        """From the box to the marker's end."""
        return self.reach + self.pill.width + PILL

    @property
    def height(self) -> float:
        """With the label above the arrow."""
        return self.label.height + PILL / 2 + 5.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A box with everything inside it, and the back markers beside it."""

    box: Box
    head: Block
    lines: Block
    stubs: tuple[Stub, ...]
    half: float
    height: float

    @property
    def size(self) -> Size:
        """The room that it needs."""
        return Size(self.half, self.half + max((stub.width for stub in self.stubs), default=0.0), self.height)


def block(parts: Iterable[tuple[str, Style, str]], limit: float, lines: int) -> Block:
    """Return the texts (each with its style and icon) as lines below one another, wrapped at `limit` em."""
    rows: list[Row] = []
    top = 0.0
    for text, style, icon in parts:
        for number, line in enumerate(wrapped(text, limit, lines)):
            rows.append(Row(line, style, top, icon if number == 0 else "blank" if icon else ""))
            top += LEADING[style]
    return Block(tuple(rows), top)


def label(labels: Iterable[Label]) -> Block:
    """Return what stands beside an arrow."""
    rows: list[Row] = []
    top = 0.0
    for one in labels:
        top += 4.0 if rows else 0.0
        found = block([(one.title, "label", ""), (one.note, "note", "")], 17.0, 3)
        rows += [Row(row.text, row.style, top + row.top) for row in found.rows]
        top += found.height
    return Block(tuple(rows), top)


def label_size(found: Block) -> Size:
    """Return the room for an arrow with its label at the right side."""
    return Size(6.0, BESIDE + found.width + 2.0, found.height)


def shape(box: Box) -> Shape:
    """Return a box, measured."""
    if box.kind == "open":
        return Shape(box, Block((), 0.0), Block((), 0.0), (), 9.0, 18.0)
    outcome: list[tuple[str, Style, str]] = [(box.outcome, "small", "")] if box.outcome else []
    head = block([(box.title, "title", ""), *outcome], 14.0, 3)
    lines = block([(line.text, "small", line.kind) for line in box.lines], 18.0, 2)
    stubs = tuple(_stub(back) for back in box.backs)
    inside = head.height + (lines.height + 9.0 if lines.rows else 0.0) + 16.0
    half = max(head.width + 4.0, lines.width, 104.0) / 2 + _EDGE
    return Shape(box, head, lines, stubs, half, max(inside, sum(stub.height for stub in stubs)))


def _stub(back: Back) -> Stub:
    icon = "out" if back.dest else "back"
    return Stub(back, label(back.labels), Row(back.title, "small", 0.0, icon))
