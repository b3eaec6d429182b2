"""Columns give the same answers as single questions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from xinfang_flow.errors import InputError
from xinfang_flow.law import Calendar, Period

np = pytest.importorskip("numpy")
CHINA = Calendar.china()
periods = st.builds(
    lambda unit, amount: Period(**{unit: amount}),
    st.sampled_from(["days", "working_days", "months"]),
    st.integers(1, 100),
)


@given(
    st.lists(st.dates(date(2003, 1, 1), date(2029, 1, 1)), max_size=40), periods, st.sampled_from(["civil", "strict"])
)
def test_row_by_row(starts: list[date], period: Period, policy: Any) -> None:
    """Nominal, due, target and provisional agree with `due` in every row."""
    column = CHINA.due_column(np.array(starts, dtype="datetime64[D]"), period, policy)
    singles = [CHINA.due(start, period, policy) for start in starts]
    assert [each.nominal for each in singles] == column.nominal.tolist()
    assert [each.due for each in singles] == column.due.tolist()
    assert [each.target for each in singles] == column.target.tolist()
    assert [each.provisional for each in singles] == column.provisional.tolist()


def test_the_last_published_day_alone_is_enough() -> None:
    """A make-up Saturday at the very end of what is published is worked, though every later day is assumed."""
    calendar = Calendar.load({
        "id": "short", "title": "short", "zone": "Asia/Shanghai", "first": date(2022, 1, 3),
        "horizon": date(2022, 12, 31), "notice": {"title": "a notice"},
        "holiday": [{"name": "New Year", "first": date(2022, 12, 29), "make_up": [date(2022, 12, 31)]}],
    })  # fmt: skip
    start = np.array([date(2022, 12, 30)], dtype="datetime64[D]")
    column = calendar.due_column(start, Period(days=1))
    assert column.target.tolist() == column.due.tolist() == [date(2022, 12, 31)]


@given(st.dates(date(1, 2, 1), date(9980, 1, 1)), periods)
def test_any_year(start: date, period: Period) -> None:
    """Far from the published days the plain week goes on."""
    column = CHINA.due_column(np.array([start], dtype="datetime64[D]"), period)
    assert [CHINA.due(start, period).due] == column.due.tolist()


def test_every_start_of_the_published_years() -> None:
    """A large column, compared in full."""
    starts = np.arange("2004-01-01", "2027-01-01", dtype="datetime64[D]")
    for period in (Period(days=60), Period(working_days=10), Period(months=1)):
        column = CHINA.due_column(starts, period)
        assert [CHINA.due(start, period).due for start in starts.tolist()] == column.due.tolist()


def test_shape_is_kept() -> None:
    """Two dimensions in, two out; nothing in, nothing out."""
    starts = np.array([["2026-03-02", "2026-03-03"]], dtype="datetime64[D]")
    assert CHINA.due_column(starts, Period(days=60)).due.shape == (1, 2)
    assert CHINA.due_column(starts[:0], Period(days=60)).due.size == 0


@pytest.mark.parametrize(
    ("starts", "period", "words"),
    [
        (np.array(["2026-03-02T09:00"], dtype="datetime64[m]"), Period(days=1), "datetime64"),
        (["2026-03-02"], Period(days=1), "numpy array"),
        (np.array(["2026-03-02", "NaT"], dtype="datetime64[D]"), Period(days=1), "NaT"),
        (np.array(["2026-03-02"], dtype="datetime64[D]"), Period(hours=1), "dates"),
        (np.array(["2026-03-02"], dtype="datetime64[D]"), 60, "Period"),
        (np.array(["9999-12-31"], dtype="datetime64[D]"), Period(days=1), "9999"),
        (np.array(["9999-12-31"], dtype="datetime64[D]"), Period(working_days=1), "9999"),
        (np.array(["-0001-01-01"], dtype="datetime64[D]"), Period(days=1), "9999"),
    ],
)
def test_refused(starts: Any, period: Any, words: str) -> None:
    """Moments, lists, gaps, hours and years out of reach."""
    with pytest.raises(InputError, match=words):
        CHINA.due_column(starts, period)


def test_the_edges_of_the_published_days() -> None:
    """A row is provisional exactly when the single answer is, also where a roll leaves the published days."""
    calendars = (CHINA, Calendar.china(as_of=date(2022, 11, 30)))
    starts = [date(2003, 12, 30), date(2003, 12, 31), date(2004, 1, 1), date(2022, 12, 29), date(2022, 12, 30)]
    for calendar in calendars:
        for period in (Period(days=1), Period(working_days=1)):
            for policy in ("civil", "strict"):
                column = calendar.due_column(np.array(starts, dtype="datetime64[D]"), period, policy)
                singles = [calendar.due(start, period, policy).provisional for start in starts]
                assert singles == column.provisional.tolist()
