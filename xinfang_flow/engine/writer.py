"""The write path: from a command to a commit, always in the same five steps.

Look up the idempotency key, lock the case, decide, seal the event onto the chain, and append event, snapshot, timers
and effects together.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from xinfang_flow.engine import reader as reading
from xinfang_flow.engine.clock import Clock
from xinfang_flow.engine.wiring import FlowBook
from xinfang_flow.engine.worklist import Listed
from xinfang_flow.errors import ConflictError, InputError, KeyReusedError, NotFoundError, RefusedError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Actor, Case, Command, Event, Link, Refused, Rules, Signal, Taken, evolve, fold
from xinfang_flow.kernel.decide import decide_link, decide_open, decide_signal
from xinfang_flow.kernel.event import seal
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.printable import note_fault
from xinfang_flow.kernel.records.deadline import next_instant
from xinfang_flow.kernel.searchable import fields_of, value_taken
from xinfang_flow.kernel.values import NAME, reason
from xinfang_flow.kernel.visibility import may_see
from xinfang_flow.store import Commit, Store, StoredFlow, Transaction, ValueTakenError

KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
AHEAD = timedelta(minutes=5)
PIECE, PIECES = 16, 256
_new = tuple.__new__


class StaleError(ConflictError):
    """The case has not the version that the command expects: seen by reading, before anything was written."""


class Pool:
    """The system's random bytes, drawn some hundred pieces at a time: asking for a few costs as much as for many.

    A piece is handed out once, whichever thread asks, and never again after a fork.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._process = os.getpid()

    def __call__(self, size: int) -> bytes:
        """Return `size` random bytes."""
        if size > PIECE:
            return os.urandom(size)
        if os.getpid() != self._process:
            self._pieces, self._process = [], os.getpid()
        try:
            return self._pieces.pop()[:size]
        except IndexError:
            drawn = os.urandom(PIECE * PIECES)
            self._pieces.extend([drawn[place : place + PIECE] for place in range(0, len(drawn), PIECE)])
            return self(size)


class Writer:
    """Writes cases; one for each engine."""

    def __init__(
        self, store: Store, book: FlowBook, clock: Clock, directory: reading.Directory, entropy: Callable[[int], bytes]
    ) -> None:
        self._store, self._book, self._clock, self._directory = store, book, clock, directory
        self._entropy = Pool() if entropy is os.urandom else entropy
        self._listed = Listed()

    def open(
        self, transaction: Transaction, rules: Rules, data: Any, *, actor: Actor, key: str | None,
        links: Sequence[Link], org: str | None, at: datetime | None, note: str | None, fresh: StoredFlow | None,
    ) -> Case:  # fmt: skip
        """Open a case inside a transaction; `fresh` is the flow version to publish with it."""
        now, given = self._clock.now(), self.key(key)
        if key is not None and (first := transaction.event_by_key("opened", key)) is not None:
            return self._opened_again(first, rules, data, actor, org=org, at=at, note=note, links=links)
        at = now if at is None else checked(at, now)
        worded(note)
        if org is not None and not _has_form(NAME, org):
            raise InputError(f"{org!r} is not a name: 1 to 64 printable characters", where="org")
        case_id = f"{int(now.timestamp() * 1000):012x}{self._entropy(6).hex()}"
        ties = tuple(tie._replace(state="open", outcome=None) for tie in links)
        others = [self._seen(transaction, tie.case_id, actor) for tie in ties]
        if len({(tie.case_id, tie.kind) for tie in ties}) < len(ties):
            raise _linked_already(ties[0].kind)
        for tie, other in zip(ties, others, strict=True):
            self._check_tie(rules.flow, other, tie)
        decision = decide_open(
            rules, case_id, data, actor=actor, at=at, recorded_at=now, key=given,
            org=org if org is not None else actor.org, note=note, links=ties,
        )  # fmt: skip
        if isinstance(decision, Refused):
            raise RefusedError(reasons=decision.reasons)
        case = self.append(transaction, rules, None, decision, fresh)
        for number, tie in enumerate(ties):
            self._tie_back(transaction, case, tie, actor, f"{given}#{number}")
        return (transaction.case(case.id) or case) if ties else case

    def link(
        self, transaction: Transaction, case_id: str, other_id: str, kind: str, actor: Actor, key: str | None
    ) -> Case:
        """Tie two cases inside a transaction; return the one that waits."""
        given = self.key(key)
        if key is not None and (first := transaction.event_by_key("linked", key)) is not None:
            return self._linked_again(transaction, first, case_id, other_id, kind, actor)
        waiting, other = self._seen(transaction, case_id, actor), self._seen(transaction, other_id, actor)
        self._check_link(waiting, other, kind)
        self._tie(transaction, waiting, Link(other.id, kind, "child", "open"), actor, given)
        self._tie(transaction, other, Link(waiting.id, kind, "parent", "open"), actor, f"{given}#other")
        self._tell_late(transaction, waiting.id, other, kind)
        return transaction.case(case_id) or waiting

    def _tie(self, transaction: Transaction, end: Case, tie: Link, actor: Actor, key: str) -> None:
        now, role = self._clock.now(), min(actor.roles, default="")
        taken = decide_link(end, tie, actor=actor, role=role, at=now, recorded_at=now, key=key)
        self.append(transaction, self._book.of_case(end), end, taken)

    def _tie_back(self, transaction: Transaction, case: Case, tie: Link, actor: Actor, key: str) -> None:
        """Write the other end of a link with which a case was opened."""
        other = self._seen(transaction, tie.case_id, actor)
        back = Link(case.id, tie.kind, "parent" if tie.role == "child" else "child", "open")
        self._tie(transaction, other, back, actor, key)
        if tie.role == "child":
            self._tell_late(transaction, case.id, other, tie.kind)

    def _tell_late(self, transaction: Transaction, waiting: str, other: Case, kind: str) -> None:
        """Whoever is tied to a case that is done already hears its outcome at once."""
        if not other.done:
            return
        self._tell(transaction, Signal(waiting, kind, other.id, "done", other.outcome), other)

    def fire(self, transaction: Transaction, command: Command) -> Case:
        """Fire a command inside a transaction.

        Raises:
            RefusedError, NotFoundError, ConflictError, KeyReusedError, InputError: as `Engine.fire`.
        """
        if command.key is None:
            command = _new(Command, (*command[:5], self._entropy(12).hex(), *command[6:]))
        elif (first := transaction.event_by_key("fired", self.key(command.key))) is not None:
            return self._fired_again(first, command)
        now = self._clock.now()
        at = now if command.at is None else checked(command.at, now)
        if command.note is not None:
            worded(command.note)
        case = transaction.case(command.case_id)
        if case is None:
            raise NotFoundError(f"there is no case {command.case_id!r}", name=command.case_id)
        rules = self._book.of_case(case)
        if rules.flow.conceal_from:
            self.visible(case, case.id, command.actor)
        if command.expected_version is not None or at < case.opened_at:
            self._check_stands(case, command, at)
        decision = rules.decide(case, command, at, now)
        if not isinstance(decision, Taken) or decision.event.role in rules.bound:
            decision = self._admitted(case, decision, command.actor)
        return self.append(transaction, rules, case, decision)

    def _admitted(self, case: Case, decision: Taken | Refused, actor: Actor) -> Taken:
        """Who sees only their organ's cases, or their own, acts on those, and on what the act makes their own."""
        if isinstance(decision, Refused):
            self.visible(case, case.id, actor)
            raise RefusedError(reasons=decision.reasons)
        if not self.may_see(case, actor):
            self.visible(evolve(case, decision.event), case.id, actor)
        return decision

    def _check_stands(self, case: Case, command: Command, at: datetime) -> None:
        stale = command.expected_version not in (None, case.version)
        if stale or at < case.opened_at:
            self.visible(case, case.id, command.actor)
        if stale:
            raise StaleError(
                f"case {case.id} has version {case.version}, not {command.expected_version}: read it again",
                case_id=case.id,
                expected=command.expected_version,
                found=case.version,
            )
        if at < case.opened_at:
            raise InputError(f"{at.isoformat()} lies before the case was opened", where="at")

    def append(
        self,
        transaction: Transaction,
        rules: Rules,
        case: Case | None,
        decision: Taken,
        fresh: StoredFlow | None = None,
        settled: tuple[Signal, ...] = (),
        *,
        personal: frozenset[str] = frozenset(),
    ) -> Case:
        """Seal the decision onto the case's chain and write it with everything that follows from it."""
        event, effects, signals = decision
        personal = personal | rules.personal if personal else rules.personal
        event = seal(event, case.head if case else "", personal, self._entropy)
        later = evolve(case, event)
        changed = event.changes.get("deadlines")
        timers = {name: next_instant(later.deadlines[name].record) for name in changed} if changed else EMPTY
        expected = case.version if case else 0
        fields = fields_of(rules.flow, later)
        before = fields if case and "takes" not in event.changes else fields_of(rules.flow, case) if case else ()
        work, worked = self._listed.change(rules.flow, case, event, later)
        commit = _new(
            Commit, (later, expected, event, timers, effects, (), settled, fresh, work, fields, worked, before)
        )
        try:
            transaction.append(commit)
        except ValueTakenError as taken:
            raise RefusedError(reasons=(value_taken(rules.flow, taken.field.name),)) from taken
        if later.links:
            for signal in signals:
                self._tell(transaction, signal, later)
            if signals:
                later = transaction.case(later.id) or later
            later = self._retry_signals(transaction, later)
        return later

    def _tell(self, transaction: Transaction, signal: Signal, sender: Case) -> None:
        """Tell a waiting case of an outcome; what it refuses stays pending with it."""
        if not self._signal(transaction, signal, sender):
            case = transaction.case(signal.to)
            if case is not None:
                transaction.append(Commit(case, case.version, None, EMPTY, signals=(signal,)))

    def _signal(self, transaction: Transaction, signal: Signal, sender: Case | None) -> bool:
        waiting = transaction.case(signal.to)
        if waiting is None:
            return False
        rules = self._book.of_case(waiting)
        data = sender.data if sender else EMPTY
        decision = decide_signal(rules, waiting, signal, data, at=self._clock.now(), key=self._entropy(12).hex())
        if isinstance(decision, Refused):
            return False
        carried = self._book.of_case(sender).personal if sender else frozenset()  # it stays personal where it arrives
        self.append(transaction, rules, waiting, decision, settled=(signal,), personal=carried)
        return True

    def _retry_signals(self, transaction: Transaction, case: Case) -> Case:
        for signal in transaction.signals(case.id):
            if self._signal(transaction, signal, transaction.case(signal.sender)):
                return transaction.case(case.id) or case  # what is still pending was tried again by that event
        return case

    def _check_link(self, waiting: Case, other: Case, kind: str) -> None:
        _check_kind(self._flow_of(waiting), self._flow_of(other), kind)
        if any(link.case_id == other.id and link.kind == kind for link in waiting.links) or waiting.id == other.id:
            raise _linked_already(kind)
        _check_waits(waiting, kind)

    def _check_tie(self, flow: Flow, other: Case, tie: Link) -> None:
        """Check a link with which a case of `flow` is opened."""
        if tie.role == "parent":
            _check_kind(self._flow_of(other), flow, tie.kind)
            _check_waits(other, tie.kind)
        else:
            _check_kind(flow, self._flow_of(other), tie.kind)

    def _flow_of(self, case: Case) -> Flow:
        return self._book.of_case(case).flow

    def _seen(self, transaction: Transaction, case_id: str, actor: Actor) -> Case:
        return self.visible(transaction.case(case_id), case_id, actor)

    def visible(self, case: Case | None, case_id: str, actor: Actor) -> Case:
        """Return the case if the actor may see it.

        Raises:
            NotFoundError: there is none, or none for this actor.
        """
        if case is None or not self.may_see(case, actor):
            raise NotFoundError(f"there is no case {case_id!r}", name=case_id)
        return case

    def may_see(self, case: Case, actor: Actor) -> bool:
        """Return whether the actor may read the case."""
        return may_see(self._book.of_case(case).flow, case, actor, self._directory.within)

    def key(self, key: str | None) -> str:
        """Return the key, checked, or a drawn one."""
        if key is None:
            return self._entropy(12).hex()
        if not _has_form(KEY, key):
            raise InputError(f"{key!r} is not a key: 1 to 128 of A-Z a-z 0-9 . _ : -", where="key")
        return key

    def _fired_again(self, first: Event, command: Command) -> Case:
        case = self._store.read.get(first.case_id)
        if first.case_id == command.case_id:
            self.visible(case, first.case_id, command.actor)
        same = (
            case is not None and first.case_id == command.case_id and first.trigger == command.trigger
            and first.actor == command.actor.id and command.at in (None, first.at)
            and reading.same_payload(self._book.of_case(case), first, command.payload)
            and reading.same_note(first, command.note)
        )  # fmt: skip
        if not same:
            raise self._reused(first, command.actor)
        return fold(self._store.read.history(first.case_id, first.seq))

    def _opened_again(
        self, first: Event, rules: Rules, data: Any, actor: Actor, *,
        org: str | None, at: datetime | None, note: str | None, links: Sequence[Link],
    ) -> Case:  # fmt: skip
        begun = first.changes
        if begun["flow"] != rules.flow.id or (first.actor, first.org) != (actor.id, actor.org):
            raise self._reused(first, actor)
        if begun["flow_version"] != rules.flow.version:  # a newer one has come since
            rules = self._book.of(begun["flow"], begun["flow_version"])
        ties = [(tie["case_id"], tie["kind"], tie["role"]) for tie in begun.get("links", ())]
        same = (
            reading.same(first.payload, rules.open_payload.read(data)) and reading.same_note(first, note)
            and at in (None, first.at) and org in (None, begun.get("org"))
            and ties == [(tie.case_id, tie.kind, tie.role) for tie in links]
        )  # fmt: skip
        if not same:
            raise self._reused(first, actor)
        return fold(self._store.read.history(first.case_id, 1))

    def _linked_again(
        self, transaction: Transaction, first: Event, case_id: str, other_id: str, kind: str, actor: Actor
    ) -> Case:
        self._seen(transaction, case_id, actor)
        self._seen(transaction, other_id, actor)
        ties = {(tie["case_id"], tie["kind"]) for tie in first.changes["links"]}
        if (first.case_id, first.actor) != (case_id, actor.id) or (other_id, kind) not in ties:
            raise self._reused(first, actor)
        return fold(self._store.read.history(case_id, first.seq))

    def _reused(self, first: Event, actor: Actor) -> KeyReusedError:
        """What a key belongs to is told to those alone who may see it."""
        case = self._store.read.get(first.case_id)
        if case is None or not self.may_see(case, actor):
            return KeyReusedError(f"key {first.key!r} already belongs to another request", key=first.key)
        what = first.trigger or first.kind
        return KeyReusedError(
            f"key {first.key!r} already belongs to {what!r} on case {case.id}", key=first.key, case_id=case.id
        )


def _check_kind(waiting: Flow, other: Flow, kind: str) -> None:
    """Refuse a link that the waiting flow does not declare; a county's overlay of the named flow is that flow."""
    spec = waiting.link(kind)
    if spec is not None and spec.flow in (other.id, *(name.partition("@")[0] for name in other.lineage)):
        return
    kinds = ", ".join(f"{link.kind} → {link.flow}" for link in waiting.links) or "none"
    words = (
        f"{waiting.id} 没有到 {other.id} 的关联 {kind!r}（有：{kinds}）",
        f"{waiting.id!r} has no link {kind!r} to {other.id!r} (declared: {kinds})",
    )
    raise RefusedError(reasons=(reason("link_unknown", *words, kind),))


def _linked_already(kind: str) -> RefusedError:
    return RefusedError(reasons=(reason("linked_already", "已经关联", "the cases are tied already", kind),))


def _check_waits(waiting: Case, kind: str) -> None:
    if waiting.done:
        words = ("事项已办结，不能再关联", "the case is closed: it waits for nothing any more")
        raise RefusedError(reasons=(reason("closed", *words, kind),))


def _has_form(form: re.Pattern[str], given: object) -> bool:
    return isinstance(given, str) and form.fullmatch(given) is not None


def checked(at: datetime, now: datetime) -> datetime:
    """Return the moment if it has a zone and does not lie in the future.

    Raises:
        InputError: it has no zone, or is more than five minutes ahead of the clock.
    """
    if not isinstance(at, datetime):
        raise InputError(f"a moment is a datetime with its zone, not {at!r}", where="at")
    if at.tzinfo is None:
        raise InputError(f"{at.isoformat()!r} has no zone: write {at.isoformat()}+08:00", where="at")
    if at > now + AHEAD:
        raise InputError(f"{at.isoformat()} lies in the future (now: {now.isoformat()})", where="at")
    return at


def worded(note: str | None) -> None:
    """Check a note by the rules of text.

    Raises:
        InputError: it is no text, too long, or holds what cannot be printed.
    """
    fault = None if note is None else note_fault(note)
    if fault is not None:
        raise InputError(fault, where="note")
