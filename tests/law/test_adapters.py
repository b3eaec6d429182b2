"""Calendars out of the packages `chinesecalendar` and `holidays`."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

import pytest

from xinfang_flow.errors import InputError
from xinfang_flow.law import Calendar, Period


def test_germany() -> None:
    """Easter is no working day in Berlin; the due date is a local date there."""
    pytest.importorskip("holidays")
    berlin = Calendar.from_holidays("DE", years=range(2025, 2027), zone="Europe/Berlin")
    due = berlin.due(date(2026, 4, 1), Period(working_days=3))
    assert (due.due.isoformat(), due.at.isoformat()) == ("2026-04-08", "2026-04-09T00:00:00+02:00")
    assert (date(2025, 1, 1), date(2026, 12, 31)) == (berlin.first, berlin.horizon)
    assert any("Good Friday" in line or "Karfreitag" in line for line in due.because.en)
    assert "民法典" not in str(due.because)
    bavaria = Calendar.from_holidays("DE", years=[2026], zone="Europe/Berlin", subdivision="BY", language="de")
    assert (berlin.is_working_day(date(2026, 1, 6)), bavaria.is_working_day(date(2026, 1, 6))) == (True, False)


def test_another_weekend() -> None:
    """The package knows weekends other than Saturday and Sunday."""
    pytest.importorskip("holidays")
    calendar = Calendar.from_holidays("SA", years=[2025], zone="Asia/Riyadh")
    assert (calendar.is_working_day(date(2025, 7, 4)), calendar.is_working_day(date(2025, 7, 6))) == (False, True)


def test_guessed_chinese_years_lie_beyond_the_horizon() -> None:
    """`holidays` answers for 2030; we say provisional."""
    pytest.importorskip("holidays")
    calendar = Calendar.from_holidays("CN", years=range(2024, 2031), zone="Asia/Shanghai")
    assert calendar.horizon < date(2030, 1, 1)
    assert calendar.due(date(2030, 1, 20), Period(working_days=15)).provisional
    with pytest.raises(InputError, match="none is published"):
        Calendar.from_holidays("CN", years=[2090], zone="Asia/Shanghai")


def test_the_reasons_name_the_package() -> None:
    """A reason from a package cites the package and its version."""
    pytest.importorskip("chinese_calendar")
    calendar = Calendar.from_chinese_calendar()
    due = calendar.due(date(2026, 2, 12), Period(working_days=5))
    assert date(2026, 2, 26) == due.due
    assert any("chinesecalendar" in line for line in due.because.zh)


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"country": "XX"}, "country"),
        ({"subdivision": "Atlantis"}, "country"),
        ({"years": []}, "years"),
        ({"years": [2024, 2026]}, "years"),
        ({"years": ["2024"]}, "years"),
        ({"years": 2024}, "years"),
        ({"zone": "Europe/Atlantis"}, "zone"),
    ],
)
def test_refused(arguments: dict[str, Any], where: str) -> None:
    """An unknown country, years with a gap, an unknown zone."""
    pytest.importorskip("holidays")
    given: dict[str, Any] = {"country": "DE", "years": [2026], "zone": "Europe/Berlin"} | arguments
    country = given.pop("country")
    with pytest.raises(InputError) as caught:
        Calendar.from_holidays(country, **given)
    assert where == caught.value.where


def test_a_missing_package_says_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the error says what to install."""
    for name in ("chinese_calendar", "chinese_calendar.constants", "holidays", "numpy"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=r"pip install 'xinfang_flow\[calendars\]'"):
        Calendar.from_chinese_calendar()
    with pytest.raises(InputError, match=r"pip install 'xinfang_flow\[calendars\]'"):
        Calendar.from_holidays("DE", years=[2026], zone="Europe/Berlin")
    with pytest.raises(InputError, match=r"pip install 'xinfang_flow\[columns\]'"):
        Calendar.china().due_column(None, Period(days=1))  # type: ignore[arg-type]


@pytest.mark.parametrize("country", ["AT", "BE", "DE", "US"])
def test_only_china_is_counted_by_china_s_articles(country: str) -> None:
    """Another country's reasoning cites no article of the Civil Code."""
    calendar = Calendar.from_holidays(country, years=[2026], zone="Europe/Berlin")
    lines = calendar.due(date(2026, 3, 2), Period(days=5)).because.en
    assert not any("Civil Code" in line for line in lines)
