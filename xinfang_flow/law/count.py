"""The arithmetic of periods: from a day and a length to the last day, forwards and backwards.

The rule of this file: ordinals in, ordinals out, and next to them the span of days that the answer leans on, so that
the caller can tell whether every one of them has been published.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from xinfang_flow.errors import InputError
from xinfang_flow.law.almanac import Almanac
from xinfang_flow.text import Text, shown

__all__ = [
    "Counted",
    "Span",
    "add_months",
    "backward",
    "forward",
    "instant",
    "merge",
    "stand_still",
]

Span = tuple[date, date]
"""Excluded days: the first counts as excluded, the last does not."""

_MONTHS_A_YEAR = 12
_PAIR = 2


Counted = tuple[int, int, int, bool]
"""Ordinals of nominal, due and target, and whether all days that they lean on are published."""


def forward(almanac: Almanac, day: int, unit: str, amount: int, *, roll: bool, spans: tuple[Span, ...]) -> Counted:
    """Count from `day`, which itself is not counted; `roll` moves a rest day at the end to the next working day."""
    if unit == "working_days":
        nominal = _nth_working(almanac, day, amount, spans) if spans else almanac.nth(almanac.rank(day) + amount)
        return (nominal, nominal, nominal, almanac.published(day + 1, nominal))
    if unit == "months":
        amount = add_months(date.fromordinal(day), amount).toordinal() - day
    nominal = _nth_day(day, amount, spans) if spans else day + amount
    rank = almanac.rank(nominal)
    if almanac.rank(nominal - 1) != rank:
        return (nominal, nominal, nominal, almanac.published(nominal, nominal))
    target = almanac.nth(rank)
    due = almanac.nth(rank + 1) if roll else nominal
    return (nominal, due, target, almanac.published(target, due))


def backward(almanac: Almanac, day: int, unit: str, amount: int, *, roll: bool) -> Counted:
    """Count whole days back from `day`, which itself is not counted; `roll` moves a rest day to the one before."""
    if unit == "working_days":
        nominal = almanac.nth(almanac.rank(day - 1) + 1 - amount)
        return (nominal, nominal, nominal, almanac.published(nominal, day - 1))
    nominal = day - amount
    if unit == "months":
        nominal = add_months(date.fromordinal(day), -amount).toordinal()
    target = almanac.preceding(nominal)
    return (nominal, target if roll else nominal, target, almanac.published(target, nominal))


def add_months(day: date, months: int) -> date:
    """The corresponding day `months` later (earlier if negative), else that month's last day (Civil Code, Art. 202)."""
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def merge(excluded: Iterable[Span]) -> tuple[Span, ...]:
    """Sort excluded spans and join those that overlap or touch; InputError for anything but pairs of dates in order."""
    try:
        pairs = list(excluded)
    except TypeError as error:
        raise InputError(
            Text(
                f"“{shown(excluded)}”不是成对的日期；请写成 [(首日, 恢复计算之日)]",
                f"{excluded!r} are no pairs of dates; write [(first, end)]",
            ),
            where=Text("不计入的日期", "excluded"),
        ) from error
    spans = sorted(_span(pair, place) for place, pair in enumerate(pairs, 1))
    merged: list[Span] = []
    for first, end in spans:
        if first == end:
            continue
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((first, end))
    return tuple(merged)


def _span(pair: object, place: int) -> Span:
    where = Text(f"不计入的日期[{place}]", f"excluded[{place}]")
    if not isinstance(pair, (tuple, list)) or len(pair) != _PAIR:
        raise InputError(
            Text(
                f"“{shown(pair)}”不是一对日期；请写成（不计入的首日, 恢复计算之日）",
                f"{pair!r} is no pair of dates; write (first excluded day, first day that counts)",
            ),
            where=where,
        )
    for day in pair:
        if not isinstance(day, date) or isinstance(day, datetime):
            raise InputError(
                Text(
                    f"“{shown(day)}”不是日期；请写成 datetime.date(2026, 6, 15)",
                    f"{day!r} is no date; write datetime.date(2026, 6, 15)",
                ),
                where=where,
            )
    first, end = pair
    if end < first:
        raise InputError(
            Text(f"{first} 至 {end} 前后颠倒：首日应在前", f"{first}..{end} runs backwards; the first day comes first"),
            where=where,
        )
    return first, end


def _nth_day(day: int, amount: int, spans: tuple[Span, ...]) -> int:
    """The day on which `amount` days after `day` have been counted, passing over excluded ones."""
    nominal = day + amount
    for first, end in spans:
        low, high = max(first.toordinal(), day + 1), end.toordinal()
        if low > nominal:
            break
        nominal += max(high - low, 0)
    return nominal


def _nth_working(almanac: Almanac, day: int, amount: int, spans: tuple[Span, ...]) -> int:
    rank = almanac.rank(day) + amount
    for first, end in spans:
        low, high = max(first.toordinal(), day + 1), end.toordinal()
        if low > almanac.nth(rank):
            break
        rank += max(almanac.rank(high - 1) - almanac.rank(low - 1), 0)
    return almanac.nth(rank)


def stand_still(start: datetime, end: datetime, spans: tuple[Span, ...], zone: ZoneInfo) -> datetime:
    """The end of an hour clock that stands still on excluded days, from local midnight to local midnight.

    `start`, `end` and the answer are in UTC.
    """
    for first, last in spans:
        # In UTC, because the difference of two moments of one zone would leave a clock change between them out.
        low = max(instant(first, time.min, zone).astimezone(UTC), start)
        high = instant(last, time.min, zone).astimezone(UTC)
        if low >= end:
            break
        end += max(high - low, timedelta(0))
    return end


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment of a local time, in `zone`; one that a clock change skips is the moment of the change."""
    # Going through UTC gives a skipped midnight the wall time that clocks really showed.
    return datetime.combine(day, at, zone).astimezone(UTC).astimezone(zone)
