"""What a flow's periods come to, remembered: figures, local days, and the due dates that start on the same day.

Everything here follows from the flow and its calendar alone, so remembering it changes no decision.  Keys are the
identities of parts of the flow, which live as long as the flow does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Deadline as Spec
from xinfang_flow.kernel.canonical import stamp, written
from xinfang_flow.kernel.frozen import FrozenDict, freeze
from xinfang_flow.kernel.interpreter.comparison import figure
from xinfang_flow.law import Calendar, Due, Period

CACHED_DAYS = 4096
_DAY = timedelta(days=1)


class Counted(NamedTuple):
    """A due date as events carry it: its first late instant as text, and its record, which many cases share.

    `dated` holds the warnings that lie at a distance from the due date, in order; `half` says whether there is one
    half-way, which also depends on when the deadline was armed.
    """

    due: Due
    at: str
    record: FrozenDict
    late: datetime
    dated: Sequence[tuple[str, str]]
    half: bool


class DueDates:
    """The figures and the calendar of one flow."""

    def __init__(self, flow: Flow, calendar: Calendar) -> None:
        self.flow, self.calendar = flow, calendar
        self._figures: dict[int, Any] = {}
        self._counted: dict[tuple[int, int, date], Counted] = {}
        self._today: tuple[datetime, datetime, date] = (_NEVER, _NEVER, date.min)

    def figure(self, given: Any) -> Any:
        """Return the value of a part of the flow: a literal, a period or `figures.NAME`.

        Raises:
            UnsetFigureError: the figure is known to be needed and not set.
        """
        key = id(given)
        amount = self._figures.get(key)
        if amount is None:
            amount = self._figures[key] = figure(self.flow, given)
        return amount

    def midnight(self, day: date) -> datetime:
        """Return the first instant of a local day."""
        return datetime(day.year, day.month, day.day, tzinfo=self.calendar.zone)

    def day(self, at: datetime) -> date:
        """Return the local day of a moment; most moments lie in the day that was asked for last."""
        zone = self.calendar.zone
        if at.tzinfo is zone:
            return at.date()
        if at.tzinfo is not UTC:
            return at.astimezone(zone).date()
        begins, ends, today = self._today
        if not begins <= at < ends:
            today = at.astimezone(zone).date()
            if today < date.max:
                self._today = (
                    self.midnight(today).astimezone(UTC), self.midnight(today + _DAY).astimezone(UTC), today
                )  # fmt: skip
        return today

    def first(self, spec: Spec, period: Period, base: datetime | date) -> Counted:
        """Return the due date of a deadline that starts at `base`."""
        policy = self.figure(spec.policy)
        if period.by_clock:
            return self.written(spec, self.calendar.due(base, period, policy))
        key = (id(spec), id(period), base)
        known = self._counted.get(key)
        if known is None:
            closes = None if spec.closes is None else time.fromisoformat(str(self.figure(spec.closes)))
            known = self.written(spec, self.calendar.due(base, period, policy, closes=closes))
            if len(self._counted) < CACHED_DAYS and id(period) in map(id, self._figures.values()):
                self._counted[key] = known
        return known

    def written(self, spec: Spec, due: Due) -> Counted:
        """Return a due date as events carry it."""
        late = due.at.astimezone(UTC)
        return Counted(
            due, stamp(late), freeze(due.record()), late,
            tuple([(stamp(when), why) for when, why in self._dated(spec, due)]),
            any(warning.half for warning in spec.warns),
        )  # fmt: skip

    def warned(self, spec: Spec, counted: Counted, since: datetime) -> tuple[tuple[str, str], ...]:
        """Return the warnings of a deadline that starts now, as text, none of them before now."""
        moments = counted.dated
        if counted.half:
            half = since + (counted.late - since) / 2
            moments = sorted((*moments, (written(half.astimezone(UTC)), "half")))
        now = stamp(since)
        return tuple([warning if warning[0] >= now else (now, warning[1]) for warning in moments])

    def warnings(self, spec: Spec, due: Due, since: datetime) -> list[tuple[datetime, str]]:
        """Return when and why a deadline is to be warned of."""
        half = [(since + (due.at - since) / 2, "half") for warning in spec.warns if warning.half]
        return sorted([*self._dated(spec, due), *half])

    def _dated(self, spec: Spec, due: Due) -> list[tuple[datetime, str]]:
        """The warnings that depend on the due date alone, in order."""
        moments = []
        for warning in spec.warns:
            if not warning.half:
                period: Period = self.figure(warning.before)
                early = period.elapsed
                when = self.midnight(self.calendar.before(due.due, period).due) if early is None else due.at - early
                moments.append((when, str(period)))
        return sorted(moments)


_NEVER = datetime.min.replace(tzinfo=UTC)
