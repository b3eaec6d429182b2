"""The steps of a flow as seen by whoever waits: what each still lacks, and which steps give it.

A step that lacks something hands the waiting on: to the steps that stay in the state and give what it lacks, or to
those who hold the slots it needs.  If nobody here can give it (time must pass, another case must end, the data says
no), it is not waited for at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import BACKWARD, Moment, Transition
from xinfang_flow.kernel.case import Task
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.interpreter.guards import View
from xinfang_flow.kernel.records import slot as slot_record, task as task_record
from xinfang_flow.kernel.worklist.judgement import Judge, denied, fields_of, judge

SYSTEM_ROLE = "system"
WITHDRAWN = "withdrawn"  # the outcome of a case that its petitioner takes back: nobody waits for that
WORKING = (None, "settle", "skip", "assign")  # other steps of a task urge, tell, hand on or take back
FILLING = ("assign", "add")


class Step:
    """A transition from one state: who may take it, what it meets, what it needs."""

    __slots__ = (
        "anyone", "dest", "do", "meets", "needs", "org", "place", "roles", "takes", "task", "transition", "trigger",
    )  # fmt: skip

    def __init__(self, flow: Flow, transition: Transition, source: str) -> None:
        step = transition.task
        self.transition, self.dest = transition, transition.dest or source
        self.trigger, self.place = transition.trigger, flow.triggers.index(transition.trigger)
        self.roles = tuple(role for role in transition.roles if role != SYSTEM_ROLE)
        self.takes = frozenset(asked.name for asked in transition.taken)
        self.task = step.name if step else None
        self.do = step.do if step else None
        self.anyone = bool(step and step.anyone)
        organs = (one.about for one in _flat(transition.conditions) if one.row.wanted == "organ")
        org = next(organs, None)
        self.org = None if org in self.takes else org
        enters = self.dest if self.dest != source else None
        self.meets = frozenset(
            spec.name for spec in flow.deadlines if spec.met_by and _happens(spec.met_by, self.trigger, enters)
        )
        self.needs: tuple[Need, ...] = ()

    def waits_for(self, view: View, *, deep: bool = True) -> tuple[Step, ...] | None:
        """Return what is waited for so that this step comes about: itself, or those that give what it lacks.

        Empty: it is with the holders of slots.  None: nobody here can bring it about.
        """
        missing = [need for need in self.needs if not need.met(view)]
        if not missing:
            return (self,)
        found: tuple[Step, ...] = ()
        for need in missing:
            given = need.given(view, deep=deep)
            if given is None:
                return None
            found += given
        return found


class Need:
    """What a step lacks until `met`; `givers` are the steps of the same state that give it.

    `leaves` are the single conditions that it hangs on, and `name` the task, if it is about one.
    """

    __slots__ = ("givers", "leaves", "name", "test")

    def __init__(
        self, test: Judge, givers: tuple[Step, ...], leaves: tuple[Condition, ...] = (), name: str | None = None
    ) -> None:
        self.test, self.givers, self.leaves, self.name = test, givers, leaves, name

    @property
    def tasks(self) -> frozenset[str]:
        """The tasks that it hangs on."""
        told = {leaf.about for leaf in self.leaves if leaf.about and leaf.row.about == "task"}
        return frozenset({self.name, *told} if self.name else told)

    @property
    def all_givers(self) -> tuple[Step, ...]:
        """Every step that may be waited for to give it."""
        return self.givers

    def met(self, view: View) -> bool:
        """Return whether it may hold now."""
        return self.test(view) is not False

    def given(self, view: View, *, deep: bool) -> tuple[Step, ...] | None:
        """Return the steps that are waited for to give it; None if there are none."""
        return _together(self.givers, view) if deep and self.givers else None


class TaskNeed(Need):
    """A task must be settled, or have certain answers."""

    __slots__ = ("filling",)

    def __init__(self, test: Judge, name: str, here: Here) -> None:
        of_items = bool(here.flow.task(name).items)
        settling = [step for step in here.steps if step.task == name and step.do == "settle"]
        super().__init__(test, tuple(step for step in settling if of_items or step.anyone), name=name)
        self.filling = here.filling(name)

    @property
    def all_givers(self) -> tuple[Step, ...]:
        """Those who settle it, and those who fill it."""
        return (*self.givers, *self.filling)

    def given(self, view: View, *, deep: bool) -> tuple[Step, ...] | None:
        """Those who act for others or tick an item; else the slots themselves say who owes; without any, who fills."""
        task = _task(view, self)
        if task is None or task.state != "open" or not deep:
            return None
        if not _open(task):
            return _together(self.filling, view) if self.filling else None
        return _together(self.givers, view) if self.givers else ()


class HoldNeed(Need):
    """Only who holds a slot of the task may: it is theirs, and no row of their role's."""

    __slots__ = ()

    def __init__(self, name: str, here: Here) -> None:
        super().__init__(self._shared, here.filling(name), name=name)

    def _shared(self, view: View) -> bool:
        task = _task(view, self)
        if task is None or not any(slot["state"] in slot_record.COUNTED for slot in task_record.slots(task.record)):
            return False
        return all(slot_record.owed_by(slot).actor is None for slot in _open(task))

    def given(self, view: View, *, deep: bool) -> tuple[Step, ...] | None:
        """Nobody else while somebody holds one; else who fills it."""
        task = _task(view, self)
        if task is not None and _open(task):
            return ()
        return super().given(view, deep=deep)


class SlotNeed(Need):
    """A step of a task needs an open slot; one that is owed by a person or a role stands in the list by itself."""

    __slots__ = ()

    def __init__(self, step: Step, name: str, here: Here) -> None:
        common = step.anyone or bool(here.flow.task(name).items)
        fills = step.do in FILLING

        def test(view: View) -> bool:
            task = view.tasks.get(name)
            return (fills and task is None) or (task is not None and task.state == "open" and (
                fills or (common and bool(_open(task)))
            ))  # fmt: skip

        super().__init__(test, (), name=name)

    def given(self, view: View, *, deep: bool) -> tuple[Step, ...] | None:
        """The slots themselves, if any is open."""
        task = _task(view, self)
        return () if task is not None and _open(task) else None


class Here(NamedTuple):
    """A state with every step from it that may be work."""

    flow: Flow
    state: str
    steps: tuple[Step, ...]

    def filling(self, task: str) -> tuple[Step, ...]:
        """Return the steps that give a task its slots."""
        return tuple(step for step in self.steps if step.task == task and step.do in FILLING)

    def compiled(self) -> Here:
        """Say of every step what it needs; the steps must all be known for that."""
        for step in self.steps:
            step.needs = tuple(self._needs(step, step.transition))
        return self

    def _needs(self, step: Step, transition: Transition) -> Iterator[Need]:
        if step.task:
            yield SlotNeed(step, step.task, self)
        given = step.takes | ({step.task} if step.task else frozenset())
        for condition in _flat(transition.conditions):
            row, name = condition.row, condition.about or ""
            if row.about == "task" and not row.awaits and not condition.ever and name not in given:
                yield HoldNeed(name, self)
            else:
                yield from self._need(step, condition, given, negate=False)
        for condition in transition.unless:
            yield from self._need(step, condition, given, negate=True)

    def _need(self, step: Step, condition: Condition, given: frozenset[str], *, negate: bool) -> Iterator[Need]:
        of_task = condition.row.about == "task" and condition.row.awaits
        own = of_task and condition.row.compares and condition.about == step.task
        test = _after_one_more(self.flow, step, condition) if own else judge(self.flow, condition, given)
        if negate:
            test = denied(test)
        if test is None:
            return
        if of_task and not negate and not own:
            yield TaskNeed(test, condition.about or "", self)
            return
        lacked = fields_of(condition)
        staying = [one for one in self.steps if one.dest == self.state and not one.takes.isdisjoint(lacked)]
        leaves = tuple(leaf for leaf in _single((condition,)) if given.isdisjoint((leaf.about or "",)))
        yield Need(test, tuple(one for one in staying if one is not step), leaves)


def steps_from(flow: Flow, state: str) -> Here:
    """Return the steps from a state that may be work at all: not the engine's own, not back, not urging, not a hold."""
    steps = [
        Step(flow, transition, state)
        for transition in flow.transitions
        if _may_be_work(flow, transition) and state in flow.sources_of(transition)
    ]
    return Here(flow, state, tuple(steps)).compiled()


def _may_be_work(flow: Flow, transition: Transition) -> bool:
    if transition.work is not None:
        return transition.work and any(role != SYSTEM_ROLE for role in transition.roles)
    return (
        any(role != SYSTEM_ROLE for role in transition.roles)
        and transition.dest not in BACKWARD
        and transition.extends is None
        and transition.hold is not True
        and (transition.task.do if transition.task else None) in WORKING
        and (transition.dest is None or flow.states[transition.dest].outcome != WITHDRAWN)
    )


def _flat(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Yield conditions that must all hold; `all` is only a bracket."""
    for condition in conditions:
        if condition.row.joins == "all" and not condition.row.denies:
            yield from _flat(condition.parts)
        else:
            yield condition


def _single(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Yield the conditions that are no combinations, those inside combinations too."""
    for condition in conditions:
        if condition.row.joins:
            yield from _single(condition.parts)
        else:
            yield condition


def _after_one_more(flow: Flow, step: Step, condition: Condition) -> Judge | None:
    """Judge the answers of a task as they will be once this step has given one, whatever it is."""
    now = judge(flow, condition, frozenset())
    if now is None or step.do != "settle":
        return now
    exact = condition.with_ is None and condition.over_half is None

    def test(view: View) -> bool | None:
        task = view.tasks.get(step.task or "")
        waiting = _open(task) if task else ()
        if task is None or not waiting:
            return now(view)
        given = slot_record.closed(waiting[0], "done", EMPTY, (condition.with_ or ("",))[0])
        slots = tuple(given if slot is waiting[0] else slot for slot in task_record.slots(task.record))
        later = task._replace(record=task_record.with_slots(task.record, slots, "open"))
        one_more = now(view._replace(tasks={**view.tasks, task.name: later}))
        return one_more if exact or one_more == now(view) else None

    return test


def _happens(when: Moment, trigger: str, enters: str | None) -> bool:
    return trigger in when.fires or (enters is not None and enters in when.enters)


def _together(steps: Iterable[Step], view: View) -> tuple[Step, ...] | None:
    """Return what is waited for of several steps, of which one is enough."""
    found = [given for step in steps if (given := step.waits_for(view, deep=False)) is not None]
    return tuple(one for given in found for one in given) if found else None


def _task(view: View, need: Need) -> Task | None:
    return view.tasks.get(need.name or "")


def _open(task: Task) -> tuple[task_record.Record, ...]:
    return task_record.owed(task.record)
