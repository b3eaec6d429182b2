"""A row of a register, before anybody has looked at what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One row: the line on which it begins, and its cells as text."""

    line: int
    cells: Sequence[str]
