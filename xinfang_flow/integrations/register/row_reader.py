"""A row into the data of a case, or a reject with everything that is wrong with it: cell by cell, then as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping as MappingOf, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.integrations.register.cells import CellError, doubts, value_of
from xinfang_flow.integrations.register.faults import HEADER, Fault, Reject
from xinfang_flow.integrations.register.hygiene import clean, hides, plain, title
from xinfang_flow.integrations.register.mapping import Column, Mapping, Unless
from xinfang_flow.integrations.register.row import Row
from xinfang_flow.nearest import nearest
from xinfang_flow.text import Text

LONGEST_KEY = 128


class Entry(NamedTuple):
    """A row that can be taken: what the case holds, its key, its number, when it was opened, and what is doubtful."""

    row: Row
    data: MappingOf[str, Any]
    key: str
    number: str
    at: datetime | None
    doubts: tuple[tuple[str | None, str], ...]


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
        self._untitled = [place for place, cell in enumerate(header) if not title(cell)]
        self._seen: dict[str, tuple[int, bytes]] = {}
        known = set(self._places.values())
        self.ignored = [cell for place, cell in enumerate(header) if title(cell) and place not in known]

    def read(self, row: Row, now: datetime) -> Entry | Reject:
        """Return what the row makes, or why it cannot be taken; a day of receipt lies no later than `now`."""
        cells = [clean(cell) for cell in row.cells]
        number = self._number(cells)
        faults: list[Fault] = []
        first_line, repeat = self._repeated(row.line, number, cells)
        named: dict[str, str] = {}
        data: dict[str, Any] = {}
        if row.fault is not None:
            faults.append(Fault(None, row.fault))
        elif len(cells) != self._width:
            faults.append(Fault(None, "wrong_column_count", _counted(len(cells), self._width)))
        else:
            self._note_untitled(cells)
            named = self._named(cells)
            data, faults = self._values(row, named)
        at = self._at(data, now)
        if at is not None and at > now:
            faults.append(self._not_yet(at))
        if repeat is not None:
            faults.append(repeat)
        if faults:
            last = row.last_line if row.last_line > row.line else None
            return Reject(row.line, number or None, tuple(faults), first_line if repeat else None, last)
        return Entry(row, data, self._key(number), number, at, tuple(self._doubts(row, named)))

    def _number(self, cells: Sequence[str]) -> str:
        place = self._places[self._mapping.key.column]
        return plain(cells[place]) if len(cells) > place else ""

    def _named(self, cells: Sequence[str]) -> dict[str, str]:
        named = {name: cells[place] for name, place in self._places.items()}
        for name, cell in named.items():
            also = self._mapping.columns[name].also
            if also and cell:
                named[name] = also.get(plain(cell), cell)
        return named

    def _repeated(self, line: int, number: str, cells: Sequence[str]) -> tuple[int, Fault | None]:
        if not number:
            return line, None
        print_ = hashlib.blake2b("\0".join(cells).encode(errors="surrogatepass"), digest_size=16).digest()
        first_line, first_print = self._seen.setdefault(number, (line, print_))
        if first_line == line:
            return line, None
        if first_print == print_:
            return first_line, Fault(None, "duplicate_row")
        return first_line, Fault(self._mapping.key.column, "number_conflict")

    def _values(self, row: Row, named: MappingOf[str, str]) -> tuple[dict[str, Any], list[Fault]]:
        data: dict[str, Any] = {}
        faults: list[Fault] = []
        for name, cell in named.items():
            column, mark = self._mapping.columns[name], row.marks.get(self._places[name])
            if not cell and mark is None:
                if _needed(column, named):
                    faults.append(Fault(name, "missing"))
                continue
            try:
                value = value_of(cell, mark, column, self._flow.fields[column.field] if column.field else None)
            except CellError as fault:
                faults.append(Fault(name, fault.code, fault.detail))
                continue
            if column.field is not None:
                data[column.field] = value
        data.update(self._derived(named))
        return data, faults

    def _derived(self, named: MappingOf[str, str]) -> Iterator[tuple[str, Any]]:
        for field, choices in self._mapping.derived.items():
            fits = (
                choice.value
                for choice in choices
                if choice.column is None or plain(named.get(choice.column, "")) == choice.equals
            )
            value = next(fits, None)
            if value is not None:
                yield field, value

    def _doubts(self, row: Row, named: MappingOf[str, str]) -> Iterator[tuple[str | None, str]]:
        if row.last_line > row.line:
            yield None, "several_lines"
        for name, cell in named.items():
            if not cell:
                continue
            place, field = self._places[name], self._mapping.columns[name].field
            if hides(row.cells[place]):
                yield name, "invisible"
            for code in doubts(cell, row.marks.get(place), self._flow.fields[field] if field else None):
                yield name, code

    def _note_untitled(self, cells: Sequence[str]) -> None:
        for place in [place for place in self._untitled if cells[place]]:
            self._untitled.remove(place)
            self.ignored.append(f"#{place + 1}")

    def _key(self, number: str) -> str:
        """Return the idempotency key: a number with other signs than a key allows is told apart by its digest."""
        prefix = self._mapping.key.prefix
        safe = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._:-") else "-" for sign in number)
        if safe != number or len(prefix) + len(safe) > LONGEST_KEY:
            safe = f"{safe[:40]}.{hashlib.sha256(number.encode(errors='surrogatepass')).hexdigest()[:16]}"
        return prefix + safe

    def _at(self, data: MappingOf[str, Any], now: datetime) -> datetime | None:
        if self._mapping.at is None:
            return None
        day = data.get(self._mapping.columns[self._mapping.at.column].field or "")
        if not isinstance(day, str):
            return None
        at = datetime.combine(date.fromisoformat(day), time.fromisoformat(self._mapping.at.time), self._zone)
        return min(at, now) if at.date() == now.astimezone(self._zone).date() else at

    def _not_yet(self, at: datetime) -> Fault:
        column = self._mapping.at.column if self._mapping.at else None
        return Fault(column, "not_a_date", Text(zh=f"{at.date()}尚未到来", en=f"{at.date()} has not come yet"))


def _needed(column: Column, named: MappingOf[str, str]) -> bool:
    if isinstance(column.required, Unless):
        unless = column.required.unless
        return plain(named.get(unless.column, "")) != unless.equals
    return column.required


def _counted(found: int, width: int) -> Text:
    return Text(zh=f"应为{width}列，实为{found}列", en=f"{found} instead of {width}")


def _hint(name: str, titles: Sequence[str]) -> Text:
    close = nearest(name, titles)
    return Text(f"（是否为 {close}？）", f" (did you mean {close!r}?)") if close else Text("", "")


def _places(mapping: Mapping, header: Sequence[str]) -> dict[str, int]:
    titles = [title(cell) for cell in header]
    wanted = {name: title(name) for name in mapping.columns}
    doubled = sorted({cell for cell in titles if cell in wanted.values() and titles.count(cell) > 1})
    if doubled:
        raise InputError(
            Text(f"列名重复：{'、'.join(doubled)}", f"these columns stand there twice: {', '.join(doubled)}"),
            where=HEADER,
        )
    missing = [
        (name, _hint(name, titles))
        for name, column in mapping.columns.items()
        if wanted[name] not in titles and (column.required or name == mapping.key.column)
    ]
    if missing:
        found = ", ".join(titles)
        missing_zh = "、".join(f"{name}{hint.zh}" for name, hint in missing)
        missing_en = ", ".join(f"{name}{hint.en}" for name, hint in missing)
        raise InputError(
            Text(
                f"缺少列：{missing_zh}（现有：{'、'.join(titles)}）",
                f"these columns are missing: {missing_en} (found: {found})",
            ),
            where=HEADER,
        )
    return {name: titles.index(cell) for name, cell in wanted.items() if cell in titles}
