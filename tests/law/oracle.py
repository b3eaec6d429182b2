"""Slow and obvious: due dates by walking one day after another, with no table and no rank."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

DAY = timedelta(days=1)
Works = Callable[[date], bool]
Spans = Iterable[tuple[date, date]]


def excluded(day: date, spans: Spans) -> bool:
    """Whether a day lies in a span: its first day does, its last does not."""
    return any(first <= day < end for first, end in spans)


def days_after(start: date, amount: int, spans: Spans = ()) -> date:
    """The `amount`-th day after `start` that is not excluded."""
    spans = list(spans)
    day = start
    while amount:
        day += DAY
        amount -= not excluded(day, spans)
    return day


def working_days_after(start: date, amount: int, works: Works, spans: Spans = ()) -> date:
    """The `amount`-th working day after `start` that is not excluded."""
    spans = list(spans)
    day = start
    while amount:
        day += DAY
        amount -= works(day) and not excluded(day, spans)
    return day


def working_days_before(moment: date, amount: int, works: Works) -> date:
    """The `amount`-th working day before `moment`."""
    day = moment
    while amount:
        day -= DAY
        amount -= works(day)
    return day


def months_after(start: date, months: int) -> date:
    """The corresponding day, found by trying days downwards until the month has one."""
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    for day in range(start.day, 0, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def rolled(day: date, works: Works, step: timedelta) -> date:
    """The day itself if it is worked, else the first worked day in the direction of `step`."""
    while not works(day):
        day += step
    return day
