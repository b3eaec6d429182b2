"""Which text may be written into a case: the one owner of what a text field and a note may hold."""

from __future__ import annotations

import re

NOTE_LENGTH = 10_000
"""The longest note, in characters."""

_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
PRINTABLE = f"^[^{_CONTROL}]*$"
_CONTROLS = re.compile(f"[{_CONTROL}]")
_HALF = re.compile("[\ud800-\udfff]")


def note_fault(note: object) -> str | None:
    """Return why this cannot be a note, None where it can; what the note says is no part of the answer."""
    if not isinstance(note, str):
        return f"a note is text, not {type(note).__name__}"
    if len(note) > NOTE_LENGTH:
        return f"a note has at most {NOTE_LENGTH} characters, not {len(note)}: attach what is longer as a material"
    if _HALF.search(note):
        return "it holds half a character (a lone surrogate)"
    control = _CONTROLS.search(note)
    return f"it holds a control character (U+{ord(control[0]):04X}): write plain text" if control else None


def legible(text: str) -> str:
    """Return a text that a terminal or a page may show: what was written before the rule held shows its codes."""
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
