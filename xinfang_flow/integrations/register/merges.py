"""Merged cells of a sheet: the value stands in the first of them, and says nothing about the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from xinfang_flow.errors import InputError
from xinfang_flow.text import Text

MOST = 1_000


class Range(NamedTuple):
    """Cells that are one: first and last row, first and last place in them."""

    top: int
    bottom: int
    left: int
    right: int


class Merges:
    """The merged cells of a sheet, asked row by row, from the top."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._to_come = sorted(ranges, reverse=True)
        self._here: list[Range] = []

    def covered(self, line: int, width: int) -> list[int]:
        """Return the places of a row that are covered by a cell beside or above them.

        Raises:
            InputError: more ranges lie over one another than a sheet can have.
        """
        while self._to_come and self._to_come[-1].top <= line:
            self._here.append(self._to_come.pop())
        self._here = [found for found in self._here if found.bottom >= line]
        if len(self._here) > MOST:
            raise InputError(
                Text(f"同一行的合并单元格超过{MOST:,}个：请取消合并", f"more than {MOST:,} merged cells in one row"),
                where=Text(f"第{line}行", f"line {line}"),
            )
        return [
            place
            for top, _, left, right in self._here
            for place in range(left, min(right + 1, width))
            if (line, place) != (top, left)
        ]
