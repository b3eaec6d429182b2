"""A new edition of a calendar reaches the cases that still run.

A newly published year, or a notice that changes days already published, makes a new edition.  What it changes is
written as an event of each case; what was decided under the old edition stays decided under it.
"""

from __future__ import annotations

from datetime import datetime

from xinfang_flow.engine.acceptance import Acceptance
from xinfang_flow.engine.unit_of_work import UnitOfWork
from xinfang_flow.kernel import Case, Rules, Taken
from xinfang_flow.kernel.decide import decide_recalculation
from xinfang_flow.store import Query, Store

PAGE = 500


def recalculate(store: Store, acceptance: Acceptance, now: datetime) -> int:
    """Count every open deadline anew under the calendars at hand; return how many cases changed.

    Safe to repeat and to break off: a case that stands under the present edition already, or that the edition does not
    touch, gets no event.  A case that cannot run here is passed over and named to the log.
    """
    written, after = 0, None
    while True:
        page = store.read.find(Query(done=False, limit=PAGE, after=after))
        touched = [case.id for case in page if _anew(acceptance, case, now) is not None]
        if touched:
            with store.transaction() as transaction:
                unit = UnitOfWork(transaction)
                written += sum(_one(unit, acceptance, case_id, now) for case_id in touched)
        if len(page) < PAGE:
            return written
        after = page[-1].id


def _one(unit: UnitOfWork, acceptance: Acceptance, case_id: str, now: datetime) -> int:
    case = unit.case(case_id)
    anew = None if case is None else _anew(acceptance, case, now)
    if case is None or anew is None:
        return 0
    acceptance.append(unit, anew[0], case, anew[1])
    return 1


def _anew(acceptance: Acceptance, case: Case, now: datetime) -> tuple[Rules, Taken] | None:
    """Return what the calendars at hand change in a case, with the rules that say so; None for nothing."""
    rules = acceptance.flows.runs_here(case)
    taken = None if rules is None else decide_recalculation(rules, case, now)
    return None if rules is None or taken is None else (rules, taken)
