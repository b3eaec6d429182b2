"""The engine: load a case, ask the kernel, write everything in one transaction.

This file is the door that users call.  How a command becomes an event stands in `acceptance`, what time does in
`timers`, the outbox in `delivery`, reading in `reader`; which flows can run here, in `wiring`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from xinfang_flow.casefile import file as casefile
from xinfang_flow.casefile.tree import linked
from xinfang_flow.casefile.verdict import Verdict
from xinfang_flow.engine import arguments as args, reader as reading, telemetry
from xinfang_flow.engine.acceptance import Acceptance
from xinfang_flow.engine.answers import Delivery, Outcome, Page
from xinfang_flow.engine.clock import Clock, SystemClock
from xinfang_flow.engine.delivery import Handler, deliver
from xinfang_flow.engine.directory import FlatDirectory, Hierarchy
from xinfang_flow.engine.opening import Opening
from xinfang_flow.engine.parts import checked_named, checked_part, checked_store
from xinfang_flow.engine.recalculation import recalculate
from xinfang_flow.engine.search import wanted
from xinfang_flow.engine.store_url import open_store
from xinfang_flow.engine.timers import tick
from xinfang_flow.engine.transactions import TRIES, Transactions
from xinfang_flow.engine.verification import verified
from xinfang_flow.engine.wiring import WiredFlows
from xinfang_flow.engine.worklist import page, question
from xinfang_flow.errors import NotFoundError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Actor, Case, Command, Event, Link, Option, Signal, Task
from xinfang_flow.kernel.case import overdue as is_overdue
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.interpreter.guards import NamedGuard
from xinfang_flow.kernel.work import Work
from xinfang_flow.law import Calendar
from xinfang_flow.store import MemoryStore, Order, Reader, Store
from xinfang_flow.text import Text, shown

if TYPE_CHECKING:
    from xinfang_flow.text import Language


class Engine:
    """Runs cases.  `store` is any SQLAlchemy URL or an object with the store's methods.

    A case whose flow names a guard or a calendar that was not handed in can be read here, and not run: `fire` and
    `available` raise `WiringError` for it, while `tick`, `recalculate` and whatever a linked case has to tell it pass
    it over and write `case.unwired` to the log.  A case whose flow's text is gone altogether is shown to `SYSTEM`
    alone: `get` raises `FlowError`, lists pass it over (`case.unreadable`).

    Args:
        store: `"sqlite:///county.db"`, or a store.
        flows: the flows to run; all standard flows when left out.
        guards: functions for named guards, `guard(case, command) -> bool`, pure.
        effects: handlers for effects, `handler(effect) -> None`; an effect without one waits in the outbox.
        clock: where the time comes from; the machine's clock when left out.
        calendars: calendars by the name that flows give; "china" is at hand.
        directory: organs and their superiors, for who lies under whom.
        entropy: `entropy(n)` gives n random bytes, for salts, ids and generated keys.
        unchecked: run `flows` even if `check` finds errors in them.

    Raises:
        FlowError: `check` finds errors in the flows that were handed in; all of them, with their places.
        WiringError: a named guard or a calendar is missing; all of them.
        StoreError: the store cannot be opened.
        InputError: an argument is not what it should be.
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
        directory: Hierarchy | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
        unchecked: bool = False,
    ) -> None:
        handed = args.checked_flows(flows)
        named = checked_named(guards, "guards", callable)
        known = checked_named(calendars, "calendars", _is_calendar)
        self._handlers: dict[str, Handler] = checked_named(effects, "effects", callable)
        self._clock: Clock = checked_part(SystemClock() if clock is None else clock, "clock", "now")
        organs = checked_part(FlatDirectory() if directory is None else directory, "directory", "within")
        checked_part(entropy, "entropy", "__call__")
        self._flows = WiredFlows(handed, named, known, lambda: self._store.read, unchecked=unchecked)
        self._store = open_store(store) if isinstance(store, str) else checked_store(store)
        self._acceptance = Acceptance(self._store, self._flows, self._clock, organs, entropy)
        self._access = self._acceptance.access
        self._transactions = Transactions(self._store, self._flows)

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

    @property
    def clock(self) -> Clock:
        """Where the time comes from."""
        return self._clock

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
        opening, asking = Opening(flow, data, key, org, links, at, note), args.checked_actor(actor)
        self._flows.warm([opening.flow])
        case = self._transactions.run(lambda unit: self._acceptance.open(unit, opening, asking), session)
        if telemetry.enabled():
            telemetry.say("case.opened", case_id=case.id, flow=f"{case.flow}@{case.flow_version}", actor=asking.id)
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
        tries = TRIES if expected_version is None else 1
        case = self._transactions.run(lambda unit: self._acceptance.fire(unit, command), session, tries=tries)
        if telemetry.enabled():
            telemetry.say("case.fired", case_id=case.id, trigger=trigger, actor=actor.id, version=case.version)
        return case

    def open_many(
        self, openings: Iterable[Opening], *, actor: Actor, dry_run: bool = False, session: Any = None
    ) -> list[Outcome]:
        """Open many cases, each on its own merits, in one transaction; return an outcome for each, in order.

        An opening whose key was accepted before with the same request gives the case of that time.  With `dry_run`
        nothing is kept.  With `session` it is a part of the caller's transaction and is not tried again.

        Raises:
            InputError: they are no openings, or two of them have the same key; nothing has changed.
            ConflictError: the database took the whole batch back, as often as it was tried; nothing has changed.
        """
        asked, asking = args.checked_openings(openings), args.checked_actor(actor)
        self._flows.warm([opening.flow for opening in asked])
        return self._transactions.each(
            asked, lambda unit, opening: self._acceptance.open(unit, opening, asking), session, dry_run=dry_run
        )

    def fire_many(
        self, commands: Iterable[Command], *, actor: Actor, dry_run: bool = False, session: Any = None
    ) -> list[Outcome]:
        """Fire many commands, each on its own merits, in one transaction; return an outcome for each, in order.

        A command's own actor stands aside for `actor`.  With `dry_run` nothing is kept.  With `session` it is a part of
        the caller's transaction and is not tried again.

        Raises:
            InputError: they are no commands; nothing has changed.
            ConflictError: the database took the whole batch back, as often as it was tried; nothing has changed.
        """
        asking = args.checked_actor(actor)
        asked = [command._replace(actor=asking) for command in args.checked_commands(commands)]
        return self._transactions.each(asked, self._acceptance.fire, session, dry_run=dry_run)

    def receipt(self, opening: Opening, *, actor: Actor, session: Any = None) -> Case | None:
        """Return the case that was opened under the opening's key with the same content, by whomever; else None.

        The rule by which `open` knows a repeated request, without opening anything: an import asks it for each row.

        Raises:
            KeyReusedError: the key belongs to another opening, or to one that this actor may not see.
            InputError: the opening has no key.
        """
        (asked,), asking = args.checked_openings([opening]), args.checked_actor(actor)
        return self._acceptance.receipts.already_open(self._reader(session), asked, asking, args.checked_key(asked.key))

    def link(
        self, case_id: str, other_id: str, kind: str, *, actor: Actor, key: str | None = None, session: Any = None
    ) -> Case:
        """Tie two cases: the first waits for the second.  Return the first.

        Raises:
            NotFoundError: one of the cases does not exist for this actor.
            RefusedError: the flow declares no such link, or the cases are tied already.
        """
        asking = args.checked_actor(actor)
        waiting = self._transactions.run(
            lambda unit: self._acceptance.link(unit, case_id, other_id, kind, asking, key), session
        )
        if telemetry.enabled():
            telemetry.say("case.linked", case_id=case_id, other=other_id, kind=kind, actor=asking.id)
        return waiting

    def tick(self, *, session: Any = None) -> int:
        """Do whatever the clock says is due: warnings and breaches, each once, in order; return how many events.

        Without `session` it commits every 500 timers.  With it, everything joins the caller's transaction, so that
        every case that was due stays locked until the caller ends it; nothing is tried again.
        """
        return tick(self._store, self._acceptance, self._clock.now(), session)

    def recalculate(self) -> int:
        """Count open deadlines anew after a calendar has got a new edition; return how many cases changed.

        It commits every 500 cases, and so joins no transaction of the caller's.
        """
        return recalculate(self._store, self._acceptance, self._clock.now())

    def deliver(self, limit: int = 1000) -> Delivery:
        """Hand waiting effects to their handlers: at least once, in order per case.

        It joins no transaction of the caller's: the world would be told of what may yet be rolled back, and what was
        told could be forgotten again.  An effect is handed over once its event is committed, and that is written down
        in a transaction of its own.
        """
        return deliver(self._store, self._handlers, self._clock, args.checked_count(limit, "limit"))

    # ---- reading ----------------------------------------------------------------------------------------------------

    def get(self, case_id: str, *, actor: Actor, session: Any = None) -> Case:
        """Return a case.

        Raises:
            NotFoundError: there is no such case for this actor.
            FlowError: the text of its flow is neither handed in nor published in this store; `SYSTEM` sees it.
        """
        case = self._reader(session).get(args.checked_id(case_id))
        return self._access.visible(case, case_id, args.checked_actor(actor))

    def opened(self, key: str, *, actor: Actor, session: Any = None) -> Case:
        """Return the case that was opened under an idempotency key, as it stands.

        Raises:
            NotFoundError: there is no such case for this actor.
        """
        first = self._reader(session).opened(args.checked_key(key))
        if first is None:
            raise NotFoundError(
                Text(f"没有用防重键 {shown(key)} 登记的事项", f"no case was opened under {key!r}"), name=key
            )
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
            InputError: a condition that is no text or no truth, a field that cannot be searched or a value of another
                type, an order that there is not, a page size beyond 1 to 500, a cursor of another question.
        """
        now, sees = self._clock.now(), self._access.among_many(args.checked_actor(actor))
        late = now if args.checked_truth(overdue, "overdue") else None
        fields = wanted(partial(self._flows.searched, flow), where) if where else EMPTY
        more: dict[str, Any] = {"overdue_at": late, "where": fields, "order": order}
        query = reading.query(flow=flow, state=state, org=org, done=done, limit=limit, after=after, **more)

        def fits(case: Case) -> bool:
            return sees(case) and (overdue is not False or not is_overdue(case, now))

        return reading.find(self._reader(session), query, fits)

    def searchable(self, flow: str | None = None) -> tuple[str, ...]:
        """Return the fields by which cases are found, of every flow or of one: what `find(where=…)` takes."""
        return tuple(dict.fromkeys(name for known in self._flows.searched(flow) for name in known.searchable))

    def tasks(
        self, *, actor: Actor, done: bool = False, limit: int = 100, after: str | None = None, session: Any = None
    ) -> Page[Task]:
        """待办: return the tasks in which the actor owes something; with `done`, 已办: those they have settled."""
        sees = self._access.among_many(args.checked_actor(actor), with_flow=True)
        settled = args.checked_truth(done, "done")
        query = reading.query(holder=actor.id, roles=actor.roles, settled=settled, limit=limit, after=after)
        return reading.tasks(self._reader(session), query, actor, sees, self.flow_of)

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
        sees, limit = self._access.among_many(args.checked_actor(actor)), args.checked_limit(limit)
        asked = question(actor=actor, flow=flow, org=org, limit=limit, after=after)
        return page(self._reader(session), asked, sees)

    def available(self, case_id: str, *, actor: Actor, session: Any = None) -> list[Option]:
        """Return what may be fired now and why not, for every trigger that leads on from here.

        Raises:
            WiringError: the case cannot run here: its flow names a guard or a calendar that was not handed in.
        """
        case = self.get(case_id, actor=actor, session=session)
        return list(reading.options(self._flows.of_case(case), case, actor, self._clock.now()))

    def history(self, case_id: str, *, actor: Actor, session: Any = None) -> list[Event]:
        """Return the case's events in order."""
        self.get(case_id, actor=actor, session=session)
        return list(self._reader(session).history(case_id))

    def signals(self, case_id: str, *, actor: Actor, session: Any = None) -> list[Signal]:
        """Return the outcomes of linked cases that this case has not accepted yet."""
        self.get(case_id, actor=actor, session=session)
        return list(self._reader(session).signals(case_id))

    def verify(self, case_id: str, *, actor: Actor, session: Any = None) -> Verdict:
        """Check the case's chain, commitments and snapshot, and the rows that list and find it; never writes."""
        reader = self._reader(session)
        return verified(reader, lambda: self.get(case_id, actor=actor, session=session), self._flows.flow_of)

    def case_file(
        self, case_id: str, path: str | Path, *, actor: Actor, lang: Language = "zh", session: Any = None
    ) -> Path:
        """一案一档: write one self-contained file that verifies without a database; return its path.

        Raises:
            StoreError: the file cannot be written.
            InputError: the path or the language is none.
            WiringError: the calendar of its flow was not handed in.
        """
        case = self.get(case_id, actor=actor, session=session)
        flow, target = self._flows.flow_of(case), args.checked_path(path)
        args.checked_language(lang)
        reader, sees = self._reader(session), self._access.among_many(actor, with_flow=True)
        tree = linked(case, lambda other: reading.seen(reader, other, sees), self.flow_of)
        events = reader.history(case_id, case.version)
        zone = self._flows.calendar(flow).zone
        return casefile.write(target, case, events, flow, self._clock.now(), lang, tree=tree, zone=zone)

    def flow_of(self, case: Case) -> Flow:
        """Return the flow version that a case is bound to."""
        return self._flows.flow_of(case)

    def _reader(self, session: Any) -> Reader:
        return self._store.read if session is None else self._store.read_in(session)


def _is_calendar(given: object) -> bool:
    return isinstance(given, Calendar)
