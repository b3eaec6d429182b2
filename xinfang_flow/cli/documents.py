"""A case for machines: the document that `--json` prints, with personal values masked unless they are asked for."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any

from xinfang_flow.casefile import words as said
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Case, Event, Option, Task
from xinfang_flow.text import Language


def case_document(case: Case, now: datetime, lang: Language, *, hidden: Container[str]) -> dict[str, Any]:
    """Return a case; the values of those names that are `hidden` are masked."""
    return {
        "id": case.id,
        "flow": f"{case.flow}@{case.flow_version}",
        "org": case.org,
        "stage": case.stage,
        "state": case.state,
        "done": case.done,
        "outcome": case.outcome,
        "held": case.held,
        "version": case.version,
        "opened_at": case.opened_at.isoformat(),
        "changed_at": case.changed_at.isoformat(),
        "head": case.head,
        "data": masked(case.data, hidden),
        "deadlines": [deadline_document(case, name, now, lang) for name in case.deadlines],
        "tasks": [task_document(task) for task in case.tasks.values()],
        "links": [link._asdict() for link in case.links],
    }


def masked(values: Mapping[str, Any], hidden: Container[str]) -> dict[str, Any]:
    """Return values, those that are hidden as `***`."""
    return {name: said.HIDDEN if name in hidden else value for name, value in values.items()}


def deadline_document(case: Case, name: str, now: datetime, lang: Language) -> dict[str, Any]:
    """Return a deadline with its light."""
    deadline = case.deadlines[name]
    due, standing = deadline.due, said.standing(deadline, now, lang)
    return {
        "name": name, "state": deadline.state, "nominal": due.nominal.isoformat(), "due": due.due.isoformat(),
        "target": due.target.isoformat(), "at": due.at.isoformat(), "provisional": due.provisional,
        "light": standing.light, "days_left": standing.days,
    }  # fmt: skip


def task_document(task: Task) -> dict[str, Any]:
    """Return a task with its slots."""
    return {
        "case": task.case_id,
        "name": task.name,
        "state": task.state,
        "since": task.since.isoformat(),
        "slots": task.record["slots"],
    }


def option_documents(options: Sequence[Option]) -> list[dict[str, Any]]:
    """Return what may be fired and why not."""
    return [
        {
            "trigger": option.trigger,
            "allowed": option.allowed,
            "reasons": [
                {"code": reason.code, "where": reason.where, "message": reason.message._asdict()}
                for reason in option.reasons
            ],
            "payload_schema": option.payload_schema,
        }
        for option in options
    ]


def event_document(flow: Flow, event: Event, *, reveal: bool) -> dict[str, Any]:
    """Return an event, personal values as `***` unless revealed."""
    hidden = said.masked_names(flow, (event,), reveal=reveal)
    return {
        "seq": event.seq, "at": event.at.isoformat(), "recorded_at": event.recorded_at.isoformat(), "kind": event.kind,
        "trigger": event.trigger, "source": event.source, "dest": event.dest, "actor": event.actor, "role": event.role,
        "org": event.org, "payload": masked(event.payload, hidden), "changes": event.changes,
        "note": event.note if reveal or event.note is None else said.HIDDEN, "key": event.key, "hash": event.hash,
    }  # fmt: skip
