"""The engine: load a case, ask the kernel, write everything in one transaction.

Every verb that writes does the same five things: look up the idempotency key, lock the case, decide, seal the event
onto the chain, and append event, snapshot, timers and effects together.  Reading verbs are in `reading`, the outbox in
`delivery`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from xinfang_flow.engine import casefile, reading, telemetry
from xinfang_flow.engine.answers import Delivery, Outcome, Page, Verdict
from xinfang_flow.engine.clock import Clock, SystemClock
from xinfang_flow.engine.delivery import Handler, deliver
from xinfang_flow.engine.flowbook import FlowBook
from xinfang_flow.engine.opening import open_store
from xinfang_flow.engine.ticking import tick
from xinfang_flow.errors import ConflictError, FlowError, InputError, KeyReusedError, NotFoundError, RefusedError
from xinfang_flow.flow.model import Flow
from xinfang_flow.kernel import Actor, Case, Command, Event, Link, Option, Refused, Signal, Taken, Task, evolve, fold
from xinfang_flow.kernel.deadlines import next_instant
from xinfang_flow.kernel.decide import decide_link, decide_open, decide_signal
from xinfang_flow.kernel.event import seal
from xinfang_flow.kernel.guards import NamedGuard
from xinfang_flow.kernel.rules import Rules
from xinfang_flow.kernel.sight import may_see
from xinfang_flow.kernel.values import EMPTY, reason
from xinfang_flow.law import Calendar
from xinfang_flow.store import Commit, MemoryStore, Store, Transaction

if TYPE_CHECKING:
    from xinfang_flow.flow.words import Language

KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
AHEAD = timedelta(minutes=5)
RETRIES = 5
_seal, _evolve = seal, evolve


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
        self._directory = directory or reading.FlatDirectory()
        self._entropy = entropy
        self._published: set[tuple[str, int]] = set()

    @classmethod
    def in_memory(cls, **options: Any) -> Engine:
        """Return an engine whose cases live in this process only; takes the same keywords."""
        return cls(MemoryStore(), **options)

    def __enter__(self) -> Self:
        """Return the engine; leaving the block closes it."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:  # noqa: E501
        """Close."""
        self.close()

    def close(self) -> None:
        """Let go of the store's connections."""
        self._store.close()

    # ---- writing ----------------------------------------------------------------------------------------------------

    def open(  # noqa: PLR0913  the pinned surface
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
        now = self._clock.now()
        at = now if at is None else _checked(at, now)
        rules = self._book.newest(flow)
        given = self._key(key)
        with self._store.transaction(session) as transaction:
            if key is not None and (first := transaction.event_by_key("opened", key)) is not None:
                return self._opened_again(first, rules, data, actor, key)
            case_id = f"{int(now.timestamp() * 1000):012x}{self._entropy(6).hex()}"
            decision = decide_open(
                rules, case_id, data, actor=actor, at=at, recorded_at=now, key=given,
                org=org if org is not None else actor.org, note=note, links=tuple(links),
            )  # fmt: skip
            if isinstance(decision, Refused):
                raise RefusedError(reasons=decision.reasons)
            name = (rules.flow.id, rules.flow.version)
            fresh = None if name in self._published else self._book.stored(rules)
            case = self._append(transaction, rules, None, decision, fresh)
        self._published.add(name)
        if telemetry.enabled():
            telemetry.say("case.opened", case_id=case.id, flow=rules.flow.name, actor=actor.id)
        return case

    def fire(  # noqa: PLR0913  the pinned surface
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
        command = Command(case_id, trigger, EMPTY if payload is None else payload, actor, at, key, note, expected_version)
        for attempt in range(RETRIES):
            try:
                with self._store.transaction(session) as transaction:
                    case = self._fire(transaction, command)
                break
            except ConflictError as conflict:
                if session is not None or expected_version is not None or isinstance(conflict, KeyReusedError):
                    raise
                if attempt == RETRIES - 1:
                    raise
        if telemetry.enabled():
            telemetry.say("case.fired", case_id=case.id, trigger=trigger, actor=actor.id, version=case.version)
        return case

    def fire_many(self, commands: Iterable[Command], *, actor: Actor, dry_run: bool = False) -> list[Outcome]:
        """Fire many commands, each on its own merits, in one transaction; return an outcome for each.

        A command's own actor stands aside for `actor`.  With `dry_run` nothing is kept.
        """
        outcomes: list[Outcome] = []
        try:
            with self._store.transaction() as transaction:
                for command in commands:
                    outcomes.append(self._tried(transaction, command._replace(actor=actor)))
                if dry_run:
                    raise _DryRunError
        except _DryRunError:
            pass
        return outcomes

    def link(
        self, case_id: str, other_id: str, kind: str, *, actor: Actor, key: str | None = None, session: Any = None
    ) -> Case:
        """Tie two cases: the first waits for the second.  Return the first.

        Raises:
            NotFoundError: one of the cases does not exist for this actor.
            RefusedError: the flow declares no such link, or the cases are tied already.
        """
        now, given = self._clock.now(), self._key(key)
        with self._store.transaction(session) as transaction:
            if key is not None and (first := transaction.event_by_key("linked", key)) is not None:
                if first.case_id != case_id:
                    raise KeyReusedError(f"key {key!r} belongs to case {first.case_id}", key=key, case_id=first.case_id)
                return fold(self._store.read.history(case_id, first.seq))
            waiting, other = self._seen(transaction, case_id, actor), self._seen(transaction, other_id, actor)
            rules = self._book.of(waiting.flow, waiting.flow_version)
            self._check_link(rules, waiting, other, kind)
            role = next(iter(sorted(actor.roles)), "")
            state = "done" if other.done else "open"
            for end, tie, end_key in (
                (waiting, Link(other.id, kind, "child", state, other.outcome), given),
                (other, Link(waiting.id, kind, "parent", "open"), f"{given[:120]}:other"),
            ):
                taken = decide_link(end, tie, actor=actor, role=role, at=now, recorded_at=now, key=end_key)
                linked = self._append(transaction, self._book.of(end.flow, end.flow_version), end, taken)
                waiting = linked if end.id == waiting.id else waiting
        if telemetry.enabled():
            telemetry.say("case.linked", case_id=case_id, other=other_id, kind=kind, actor=actor.id)
        return waiting

    def tick(self) -> int:
        """Do whatever the clock says is due: warnings and breaches, each once, in order; return how many events."""
        return tick(self._store, self._book, self._clock.now(), self._append, self._fire)

    def deliver(self, limit: int = 1000) -> Delivery:
        """Hand waiting effects to their handlers: at least once, in order per case."""
        return deliver(self._store, self._handlers, self._clock, limit)

    # ---- reading ----------------------------------------------------------------------------------------------------

    def get(self, case_id: str, *, actor: Actor) -> Case:
        """Return a case.

        Raises:
            NotFoundError: there is no such case for this actor.
        """
        return self._visible(self._store.read.get(case_id), case_id, actor)

    def find(  # noqa: PLR0913  the pinned surface
        self, *, actor: Actor, flow: str | None = None, state: str | None = None, org: str | None = None,
        overdue: bool | None = None, done: bool | None = None, limit: int = 100, after: str | None = None,
    ) -> Page[Case]:  # fmt: skip
        """Return the cases that the actor may see and that fit, a page at a time."""
        query = reading.query(
            flow=flow, state=state, org=org, overdue_at=self._clock.now() if overdue else None, done=done, limit=limit,
            after=after,
        )  # fmt: skip
        return reading.find(self._store.read, query, lambda case: self._may_see(case, actor))

    def tasks(self, *, actor: Actor, done: bool = False, limit: int = 100, after: str | None = None) -> Page[Task]:
        """待办: return the tasks in which the actor owes something; with `done`, 已办: those they have settled."""
        query = reading.query(holder=actor.id, roles=actor.roles, settled=done, limit=limit, after=after)
        return reading.tasks(self._store.read, query, actor, lambda case: self._may_see(case, actor))

    def available(self, case_id: str, *, actor: Actor) -> list[Option]:
        """Return what may be fired now and why not, for every trigger that leads on from here."""
        case = self.get(case_id, actor=actor)
        return list(reading.options(self._book.of(case.flow, case.flow_version), case, actor, self._clock.now()))

    def history(self, case_id: str, *, actor: Actor) -> list[Event]:
        """Return the case's events in order."""
        self.get(case_id, actor=actor)
        return list(self._store.read.history(case_id))

    def signals(self, case_id: str, *, actor: Actor) -> list[Signal]:
        """Return the outcomes of linked cases that this case has not accepted yet."""
        self.get(case_id, actor=actor)
        return list(self._store.read.signals(case_id))

    def verify(self, case_id: str, *, actor: Actor) -> Verdict:
        """Check the case's chain, its commitments, and that the snapshot is the fold of its events; never writes."""
        case = self.get(case_id, actor=actor)
        return reading.verify(case, self._store.read.history(case_id))

    def case_file(self, case_id: str, path: str | Path, *, actor: Actor, lang: Language = "zh") -> Path:
        """一案一档: write one self-contained file that verifies without a database; return its path.

        Raises:
            StoreError: the file cannot be written.
        """
        case = self.get(case_id, actor=actor)
        flow = self._book.of(case.flow, case.flow_version).flow
        return casefile.write(Path(path), case, self._store.read.history(case_id), flow, self._clock.now(), lang)

    def flow_of(self, case: Case) -> Flow:
        """Return the flow version that a case is bound to."""
        return self._book.of(case.flow, case.flow_version).flow

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _fire(self, transaction: Transaction, command: Command) -> Case:
        key = command.key
        if key is not None:
            if not KEY.fullmatch(key):
                raise InputError(f"{key!r} is not a key: 1 to 128 of A-Z a-z 0-9 . _ : -", where="key")
            first = transaction.event_by_key("fired", key)
            if first is not None:
                return self._fired_again(first, command)
        else:
            command = command._replace(key=self._entropy(12).hex())
        now = self._clock.now()
        at = now if command.at is None else _checked(command.at, now)
        case = transaction.case(command.case_id)
        if case is None:
            raise NotFoundError(f"there is no case {command.case_id!r}", name=command.case_id)
        rules = self._book.of(case.flow, case.flow_version)
        if rules.flow.conceal_from:
            self._visible(case, case.id, command.actor)
        if command.expected_version not in (None, case.version):
            raise ConflictError(
                f"case {case.id} has version {case.version}, not {command.expected_version}: read it again",
                case_id=case.id, expected=command.expected_version, found=case.version,
            )  # fmt: skip
        if at < case.opened_at:
            raise InputError(f"{at.isoformat()} lies before the case was opened", where="at")
        decision = rules.decide(case, command, at, now)
        if decision.__class__ is Refused:
            self._visible(case, case.id, command.actor)
            raise RefusedError(reasons=decision.reasons)  # type: ignore[union-attr]
        return self._append(transaction, rules, case, decision)  # type: ignore[arg-type]

    def _append(
        self, transaction: Transaction, rules: Rules, case: Case | None, decision: Taken, fresh: Any = None
    ) -> Case:
        event, effects, signals = decision
        event = _seal(event, case.head if case else "", rules.personal, self._entropy)
        later = _evolve(case, event)
        changed = event.changes.get("deadlines")
        timers = {name: next_instant(record) for name, record in changed.items()} if changed else EMPTY
        refused = tuple(signal for signal in signals if not self._signal(transaction, signal, later)) if signals else ()
        transaction.append(
            Commit(later, case.version if case else 0, event, timers, effects, refused, (), fresh)
        )
        if later.links and not later.done:
            later = self._retry_signals(transaction, later)
        return later

    def _signal(self, transaction: Transaction, signal: Signal, sender: Case | None) -> bool:
        waiting = transaction.case(signal.to)
        if waiting is None:
            return False
        rules = self._book.of(waiting.flow, waiting.flow_version)
        data = sender.data if sender else EMPTY
        decision = decide_signal(rules, waiting, signal, data, at=self._clock.now(), key=self._entropy(12).hex())
        if isinstance(decision, Refused):
            return False
        self._append(transaction, rules, waiting, decision)
        return True

    def _retry_signals(self, transaction: Transaction, case: Case) -> Case:
        for signal in transaction.signals(case.id):
            if self._signal(transaction, signal, transaction.case(signal.sender)):
                later = transaction.case(case.id) or case
                transaction.append(Commit(later, later.version, None, EMPTY, settled_signals=(signal,)))
                case = later
        return case

    def _tried(self, transaction: Transaction, command: Command) -> Outcome:
        try:
            return Outcome(self._fire(transaction, command))
        except RefusedError as refusal:
            return Outcome(None, refusal.reasons, refusal)
        except (NotFoundError, ConflictError, InputError) as error:
            return Outcome(None, (), error)

    def _check_link(self, rules: Rules, waiting: Case, other: Case, kind: str) -> None:
        spec = rules.flow.link(kind)
        if spec is None or spec.flow != other.flow:
            kinds = ", ".join(f"{link.kind} → {link.flow}" for link in rules.flow.links) or "none"
            raise RefusedError(reasons=(reason("link_unknown", f"{rules.flow.id} 没有到 {other.flow} 的关联 {kind!r}（有：{kinds}）", f"{rules.flow.id!r} has no link {kind!r} to {other.flow!r} (declared: {kinds})", kind),))  # noqa: E501
        if any(link.case_id == other.id and link.kind == kind for link in waiting.links) or waiting.id == other.id:
            raise RefusedError(reasons=(reason("linked_already", "已经关联", "the cases are tied already", kind),))
        if waiting.done:
            raise RefusedError(reasons=(reason("closed", "事项已办结，不能再关联", "the case is closed: it waits for nothing any more", kind),))  # noqa: E501

    def _seen(self, transaction: Transaction, case_id: str, actor: Actor) -> Case:
        return self._visible(transaction.case(case_id), case_id, actor)

    def _visible(self, case: Case | None, case_id: str, actor: Actor) -> Case:
        if case is None or not self._may_see(case, actor):
            raise NotFoundError(f"there is no case {case_id!r}", name=case_id)
        return case

    def _may_see(self, case: Case, actor: Actor) -> bool:
        return may_see(self._book.of(case.flow, case.flow_version).flow, case, actor, self._directory.within)

    def _key(self, key: str | None) -> str:
        if key is None:
            return self._entropy(12).hex()
        if not KEY.fullmatch(key):
            raise InputError(f"{key!r} is not a key: 1 to 128 of A-Z a-z 0-9 . _ : -", where="key")
        return key

    def _fired_again(self, first: Event, command: Command) -> Case:
        self.get(first.case_id, actor=command.actor)
        rules = self._rules_at(first.case_id)
        same = (
            first.case_id == command.case_id and first.trigger == command.trigger and first.actor == command.actor.id
            and reading.same_payload(rules, first, command.payload) and (first.note == command.note or not first.salts)
        )  # fmt: skip
        if not same:
            raise KeyReusedError(
                f"key {command.key!r} already belongs to {first.trigger!r} on case {first.case_id}",
                key=command.key, case_id=first.case_id,
            )  # fmt: skip
        return fold(self._store.read.history(first.case_id, first.seq))

    def _opened_again(self, first: Event, rules: Rules, data: Any, actor: Actor, key: str) -> Case:
        again = rules.open_payload.read(data)
        if first.changes["flow"] != rules.flow.id or first.actor != actor.id or not reading.same(first.payload, again):
            raise KeyReusedError(f"key {key!r} already belongs to case {first.case_id}", key=key, case_id=first.case_id)
        return fold(self._store.read.history(first.case_id, 1))

    def _rules_at(self, case_id: str) -> Rules:
        case = self._store.read.get(case_id)
        if case is None:
            raise NotFoundError(f"there is no case {case_id!r}", name=case_id)
        return self._book.of(case.flow, case.flow_version)


class _DryRunError(Exception):
    """Takes a dry run's transaction back."""


def _checked(at: datetime, now: datetime) -> datetime:
    if at.tzinfo is None:
        raise InputError(f"{at.isoformat()!r} has no zone: write {at.isoformat()}+08:00", where="at")
    if at > now + AHEAD:
        raise InputError(f"{at.isoformat()} lies in the future (now: {now.isoformat()})", where="at")
    return at


__all__ = ["Engine", "FlowError"]
