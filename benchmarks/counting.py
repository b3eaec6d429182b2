"""A due date in working days, beside a bisect, `holidays` and `chinese_calendar`; and columns beside numpy."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from benchmarks.racing import Contestant, Result, expect, race
from xinfang_flow.law import Calendar, Period

FIRST, LAST = date(2024, 1, 2), date(2025, 9, 30)
AMOUNT = 15
COLUMN = 100_000


def _days() -> list[date]:
    return [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]


def _working() -> list[date]:
    calendar = Calendar.china()
    return [day for day in (FIRST + timedelta(days=number) for number in range(720)) if calendar.is_working_day(day)]


def _contestant(
    name: str, kind: str, starts: Sequence[date], due: Callable[[date], date], share: int = 1
) -> Contestant:
    working = _working()
    wanted = [working[bisect_right(working, day) + AMOUNT - 1] for day in starts]
    return Contestant(
        name,
        kind,
        len(starts),
        lambda: lambda: [due(day) for day in starts],
        lambda end: expect(end, wanted, name),
        share,
    )


def bench(rounds: int) -> tuple[dict[str, list[Result]], list[str]]:
    """Race single dates and columns."""
    missing: list[str] = []
    days, working = _days(), _working()
    calendar, period = Calendar.china(), Period(working_days=AMOUNT)

    def bisected(day: date) -> date:
        return working[bisect_right(working, day) + AMOUNT - 1]

    field = [
        _contestant("bisect over a list of working days", "floor", days, bisected),
        _contestant("xinfang_flow.law: due", "ours", days, lambda day: calendar.due(day, period).due),
    ]  # fmt: skip
    # chinese_calendar begins a count on a rest day elsewhere: the slow ones start on working days only.
    few = working[:400:20]
    try:
        import holidays

        china = holidays.country_holidays("CN", years=(2024, 2025))
        field.append(_contestant("holidays", "peer", few, lambda day: china.get_nth_working_day(day, AMOUNT), 2))
    except ImportError:
        missing.append("holidays")
    try:
        import chinese_calendar

        field.append(_contestant(
            "chinese_calendar", "peer", few, lambda day: chinese_calendar.find_workday(AMOUNT, day), 2
        ))  # fmt: skip
    except ImportError:
        missing.append("chinese_calendar")
    report = {f"due in {AMOUNT} working days": race(field, rounds)}
    try:
        report["a column of due dates"] = race(_columns(calendar, period, days), rounds)
    except ImportError:
        missing.append("numpy")
    return report, missing


def _columns(calendar: Calendar, period: Period, days: Sequence[date]) -> list[Contestant]:
    import numpy as np

    starts = np.resize(np.array(days, dtype="datetime64[D]"), COLUMN)
    working = np.array(_working(), dtype="datetime64[D]")
    wanted = working[np.searchsorted(working, starts, side="right") + AMOUNT - 1]

    def check(end: Any) -> None:
        expect(bool((end == wanted).all()), True, "the column")  # noqa: FBT003  the wanted answer

    return [
        Contestant(
            "numpy.searchsorted", "floor", COLUMN,
            lambda: lambda: working[np.searchsorted(working, starts, side="right") + AMOUNT - 1], check,
        ),
        Contestant(
            "xinfang_flow.law: due_column", "ours", COLUMN,
            lambda: lambda: calendar.due_column(starts, period).due, check,
        ),
    ]  # fmt: skip
