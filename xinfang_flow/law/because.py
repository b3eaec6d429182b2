"""Why a due date is what it is: every day counted or skipped, in Chinese and in English.

The rule of this file: the reasoning walks the days one by one, slowly and in the open.  It does not use the fast
counting that made the date; where the two disagree it raises rather than explain a wrong date (a property test holds
them together).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from xinfang_flow.errors import InputError
from xinfang_flow.law.almanac import Almanac
from xinfang_flow.law.facts import DayReason, Facts, What
from xinfang_flow.law.reasoning_words import closing_lines, day_line, opening_lines
from xinfang_flow.text import Text

__all__ = ["Because", "explain"]

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Because:
    """The reasoning behind one Due: `zh` and `en` are the same lines, `days` the days as data."""

    zh: tuple[str, ...]
    en: tuple[str, ...]
    days: tuple[DayReason, ...]

    def __str__(self) -> str:
        return "\n".join(self.zh)


def explain(due: Facts, at: datetime, almanac: Almanac) -> Because:
    """Rebuild the reasoning of a due date, late from `at`, from the edition it was computed under."""
    days = tuple(_days(due, almanac))
    lines = [
        *opening_lines(due, almanac),
        *(day_line(day, due) for day in days),
        *closing_lines(due, at, almanac, days),
    ]
    return Because(tuple(line.zh for line in lines), tuple(line.en for line in lines), days)


def _days(due: Facts, almanac: Almanac) -> Iterator[DayReason]:
    if due.period.elapsed is not None:
        return
    step = _ONE_DAY if due.direction == "forward" else -_ONE_DAY
    base = local_day(due)
    yield _reason(almanac, base, "base", None)
    number, day = 0, base
    while day != due.nominal:
        day += step
        what = _what(due, almanac, day)
        number += what == "counted"
        yield _reason(almanac, day, what, number if what == "counted" else None)
    if due.period.unit != "months" and number != due.period.amount:
        raise InputError(
            Text(
                f"数到 {due.nominal} 共{number}日，不是{due.period.amount}日：记录或日历被人改动过",
                f"{number} days were counted to {due.nominal}, not {due.period.amount}; the record or the calendar was "
                f"changed by hand",
            ),
            where=Text("计算过程", "because"),
        )
    yield from _passed_over(due, almanac, step)


def _passed_over(due: Facts, almanac: Almanac, step: timedelta) -> Iterator[DayReason]:
    """The rest days at the end of the period and the working day after them."""
    day = due.nominal
    while day != due.due:
        yield _reason(almanac, day, "passed over", None)
        day += step
    if due.due != due.nominal:
        yield _reason(almanac, day, "last", None)


def _what(due: Facts, almanac: Almanac, day: date) -> What:
    if any(first <= day < end for first, end in due.excluded):
        return "excluded"
    if due.period.unit == "working_days" and not almanac.is_working(day.toordinal()):
        return "skipped"
    return "counted"


def _reason(almanac: Almanac, day: date, what: What, number: int | None) -> DayReason:
    ordinal = day.toordinal()
    mark = almanac.marks.get(ordinal)
    working = almanac.is_working(ordinal)
    if mark is not None:
        name = _made_up(mark.name) if working else mark.name
    elif working:
        name = Text("工作日", "working day")
    else:
        name = Text("公休日", "weekly rest day")
    return DayReason(
        day, what, number, working, name, mark.notice if mark else None, almanac.published(ordinal, ordinal)
    )


def _made_up(holiday: Text) -> Text:
    # The package `holidays` knows its make-up days but not what they make up for.
    return Text(f"{holiday.zh}调休上班日", "make-up working day" + (f" for {holiday.en}" if holiday.en else ""))


def local_day(due: Facts) -> date:
    """The day of the event from which a Due counts, in the calendar's zone."""
    # A datetime is a date to Python; `start` was brought to the calendar's zone when the Due was made.
    return date(due.start.year, due.start.month, due.start.day)
