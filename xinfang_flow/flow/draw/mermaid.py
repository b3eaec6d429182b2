"""Mermaid: a flowchart whose labels are letters, digits, spaces and numeric entities, so that nothing in them acts.

`click`, links and HTML are never written, but for `<br/>`, which is Mermaid's own line break.  Mermaid reads `#60;` as
a character, after it has parsed: that is its way to say "this is text".  Its Markdown, directives, icons, formulas and
HTML are all spelt with punctuation, and no punctuation of an author gets through.  (With `htmlLabels: false` Mermaid
11.15 shows such a character as its number; so we leave that setting alone.)
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from xinfang_flow.flow.draw import labels as words
from xinfang_flow.flow.draw.picture import Back, Box, Label, Picture
from xinfang_flow.flow.draw.text import wrapped
from xinfang_flow.text import Language, bracketed

_SHAPES: Final = {"open": ("((", "))"), "state": ("[", "]"), "final": ("([", "])"), "any": ("{{", "}}")}
_CLASSES: Final = (
    ("final", "stroke-width:4px"),
    ("any", "stroke-dasharray:5 4"),
    ("back", "stroke-dasharray:3 3"),
    ("visited", "stroke:#0969da,stroke-width:3px"),
    ("current", "fill:#0969da,stroke:#0a3069,stroke-width:3px,color:#ffffff"),
)
_LIMIT: Final = 11.5  # em; Mermaid itself breaks a label at 200 pixels
_SAFE: Final = frozenset("　、。，；：？！（）《》“”—…·～")


def mermaid(picture: Picture, lang: Language) -> str:
    """Return the picture as a Mermaid flowchart."""
    lines = ["flowchart TB", f"  accTitle: {_text(picture.title)}"]
    boxes = {box.id: box for box in picture.boxes}
    banded = {id for band in picture.bands if band.title for id in band.boxes}
    lines += [f"  {line}" for id, box in boxes.items() if id not in banded for line in _box(box, lang)]
    for band in picture.bands:
        if band.title:
            lines.append(f'  subgraph {band.id}["{_text(band.title)}"]')
            lines += [f"    {line}" for id in band.boxes for line in _box(boxes[id], lang)]
            lines.append("  end")
    lines += [f'  {arrow.source} -->|"{_labels(arrow.labels, lang)}"| {arrow.dest}' for arrow in picture.arrows]
    return "\n".join([*lines, *_marks(picture)]) + "\n"


def _box(box: Box, lang: Language) -> Iterator[str]:
    left, right = _SHAPES[box.kind]
    parts = [box.title, box.outcome, *(f"{words.word(line.kind, lang)} · {line.text}" for line in box.lines)]
    yield f'{box.id}{left}"{_lines(parts)}"{right}'
    for back in box.backs:
        yield f'{back.id}(["{_text(f"{back.sign} {back.title}")}"])'
        yield f'{box.id} -.->|"{_labels(back.labels, lang)}"| {back.id}'


def _marks(picture: Picture) -> Iterator[str]:
    """The classes in use, and who is of which."""
    backs: list[Back] = [back for box in picture.boxes for back in box.backs]
    members = {
        "final": [box.id for box in picture.boxes if box.kind == "final"],
        "any": [box.id for box in picture.boxes if box.kind == "any"],
        "back": [back.id for back in backs],
        "visited": [box.id for box in picture.boxes if box.mark == "visited"],
        "current": [box.id for box in picture.boxes if box.mark == "current"],
    }
    for name, style in _CLASSES:
        if members[name]:
            yield f"  classDef {name} {style}"
            yield f"  class {','.join(members[name])} {name}"
    gone = [str(number) for number, arrow in _numbered(picture) if arrow]
    if gone:
        yield f"  linkStyle {','.join(gone)} stroke:#0969da,stroke-width:3px"


def _numbered(picture: Picture) -> Iterable[tuple[int, bool]]:
    """Mermaid numbers arrows as they come: the dashed ones stand before all others."""
    dashed = sum(len(box.backs) for box in picture.boxes)
    return enumerate((arrow.travelled for arrow in picture.arrows), start=dashed)


def _labels(labels: Iterable[Label], lang: Language) -> str:
    return _lines(part for label in labels for part in (label.title, bracketed(label.note, lang).strip()))


def _lines(parts: Iterable[str]) -> str:
    return "<br/>".join(_text(line) for part in parts if part for line in wrapped(part, _LIMIT, 4))


def _text(text: str) -> str:
    return "".join(map(_inert, text))


def _inert(character: str) -> str:
    kept = character == " " or character in _SAFE or unicodedata.category(character)[0] in "LN"
    return character if kept else f"#{ord(character)};"
