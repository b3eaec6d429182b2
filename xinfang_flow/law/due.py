"""A due date with everything that it was made from.

The rule of this file: a Due is a value.  Its dates never change after it was made; under a newer edition a new Due is
made (`Calendar.recompute`).  Its reasoning is not stored but rebuilt when read, from the same facts, and refuses to be
rebuilt from another edition.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, final

from xinfang_flow.errors import InputError
from xinfang_flow.law.almanac import Almanac, Label
from xinfang_flow.law.because import Because, explain
from xinfang_flow.law.bundled import bundled_almanac
from xinfang_flow.law.count import Span, instant
from xinfang_flow.law.facts import Direction, Facts, Policy
from xinfang_flow.law.period import Period
from xinfang_flow.law.record import read_record, write_record
from xinfang_flow.markup import facts
from xinfang_flow.text import Text, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Due", "HasAlmanac"]

_ONE_DAY = timedelta(days=1)
_set = object.__setattr__


class HasAlmanac(Protocol):
    """A Calendar, as far as a Due needs to know it."""

    @property
    def almanac(self) -> Almanac:
        """The edition behind the calendar."""


@final
class Due:
    """A due date: three local dates, the first instant that is late, and what they were computed from.

    Frozen.  All dates are local dates in the calendar's zone.  For periods of hours and minutes the three dates are the
    local date of the last instant in time.
    """

    # One tuple instead of a slot for each fact: a frozen class sets a slot in 0.15 µs, and there are eleven.
    __slots__ = ("_almanac", "_at", "_facts")

    _facts: Facts
    _almanac: Almanac | None
    _at: datetime | None

    def __init__(self, facts: Facts, almanac: Almanac | None = None, at: datetime | None = None) -> None:
        _set(self, "_facts", facts)
        _set(self, "_almanac", almanac)
        _set(self, "_at", at)

    @property
    def nominal(self) -> date:
        """The last day as counted, before any rolling."""
        return self._facts.nominal

    @property
    def due(self) -> date:
        """The last day that is in time, after rolling under `policy`."""
        return self._facts.due

    @property
    def target(self) -> date:
        """The last working day not after `nominal`, for an organ's own warning lights."""
        return self._facts.target

    @property
    def provisional(self) -> bool:
        """Whether a day on which the answer leans had not been published; the plain week was assumed for it."""
        return self._facts.provisional

    @property
    def start(self) -> date | datetime:
        """The base event's local date, or its moment in the calendar's zone; for `before`, the set moment."""
        return self._facts.start

    @property
    def period(self) -> Period:
        """The period that was counted."""
        return self._facts.period

    @property
    def policy(self) -> Policy:
        """Either "civil" (a rest day at the end moves it) or "strict"."""
        return self._facts.policy

    @property
    def direction(self) -> Direction:
        """Either "forward" (`Calendar.due`) or "backward" (`Calendar.before`)."""
        return self._facts.direction

    @property
    def excluded(self) -> tuple[Span, ...]:
        """The excluded spans, merged and sorted: first day excluded, first day that counts again."""
        return self._facts.excluded

    @property
    def closes(self) -> time | None:
        """The local time at which the counter closes on the due day, or None for the end of the day."""
        return self._facts.closes

    @property
    def label(self) -> Label:
        """The calendar's id, edition and zone."""
        return self._facts.label

    @property
    def calendar(self) -> str:
        """The id of the calendar, such as "china"."""
        return self.label.id

    @property
    def edition(self) -> str:
        """The edition of the calendar under which the dates hold."""
        return self.label.edition

    @property
    def at(self) -> datetime:
        """The first instant that is late, in the calendar's zone: in time means before it.

        It is the local midnight after `due`, or the closing time on `due` when the counter closes.
        """
        if self._at is not None:
            return self._at
        if self.closes is None:
            late = instant(self.due + _ONE_DAY, time.min, self.label.zone)
        else:
            late = instant(self.due, self.closes, self.label.zone)
        _set(self, "_at", late)
        return late

    def is_late(self, moment: datetime) -> bool:
        """Whether `moment` (aware, in any zone) is no longer in time; InputError when it has no zone.

        Use this rather than `<` on wall times of one zone, which Python compares without the repeated hour of autumn.
        """
        if moment.utcoffset() is None:
            raise InputError(
                Text(
                    f"{moment.isoformat()} 没有时区，无法判断是否逾期",
                    f"{moment.isoformat()} has no zone, so nobody knows whether it is late",
                ),
                where=Text("时刻", "moment"),
            )
        return moment.astimezone(UTC) >= self.at.astimezone(UTC)

    @property
    def because(self) -> Because:
        """Every day counted or skipped, with the notices and articles, in Chinese and English; rebuilt when read.

        Raises InputError when the Due was restored without its calendar and the bundled editions are others: `bind`
        it to that edition first.
        """
        almanac = self._almanac or bundled_almanac(self.label.id, self.label.edition)
        if almanac is None:
            raise InputError(
                Text(
                    f"计算过程需要日历“{shown(self.calendar)}”的 "
                    f"{self.edition} 版，没有自带：请用 due.bind(calendar) 提供",
                    f"the reasoning needs calendar {self.calendar!r} in edition {self.edition}, which is not bundled; "
                    "supply it with due.bind(calendar)",
                ),
                where=Text("计算过程", "because"),
            )
        return explain(self._facts, self.at, almanac)

    def bind(self, calendar: HasAlmanac) -> Due:
        """The same Due with its calendar at hand for `because`; InputError when the edition is another."""
        almanac = calendar.almanac
        if (almanac.label.id, almanac.label.edition) != (self.calendar, self.edition):
            raise InputError(
                Text(
                    f"这一截止日按 {self.edition} 版日历计算，不是 {almanac.label.edition} "
                    "版；请提供原版，或用 calendar.recompute(due) 重新计算",
                    f"this due date was computed under edition {self.edition}, not {almanac.label.edition}; "
                    "supply that edition, or compute anew with calendar.recompute(due)",
                ),
                where=Text("日历", "calendar"),
            )
        return Due(self._facts, almanac, self._at)

    def record(self) -> dict[str, str | int | bool | None]:
        """A small dict of JSON's own types that `from_record` reads back; defaults are left out."""
        return write_record(self._facts, self.at)

    @classmethod
    def from_record(cls, record: Mapping[str, Any], calendar: HasAlmanac | None = None) -> Due:
        """Restore a Due from `record()`, with the dates as they were recorded; InputError names the bad key.

        `calendar` serves `because` when it is of the recorded edition.  A newer edition is no error here: history
        keeps the edition that it was decided under, and `Calendar.affects` says whether anything changed.
        """
        fields, at = read_record(record)
        label: Label = fields["label"]
        same = calendar is not None and calendar.almanac.label == label
        return cls(Facts(**fields), calendar.almanac if calendar is not None and same else None, at)

    def __eq__(self, other: object) -> bool:
        return self._facts == other._facts and self.at == other.at if isinstance(other, Due) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._facts)

    def __repr__(self) -> str:
        way = "from" if self.direction == "forward" else "before"
        doubt = ", provisional" if self.provisional else ""
        return f"<Due {self.due}, {self.period} {way} {self.start}, {self.policy}{doubt}, {self.edition}>"

    def _repr_html_(self) -> str:
        """Show the dates in a notebook, and what they were counted from."""
        return facts(f"{self.due}" + (" 暂定 provisional" if self.provisional else ""), (
            ("计算 counted", f"{self.period} {'from' if self.direction == 'forward' else 'before'} {self.start}"),
            ("届满 nominal", self.nominal), ("截止 due", self.due), ("建议 target", self.target),
            ("逾期起 late from", self.at.isoformat()), ("规则 policy", self.policy),
            ("日历 calendar", f"{self.calendar} {self.edition}"),
        ))  # fmt: skip

    def __reduce__(self) -> tuple[object, tuple[dict[str, str | int | bool | None]]]:
        # A calendar is a thousand times larger than a due date, and can be found again by its edition.
        return Due.from_record, (self.record(),)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Due is frozen; {name} cannot be set, compute a new one instead")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Due is frozen; {name} cannot be deleted")
