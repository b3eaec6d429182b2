"""What time does: every due deadline is looked at under the lock of its case, once, in the order of the due instants.

A tick that comes late records both when a deadline ran out (`at`) and when that was noticed (`recorded_at`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from xinfang_flow.engine.flowbook import FlowBook
from xinfang_flow.errors import RefusedError
from xinfang_flow.kernel import SYSTEM, Case, Command
from xinfang_flow.kernel.deadlines import next_instant
from xinfang_flow.kernel.decide import decide_expiry, skips_half
from xinfang_flow.kernel.rules import Rules
from xinfang_flow.store import Commit, Store, Timer, Transaction

BATCH = 500
Append = Callable[[Transaction, Rules, Case | None, Any], Case]
Fire = Callable[[Transaction, Command], Case]


def tick(store: Store, book: FlowBook, now: datetime, append: Append, fire: Fire) -> int:
    """Look at everything that is due at `now`; return the number of events written."""
    written = 0
    while True:
        with store.transaction() as transaction:
            due = transaction.due(now, BATCH)
            for timer in due:
                written += _look(transaction, book, timer, now, append, fire)
        if not due:
            return written


def _look(transaction: Transaction, book: FlowBook, timer: Timer, now: datetime, append: Append, fire: Fire) -> int:  # noqa: PLR0913
    case = transaction.case(timer.case_id)
    if case is None:
        return 0
    rules = book.of(case.flow, case.flow_version)
    if skips_half(case, timer.name, now):
        _move_on(transaction, case, timer.name, now)
        return 0
    taken = decide_expiry(rules, case, timer.name, now)
    if taken is None:
        transaction.append(Commit(case, case.version, None, {timer.name: None}))
        return 0
    later = append(transaction, rules, case, taken)
    trigger = rules.flow.deadline(timer.name).on_breach
    if taken.event.kind != "breached" or trigger is None or later.done:
        return 1
    try:
        fire(transaction, Command(case.id, trigger, actor=SYSTEM))
    except RefusedError:
        return 1
    return 2


def _move_on(transaction: Transaction, case: Case, name: str, now: datetime) -> None:
    record = dict(case.deadlines[name].record)
    while record.get("warn") and datetime.fromisoformat(record["warn"][0][0]) <= now:
        record["warn"] = record["warn"][1:]
    transaction.append(Commit(case, case.version, None, {name: next_instant(record)}))
