"""Links: a case waits for another, and hears its outcome in the transaction in which that comes about.

A tie is written on both ends.  When a case ends, a signal goes to whoever waits for it.  What the waiting case refuses
(its state may not take it yet) stays pending with it, and is tried again after each of its own events; so it stays when
the waiting case cannot run here, or the other cannot be read.  A signal is an event like any other, and may itself set
off signals: the unit of work knows every case as it then stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xinfang_flow.engine.clock import Clock
from xinfang_flow.engine.unit_of_work import UnitOfWork
from xinfang_flow.engine.wiring import WiredFlows
from xinfang_flow.engine.writer import CaseWriter, Sealed
from xinfang_flow.errors import RefusedError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Actor, Case, Link, Refused, Signal
from xinfang_flow.kernel.decide import decide_link, decide_signal
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.interpreter.personal import personal_names
from xinfang_flow.kernel.values import reason
from xinfang_flow.store import Commit

NOTHING_PERSONAL: frozenset[str] = frozenset()
BACK = {"child": "parent", "parent": "child"}


class Links:
    """Ties cases and carries signals between them; one for each engine."""

    def __init__(self, flows: WiredFlows, writer: CaseWriter, clock: Clock) -> None:
        """Take the flows, which declare links, and the writer, which writes both ends."""
        self._flows, self._writer, self._clock = flows, writer, clock

    def append(self, unit: UnitOfWork, case: Case | None, sealed: Sealed, settled: tuple[Signal, ...] = ()) -> Case:
        """Write a sealed decision and the signals that follow from it; return the case as it stands after them."""
        later = self._writer.append(unit, case, sealed, settled)
        if not later.links:
            return later
        for signal in sealed.signals:
            self._tell(unit, signal)
        for signal in unit.transaction.signals(later.id):
            if self._takes(unit, signal):
                break  # what is still pending was tried again by that event
        return unit.now(later)

    def tie(self, unit: UnitOfWork, waiting: Case, other: Case, kind: str, actor: Actor, key: str) -> Case:
        """Tie two cases: the first waits for the second.  Return the first.

        Raises:
            RefusedError: the flow declares no such link, the cases are tied already, or the first is closed.
        """
        self._check_kind(self._flows.flow_of(waiting), self._flows.flow_of(other), kind)
        if waiting.id == other.id or any((tie.case_id, tie.kind) == (other.id, kind) for tie in waiting.links):
            raise _tied_already(kind)
        _check_waits(waiting, kind)
        self._write_end(unit, waiting, Link(other.id, kind, "child", "open"), actor, key)
        self._write_end(unit, unit.now(other), Link(waiting.id, kind, "parent", "open"), actor, f"{key}#other")
        self._tell_late(unit, waiting.id, other, kind)
        return unit.now(waiting)

    def check(self, flow: Flow, ties: tuple[Link, ...], others: list[Case]) -> None:
        """Check the ties with which a case of `flow` shall begin.

        Raises:
            RefusedError: a flow declares no such link, a tie stands there twice, or a case that shall wait is closed.
        """
        if len({(tie.case_id, tie.kind) for tie in ties}) < len(ties):
            raise _tied_already(ties[0].kind)
        for tie, other in zip(ties, others, strict=True):
            if tie.role == "parent":
                self._check_kind(self._flows.flow_of(other), flow, tie.kind)
                _check_waits(other, tie.kind)
            else:
                self._check_kind(flow, self._flows.flow_of(other), tie.kind)

    def tie_back(self, unit: UnitOfWork, case: Case, ties: tuple[Link, ...], actor: Actor, key: str) -> Case:
        """Write the other ends of the ties with which a case was opened; return the case as it then stands."""
        for number, tie in enumerate(ties):
            other = unit.case(tie.case_id)
            if other is None:
                continue
            back = Link(case.id, tie.kind, BACK[tie.role], "open")  # type: ignore[arg-type]  # one of the two roles
            self._write_end(unit, unit.now(other), back, actor, f"{key}#{number}")
            if tie.role == "child":
                self._tell_late(unit, case.id, other, tie.kind)
        return unit.now(case)

    def _write_end(self, unit: UnitOfWork, end: Case, tie: Link, actor: Actor, key: str) -> None:
        now, role = self._clock.now(), min(actor.roles, default="")
        taken = decide_link(end, tie, actor=actor, role=role, at=now, recorded_at=now, key=key)
        self.append(unit, end, self._writer.seal(self._flows.flow_of(end), end, taken, NOTHING_PERSONAL))

    def _tell_late(self, unit: UnitOfWork, waiting: str, other: Case, kind: str) -> None:
        """Whoever is tied to a case that is done already hears its outcome at once."""
        if other.done:
            self._tell(unit, Signal(waiting, kind, other.id, "done", other.outcome))

    def _tell(self, unit: UnitOfWork, signal: Signal) -> None:
        """Tell a waiting case of an outcome; what it does not take stays pending with it."""
        if not self._takes(unit, signal):
            case = unit.case(signal.to)
            if case is not None:
                unit.append(Commit(case, case.version, None, EMPTY, signals=(signal,)))

    def _takes(self, unit: UnitOfWork, signal: Signal) -> bool:
        """Let the waiting case take a signal; return whether it did."""
        waiting, sender = unit.case(signal.to), unit.case(signal.sender)
        rules = None if waiting is None else self._flows.runs_here(waiting)
        if waiting is None or rules is None:
            return False
        data: Mapping[str, Any] = EMPTY
        personal = rules.personal
        if sender is not None:
            theirs = self._flows.readable(sender)
            if theirs is None:
                return False
            data, personal = sender.data, personal | personal_names(theirs)  # it stays personal where it arrives
        decision = decide_signal(rules, waiting, signal, data, at=self._clock.now(), key=self._writer.key())
        if isinstance(decision, Refused):
            return False
        self.append(unit, waiting, self._writer.seal(rules.flow, waiting, decision, personal), (signal,))
        return True

    @staticmethod
    def _check_kind(waiting: Flow, other: Flow, kind: str) -> None:
        """Refuse a link that the waiting flow does not declare; an overlay of the named flow is that flow."""
        spec = waiting.link(kind)
        if spec is not None and spec.flow in (other.id, *(name.partition("@")[0] for name in other.lineage)):
            return
        kinds = ", ".join(f"{link.kind} → {link.flow}" for link in waiting.links) or "none"
        words = (
            f"{waiting.id} 没有到 {other.id} 的关联 {kind!r}（有：{kinds}）",
            f"{waiting.id!r} has no link {kind!r} to {other.id!r} (declared: {kinds})",
        )
        raise RefusedError(reasons=(reason("link_unknown", *words, kind),))


def _tied_already(kind: str) -> RefusedError:
    return RefusedError(reasons=(reason("linked_already", "已经关联", "the cases are tied already", kind),))


def _check_waits(waiting: Case, kind: str) -> None:
    if waiting.done:
        words = ("事项已办结，不能再关联", "the case is closed: it waits for nothing any more")
        raise RefusedError(reasons=(reason("closed", *words, kind),))
