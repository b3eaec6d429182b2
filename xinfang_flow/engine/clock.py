"""The engine's clock: the only reader of the wall clock, and one that is told the time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from xinfang_flow.errors import InputError
from xinfang_flow.law import Calendar, Period
from xinfang_flow.text import Text, shown


class Clock(Protocol):
    """Gives the present moment, aware."""

    def now(self) -> datetime:
        """Return the present moment with its zone."""


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that is told the time; for tests, demonstrations and simulations.  It refuses to go back."""

    def __init__(self, moment: datetime | str, calendar: Calendar | None = None) -> None:
        """Start at `moment`: an aware datetime, or ISO 8601 text with its offset.

        Raises:
            InputError: the moment has no zone.
        """
        self._calendar = calendar or Calendar.china()
        self._now = self._aware(moment)

    def now(self) -> datetime:
        """Return the moment that was set last."""
        return self._now

    def set(self, moment: datetime | str) -> datetime:
        """Go to `moment`.

        Raises:
            InputError: the moment has no zone, or lies before the present one.
        """
        later = self._aware(moment)
        if later < self._now:
            raise InputError(
                Text(
                    f"时钟已到 {self._now.isoformat()}，不能倒回 {later.isoformat()}",
                    f"the clock stands at {self._now.isoformat()} and does not go back to {later.isoformat()}",
                )
            )
        self._now = later
        return later

    def advance(self, period: Period | timedelta) -> datetime:
        """Go forward by a period: working days and months as the calendar counts them, the time of day kept."""
        if isinstance(period, timedelta):
            return self.set(self._now + period)
        due = self._calendar.due(self._now, period, "strict")
        if period.unit in ("hours", "minutes"):
            return self.set(due.at)
        day: date = due.due
        return self.set(self._now.replace(year=day.year, month=day.month, day=day.day))

    def _aware(self, moment: datetime | str) -> datetime:
        if isinstance(moment, str):
            try:
                moment = datetime.fromisoformat(moment)
            except ValueError as error:
                raise InputError(
                    Text(
                        f"{shown(moment)} 不是时刻，请写成 2026-03-02T09:00:00+08:00",
                        f"{moment!r} is not a moment: write 2026-03-02T09:00:00+08:00",
                    )
                ) from error
        if moment.tzinfo is None:
            text = moment.isoformat()
            raise InputError(Text(f"{text} 没有时区，请写成 {text}+08:00", f"{text!r} has no zone: write {text}+08:00"))
        return moment.astimezone(self._calendar.zone)
