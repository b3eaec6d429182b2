"""The store's contract: the port for writing and recovery, and a second one for reading.

A store keeps in **one** transaction, under the expected version of the case: the event, the case's snapshot, its
timers, the effects that wait for delivery, and the rows by which the case is listed and found.  Whoever has these
methods is a store; `xinfang_flow.testing.StoreSuite` proves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, NamedTuple, Protocol, Self

from xinfang_flow.errors import ConflictError
from xinfang_flow.kernel import Case, EffectRequest, Event, Signal
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.searchable import FieldValue
from xinfang_flow.kernel.work import Work
from xinfang_flow.text import Text

EffectState = Literal["waiting", "delivered", "dead"]
Order = Literal["id", "due", "opened", "changed"]


class StoredFlow(NamedTuple):
    """A published flow version: its resolved text, never edited."""

    id: str
    version: int
    digest: str
    text: str


class Commit(NamedTuple):
    """What one accepted command writes.  `event` is None when only timers move.

    `timers` maps a deadline's name to the instant at which the clock must look at it again, or None when it must not.
    `expected` is the version that the case must have (0 for a new one); `signals` those that a waiting case refused,
    `settled_signals` those that this event has taken; `flow` the version to publish with a beginning.

    `work` and `fields` are the whole lists of what the case waits for and is found by, as they are now; None leaves
    them as they were.  Both are functions of flow and case, so the lists of the case before (`work_before`,
    `fields_before`) are computed and not read: a store writes nothing where they are equal, and drops nothing where
    the old one was empty.
    """

    case: Case
    expected: int
    event: Event | None
    timers: Mapping[str, datetime | None]
    effects: Sequence[EffectRequest] = ()
    signals: Sequence[Signal] = ()
    settled_signals: Sequence[Signal] = ()
    flow: StoredFlow | None = None
    work: Sequence[Work] | None = None
    fields: Sequence[FieldValue] | None = None
    work_before: Sequence[Work] = ()
    fields_before: Sequence[FieldValue] = ()


class ValueTakenError(ConflictError):
    """Another case of the family has this value already."""

    default_zh = "另一事项已使用该值"

    def __init__(self, field: FieldValue, *, case_id: str) -> None:
        super().__init__(
            Text(f"另一事项已有这个“{field.name}”", f"another case has this {field.name} already"), case_id=case_id
        )
        self.field = field


class Timer(NamedTuple):
    """A deadline that the clock must look at."""

    case_id: str
    name: str
    at: datetime


class Waiting(NamedTuple):
    """An effect in the outbox: at least once, in order per case."""

    request: EffectRequest
    state: EffectState
    tries: int
    error: str | None = None
    retry_at: datetime | None = None


class Transaction(Protocol):
    """One transaction.  Leaving it normally commits, leaving it by an exception rolls back; both are complete."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back when an exception passes."""

    def case(self, case_id: str) -> Case | None:
        """Return the case, locked against other writers until the transaction ends."""

    def event_by_key(self, kind: str, key: str) -> Event | None:
        """Return the event that was accepted under this idempotency key, if any; keys are unique per kind."""

    def append(self, commit: Commit) -> None:
        """Write event, snapshot, timers, effects, work and fields.

        Raises:
            ConflictError: the case does not have the expected version, or the key is taken.
            ValueTakenError: another case has a value that must be one of its kind.
            FlowError: another content is already published under the flow's id and version.
        """

    def signals(self, case_id: str) -> Sequence[Signal]:
        """Return the signals from linked cases that this case has not accepted yet."""

    def due(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Return the timers that are due, earliest first; costs what is due, not what is stored."""

    def waiting(self, now: datetime, limit: int) -> Sequence[Waiting]:
        """Return the next undelivered effect of each case, oldest first; a dead one holds its own case only."""

    def settle(self, effect: Waiting) -> None:
        """Record what became of an effect: delivered, to be tried again, or dead."""


class Query(NamedTuple):
    """What to find: every condition that is given must hold.

    `where` asks for fields by their canonical values.  Cases come in the order of their ids, or of `order`: "due" by
    the first instant at which they are late, those without one last; "opened", "changed" the oldest first; equal ones
    by their ids.  `after` is the id of the last case of the previous page, and `after_at` the instant by which that
    one was ordered: None where it had none, or for the order of ids.
    """

    flow: str | None = None
    state: str | None = None
    org: str | None = None
    overdue_at: datetime | None = None
    done: bool | None = None
    holder: str | None = None
    roles: frozenset[str] = frozenset()
    settled: bool = False
    limit: int = 100
    after: str | None = None
    where: Mapping[str, str] = EMPTY
    order: Order = "id"
    after_at: datetime | None = None


class WorkPlace(NamedTuple):
    """The place of a row in a worklist: its four columns, in order; `due` is None for what has no deadline."""

    due: datetime | None
    since: datetime
    case_id: str
    nr: int


class WorkQuery(NamedTuple):
    """What work to list, most urgent first: every condition that is given must hold.

    `roles` are those of an actor and `actor_org` the organ they belong to: what is bound to another organ is not
    theirs.  Without `roles` everybody's work is listed.  `org` and `flow` choose among the rows; `after` is the place
    of the last row of the previous page.
    """

    roles: frozenset[str] | None = None
    actor_org: str | None = None
    org: str | None = None
    flow: str | None = None
    limit: int = 100
    after: WorkPlace | None = None


class Reader(Protocol):
    """The reading port: nothing here locks or writes."""

    def get(self, case_id: str) -> Case | None:
        """Return the case as it stands."""

    def history(self, case_id: str, upto: int | None = None) -> Sequence[Event]:
        """Return the case's events in order, up to a sequence number."""

    def opened(self, key: str) -> Event | None:
        """Return the event that opened a case under this idempotency key, if any."""

    def find(self, query: Query) -> Sequence[Case]:
        """Return cases in the order asked for; with `holder` or `roles`, those in which they owe or settled one."""

    def worklist(self, query: WorkQuery) -> Sequence[Work]:
        """Return work in the order `due, since, case_id, nr`, what has no deadline last."""

    def work(self, case_id: str) -> Sequence[Work]:
        """Return the rows of a case in the worklist, in their order."""

    def fields(self, case_id: str) -> Sequence[FieldValue]:
        """Return what the case is found by, in the order of the names."""

    def counts(self) -> Sequence[tuple[str, int, str | None, str, int]]:
        """Return (flow, version, stage, state, number of cases)."""

    def flows(self) -> Sequence[StoredFlow]:
        """Return every published flow version."""

    def signals(self, case_id: str) -> Sequence[Signal]:
        """Return the signals that this case has not accepted yet."""

    def effects(self, case_id: str | None = None, state: EffectState | None = None) -> Sequence[Waiting]:
        """Return the effects of the outbox, those of one case or of one state."""


class Store(Protocol):
    """What the engine needs of persistence."""

    @property
    def read(self) -> Reader:
        """The reading port."""

    def read_in(self, session: Any) -> Reader:
        """Return a reading port that sees what the caller's own transaction has written.

        Raises:
            StoreError: the store has no sessions to join.
        """

    def transaction(self, session: Any = None) -> Transaction:
        """Return a transaction; with `session`, one that joins the caller's and never ends it.

        Raises:
            StoreError: the store has no sessions to join, or cannot be reached.
        """

    def close(self) -> None:
        """Let go of connections."""
