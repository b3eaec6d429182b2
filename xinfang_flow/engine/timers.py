"""What time does: every due deadline is looked at under the lock of its case, once, in the order of the due instants.

A tick that comes late records both when a deadline ran out (`at`) and when that was noticed (`recorded_at`).  It costs
what is due, not what is stored.  A clock that has jumped back does nothing: what was said is not said again.

Every look moves its timer on, to a later instant or away, and no deadline runs out twice at one instant.  What would do
otherwise (a deadline that is counted from a date of the case, begun anew by its own breach) is left for the next tick
and named to the log: a tick always ends.
"""

from __future__ import annotations

from collections.abc import Sequence, Set as AbstractSet
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from xinfang_flow.engine import telemetry
from xinfang_flow.engine.acceptance import Acceptance
from xinfang_flow.engine.transactions import TRIES
from xinfang_flow.engine.unit_of_work import UnitOfWork
from xinfang_flow.errors import ConflictError, RefusedError
from xinfang_flow.kernel import SYSTEM, Case, Command, Rules, Taken
from xinfang_flow.kernel.decide import decide_expiry
from xinfang_flow.kernel.records.deadline import look, next_instant
from xinfang_flow.store import Commit, Store, Timer

BATCH = 500
_MOMENT = timedelta(seconds=1)


def tick(store: Store, acceptance: Acceptance, now: datetime, session: Any = None) -> int:
    """Look at everything that is due at `now`; return the number of events written.

    A case that cannot run here keeps its timers, is told to the log, and holds nobody else up.
    """
    written, tries = 0, TRIES
    skipped: set[Timer] = set()
    ran_out: set[Timer] = set()
    while True:
        try:
            with store.transaction(session) as transaction:
                due = [timer for timer in transaction.due(now, BATCH + len(skipped)) if timer not in skipped]
                batch = _Batch(UnitOfWork(transaction), acceptance, now, ran_out)
                batch.look_at(due)
        except ConflictError:  # another worker was quicker: the batch is taken back and looked at anew
            tries -= 1
            if not tries or session is not None:
                raise
            continue
        written, tries = written + batch.written, TRIES
        skipped |= batch.skipped
        ran_out |= batch.ran_out
        if not due:
            return written


class _Batch:
    """The timers of one transaction; `skipped` are to be left alone in this tick, `ran_out` have."""

    def __init__(self, unit: UnitOfWork, acceptance: Acceptance, now: datetime, ran_out: AbstractSet[Timer]) -> None:
        self._unit, self._acceptance, self._now, self._before = unit, acceptance, now, ran_out
        self.written = 0
        self.skipped: set[Timer] = set()
        self.ran_out: set[Timer] = set()

    def look_at(self, due: Sequence[Timer]) -> None:
        """Look at timers in order, until one that was armed anew comes before the rest."""
        soonest: datetime | None = None
        for timer in due:
            if soonest is not None and soonest < timer.at:
                break
            again = self._look(timer)
            if again is not None and again <= self._now:
                soonest = again if soonest is None else min(soonest, again)

    def _look(self, timer: Timer) -> datetime | None:
        """Do what one timer is for; return when its case must be looked at again."""
        case = self._unit.case(timer.case_id)
        rules = None if case is None else self._acceptance.flows.runs_here(case)
        if case is None or rules is None:
            self.skipped.add(timer)  # one case that cannot run here must not hold up everybody else's clocks
            return None
        again = _later(case, timer, self._now)
        taken = decide_expiry(rules, case, timer.name, self._now) if again is None else None
        if taken is not None:
            return self._write(rules, case, timer, taken)
        if again is not None and again <= timer.at:
            self._leave(timer)
            return None
        self._unit.append(Commit(case, case.version, None, {timer.name: again}))
        return again

    def _write(self, rules: Rules, case: Case, timer: Timer, taken: Taken) -> datetime | None:
        breached = taken.event.kind == "breached"
        late = timer._replace(at=case.deadlines[timer.name].at)
        if breached and (late in self._before or late in self.ran_out):
            self._leave(timer)
            return None
        before = case.changed_at
        case = self._acceptance.append(self._unit, rules, case, taken)
        self.written += 1
        trigger = rules.flow.deadline(timer.name).on_breach
        if breached:
            self.ran_out.add(late)
        if breached and trigger is not None and not case.done:
            # It takes effect when the deadline ran out, unless something was recorded since.
            command = Command(case.id, trigger, actor=SYSTEM, at=max(taken.event.at, before))
            with suppress(RefusedError):
                case = self._acceptance.fire(self._unit, command)
                self.written += 1
        return _soonest(case)

    def _leave(self, timer: Timer) -> None:
        telemetry.warn("timer.stuck", case_id=timer.case_id, deadline=timer.name)
        self.skipped.add(timer)


def _later(case: Case, timer: Timer, now: datetime) -> datetime | None:
    """When to look again instead of now: a warning came too late or for nothing, or the timer is out of date."""
    deadline = case.deadlines.get(timer.name)
    if deadline is None or case.done:
        return None
    seen = look(deadline.record, now, case.version)
    if seen.kind == "breached" and seen.at is not None and timer.at < seen.at - _MOMENT:
        return seen.at  # its breach keeps its place among the others
    return seen.next


def _soonest(case: Case) -> datetime | None:
    if case.done:
        return None
    instants = [next_instant(deadline.record) for deadline in case.deadlines.values()]
    return min((instant for instant in instants if instant is not None), default=None)
