"""A new edition of a calendar reaches the cases that still run.

A newly published year, or a notice that changes days already published, makes a new edition.  What it changes is
written as an event of each case; what was decided under the old edition stays decided under it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from xinfang_flow.engine.wiring import FlowBook
from xinfang_flow.kernel import Case
from xinfang_flow.kernel.decide import decide_recalculation
from xinfang_flow.kernel.rules import Rules
from xinfang_flow.store import Query, Store, Transaction

PAGE = 500
Append = Callable[[Transaction, Rules, Case | None, Any], Case]


def recalculate(store: Store, book: FlowBook, now: datetime, append: Append) -> int:
    """Count every open deadline anew under the calendars at hand; return how many cases changed.

    Safe to repeat and to break off: a case that stands under the present edition already, or that the edition does not
    touch, gets no event.
    """
    written, after = 0, None
    while True:
        page = store.read.find(Query(done=False, limit=PAGE, after=after))
        touched = [case.id for case in page if decide_recalculation(_rules(book, case), case, now) is not None]
        if touched:
            with store.transaction() as transaction:
                written += sum(_one(transaction, book, case_id, now, append) for case_id in touched)
        if len(page) < PAGE:
            return written
        after = page[-1].id


def _one(transaction: Transaction, book: FlowBook, case_id: str, now: datetime, append: Append) -> int:
    case = transaction.case(case_id)
    if case is None:
        return 0
    rules = _rules(book, case)
    taken = decide_recalculation(rules, case, now)
    if taken is None:
        return 0
    append(transaction, rules, case, taken)
    return 1


def _rules(book: FlowBook, case: Case) -> Rules:
    return book.of_case(case)
