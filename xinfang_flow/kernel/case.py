"""信访事项: a case is a fold of its events; with its deadlines, tasks and links as values.

`Deadline`, `Task` and `Slot` are thin views over the frozen records that events carry, so that folding an event
costs a dictionary merge and nothing is ever said twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from xinfang_flow.flow.model.deadline_states import DeadlineState
from xinfang_flow.kernel.canonical import moment_of, stamp
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.records import deadline as deadline_record, slot as slot_record, task as task_record
from xinfang_flow.kernel.records.slot import SlotStatus
from xinfang_flow.kernel.records.task import TaskStatus
from xinfang_flow.law import Due


class Deadline(NamedTuple):
    """期限: one running, met or breached period of a case; `due` holds its three dates and the reasoning."""

    name: str
    record: Mapping[str, Any]

    @property
    def state(self) -> DeadlineState:
        """armed, met, breached, suspended or cancelled."""
        state: DeadlineState = self.record["state"]
        return state

    @property
    def due(self) -> Due:
        """The due date as it was computed, with `because`."""
        return Due.from_record(self.record["due"])

    @property
    def at(self) -> datetime:
        """The first instant that is late, in UTC."""
        return deadline_record.at(self.record)

    @property
    def extended(self) -> int:
        """How often the period has been lengthened."""
        return deadline_record.extensions(self.record)

    @property
    def since(self) -> datetime:
        """When it was armed."""
        return deadline_record.since(self.record)


class Slot(NamedTuple):
    """One share of a task: who owes it (an actor, anyone of a role, or an item), and what became of it."""

    id: str
    record: Mapping[str, Any]

    @property
    def state(self) -> SlotStatus:
        """open, done, skipped, removed, transferred or copied."""
        state: SlotStatus = self.record["state"]
        return state

    @property
    def holder(self) -> str | None:
        """The actor who owes it; None while anybody of the role may."""
        return slot_record.holder(self.record)

    @property
    def role(self) -> str | None:
        """The role that owes it, where it is owed by a role."""
        return slot_record.role(self.record)

    @property
    def answer(self) -> str | None:
        """The answer given, where the task has answers."""
        return slot_record.answer(self.record)


class Task(NamedTuple):
    """待办: a task of one case."""

    case_id: str
    name: str
    record: Mapping[str, Any]

    @property
    def state(self) -> TaskStatus:
        """open, settled or cancelled."""
        state: TaskStatus = self.record["state"]
        return state

    @property
    def since(self) -> datetime:
        """When it was opened."""
        return moment_of(self.record["since"])

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Its shares, in order."""
        return tuple(Slot(slot["id"], slot) for slot in task_record.slots(self.record))


class Link(NamedTuple):
    """关联事项: a tie to another case.  `role` says what the other is to this one: "child" is waited for."""

    case_id: str
    kind: str
    role: Literal["parent", "child"]
    state: str
    outcome: str | None = None


class Case(NamedTuple):
    """One running instance of a flow: what `evolve` has folded from its events."""

    id: str
    flow: str
    flow_version: int
    digest: str
    org: str | None
    state: str
    stage: str | None
    version: int
    data: Mapping[str, Any]
    deadlines: Mapping[str, Deadline]
    tasks: Mapping[str, Task]
    links: tuple[Link, ...]
    done: bool
    outcome: str | None
    opened_at: datetime
    changed_at: datetime
    trail: tuple[str, ...]
    held: bool = False
    head: str = ""

    def __repr__(self) -> str:
        """Say which case this is, and nothing of what it holds: reprs end up in logs."""
        return f"<Case {self.id} {self.flow}@{self.flow_version} {self.state}, version {self.version}>"


def overdue_from(case: Case) -> str | None:
    """Return the first instant from which a case is overdue, as stored text; None when it owes nothing in time."""
    if case.done:
        return None
    found = (deadline_record.overdue_from(deadline.record) for deadline in case.deadlines.values())
    return min((late_from for late_from in found if late_from is not None), default=None)


def overdue(case: Case, now: datetime) -> bool:
    """Return whether a case has let a deadline pass that it still owes."""
    late_from = overdue_from(case)
    return late_from is not None and late_from <= stamp(now)


NO_DEADLINES: Mapping[str, Deadline] = EMPTY
NO_TASKS: Mapping[str, Task] = EMPTY
