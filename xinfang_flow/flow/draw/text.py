"""Text for pictures: cleaned, measured and wrapped.

The rule of this file: what a flow's author wrote is text and stays text.  Line breaks become spaces; control
characters, which XML refuses, and bidirectional overrides, which turn their neighbours round, do not get through.
"""

from __future__ import annotations

import unicodedata

_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_REPLACEMENT = "\ufffd"
_NARROW = frozenset("iljtfr.,;:'|!()[]{}·- ")
_BROAD = frozenset("mwMWOQCDGHNU@%&—…")


def plain(text: str) -> str:
    """Return the text on one line, without what would break or reorder the picture; "�" for what cannot be shown."""
    kept = "".join(_shown(character) for character in text if character not in _DIRECTION)
    return " ".join(kept.split()) or _REPLACEMENT


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    return _REPLACEMENT if unicodedata.category(character) in ("Cc", "Cs") or _is_none(character) else character


def _is_none(character: str) -> bool:
    """Whether it is one of the code points that Unicode keeps free of characters for good."""
    return ord(character) % 0x10000 >= 0xFFFE or "\ufdd0" <= character <= "\ufdef"  # noqa: PLR2004


def width(text: str) -> float:
    """Return how wide the text is, in em: a Chinese character is one, a Latin letter about half of it."""
    return sum(map(_em, text))


def _em(character: str) -> float:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    if _wide(character):
        return 1.0
    if character in _NARROW:
        return 0.36
    if character in _BROAD:
        return 0.9
    return 0.61 if character.islower() or character.isdigit() else 0.72


def wrapped(text: str, limit: float, lines: int) -> tuple[str, ...]:
    """Return the text in at most so many lines of at most `limit` em; what does not fit ends in an ellipsis."""
    result: list[str] = []
    line = ""
    for piece in _pieces(text, limit):
        if line and width((line + piece).rstrip()) > limit:
            kept, line = _broken(line, piece)
            result.append(kept)
        else:
            line += piece
    result.append(line.rstrip())
    if len(result) > lines:
        return (*result[: lines - 1], _shortened(result[lines - 1], limit))
    return tuple(result)


def _broken(line: str, piece: str) -> tuple[str, str]:
    """Break a line before a piece; a closing mark (、，。）) begins no line: the character before it goes along."""
    place = len(line)
    while place > 1 and _closing((line[place:] + piece)[0]):
        place -= 1
    if place == 1 or not _wide((line[place:] + piece)[0]):  # nothing but marks, or a word in the way
        place = len(line)
    return line[:place].rstrip(), (line[place:] + piece).lstrip()


def _closing(character: str) -> bool:
    return _wide(character) and unicodedata.category(character) in ("Po", "Pe", "Pf")


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _shortened(line: str, limit: float) -> str:
    while line and width(line) + 0.9 > limit:
        line = line[:-1]
    return line.rstrip() + "…"


def _pieces(text: str, limit: float) -> list[str]:
    """Where a line may break: after a space, and beside every wide character; a longer word is cut."""
    pieces: list[str] = []
    word = ""
    for character in text:
        wide = _wide(character)
        if wide and not _closing(character) and word:
            pieces.append(word)
            word = ""
        word += character
        if wide or character == " " or width(word) >= limit - 1:
            pieces.append(word)
            word = ""
    return [*pieces, word] if word else pieces
