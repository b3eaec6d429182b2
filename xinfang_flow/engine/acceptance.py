"""Acceptance: how a command becomes an event, always in the same five steps and in one transaction.

1. **Receipt.**  A key that was accepted before gives the answer of that time (`receipts`).
2. **Lock.**  The case is read and held against other writers; who may not see it is told that there is none.
3. **Decide.**  The kernel says what the command does to the case: one event with its effects and signals, or every
   reason why not.  It is pure; the moment is an argument.
4. **Seal.**  The event gets its place on the case's chain, its hash, and commitments for what is personal (`writer`).
5. **Append.**  Event, snapshot, timers and effects are written together, then what the event tells linked cases
   (`links`), which are events of theirs, accepted by steps 3 to 5.

Whatever is refused is refused in the first three steps, before anything is written; only a value that another case has
already (`value_taken`) is found by the store, in the fifth, and before the event is written.

Opening a case goes the same way, without a case to lock but with those that it is tied to.  What time does (`timers`)
and what a new calendar does (`recalculation`) have no key to look up: they lock, decide, and are written here as well.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from xinfang_flow.engine.access import Access
from xinfang_flow.engine.arguments import (
    checked_actor,
    checked_flow_name,
    checked_id,
    checked_key,
    checked_links,
    checked_moment,
    checked_name,
    checked_note,
    checked_org,
    checked_version,
)
from xinfang_flow.engine.clock import Clock
from xinfang_flow.engine.directory import Hierarchy
from xinfang_flow.engine.entropy import Entropy
from xinfang_flow.engine.links import Links
from xinfang_flow.engine.opening import Opening
from xinfang_flow.engine.receipts import Receipts
from xinfang_flow.engine.unit_of_work import UnitOfWork
from xinfang_flow.engine.wiring import WiredFlows
from xinfang_flow.engine.writer import CaseWriter
from xinfang_flow.errors import ConflictError, InputError, NotFoundError, RefusedError
from xinfang_flow.kernel import Actor, Case, Command, Link, Refused, Rules, Taken, evolve
from xinfang_flow.kernel.decide import decide_open
from xinfang_flow.store import Store
from xinfang_flow.text import Text, shown

_TRIGGER = Text('请给出办理动作的名称，如 "screen"', 'hand in the name of a trigger, such as "screen"')
_KIND = Text("请给出关联种类的名称", "hand in the kind of the link by its name")
_new = tuple.__new__


class StaleError(ConflictError):
    """The case has not the version that the command expects: seen by reading, before anything was written."""


class Acceptance:
    """Accepts what is asked of cases, or says why not; one for each engine."""

    def __init__(self, store: Store, flows: WiredFlows, clock: Clock, directory: Hierarchy, entropy: Entropy) -> None:
        """Put the parts together."""
        self.flows, self._clock = flows, clock
        self.access = Access(flows, directory)
        self.receipts = Receipts(store, flows, self.access)
        self._writer = CaseWriter(flows, entropy)
        self._links = Links(flows, self._writer, clock)

    def fire(self, unit: UnitOfWork, command: Command) -> Case:
        """Fire a command; return the case as it then stands.

        Raises:
            RefusedError, NotFoundError, ConflictError, KeyReusedError, InputError: as `Engine.fire`.
            FlowError, WiringError: the case cannot run here.
        """
        self._check(command)
        now = self._clock.now()
        answered = self.receipts.fired(unit, command)
        if answered is not None:
            return answered
        case, rules, at = self._locked(unit, command, now)
        decision = self._decided(rules, case, command, at, now)
        sealed = self._writer.seal(rules.flow, case, decision, rules.personal)
        return self._links.append(unit, case, sealed)

    def open(self, unit: UnitOfWork, opening: Opening, actor: Actor) -> Case:
        """Open a case; return it as it then stands.

        Raises:
            RefusedError, NotFoundError, KeyReusedError, InputError, FlowError, WiringError: as `Engine.open`.
        """
        opening, key, now = self._checked_opening(opening), self._writer.key(opening.key), self._clock.now()
        rules = self.flows.newest(opening.flow)
        answered = self.receipts.opened(unit, opening, actor)
        if answered is not None:
            return answered
        at = now if opening.at is None else checked_moment(opening.at, now)
        case_id = self._writer.case_id(now)
        ties = self._tied(unit, rules, opening, actor)
        decision = decide_open(
            rules, case_id, opening.data, actor=actor, at=at, recorded_at=now, key=key,
            org=actor.org if opening.org is None else opening.org, note=opening.note, links=ties,
        )  # fmt: skip
        if isinstance(decision, Refused):
            raise RefusedError(reasons=decision.reasons)
        sealed = self._writer.seal(rules.flow, None, decision, rules.personal)
        case = self._links.append(unit, None, sealed)
        return self._links.tie_back(unit, case, ties, actor, key) if ties else case

    def link(self, unit: UnitOfWork, case_id: str, other_id: str, kind: str, actor: Actor, key: str | None) -> Case:
        """Tie two cases: the first waits for the second.  Return the first.

        Raises:
            RefusedError, NotFoundError, KeyReusedError, InputError: as `Engine.link`.
        """
        checked_id(case_id)
        checked_id(other_id, "other_id")
        checked_name(kind, "kind", _KIND)
        given = self._writer.key(key)
        answered = self.receipts.linked(unit, (case_id, other_id, kind), actor, key)
        if answered is not None:
            return answered
        waiting, other = self._seen(unit, case_id, actor), self._seen(unit, other_id, actor)
        return self._links.tie(unit, waiting, other, kind, actor, given)

    def append(self, unit: UnitOfWork, rules: Rules, case: Case, decision: Taken) -> Case:
        """Seal a decision and write it; return the case as it stands after its signals."""
        return self._links.append(unit, case, self._writer.seal(rules.flow, case, decision, rules.personal))

    @staticmethod
    def _check(command: Command) -> None:
        asked: tuple[Any, ...] = command
        case_id, trigger, _, actor, _, key, note, version = asked
        if not (isinstance(case_id, str) and isinstance(trigger, str) and isinstance(actor, Actor)):
            checked_id(case_id)
            checked_name(trigger, "trigger", _TRIGGER)
            checked_actor(actor)
        if key is not None:
            checked_key(key)
        if note is not None:
            checked_note(note)
        if version is not None:
            checked_version(version)

    @staticmethod
    def _checked_opening(opening: Opening) -> Opening:
        checked_flow_name(opening.flow)
        if opening.org is not None:
            checked_org(opening.org)
        if opening.note is not None:
            checked_note(opening.note)
        return opening._replace(links=checked_links(opening.links)) if opening.links != () else opening

    def _locked(self, unit: UnitOfWork, command: Command, now: datetime) -> tuple[Case, Rules, datetime]:
        """Return the case, locked, with its rules and the moment of the command."""
        at = now if command.at is None else checked_moment(command.at, now)
        case = unit.case(command.case_id)
        if case is None:
            raise NotFoundError(
                Text(
                    f"没有编号为 {shown(command.case_id)} 的信访事项（或无权查看）",
                    f"there is no case {command.case_id!r}",
                ),
                name=command.case_id,
            )
        rules = self.flows.of_case(case)
        if rules.flow.conceal_from:
            self.access.visible(case, case.id, command.actor)
        if command.expected_version is not None or at < case.opened_at:
            self._check_stands(case, command, at)
        return case, rules, at

    def _check_stands(self, case: Case, command: Command, at: datetime) -> None:
        stale = command.expected_version not in (None, case.version)
        if stale or at < case.opened_at:
            self.access.visible(case, case.id, command.actor)
        if stale:
            raise StaleError(
                Text(
                    f"事项 {case.id} 已有{case.version}条留痕，"
                    f"您看到的是第{command.expected_version}条时的情形：请重新查看",
                    f"case {case.id} has version {case.version}, not {command.expected_version}: read it again",
                ),
                case_id=case.id,
                expected=command.expected_version,
                found=case.version,
            )
        if at < case.opened_at:
            raise InputError(
                Text(f"{at.isoformat()} 早于事项登记之时", f"{at.isoformat()} lies before the case was opened"),
                where=Text("时刻", "at"),
            )

    def _decided(self, rules: Rules, case: Case, command: Command, at: datetime, now: datetime) -> Taken:
        """Return what the kernel takes; who gave no key gets one drawn.

        Who sees only their organ's cases, or their own, acts on those, and on what the act makes their own.
        """
        if command.key is None:
            command = _new(Command, (*command[:5], self._writer.key(), *command[6:]))
        decision = rules.decide(case, command, at, now)
        if isinstance(decision, Refused):
            self.access.visible(case, case.id, command.actor)
            raise RefusedError(reasons=decision.reasons)
        if decision.event.role in rules.bound and not self.access.may_see(case, command.actor):
            self.access.visible(evolve(case, decision.event), case.id, command.actor)
        return decision

    def _tied(self, unit: UnitOfWork, rules: Rules, opening: Opening, actor: Actor) -> tuple[Link, ...]:
        """Return the ties with which a case begins, once the other cases are locked and may be tied."""
        ties = tuple(tie._replace(state="open", outcome=None) for tie in opening.links)
        if ties:
            self._links.check(rules.flow, ties, [self._seen(unit, tie.case_id, actor) for tie in ties])
        return ties

    def _seen(self, unit: UnitOfWork, case_id: str, actor: Actor) -> Case:
        return self.access.visible(unit.case(case_id), case_id, actor)
