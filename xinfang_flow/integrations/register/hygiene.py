"""What becomes of a cell's text before anybody reads it: one rule for every cell, told where it takes something out.

1. There is one kind of line break: CR LF, CR, NEL and U+2028/2029 become LF.
2. Spaces of another width become the plain one, the no-break space among them; the ideographic space stays in prose.
3. Signs that are not seen and say nothing go: marks of direction, zero-width spaces, soft hyphens, byte order marks.
   Joiners (U+200C, U+200D) stay in prose, where they are part of some scripts and of emoji, and go elsewhere.
4. White space around the cell goes.
5. In names, numbers and whatever is not prose, full-width signs become the usual ones.  Nothing else is folded: `²` and
   `①` are no digits, and rare characters of names stay as they are.  `="0571"`, by which programs keep a spreadsheet
   from taking a text for a number, is the text `0571`.

What shows another text than it holds is refused: control characters, halves of characters, signs that are none, and
the right-to-left override.
"""

from __future__ import annotations

import re

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202e\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202d\u2060-\u206f\ufeff\U000e0001\U000e0020-\U000e007f]"
)
_JOINERS = re.compile("[\u200c\u200d]")
_BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_QUOTED = re.compile('="([^"]*)"')
_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def clean(cell: str) -> str:
    """Return a cell by rules 1 to 4; most are right already."""
    if cell.isprintable():
        return cell.strip()
    text = _SPACES.sub(" ", _BREAKS.sub("\n", cell))
    return _INVISIBLE.sub("", text).strip()


def plain(cell: str) -> str:
    """Return a cell that is no prose by all rules."""
    text = cell.strip() if cell.isascii() else _JOINERS.sub("", clean(cell)).translate(_HALF_WIDTH).strip()
    quoted = _QUOTED.fullmatch(text) if text.startswith("=") else None
    return quoted[1].strip() if quoted else text


def hides(cell: str) -> bool:
    """Return whether a cell holds signs that rule 3 takes out."""
    return not cell.isprintable() and (_INVISIBLE.search(cell) is not None)


def title(cell: str) -> str:
    """Return a column's title: it reads the same however its cell is wrapped."""
    return "".join(plain(cell).split())
