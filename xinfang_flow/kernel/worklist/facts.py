"""What the list of a state hangs on, read quickly: equal facts give the same list, so each is worked out once.

Facts are kept for the whole process.  So a field's own value is a fact only where it is one of a declared few (a
choice, yes or no); of every other condition the fact is its answer, and no text of any case is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.case import Case
from xinfang_flow.kernel.interpreter.guards import View
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
        steps = _every(place)
        leaves = [leaf for step in steps for leaf in _leaves(step.transition)]
        told = [leaf for leaf in leaves if leaf.field and flow.fields[leaf.field].type in ("choice", "boolean")]
        others = [leaf for leaf in leaves if leaf not in told and not (leaf.settled or leaf.answered or leaf.holds)]
        answers = {leaf.model_dump_json(exclude_none=True): judge(flow, leaf, _NOTHING) for leaf in others}
        tasks = {leaf.settled or leaf.answered or leaf.holds for leaf in leaves} | {step.task for step in steps}
        return cls(
            tuple(sorted({str(leaf.field) for leaf in told})),
            tuple(answer for answer in answers.values() if answer is not None),
            tuple(sorted(frozenset().union(*(step.meets for step in steps)))),
            tuple(sorted(name for name in tasks | {owed.name for owed in place.owed} if name)),
        )

    def read(self, case: Case) -> tuple[Any, ...]:
        """Return the facts of a case."""
        data, deadlines, tasks = case.data, case.deadlines, case.tasks
        found: list[Any] = [case.held]
        found += [data.get(name) for name in self.fields]
        if self.answers:
            view = view_of(case)
            found += [answer(view) for answer in self.answers]
        found += [name in deadlines and runs(deadlines[name]) for name in self.deadlines]
        for name in self.tasks:
            task = tasks.get(name)
            if task is None:
                found.append(None)
                continue
            found.append(task.record["state"])
            found += [
                (slot["state"], slot.get("role"), "holder" in slot or "delegate" in slot, slot.get("answer"))
                for slot in task.record["slots"]
            ]
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


def _leaves(part: Any) -> Iterator[Condition]:
    return _single((*part.conditions, *part.unless))


def _single(conditions: Iterable[Condition]) -> Iterator[Condition]:
    for condition in conditions:
        parts = (*(condition.any or ()), *(condition.all or ()), *(condition.none or ()))
        if parts:
            yield from _single(parts)
        else:
            yield condition.model_copy(update={"message": None})
