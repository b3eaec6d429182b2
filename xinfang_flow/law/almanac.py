"""Which days are working days, and why: one edition of one calendar, with counting by rank.

The rule of this file: nothing here walks days.  Working days are numbered once ("rank"); counting is then two look-ups
into a table, and beyond the published days the plain week continues the table by arithmetic.  Whether an answer may
lean on that continuation is for the caller to say (`published`); nothing outside this room may forget to ask.

Days are ordinals here (`date.toordinal`), because they are table positions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate, compress
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from xinfang_flow.errors import InputError
from xinfang_flow.law.notice import Notice, Provisions
from xinfang_flow.text import Text

__all__ = ["Almanac", "Label", "Mark"]


class Mark(NamedTuple):
    """A day that a notice takes out of the plain week: a rest day, or a make-up working day."""

    working: bool
    name: Text
    notice: Notice


@dataclass(frozen=True, slots=True)
class Label:
    """By what name a due date remembers its calendar: id, edition (text derived from the content) and zone."""

    id: str
    edition: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, eq=False)
class Almanac:
    """One immutable edition: the plain week, the marked days of `first`..`horizon`, and the rules to cite.

    `weekend` holds weekdays as `date.weekday` counts them (Monday is 0).  Raises InputError when every day of the
    week is a rest day or the horizon lies before the first day.
    """

    id: str
    zone: ZoneInfo
    title: Text
    weekend: frozenset[int]
    first: date
    horizon: date
    marks: Mapping[int, Mark]
    rules: Provisions
    label: Label = field(init=False)
    low: int = field(init=False)
    """Ordinal of `first`."""
    high: int = field(init=False)
    """Ordinal of `horizon`."""
    flags: bytes = field(init=False, repr=False)
    """flags[day - low]: 1 for a working day, 0 for a rest day."""
    ranks: list[int] = field(init=False, repr=False)
    """ranks[day - low]: how many working days there are in `first`..day."""
    working: list[int] = field(init=False, repr=False)
    """working[n - 1]: the n-th working day."""
    _week: list[int] = field(init=False, repr=False)
    """_week[n]: working days among the first n days of a plain week that begins on Monday."""
    _open: list[int] = field(init=False, repr=False)
    """_open[n]: the (n + 1)-th working weekday of the plain week, Monday being 1."""

    def __post_init__(self) -> None:
        if self.horizon < self.first:
            raise InputError(
                Text(
                    f"已公布的末日 {self.horizon} 早于首日 {self.first}",
                    f"the horizon {self.horizon} lies before the first day {self.first}",
                ),
                where=Text("已公布的末日（horizon）", "horizon"),
            )
        weekdays = [int(day not in self.weekend) for day in range(7)]
        if not any(weekdays):
            raise InputError(
                Text(
                    "一周七天都是休息日：至少留一个工作日",
                    "every day of the week is a rest day; leave at least one working",
                ),
                where=Text("每周休息日（weekend）", "weekend"),
            )
        low, high = self.first.toordinal(), self.horizon.toordinal()
        flags = self._flags(weekdays, low, high)
        computed = {
            "marks": MappingProxyType(dict(self.marks)),
            "low": low,
            "high": high,
            "flags": bytes(flags),
            "ranks": list(accumulate(flags)),
            "working": list(compress(range(low, high + 1), flags)),
            "_week": list(accumulate(weekdays, initial=0)),
            "_open": [day for day, is_open in enumerate(weekdays, 1) if is_open],
            "label": Label(self.id, f"{self.id}-{self.horizon.year}+{self._digest()}", self.zone),
        }
        for name, value in computed.items():
            object.__setattr__(self, name, value)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        # The tables are larger than what they are made from.
        content = (self.id, self.zone, self.title, self.weekend, self.first, self.horizon, dict(self.marks), self.rules)
        return Almanac, content

    def _flags(self, weekdays: list[int], low: int, high: int) -> bytearray:
        """Return one flag a day, 1 for a working day."""
        length = high - low + 1
        start = (low - 1) % 7  # ordinal 1 is a Monday
        flags = bytearray((bytes(weekdays) * (length // 7 + 2))[start : start + length])
        for day, mark in self.marks.items():
            if not low <= day <= high:
                outside = date.fromordinal(day)
                raise InputError(
                    Text(
                        f"{outside} 不在 {self.first} 至 {self.horizon} 之内",
                        f"{outside} lies outside {self.first}..{self.horizon}",
                    ),
                    where=Text("放假和上班日（marks）", "marks"),
                )
            flags[day - low] = mark.working
        return flags

    def _digest(self) -> str:
        """Eight hex digits of everything that an answer or its reasoning depends on."""
        return hashlib.sha256("\n".join(self._content()).encode()).hexdigest()[:8]

    def _content(self) -> Iterator[str]:
        yield f"{self.id} {self.zone.key} {sorted(self.weekend)} {self.first} {self.horizon}"
        yield repr((self.title, self.rules))
        for day in sorted(self.marks):
            mark = self.marks[day]
            notice = mark.notice
            yield f"{day} {mark.working:d} {mark.name.zh} {mark.name.en} {notice.title} {notice.number} {notice.sure:d}"

    def published(self, low: int, high: int) -> bool:
        """Whether every day of low..high is arranged by this edition, so that nothing was assumed."""
        return self.low <= low and high <= self.high

    def is_working(self, day: int) -> bool:
        """Whether `day` is a working day; outside the published days the plain week is assumed."""
        if self.low <= day <= self.high:
            return self.flags[day - self.low] == 1
        return (day - 1) % 7 not in self.weekend

    def rank(self, day: int) -> int:
        """How many working days there are from `first` to `day` inclusive; zero or negative before `first`."""
        if day < self.low:
            return self._plain(day) - self._plain(self.low - 1)
        if day <= self.high:
            return self.ranks[day - self.low]
        return self.ranks[-1] + self._plain(day) - self._plain(self.high)

    def nth(self, rank: int) -> int:
        """The working day with that rank: the inverse of `rank` on working days."""
        if 0 < rank <= len(self.working):
            return self.working[rank - 1]
        if rank <= 0:
            return self._plain_nth(rank + self._plain(self.low - 1))
        return self._plain_nth(rank - len(self.working) + self._plain(self.high))

    def following(self, day: int) -> int:
        """`day` if it is a working day, else the next one."""
        return self.nth(self.rank(day - 1) + 1)

    def preceding(self, day: int) -> int:
        """`day` if it is a working day, else the last one before."""
        return self.nth(self.rank(day))

    def _plain(self, day: int) -> int:
        """How many working days the plain week has in the ordinals 1..day."""
        weeks, rest = divmod(day, 7)
        return weeks * self._week[7] + self._week[rest]

    def _plain_nth(self, rank: int) -> int:
        weeks, rest = divmod(rank - 1, self._week[7])
        return weeks * 7 + self._open[rest]
