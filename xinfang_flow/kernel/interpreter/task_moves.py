"""What moving between two states does to tasks: it opens some, and cancels others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Task as Spec
from xinfang_flow.kernel.case import Task
from xinfang_flow.kernel.frozen import freeze
from xinfang_flow.kernel.interpreter.guards import chosen
from xinfang_flow.kernel.interpreter.refusal import RefusalError
from xinfang_flow.kernel.records import slot as slot_record, task as task_record
from xinfang_flow.kernel.values import reason
from xinfang_flow.text import Text

Record = Mapping[str, Any]


class Move(NamedTuple):
    """What a move between two states does to a task: it opens with `slots` (None: those of a field), or is cancelled.

    The slots are the same for every case, and so every case shares them.
    """

    spec: Spec
    opens: bool
    slots: tuple[Record, ...] | None


def moves(flow: Flow, source: str | None, dest: str) -> tuple[Move, ...]:
    """Return what entering `dest` from `source` does to the tasks of a flow."""
    return tuple(
        Move(spec, dest in spec.states, _same_slots(spec))
        for spec in flow.tasks
        if (source in spec.states) != (dest in spec.states)
    )


def _same_slots(spec: Spec) -> tuple[Record, ...] | None:
    if spec.of_field and not spec.items:
        return None
    slots = [slot_record.of_item(item.name) for item in spec.items] or [slot_record.of_role(role) for role in spec.of]
    return tuple(freeze(slot) for slot in slots)


def _slots_of(flow: Flow, spec: Spec, data: Mapping[str, Any]) -> tuple[Record, ...]:
    """The slots of those whom a field lists.

    Raises:
        RefusalError: somebody is listed twice, and would have two votes.
    """
    field = spec.of_field or ""
    owing = chosen(data.get(field), spec.where)
    names = [who["actor"] if isinstance(who, Mapping) else who for who in owing]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        listed = flow.fields[field].title or Text(field, field)
        zh, en = f"{twice}在“{listed.zh}”中重复", f"{twice!r} is listed twice in {listed.en!r}"
        raise RefusalError(reason("listed_twice", zh, en, field))
    return tuple(slot_record.of_actor(name) for name in names)


def moved(
    flow: Flow, todo: tuple[Move, ...], tasks: Mapping[str, Task], stepped: Mapping[str, Record],
    data: Mapping[str, Any], at: datetime,
) -> dict[str, Record]:  # fmt: skip
    """Return the tasks that a move opens or cancels; `stepped` holds the record of a step taken in the same breath."""
    changed: dict[str, Record] = {}
    for spec, opens, slots in todo:
        name = spec.name
        old = stepped.get(name) or (tasks[name].record if name in tasks else None)
        if opens:
            changed[name] = task_record.opened(at, _slots_of(flow, spec, data) if slots is None else slots, old)
        elif old is not None and old["state"] == "open":
            changed[name] = task_record.cancelled(old)
    return changed
