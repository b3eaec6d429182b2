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
from xinfang_flow.kernel.records.light import light_of
from xinfang_flow.kernel.records.slot import SlotStatus
from xinfang_flow.kernel.records.task import TaskStatus
from xinfang_flow.law import Due
from xinfang_flow.markup import facts, grid
from xinfang_flow.plain import plain, plain_dict


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

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form: the three dates, the first late instant, and how often it was lengthened."""
        due = self.due
        return plain_dict({
            "name": self.name, "state": self.state, "nominal": due.nominal, "due": due.due, "target": due.target,
            "at": due.at, "provisional": due.provisional, "since": self.since, "extended": self.extended,
            "start": due.start, "period": str(due.period),
        })  # fmt: skip


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

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form: the record of the share; a key is there when it says something."""
        return plain_dict(self.record)


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

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form: the case's id, the task's name and state, and its shares."""
        return {
            "case": self.case_id, "name": self.name, "state": self.state, "since": plain(self.since),
            "slots": [slot.as_dict() for slot in self.slots],
        }  # fmt: skip


class Link(NamedTuple):
    """关联事项: a tie to another case.  `role` says what the other is to this one: "child" is waited for."""

    case_id: str
    kind: str
    role: Literal["parent", "child"]
    state: str
    outcome: str | None = None

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form: every field under its name."""
        return self._asdict()


class Case(NamedTuple):
    """One running instance of a flow: what `evolve` has folded from its events.

    `entered_at` is when it entered its state; None where a snapshot was written before that was kept.  `personal` names
    the fields of `data` that came in as commitments; None where that is not known: every one may be personal.
    """

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
    entered_at: datetime | None = None
    personal: frozenset[str] | None = None

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form, in JSON's own types; values of `data` that are personal as `***` unless revealed.

        Where it is not known which are (`personal` is None), all of them are masked.
        """
        return {
            "id": self.id, "flow": f"{self.flow}@{self.flow_version}", "org": self.org, "stage": self.stage,
            "state": self.state, "done": self.done, "outcome": self.outcome, "held": self.held,
            "version": self.version, "opened_at": plain(self.opened_at),
            "changed_at": plain(self.changed_at), "head": self.head,
            "data": plain_dict(self.data, hidden=self.personal, reveal=reveal),
            "deadlines": [deadline.as_dict() for deadline in self.deadlines.values()],
            "tasks": [task.as_dict() for task in self.tasks.values()],
            "links": [link.as_dict() for link in self.links],
        }  # fmt: skip

    def _repr_html_(self) -> str:
        """Show the case in a notebook, personal values masked; lights are those of the moment of its last event."""
        now, form = self.changed_at, self.as_dict()
        state = {"环节 state": self.state, "阶段 stage": self.stage, "结果 outcome": self.outcome}
        told = {"流程 flow": form["flow"], **state, "最近 last event": form["changed_at"], **form["data"]}
        parts = [facts(self.id, told.items())]
        if self.deadlines:
            parts.append(grid("期限 deadlines", [_light(each, now) for each in self.deadlines.values()]))
        if self.tasks:
            parts.append(grid("任务 tasks", [_shares(each) for each in self.tasks.values()]))
        return "".join(parts)

    def __repr__(self) -> str:
        """Say which case this is, and nothing of what it holds: reprs end up in logs."""
        return f"<Case {self.id} {self.flow}@{self.flow_version} {self.state}, version {self.version}>"


def _light(deadline: Deadline, now: datetime) -> dict[str, Any]:
    light, days = light_of(deadline.record, now)
    return {"期限 deadline": deadline.name, "截止 due": deadline.due.due, "灯 light": light, "天 days": days}


def _shares(task: Task) -> dict[str, Any]:
    shares = ", ".join(f"{slot.id} {slot.state}" for slot in task.slots)
    return {"任务 task": task.name, "状态 state": task.state, "承担 shares": shares}


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
