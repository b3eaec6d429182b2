"""Calendar: due dates as the law counts them.

The rule of this file: time is an input.  Nothing here reads a clock, and no date beyond the published days is given
without saying that it is provisional.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, final
from zoneinfo import ZoneInfo

from xinfang_flow.errors import CalendarHorizonError, InputError
from xinfang_flow.law.almanac import Almanac
from xinfang_flow.law.arrangement import read_calendar
from xinfang_flow.law.bundled import china
from xinfang_flow.law.column import DueColumn, due_column
from xinfang_flow.law.computation import local, reckon_backward, reckon_forward
from xinfang_flow.law.count import Span
from xinfang_flow.law.due import Due
from xinfang_flow.law.facts import Policy
from xinfang_flow.law.period import Period
from xinfang_flow.law.revision import revised, with_year
from xinfang_flow.text import Text, shown

if TYPE_CHECKING:
    from numpy import datetime64
    from numpy.typing import NDArray

__all__ = ["Calendar"]


@final
class Calendar:
    """One immutable edition of one calendar: working days, zone, horizon, and the counting of periods.

    Make one with `china`, `load`, `from_chinese_calendar` or `from_holidays`; a newly published year (`with_year`) or
    a notice that changes published days (`revised`) makes a new edition and leaves the old one as it was.
    """

    __slots__ = ("almanac",)

    almanac: Almanac

    def __init__(self, almanac: Almanac) -> None:
        object.__setattr__(self, "almanac", almanac)

    @classmethod
    def china(cls, *, as_of: date | None = None) -> Calendar:
        """The bundled calendar of China, 2004 to the last published year; cached.

        With `as_of`, the edition that had been published by the end of that day: on 2020-01-20 the extension of the
        Spring Festival of 2020 was not yet known.  Raises InputError when nothing had been published by then.
        """
        return _of(china(as_of))

    @classmethod
    def load(cls, source: str | Path | Mapping[str, Any]) -> Calendar:
        """Read a calendar of your own from a TOML file (or a mapping of the same shape): any country, any zone.

        Raises InputError with every unknown key and wrong value at once, each with its place.
        """
        return cls(read_calendar(source))

    @classmethod
    def from_chinese_calendar(cls) -> Calendar:
        """The years of the installed package `chinesecalendar` as a Calendar; InputError with the pip line without."""
        from xinfang_flow.law.adapters import almanac_from_chinese_calendar

        return cls(almanac_from_chinese_calendar())

    @classmethod
    def from_holidays(
        cls,
        country: str,
        *,
        years: Iterable[int],
        zone: str,
        subdivision: str | None = None,
        language: str | None = None,
    ) -> Calendar:
        """A country of the installed package `holidays` for consecutive `years`, in an IANA `zone`.

        The package guesses Chinese years that are not published; for "CN" the horizon ends with the last year in which
        it knows make-up working days.  Raises InputError with the pip line when the package is missing.
        """
        from xinfang_flow.law.adapters import almanac_from_holidays

        return cls(almanac_from_holidays(country, years, zone, subdivision, language))

    @property
    def id(self) -> str:
        """The calendar's name, such as "china"; the same in every edition."""
        return self.almanac.id

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose local dates are counted."""
        return self.almanac.zone

    @property
    def first(self) -> date:
        """The first published day."""
        return self.almanac.first

    @property
    def horizon(self) -> date:
        """The last published day; beyond it every answer is provisional."""
        return self.almanac.horizon

    @property
    def edition(self) -> str:
        """The name of this edition, derived from its content: the same text means the same answers."""
        return self.almanac.label.edition

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is a working day (a make-up weekend is); an aware datetime means its local date.

        Raises CalendarHorizonError outside the published days, where it would be a guess.
        """
        ordinal = local(day, self.zone)[1]
        if not self.almanac.published(ordinal, ordinal):
            raise CalendarHorizonError(
                Text(
                    f"日历 {self.id} 只收录 {self.first} 至 {self.horizon}，没有 "
                    f"{date.fromordinal(ordinal)}；请用 calendar.with_year(...) 载入当年的放假安排",
                    f"calendar {self.id} knows {self.first} to {self.horizon} and not {date.fromordinal(ordinal)}; "
                    "load the year's notice with calendar.with_year(...)",
                ),
                calendar=self.id,
                day=date.fromordinal(ordinal),
                horizon=self.horizon,
            )
        return self.almanac.is_working(ordinal)

    def due(
        self,
        start: date | datetime,
        period: Period,
        policy: Policy = "civil",
        *,
        excluded: Iterable[Span] = (),
        closes: time | None = None,
    ) -> Due:
        """When `period`, running from `start`, ends; the day of `start` itself is not counted (Civil Code, Art. 201).

        `start` is a local date or an aware datetime, taken at its local date in the calendar's zone.  Months end on
        the corresponding day (Art. 202).  Under `policy` "civil" a period of days or months that ends on a rest day
        is due on the next working day (Art. 203); "strict" leaves it.  Hours and minutes need a datetime and run
        through nights, holidays and clock changes.

        `excluded` are pairs (first day excluded, first day that counts again).  `closes` is the local time at which
        the counter closes on the due day; without it the day ends at midnight.  Raises InputError.
        """
        return reckon_forward(self.almanac, start, period, policy, excluded, closes)

    def before(self, moment: date | datetime, period: Period, policy: Policy = "civil") -> Due:
        """By when something must have happened that is due at least `period` before `moment`.

        Whole local dates, the day of `moment` not counted; a rest day moves it earlier, never later ("strict" leaves
        it).  Hours and minutes are subtracted exactly and need a datetime.  Raises InputError.
        """
        return reckon_backward(self.almanac, moment, period, policy)

    def recompute(self, due: Due) -> Due:
        """The same question under this edition; InputError when `due` belongs to another calendar."""
        if due.calendar != self.id:
            raise InputError(
                Text(
                    f"日历“{shown(due.calendar)}”的截止日不能由“{shown(self.id)}”重新计算",
                    f"a due date of calendar {due.calendar!r} cannot be recomputed by {self.id!r}",
                ),
                where=Text("截止日", "due"),
            )
        if due.direction == "backward":
            return self.before(due.start, due.period, due.policy)
        return self.due(due.start, due.period, due.policy, excluded=due.excluded, closes=due.closes)

    def affects(self, due: Due) -> bool:
        """Whether this edition gives other dates, or another certainty, than the edition `due` was computed under."""
        anew = self.recompute(due)
        return (anew.nominal, anew.due, anew.target, anew.at, anew.provisional) != (
            *(due.nominal, due.due, due.target, due.at, due.provisional),
        )

    def with_year(self, source: str | Path | Mapping[str, Any]) -> Calendar:
        """A new edition with one more year: a file like those in `law/data/china`; InputError unless it is the next."""
        return Calendar(with_year(self.almanac, source))

    def revised(self, source: str | Path | Mapping[str, Any]) -> Calendar:
        """A new edition in which a notice changes days that this one has published; InputError outside them."""
        return Calendar(revised(self.almanac, source))

    def due_column(self, starts: NDArray[datetime64], period: Period, policy: Policy = "civil") -> DueColumn:
        """`due` for a whole numpy array of local dates (datetime64[D]): nominal, due, target, provisional."""
        return due_column(self.almanac, starts, period, policy)

    def __eq__(self, other: object) -> bool:
        return self.almanac.label == other.almanac.label if isinstance(other, Calendar) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.almanac.label)

    def __repr__(self) -> str:
        return f"<Calendar {self.edition}, {self.first} to {self.horizon}, {self.zone.key}>"

    def __reduce__(self) -> tuple[type[Calendar], tuple[Almanac]]:
        return Calendar, (self.almanac,)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Calendar is immutable; {name} cannot be set, make a new edition instead")


@lru_cache(maxsize=64)  # as many as there are bundled editions
def _of(almanac: Almanac) -> Calendar:
    """The one Calendar of a bundled edition, so that asking for it again costs nothing."""
    return Calendar(almanac)
