"""A new edition of the calendar: provisional and affected open deadlines move, by events; history does not."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.deadlines.small import CLERK, small_flow
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.law import Calendar
from xinfang_flow.store import MemoryStore

WARNS = [{"before": {"working_days": 1}}]
FLOW = small_flow(
    {"name": "handling", "period": {"days": 15}, "met_by": {"fires": "meet"}, "warns": WARNS},
    {"name": "objection", "period": {"working_days": 5}, "starts": {"fires": "note"}},
)
NOTICE_2027: dict[str, Any] = {
    "year": 2027,
    "notice": {"title": "an invented notice for this test", "published": date(2026, 11, 25)},
    "holiday": [
        {"name": "New Year", "first": date(2027, 1, 1), "last": date(2027, 1, 3), "make_up": [date(2026, 12, 27)]},
        {"name": "Spring Festival", "first": date(2027, 2, 5), "last": date(2027, 2, 11)},
    ],
}  # fmt: skip


def engine_on(store: MemoryStore, calendar: Calendar, now: str) -> Engine:
    """The same store under another calendar: what a restart after an update is."""
    return Engine(store, flows=[FLOW], clock=ManualClock(now), calendars={"china": calendar}, unchecked=True)


def test_january_2020() -> None:
    """On 26 January 2020 the Spring Festival was extended to 2 February: due dates in it move, by an event."""
    before, after = Calendar.china(as_of=date(2020, 1, 20)), Calendar.china(as_of=date(2020, 1, 28))
    assert before.edition != after.edition
    store = MemoryStore()
    engine = engine_on(store, before, "2020-01-15T09:00:00+08:00")
    open_, met = (engine.open("small", {}, actor=CLERK) for _ in range(2))
    for opened in (open_, met):
        case = engine.fire(opened.id, "start", actor=CLERK)
        assert case.deadlines["handling"].due.due == date(2020, 1, 31)
        assert case.deadlines["handling"].due.nominal == date(2020, 1, 30)
    engine.fire(met.id, "meet", actor=CLERK)
    engine = engine_on(store, after, "2020-01-28T09:00:00+08:00")
    assert engine.recalculate() == 1
    moved = engine.get(open_.id, actor=CLERK)
    assert moved.deadlines["handling"].due.due == date(2020, 2, 3)
    assert moved.deadlines["handling"].due.edition == after.edition
    event = engine.history(open_.id, actor=CLERK)[-1]
    assert (event.kind, event.actor, event.payload["edition"]) == ("recalculated", "system", after.edition)
    kept = engine.get(met.id, actor=CLERK).deadlines["handling"]
    assert (kept.state, kept.due.edition) == ("met", before.edition)
    assert "2020" in str(kept.due.bind(before).because)
    assert engine.verify(open_.id, actor=CLERK).ok


def test_recalculating_again_writes_nothing() -> None:
    """It is safe to repeat."""
    before, after = Calendar.china(as_of=date(2020, 1, 20)), Calendar.china(as_of=date(2020, 1, 28))
    store = MemoryStore()
    engine = engine_on(store, before, "2020-01-15T09:00:00+08:00")
    case = engine.open("small", {}, actor=CLERK)
    engine.fire(case.id, "start", actor=CLERK)
    engine = engine_on(store, after, "2020-01-28T09:00:00+08:00")
    assert [engine.recalculate(), engine.recalculate()] == [1, 0]


def test_the_timer_follows() -> None:
    """The breach comes on the new date, and the warning before it."""
    before, after = Calendar.china(as_of=date(2020, 1, 20)), Calendar.china(as_of=date(2020, 1, 28))
    store = MemoryStore()
    engine = engine_on(store, before, "2020-01-15T09:00:00+08:00")
    case = engine.open("small", {}, actor=CLERK)
    engine.fire(case.id, "start", actor=CLERK)
    engine_on(store, after, "2020-01-28T09:00:00+08:00").recalculate()
    assert engine_on(store, after, "2020-02-03T23:00:00+08:00").tick() == 1
    assert engine_on(store, after, "2020-02-04T00:00:00+08:00").tick() == 1


def test_the_missing_notice_of_2027() -> None:
    """Beyond the horizon a date is provisional and says so; when the year is published it is counted anew."""
    assert Calendar.china().horizon == date(2026, 12, 31)
    store = MemoryStore()
    engine = engine_on(store, Calendar.china(), "2026-12-20T09:00:00+08:00")
    case = engine.open("small", {}, actor=CLERK)
    case = engine.fire(case.id, "start", actor=CLERK)
    first = case.deadlines["handling"].due
    assert (first.nominal, first.provisional) == (date(2027, 1, 4), True)
    known = Calendar.china().with_year(NOTICE_2027)
    engine = engine_on(store, known, "2026-12-21T09:00:00+08:00")
    assert engine.recalculate() == 1
    later = engine.get(case.id, actor=CLERK).deadlines["handling"].due
    assert (later.due, later.provisional, later.edition) == (date(2027, 1, 4), False, known.edition)


def test_working_days_across_the_horizon_move() -> None:
    """Five working days that met a holiday nobody knew of become later."""
    store = MemoryStore()
    engine = engine_on(store, Calendar.china(), "2026-12-29T09:00:00+08:00")
    case = engine.open("small", {}, actor=CLERK)
    case = engine.fire(case.id, "note", actor=CLERK)
    guess = case.deadlines["objection"].due
    known = Calendar.china().with_year(NOTICE_2027)
    engine = engine_on(store, known, "2026-12-30T09:00:00+08:00")
    engine.recalculate()
    sure = engine.get(case.id, actor=CLERK).deadlines["objection"].due
    assert guess.provisional
    assert not sure.provisional
    assert sure.due == known.due(date(2026, 12, 29), sure.period).due


def test_a_new_edition_makes_nobody_late_in_hindsight() -> None:
    """A notice that turns a rest day into a working day does not breach what was in time until then."""
    china = Calendar.china()
    store = MemoryStore()
    engine = engine_on(store, china, "2026-04-20T09:00:00+08:00")
    case = engine.open("small", {}, actor=CLERK)
    case = engine.fire(case.id, "start", actor=CLERK)
    assert case.deadlines["handling"].due.due == date(2026, 5, 6)
    harder = china.revised({
        "notice": {"title": "invented", "published": date(2026, 5, 5)}, "withdrawn": [date(2026, 5, 5)],
    })  # fmt: skip
    engine = engine_on(store, harder, "2026-05-06T09:00:00+08:00")
    assert engine.recalculate() == 0
    engine.tick()
    assert engine.get(case.id, actor=CLERK).deadlines["handling"].state == "armed"


def test_pages_of_cases() -> None:
    """More cases than one page hold are all reached, and only those that change get an event."""
    store = MemoryStore()
    engine = engine_on(store, Calendar.china(), "2026-12-20T09:00:00+08:00")
    for number in range(520):
        case = engine.open("small", {}, actor=CLERK)
        if number % 2:
            engine.fire(case.id, "start", actor=CLERK)
    engine = engine_on(store, Calendar.china().with_year(NOTICE_2027), "2026-12-21T09:00:00+08:00")
    assert engine.recalculate() == 260
