"""Guards: the closed vocabulary of conditions, compiled once into plain functions over a `View`.

`TESTS` is the code of each subject; everything else that is known of a subject is its row in flow/model/subjects.py.
A guard fails closed: whatever goes wrong inside it refuses, with the words why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.case import Case, Link, Task
from xinfang_flow.kernel.interpreter.comparison import UnsetFigureError, comparison, figure, unset
from xinfang_flow.kernel.interpreter.refusal_words import describe, named, not_given
from xinfang_flow.kernel.records import deadline as deadline_record, slot as slot_record, task as task_record
from xinfang_flow.kernel.values import Actor, Command, Reason, reason
from xinfang_flow.law import Calendar

NamedGuard = Callable[[Case, Command], bool]


class View(NamedTuple):
    """What a guard sees: the case as it would be with this payload and this step of its tasks."""

    case: Case | None
    command: Command
    data: Mapping[str, Any]
    tasks: Mapping[str, Task]
    actor: Actor
    at: datetime


class MissingValueError(Exception):
    """A field is asked about that has no value; what it would say cannot be guessed, so the guard refuses."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


Test = Callable[[View], Any]


class Guard(NamedTuple):
    """One compiled condition, which must hold or, under `unless`, must not."""

    condition: Condition
    test: Test
    flow: Flow
    holds: bool = True

    @property
    def mentions(self) -> set[str]:
        """The fields, tasks and named functions that the condition asks about, those of its parts included."""
        return set(_mentions(self.condition))

    def refuses(self, view: View) -> Reason | None:
        """Return the reason why it does not hold, or None."""
        try:
            holds = self.test(view)
        except UnsetFigureError as missing:
            return unset(missing.name)
        except MissingValueError as missing:
            return not_given(self.flow, missing.name)
        except Exception as error:  # noqa: BLE001  a guard that breaks must refuse, whatever broke
            kind = type(error).__name__
            return self._broken(f"无法判断（{kind}）", f"broke ({kind})")
        if holds is True:
            return None
        if holds is not False:
            return self._broken("未给出是或否", "gave neither true nor false")
        return describe(self.flow, self.condition, view.tasks, holds=self.holds)

    def _broken(self, zh: str, en: str) -> Reason:
        name_zh, name_en = (named(self.flow, self.condition, lang) for lang in ("zh", "en"))
        where = self.condition.about or self.condition.subject
        return reason("guard_error", f"条件“{name_zh}”{zh}", f"guard {name_en!r} {en}", where)


def _mentions(condition: Condition) -> Iterator[str]:
    if condition.about:
        yield condition.about
    for part in condition.parts:
        yield from _mentions(part)


class Wiring(NamedTuple):
    """What a condition is compiled with: its flow, the named functions, the calendar."""

    flow: Flow
    named: Mapping[str, NamedGuard]
    calendar: Calendar


def compile_guard(
    flow: Flow, condition: Condition, named: Mapping[str, NamedGuard], calendar: Calendar, *, negate: bool = False
) -> Guard:
    """Compile one condition; `negate` is for `unless`."""
    test = _compile(Wiring(flow, named, calendar), condition)
    return Guard(condition, _denied(test) if negate else test, flow, holds=not negate)


def _compile(wiring: Wiring, condition: Condition) -> Test:
    return TESTS[condition.subject](wiring, condition)


def _denied(test: Test) -> Test:
    return lambda view: not _sure(test(view))


def _sure(answer: Any) -> bool:
    if answer is True or answer is False:
        return bool(answer)
    raise TypeError("a guard answers True or False")


# Guards are asked at every fire: loops, because a generator inside any() costs more than the tests it runs.


def _any(wiring: Wiring, condition: Condition) -> Test:
    tests = [_compile(wiring, part) for part in condition.parts]

    def test(view: View) -> bool:
        for each in tests:
            answer = each(view)
            if answer is True or (answer is not False and _sure(answer)):
                return True
        return False

    return test


def _all(wiring: Wiring, condition: Condition) -> Test:
    tests = [_compile(wiring, part) for part in condition.parts]

    def test(view: View) -> bool:
        for each in tests:
            answer = each(view)
            if answer is False or (answer is not True and not _sure(answer)):
                return False
        return True

    return test


def _none(wiring: Wiring, condition: Condition) -> Test:
    one_holds = _any(wiring, condition)
    return lambda view: not one_holds(view)


def _present(_: Wiring, condition: Condition) -> Test:
    name = condition.about or ""
    return lambda view: _given(view.data.get(name))


def _absent(_: Wiring, condition: Condition) -> Test:
    name = condition.about or ""
    return lambda view: not _given(view.data.get(name))


def _field(wiring: Wiring, condition: Condition) -> Test:
    name, compare = condition.about or "", comparison(wiring.flow, condition)
    return lambda view: compare(_value(view, name))


def _count(wiring: Wiring, condition: Condition) -> Test:
    name, compare, where = condition.about or "", comparison(wiring.flow, condition), condition.where or {}
    return lambda view: compare(len(chosen(view.data.get(name), where)))


def _holds(_: Wiring, condition: Condition) -> Test:
    name, ever = condition.about or "", condition.ever is True
    return lambda view: holds(view.tasks.get(name), view.actor, ever=ever)


def _actor(_: Wiring, condition: Condition) -> Test:
    name = condition.about or ""
    return lambda view: view.data.get(name) == view.actor.id


def _actor_org(_: Wiring, condition: Condition) -> Test:
    name = condition.about or ""
    return lambda view: view.actor.org is not None and view.data.get(name) == view.actor.org


def _working_day(wiring: Wiring, condition: Condition) -> Test:
    name, calendar = condition.about or "", wiring.calendar
    return lambda view: calendar.is_working_day(moment(_value(view, name)))


def _deadline(_: Wiring, condition: Condition) -> Test:
    name, states = condition.about or "", set(condition.is_ or ())
    return lambda view: _deadline_state(view, name) in states


def _named(wiring: Wiring, condition: Condition) -> Test:
    function = wiring.named[condition.about or ""]
    return lambda view: function(view.case, view.command)  # type: ignore[arg-type]  # no case yet at an opening


def chosen(items: Any, where: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the items of a list, or the one value as a list; of records only those whose parts are as `where` says."""
    if items is None:
        return ()
    listed = items if isinstance(items, tuple) else (items,)
    return tuple(item for item in listed if all(item.get(part) == value for part, value in where.items()))


def _apart(wiring: Wiring, condition: Condition) -> Test:
    flow, name, others = wiring.flow, condition.about or "", condition.from_ or ()

    def who(view: View, field: str) -> set[Any]:
        record = flow.records.get(flow.fields[field].of or "")
        items = chosen(view.data.get(field), {})
        if record is None:
            return set(items)
        parts = [part for part, spec in record.items() if spec.type in ("actor", "organ")]
        return {item[part] for item in items for part in parts if part in item}

    def test(view: View) -> bool:
        barred = set().union(*(who(view, field) for field in others))
        return barred.isdisjoint(who(view, name))

    return test


def _value(view: View, name: str) -> Any:
    try:
        return view.data[name]
    except KeyError:
        raise MissingValueError(name) from None


def _given(value: Any) -> bool:
    return value is not None and value not in ("", ())


def _deadline_state(view: View, name: str) -> str | None:
    deadline = view.case.deadlines.get(name) if view.case else None
    return None if deadline is None else deadline_record.state_at(deadline.record, view.at)


def holds(task: Task | None, actor: Actor, *, ever: bool = False) -> bool:
    """Return whether the actor holds a slot of the task; with `ever`, whether they hold one or held one in any round.

    What is delegated is held by the delegate: who owes a slot now holds it.
    """
    if task is None:
        return False
    if ever:
        return any(slot_record.ever_held(slot, actor.id, actor.roles) for slot in task_record.every_slot(task.record))
    return any(slot_record.holds(slot, actor.id, actor.roles) for slot in task_record.slots(task.record))


def moment(value: Any) -> datetime | date:
    """Read a date or moment out of case data."""
    text = str(value)
    return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)  # noqa: PLR2004  YYYY-MM-DD


def lead_end(flow: Flow, lead: Any, data: Mapping[str, Any], calendar: Calendar) -> datetime | None:
    """Return the first instant that is too late for a lead time, or None while the moment is not set."""
    value = data.get(lead.before)
    if value is None:
        return None
    return calendar.before(moment(value), figure(flow, lead.by)).at


def _settled(wiring: Wiring, condition: Condition) -> Test:
    flow, _, calendar = wiring
    name = condition.about or ""
    spec = flow.task(name)

    def test(view: View) -> bool:
        task = view.tasks.get(name)
        if task is None or task.record["state"] != "settled":
            return False
        end = lead_end(flow, spec.lead, view.data, calendar) if spec.lead else None
        return end is None or all(
            slot_record.settled_at(slot) < end for slot in task_record.slots(task.record) if slot["state"] == "done"
        )

    return test


def _answered(wiring: Wiring, condition: Condition) -> Test:
    name, compare = condition.about or "", None if condition.over_half else comparison(wiring.flow, condition)
    answers = set(condition.with_ or ())

    def test(view: View) -> bool:
        task = view.tasks.get(name)
        held = task_record.slots(task.record) if task else ()
        slots = [slot for slot in held if slot["state"] in ("open", "done", "skipped")]
        given = sum(slot["state"] == "done" and (not answers or slot_record.answer(slot) in answers) for slot in slots)
        return compare(given) if compare else given * 2 > len(slots)

    return test


def _instant(value: Any, calendar: Calendar) -> datetime:
    when = moment(value)
    return when if isinstance(when, datetime) else datetime(when.year, when.month, when.day, tzinfo=calendar.zone)


def _before(wiring: Wiring, condition: Condition) -> Test:
    flow, _, calendar = wiring
    name, by = condition.about or "", condition.by
    if by is None:
        return lambda view: view.at < _instant(_value(view, name), calendar)
    return lambda view: view.at < calendar.before(moment(_value(view, name)), figure(flow, by)).at


def _after(wiring: Wiring, condition: Condition) -> Test:
    flow, _, calendar = wiring
    name, by = condition.about or "", condition.by
    if by is None:
        return lambda view: view.at >= _instant(_value(view, name), calendar)
    return lambda view: view.at >= calendar.due(moment(_value(view, name)), figure(flow, by), "strict").at


def _rises(wiring: Wiring, condition: Condition) -> Test:
    flow, name, along = wiring.flow, condition.about or "", condition.along

    def test(view: View) -> bool:
        order = figure(flow, along)
        old = view.case.data.get(name) if view.case else None
        new = view.data.get(name)
        return new in order and (old is None or (old in order and order.index(new) > order.index(old)))

    return test


def _tied(case: Case | None, kind: str) -> list[Link]:
    """The cases that this one waits for."""
    return [] if case is None else [link for link in case.links if link.kind == kind and link.role == "child"]


def _linked(wiring: Wiring, condition: Condition) -> Test:
    kind, wanted = condition.about or "", set(condition.with_ or ())
    compare = comparison(wiring.flow, condition) if condition.compares else None

    def test(view: View) -> bool:
        ties = _tied(view.case, kind)
        done = sum(1 for link in ties if link.state == "done" and (not wanted or link.outcome in wanted))
        return compare(done) if compare else bool(ties) and done == len(ties)

    return test


def _running(wiring: Wiring, condition: Condition) -> Test:
    kind, compare = condition.about or "", comparison(wiring.flow, condition)
    return lambda view: compare(sum(1 for link in _tied(view.case, kind) if link.state != "done"))


TESTS: Mapping[str, Callable[[Wiring, Condition], Test]] = {
    "present": _present, "absent": _absent, "field": _field, "count": _count, "settled": _settled,
    "answered": _answered, "holds": _holds, "actor": _actor, "actor_org": _actor_org, "before": _before,
    "after": _after, "working_day": _working_day, "apart": _apart, "linked": _linked, "running": _running,
    "deadline": _deadline, "rises": _rises, "named": _named, "any": _any, "all": _all, "none": _none,
}  # fmt: skip
