"""The rule of the worklist: which of the steps from a state wait.

What waits for a role is an open slot that the role owes, or a step that the state is there for: the steps that meet a
running deadline; if there are none, those that lead to a later stage; if there are none, those that lead to a later
state, as a case walks through them.  `work` on a transition says otherwise.  While a case is held, only the step that
activates it waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.case import Case, Deadline
from xinfang_flow.kernel.interpreter.guards import View
from xinfang_flow.kernel.records import deadline as deadline_record, slot as slot_record, task as task_record
from xinfang_flow.kernel.worklist.steps import SlotNeed, Step, steps_from


class Owed(NamedTuple):
    """A task whose slots roles owe, and the steps by which one is settled."""

    name: str
    in_turn: bool
    steps: tuple[Step, ...]


class Waits(NamedTuple):
    """One step that waits for one role; `task` is the task whose slot it settles, if that is why."""

    role: str
    step: Step
    task: str | None


class Place(NamedTuple):
    """What a state is there for: the steps that always wait, and those that wait by the rule, in its three ranks."""

    always: tuple[Step, ...]
    meeting: tuple[Step, ...]
    later_stage: tuple[Step, ...]
    later_state: tuple[Step, ...]
    waking: tuple[Step, ...]
    owed: tuple[Owed, ...]

    @classmethod
    def of(cls, flow: Flow, state: str) -> Place:
        """Return what a state of the flow is there for."""
        steps = steps_from(flow, state).steps
        walk = flow.walk
        stages = list(dict.fromkeys(flow.states[name].stage for name in walk))
        stage = flow.states[state].stage
        moving = [step for step in steps if step.transition.hold is None]
        by_rule = [step for step in moving if step.transition.work is None]

        def is_later(step: Step) -> bool:
            there = flow.states[step.dest].stage
            return None not in (stage, there) and stages.index(there) > stages.index(stage)

        return cls(
            tuple(step for step in moving if step.transition.work),
            tuple(step for step in by_rule if step.meets),
            tuple(step for step in by_rule if is_later(step)),
            tuple(step for step in by_rule if walk.index(step.dest) > walk.index(state)),
            tuple(step for step in steps if step.transition.hold is False),
            tuple(
                Owed(task.name, task.settle == "in_turn", tuple(step for step in steps if _settles(step, task.name)))
                for task in flow.tasks
                if task.of and state in task.states
            ),
        )

    def waiting(self, view: View, case: Case) -> Iterator[Waits]:
        """Yield what waits, for whom."""
        for step in self._steps(view, case):
            for role in step.roles:
                yield Waits(role, step, None)
        if not case.held:
            for owed in self.owed:
                yield from _slots(owed, view, case)

    def _steps(self, view: View, case: Case) -> list[Step]:
        if case.held:
            return [step for step in self.waking if all(need.met(view) for need in step.needs)]
        running = {name for name, deadline in case.deadlines.items() if runs(deadline)}
        meeting = [step for step in self.meeting if not step.meets.isdisjoint(running)]
        found = [step for step in self.always if all(need.met(view) for need in step.needs)]
        for rank in (meeting, self.later_stage, self.later_state):
            by_rule = _brought_about(rank, view)
            if by_rule is not None:
                return found + by_rule
        return found


def runs(deadline: Deadline) -> bool:
    """Return whether a deadline is still to be met: it runs, stands still for a while, or is late and not met."""
    return deadline_record.running(deadline.record) or deadline_record.overdue_from(deadline.record) is not None


def _settles(step: Step, task: str) -> bool:
    return step.task == task and step.do == "settle"


def _brought_about(steps: Iterable[Step], view: View) -> list[Step] | None:
    """Return what is waited for so that one of these steps is taken; None if none of them can be brought about here."""
    given = [waited for step in steps if (waited := step.waits_for(view)) is not None]
    return [step for waited in given for step in waited] if given else None


def _slots(owed: Owed, view: View, case: Case) -> Iterator[Waits]:
    task = case.tasks.get(owed.name)
    if task is None or task.state != "open":
        return
    for slot in task_record.owed(task.record, in_turn=owed.in_turn):
        role = slot_record.owed_by(slot).role
        if role is None:
            continue
        for step in owed.steps:
            others = (need for need in step.needs if not isinstance(need, SlotNeed))
            if role in step.roles and all(need.met(view) for need in others):
                yield Waits(role, step, owed.name)
