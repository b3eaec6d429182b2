"""Every day of 2004 to 2026 against two packages that others maintain."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from xinfang_flow.law import Calendar

CHINA = Calendar.china()
DAYS = [date(2004, 1, 1) + timedelta(days=number) for number in range((date(2026, 12, 31) - date(2004, 1, 1)).days + 1)]
# The notice for 2006 (国办发明电〔2005〕35号) says: 12月31日（星期六）上班.  chinesecalendar left it out.
ONLY_DIFFERENCE = [date(2005, 12, 31)]


def test_chinese_calendar_agrees_on_every_day_but_one() -> None:
    """2005-12-31 was a make-up working day, as the notice for 2006 says."""
    package = pytest.importorskip("chinese_calendar")
    assert [day for day in DAYS if CHINA.is_working_day(day) != package.is_workday(day)] == ONLY_DIFFERENCE
    assert CHINA.is_working_day(ONLY_DIFFERENCE[0])


def test_holidays_agrees_on_every_day() -> None:
    """`holidays` knows the make-up day of 2005-12-31 too."""
    package = pytest.importorskip("holidays")
    china = package.country_holidays("CN", years=range(2004, 2027))
    assert [day for day in DAYS if CHINA.is_working_day(day) != china.is_working_day(day)] == []


def test_the_adapters_agree_as_calendars() -> None:
    """The same comparison through our own adapters, which read the packages in another way."""
    pytest.importorskip("chinese_calendar")
    pytest.importorskip("holidays")
    first = Calendar.from_chinese_calendar()
    second = Calendar.from_holidays("CN", years=range(2004, 2036), zone="Asia/Shanghai")
    assert [day for day in DAYS if first.is_working_day(day) != CHINA.is_working_day(day)] == ONLY_DIFFERENCE
    assert [day for day in DAYS if second.is_working_day(day) != CHINA.is_working_day(day)] == []


def test_the_calendar_covers_these_days_and_no_others() -> None:
    """First and last published day."""
    assert (DAYS[0], DAYS[-1]) == (CHINA.first, CHINA.horizon)


@pytest.mark.parametrize(
    ("year", "working", "make_up"),
    [(2018, 250, 7), (2019, 250, 6), (2020, 249, 6), (2021, 250, 7), (2022, 249, 7), (2023, 249, 7), (2024, 251, 8),
     (2025, 248, 5), (2026, 248, 6)],
)  # fmt: skip
def test_counts_by_year(year: int, working: int, make_up: int) -> None:
    """Working days and worked weekend days of a year, as counted in ecosystem.md §1.2."""
    days = [day for day in DAYS if day.year == year and CHINA.is_working_day(day)]
    assert (working, make_up) == (len(days), sum(day.weekday() > 4 for day in days))
