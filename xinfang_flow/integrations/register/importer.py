"""The import: every row of a register is opened once, rejected with its reason, or found to be there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping as MappingOf
from pathlib import Path
from typing import Any, Literal, NamedTuple

from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import InputError, KeyReusedError, NotFoundError, RefusedError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.integrations.register.mapping import Mapping
from xinfang_flow.integrations.register.rejects import Reject, RejectsFile
from xinfang_flow.integrations.register.row import Row
from xinfang_flow.integrations.register.row_reader import Entry, RowReader
from xinfang_flow.integrations.register.rows import Rows, read_rows
from xinfang_flow.kernel import SYSTEM, Actor
from xinfang_flow.law import Calendar
from xinfang_flow.text import Language, Text

MOST_KEPT = 10_000
Progress = Callable[[int], object]


class Report(NamedTuple):
    """What became of a register's rows: `taken` are new, `already` were there, `rejected` stand in the rejects file.

    `rejects` holds the first ten thousand; `ignored` are columns that the mapping does not know.
    """

    rows: int
    taken: int
    already: int
    rejected: int
    reasons: MappingOf[str, int]
    rejects: tuple[Reject, ...]
    encoding: str
    ignored: tuple[str, ...]


def import_register(
    engine: Engine, flow: Flow, path: str | Path, *, actor: Actor, mapping: Mapping, rejects: str | Path | None = None,
    lang: Language = "zh", progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Open a case for every row of a register that can be taken; the others go to the `rejects` file with reasons.

    Each row is one transaction under its own idempotency key: an import that is broken off is resumed by running it
    again, and a second run takes nothing twice.  `progress` is called with the number of rows done.

    Raises:
        InputError: the file, its header or the mapping cannot be used.
        RefusedError: the actor may not open such cases.
        StoreError: the store or the rejects file cannot be written.
    """
    mapping.fits(flow)
    rows = read_rows(Path(path), mapping.sheet)
    reader = RowReader(mapping, flow, rows.header, Calendar.china().zone)
    work = _Import(engine, flow, actor, mapping, reader, padded=rows.encoding == "xlsx")
    if rejects is None:
        work.run(rows, None, progress)
    else:
        with RejectsFile(Path(rejects), rows.header, lang) as file:
            work.run(rows, file, progress)
    ignored = tuple(title for title in rows.header if title and title not in mapping.columns)
    return Report(
        sum(work.counts.values()), work.counts["taken"], work.counts["already"], work.counts["rejected"],
        dict(sorted(work.reasons.items())), tuple(work.rejects), rows.encoding, ignored,
    )  # fmt: skip


class _Import:
    """One run: what it needs, and what it has counted."""

    def __init__(
        self, engine: Engine, flow: Flow, actor: Actor, mapping: Mapping, reader: RowReader, *, padded: bool
    ) -> None:
        self._engine, self._flow, self._actor, self._mapping = engine, flow, actor, mapping
        self._reader, self._padded = reader, padded
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.rejects: list[Reject] = []

    def run(self, rows: Rows, file: RejectsFile | None, progress: Progress | None) -> None:
        """Take the rows one by one."""
        for row in rows.body:
            outcome = self._take(row)
            if isinstance(outcome, Reject):
                self._reject(outcome, row, file)
            else:
                self.counts[outcome] += 1
            if progress is not None:
                progress(sum(self.counts.values()))

    def _reject(self, reject: Reject, row: Row, file: RejectsFile | None) -> None:
        self.counts["rejected"] += 1
        self.reasons[reject.reason] += 1
        if len(self.rejects) < MOST_KEPT:
            self.rejects.append(reject)
        if file is not None:
            file.add(reject, row.cells)

    def _take(self, row: Row) -> Literal["taken", "already"] | Reject:
        entry = self._reader.read(row, padded=self._padded)
        if isinstance(entry, Reject):
            return entry
        number = str(entry.data.get(self._mapping.columns[self._mapping.key.column].field or "", "")) or None
        try:
            return self._open(entry)
        except KeyReusedError:
            return Reject(row.line, number, self._mapping.key.column, "number_conflict")
        except RefusedError as refusal:
            first = refusal.reasons[0]
            if first.code == "not_permitted":
                raise  # no row of this register will be taken from this actor
            return Reject(row.line, number, self._column_of(first.where), "refused", None, first.message)
        except InputError as error:
            column = self._mapping.at.column if error.where == "at" and self._mapping.at else None
            code = "not_a_date" if column else "refused"
            return Reject(row.line, number, column, code, None, Text(zh=str(error)[:400], en=str(error)[:400]))

    def _open(self, entry: Entry) -> Literal["taken", "already"]:
        known = _opened_before(self._engine, entry.key)
        if known is not None:
            if known != entry.data:
                raise KeyReusedError(key=entry.key)
            return "already"
        self._engine.open(self._flow.id, entry.data, actor=self._actor, key=entry.key, at=entry.at)
        return "taken"

    def _column_of(self, field: str | None) -> str | None:
        return next((name for name, column in self._mapping.columns.items() if field and column.field == field), None)


def _opened_before(engine: Engine, key: str) -> dict[str, Any] | None:
    """Return what the case that was opened under the key was opened with, or None: by whomever it was entered."""
    try:
        case = engine.opened(key, actor=SYSTEM)
    except NotFoundError:
        return None
    return dict(engine.history(case.id, actor=SYSTEM)[0].payload)
