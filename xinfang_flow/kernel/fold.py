"""Folding: `evolve(case, event)` is the only way a case changes, and needs nothing but the event.

Whoever reads a history folds every event of it, so this file builds values the quick way, in one place each: a case by
`tuple.__new__` from names that stand as the fields do (a tenth of what names cost the class), a mapping by filling it
while nobody has seen it yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xinfang_flow.errors import TamperedError
from xinfang_flow.kernel.case import NO_DEADLINES, NO_TASKS, Case, Deadline, Link, Task
from xinfang_flow.kernel.event import Event, personal_parts
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict
from xinfang_flow.text import Text

_new = tuple.__new__
NONE: frozenset[str] = frozenset()
_set = dict.__setitem__


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
    state = event.dest
    rare: dict[str, Any] = {}
    trail, entered_at = (trail, entered_at) if state == before else (_walked(trail, state), event.at)
    for name, new in event.changes.items():
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
            rare[name] = new
    after = _new(Case, (
        case_id, flow, flow_version, digest, org, state, stage, event.seq, data, deadlines, tasks, links, done, outcome,
        opened_at, event.at, trail, held, event.hash, entered_at, personal,
    ))  # fmt: skip
    return _rarely(after, rare) if rare else after


def _rarely(case: Case, said: Mapping[str, Any]) -> Case:
    """What few events change: the end of a case, a pause, its links, another version of its flow."""
    new = {name: said[name] for name in ("done", "outcome", "held", "flow_version", "digest") if name in said}
    if "links" in said:
        new["links"] = _links(case.links, said["links"])
    return case._replace(**new)


def _out_of_place(case: Case, event: Event) -> TamperedError:
    zh = f"{event.case_id} 的第{event.seq}条留痕接不上 {case.id} 的第{case.version}条"
    en = f"event {event.seq} of {event.case_id} does not follow version {case.version} of {case.id}"
    return TamperedError(Text(zh, en), case_id=case.id, broken_at=event.seq)


def _walked(trail: tuple[str, ...], state: str) -> tuple[str, ...]:
    """The way that led here: going back to an earlier state cuts it."""
    return trail[: trail.index(state) + 1] if state in trail else (*trail, state)


def _begin(event: Event) -> Case:
    if event.seq != 1 or event.kind != "opened":
        raise TamperedError(
            Text(
                f"留痕应从登记开始，不是从第{event.seq}条（{event.kind}）开始",
                f"a history begins with an opened event, not with {event.seq} {event.kind}",
            ),
            broken_at=1,
        )
    said = event.changes
    return Case(
        id=event.case_id, flow=said["flow"], flow_version=said["flow_version"], digest=said["digest"],
        org=said.get("org"), state=event.dest, stage=said.get("stage"), version=1,
        data=with_taken(EMPTY, event.payload, said.get("takes", ())),
        deadlines=_deadlines(NO_DEADLINES, said.get("deadlines", EMPTY)),
        tasks=_tasks(event.case_id, NO_TASKS, said.get("tasks", EMPTY)), links=_links((), said.get("links", ())),
        done=said.get("done", False), outcome=said.get("outcome"), opened_at=event.at, changed_at=event.at,
        trail=(event.dest,), head=event.hash, entered_at=event.at,
        personal=_with_personal(NONE, event, said.get("takes", ())),
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
        raise TamperedError(Text("没有留痕，不成事项", "an empty history is no case"))
    return case


def with_taken(data: Mapping[str, Any], payload: Mapping[str, Any], takes: Iterable[str]) -> Mapping[str, Any]:
    """Return a case's data with what is taken from a payload."""
    after = None
    for name in takes:
        if name in payload:
            if after is None:
                after = FrozenDict(data)
            _set(after, name, payload[name])
    return data if after is None else after


def _with_personal(known: frozenset[str] | None, event: Event, takes: Iterable[str]) -> frozenset[str] | None:
    """The names of the data that are personal: once a value came in as a commitment, its field stays so."""
    here = None if known is None else personal_parts(event, takes)
    return None if known is None or here is None else known.union(here) if here else known


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
