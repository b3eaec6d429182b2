"""A row of a register, before anybody has looked at what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Mark = Literal["number", "formatted", "inexact", "date", "boolean", "error", "formula", "merged", "escape"]
# How a cell that holds no text is written down among the rejects, so that it is refused again unless it is mended.
NO_TEXT: Mapping[Mark, str] = {
    "formatted": "#NUMBER!", "inexact": "#NUMBER!", "date": "#DATE!", "boolean": "#BOOLEAN!", "formula": "#FORMULA!",
    "merged": "#MERGED!", "escape": "#ESCAPE!",
}  # fmt: skip
NO_MARKS: Mapping[int, Mark] = {}


class Row(NamedTuple):
    """One row: the line on which it begins, its cells as text, and the line on which it ends.

    `marks` says of a cell that is no text what the workbook holds there, by its place.  `fault` is the code of what is
    wrong with the row as a whole, found while it was read.
    """

    line: int
    cells: Sequence[str]
    last_line: int
    marks: Mapping[int, Mark] = NO_MARKS
    fault: str | None = None
