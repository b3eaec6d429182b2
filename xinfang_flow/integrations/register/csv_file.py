"""A CSV file as rows: in the encodings that counties use, and no quotation mark swallows the rows below it."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TextIO

from xinfang_flow.errors import InputError
from xinfang_flow.integrations.register.faults import HEADER, REGISTER
from xinfang_flow.integrations.register.rejects import HEADINGS, is_rejects_header
from xinfang_flow.integrations.register.row import NO_MARKS, Row
from xinfang_flow.text import Text

CHUNK = 1 << 20
DELIMITERS = ",\t;"
SAMPLE = 20
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(path: Path) -> str:
    """Return how a text file is written: by its mark, else UTF-8 if every byte fits, else GB18030.

    Raises:
        InputError: it is none of them.
    """
    with path.open("rb") as raw:
        start = raw.read(4)
    marked = next((name for mark, name in BOMS if start.startswith(mark)), None)
    for name in (marked,) if marked else ("utf-8", "gb18030"):
        if _decodes(path, name):
            return name
    raise InputError(
        Text(f"{path.name} 既不是 UTF-8 也不是 GB18030 文本", f"{path.name} is neither UTF-8 nor GB18030 text"),
        where=REGISTER,
    )


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as raw:
            while chunk := raw.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def read_csv(path: Path, encoding: str) -> Iterator[Row]:
    """Return the rows of a file, its header first.

    A row whose quotation marks cannot be right is given as what its first line says by itself, with the fault
    `open_quote`, and reading goes on below that line.  A row over several lines, one of which is a row by itself, has
    the fault `swallowed_rows`: it is not taken apart, for what stands inside a cell is nobody's row.

    Raises:
        InputError: the header's quotation marks cannot be right.
    """
    with path.open(encoding=encoding, newline="") as text:
        delimiter = _delimiter(text)
        lines = _Lines(text)
        line, widths = 1, frozenset[int]()
        while (row := _record(lines, delimiter, line, widths)) is not None:
            if not widths and any(map(str.strip, row.cells)):
                widths = _widths(row.cells)
                if row.fault:
                    raise InputError(
                        Text("表头的引号不成对", "the quotation marks of the header cannot be right"), where=HEADER
                    )
            yield row
            line = row.last_line + 1


class _Lines:
    """The lines of a text: those that were read for the present record can be given back."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.read: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._text)
        self.read.append(line)
        return line

    def give_back(self) -> str:
        """Give all lines but the first back; return the first."""
        first, *others = self.read
        self._again.extendleft(reversed(others))
        return first


def _record(lines: _Lines, delimiter: str, line: int, widths: frozenset[int]) -> Row | None:
    lines.read = []
    try:
        cells = next(csv.reader(lines, delimiter=delimiter, strict=True), None)
    except csv.Error:
        return Row(line, _literally(lines.give_back(), delimiter), line, NO_MARKS, "open_quote")
    if cells is None:
        return None
    swallowed = any(len(_alone(inner, delimiter)) in widths for inner in lines.read[1:])
    return Row(line, cells, line + len(lines.read) - 1, NO_MARKS, "swallowed_rows" if swallowed else None)


def _widths(header: Sequence[str]) -> frozenset[int]:
    """Return how many cells make a row: in a file of rejects those of the register's own rows as well."""
    width = len(header)
    found = {width, width - len(HEADINGS["zh"])} if is_rejects_header(header) else {width}
    return frozenset(found - {0, 1})


def _alone(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line as if it were a row; none where it could not be one."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _literally(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line in which quotation marks mean nothing."""
    return line.rstrip("\r\n").split(delimiter)


def _delimiter(text: TextIO) -> str:
    sample = list(islice(text, SAMPLE))
    text.seek(0)
    return max(DELIMITERS, key=lambda delimiter: len(_first(sample, delimiter)))


def _first(sample: list[str], delimiter: str) -> list[str]:
    try:
        return next(csv.reader(sample, delimiter=delimiter), [])
    except csv.Error:
        return []
