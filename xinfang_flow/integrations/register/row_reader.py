"""A row into the data of a case, or a reject: column by column, then against the rows before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as MappingOf, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.integrations.register.cells import CONTROL, CellError, clean, plain, value_of
from xinfang_flow.integrations.register.mapping import Column, Mapping, Unless
from xinfang_flow.integrations.register.rejects import Reject
from xinfang_flow.integrations.register.row import Row
from xinfang_flow.nearest import nearest
from xinfang_flow.text import Text

LONGEST_KEY = 128


class Entry(NamedTuple):
    """A row that can be taken: what the case holds, its key, and when it was opened."""

    data: MappingOf[str, Any]
    key: str
    at: datetime | None


class RowReader:
    """Reads the rows of one file under one mapping; remembers the numbers that it has seen."""

    def __init__(self, mapping: Mapping, flow: Flow, header: Sequence[str], zone: ZoneInfo) -> None:
        """Find the mapping's columns in the header.

        Raises:
            InputError: a column is missing or stands there twice.
        """
        self._mapping, self._flow, self._zone = mapping, flow, zone
        self._width = len(header)
        self._places = _places(mapping, header)
        self._seen: dict[str, tuple[int, bytes]] = {}

    def read(self, row: Row, *, padded: bool) -> Entry | Reject:
        """Return what the row makes, or why it cannot be taken; `padded` rows may lack empty cells at their end."""
        cells = [clean(cell) for cell in row.cells]
        if padded and len(cells) < self._width:
            cells += [""] * (self._width - len(cells))
        number = plain(cells[self._places[self._mapping.key.column]]) if len(cells) > self._number_place else ""
        repeated = self._repeated(row.line, number, cells)
        if len(cells) != self._width:
            counted = Text(zh=f"应为{self._width}列，实为{len(cells)}列", en=f"{len(cells)} instead of {self._width}")
            return Reject(row.line, number or None, None, "wrong_column_count", None, counted)
        named = {name: cells[place] for name, place in self._places.items()}
        fault = self._fault(row.line, number, named) or repeated
        return fault or self._entry(row.line, number, named)

    @property
    def _number_place(self) -> int:
        return self._places[self._mapping.key.column]

    def _repeated(self, line: int, number: str, cells: Sequence[str]) -> Reject | None:
        if not number:
            return None
        print_ = hashlib.blake2b("\0".join(cells).encode(errors="surrogatepass"), digest_size=16).digest()
        first_line, first_print = self._seen.setdefault(number, (line, print_))
        if first_line == line:
            return None
        if first_print == print_:
            return Reject(line, number, None, "duplicate_row", first_line)
        return Reject(line, number, self._mapping.key.column, "number_conflict", first_line)

    def _fault(self, line: int, number: str, named: MappingOf[str, str]) -> Reject | None:
        for name, cell in named.items():
            column = self._mapping.columns[name]
            if CONTROL.search(cell):
                return Reject(line, number or None, name, "control_character")
            if not cell and _needed(column, named):
                return Reject(line, number or None, name, "missing")
        return None

    def _entry(self, line: int, number: str, named: MappingOf[str, str]) -> Entry | Reject:
        data: dict[str, Any] = {}
        for name, cell in named.items():
            column = self._mapping.columns[name]
            if not cell or column.field is None:
                continue
            try:
                data[column.field] = value_of(cell, column, self._flow.fields[column.field])
            except CellError as fault:
                return Reject(line, number, name, fault.code)
        for field, choices in self._mapping.derived.items():
            fits = (
                choice.value
                for choice in choices
                if choice.column is None or plain(named.get(choice.column, "")) == choice.equals
            )
            value = next(fits, None)
            if value is not None:
                data[field] = value
        return Entry(data, self._key(number), self._at(data))

    def _key(self, number: str) -> str:
        """Return the idempotency key: a number with other signs than a key allows is told apart by its digest."""
        prefix = self._mapping.key.prefix
        safe = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._:-") else "-" for sign in number)
        if safe != number or len(prefix) + len(safe) > LONGEST_KEY:
            safe = f"{safe[:40]}.{hashlib.sha256(number.encode(errors='surrogatepass')).hexdigest()[:16]}"
        return prefix + safe

    def _at(self, data: MappingOf[str, Any]) -> datetime | None:
        if self._mapping.at is None:
            return None
        field = self._mapping.columns[self._mapping.at.column].field
        day = data.get(field or "")
        if not isinstance(day, str):
            return None
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(self._mapping.at.time), self._zone)


def _needed(column: Column, named: MappingOf[str, str]) -> bool:
    if isinstance(column.required, Unless):
        unless = column.required.unless
        return plain(named.get(unless.column, "")) != unless.equals
    return column.required


def _hint(name: str, titles: Sequence[str]) -> str:
    close = nearest(name, titles)
    return f" (did you mean {close!r}?)" if close else ""


def _places(mapping: Mapping, header: Sequence[str]) -> dict[str, int]:
    titles = [plain(title) for title in header]
    doubled = sorted({title for title in titles if title in mapping.columns and titles.count(title) > 1})
    if doubled:
        raise InputError(f"these columns stand there twice: {', '.join(doubled)}", where="header")
    missing = [
        f"{name}{_hint(name, titles)}"
        for name, column in mapping.columns.items()
        if name not in titles and (column.required or name == mapping.key.column)
    ]
    if missing:
        found = ", ".join(titles)
        raise InputError(f"these columns are missing: {', '.join(missing)} (found: {found})", where="header")
    return {name: titles.index(name) for name in mapping.columns if name in titles}
