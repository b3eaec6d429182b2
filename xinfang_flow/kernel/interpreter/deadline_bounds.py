"""From when, for how long and until when a deadline is counted, as the case's data have it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Deadline as Spec, Tiers
from xinfang_flow.kernel.interpreter.due_dates import DueDates
from xinfang_flow.kernel.interpreter.guards import moment
from xinfang_flow.kernel.interpreter.refusal import RefusalError
from xinfang_flow.kernel.records import deadline as deadline_record
from xinfang_flow.kernel.values import reason
from xinfang_flow.law import Calendar, Due, Period
from xinfang_flow.text import Text

_DAY = timedelta(days=1)
Record = Mapping[str, Any]


class Bounds:
    """What was given for the deadlines of one flow; each question raises RefusalError where it was not."""

    def __init__(self, flow: Flow, calendar: Calendar, reckoner: DueDates) -> None:
        self.flow, self.calendar, self._reckoner = flow, calendar, reckoner

    def base(self, spec: Spec, period: Period, data: Mapping[str, Any], at: datetime) -> datetime | date:
        """Return from when a deadline is counted: a field of the case, else the moment of the step."""
        base: datetime | date = at
        if spec.since is not None:
            base = moment(self._needed(spec, spec.since, data))
        return base if period.by_clock or not isinstance(base, datetime) else self._reckoner.day(base)

    def _needed(self, spec: Spec, field: str, data: Mapping[str, Any]) -> Any:
        if data.get(field) is None:
            (zh, en), (field_zh, field_en) = title_of(spec), self._field(field)
            zh, en = f"计算“{zh}”须先填写“{field_zh}”", f"{en!r} is counted from {field_en!r}, which is not given"
            raise RefusalError(reason("deadline_base", zh, en, field))
        return data[field]

    def end(self, spec: Spec, data: Mapping[str, Any], at: datetime, start: date) -> Due:
        """Return the due date of a deadline whose last day somebody set, counted from `start`."""
        return self._ending(self._set_end(spec, data, at), start)

    def _set_end(self, spec: Spec, data: Mapping[str, Any], at: datetime) -> datetime:
        """The first late instant of a date that somebody set."""
        field = spec.until or ""
        given = moment(self._needed(spec, field, data))
        end = given if isinstance(given, datetime) else self._reckoner.midnight(given + _DAY)
        if end <= at:
            field_zh, field_en = self._field(field)
            raise RefusalError(
                reason("deadline_until", f"“{field_zh}”（{given}）已过", f"{field_en!r} ({given}) has passed", field)
            )
        return end

    def _ending(self, end: datetime, start: date) -> Due:
        """A due date whose first late instant is `end`, whatever day of the week that is."""
        local = end.astimezone(self.calendar.zone)
        day, closes = local.date(), local.time()
        if closes == time.min:
            day -= _DAY
        start = min(start, day - _DAY)
        length = Period(days=(day - start).days)
        return self.calendar.due(start, length, "strict", closes=None if closes == time.min else closes)

    def capped(self, whole: Record | None, due: Due) -> Due:
        """Keep a leg inside the whole, counted or already run out."""
        if whole is None or whole["state"] in ("met", "cancelled"):
            return due
        end = deadline_record.at(whole)
        if due.at <= end:
            return due
        start = due.start
        return self._ending(end, self._reckoner.day(start) if isinstance(start, datetime) else start)

    def period(self, spec: Spec, data: Mapping[str, Any]) -> Period:
        """Return for how long it is counted, by the tier that the case has."""
        given = spec.period
        if isinstance(given, Tiers):
            tier = str(data.get(given.by))
            if tier not in given.cases:
                raise self._no_tier(spec, given, tier)
            given = given.cases[tier]
        period: Period = self._reckoner.figure(given)
        return period

    def _field(self, name: str) -> Text:
        return self.flow.fields[name].title or Text(name, name)

    def _no_tier(self, spec: Spec, tiers: Tiers, tier: str) -> RefusalError:
        (zh, en), (by_zh, by_en) = title_of(spec), self._field(tiers.by)
        labels = [self.flow.fields[tiers.by].choices.get(name) or Text(name, name) for name in (tier, *tiers.cases)]
        (is_zh, *can_zh), (is_en, *can_en) = zip(*labels, strict=True)
        return RefusalError(reason(
            "deadline_tier", f"“{zh}”按“{by_zh}”计算（{'、'.join(can_zh)}），未规定“{is_zh}”",
            f"{en!r} is counted by {by_en!r} ({', '.join(can_en)}), which says nothing for {is_en!r}", tiers.by,
        ))  # fmt: skip


def title_of(spec: Spec) -> Text:
    """Return the label of a deadline."""
    return spec.title or Text(spec.name, spec.name)
