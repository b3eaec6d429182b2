"""Rows that have been read and wait to be taken: in memory while they are few, else in a file without a name."""

from __future__ import annotations

import pickle
import weakref
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

from xinfang_flow.integrations.register.row import Row

MEMORY = 16 * 1024 * 1024
AT_ONCE = 500


class Spool:
    """Takes rows, then gives them back in order, once.  The file that it may need is nobody else's to read."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115  closed by the finalizer
        self._waiting: list[tuple[object, ...]] = []
        weakref.finalize(self, self._file.close)

    def add(self, row: Row) -> None:
        """Take one row."""
        self._waiting.append(tuple(row))
        if len(self._waiting) == AT_ONCE:
            self._write()

    def rows(self) -> Iterator[Row]:
        """Give the rows back; an empty block is the end."""
        if self._waiting:
            self._write()
        self._write()
        self._file.seek(0)
        while block := pickle.load(self._file):  # noqa: S301  written by this very object
            yield from map(Row._make, block)

    def _write(self) -> None:
        pickle.dump(self._waiting, self._file, pickle.HIGHEST_PROTOCOL)
        self._waiting = []
