"""Counting by rank against walking day by day, on random dates, periods, exclusions and weeks."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import example, given, settings, strategies as st

from tests.law import oracle
from xinfang_flow.law import Calendar, Due, Period

CHINA = Calendar.china()
dates = st.dates(date(2003, 6, 1), date(2028, 6, 30))
lengths = st.integers(1, 150)
spans = st.lists(
    st.builds(lambda day, length: (day, day + timedelta(days=length)), dates, st.integers(0, 40)), max_size=4
)
weekends = st.sets(st.integers(0, 6), max_size=5)
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def works(day: date) -> bool:
    """Whether China works on a day; outside the published days the plain week."""
    return CHINA.is_working_day(day) if CHINA.first <= day <= CHINA.horizon else day.weekday() < 5


def published(*days: date) -> bool:
    """Whether all of these days are arranged."""
    return all(CHINA.first <= day <= CHINA.horizon for day in days)


@given(dates, lengths, spans)
@settings(max_examples=400)
def test_calendar_days(start: date, amount: int, excluded: list[tuple[date, date]]) -> None:
    """Days after the first, without excluded ones, then rolled; target is the last working day not after."""
    excluded = _shift(excluded, start)
    nominal = oracle.days_after(start, amount, excluded)
    due = CHINA.due(start, Period(days=amount), excluded=excluded)
    expected = oracle.rolled(nominal, works, oracle.DAY)
    target = oracle.rolled(nominal, works, -oracle.DAY)
    assert (nominal, expected, target) == (due.nominal, due.due, due.target)
    assert due.provisional is not published(target, expected)
    strict = CHINA.due(start, Period(days=amount), "strict", excluded=excluded)
    assert (nominal, nominal, target) == (strict.nominal, strict.due, strict.target)


@given(dates, lengths, spans)
@settings(max_examples=400)
@example(date(2003, 12, 31), 5, [])
@example(date(2026, 12, 30), 1, [])
@example(date(2026, 12, 31), 1, [])
def test_working_days(start: date, amount: int, excluded: list[tuple[date, date]]) -> None:
    """Working days after the first, without excluded ones; a make-up weekend day counts."""
    excluded = _shift(excluded, start)
    nominal = oracle.working_days_after(start, amount, works, excluded)
    due = CHINA.due(start, Period(working_days=amount), excluded=excluded)
    assert (nominal, nominal, nominal) == (due.nominal, due.due, due.target)
    assert due.provisional is not published(start + oracle.DAY, nominal)


@given(dates, st.integers(1, 40), spans)
def test_months(start: date, amount: int, excluded: list[tuple[date, date]]) -> None:
    """The corresponding day or the end of the month, lengthened by the excluded days."""
    excluded = _shift(excluded, start)
    last = oracle.months_after(start, amount)
    nominal = oracle.days_after(start, (last - start).days, excluded)
    due = CHINA.due(start, Period(months=amount), excluded=excluded)
    assert (nominal, oracle.rolled(nominal, works, oracle.DAY)) == (due.nominal, due.due)


@given(dates, lengths)
@settings(max_examples=300)
def test_backwards(moment: date, amount: int) -> None:
    """Whole days before the moment; a rest day moves it earlier and never later."""
    nominal = moment - timedelta(days=amount)
    due = CHINA.before(moment, Period(days=amount))
    expected = oracle.rolled(nominal, works, -oracle.DAY)
    assert (nominal, expected, expected) == (due.nominal, due.due, due.target)
    assert due.due <= due.nominal < moment
    assert due.provisional is not published(expected, nominal)
    strict = CHINA.before(moment, Period(days=amount), "strict")
    assert (nominal, nominal, expected) == (strict.nominal, strict.due, strict.target)


@given(dates, lengths)
@example(date(2026, 5, 10), 1)
@example(date(2026, 5, 12), 3)
def test_working_days_backwards(moment: date, amount: int) -> None:
    """Working days before the moment, whose own day is not counted."""
    nominal = oracle.working_days_before(moment, amount, works)
    due = CHINA.before(moment, Period(working_days=amount))
    assert (nominal, nominal, nominal) == (due.nominal, due.due, due.target)
    assert due.provisional is not published(nominal, moment - oracle.DAY)


@given(dates, st.integers(1, 40))
def test_months_backwards(moment: date, amount: int) -> None:
    """The corresponding day of an earlier month, then earlier on a rest day."""
    nominal = oracle.months_after(moment, -amount)
    due = CHINA.before(moment, Period(months=amount))
    assert (nominal, oracle.rolled(nominal, works, -oracle.DAY)) == (due.nominal, due.due)


@given(
    weekends, st.dates(date(1, 2, 1), date(9990, 1, 1)), st.integers(1, 40), st.sets(st.integers(0, 364), max_size=40)
)
def test_any_week(weekend: set[int], start: date, amount: int, marked: set[int]) -> None:
    """Any weekend, any year, any holidays: the tables and the plain week meet without a seam."""
    first = date(min(max(start.year, 2), 9990), 1, 1)
    rest = {first + timedelta(days=number) for number in marked}
    calendar = Calendar.load(
        {
            "id": "somewhere",
            "zone": "UTC",
            "weekend": [NAMES[day] for day in sorted(weekend)],
            "first": first,
            "horizon": first + timedelta(days=364),
            "notice": {"title": "a notice"},
            "holiday": [{"name": "rest", "first": day} for day in sorted(rest)],
        }
    )

    def open_on(day: date) -> bool:
        return day not in rest and day.weekday() not in weekend

    period = Period(working_days=amount)
    assert oracle.working_days_after(start, amount, open_on) == calendar.due(start, period).due
    back = date(9, 1, 1) if start.year < 9 else start
    assert oracle.working_days_before(back, amount, open_on) == calendar.before(back, period).due
    nominal = oracle.days_after(start, amount)
    assert oracle.rolled(nominal, open_on, oracle.DAY) == calendar.due(start, Period(days=amount)).due


@given(dates, lengths, spans)
def test_laws_of_counting(start: date, amount: int, excluded: list[tuple[date, date]]) -> None:
    """A longer period, a later start or more excluded days never end earlier; target ≤ nominal ≤ due < at."""
    for unit in ("days", "working_days"):
        due = CHINA.due(start, Period(**{unit: amount}))
        longer = CHINA.due(start, Period(**{unit: amount + 1}))
        later = CHINA.due(start + oracle.DAY, Period(**{unit: amount}))
        less = CHINA.due(start, Period(**{unit: amount}), excluded=_shift(excluded, start))
        for other in (longer, later, less):
            assert due.due <= other.due
        assert start < due.target or unit == "days"
        assert due.target <= due.nominal <= due.due < due.at.date()


def _shift(found: list[tuple[date, date]], start: date) -> list[tuple[date, date]]:
    """Bring spans close to a start, so that they matter."""
    return [
        (
            start + timedelta(days=first.toordinal() % 120 - 20),
            start + timedelta(days=first.toordinal() % 120 - 20) + (end - first),
        )
        for first, end in found
    ]


def test_overlapping_exclusions_count_once() -> None:
    """Two hearings that overlap stop the clock once; merged, sorted, empty ones dropped."""
    spans = [(date(2026, 6, 20), date(2026, 6, 25)), (date(2026, 6, 15), date(2026, 6, 22)), (date(2026, 7, 1),) * 2]
    due: Due = CHINA.due(date(2026, 6, 1), Period(days=30), excluded=spans)
    assert ((date(2026, 6, 15), date(2026, 6, 25)),) == due.excluded
    assert date(2026, 7, 11) == due.nominal


def test_an_exclusion_that_begins_on_the_last_day_still_stops_the_clock() -> None:
    """The last day has not been counted when it is excluded; the day after the last one no longer matters."""
    start, period = date(2026, 6, 1), Period(days=30)  # nominal 07-01
    assert date(2026, 7, 5) == CHINA.due(start, period, excluded=[(date(2026, 7, 1), date(2026, 7, 5))]).nominal
    assert date(2026, 7, 1) == CHINA.due(start, period, excluded=[(date(2026, 7, 2), date(2026, 7, 5))]).nominal
    assert date(2026, 7, 4) == CHINA.due(start, period, excluded=[(date(2026, 5, 1), date(2026, 6, 5))]).nominal


def test_touching_exclusions_become_one() -> None:
    """A hearing adjourned to the day on which it was to end is one span."""
    spans = [(date(2026, 6, 15), date(2026, 6, 18)), (date(2026, 6, 18), date(2026, 6, 20))]
    assert CHINA.due(date(2026, 6, 1), Period(days=30), excluded=spans).excluded == (
        (date(2026, 6, 15), date(2026, 6, 20)),
    )


def test_what_an_answer_leans_on() -> None:
    """Provisional looks at the days that matter, and at no others."""
    # The year ended on a Saturday, and nothing beyond was published when the end was rolled to Monday.
    november = Calendar.china(as_of=date(2022, 11, 30))
    assert (date(2023, 1, 2), True) == _answer(november.due(date(2022, 12, 30), Period(days=1)))
    assert (date(2022, 12, 31), False) == _answer(november.due(date(2022, 12, 30), Period(days=1), "strict"))
    # 2004-01-01 is a published holiday, but the target lies before the first published day.
    assert CHINA.due(date(2003, 12, 31), Period(days=1)).provisional
    # The day of the event is not counted, so it need not be published.
    assert not CHINA.due(date(2003, 12, 31), Period(working_days=1)).provisional
    assert not CHINA.before(date(2027, 1, 1), Period(working_days=1)).provisional
    assert CHINA.before(date(2027, 1, 2), Period(working_days=1)).provisional


def _answer(due: Due) -> tuple[date, bool]:
    return due.due, due.provisional
