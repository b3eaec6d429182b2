"""Which text may be written into a case: the one owner of what a text field and a note may hold."""

from __future__ import annotations

import re

from xinfang_flow.text import Text

NOTE_LENGTH = 10_000
"""The longest note, in characters."""

_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
PRINTABLE = f"^[^{_CONTROL}]*$"
_CONTROLS = re.compile(f"[{_CONTROL}]")
_HALF = re.compile("[\ud800-\udfff]")


def note_fault(note: object) -> Text | None:
    """Return why this cannot be a note, None where it can; what the note says is no part of the answer."""
    if not isinstance(note, str):
        return Text(f"意见应为文字，不是 {type(note).__name__}", f"a note is text, not {type(note).__name__}")
    if len(note) > NOTE_LENGTH:
        return Text(
            f"意见至多{NOTE_LENGTH}字，不是{len(note)}字：更长的请作为材料附上",
            f"a note has at most {NOTE_LENGTH} characters, not {len(note)}: attach what is longer as a material",
        )
    if _HALF.search(note):
        return Text("含有半个字符（落单的代理项）", "it holds half a character (a lone surrogate)")
    control = _CONTROLS.search(note)
    if control is None:
        return None
    code = f"U+{ord(control[0]):04X}"
    return Text(f"含有控制字符（{code}）：请写普通文字", f"it holds a control character ({code}): write plain text")


def legible(text: str) -> str:
    """Return a text that a terminal or a page may show: what was written before the rule held shows its codes."""
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
