"""What time does: every due deadline is looked at under the lock of its case, once, in the order of the due instants.

A tick that comes late records both when a deadline ran out (`at`) and when that was noticed (`recorded_at`).  It costs
what is due, not what is stored.  A clock that has jumped back does nothing: what was said is not said again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from xinfang_flow.engine import telemetry
from xinfang_flow.engine.wiring import FlowBook
from xinfang_flow.errors import ConflictError, FlowError, RefusedError, WiringError
from xinfang_flow.kernel import SYSTEM, Case, Command
from xinfang_flow.kernel.decide import decide_expiry
from xinfang_flow.kernel.records.deadline import look
from xinfang_flow.kernel.rules import Rules
from xinfang_flow.store import Commit, Store, Timer, Transaction

BATCH = 500
TRIES = 5
_MOMENT = timedelta(seconds=1)
Append = Callable[[Transaction, Rules, Case | None, Any], Case]
Fire = Callable[[Transaction, Command], Case]


def tick(store: Store, book: FlowBook, now: datetime, append: Append, fire: Fire) -> int:
    """Look at everything that is due at `now`; return the number of events written.

    A case whose flow cannot run here (a guard or a calendar was not handed in) keeps its timers, is told to the log,
    and holds nobody else up.
    """
    written, tries = 0, TRIES
    skipped: set[Timer] = set()
    while True:
        try:
            with store.transaction() as transaction:
                due = [timer for timer in transaction.due(now, BATCH + len(skipped)) if timer not in skipped]
                events = _batch(transaction, book, due, skipped, now, append, fire)
        except ConflictError:  # another worker was quicker: the batch is taken back and looked at anew
            tries -= 1
            if not tries:
                raise
            continue
        written, tries = written + events, TRIES
        if not due:
            return written


def _batch(  # noqa: PLR0917  what a tick hands down
    transaction: Transaction,
    book: FlowBook,
    due: Sequence[Timer],
    skipped: set[Timer],
    now: datetime,
    append: Append,
    fire: Fire,
) -> int:
    written = 0
    soonest: datetime | None = None
    for timer in due:
        if soonest is not None and soonest < timer.at:
            break  # what was just armed anew comes before the rest of this batch
        case = transaction.case(timer.case_id)
        rules = None if case is None else _rules(book, case)
        if case is None or rules is None:
            skipped.add(timer)  # one case that cannot run here must not hold up everybody else's clocks
            continue
        events, again = _look(transaction, rules, case, timer, now, append, fire)
        written += events
        if again is not None and again <= now:
            soonest = again if soonest is None else min(soonest, again)
    return written


def _rules(book: FlowBook, case: Case) -> Rules | None:
    try:
        return book.of_case(case)
    except (FlowError, WiringError) as error:
        telemetry.warn("case.unwired", case_id=case.id, flow=f"{case.flow}@{case.flow_version}", error=str(error))
        return None


def _look(  # noqa: PLR0917  what a tick hands down
    transaction: Transaction, rules: Rules, case: Case, timer: Timer, now: datetime, append: Append, fire: Fire
) -> tuple[int, datetime | None]:
    """Return how many events were written, and when the next look at the case is due (None for never)."""
    taken = None
    again = _later(case, timer, now)
    if again is None:
        taken = decide_expiry(rules, case, timer.name, now)
    if taken is None:
        transaction.append(Commit(case, case.version, None, {timer.name: again}))
        return 0, again
    before = case.changed_at
    case = append(transaction, rules, case, taken)
    trigger = rules.flow.deadline(timer.name).on_breach
    events = 1
    if taken.event.kind == "breached" and trigger is not None and not case.done:
        # It takes effect when the deadline ran out, unless something was recorded since.
        at = max(taken.event.at, before)
        try:
            case = fire(transaction, Command(case.id, trigger, actor=SYSTEM, at=at))
            events = 2
        except RefusedError:
            pass
    return events, _soonest(case)


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
    instants = [
        instant
        for deadline in case.deadlines.values()
        if not case.done and deadline.state == "armed"
        for instant in (deadline.at, *_warnings(deadline.record))
    ]
    return min(instants, default=None)


def _warnings(record: Any) -> list[datetime]:
    return [datetime.fromisoformat(text) for text, _ in record.get("warn", ())]
