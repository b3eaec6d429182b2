"""What an arrow does to deadlines: start, meet, suspend, resume, extend, cancel; and what time does: warn, breach.

A deadline travels in events as one record: its state, its due date as `law` computed it (with start, period, policy
and calendar edition, from which the reasoning is rebuilt), the instant from which it is late, and the warnings that
are still to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from xinfang_flow.flow.model import Flow
from xinfang_flow.flow.parts import Deadline as Spec
from xinfang_flow.flow.parts import Extension, Moment, Tiers
from xinfang_flow.kernel.case import Deadline
from xinfang_flow.kernel.event import moment_of, stamp
from xinfang_flow.kernel.guards import figure, moment
from xinfang_flow.kernel.values import FrozenDict, Reason, freeze, reason
from xinfang_flow.law import Calendar, Due, Period

CACHED_DAYS = 4096
RUNNING = ("armed", "suspended")


class RefusalError(Exception):
    """A step of the kernel refuses, with its reasons; caught where the decision is made."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


class Clockwork:
    """The deadlines of one flow under one calendar."""

    def __init__(self, flow: Flow, calendar: Calendar) -> None:
        self.flow, self.calendar = flow, calendar
        self._armed: dict[tuple[str, Any, date], Mapping[str, Any]] = {}

    def affected(self, trigger: str | None, enters: str | None, takes: Iterable[str]) -> tuple[tuple[str, Spec], ...]:
        """Return what an arrow does, as (step, deadline) pairs, in the order in which it must be done."""
        taken = set(takes)
        steps: list[tuple[str, Spec]] = []
        for spec in self.flow.deadlines:
            steps += [
                (step, spec)
                for step, when in (
                    ("meet", spec.met_by), ("cancel", spec.cancels), ("suspend", spec.suspends),
                    ("resume", spec.resumes), ("start", spec.starts),
                )
                if when is not None and _happens(when, trigger, enters)
            ]  # fmt: skip
            if isinstance(spec.period, Tiers) and spec.period.by in taken and not _happens(spec.starts, trigger, enters):
                steps.append(("rebase", spec))
        return tuple(steps)

    def apply(
        self,
        steps: Iterable[tuple[str, Spec]],
        deadlines: Mapping[str, Deadline],
        data: Mapping[str, Any],
        at: datetime,
        version: int,
    ) -> dict[str, Any]:
        """Return the records that change, by name."""
        changed: dict[str, Any] = {}
        for step, spec in steps:
            old = changed.get(spec.name) or (deadlines[spec.name].record if spec.name in deadlines else None)
            new = self._start(spec, data, at, version) if step == "start" else self._later(step, spec, old, data, at)
            if new is not None:
                changed[spec.name] = new
        return changed

    def extend(self, extension: Extension, deadlines: Mapping[str, Deadline], at: datetime) -> Mapping[str, Any]:
        """Return the record of the lengthened deadline: its period grows from its base, never from the rolled date.

        Raises:
            RefusalError: not running, already late, or lengthened as often as allowed.
        """
        name = extension.deadline
        deadline = deadlines.get(name)
        if deadline is None or deadline.state not in RUNNING:
            raise RefusalError(reason("deadline", f"期限 {name} 不在运行中", f"deadline {name!r} is not running", name))
        if at >= deadline.at:
            raise RefusalError(
                reason("deadline_over", f"期限 {name} 已届满，不能延长", f"deadline {name!r} has run out: it cannot be extended", name)
            )  # fmt: skip
        times = deadline.extended
        if times >= extension.times:
            raise RefusalError(
                reason("extended", f"期限 {name} 最多延长{extension.times}次", f"deadline {name!r} may be extended {extension.times} time(s)", name)
            )  # fmt: skip
        due = deadline.due
        longer = self._due(due.start, due.period + figure(self.flow, extension.by), due)
        return self._record(self.flow.deadline(name), longer, at, {**deadline.record, "extended": times + 1})

    def cancel_all(self, deadlines: Mapping[str, Deadline], changed: dict[str, Any]) -> None:
        """A case that is done owes nothing more: what still runs is cancelled."""
        for name, deadline in deadlines.items():
            record = changed.get(name, deadline.record)
            if record["state"] in RUNNING:
                changed[name] = FrozenDict({**record, "state": "cancelled"})
        for name, record in changed.items():
            if record["state"] in RUNNING:
                changed[name] = FrozenDict({**record, "state": "cancelled"})

    def recompute(self, deadline: Deadline) -> Mapping[str, Any] | None:
        """Return the record under this calendar's edition, or None when nothing changes."""
        due = deadline.due
        renewed = self.calendar.recompute(due)
        if renewed.record() == due.record():
            return None
        return self._record(self.flow.deadline(deadline.name), renewed, deadline.since, deadline.record)

    def _later(
        self, step: str, spec: Spec, old: Mapping[str, Any] | None, data: Mapping[str, Any], at: datetime
    ) -> Mapping[str, Any] | None:
        if old is None or (old["state"] not in RUNNING and not (step == "meet" and old["state"] == "breached")):
            return None
        if step == "meet":
            late = old["state"] == "breached" or at >= moment_of(old["at"])
            return FrozenDict({**old, "met_at": stamp(at), "state": "breached" if late else "met"})
        if step == "cancel":
            return FrozenDict({**old, "state": "cancelled"})
        if step == "rebase":
            due = Due.from_record(old["due"], self.calendar)
            return self._record(spec, self._due(due.start, self._period(spec, data), due), at, old)
        if step == "suspend" and old["state"] == "armed":
            return FrozenDict({**old, "state": "suspended", "suspended": stamp(at)})
        if step == "resume" and old["state"] == "suspended":
            return self._resume(spec, old, at)
        return None

    def _resume(self, spec: Spec, old: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
        due = Due.from_record(old["due"], self.calendar)
        interval = (self._day(moment_of(old["suspended"])), self._day(at))
        excluded = (*due.excluded, interval)
        renewed = self.calendar.due(due.start, due.period, due.policy, excluded=excluded, closes=due.closes)
        rest = {key: value for key, value in old.items() if key != "suspended"}
        return self._record(spec, renewed, at, {**rest, "state": "armed"})

    def _start(self, spec: Spec, data: Mapping[str, Any], at: datetime, version: int) -> Mapping[str, Any]:
        base: datetime | date = at
        if spec.since is not None:
            if data.get(spec.since) is None:
                raise RefusalError(
                    reason("deadline_base", f"计算期限 {spec.name} 需要 {spec.since}", f"deadline {spec.name!r} counts from {spec.since!r}, which is not given", spec.since)
                )  # fmt: skip
            base = moment(data[spec.since])
        period = self._period(spec, data)
        policy = figure(self.flow, spec.policy)
        closes = None if spec.closes is None else time.fromisoformat(str(figure(self.flow, spec.closes)))
        if period.unit in ("hours", "minutes"):
            due = self.calendar.due(base, period, policy)
            return self._record(spec, due, at, {"seq": version, "state": "armed"})
        day = self._day(base) if isinstance(base, datetime) else base
        key = (spec.name, period, day)
        shared = self._armed.get(key)
        if shared is None:
            due = self.calendar.due(day, period, policy, closes=closes)
            shared = self._record(spec, due, at, {"state": "armed"})
            if len(self._armed) < CACHED_DAYS:
                self._armed[key] = shared
        return FrozenDict({**shared, "seq": version, "since": stamp(at)})

    def _day(self, at: datetime) -> date:
        return at.date() if at.tzinfo is self.calendar.zone else at.astimezone(self.calendar.zone).date()

    def _due(self, start: date | datetime, period: Period, like: Due) -> Due:
        return self.calendar.due(start, period, like.policy, excluded=like.excluded, closes=like.closes)

    def _period(self, spec: Spec, data: Mapping[str, Any]) -> Period:
        given = spec.period
        if isinstance(given, Tiers):
            tier = str(data.get(given.by))
            if tier not in given.cases:
                raise RefusalError(
                    reason("deadline_tier", f"期限 {spec.name} 没有 {tier!r} 一档", f"deadline {spec.name!r} has no tier {tier!r}", given.by)
                )  # fmt: skip
            given = given.cases[tier]
        period: Period = figure(self.flow, given)
        return period

    def _record(self, spec: Spec, due: Due, at: datetime, old: Mapping[str, Any]) -> Mapping[str, Any]:
        record = {key: value for key, value in old.items() if key not in ("at", "due", "warn")}
        record.update(at=stamp(due.at), due=due.record())
        record.setdefault("since", stamp(at))
        warn = self._warnings(spec, due, moment_of(record["since"]))
        if warn:
            record["warn"] = warn[old.get("warned", 0) :]
        frozen: Mapping[str, Any] = freeze({key: record[key] for key in sorted(record)})
        return frozen

    def _warnings(self, spec: Spec, due: Due, since: datetime) -> list[list[Any]]:
        moments: list[list[Any]] = []
        for warning in spec.warns:
            if warning.half:
                moments.append([stamp(since + (due.at - since) / 2), "half"])
                continue
            period: Period = figure(self.flow, warning.before)
            if period.unit in ("hours", "minutes"):
                minutes = period.amount * (60 if period.unit == "hours" else 1)
                moments.append([stamp(due.at - timedelta(minutes=minutes)), str(period)])
            else:
                day = self.calendar.before(due.due, period).due
                local = datetime(day.year, day.month, day.day, tzinfo=self.calendar.zone)
                moments.append([stamp(max(local, since)), str(period)])
        return sorted(moments)


def _happens(when: Moment, trigger: str | None, enters: str | None) -> bool:
    return trigger in when.fires or enters in when.enters


def next_instant(record: Mapping[str, Any]) -> datetime | None:
    """Return when the clock must look at a deadline again: its next warning, else the first instant that is late."""
    if record["state"] != "armed":
        return None
    warn = record.get("warn")
    return moment_of(warn[0][0] if warn else record["at"])


def expired(record: Mapping[str, Any], now: datetime) -> str | None:
    """Return "warned" or "breached" when the clock has something to say about a deadline, else None."""
    if record["state"] != "armed":
        return None
    if now >= moment_of(record["at"]):
        return "breached"
    warn = record.get("warn")
    return "warned" if warn and now >= moment_of(warn[0][0]) else None


def utc(moment_: datetime) -> datetime:
    """Return the moment in UTC."""
    return moment_.astimezone(UTC)
