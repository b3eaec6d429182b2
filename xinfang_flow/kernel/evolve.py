"""Folding: `evolve(case, event)` is the only way a case changes, and needs nothing but the event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xinfang_flow.errors import TamperedError
from xinfang_flow.kernel.case import NO_DEADLINES, NO_TASKS, Case, Deadline, Link, Task
from xinfang_flow.kernel.event import Event
from xinfang_flow.kernel.values import EMPTY, FrozenDict

_case = Case._make
_new = tuple.__new__


def evolve(case: Case | None, event: Event) -> Case:
    """Return the case as it stands after `event`.

    Raises:
        TamperedError: the event does not follow this case (another case, a gap, or a beginning in the middle).
    """
    if case is None:
        return _begin(event)
    if event.seq != case.version + 1 or event.case_id != case.id:
        raise TamperedError(
            f"event {event.seq} of {event.case_id} does not follow version {case.version} of {case.id}",
            case_id=case.id, broken_at=event.seq,
        )  # fmt: skip
    changes, state, trail = event.changes, event.dest, case.trail
    if state != case.state:
        trail = trail[: trail.index(state) + 1] if state in trail else (*trail, state)
    if not changes:
        return _new(Case, (
            *case[:5], state, case.stage, event.seq, case.data, case.deadlines, case.tasks, case.links, case.done,
            case.outcome, case.opened_at, event.at, trail, case.held, event.hash,
        ))  # fmt: skip
    get = changes.get
    takes = get("takes")
    return _new(Case, (
        case.id, case.flow, get("flow_version") or case.flow_version, get("digest") or case.digest, case.org, state,
        get("stage") or case.stage, event.seq,
        _merged(case.data, event.payload, takes) if takes else case.data,
        _deadlines(case.deadlines, changes["deadlines"]) if "deadlines" in changes else case.deadlines,
        _tasks(case.id, case.tasks, changes["tasks"]) if "tasks" in changes else case.tasks,
        _links(case.links, changes["links"]) if "links" in changes else case.links,
        get("done") or case.done, get("outcome") or case.outcome, case.opened_at, event.at, trail,
        get("held", case.held), event.hash,
    ))  # fmt: skip


def _begin(event: Event) -> Case:
    if event.seq != 1 or event.kind != "opened":
        raise TamperedError(f"a history begins with an opened event, not with {event.seq} {event.kind}", broken_at=1)
    changes = event.changes
    return _new(Case, (
        event.case_id, changes["flow"], changes["flow_version"], changes["digest"], changes.get("org"), event.dest,
        changes.get("stage"), 1, _merged(EMPTY, event.payload, changes.get("takes", ())),
        _deadlines(NO_DEADLINES, changes.get("deadlines", EMPTY)),
        _tasks(event.case_id, NO_TASKS, changes.get("tasks", EMPTY)),
        _links((), changes.get("links", ())), changes.get("done", False), changes.get("outcome"), event.at, event.at,
        (event.dest,), False, event.hash,
    ))  # fmt: skip


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


def _merged(data: Mapping[str, Any], payload: Mapping[str, Any], takes: Iterable[str]) -> Mapping[str, Any]:
    taken = {name: payload[name] for name in takes if name in payload}
    return FrozenDict({**data, **taken}) if taken else data


def _deadlines(old: Mapping[str, Deadline], new: Mapping[str, Any]) -> Mapping[str, Deadline]:
    merged = dict(old)
    for name, record in new.items():
        merged[name] = _new(Deadline, (name, record))
    return FrozenDict(merged) if merged else NO_DEADLINES


def _tasks(case_id: str, old: Mapping[str, Task], new: Mapping[str, Any]) -> Mapping[str, Task]:
    merged = dict(old)
    for name, record in new.items():
        merged[name] = _new(Task, (case_id, name, record))
    return FrozenDict(merged) if merged else NO_TASKS


def _links(old: tuple[Link, ...], new: Iterable[Mapping[str, Any]]) -> tuple[Link, ...]:
    merged = {(link.case_id, link.kind): link for link in old}
    for record in new:
        merged[record["case_id"], record["kind"]] = Link(**record)
    return tuple(merged.values())
