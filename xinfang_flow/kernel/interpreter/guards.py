"""Guards: the closed vocabulary of conditions, compiled once into plain functions over a `View`.

A guard fails closed: whatever goes wrong inside it refuses, with the words why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.case import Case, Task
from xinfang_flow.kernel.interpreter.comparison import UnsetFigureError, comparison, figure, unset
from xinfang_flow.kernel.interpreter.refusal_words import describe, not_given
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
    """One compiled condition."""

    condition: Condition
    test: Test
    flow: Flow

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
            name = self.condition.named or self.condition.subject
            kind = type(error).__name__
            return reason("guard_error", f"条件 {name} 无法判断（{kind}）", f"guard {name} broke ({kind})", name)
        if holds is True:
            return None
        if holds is not False:
            name = self.condition.named or self.condition.subject
            return reason("guard_error", f"条件 {name} 未给出是或否", f"guard {name} gave neither true nor false", name)
        return describe(self.flow, self.condition)


def _mentions(condition: Condition) -> Iterator[str]:
    if condition.about:
        yield condition.about
    for parts in (condition.any, condition.all, condition.none):
        for part in parts or ():
            yield from _mentions(part)


def compile_guard(
    flow: Flow, condition: Condition, named: Mapping[str, NamedGuard], calendar: Calendar, *, negate: bool = False
) -> Guard:
    """Compile one condition; `negate` is for `unless`."""
    test = _compile(flow, condition, named, calendar)
    if negate:
        positive = test

        def test(view: View) -> bool:
            return not _sure(positive(view))

        condition = Condition(none=(condition,), message=condition.message)
    return Guard(condition, test, flow)


def _sure(answer: Any) -> bool:
    if answer is True or answer is False:
        return bool(answer)
    raise TypeError("a guard answers True or False")


def _compile(  # noqa: C901  one case a subject
    flow: Flow, condition: Condition, named: Mapping[str, NamedGuard], calendar: Calendar
) -> Test:
    name = condition.about or ""
    match condition.subject:
        case "present":
            return lambda view: _given(view.data.get(name))
        case "absent":
            return lambda view: not _given(view.data.get(name))
        case "field":
            compare = comparison(flow, condition)
            return lambda view: compare(_value(view, name))
        case "count":
            compare = comparison(flow, condition)
            return lambda view: compare(len(chosen(view.data.get(name), condition.where or {})))
        case "settled":
            return _settled(flow, name, calendar)
        case "answered":
            return _answered(flow, condition)
        case "holds":
            ever = condition.ever is True
            return lambda view: holds(view.tasks.get(name), view.actor, ever=ever)
        case "actor":
            return lambda view: view.data.get(name) == view.actor.id
        case "actor_org":
            return lambda view: view.actor.org is not None and view.data.get(name) == view.actor.org
        case "before" | "after":
            return _timely(flow, condition, calendar)
        case "working_day":
            return lambda view: calendar.is_working_day(moment(view.data[name]))
        case "apart":
            return _apart(flow, condition)
        case "linked" | "running":
            return _linked(flow, condition)
        case "deadline":
            states = set(condition.is_ or ())
            return lambda view: _deadline_state(view, name) in states
        case "rises":
            return _rises(flow, condition)
        case "named":
            function = named[name]
            return lambda view: function(view.case, view.command)  # type: ignore[arg-type]
        case "any":
            return _one_holds([_compile(flow, part, named, calendar) for part in condition.any or ()])
        case "all":
            return _all_hold([_compile(flow, part, named, calendar) for part in condition.all or ()])
        case _:
            one_holds = _one_holds([_compile(flow, part, named, calendar) for part in condition.none or ()])
            return lambda view: not one_holds(view)


# Guards are asked at every fire: loops, because a generator inside any() costs more than the tests it runs.


def _one_holds(tests: list[Test]) -> Test:
    def test(view: View) -> bool:
        for each in tests:
            answer = each(view)
            if answer is True or (answer is not False and _sure(answer)):
                return True
        return False

    return test


def _all_hold(tests: list[Test]) -> Test:
    def test(view: View) -> bool:
        for each in tests:
            answer = each(view)
            if answer is False or (answer is not True and not _sure(answer)):
                return False
        return True

    return test


def chosen(items: Any, where: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the items of a list, or the one value as a list; of records only those whose parts are as `where` says."""
    if items is None:
        return ()
    listed = items if isinstance(items, tuple) else (items,)
    return tuple(item for item in listed if all(item.get(part) == value for part, value in where.items()))


def _apart(flow: Flow, condition: Condition) -> Test:
    def who(view: View, field: str) -> set[Any]:
        record = flow.records.get(flow.fields[field].of or "")
        items = chosen(view.data.get(field), {})
        if record is None:
            return set(items)
        parts = [part for part, spec in record.items() if spec.type in ("actor", "organ")]
        return {item[part] for item in items for part in parts if part in item}

    def test(view: View) -> bool:
        barred = set().union(*(who(view, field) for field in condition.from_ or ()))
        return barred.isdisjoint(who(view, condition.about or ""))

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


def _settled(flow: Flow, name: str, calendar: Calendar) -> Test:
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


def _answered(flow: Flow, condition: Condition) -> Test:
    compare = None if condition.over_half else comparison(flow, condition)
    answers = set(condition.with_ or ())

    def test(view: View) -> bool:
        task = view.tasks.get(condition.answered or "")
        held = task_record.slots(task.record) if task else ()
        slots = [slot for slot in held if slot["state"] in ("open", "done", "skipped")]
        given = sum(slot["state"] == "done" and (not answers or slot_record.answer(slot) in answers) for slot in slots)
        return compare(given) if compare else given * 2 > len(slots)

    return test


def _timely(flow: Flow, condition: Condition, calendar: Calendar) -> Test:
    field = condition.before or condition.after or ""

    def instant(value: Any) -> datetime:
        when = moment(value)
        if isinstance(when, datetime):
            return when
        return datetime(when.year, when.month, when.day, tzinfo=calendar.zone)

    def before(view: View) -> bool:
        when = moment(view.data[field])
        if condition.by is None:
            return view.at < instant(view.data[field])
        return view.at < calendar.before(when, figure(flow, condition.by)).at

    def after(view: View) -> bool:
        when = moment(view.data[field])
        if condition.by is None:
            return view.at >= instant(view.data[field])
        return view.at >= calendar.due(when, figure(flow, condition.by), "strict").at

    return before if condition.before else after


def _rises(flow: Flow, condition: Condition) -> Test:
    field = condition.rises or ""

    def test(view: View) -> bool:
        order = figure(flow, condition.along)
        old = view.case.data.get(field) if view.case else None
        new = view.data.get(field)
        return new in order and (old is None or (old in order and order.index(new) > order.index(old)))

    return test


def _linked(flow: Flow, condition: Condition) -> Test:
    wanted = set(condition.with_ or ())
    counted = any(getattr(condition, name) is not None for name in ("equals", "one_of", "at_least", "at_most", "odd"))
    compare = comparison(flow, condition) if counted else None

    def test(view: View) -> bool:
        ties = [] if view.case is None else [
            link for link in view.case.links if link.kind == condition.about and link.role == "child"
        ]  # fmt: skip
        if condition.running:
            return bool(compare and compare(sum(1 for link in ties if link.state != "done")))
        done = sum(1 for link in ties if link.state == "done" and (not wanted or link.outcome in wanted))
        return compare(done) if compare else bool(ties) and done == len(ties)

    return test
