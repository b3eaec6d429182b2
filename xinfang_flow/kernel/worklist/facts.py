"""What the list of a state hangs on, read quickly: equal facts give the same list, so each is worked out once.

Facts are kept for the whole process.  So a field's own value is a fact only where it is one of a declared few (a
choice, yes or no); of every other condition the fact is its answer, and no text of any case is kept.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.case import Case, Task
from xinfang_flow.kernel.interpreter.guards import View
from xinfang_flow.kernel.records import slot as slot_record, task as task_record
from xinfang_flow.kernel.values import SYSTEM, Command
from xinfang_flow.kernel.worklist.judgement import Judge, judge
from xinfang_flow.kernel.worklist.rule import Place, runs
from xinfang_flow.kernel.worklist.steps import Step

_NOTHING: frozenset[str] = frozenset()
_ASKED = Command("", "")


class Facts(NamedTuple):
    """Which fields, answers, deadlines and tasks the list of one state hangs on, and whether on links."""

    fields: tuple[str, ...]
    answers: tuple[Judge, ...]
    deadlines: tuple[str, ...]
    tasks: tuple[str, ...]

    @classmethod
    def of(cls, flow: Flow, place: Place) -> Facts:
        """Return what the list of a state hangs on."""
        needs = [need for step in _every(place) for need in step.needs]
        leaves = [leaf for need in needs for leaf in need.leaves if leaf.row.about != "task"]
        answers: dict[str, Judge | None] = {}
        for leaf in leaves:
            if not _is_of_few(flow, leaf):
                bare = leaf.model_copy(update={"message": None})
                answers.setdefault(bare.model_dump_json(exclude_none=True), judge(flow, leaf, _NOTHING))
        return cls(
            tuple(sorted({str(leaf.about) for leaf in leaves if _is_of_few(flow, leaf)})),
            tuple(answer for answer in answers.values() if answer is not None),
            tuple(sorted(_NOTHING.union(*(step.meets for step in place.meeting)))),
            tuple(sorted(_NOTHING.union(*(need.tasks for need in needs), {owed.name for owed in place.owed}))),
        )

    def read(self, case: Case) -> tuple[Any, ...]:
        """Return the facts of a case."""
        data, deadlines = case.data, case.deadlines
        found: list[Any] = [case.held]
        found += [data.get(name) for name in self.fields]
        if self.answers:
            view = view_of(case)
            found += [answer(view) for answer in self.answers]
        found += [name in deadlines and runs(deadlines[name]) for name in self.deadlines]
        found += [_standing(case.tasks.get(name)) for name in self.tasks]
        return tuple(found)


def _standing(task: Task | None) -> tuple[Any, ...] | None:
    """How a task stands: of each slot, what became of it, or who owes it; of whom it is, not their names."""
    if task is None:
        return None
    found: list[Any] = [task.state]
    for slot in task_record.slots(task.record):
        actor, role = slot_record.owed_by(slot)
        found += (slot["state"], slot_record.answer(slot), actor is not None, role)
    return tuple(found)


def view_of(case: Case) -> View:
    """Return what guards see of a case of which nothing is asked yet."""
    return View(case, _ASKED, case.data, case.tasks, SYSTEM, case.changed_at)


def _every(place: Place) -> list[Step]:
    """Every step that may be waited for in a state, those that give what others lack included."""
    seen: dict[int, Step] = {}
    steps = [step for rank in place[:5] for step in rank] + [step for owed in place.owed for step in owed.steps]
    while steps:
        step = steps.pop()
        if id(step) not in seen:
            seen[id(step)] = step
            steps += [giver for need in step.needs for giver in need.all_givers]
    return list(seen.values())


def _is_of_few(flow: Flow, leaf: Condition) -> bool:
    """Whether it is about a field whose own value says all: a choice, or yes and no."""
    row = leaf.row
    return row.about == "field" and row.data_alone and not leaf.from_ and _kind(flow, leaf) in ("choice", "boolean")


def _kind(flow: Flow, leaf: Condition) -> str:
    return flow.fields[leaf.about].type if leaf.about in flow.fields else ""
