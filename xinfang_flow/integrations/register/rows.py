"""The rows of a register file: CSV in the encodings that counties use, or a sheet of a workbook, streamed as text."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from xinfang_flow.errors import InputError
from xinfang_flow.integrations.register.row import Row
from xinfang_flow.integrations.register.workbook import read_sheet

LARGEST = 100 * 1024 * 1024
MOST_ROWS = 1_000_000
CHUNK = 1 << 20
DELIMITERS = ",\t;"
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Rows(NamedTuple):
    """A register that is being read: how it is written, its header, and the rows to come."""

    encoding: str
    header: tuple[str, ...]
    body: Iterator[Row]


def read_rows(path: Path, sheet: str | None = None) -> Rows:
    """Open a register and read its header.

    Raises:
        InputError: it is missing, a directory, too large, of another kind, or empty.
    """
    _check(path)
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        kind, rows = "xlsx", read_sheet(path, sheet)
    elif path.suffix.lower() in (".xls", ".et", ".ods"):
        raise InputError(f"{path.name}: save it as .xlsx or as CSV first", where="register")
    else:
        kind = encoding_of(path)
        rows = _read_csv(path, kind)
    first = next(rows, None)
    if first is None:
        raise InputError(f"{path.name} is empty", where="register")
    header = tuple(cell.strip().removeprefix("\ufeff") for cell in first.cells)
    return Rows(kind, header, _bounded(path, rows))


def _check(path: Path) -> None:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError(f"{path} is a directory, not a file", where="register")
        with path.open("rb"):
            pass
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", where="register") from error
    if size > LARGEST:
        raise InputError(f"{path} has {size >> 20} MB; at most {LARGEST >> 20} MB: split it", where="register")


def _bounded(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise InputError(f"{path.name} has more than {MOST_ROWS:,} rows: split it", where=f"line {row.line}")
        if any(cell.strip() for cell in row.cells):
            yield row


def encoding_of(path: Path) -> str:
    """Return how a text file is written: by its mark, else UTF-8 if every byte fits, else GB18030.

    Raises:
        InputError: it is none of them.
    """
    with path.open("rb") as raw:
        start = raw.read(4)
    for mark, name in BOMS:
        if start.startswith(mark):
            return name
    for name in ("utf-8", "gb18030"):
        if _decodes(path, name):
            return name
    raise InputError(f"{path.name} is neither UTF-8 nor GB18030 text", where="register")


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


def _read_csv(path: Path, encoding: str) -> Iterator[Row]:
    with path.open(encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=_delimiter(text))
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader, None)
            except (csv.Error, UnicodeError) as error:
                raise InputError(
                    f"{path.name} cannot be read on: {error} (a quotation mark that is never closed?)",
                    where=f"line {line}",
                ) from error
            if cells is None:
                return
            yield Row(line, cells)


def _delimiter(text: io.TextIOWrapper) -> str:
    header = text.readline(CHUNK)
    text.seek(0)
    return max(DELIMITERS, key=header.count)
