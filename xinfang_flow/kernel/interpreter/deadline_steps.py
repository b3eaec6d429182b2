"""What an arrow does to deadlines: start, meet, suspend, resume, extend, cancel; and what time does: warn, breach.

A deadline travels in events as one record: its state, its due date as `law` computed it (with start, period, policy
and calendar edition, from which the reasoning is rebuilt), the instant from which it is late, and the warnings that
are still to come.

The rule of this file: late is late, whether or not a clock had noticed.  A step that comes after the last instant in
time can neither suspend, extend, recalculate nor cancel what has run out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set as AbstractSet
from datetime import date, datetime, timedelta
from typing import Any

from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Deadline as Spec, Extension, Tiers
from xinfang_flow.kernel.case import Deadline
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict
from xinfang_flow.kernel.interpreter.comparison import UnsetFigureError, figure
from xinfang_flow.kernel.interpreter.deadline_bounds import Bounds, title_of
from xinfang_flow.kernel.interpreter.due_dates import DueDates
from xinfang_flow.kernel.interpreter.guards import Guard, View, compile_guard
from xinfang_flow.kernel.interpreter.refusal import RefusalError
from xinfang_flow.kernel.records import deadline as deadline_record
from xinfang_flow.kernel.values import SYSTEM, Command, reason
from xinfang_flow.law import Calendar, Due, Period
from xinfang_flow.text import Text

_DAY = timedelta(days=1)
Record = Mapping[str, Any]


class DeadlineSteps:
    """The deadlines of one flow under one calendar."""

    def __init__(self, flow: Flow, calendar: Calendar) -> None:
        self.flow, self.calendar = flow, calendar
        self._reckoner = DueDates(flow, calendar)
        self._bounds = Bounds(flow, calendar, self._reckoner)
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

    def unaffected(self, steps: Iterable[tuple[str, Spec]], taken: AbstractSet[str]) -> list[tuple[str, Spec]]:
        """Return those steps that come out the same whatever will be given for the fields in `taken`.

        Raises:
            UnsetFigureError: one of the others needs a figure in any case that this county has not set.
        """
        steps = tuple(steps)
        leaning = {
            spec.name: (step, spec)
            for step, spec in steps
            if step in {"start", "rebase"} and not taken.isdisjoint(self.looks_at(spec))
        }
        for step, spec in leaning.values():
            if step == "start" and not spec.when and not isinstance(spec.period, Tiers) and spec.until is None:
                for given in (spec.period, spec.policy, *(() if spec.closes is None else (spec.closes,))):
                    self._reckoner.figure(given)
        return [each for each in steps if each[1].name not in leaning and each[1].within not in leaning]

    def looks_at(self, spec: Spec) -> set[str]:
        """Return the fields on which a deadline leans: its base, its tier, its set end, and when it applies."""
        return _leans_on(spec).union(*(guard.mentions for guard in self._when[spec.name]))

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
            old = changed.get(spec.name) or _record_of(deadlines, spec.name)
            old = None if old is None else deadline_record.as_it_stood(old, at)
            whole = None
            if spec.within is not None:
                whole = changed.get(spec.within) or _record_of(deadlines, spec.within)
            try:
                if step == "start":
                    new = self._start(spec, whole, data, at, version)
                else:
                    new = self._later(step, spec, old, whole, data, at)
            except (InputError, OverflowError) as error:
                raise _range(spec, error) from error
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
        spec = self.flow.deadline(extension.deadline)
        old = self._extensible(spec, extension, _record_of(deadlines, spec.name), at)
        more = self._approved(extension, data)
        before = deadline_record.lengthened_by(old)
        due = Deadline(spec.name, old).due
        whole = _record_of(deadlines, spec.within) if spec.within else None
        try:
            longer = self._bounds.capped(whole, self._again(due, due.period + more))
        except (InputError, OverflowError) as error:
            raise _range(spec, error) from error
        extra = more if before is None else Period.parse(before) + more
        return self._record(spec, longer, at, deadline_record.extended(old, str(extra)))

    def check_extension(self, extension: Extension, deadlines: Mapping[str, Deadline], at: datetime) -> None:
        """Ask whether a deadline may be lengthened at all, before it is known by how much; raises as `extend` does."""
        spec = self.flow.deadline(extension.deadline)
        self._extensible(spec, extension, _record_of(deadlines, spec.name), at)
        figure(self.flow, extension.by)

    def _extensible(self, spec: Spec, extension: Extension, old: Record | None, at: datetime) -> Record:
        """Return the record of a deadline that may be lengthened at `at`."""
        zh, en = title_of(spec)
        old = None if old is None else deadline_record.as_it_stood(old, at)
        if old is None or not deadline_record.running(old):
            stands = _STANDS[None if old is None else old["state"]]
            words = (f"“{zh}”{stands.zh}，不能延长", f"{en!r} {stands.en}: it cannot be extended")
            raise RefusalError(reason("deadline", *words, spec.name))
        if deadline_record.ran_out(old, at):
            raise RefusalError(
                reason(
                    "deadline_over", f"“{zh}”已逾期，不能延长", f"{en!r} has run out: it cannot be extended", spec.name
                )
            )
        limit = extension.times
        if deadline_record.extensions(old) >= limit:
            words = (f"“{zh}”最多延长{limit}次", f"{en!r} may be extended {limit} time(s)")
            raise RefusalError(reason("extended", *words, spec.name))
        return old

    def cancel_all(self, deadlines: Mapping[str, Deadline], changed: dict[str, Any], at: datetime) -> None:
        """A case that is done owes nothing more: what still runs is cancelled, what has run out stays a breach."""
        for name in {**deadlines, **changed}:
            record = deadline_record.as_it_stood(changed.get(name) or deadlines[name].record, at)
            if deadline_record.running(record):
                changed[name] = deadline_record.cancelled(record, at)

    def recompute(self, deadline: Deadline, now: datetime) -> Record | None:
        """Return the record under this calendar's edition, or None when nothing changes.

        Only what still runs is counted anew, and a new edition never makes late what was in time until now.
        """
        due, record = deadline.due, deadline.record
        if (
            not deadline_record.running(record)
            or due.calendar != self.calendar.id
            or due.edition == self.calendar.edition
        ):
            return None
        if deadline_record.ran_out(record, now) or not self.calendar.affects(due):
            return None
        renewed = self.calendar.recompute(due)
        if deadline.state == "armed" and renewed.at <= now:
            return None
        return self._record(self.flow.deadline(deadline.name), renewed, now, record)

    def _later(
        self, step: str, spec: Spec, old: Record | None, whole: Record | None, data: Mapping[str, Any], at: datetime
    ) -> Record | None:
        if old is None:
            return None
        if step == "meet":
            return deadline_record.met(old, at) if deadline_record.can_be_met(old, at) else None
        if not deadline_record.running(old):
            return None
        return (
            deadline_record.cancelled(old, at) if step == "cancel" else self._going_on(step, spec, old, whole, data, at)
        )

    def _going_on(
        self, step: str, spec: Spec, old: Record, whole: Record | None, data: Mapping[str, Any], at: datetime
    ) -> Record | None:
        """What becomes of a deadline that runs on; what has run out stays as it is."""
        if deadline_record.ran_out(old, at):
            return None
        if step == "rebase":
            return self._record(spec, self._bounds.capped(whole, self._rebased(spec, old, data, at)), at, old)
        if step == "suspend" and old["state"] == "armed":
            return deadline_record.suspended(old, at)
        if step == "resume" and old["state"] == "suspended":
            return self._resume(spec, old, at)
        return None

    def _resume(self, spec: Spec, old: Record, at: datetime) -> Record:
        due = Due.from_record(old["due"], self.calendar)
        first, again = self._reckoner.day(deadline_record.suspended_at(old)), self._reckoner.day(at)
        if first < again:
            due = self._again(due, due.period, excluded=(*due.excluded, (first, again)))
        return self._record(spec, due, at, deadline_record.resumed(old))

    def _rebased(self, spec: Spec, old: Record, data: Mapping[str, Any], at: datetime) -> Due:
        """The due date after a tier, a base date or a set date was corrected; what was granted stays granted."""
        due = Due.from_record(old["due"], self.calendar)
        if spec.until is not None:
            return self._bounds.end(spec, data, at, self._reckoner.day(deadline_record.since(old)))
        period = self._bounds.period(spec, data)
        extra = deadline_record.lengthened_by(old)
        if extra is not None:
            period += Period.parse(extra)
        start = due.start if spec.since is None else self._bounds.base(spec, period, data, at)
        return self._again(due, period, start=start)

    def _start(
        self, spec: Spec, whole: Record | None, data: Mapping[str, Any], at: datetime, version: int
    ) -> Record | None:
        if spec.when and not self._applies(spec, data, at):
            return None
        reckoner = self._reckoner
        if spec.until is not None:
            counted = reckoner.written(spec, self._bounds.end(spec, data, at, self._reckoner.day(at)))
        else:
            period = self._bounds.period(spec, data)
            counted = reckoner.first(spec, period, self._bounds.base(spec, period, data, at))
        if whole is not None and (due := self._bounds.capped(whole, counted.due)) is not counted.due:
            counted = reckoner.written(spec, due)
        warn = reckoner.warned(spec, counted, at) if spec.warns else None
        return deadline_record.started(counted.at, counted.record, version, at, warn)

    def _applies(self, spec: Spec, data: Mapping[str, Any], at: datetime) -> bool:
        view = View(None, Command("", "", at=at), data, EMPTY, SYSTEM, at)
        try:
            return all(guard.test(view) for guard in self._when[spec.name])
        except UnsetFigureError:
            raise
        except Exception as error:
            kind, (zh, en) = type(error).__name__, title_of(spec)
            zh, en = f"无法判断是否适用“{zh}”（{kind}）", f"cannot tell if {en!r} applies ({kind})"
            raise RefusalError(reason("deadline_when", zh, en, spec.name)) from error

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

    def _record(self, spec: Spec, due: Due, at: datetime, old: Record) -> Record:
        """The record of a running deadline with another due date, for which the warnings are given anew."""
        when = self._reckoner.warnings(spec, due, deadline_record.since(old))
        return deadline_record.redated(old, due.at, due.record(), at, when)


def _leans_on(spec: Spec) -> set[str]:
    fields = {spec.since, spec.until}
    if isinstance(spec.period, Tiers):
        fields.add(spec.period.by)
    return {field for field in fields if field is not None}


def difference(deadlines: Mapping[str, Deadline], changed: Mapping[str, Record]) -> Mapping[str, Record]:
    """Return what an event says of the records that change."""
    said: dict[str, Record] = {}
    for name in sorted(changed) if len(changed) > 1 else changed:
        new, old = changed[name], _record_of(deadlines, name)
        said[name] = new if old is None else deadline_record.difference(old, new)
    return FrozenDict(said)


def _record_of(deadlines: Mapping[str, Deadline], name: str) -> Record | None:
    return deadlines[name].record if name in deadlines else None


_STANDS: dict[str | None, Text] = {
    None: Text("尚未起算", "has not begun"), "met": Text("已完成", "is met"), "breached": Text("已逾期", "has run out"),
    "cancelled": Text("已不再计算", "no longer runs"),
}  # fmt: skip


def _range(spec: Spec, error: Exception) -> RefusalError:
    zh, en = title_of(spec)
    why = error.text.zh if isinstance(error, InputError) else "超出了可以计算的时间"
    return RefusalError(
        reason("deadline_range", f"“{zh}”无法计算：{why}", f"{en!r} cannot be counted: {error}", spec.name)
    )
