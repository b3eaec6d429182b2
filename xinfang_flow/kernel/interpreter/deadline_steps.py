"""What an arrow does to deadlines: start, meet, suspend, resume, extend, cancel; and what time does: warn, breach.

A deadline travels in events as one record: its state, its due date as `law` computed it (with start, period, policy
and calendar edition, from which the reasoning is rebuilt), the instant from which it is late, and the warnings that
are still to come.

The rule of this file: late is late, whether or not a clock had noticed.  A step that comes after the last instant in
time can neither suspend, extend, recalculate nor cancel what has run out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.deadline_states import RUNNING
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Deadline as Spec, Extension, Tiers
from xinfang_flow.kernel.canonical import moment_of, stamp
from xinfang_flow.kernel.case import Deadline
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict, freeze
from xinfang_flow.kernel.interpreter.comparison import UnsetFigureError, figure
from xinfang_flow.kernel.interpreter.due_dates import Reckoner
from xinfang_flow.kernel.interpreter.guards import Guard, View, compile_guard, moment
from xinfang_flow.kernel.interpreter.refusal import RefusalError
from xinfang_flow.kernel.values import SYSTEM, Command, reason
from xinfang_flow.law import Calendar, Due, Period

_DAY = timedelta(days=1)
Record = Mapping[str, Any]


class Clockwork:
    """The deadlines of one flow under one calendar."""

    def __init__(self, flow: Flow, calendar: Calendar) -> None:
        self.flow, self.calendar = flow, calendar
        self._reckoner = Reckoner(flow, calendar)
        self._when: dict[str, tuple[Guard, ...]] = {
            spec.name: tuple(compile_guard(flow, condition, {}, calendar) for condition in spec.when)
            for spec in flow.deadlines
        }

    def affected(self, trigger: str | None, enters: str | None, takes: Iterable[str]) -> tuple[tuple[str, Spec], ...]:
        """Return what an arrow does, as (step, deadline) pairs, in the order in which it must be done."""
        taken = set(takes)
        steps: list[tuple[str, Spec]] = []
        for spec in self.flow.deadlines:
            steps += [(step.name, spec) for step in spec.steps(trigger, enters)]
            if not spec.starts.happens(trigger, enters) and not taken.isdisjoint(_leans_on(spec)):
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
        """Return the records that change, by name.

        Raises:
            RefusalError: a base date, a tier or a set date is missing or cannot be.
            UnsetFigureError: a figure is needed that this county has not set.
        """
        changed: dict[str, Any] = {}
        for step, spec in steps:
            old = _as_it_stood(changed.get(spec.name) or _record_of(deadlines, spec.name), at)
            whole = None
            if spec.within is not None:
                whole = changed.get(spec.within) or _record_of(deadlines, spec.within)
            try:
                if step == "start":
                    new = self._start(spec, whole, data, at, version)
                else:
                    new = self._later(step, spec, old, whole, data, at)
            except (InputError, OverflowError) as error:
                words = (f"期限 {spec.name} 无法计算：{error}", f"deadline {spec.name!r} cannot be counted: {error}")
                raise RefusalError(reason("deadline_range", *words, spec.name)) from error
            if new is not None:
                changed[spec.name] = new
        return changed

    def extend(
        self, extension: Extension, deadlines: Mapping[str, Deadline], data: Mapping[str, Any], at: datetime
    ) -> Record:
        """Return the record of the lengthened deadline: its period grows from its base, never from the rolled date.

        Raises:
            RefusalError: not running, already late, lengthened as often as allowed, or by more than allowed.
        """
        name = extension.deadline
        deadline = deadlines.get(name)
        if deadline is not None:
            deadline = Deadline(name, _as_it_stood(deadline.record, at) or deadline.record)
        if deadline is None or deadline.state not in RUNNING:
            raise RefusalError(reason("deadline", f"期限 {name} 不在运行中", f"deadline {name!r} is not running", name))
        if _late(deadline.record, at):
            words = (f"期限 {name} 已届满，不能延长", f"deadline {name!r} has run out: it cannot be extended")
            raise RefusalError(reason("deadline_over", *words, name))
        times, limit = deadline.extended, extension.times
        if times >= limit:
            words = (f"期限 {name} 最多延长{limit}次", f"deadline {name!r} may be extended {limit} time(s)")
            raise RefusalError(reason("extended", *words, name))
        extra = self._approved(extension, data)
        due, old = deadline.due, deadline.record
        if "extra" in old:
            old = {**old, "extra": str(Period.parse(old["extra"]) + extra)}
        else:
            old = {**old, "extra": str(extra)}
        spec = self.flow.deadline(name)
        whole = _record_of(deadlines, spec.within) if spec.within else None
        longer = self._capped(whole, self._again(due, due.period + extra))
        return self._record(spec, longer, at, {**old, "extended": times + 1})

    def cancel_all(self, deadlines: Mapping[str, Deadline], changed: dict[str, Any], at: datetime) -> None:
        """A case that is done owes nothing more: what still runs is cancelled, what has run out stays a breach."""
        for name in {**deadlines, **changed}:
            record = _as_it_stood(changed.get(name) or deadlines[name].record, at)
            if record is not None and record["state"] in RUNNING:
                changed[name] = _cancelled(record, at)

    def recompute(self, deadline: Deadline, now: datetime) -> Record | None:
        """Return the record under this calendar's edition, or None when nothing changes.

        Only what still runs is counted anew, and a new edition never makes late what was in time until now.
        """
        due = deadline.due
        if deadline.state not in RUNNING or due.calendar != self.calendar.id or due.edition == self.calendar.edition:
            return None
        if _late(deadline.record, now) or not self.calendar.affects(due):
            return None
        renewed = self.calendar.recompute(due)
        if deadline.state == "armed" and renewed.at <= now:
            return None
        return self._record(self.flow.deadline(deadline.name), renewed, now, deadline.record)

    def _later(
        self, step: str, spec: Spec, old: Record | None, whole: Record | None, data: Mapping[str, Any], at: datetime
    ) -> Record | None:
        if old is None or (old["state"] not in RUNNING and not (step == "meet" and _unmet(old, at))):
            return None
        late = old["state"] != "suspended" and stamp(at) >= old["at"]  # fixed-width text, which sorts as time does
        if step == "meet":  # what happened in time is in time, even if it is entered after the clock has noticed
            return FrozenDict({**old, "met_at": stamp(at), "state": "breached" if late else "met"})
        if step == "cancel":
            return _cancelled(old, at)
        if late:
            return None
        if step == "rebase":
            return self._record(spec, self._capped(whole, self._rebased(spec, old, data, at)), at, old)
        if step == "suspend" and old["state"] == "armed":
            return FrozenDict({**old, "state": "suspended", "suspended": stamp(at)})
        if step == "resume" and old["state"] == "suspended":
            return self._resume(spec, old, at)
        return None

    def _resume(self, spec: Spec, old: Record, at: datetime) -> Record:
        due = Due.from_record(old["due"], self.calendar)
        first, again = self._reckoner.day(moment_of(old["suspended"])), self._reckoner.day(at)
        rest = {key: value for key, value in old.items() if key != "suspended"}
        if first < again:
            due = self._again(due, due.period, excluded=(*due.excluded, (first, again)))
        return self._record(spec, due, at, {**rest, "state": "armed"})

    def _rebased(self, spec: Spec, old: Record, data: Mapping[str, Any], at: datetime) -> Due:
        """The due date after a tier, a base date or a set date was corrected; what was granted stays granted."""
        due = Due.from_record(old["due"], self.calendar)
        if spec.until is not None:
            return self._ending(self._set_end(spec, data, at), self._reckoner.day(moment_of(old["since"])))
        period = self._period(spec, data)
        if "extra" in old:
            period += Period.parse(old["extra"])
        start = due.start if spec.since is None else self._base(spec, period, data, at)
        return self._again(due, period, start=start)

    def _start(
        self, spec: Spec, whole: Record | None, data: Mapping[str, Any], at: datetime, version: int
    ) -> Record | None:
        if spec.when and not self._applies(spec, data, at):
            return None
        reckoner = self._reckoner
        if spec.until is not None:
            counted = reckoner.written(spec, self._ending(self._set_end(spec, data, at), self._reckoner.day(at)))
        else:
            period = self._period(spec, data)
            counted = reckoner.first(spec, period, self._base(spec, period, data, at))
        if whole is not None and (due := self._capped(whole, counted.due)) is not counted.due:
            counted = reckoner.written(spec, due)
        record = {"at": counted.at, "due": counted.record, "seq": version, "since": stamp(at), "state": "armed"}
        if spec.warns:
            record["warn"] = reckoner.warned(spec, counted, at)
        return FrozenDict(record)

    def _applies(self, spec: Spec, data: Mapping[str, Any], at: datetime) -> bool:
        view = View(None, Command("", "", at=at), data, EMPTY, SYSTEM, at)
        try:
            return all(guard.test(view) for guard in self._when[spec.name])
        except UnsetFigureError:
            raise
        except Exception as error:
            kind, name = type(error).__name__, spec.name
            zh, en = f"无法判断期限 {name} 是否适用（{kind}）", f"cannot tell if deadline {name!r} applies ({kind})"
            raise RefusalError(reason("deadline_when", zh, en, name)) from error

    def _base(self, spec: Spec, period: Period, data: Mapping[str, Any], at: datetime) -> datetime | date:
        base: datetime | date = at
        if spec.since is not None:
            base = moment(self._needed(spec, spec.since, data))
        return base if period.by_clock or not isinstance(base, datetime) else self._reckoner.day(base)

    def _needed(self, spec: Spec, field: str, data: Mapping[str, Any]) -> Any:
        if data.get(field) is None:
            zh, en = f"计算期限 {spec.name} 需要 {field}", f"deadline {spec.name!r} needs {field!r}, which is not given"
            raise RefusalError(reason("deadline_base", zh, en, field))
        return data[field]

    def _set_end(self, spec: Spec, data: Mapping[str, Any], at: datetime) -> datetime:
        """The first late instant of a date that somebody set."""
        field = spec.until or ""
        given = moment(self._needed(spec, field, data))
        end = given if isinstance(given, datetime) else self._reckoner.midnight(given + _DAY)
        if end <= at:
            zh, en = f"期限 {spec.name} 的日期 {given} 已过", f"{given}, the date of deadline {spec.name!r}, has passed"
            raise RefusalError(reason("deadline_until", zh, en, field))
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

    def _capped(self, whole: Record | None, due: Due) -> Due:
        """Keep a leg inside the whole, counted or already run out."""
        if whole is None or whole["state"] in ("met", "cancelled"):
            return due
        end = moment_of(whole["at"])
        if due.at <= end:
            return due
        start = due.start
        return self._ending(end, self._reckoner.day(start) if isinstance(start, datetime) else start)

    def _approved(self, extension: Extension, data: Mapping[str, Any]) -> Period:
        most: Period = figure(self.flow, extension.by)
        if extension.amount is None:
            return most
        given = data.get(extension.amount)
        if not isinstance(given, int) or not 1 <= given <= most.amount:
            words = (f"延长须在1至{most.zh}之内", f"an extension is 1 to {most.en}")
            raise RefusalError(reason("extension_length", *words, extension.amount))
        return Period(**{most.unit: given})

    def _again(self, like: Due, period: Period, start: date | datetime | None = None, excluded: Any = None) -> Due:
        return self.calendar.due(
            like.start if start is None else start, period, like.policy,
            excluded=like.excluded if excluded is None else excluded, closes=like.closes,
        )  # fmt: skip

    def _period(self, spec: Spec, data: Mapping[str, Any]) -> Period:
        given = spec.period
        if isinstance(given, Tiers):
            tier = str(data.get(given.by))
            if tier not in given.cases:
                words = (f"期限 {spec.name} 没有 {tier!r} 一档", f"deadline {spec.name!r} has no tier {tier!r}")
                raise RefusalError(reason("deadline_tier", *words, given.by))
            given = given.cases[tier]
        period: Period = self._reckoner.figure(given)
        return period

    def _record(self, spec: Spec, due: Due, at: datetime, old: Record) -> Record:
        """The record of a running deadline with another due date.

        Warnings are given anew for the new date; one that was still to come and would now have come is given at once.
        """
        record = {key: value for key, value in old.items() if key not in ("at", "due", "warn")}
        record.update(at=stamp(due.at), due=due.record())
        pending = {why for _, why in old.get("warn", ())}
        warn = [
            [stamp(max(when, at)), why]
            for when, why in self._reckoner.warnings(spec, due, moment_of(old["since"]))
            if when > at or why in pending
        ]
        if warn:
            record["warn"] = warn
        frozen: Record = freeze(record)
        return frozen


def _leans_on(spec: Spec) -> set[str]:
    fields = {spec.since, spec.until}
    if isinstance(spec.period, Tiers):
        fields.add(spec.period.by)
    return {field for field in fields if field is not None}


def difference(deadlines: Mapping[str, Deadline], changed: Mapping[str, Record]) -> Mapping[str, Record]:
    """Return what an event says of the records that change: the keys that are new, None for those that are gone.

    The state is always said.  A record of some 600 characters is written once, when the deadline starts.
    """
    said: dict[str, Record] = {}
    for name in sorted(changed) if len(changed) > 1 else changed:
        new, old = changed[name], _record_of(deadlines, name)
        said[name] = new if old is None else _said(old, new)
    return FrozenDict(said)


def _said(old: Record, new: Record) -> Record:
    keys: dict[str, Any] = {}
    for key, value in new.items():
        was = old.get(key)
        if key == "state" or (was is not value and was != value):
            keys[key] = value
    for key in old:
        if key not in new:
            keys[key] = None
    return FrozenDict(sorted(keys.items()))


def _record_of(deadlines: Mapping[str, Deadline], name: str) -> Record | None:
    return deadlines[name].record if name in deadlines else None


def _as_it_stood(record: Record | None, at: datetime) -> Record | None:
    """The record at the moment of an act: what a clock has noticed since says nothing against what was done in time."""
    if record is None or record["state"] != "breached" or "met_at" in record or stamp(at) >= record["at"]:
        return record
    return FrozenDict({**record, "state": "armed"})


def _unmet(record: Record, at: datetime) -> bool:
    """Whether a deadline ran out and had not been met, late, before `at`."""
    return record["state"] == "breached" and ("met_at" not in record or stamp(at) < record["met_at"])


def _late(record: Record, at: datetime) -> bool:
    """Whether an armed deadline has run out at `at`; a suspended one does not run."""
    return record["state"] == "armed" and at >= moment_of(record["at"])


def _cancelled(record: Record, at: datetime) -> Record:
    rest = {key: value for key, value in record.items() if key != "warn"}
    return FrozenDict({**rest, "state": "breached" if _late(record, at) else "cancelled"})
