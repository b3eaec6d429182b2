r"""DOT, the language of Graphviz: every label is a quoted string in which nothing is left to interpret.

In a quoted string Graphviz still reads `\N` and the like, and `&lt;`: so backslash, quote and ampersand are spelt out.
URLs, tooltips, records (whose names have ports after a colon) and HTML labels are never written.

`newrank`: ranking stage by stage, Graphviz 2.43 gives up on some flows ("trouble in init_rank").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from xinfang_flow.flow.draw import labels as words
from xinfang_flow.flow.draw.picture import Arrow, Box, Label, Picture
from xinfang_flow.flow.draw.text import wrapped
from xinfang_flow.text import Language, bracketed

_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;"})
_HEAD: Final = """digraph flow {
  graph [rankdir=TB, newrank=true, nodesep=0.45, ranksep=0.5, fontname="sans-serif", fontsize=13, labeljust=l]
  node [shape=box, style="rounded,filled", fillcolor="white", color="#57606a", fontname="sans-serif", fontsize=12]
  edge [color="#57606a", fontname="sans-serif", fontsize=10, arrowsize=0.8]"""
_KINDS: Final = {
    "open": 'shape=circle, style=filled, fillcolor="#eaeef2"',
    "state": "",
    "final": 'peripheries=2, fillcolor="#f6f8fa"',
    "any": 'shape=hexagon, style="dashed,filled"',
}
_MARKS: Final = {
    "": "",
    "visited": 'color="#0969da", penwidth=2, fillcolor="#ddf4ff"',
    "current": 'color="#0a3069", penwidth=2, fillcolor="#0969da", fontcolor="white"',
}


def dot(picture: Picture, lang: Language) -> str:
    """Return the picture in the DOT language."""
    lines = [_HEAD, f'  label="{_heading(picture)}"; labelloc=t']
    boxes = {box.id: box for box in picture.boxes}
    banded = {id for band in picture.bands if band.title for id in band.boxes}
    lines += [f"  {line}" for id, box in boxes.items() if id not in banded for line in _box(box, lang)]
    for band in picture.bands:
        if band.title:
            lines.append(f"  subgraph cluster_{band.id} {{")
            lines.append(f'    label="{_lines([band.title])}"; style="rounded,filled"; color="#d0d7de"')
            lines.append('    fillcolor="#f6f8fa"; fontcolor="#57606a"')
            lines += [f"    {line}" for id in band.boxes for line in _box(boxes[id], lang)]
            lines.append("  }")
    stages = {id: number for number, band in enumerate(picture.bands) for id in band.boxes}
    for arrow in picture.arrows:
        lines.append(f"  {_arrow(arrow, lang, rising=stages.get(arrow.dest, 0) < stages.get(arrow.source, 0))}")
    return "\n".join([*lines, "}"]) + "\n"


def _heading(picture: Picture) -> str:
    return "\\n".join(line.translate(_ESCAPES) for line in (picture.title, picture.subtitle))


def _box(box: Box, lang: Language) -> Iterator[str]:
    parts = [box.title, box.outcome, *(f"{words.word(line.kind, lang)} · {line.text}" for line in box.lines)]
    look = [f'label="{_lines(parts)}"', _KINDS[box.kind], _MARKS[box.mark]]
    yield f"{box.id} [{', '.join(filter(None, look))}]"
    for back in box.backs:
        look = [f'label="{back.sign} {_lines([back.title])}"', 'style="rounded,dashed"', "fontsize=10", "height=0.3"]
        yield f"{back.id} [{', '.join(look)}]"
        yield f'{box.id} -> {back.id} [label="{_labels(back.labels, lang)}", style=dashed]'


def _arrow(arrow: Arrow, lang: Language, *, rising: bool) -> str:
    """An arrow to an earlier stage is written from its end, or Graphviz would turn the stages' order round.

    (`constraint=false` would say so better, but with clusters Graphviz 2.43 sometimes ends with an assertion.)
    """
    ends = f"{arrow.dest} -> {arrow.source}" if rising else f"{arrow.source} -> {arrow.dest}"
    look = ", dir=back" if rising else ""
    look += ', color="#0969da", penwidth=2' if arrow.travelled else ""
    return f'{ends} [label="{_labels(arrow.labels, lang)}"{look}]'


def _labels(labels: Iterable[Label], lang: Language) -> str:
    return _lines(part for label in labels for part in (label.title, bracketed(label.note, lang).strip()))


def _lines(parts: Iterable[str]) -> str:
    return "\\n".join(line.translate(_ESCAPES) for part in parts if part for line in wrapped(part, 18, 4))
