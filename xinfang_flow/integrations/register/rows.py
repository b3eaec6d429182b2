"""The rows of a register file, read to the end before the first is taken: what is wrong with the file is known then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from xinfang_flow.causes import file_cause
from xinfang_flow.errors import InputError
from xinfang_flow.integrations.register.csv_file import encoding_of, read_csv
from xinfang_flow.integrations.register.faults import REGISTER
from xinfang_flow.integrations.register.hygiene import clean
from xinfang_flow.integrations.register.merges import Merges
from xinfang_flow.integrations.register.rejects import HEADINGS, is_rejects_header, restored
from xinfang_flow.integrations.register.row import Mark, Row
from xinfang_flow.integrations.register.spool import Spool
from xinfang_flow.integrations.register.workbook import Sheet
from xinfang_flow.text import Text

LARGEST = 100 * 1024 * 1024
MOST_ROWS = 1_000_000
TOLD = len(HEADINGS["zh"])


class Rows:
    """A register that has been read: how it is written, its header, and its rows, which are given once.

    Attributes:
        encoding: of a text file, or "xlsx".
        header: the titles, as they stand there.
        count: rows that hold anything.
        lines: lines below the header, down to the last that holds anything.
        continued: those of them on which a row goes on that began above.
        sheets: other sheets of the workbook, which were not read.
    """

    def __init__(self, path: Path, sheet: str | None) -> None:
        _check(path)
        self.encoding, self.sheets, found = _source(path, sheet)
        rows = found.rows() if isinstance(found, Sheet) else found
        first = next((row for row in rows if _holds(row)), None)
        if first is None:
            raise InputError(Text(f"{path.name} 是空文件", f"{path.name} is empty"), where=REGISTER)
        self._given_back = is_rejects_header(first.cells)
        self.header = tuple(clean(cell) for cell in self._own(first.cells))
        self._padded = len(first.cells) if isinstance(found, Sheet) else 0
        self.count = self.continued = 0
        self._last = self._first = first.last_line
        self._spool = Spool()
        self._read(path, rows)
        self._merges = Merges(found.merged if isinstance(found, Sheet) else ())

    @property
    def lines(self) -> int:
        """Lines below the header, down to the last that holds anything."""
        return self._last - self._first

    @property
    def blank(self) -> int:
        """Lines among them that hold nothing."""
        return self.lines - self.count - self.continued

    @property
    def body(self) -> Iterator[Row]:
        """The rows."""
        for row in self._spool.rows():
            yield row._replace(cells=self._own(row.cells), marks=self._marks(row))

    def _read(self, path: Path, rows: Iterator[Row]) -> None:
        for row in rows:
            if not _holds(row):
                continue
            self.count += 1
            self.continued += row.last_line - row.line
            self._last = row.last_line
            if self.count > MOST_ROWS:
                raise InputError(
                    Text(
                        f"{path.name} 超过{MOST_ROWS:,}行：请拆分",
                        f"{path.name} has more than {MOST_ROWS:,} rows: split it",
                    ),
                    where=Text(f"第{row.line}行", f"line {row.line}"),
                )
            short = self._padded - len(row.cells)
            self._spool.add(row._replace(cells=[*row.cells, *[""] * short]) if short > 0 else row)

    def _own(self, cells: Sequence[str]) -> Sequence[str]:
        """Return a row's own cells: those that a file of rejects puts before them are no part of it."""
        return [restored(cell) for cell in cells[TOLD:]] if self._given_back else cells

    def _marks(self, row: Row) -> Mapping[int, Mark]:
        covered: dict[int, Mark] = dict.fromkeys(self._merges.covered(row.line, len(row.cells)), "merged")
        marks = {**row.marks, **covered} if covered else row.marks
        return {place - TOLD: mark for place, mark in marks.items() if place >= TOLD} if self._given_back else marks


def read_rows(path: Path, sheet: str | None = None) -> Rows:
    """Read a register: CSV, or the named sheet of a workbook, else its first.

    A file of rejects is one as well: what stands there before the row's own cells is left out, and what was put
    before a cell to keep it from a spreadsheet goes.

    Raises:
        InputError: it is missing, a directory, too large, of another kind, empty, damaged, or has too many rows.
    """
    return Rows(path, sheet)


def _source(path: Path, sheet: str | None) -> tuple[str, tuple[str, ...], Sheet | Iterator[Row]]:
    kind = path.suffix.lower()
    if kind in (".xlsx", ".xlsm"):
        found = Sheet(path, sheet)
        return "xlsx", found.others, found
    if kind in (".xls", ".et", ".ods"):
        raise InputError(
            Text(f"{path.name}：请先另存为 .xlsx 或 CSV", f"{path.name}: save it as .xlsx or as CSV first"),
            where=REGISTER,
        )
    encoding = encoding_of(path)
    return encoding, (), read_csv(path, encoding)


def _check(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except IsADirectoryError as error:
        raise InputError(
            Text(f"{path} 是文件夹，不是文件", f"{path} is a directory, not a file"), where=REGISTER
        ) from error
    except (OSError, ValueError) as error:
        cause = file_cause(error)
        raise InputError(
            Text(f"{path} 无法读取：{cause.zh}", f"{path} cannot be read: {cause.en}"), where=REGISTER
        ) from error
    if size > LARGEST:
        raise InputError(
            Text(
                f"{path} 有 {size >> 20} MB，超过上限 {LARGEST >> 20} MB：请拆分",
                f"{path} has {size >> 20} MB; at most {LARGEST >> 20} MB: split it",
            ),
            where=REGISTER,
        )


def _holds(row: Row) -> bool:
    return any(clean(cell) for cell in row.cells if cell)
