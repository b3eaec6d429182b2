"""The memory store: the specification of a store that one can read in five minutes."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from heapq import heappop, heappush
from types import TracebackType
from typing import Any, NamedTuple, Self

from xinfang_flow.errors import ConflictError, FlowError, StoreError
from xinfang_flow.kernel import Case, Event, Signal
from xinfang_flow.kernel.case import overdue
from xinfang_flow.kernel.event import private_part, restore
from xinfang_flow.kernel.records import slot as slot_record, task as task_record
from xinfang_flow.store.contract import Commit, EffectState, Query, StoredFlow, Timer, Waiting
from xinfang_flow.text import Text


class Kept(NamedTuple):
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


class MemoryStore:
    """Keeps everything in dictionaries; one writer at a time; gone with the process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._cases: dict[str, Case] = {}
        self._events: dict[str, list[Kept]] = {}
        self._keys: dict[str, dict[str, Kept]] = {}
        self._timers: dict[tuple[str, str], datetime] = {}
        self._agenda: list[tuple[datetime, str, str]] = []
        self._outbox: dict[tuple[str, int, str], Waiting] = {}
        self._signals: dict[tuple[str, str, str], Signal] = {}
        self._flows: dict[tuple[str, int], StoredFlow] = {}

    @property
    def read(self) -> MemoryStore:
        """The reading port: the store itself."""
        return self

    def read_in(self, session: Any) -> MemoryStore:
        """There is no session to join."""
        raise StoreError("the memory store has no sessions to join: leave session= out")

    def transaction(self, session: Any = None) -> MemoryTransaction:
        """Begin; there is no session to join."""
        if session is not None:
            raise StoreError("the memory store has no sessions to join: leave session= out")
        return MemoryTransaction(self)

    def close(self) -> None:
        """Nothing to let go of."""

    def get(self, case_id: str) -> Case | None:
        """Return the case as it stands."""
        return self._cases.get(case_id)

    def history(self, case_id: str, upto: int | None = None) -> Sequence[Event]:
        """Return the case's events in order."""
        return tuple(kept.event for kept in self._events.get(case_id, ())[:upto])

    def opened(self, key: str) -> Event | None:
        """Return the event that opened a case under the key."""
        kept = self._keys.get("opened", {}).get(key)
        return kept.event if kept else None

    def find(self, query: Query) -> Sequence[Case]:
        """Return the matching cases in the order of their ids."""
        with self._lock:
            found = (
                case for case_id, case in sorted(self._cases.items()) if query.after is None or case_id > query.after
            )
            return [case for case in found if matches(case, query)][: query.limit]

    def counts(self) -> Sequence[tuple[str, int, str | None, str, int]]:
        """Return how many cases stand where."""
        counted: dict[tuple[str, int, str | None, str], int] = {}
        for case in list(self._cases.values()):
            place = (case.flow, case.flow_version, case.stage, case.state)
            counted[place] = counted.get(place, 0) + 1
        return [(*place, number) for place, number in counted.items()]

    def flows(self) -> Sequence[StoredFlow]:
        """Return every published flow version."""
        return list(self._flows.values())

    def signals(self, case_id: str) -> Sequence[Signal]:
        """Return the signals that this case has not accepted yet."""
        return [signal for signal in list(self._signals.values()) if signal.to == case_id]

    def effects(self, case_id: str | None = None, state: EffectState | None = None) -> Sequence[Waiting]:
        """Return the effects of the outbox."""
        return [
            effect
            for effect in list(self._outbox.values())
            if case_id in (None, effect.request.case_id) and state in (None, effect.state)
        ]


class MemoryTransaction:
    """Writes at once and remembers how to take it back."""

    __slots__ = ("_store", "_undo")

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._undo: list[Change] = []

    def __enter__(self) -> Self:
        """Wait for the writer before us."""
        self._store._lock.acquire()  # noqa: SLF001  one class in two parts
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep everything, or take everything back in reverse."""
        try:
            if kind is not None:
                self._take_back()
        finally:
            self._store._lock.release()  # noqa: SLF001

    def case(self, case_id: str) -> Case | None:
        """Return the case; the whole store is locked."""
        return self._store._cases.get(case_id)  # noqa: SLF001

    def event_by_key(self, kind: str, key: str) -> Event | None:
        """Return the event accepted under the key."""
        kept = self._store._keys.get(kind, {}).get(key)  # noqa: SLF001
        return kept.event if kept else None

    def append(self, commit: Commit) -> None:
        """Write everything of one command."""
        case, expected, event, timers, effects, signals, settled, flow = commit
        store, case_id = self._store, case.id
        before = store._cases.get(case_id)  # noqa: SLF001
        found = before.version if before else 0
        if found != expected:
            raise ConflictError(
                Text(
                    f"事项 {case_id} 已有{found}条留痕，您看到的是第{expected}条时的情形：请重新查看",
                    f"case {case_id} has version {found}, not {expected}",
                ),
                case_id=case_id,
                expected=expected,
                found=found,
            )
        self._check_key(event)
        if flow is not None:
            self._publish(flow)
        if event is not None:
            kept = _new(Kept, (event.body, event.hash, private_part(event) if event.salts else None))
            self._put(store._keys.setdefault(event.kind, {}), event.key, kept)  # noqa: SLF001
            store._events.setdefault(case_id, []).append(kept)  # noqa: SLF001
            self._undo.append((store._events, case_id, LAST))  # noqa: SLF001
            self._put(store._cases, case_id, case)  # noqa: SLF001
        for name, at in timers.items():
            self._set_timer((case_id, name), at)
        for request in effects:
            self._put(store._outbox, (case_id, request.seq, request.name), Waiting(request, "waiting", 0))  # noqa: SLF001
        for signal in signals:
            self._put(store._signals, (signal.to, signal.kind, signal.sender), signal)  # noqa: SLF001
        for signal in settled:
            self._drop(store._signals, (signal.to, signal.kind, signal.sender))  # noqa: SLF001

    def signals(self, case_id: str) -> Sequence[Signal]:
        """Return the signals that the case has not accepted yet."""
        return self._store.signals(case_id)

    def due(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Pop the agenda up to now; entries that were re-armed or settled since fall away."""
        agenda, timers = self._store._agenda, self._store._timers  # noqa: SLF001
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
        for effect in self._store._outbox.values():  # noqa: SLF001
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
        self._put(self._store._outbox, (request.case_id, request.seq, request.name), effect)  # noqa: SLF001

    def _check_key(self, event: Event | None) -> None:
        if event is not None and event.key in self._store._keys.get(event.kind, ()):  # noqa: SLF001
            raise ConflictError(f"the key {event.key!r} is taken", case_id=event.case_id)

    def _publish(self, flow: StoredFlow) -> None:
        flows = self._store._flows  # noqa: SLF001
        kept = flows.get((flow.id, flow.version))
        if kept is None:
            self._put(flows, (flow.id, flow.version), flow)
        elif kept.digest != flow.digest:
            raise FlowError(
                Text(
                    f"{flow.id}@{flow.version} 已以另一内容发布：请另起第{flow.version + 1}版",
                    f"{flow.id}@{flow.version} is already published with another content: "
                    f"make it version {flow.version + 1}",
                )
            )

    def _put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self._undo.append((table, key, table.get(key, ABSENT)))
        table[key] = value

    def _drop(self, table: dict[Any, Any], key: Any) -> None:
        self._undo.append((table, key, table.pop(key, ABSENT)))

    def _set_timer(self, timer: tuple[str, str], at: datetime | None) -> None:
        if at is None:
            self._drop(self._store._timers, timer)  # noqa: SLF001
            return
        self._put(self._store._timers, timer, at)  # noqa: SLF001
        heappush(self._store._agenda, (at, *timer))  # noqa: SLF001

    def _take_back(self) -> None:
        timers, agenda = self._store._timers, self._store._agenda  # noqa: SLF001
        for table, key, before in reversed(self._undo):
            if before is LAST:
                table[key].pop()
            elif before is ABSENT:
                table.pop(key, None)
            else:
                table[key] = before
                if table is timers:  # it must be on the agenda again, whoever has looked in the meantime
                    heappush(agenda, (before, *key))


def matches(case: Case, query: Query) -> bool:
    """Return whether a case fits a query."""
    return (
        query.flow in (None, case.flow)
        and query.state in (None, case.state)
        and query.org in (None, case.org)
        and query.done in (None, case.done)
        and (query.overdue_at is None or overdue(case, query.overdue_at))
        and (not (query.holder or query.roles) or _owes(case, query))
    )


def _owes(case: Case, query: Query) -> bool:
    records = [task.record for task in case.tasks.values()]
    if query.settled:
        return query.holder is not None and any(
            slot_record.settled_by(slot) == query.holder for task in records for slot in task_record.every_slot(task)
        )
    return any(slot_record.owes(slot, query.holder, query.roles) for task in records for slot in task_record.owed(task))
