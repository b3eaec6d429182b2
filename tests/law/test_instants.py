"""Instants: a due date is a local date, and clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from xinfang_flow.errors import InputError
from xinfang_flow.law import Calendar, Period

CHINA = Calendar.china()
SHANGHAI = ZoneInfo("Asia/Shanghai")


def plain(zone: str) -> Calendar:
    """A calendar of Monday to Friday in a zone."""
    return Calendar.load(
        {
            "id": "plain",
            "zone": zone,
            "first": date(1980, 1, 1),
            "horizon": date(2040, 12, 31),
            "notice": {"title": "-"},
        }
    )


@pytest.mark.parametrize(
    ("zone", "start", "days", "late"),
    [
        # Clocks go forward on 29 March 2026 in Berlin, back on 25 October; on 8 March and 1 November in New York.
        ("Europe/Berlin", date(2026, 3, 25), 5, "2026-03-31T00:00:00+02:00"),
        ("Europe/Berlin", date(2026, 3, 20), 5, "2026-03-26T00:00:00+01:00"),
        ("Europe/Berlin", date(2026, 10, 21), 5, "2026-10-27T00:00:00+01:00"),
        ("America/New_York", date(2026, 3, 5), 4, "2026-03-10T00:00:00-04:00"),
        ("America/New_York", date(2026, 10, 30), 3, "2026-11-03T00:00:00-05:00"),
        # Shanghai kept summer time from 1986 to 1991.
        ("Asia/Shanghai", date(1986, 4, 30), 2, "1986-05-03T00:00:00+08:00"),
        ("Asia/Shanghai", date(1986, 5, 6), 2, "1986-05-09T00:00:00+09:00"),
        ("Asia/Shanghai", date(1991, 9, 9), 3, "1991-09-13T00:00:00+09:00"),
        ("Asia/Shanghai", date(1991, 9, 15), 1, "1991-09-17T00:00:00+08:00"),
        # In Beirut the midnight of 29 March 2026 does not exist: the day begins at 01:00.
        ("Asia/Beirut", date(2026, 3, 26), 2, "2026-03-29T01:00:00+03:00"),
    ],
)
def test_a_due_day_ends_at_its_local_midnight(zone: str, start: date, days: int, late: str) -> None:
    """The first instant that is late is the first of the next local day, with the offset of that day."""
    due = plain(zone).due(start, Period(days=days), "strict")
    assert late == due.at.isoformat()
    assert due.due + timedelta(days=1) == due.at.date()
    assert (due.at - timedelta(microseconds=1)).tzinfo == due.at.tzinfo
    assert (due.at.astimezone(UTC) - timedelta(microseconds=1)).astimezone(due.at.tzinfo).date() == due.due


@pytest.mark.parametrize(
    ("zone", "start", "hours", "late"),
    [
        ("Europe/Berlin", "2026-03-29T01:30:00+01:00", 2, "2026-03-29T04:30:00+02:00"),
        ("Europe/Berlin", "2026-10-25T01:30:00+02:00", 2, "2026-10-25T02:30:00+01:00"),
        ("America/New_York", "2026-03-07T12:00:00-05:00", 24, "2026-03-08T13:00:00-04:00"),
        ("Asia/Shanghai", "1986-05-03T23:00:00+08:00", 24, "1986-05-05T00:00:00+09:00"),
        ("Asia/Shanghai", "1991-09-14T12:00:00+09:00", 24, "1991-09-15T11:00:00+08:00"),
    ],
)
def test_hours_are_hours(zone: str, start: str, hours: int, late: str) -> None:
    """A clock change neither shortens nor lengthens a period of hours."""
    due = plain(zone).due(datetime.fromisoformat(start), Period(hours=hours))
    assert late == due.at.isoformat()
    assert datetime.fromisoformat(start) + timedelta(hours=hours) == due.at.astimezone(UTC)
    assert due == due.from_record(due.record())


@given(st.datetimes(datetime(1986, 1, 1), datetime(1992, 1, 1)), st.integers(1, 200))  # noqa: DTZ001
def test_hours_through_the_summer_times_of_shanghai(moment: datetime, hours: int) -> None:
    """Exactly so many hours later, through every clock change there ever was in Shanghai."""
    start = moment.replace(tzinfo=UTC)
    due = CHINA.due(start, Period(hours=hours))
    assert timedelta(hours=hours) == due.at - start
    assert timedelta(hours=hours) == start - CHINA.before(start, Period(hours=hours)).at
    assert not due.provisional


def test_a_moment_counts_at_its_local_date() -> None:
    """16:30 UTC on 30 January is 00:30 on the 31st in Shanghai."""
    start = datetime(2026, 1, 30, 16, 30, tzinfo=UTC)
    assert date(2026, 2, 15) == CHINA.due(start, Period(days=15), "strict").due
    assert CHINA.due(date(2026, 1, 31), Period(days=15)).due == CHINA.due(start, Period(days=15)).due
    assert datetime(2026, 1, 31, 0, 30, tzinfo=SHANGHAI) == CHINA.due(start, Period(days=15)).start
    assert date(2026, 1, 27) == CHINA.before(start, Period(days=4), "strict").due


def test_hours_ending_at_midnight_belong_to_the_day_before() -> None:
    """In time means before `at`, so the last instant in time lies on the day before."""
    due = CHINA.due(datetime(2026, 2, 16, 22, tzinfo=SHANGHAI), Period(hours=2))
    assert (datetime(2026, 2, 17, tzinfo=SHANGHAI), date(2026, 2, 16)) == (due.at, due.due)


def test_hours_stand_still_on_excluded_days() -> None:
    """An hour clock stops from local midnight to local midnight of excluded days, from its start at the earliest."""
    start = datetime(2026, 6, 14, 20, tzinfo=SHANGHAI)
    spans = [(date(2026, 6, 15), date(2026, 6, 17)), (date(2026, 6, 18), date(2026, 6, 19))]
    due = CHINA.due(start, Period(hours=10), excluded=spans)
    assert datetime(2026, 6, 17, 6, tzinfo=SHANGHAI) == due.at
    inside = CHINA.due(start, Period(hours=3), excluded=[(date(2026, 6, 14), date(2026, 6, 15))])
    assert datetime(2026, 6, 15, 3, tzinfo=SHANGHAI) == inside.at


def test_a_counter_that_closes_in_a_skipped_hour() -> None:
    """A closing time that a clock change skips is the moment of the change."""
    due = plain("Europe/Berlin").due(date(2026, 3, 24), Period(days=5), "strict", closes=time(2, 30))
    assert due.at.isoformat() == "2026-03-29T03:30:00+02:00"


def test_minutes() -> None:
    """Minutes run like hours."""
    due = CHINA.due(datetime(2026, 2, 16, 23, 50, tzinfo=SHANGHAI), Period(minutes=15))
    assert due.at.isoformat() == "2026-02-17T00:05:00+08:00"


def test_excluded_days_with_a_clock_change_inside() -> None:
    """A clock that stands still from Saturday to Monday stands still 47 hours when Sunday has 23."""
    start = datetime(2026, 3, 27, 23, tzinfo=ZoneInfo("Europe/Berlin"))
    due = plain("Europe/Berlin").due(start, Period(hours=2), excluded=[(date(2026, 3, 28), date(2026, 3, 30))])
    assert due.at.isoformat() == "2026-03-30T01:00:00+02:00"


def test_late_or_not_in_the_repeated_hour() -> None:
    """02:45 before the clocks go back is earlier than 02:30 after; `<` on wall times would say the opposite."""
    berlin = ZoneInfo("Europe/Berlin")
    due = plain("Europe/Berlin").due(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), Period(hours=1))
    assert due.at.isoformat() == "2026-10-25T02:30:00+01:00"
    assert not due.is_late(datetime(2026, 10, 25, 2, 45, tzinfo=berlin))
    assert due.is_late(datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=berlin))
    assert not due.is_late(datetime(2026, 10, 25, 1, 29, tzinfo=UTC))
    with pytest.raises(InputError, match="zone"):
        due.is_late(datetime(2026, 10, 25, 3))  # noqa: DTZ001


def test_an_hour_clock_that_has_run_out_is_not_stopped() -> None:
    """Two hours from 22:00 have run at midnight; the excluded day that begins then comes too late."""
    start = datetime(2026, 6, 14, 22, tzinfo=SHANGHAI)
    due = CHINA.due(start, Period(hours=2), excluded=[(date(2026, 6, 15), date(2026, 6, 20))])
    assert due.at == datetime(2026, 6, 15, tzinfo=SHANGHAI)
