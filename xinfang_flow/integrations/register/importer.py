"""The import: every row of a register is opened once, rejected with all its reasons, or found to be there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping as MappingOf
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from xinfang_flow.engine.answers import Outcome
from xinfang_flow.engine.engine import Engine
from xinfang_flow.engine.opening import Opening
from xinfang_flow.errors import InputError, KeyReusedError, RefusedError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.integrations.register.faults import Doubt, Fault, Reject
from xinfang_flow.integrations.register.mapping import Mapping
from xinfang_flow.integrations.register.register import Register, open_register
from xinfang_flow.integrations.register.rejects import RejectsFile
from xinfang_flow.integrations.register.row import Row
from xinfang_flow.integrations.register.row_reader import Entry
from xinfang_flow.kernel import Actor
from xinfang_flow.text import Language, Text

MOST_KEPT = 10_000
AT_ONCE = 200
Progress = Callable[[int], object]


class Report(NamedTuple):
    """What became of a register's rows: `taken` are new, `already` were there, `rejected` stand in the rejects file.

    They add up: `taken + already + rejected == rows`, and `rows + blank + continued == lines`, the lines below the
    header: `blank` hold nothing, on `continued` a row goes on that began above.

    `reasons` counts faults, of which a row may have several; `rejects` holds the first ten thousand; `doubts` are what
    should be looked at in rows that were taken; `ignored` are columns that the mapping does not know (one without a
    title by its place, `#15`), `sheets` other sheets of the workbook, which were not read.
    """

    rows: int
    taken: int
    already: int
    rejected: int
    reasons: MappingOf[str, int]
    rejects: tuple[Reject, ...]
    encoding: str
    ignored: tuple[str, ...]
    lines: int
    blank: int
    continued: int
    doubts: tuple[Doubt, ...]
    sheets: tuple[str, ...]


def import_register(
    engine: Engine, flow: Flow, path: str | Path | Register, *, actor: Actor, mapping: Mapping,
    rejects: str | Path | RejectsFile | None = None, lang: Language = "zh", progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Open a case for every row of a register that can be taken; the others go to the `rejects` file with reasons.

    The file is read to its end before the first row is taken.  Two hundred rows are one transaction, each under its own
    idempotency key: an import that is broken off is resumed by running it again, and a second run takes nothing twice.
    `progress` is called after each transaction with the number of rows done.  A `Register` and a `RejectsFile` that
    were opened before (so that no database is made for a file that cannot be read) may be handed in instead of paths.

    Raises:
        InputError: the file, its header or the mapping cannot be used, or the rejects would take the file's place.
        RefusedError: the actor may not open such cases.
        StoreError: the store or the rejects file cannot be written.
    """
    register = path if isinstance(path, Register) else open_register(path, flow, mapping)
    work = _Import(engine, flow, actor, mapping, register)
    if isinstance(rejects, str | Path):
        with register.rejects_file(rejects, lang) as file:
            work.run(file, progress)
    else:
        work.run(rejects, progress)
    rows, counts = register.rows, work.counts
    return Report(
        counts.total(), counts["taken"], counts["already"], counts["rejected"], dict(sorted(work.reasons.items())),
        tuple(work.rejects), rows.encoding, tuple(register.reader.ignored), rows.lines, rows.blank, rows.continued,
        tuple(Doubt(*asked, *found) for asked, found in work.doubts.items()), rows.sheets,
    )  # fmt: skip


class _Import:
    """One run: what it needs, and what it has counted."""

    def __init__(self, engine: Engine, flow: Flow, actor: Actor, mapping: Mapping, register: Register) -> None:
        self._engine, self._flow, self._actor, self._mapping = engine, flow, actor, mapping
        self._register = register
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.rejects: list[Reject] = []
        self.doubts: dict[tuple[str | None, str], tuple[int, int]] = {}

    def run(self, file: RejectsFile | None, progress: Progress | None) -> None:
        """Take the rows, a batch at a time."""
        body = iter(self._register.rows.body)
        while batch := list(islice(body, AT_ONCE)):
            for row, outcome in self._take(batch):
                self._count(row, outcome, file)
            if progress is not None:
                progress(self.counts.total())

    def _count(self, row: Row, outcome: str | Reject, file: RejectsFile | None) -> None:
        if not isinstance(outcome, Reject):
            self.counts[outcome] += 1
            return
        self.counts["rejected"] += 1
        self.reasons.update(fault.reason for fault in outcome.faults)
        if len(self.rejects) < MOST_KEPT:
            self.rejects.append(outcome)
        if file is not None:
            file.add(outcome, row)

    def _take(self, batch: list[Row]) -> Iterator[tuple[Row, str | Reject]]:
        """Say what became of each row: what can be taken is opened in one transaction."""
        now = self._engine.clock.now()
        read = [self._register.reader.read(row, now) for row in batch]
        found = [entry if isinstance(entry, Reject) else self._found(entry) for entry in read]
        new = [entry for entry in found if isinstance(entry, Entry)]
        opened = iter(self._engine.open_many([self._opening(entry) for entry in new], actor=self._actor) if new else ())
        for row, entry in zip(batch, found, strict=True):
            yield row, self._answer(entry, next(opened)) if isinstance(entry, Entry) else entry

    def _opening(self, entry: Entry) -> Opening:
        return Opening(self._flow.id, entry.data, key=entry.key, at=entry.at)

    def _found(self, entry: Entry) -> str | Reject | Entry:
        """Say whether the row was taken before, by whomever; its moment follows from its day, and from when it was."""
        try:
            known = self._engine.receipt(self._opening(entry)._replace(at=None), actor=self._actor)
        except KeyReusedError as error:
            return self._reject(entry, error)
        return entry if known is None else "already"

    def _answer(self, entry: Entry, outcome: Outcome) -> str | Reject:
        if isinstance(outcome.error, KeyReusedError):  # somebody has taken the row in the meantime, or another one
            again = self._found(entry)
            return again if not isinstance(again, Entry) else self._reject(entry, outcome.error)
        if outcome.error is not None:
            return self._reject(entry, outcome.error)
        for doubt in entry.doubts:
            count, line = self.doubts.get(doubt, (0, entry.row.line))
            self.doubts[doubt] = count + 1, line
        return "taken"

    def _reject(self, entry: Entry, error: Exception) -> Reject:
        """Return why the engine would not open the row's case.

        Raises:
            RefusedError, FlowError, WiringError: no row of this register will be taken from this actor, or here.
        """
        row = entry.row
        if isinstance(error, KeyReusedError):
            faults = [Fault(self._mapping.key.column, "number_conflict")]
        elif isinstance(error, RefusedError) and error.reasons[0].code != "not_permitted":
            faults = [Fault(self._column_of(why.where), "refused", why.message) for why in error.reasons]
        elif isinstance(error, InputError):
            faults = [Fault(None, "refused", Text(*(words[:400] for words in error.text)))]
        else:
            raise error
        return Reject(row.line, entry.number, tuple(faults), None, row.last_line if row.last_line > row.line else None)

    def _column_of(self, field: str | None) -> str | None:
        return next((name for name, column in self._mapping.columns.items() if field and column.field == field), None)
