"""The engine: load a case, ask the kernel, write everything in one transaction.

Writing is in `writing`, reading in `reading`, the clock's work in `ticking`, the outbox in `delivery`; this file is the
surface that users call.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from xinfang_flow.casefile import file as casefile
from xinfang_flow.casefile.tree import linked
from xinfang_flow.casefile.verdict import Verdict
from xinfang_flow.engine import reader as reading, telemetry
from xinfang_flow.engine.answers import Delivery, Outcome, Page
from xinfang_flow.engine.clock import Clock, SystemClock
from xinfang_flow.engine.delivery import Handler, deliver
from xinfang_flow.engine.recalculation import recalculate
from xinfang_flow.engine.search import found_rightly, wanted
from xinfang_flow.engine.store_url import open_store
from xinfang_flow.engine.timers import tick
from xinfang_flow.engine.wiring import FlowBook
from xinfang_flow.engine.worklist import listed_rightly, page, question
from xinfang_flow.engine.writer import StaleError, Writer
from xinfang_flow.errors import ConflictError, InputError, KeyReusedError, NotFoundError, RefusedError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Actor, Case, Command, Event, Link, Option, Signal, Task
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.interpreter.guards import NamedGuard
from xinfang_flow.kernel.work import Work
from xinfang_flow.law import Calendar
from xinfang_flow.store import MemoryStore, Order, Reader, Store, Transaction

if TYPE_CHECKING:
    from xinfang_flow.text import Language

TRIES = 5
Written = TypeVar("Written")


class Engine:
    """Runs cases.  `store` is any SQLAlchemy URL or an object with the store's methods.

    Args:
        store: `"sqlite:///county.db"`, or a store.
        flows: the flows to run; all standard flows when left out.
        guards: functions for named guards, `guard(case, command) -> bool`, pure.
        effects: handlers for effects, `handler(effect) -> None`; an effect without one waits in the outbox.
        clock: where the time comes from; the machine's clock when left out.
        calendars: calendars by the name that flows give; "china" is at hand.
        directory: organs and their superiors, for who lies under whom.
        entropy: `entropy(n)` gives n random bytes, for salts, ids and generated keys.

    Raises:
        WiringError: a named guard or a calendar is missing.
        StoreError: the store cannot be opened.
    """

    def __init__(
        self,
        store: str | Store,
        *,
        flows: Iterable[Flow] | None = None,
        guards: Mapping[str, NamedGuard] | None = None,
        effects: Mapping[str, Handler] | None = None,
        clock: Clock | None = None,
        calendars: Mapping[str, Calendar] | None = None,
        directory: reading.Directory | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._store: Store = open_store(store) if isinstance(store, str) else store
        self._book = FlowBook(flows, dict(guards or {}), dict(calendars or {}), self._store.read)
        self._handlers = dict(effects or {})
        self._clock = clock or SystemClock()
        self._writer = Writer(self._store, self._book, self._clock, directory or reading.FlatDirectory(), entropy)
        self._published: set[tuple[str, int]] = set()

    @classmethod
    def in_memory(cls, **options: Any) -> Engine:
        """Return an engine whose cases live in this process only; takes the same keywords."""
        return cls(MemoryStore(), **options)

    def __enter__(self) -> Self:
        """Return the engine; leaving the block closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Let go of the store's connections."""
        self._store.close()

    # ---- writing ----------------------------------------------------------------------------------------------------

    def open(
        self, flow: str, data: Any = None, *, actor: Actor, key: str | None = None, links: Sequence[Link] = (),
        org: str | None = None, at: datetime | None = None, note: str | None = None, session: Any = None,
    ) -> Case:  # fmt: skip
        """Open a case of `flow` ("hearing", or "hearing@1") and return it.

        `key` makes the call safe to repeat: the same key with the same request returns the same case.  `org` is the
        organ the case belongs to, the actor's own when left out; `at` the moment it happened, now when left out.

        Raises:
            RefusedError: the actor may not, the data does not fit, or a guard refuses.
            KeyReusedError: the key belongs to another request.
            FlowError: there is no such flow, or its version is published with another content.
        """
        rules = self._book.newest(flow)
        name = (rules.flow.id, rules.flow.version)
        fresh = None if name in self._published else self._book.stored(rules)

        def write(transaction: Transaction) -> Case:
            return self._writer.open(
                transaction, rules, data, actor=actor, key=key, links=links, org=org, at=at, note=note, fresh=fresh
            )

        case = self._written(write, session)
        if session is None:
            self._published.add(name)
        if telemetry.enabled():
            telemetry.say("case.opened", case_id=case.id, flow=rules.flow.name, actor=actor.id)
        return case

    def fire(
        self, case_id: str, trigger: str, payload: Any = None, *, actor: Actor, key: str | None = None,
        expected_version: int | None = None, note: str | None = None, at: datetime | None = None, session: Any = None,
    ) -> Case:  # fmt: skip
        """Fire a trigger on a case and return the case as it then stands.

        `payload` is a mapping or a pydantic model; `expected_version` refuses if anybody has changed the case since;
        `note` is free text for the file and always personal.

        Raises:
            RefusedError: the step is not allowed; nothing has changed.
            NotFoundError: there is no such case for this actor.
            ConflictError: the case does not have the expected version.
            KeyReusedError: the key belongs to another request.
        """
        command = Command(
            case_id, trigger, EMPTY if payload is None else payload, actor, at, key, note, expected_version
        )

        def write(transaction: Transaction) -> Case:
            return self._writer.fire(transaction, command)

        case = self._written(write, session, TRIES if expected_version is None else 1)
        if telemetry.enabled():
            telemetry.say("case.fired", case_id=case.id, trigger=trigger, actor=actor.id, version=case.version)
        return case

    def fire_many(self, commands: Iterable[Command], *, actor: Actor, dry_run: bool = False) -> list[Outcome]:
        """Fire many commands, each on its own merits, in one transaction; return an outcome for each.

        A command's own actor stands aside for `actor`.  With `dry_run` nothing is kept.

        Raises:
            ConflictError: the database took the whole batch back, again and again; nothing has changed.
        """
        asked = [command._replace(actor=actor) for command in commands]

        def write(transaction: Transaction) -> list[Outcome]:
            outcomes = [self._tried(transaction, command) for command in asked]
            if dry_run:
                raise _DryRunError(outcomes)
            return outcomes

        try:
            return self._written(write, None)
        except _DryRunError as kept:
            return kept.outcomes

    def link(
        self, case_id: str, other_id: str, kind: str, *, actor: Actor, key: str | None = None, session: Any = None
    ) -> Case:
        """Tie two cases: the first waits for the second.  Return the first.

        Raises:
            NotFoundError: one of the cases does not exist for this actor.
            RefusedError: the flow declares no such link, or the cases are tied already.
        """

        def write(transaction: Transaction) -> Case:
            return self._writer.link(transaction, case_id, other_id, kind, actor, key)

        waiting = self._written(write, session)
        if telemetry.enabled():
            telemetry.say("case.linked", case_id=case_id, other=other_id, kind=kind, actor=actor.id)
        return waiting

    def tick(self) -> int:
        """Do whatever the clock says is due: warnings and breaches, each once, in order; return how many events."""
        return tick(self._store, self._book, self._clock.now(), self._writer.append, self._writer.fire)

    def recalculate(self) -> int:
        """Count open deadlines anew after a calendar has got a new edition; return how many cases changed."""
        return recalculate(self._store, self._book, self._clock.now(), self._writer.append)

    def deliver(self, limit: int = 1000) -> Delivery:
        """Hand waiting effects to their handlers: at least once, in order per case."""
        return deliver(self._store, self._handlers, self._clock, limit)

    # ---- reading ----------------------------------------------------------------------------------------------------

    def get(self, case_id: str, *, actor: Actor, session: Any = None) -> Case:
        """Return a case.

        Raises:
            NotFoundError: there is no such case for this actor.
        """
        return self._writer.visible(self._reader(session).get(case_id), case_id, actor)

    def opened(self, key: str, *, actor: Actor, session: Any = None) -> Case:
        """Return the case that was opened under an idempotency key, as it stands.

        Raises:
            NotFoundError: there is no such case for this actor.
        """
        first = self._reader(session).opened(key)
        if first is None:
            raise NotFoundError(f"no case was opened under {key!r}", name=key)
        return self.get(first.case_id, actor=actor, session=session)

    def find(
        self, *, actor: Actor, flow: str | None = None, state: str | None = None, org: str | None = None,
        overdue: bool | None = None, done: bool | None = None, where: Mapping[str, Any] | None = None,
        order: Order = "id", limit: int = 100, after: str | None = None, session: Any = None,
    ) -> Page[Case]:  # fmt: skip
        """Return the cases that the actor may see and that fit, a page at a time.

        `where` asks for the values of fields that their flows mark with `find` or `unique`.  `order` is "id", "due"
        (what is late first, what has no deadline last), "opened" or "changed" (the oldest first).  `after` is the
        `next` of the page before, and belongs to its question.

        Raises:
            InputError: a field that cannot be searched or a value of another type, an order that there is not, a page
                size beyond 1 to 500, a cursor of another question.
        """
        now = self._clock.now()
        fields = wanted(self._book.searched(flow), where) if where else EMPTY
        query = reading.query(
            flow=flow, state=state, org=org, overdue_at=now if overdue else None, done=done, limit=limit, after=after,
            where=fields, order=order,
        )  # fmt: skip

        def fits(case: Case) -> bool:
            return self._writer.may_see(case, actor) and (overdue is not False or not reading.overdue(case, now))

        return reading.find(self._reader(session), query, fits)

    def searchable(self, flow: str | None = None) -> tuple[str, ...]:
        """Return the fields by which cases are found, of every flow or of one: what `find(where=…)` takes."""
        return tuple(dict.fromkeys(name for known in self._book.searched(flow) for name in known.searchable))

    def tasks(
        self, *, actor: Actor, done: bool = False, limit: int = 100, after: str | None = None, session: Any = None
    ) -> Page[Task]:
        """待办: return the tasks in which the actor owes something; with `done`, 已办: those they have settled."""
        query = reading.query(holder=actor.id, roles=actor.roles, settled=done, limit=limit, after=after)
        return reading.tasks(
            self._reader(session), query, actor, lambda case: self._writer.may_see(case, actor), self.flow_of
        )

    def worklist(
        self, *, actor: Actor, flow: str | None = None, org: str | None = None, limit: int = 100,
        after: str | None = None, session: Any = None,
    ) -> Page[Work]:  # fmt: skip
        """待办件: return what waits for the actor's roles, most urgent first; `SYSTEM` reads what waits for anybody.

        What is late stands first, the longest late at the top; then what is due, the nearest first; then what has no
        deadline, the longest waiting first.  `org` is the organ with which it lies, `flow` the id of a flow.  What an
        actor holds themselves is no work of a role: see `tasks`.

        Raises:
            InputError: a page size that is not between 1 and 500; `after` is the cursor of another question.
        """
        limit = reading.checked_limit(limit)
        asked = question(actor=actor, flow=flow, org=org, limit=limit, after=after)
        return page(self._reader(session), asked, lambda case: self._writer.may_see(case, actor))

    def available(self, case_id: str, *, actor: Actor, session: Any = None) -> list[Option]:
        """Return what may be fired now and why not, for every trigger that leads on from here."""
        case = self.get(case_id, actor=actor, session=session)
        return list(reading.options(self._book.of_case(case), case, actor, self._clock.now()))

    def history(self, case_id: str, *, actor: Actor, session: Any = None) -> list[Event]:
        """Return the case's events in order."""
        self.get(case_id, actor=actor, session=session)
        return list(self._reader(session).history(case_id))

    def signals(self, case_id: str, *, actor: Actor, session: Any = None) -> list[Signal]:
        """Return the outcomes of linked cases that this case has not accepted yet."""
        self.get(case_id, actor=actor, session=session)
        return list(self._reader(session).signals(case_id))

    def verify(self, case_id: str, *, actor: Actor, session: Any = None) -> Verdict:
        """Check the case's chain, its commitments, its snapshot and its rows in the worklist; never writes."""
        reader = self._reader(session)
        while True:
            case = self.get(case_id, actor=actor, session=session)
            verdict = reading.verify(case, reader.history(case_id))
            if verdict.ok:
                flow = self._book.of_case(case).flow
                verdict = listed_rightly(verdict, flow, case, reader.work(case_id))
                verdict = found_rightly(verdict, flow, case, reader.fields(case_id)) if verdict.ok else verdict
            if verdict.ok or reader.get(case_id) == case:  # else it has moved on between the two readings
                return verdict

    def case_file(
        self, case_id: str, path: str | Path, *, actor: Actor, lang: Language = "zh", session: Any = None
    ) -> Path:
        """一案一档: write one self-contained file that verifies without a database; return its path.

        Raises:
            StoreError: the file cannot be written.
        """
        case = self.get(case_id, actor=actor, session=session)
        rules = self._book.of_case(case)
        events = self._reader(session).history(case_id, case.version)
        tree = linked(case, lambda other: self.get(other, actor=actor, session=session), self.flow_of)
        return casefile.write(
            Path(path), case, events, rules.flow, self._clock.now(), lang, tree=tree, zone=rules.calendar.zone
        )

    def flow_of(self, case: Case) -> Flow:
        """Return the flow version that a case is bound to."""
        return self._book.of_case(case).flow

    def _reader(self, session: Any) -> Reader:
        return self._store.read if session is None else self._store.read_in(session)

    def _written(self, write: Callable[[Transaction], Written], session: Any, tries: int = TRIES) -> Written:
        """Run `write` in a transaction; one of our own is tried again when another writer was quicker."""
        try:
            with self._store.transaction(session) as transaction:
                return write(transaction)
        except ConflictError as conflict:
            if tries == 1 or session is not None or isinstance(conflict, KeyReusedError):
                raise
        return self._written(write, session, tries - 1)

    def _tried(self, transaction: Transaction, command: Command) -> Outcome:
        try:
            return Outcome(self._writer.fire(transaction, command))
        except RefusedError as refusal:
            return Outcome(None, refusal.reasons, refusal)
        except (NotFoundError, StaleError, KeyReusedError, InputError) as error:  # other conflicts are the database's
            return Outcome(None, (), error)


class _DryRunError(Exception):
    """Takes a dry run's transaction back."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes
