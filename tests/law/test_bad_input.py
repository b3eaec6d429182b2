"""What is handed in wrongly is refused, and told how to be mended."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from xinfang_flow.errors import CalendarHorizonError, InputError
from xinfang_flow.law import Calendar, Period

CHINA = Calendar.china()
START, PERIOD = date(2026, 3, 2), Period(days=60)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (datetime(2026, 3, 2, 9), "say the zone"),  # noqa: DTZ001
        ("2026-03-02", "is no date"),
        (20260302, "is no date"),
        (None, "is no date"),
        (datetime.max.replace(tzinfo=UTC), "no local date"),
    ],
)
def test_starts(start: Any, words: str) -> None:
    """A datetime without a zone, a text, a number, nothing, the end of time."""
    for ask in (CHINA.due, CHINA.before):
        with pytest.raises(InputError, match=words):
            ask(start, PERIOD)


@pytest.mark.parametrize("period", [60, "60 days", None])
def test_periods(period: Any) -> None:
    """Only a Period is a period."""
    for ask in (CHINA.due, CHINA.before):
        with pytest.raises(InputError, match="Period"):
            ask(START, period)


@pytest.mark.parametrize("policy", ["Civil", "", None, ["civil"], {}])
def test_policies(policy: Any) -> None:
    """Only the two policies are known."""
    for ask in (CHINA.due, CHINA.before):
        with pytest.raises(InputError, match="strict"):
            ask(START, PERIOD, policy)


@pytest.mark.parametrize(
    ("excluded", "where"),
    [
        ([(date(2026, 6, 25), date(2026, 6, 15))], "excluded[1]"),
        ([(date(2026, 6, 1), date(2026, 6, 2)), (date(2026, 6, 1),)], "excluded[2]"),
        ([date(2026, 6, 1)], "excluded[1]"),
        ([("2026-06-01", "2026-06-02")], "excluded[1]"),
        ([(datetime(2026, 6, 1, tzinfo=UTC), date(2026, 6, 2))], "excluded[1]"),
        (7, "excluded"),
    ],
)
def test_exclusions(excluded: Any, where: str) -> None:
    """Reversed pairs, halves of pairs, texts and moments are refused with their place."""
    with pytest.raises(InputError) as caught:
        CHINA.due(START, PERIOD, excluded=excluded)
    assert where == caught.value.where


@pytest.mark.parametrize("closes", [time(0), "17:30", 17, time(17, tzinfo=UTC), datetime(2026, 1, 1, 17)])  # noqa: DTZ001
def test_closing(closes: Any) -> None:
    """Midnight, texts, numbers and times with a zone are no closing time."""
    with pytest.raises(InputError) as caught:
        CHINA.due(START, PERIOD, closes=closes)
    assert caught.value.where == "closes"


def test_hours_need_a_moment_and_no_counter() -> None:
    """Four hours from a date is no question; hours end by the clock."""
    for ask in (CHINA.due, CHINA.before):
        with pytest.raises(InputError, match="moment"):
            ask(START, Period(hours=4))
    with pytest.raises(InputError, match="counter"):
        CHINA.due(datetime(2026, 3, 2, tzinfo=UTC), Period(hours=4), closes=time(17))


@pytest.mark.parametrize(
    "period", [Period(days=400), Period(working_days=400), Period(months=30), Period(hours=100_000)]
)
def test_the_ends_of_time(period: Period) -> None:
    """A due date beyond the year 9999 or before the year 1 is an error with words, not an overflow."""
    zone = ZoneInfo("Asia/Shanghai")
    with pytest.raises(InputError, match="9999"):
        CHINA.due(datetime(9999, 6, 1, tzinfo=zone), period)
    with pytest.raises(InputError, match="9999"):
        CHINA.before(datetime(1, 3, 1, tzinfo=zone), period)


def test_the_last_day_of_all() -> None:
    """A due day whose midnight cannot be written is refused when the Due is made, not when it is read."""
    with pytest.raises(InputError, match="9999"):
        CHINA.due(date(9999, 12, 30), Period(days=1), "strict")


@pytest.mark.parametrize("day", [date(2003, 12, 31), date(2027, 1, 1)])
def test_a_working_day_is_never_guessed(day: date) -> None:
    """Outside the published days the question has no answer, and the error says where the calendar ends."""
    with pytest.raises(CalendarHorizonError, match="2004-01-01 to 2026-12-31") as caught:
        CHINA.is_working_day(day)
    assert ("china", day, date(2026, 12, 31)) == (caught.value.calendar, caught.value.day, caught.value.horizon)


def test_a_working_day_at_a_moment() -> None:
    """An aware datetime is asked at its local date."""
    assert CHINA.is_working_day(datetime(2026, 5, 5, 16, tzinfo=UTC))
    assert not CHINA.is_working_day(datetime(2026, 5, 5, 15, tzinfo=UTC))
    with pytest.raises(InputError, match="zone"):
        CHINA.is_working_day(datetime(2026, 5, 5))  # noqa: DTZ001


def test_subclasses_of_date_are_dates() -> None:
    """A library's own date class is taken as a date."""

    class Day(date):
        pass

    assert CHINA.due(START, PERIOD) == CHINA.due(Day(2026, 3, 2), PERIOD)
