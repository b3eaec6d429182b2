"""The memory store: the specification of a store that one can read in five minutes."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from heapq import heappop, heappush
from types import TracebackType
from typing import Any, NamedTuple, Self

from xinfang_flow.errors import StoreError
from xinfang_flow.kernel import Case, Event, Signal
from xinfang_flow.kernel.canonical import moment_of
from xinfang_flow.kernel.case import overdue, overdue_from
from xinfang_flow.kernel.event import private_part, restore
from xinfang_flow.kernel.records import slot as slot_record, task as task_record
from xinfang_flow.kernel.searchable import FieldValue
from xinfang_flow.kernel.work import Work
from xinfang_flow.store.conflicts import key_taken, moved_on, published_otherwise
from xinfang_flow.store.contract import (
    Commit,
    EffectState,
    Query,
    StoredFlow,
    Timer,
    ValueTakenError,
    Waiting,
    WorkPlace,
    WorkQuery,
)  # fmt: skip
from xinfang_flow.text import Text

_NO_SESSIONS = Text(
    "内存存储没有可加入的会话：请不写 session=", "the memory store has no sessions to join: leave session= out"
)
NEVER = datetime.max.replace(tzinfo=UTC)


class StoredEvent(NamedTuple):
    """An event as every store keeps it: text that nothing can alter, and that the garbage collector need not walk."""

    body: str
    hash: str
    private: Mapping[str, Any] | None

    @property
    def event(self) -> Event:
        """The event itself."""
        return restore(*self)


# How to take a change back: the table, the key, and what stood there before.
Change = tuple[dict[Any, Any], Any, Any]
ABSENT = object()  # nothing stood there
LAST = object()  # what was added is the last of a list
_new = tuple.__new__


class Tables:
    """Everything that is kept, in dictionaries; store and transaction share it."""

    def __init__(self) -> None:
        self.lock: threading.RLock = threading.RLock()
        self.cases: dict[str, Case] = {}
        self.events: dict[str, list[StoredEvent]] = {}
        self.keys: dict[str, dict[str, StoredEvent]] = {}
        self.timers: dict[tuple[str, str], datetime] = {}
        self.agenda: list[tuple[datetime, str, str]] = []
        self.outbox: dict[tuple[str, int, str], Waiting] = {}
        self.signals: dict[tuple[str, str, str], Signal] = {}
        self.flows: dict[tuple[str, int], StoredFlow] = {}
        self.work: dict[str, tuple[Work, ...]] = {}
        self.fields: dict[str, tuple[FieldValue, ...]] = {}
        self.taken: dict[FieldValue, str] = {}

    def signals_to(self, case_id: str) -> list[Signal]:
        """Return the signals that a case has not accepted yet."""
        return [signal for signal in list(self.signals.values()) if signal.to == case_id]


class MemoryStore:
    """Keeps everything in dictionaries; one writer at a time; gone with the process."""

    def __init__(self) -> None:
        self.tables: Tables = Tables()

    @property
    def read(self) -> MemoryStore:
        """The reading port: the store itself."""
        return self

    def read_in(self, session: Any) -> MemoryStore:
        """There is no session to join."""
        raise StoreError(_NO_SESSIONS)

    def transaction(self, session: Any = None) -> MemoryTransaction:
        """Begin; there is no session to join."""
        if session is not None:
            raise StoreError(_NO_SESSIONS)
        return MemoryTransaction(self.tables)

    def close(self) -> None:
        """Nothing to let go of."""

    def get(self, case_id: str) -> Case | None:
        """Return the case as it stands."""
        return self.tables.cases.get(case_id)

    def history(self, case_id: str, upto: int | None = None) -> Sequence[Event]:
        """Return the case's events in order."""
        return tuple(stored.event for stored in self.tables.events.get(case_id, ())[:upto])

    def opened(self, key: str) -> Event | None:
        """Return the event that opened a case under the key."""
        stored = self.tables.keys.get("opened", {}).get(key)
        return stored.event if stored else None

    def find(self, query: Query) -> Sequence[Case]:
        """Return the matching cases in the order asked for."""
        with self.tables.lock:
            cases, fields = list(self.tables.cases.values()), dict(self.tables.fields)
        found = sorted((case for case in cases if matches(case, query, fields.get(case.id, ()))), key=_by(query))
        if query.after is not None:
            last = (query.after_at or NEVER, query.after) if query.order != "id" else (NEVER, query.after)
            found = [case for case in found if _by(query)(case) > last]
        return found[: query.limit]

    def worklist(self, query: WorkQuery) -> Sequence[Work]:
        """Return the work that fits, most urgent first."""
        with self.tables.lock:
            every = [row for rows in self.tables.work.values() for row in rows]
        found = [row for row in every if _listed(row, query)]
        return sorted(found, key=_place)[: query.limit]

    def work(self, case_id: str) -> Sequence[Work]:
        """Return the case's rows in the worklist."""
        return self.tables.work.get(case_id, ())

    def fields(self, case_id: str) -> Sequence[FieldValue]:
        """Return what the case is found by."""
        return tuple(sorted(self.tables.fields.get(case_id, ())))

    def counts(self) -> Sequence[tuple[str, int, str | None, str, int]]:
        """Return how many cases stand where."""
        counted: dict[tuple[str, int, str | None, str], int] = {}
        for case in list(self.tables.cases.values()):
            place = (case.flow, case.flow_version, case.stage, case.state)
            counted[place] = counted.get(place, 0) + 1
        return [(*place, number) for place, number in counted.items()]

    def flows(self) -> Sequence[StoredFlow]:
        """Return every published flow version."""
        return list(self.tables.flows.values())

    def signals(self, case_id: str) -> Sequence[Signal]:
        """Return the signals that this case has not accepted yet."""
        return self.tables.signals_to(case_id)

    def effects(self, case_id: str | None = None, state: EffectState | None = None) -> Sequence[Waiting]:
        """Return the effects of the outbox."""
        return [
            effect
            for effect in list(self.tables.outbox.values())
            if case_id in (None, effect.request.case_id) and state in (None, effect.state)
        ]


class MemoryTransaction:
    """Writes at once and remembers how to take it back."""

    __slots__ = ("_tables", "_undo")

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._undo: list[Change] = []

    def __enter__(self) -> Self:
        """Wait for the writer before us."""
        self._tables.lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep everything, or take everything back in reverse."""
        try:
            if kind is not None:
                self._take_back()
        finally:
            self._tables.lock.release()

    def case(self, case_id: str) -> Case | None:
        """Return the case; the whole store is locked."""
        return self._tables.cases.get(case_id)

    def event_by_key(self, kind: str, key: str) -> Event | None:
        """Return the event accepted under the key."""
        stored = self._tables.keys.get(kind, {}).get(key)
        return stored.event if stored else None

    def append(self, commit: Commit) -> None:
        """Write everything of one command."""
        tables, case, event = self._tables, commit.case, commit.event
        self._check_version(case.id, commit.expected)
        self._check_key(event)
        self._check_fields(commit)
        if commit.flow is not None:
            self._publish(commit.flow)
        if event is not None:
            self._write_event(event)
            self._put(tables.cases, case.id, case)
        for name, at in commit.timers.items():
            self._set_timer((case.id, name), at)
        for request in commit.effects:
            self._put(tables.outbox, (case.id, request.seq, request.name), Waiting(request, "waiting", 0))
        for signal in commit.signals:
            self._put(tables.signals, (signal.to, signal.kind, signal.sender), signal)
        for signal in commit.settled_signals:
            self._drop(tables.signals, (signal.to, signal.kind, signal.sender))
        self._write_listed(commit)

    def signals(self, case_id: str) -> Sequence[Signal]:
        """Return the signals that the case has not accepted yet."""
        return self._tables.signals_to(case_id)

    def due(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Pop the agenda up to now; entries that were re-armed or settled since fall away."""
        agenda, timers = self._tables.agenda, self._tables.timers
        found: list[Timer] = []
        while agenda and agenda[0][0] <= now and len(found) < limit:
            at, case_id, name = heappop(agenda)
            timer = Timer(case_id, name, at)
            if timers.get((case_id, name)) == at and timer not in found[-1:]:
                found.append(timer)
        for timer in found:
            heappush(agenda, (timer.at, timer.case_id, timer.name))
        return found

    def waiting(self, now: datetime, limit: int) -> Sequence[Waiting]:
        """Return the first effect of each case that is not delivered, unless it is dead or waits for another try."""
        first: dict[str, Waiting] = {}
        for effect in self._tables.outbox.values():
            if effect.state != "delivered":
                first.setdefault(effect.request.case_id, effect)
        ready = [
            effect
            for effect in first.values()
            if effect.state == "waiting" and (effect.retry_at is None or effect.retry_at <= now)
        ]
        return ready[:limit]

    def settle(self, effect: Waiting) -> None:
        """Record what became of an effect."""
        request = effect.request
        self._put(self._tables.outbox, (request.case_id, request.seq, request.name), effect)

    def _check_version(self, case_id: str, expected: int) -> None:
        before = self._tables.cases.get(case_id)
        found = before.version if before else 0
        if found != expected:
            raise moved_on(case_id, expected, found)

    def _check_key(self, event: Event | None) -> None:
        if event is not None and event.key in self._tables.keys.get(event.kind, ()):
            raise key_taken(event)

    def _check_fields(self, commit: Commit) -> None:
        for value in commit.fields or ():
            if value.scope is not None and self._tables.taken.get(value, commit.case.id) != commit.case.id:
                raise ValueTakenError(value, case_id=commit.case.id)

    def _write_event(self, event: Event) -> None:
        stored = _new(StoredEvent, (event.body, event.hash, private_part(event) if event.salts else None))
        self._put(self._tables.keys.setdefault(event.kind, {}), event.key, stored)
        self._tables.events.setdefault(event.case_id, []).append(stored)
        self._undo.append((self._tables.events, event.case_id, LAST))

    def _write_listed(self, commit: Commit) -> None:
        case_id = commit.case.id
        if commit.work is not None:
            self._put(self._tables.work, case_id, tuple(commit.work))
        if commit.fields is None:
            return
        before, now = self._tables.fields.get(case_id, ()), tuple(commit.fields)
        if now == before:
            return
        self._put(self._tables.fields, case_id, now)
        for value in before:
            if value.scope is not None and value not in now:
                self._drop(self._tables.taken, value)
        for value in now:
            if value.scope is not None:
                self._put(self._tables.taken, value, case_id)

    def _publish(self, flow: StoredFlow) -> None:
        flows = self._tables.flows
        stored = flows.get((flow.id, flow.version))
        if stored is None:
            self._put(flows, (flow.id, flow.version), flow)
        elif stored.digest != flow.digest:
            raise published_otherwise(flow)

    def _put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self._undo.append((table, key, table.get(key, ABSENT)))
        table[key] = value

    def _drop(self, table: dict[Any, Any], key: Any) -> None:
        self._undo.append((table, key, table.pop(key, ABSENT)))

    def _set_timer(self, timer: tuple[str, str], at: datetime | None) -> None:
        if at is None:
            self._drop(self._tables.timers, timer)
            return
        self._put(self._tables.timers, timer, at)
        heappush(self._tables.agenda, (at, *timer))

    def _take_back(self) -> None:
        timers, agenda = self._tables.timers, self._tables.agenda
        for table, key, before in reversed(self._undo):
            if before is LAST:
                table[key].pop()
            elif before is ABSENT:
                table.pop(key, None)
            else:
                table[key] = before
                if table is timers:  # it must be on the agenda again, whoever has looked in the meantime
                    heappush(agenda, (before, *key))


def matches(case: Case, query: Query, fields: Sequence[FieldValue] = ()) -> bool:
    """Return whether a case that is found by `fields` fits a query, whatever page is asked for."""
    return (
        query.flow in (None, case.flow)
        and query.state in (None, case.state)
        and query.org in (None, case.org)
        and query.done in (None, case.done)
        and (query.overdue_at is None or overdue(case, query.overdue_at))
        and (not (query.holder or query.roles) or _owes(case, query))
        and query.where.items() <= {(value.name, value.value) for value in fields}
    )


def _by(query: Query) -> Any:
    """Return what cases are sorted by."""
    return {
        "id": lambda case: (NEVER, case.id),
        "due": lambda case: (_late_from(case), case.id),
        "opened": lambda case: (case.opened_at, case.id),
        "changed": lambda case: (case.changed_at, case.id),
    }[query.order]


def _late_from(case: Case) -> datetime:
    late_from = overdue_from(case)
    return NEVER if late_from is None else moment_of(late_from)


def _listed(row: Work, query: WorkQuery) -> bool:
    return (
        (query.roles is None or (row.role in query.roles and (not row.bound or row.org == query.actor_org)))
        and query.org in (None, row.org)
        and query.flow in (None, row.flow)
        and (query.after is None or _place(row) > (query.after.due or NEVER, *query.after[1:]))
    )


def _place(row: Work) -> WorkPlace:
    return WorkPlace(row.due or NEVER, row.since, row.case_id, row.nr)


def _owes(case: Case, query: Query) -> bool:
    records = [task.record for task in case.tasks.values()]
    if query.settled:
        return query.holder is not None and any(
            slot_record.settled_by(slot) == query.holder for task in records for slot in task_record.every_slot(task)
        )
    return any(slot_record.owes(slot, query.holder, query.roles) for task in records for slot in task_record.owed(task))
