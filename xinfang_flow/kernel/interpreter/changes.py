"""What taking an arrow changes beside the state: data, stage, tasks, deadlines, and whether the case is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xinfang_flow.kernel.case import Case
from xinfang_flow.kernel.frozen import FrozenDict, freeze
from xinfang_flow.kernel.interpreter.deadline_steps import difference
from xinfang_flow.kernel.interpreter.ground import Ground
from xinfang_flow.kernel.interpreter.requirements import Requirements
from xinfang_flow.kernel.interpreter.task_moves import moved, moves

Record = Mapping[str, Any]


class Changes:
    """The changes of one arrow, from `source` to `dest`.

    `always` are those that are the same for every case; `moves` says whether there may be others, in tasks and
    deadlines, which depend on the case and on the moment.
    """

    __slots__ = (
        "_clockwork",
        "_extension",
        "_flow",
        "_moves_deadlines",
        "always",
        "deadline_steps",
        "ends",
        "moves",
        "task_moves",
    )  # fmt: skip

    def __init__(self, ground: Ground, asked: Requirements, source: str, dest: str) -> None:
        flow, transition = ground.flow, asked.transition
        state, leaves = flow.states[dest], dest != source
        self._flow, self._clockwork, self._extension = flow, ground.clockwork, transition.extends
        self.task_moves = moves(flow, source, dest)
        self.deadline_steps = ground.clockwork.affected(transition.trigger, dest if leaves else None, asked.takes)
        self.ends = state.final and leaves
        self._moves_deadlines = bool(self.deadline_steps or self.ends or transition.extends)
        self.moves = bool(self.task_moves or transition.task or self._moves_deadlines)
        always: dict[str, Any] = {}
        if self.ends:
            always |= {"done": True, "outcome": state.outcome or dest}
        if leaves and state.stage != flow.states[source].stage:
            always["stage"] = state.stage
        if asked.takes:
            always["takes"] = asked.takes
        if transition.hold is not None:
            always["held"] = transition.hold
        self.always: Mapping[str, Any] = freeze(always)

    def of(self, case: Case, data: Mapping[str, Any], stepped: dict[str, Record], at: datetime) -> Mapping[str, Any]:
        """Return what changes in a case; `stepped` holds the record of the task step taken in the same breath.

        Raises:
            RefusalError: a deadline cannot be counted or extended, or a task not be opened.
            UnsetFigureError: a figure is needed that this county has not set.
        """
        if not self.moves:
            return self.always
        tasks = stepped
        if self.task_moves:
            tasks = stepped | moved(self._flow, self.task_moves, case.tasks, stepped, data, at)
        deadlines = self._deadlines(case, data, at) if self._moves_deadlines else {}
        # In the order of the keys: deadlines, what is the same each time (done … takes), tasks.
        changes: dict[str, Any] = {}
        if deadlines:
            changes["deadlines"] = difference(case.deadlines, deadlines)
        changes |= self.always
        if tasks:
            changes["tasks"] = FrozenDict(tasks if len(tasks) == 1 else sorted(tasks.items()))
        return FrozenDict(changes)

    def _deadlines(self, case: Case, data: Mapping[str, Any], at: datetime) -> dict[str, Record]:
        """The records that change: by what the flow says of this arrow, by an extension, by the end of the case."""
        clockwork, extension = self._clockwork, self._extension
        changed: dict[str, Record] = {}
        if self.deadline_steps:
            changed = clockwork.apply(self.deadline_steps, case.deadlines, data, at, case.version + 1)
        if extension is not None:
            changed[extension.deadline] = clockwork.extend(extension, case.deadlines, data, at)
        if self.ends:
            clockwork.cancel_all(case.deadlines, changed, at)
        return changed
