"""Folding: `evolve(case, event)` is the only way a case changes, and needs nothing but the event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xinfang_flow.errors import TamperedError
from xinfang_flow.kernel.case import NO_DEADLINES, NO_TASKS, Case, Deadline, Link, Task
from xinfang_flow.kernel.event import Event, personal_parts
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict

_new = tuple.__new__
NONE: frozenset[str] = frozenset()
_set = dict.__setitem__  # a mapping that nobody has seen yet may still be filled


def evolve(case: Case | None, event: Event) -> Case:
    """Return the case as it stands after `event`.

    Raises:
        TamperedError: the event does not follow this case (another case, a gap, or a beginning in the middle).
    """
    if case is None:
        return _begin(event)
    if event.seq != case.version + 1 or event.case_id != case.id:
        raise _out_of_place(case, event)
    (
        case_id, flow, flow_version, digest, org, before, stage, _, data, deadlines, tasks, links, done, outcome,
        opened_at, _, trail, held, _, entered_at, personal,
    ) = case  # fmt: skip
    changes, state = event.changes, event.dest
    trail, entered_at = (trail, entered_at) if state == before else (_walked(trail, state), event.at)
    for name, new in changes.items():
        if name == "takes":
            data = with_taken(data, event.payload, new)
            personal = _with_personal(personal, event, new)
        elif name == "deadlines":
            deadlines = _deadlines(deadlines, new)
        elif name == "tasks":
            tasks = _tasks(case_id, tasks, new)
        elif name == "stage":
            stage = new
        else:
            flow_version, digest, links, done, outcome, held = _rarely(
                name, new, (flow_version, digest, links, done, outcome, held)
            )
    return _new(Case, (
        case_id, flow, flow_version, digest, org, state, stage, event.seq, data, deadlines, tasks, links, done, outcome,
        opened_at, event.at, trail, held, event.hash, entered_at, personal,
    ))  # fmt: skip


def _out_of_place(case: Case, event: Event) -> TamperedError:
    return TamperedError(
        f"event {event.seq} of {event.case_id} does not follow version {case.version} of {case.id}",
        case_id=case.id, broken_at=event.seq,
    )  # fmt: skip


def _walked(trail: tuple[str, ...], state: str) -> tuple[str, ...]:
    """The way that led here: going back to an earlier state cuts it."""
    return trail[: trail.index(state) + 1] if state in trail else (*trail, state)


def _rarely(name: str, new: Any, old: tuple[Any, ...]) -> tuple[Any, ...]:
    """What few events change: the end of a case, its links, a pause, another version of its flow."""
    place = _RARE.get(name)
    if place is None:
        return old
    if name == "links":
        new = _links(old[place], new)
    elif name != "held":
        new = new or old[place]
    return (*old[:place], new, *old[place + 1 :])


_RARE = {"flow_version": 0, "digest": 1, "links": 2, "done": 3, "outcome": 4, "held": 5}


def _begin(event: Event) -> Case:
    if event.seq != 1 or event.kind != "opened":
        raise TamperedError(f"a history begins with an opened event, not with {event.seq} {event.kind}", broken_at=1)
    changes = event.changes
    return _new(Case, (
        event.case_id, changes["flow"], changes["flow_version"], changes["digest"], changes.get("org"), event.dest,
        changes.get("stage"), 1, with_taken(EMPTY, event.payload, changes.get("takes", ())),
        _deadlines(NO_DEADLINES, changes.get("deadlines", EMPTY)),
        _tasks(event.case_id, NO_TASKS, changes.get("tasks", EMPTY)),
        _links((), changes.get("links", ())), changes.get("done", False), changes.get("outcome"), event.at, event.at,
        (event.dest,), False, event.hash, event.at, _with_personal(NONE, event, changes.get("takes", ())),
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


def with_taken(data: Mapping[str, Any], payload: Mapping[str, Any], takes: Iterable[str]) -> Mapping[str, Any]:
    """Return a case's data with what is taken from a payload."""
    global _last_merged  # noqa: PLW0603  a step asks twice, for its guards and to fold; a lost race only costs the work
    before, given, names, after = _last_merged
    if before is data and given is payload and names is takes:
        return after
    after = data
    for name in takes:
        if name in payload:
            if after is data:
                after = FrozenDict(data)
            _set(after, name, payload[name])  # type: ignore[arg-type]  # a FrozenDict, made in the line above
    _last_merged = (data, payload, takes, after)
    return after


def _with_personal(known: frozenset[str] | None, event: Event, takes: Iterable[str]) -> frozenset[str] | None:
    """The names of the data that are personal: once a value came in as a commitment, its field stays so."""
    here = None if known is None else personal_parts(event, takes)
    return None if known is None or here is None else known.union(here) if here else known


_last_merged: tuple[Any, Any, Any, Mapping[str, Any]] = (None, None, None, EMPTY)


def _deadlines(old: Mapping[str, Deadline], new: Mapping[str, Any]) -> Mapping[str, Deadline]:
    if not new:
        return old
    merged = FrozenDict(old)
    for name, said in new.items():
        before = old.get(name)
        _set(merged, name, _new(Deadline, (name, said if before is None else _renewed(before.record, said))))
    return merged


def _renewed(record: Mapping[str, Any], said: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record with what an event says of it: keys are set, None takes one away."""
    renewed = FrozenDict(record)
    for key, value in said.items():
        if value is None:
            dict.pop(renewed, key, None)
        else:
            _set(renewed, key, value)
    return renewed


def _tasks(case_id: str, old: Mapping[str, Task], new: Mapping[str, Any]) -> Mapping[str, Task]:
    if not new:
        return old
    merged = FrozenDict(old)
    for name, record in new.items():
        _set(merged, name, _new(Task, (case_id, name, record)))
    return merged


def _links(old: tuple[Link, ...], new: Iterable[Mapping[str, Any]]) -> tuple[Link, ...]:
    merged = {(link.case_id, link.kind): link for link in old}
    for record in new:
        merged[record["case_id"], record["kind"]] = Link(**record)
    return tuple(merged.values())
