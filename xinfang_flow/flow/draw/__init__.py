"""Drawing a flow: Mermaid for pages, DOT for Graphviz, and SVG by ourselves.

All three show the same picture, and whatever an author wrote in a label is text in each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, get_args

from xinfang_flow.errors import InputError
from xinfang_flow.flow.draw.dot import dot
from xinfang_flow.flow.draw.mermaid import mermaid
from xinfang_flow.flow.draw.picture import Picture, picture
from xinfang_flow.flow.draw.svg import svg
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.text import Language, Text, shown

__all__ = ["DrawingFormat", "draw"]

DrawingFormat = Literal["mermaid", "dot", "svg"]

_WRITERS: Final[dict[str, Callable[[Picture, Language], str]]] = {"mermaid": mermaid, "dot": dot, "svg": svg}


def draw(
    flow: Flow,
    format: DrawingFormat = "mermaid",
    *,
    lang: Language = "zh",
    highlight: str | None = None,
    visited: Sequence[str] = (),
    guards: bool = False,
) -> str:
    """Return a picture of the flow as text in the format, the same text for the same flow.

    Args:
        flow: What to draw; it need not be free of findings.
        format: "mermaid", "dot" (Graphviz) or "svg".
        lang: The language of the labels, "zh" or "en".
        highlight: The state in which a case stands.
        visited: The states that it has been in, in order.
        guards: Whether arrows show their guards beside the roles.

    Raises:
        InputError: no such format, language or state.
    """
    _known(format, _WRITERS, Text("格式", "format"))
    _known(lang, get_args(Language), Text("语言", "lang"))
    for name in (*visited, *([highlight] if highlight is not None else [])):
        _known(name, flow.states, Text("环节", "highlight" if name == highlight else "visited"))
    drawn = picture(flow, lang, guards=guards, highlight=highlight, visited=visited)
    return _WRITERS[format](drawn, lang)


def _known(word: str, known: Iterable[str], where: Text) -> None:
    words = list(known)
    if word not in words:
        hint = did_you_mean(str(word), words)
        raise InputError(
            Text(
                f"没有“{shown(word)}”（有：{'、'.join(words)}）{hint[0]}",
                f"{word!r} is none of {', '.join(words)}{hint[1]}",
            ),
            where=where,
        )
