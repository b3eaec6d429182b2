"""Folding: `evolve(case, event)` is the only way a case changes, and needs nothing but the event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from xinfang_flow.errors import TamperedError
from xinfang_flow.kernel.case import NO_DEADLINES, NO_TASKS, Case, Deadline, Link, Task
from xinfang_flow.kernel.event import Event
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict, renewed


def evolve(case: Case | None, event: Event) -> Case:
    """Return the case as it stands after `event`.

    Raises:
        TamperedError: the event does not follow this case (another case, a gap, or a beginning in the middle).
    """
    if case is None:
        return _begin(event)
    if event.seq != case.version + 1 or event.case_id != case.id:
        raise _out_of_place(case, event)
    state = event.dest
    new: dict[str, Any] = {"state": state, "version": event.seq, "changed_at": event.at, "head": event.hash}
    if state != case.state:
        new["trail"] = _walked(case.trail, state)
    for name, said in event.changes.items():
        if name in REPLACED:
            new[name] = said
        elif name == "takes":
            new["data"] = with_taken(case.data, event.payload, said)
        elif name in MERGED:
            new[name] = MERGED[name](case, said)
    return renewed(case, new)


def _out_of_place(case: Case, event: Event) -> TamperedError:
    return TamperedError(
        f"event {event.seq} of {event.case_id} does not follow version {case.version} of {case.id}",
        case_id=case.id, broken_at=event.seq,
    )  # fmt: skip


def _walked(trail: tuple[str, ...], state: str) -> tuple[str, ...]:
    """The way that led here: going back to an earlier state cuts it."""
    return trail[: trail.index(state) + 1] if state in trail else (*trail, state)


def _begin(event: Event) -> Case:
    if event.seq != 1 or event.kind != "opened":
        raise TamperedError(f"a history begins with an opened event, not with {event.seq} {event.kind}", broken_at=1)
    said = event.changes
    return Case(
        id=event.case_id, flow=said["flow"], flow_version=said["flow_version"], digest=said["digest"],
        org=said.get("org"), state=event.dest, stage=said.get("stage"), version=1,
        data=with_taken(EMPTY, event.payload, said.get("takes", ())),
        deadlines=_deadlines(NO_DEADLINES, said.get("deadlines", EMPTY)),
        tasks=_tasks(event.case_id, NO_TASKS, said.get("tasks", EMPTY)), links=_links((), said.get("links", ())),
        done=said.get("done", False), outcome=said.get("outcome"), opened_at=event.at, changed_at=event.at,
        trail=(event.dest,), head=event.hash,
    )  # fmt: skip


def fold(events: Iterable[Event]) -> Case:
    """Fold a whole history.

    Raises:
        TamperedError: the history is empty or does not hang together.
    """
    case: Case | None = None
    for event in events:
        case = evolve(case, event)
    if case is None:
        raise TamperedError("an empty history is no case")
    return case


def with_taken(data: Mapping[str, Any], payload: Mapping[str, Any], takes: Iterable[str]) -> Mapping[str, Any]:
    """Return a case's data with what is taken from a payload."""
    taken = {name: payload[name] for name in takes if name in payload}
    return FrozenDict({**data, **taken}) if taken else data


def _deadlines(old: Mapping[str, Deadline], said: Mapping[str, Any]) -> Mapping[str, Deadline]:
    if not said:
        return old
    new = {
        name: Deadline(name, _renewed(old[name].record, keys) if name in old else keys) for name, keys in said.items()
    }
    return FrozenDict({**old, **new})


def _renewed(record: Mapping[str, Any], said: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record with what an event says of it: keys are set, None takes one away."""
    merged = {**record, **said}
    if None in said.values():
        merged = {key: value for key, value in merged.items() if value is not None}
    return FrozenDict(merged)


def _tasks(case_id: str, old: Mapping[str, Task], said: Mapping[str, Any]) -> Mapping[str, Task]:
    if not said:
        return old
    return FrozenDict({**old, **{name: Task(case_id, name, record) for name, record in said.items()}})


def _links(old: tuple[Link, ...], new: Iterable[Mapping[str, Any]]) -> tuple[Link, ...]:
    merged = {(link.case_id, link.kind): link for link in old}
    for record in new:
        merged[record["case_id"], record["kind"]] = Link(**record)
    return tuple(merged.values())


# What an event says of these stands in the case as it is said; of those it says what is new in them.
REPLACED = frozenset({"stage", "done", "outcome", "held", "flow_version", "digest"})
MERGED: dict[str, Callable[[Case, Any], Any]] = {
    "deadlines": lambda case, said: _deadlines(case.deadlines, said),
    "tasks": lambda case, said: _tasks(case.id, case.tasks, said),
    "links": lambda case, said: _links(case.links, said),
}
