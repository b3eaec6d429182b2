"""Tasks: who owes what, and the steps people take with them.

The words: 会签、或签、依次、转办、委派、加签、减签、催办、抄送、撤回.

A task travels in events as one record: its state, since when, and its slots.  Every function here takes a record and
returns a new one; nothing is changed in place.  A slot is never deleted: what was handed over or removed stays, so the
record tells its own history.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Quorum, Task as Spec, TaskStep
from xinfang_flow.kernel.canonical import stamp
from xinfang_flow.kernel.case import Task
from xinfang_flow.kernel.frozen import FrozenDict, freeze
from xinfang_flow.kernel.interpreter.comparison import figure
from xinfang_flow.kernel.interpreter.guards import chosen, lead_end
from xinfang_flow.kernel.interpreter.refusal import RefusalError
from xinfang_flow.kernel.values import Actor, reason
from xinfang_flow.law import Calendar
from xinfang_flow.text import Text

Record = Mapping[str, Any]
Slots = list[dict[str, Any]]
COUNTED = ("open", "done")
TIMED = ("settle", "retract")  # what a lead time closes
AFTERWARDS = ("add", "remove", "transfer")  # what those who may act on another's slot can still do to a settled task
_TO = FieldSpec(type="actor", title=Text(zh="交给", en="To"))
# Free text may name anybody: it is committed to like every personal value, and stays in the payload alone.
_REASON = FieldSpec(type="text", title=Text(zh="理由", en="Reason"), personal=True)
_SLOT = FieldSpec(type="text", title=Text(zh="承担人或项目", en="Slot"), max_length=64)
_BEFORE = FieldSpec(type="text", title=Text(zh="加在谁之前", en="Before"), max_length=64)


def step_fields(spec: Spec, step: TaskStep) -> dict[str, FieldSpec]:
    """Return the payload fields that a step of a task asks for, beyond what the transition declares."""
    items = {item.name: item.title or Text(item.name, item.name) for item in spec.items}
    item = FieldSpec(type="choice", choices=items, title=Text(zh="项目", en="Item")) if items else _SLOT
    fields: dict[str, FieldSpec] = {
        "settle": {"item" if items else "slot?": item},
        "skip": {"item" if items else "slot": item, "reason": _REASON},
        "assign": {"to": _TO},
        "transfer": {"to": _TO, "reason": _REASON, "slot?": _SLOT},
        "delegate": {"to": _TO, "reason?": _REASON},
        "add": {"to": _TO, "reason?": _REASON, "before?": _BEFORE},
        "remove": {"slot": _SLOT, "reason": _REASON},
        "remind": {"slot?": _SLOT},
        "copy": {"to": _TO},
        "retract": {"reason?": _REASON},
    }[step.do]
    if step.do == "settle" and spec.answers:
        fields["answer"] = FieldSpec(type="choice", choices=spec.answers, title=Text(zh="意见", en="Answer"))
        fields["reason?"] = _REASON
    return fields


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
    slots = [{"id": item.name, "state": "open"} for item in spec.items] or [
        {"id": role, "role": role, "state": "open"} for role in spec.of
    ]
    return tuple(freeze(slot) for slot in slots)


def _slots_of(spec: Spec, data: Mapping[str, Any]) -> tuple[Record, ...]:
    """The slots of those whom a field lists.

    Raises:
        RefusalError: somebody is listed twice, and would have two votes.
    """
    owing = chosen(data.get(spec.of_field or ""), spec.where)
    names = [who["actor"] if isinstance(who, Mapping) else who for who in owing]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RefusalError(reason("listed_twice", f"{twice} 在名单中重复", f"{twice!r} is listed twice", spec.of_field))
    return tuple(FrozenDict({"holder": name, "id": name, "state": "open"}) for name in names)


def moved(
    todo: tuple[Move, ...], tasks: Mapping[str, Task], stepped: dict[str, Any], data: Mapping[str, Any], at: datetime
) -> dict[str, Record]:
    """Return the tasks that a move opens or cancels; `stepped` holds the record of a step taken in the same breath."""
    changed: dict[str, Record] = {}
    for spec, opens, slots in todo:
        name = spec.name
        if opens:
            owed = _slots_of(spec, data) if slots is None else slots
            changed[name] = FrozenDict({"since": stamp(at), "slots": owed, "state": "open"})
            continue
        old = stepped.get(name) or (tasks[name].record if name in tasks else None)
        if old is not None and old["state"] == "open":
            changed[name] = FrozenDict({**old, "state": "cancelled"})
    return changed


def stepped(
    flow: Flow, step: TaskStep, task: Task | None, actor: Actor, payload: Mapping[str, Any], *,
    data: Mapping[str, Any], at: datetime, calendar: Calendar,
) -> Record:  # fmt: skip
    """Return the record after a step.

    Raises:
        RefusalError: the task is not open, the actor does not owe it, it is not their turn, or it is too late.
    """
    spec = flow.task(step.name)
    if task is None or not _possible(step, task):
        raise _shut(spec, task, actor)
    slots: Slots = [dict(slot) for slot in task.record["slots"]]
    _STEPS[step.do](_Step(flow, spec, step, actor, payload, at), slots)
    if step.do in TIMED and spec.lead:
        end = lead_end(flow, spec.lead, data, calendar)
        if end is not None and at >= end:
            words = (
                f"{spec.name} 应在提前期之前完成，现已逾期（截至 {end:%Y-%m-%d %H:%M %z}）",
                f"{spec.name} is too late: it had to be before {end:%Y-%m-%d %H:%M %z}",
            )
            raise RefusalError(reason(f"{spec.name}_lead", *words, spec.name))
    state = "settled" if _is_settled(flow, spec, slots) else "open"
    return FrozenDict({"since": task.record["since"], "slots": _frozen(slots, task.record["slots"]), "state": state})


def _frozen(slots: Slots, old: tuple[Record, ...]) -> tuple[Record, ...]:
    """Freeze what a step has left; a slot that it did not touch stays the very same."""
    known = len(old)
    return tuple([
        old[place] if place < known and slot == old[place] else freeze(slot) for place, slot in enumerate(slots)
    ])  # fmt: skip


def _possible(step: TaskStep, task: Task) -> bool:
    if task.state == "open":
        return True
    return task.state == "settled" and (
        step.do in ("retract", "copy") or (step.anyone and step.do in AFTERWARDS)
    )  # fmt: skip


def _shut(spec: Spec, task: Task | None, actor: Actor) -> RefusalError:
    if task is not None and any(slot["state"] == "done" and _owes(slot, actor) for slot in task.record["slots"]):
        return _already(spec)
    return RefusalError(reason("task_closed", f"任务 {spec.name} 未开启", f"task {spec.name!r} is not open", spec.name))


def _already(spec: Spec, who: str | None = None) -> RefusalError:
    zh, en = (f"“{who}”", f"{who!r} has") if who else ("您", "you have")
    return RefusalError(
        reason("already_done", f"{zh}已办理过 {spec.name}", f"{en} already settled {spec.name!r}", spec.name)
    )


class _Step:
    """One step being taken: what every kind of step needs to know."""

    def __init__(
        self, flow: Flow, spec: Spec, step: TaskStep, actor: Actor, payload: Mapping[str, Any], at: datetime
    ) -> None:
        self.flow, self.spec, self.step, self.actor, self.payload = flow, spec, step, actor, payload
        self.by = {"at": stamp(at), "by": actor.id}

    def refuse(self, code: str, zh: str, en: str) -> RefusalError:
        return RefusalError(reason(code, zh, en, self.spec.name))

    def mine(self, slots: Slots, *, anyone: bool = False, states: tuple[str, ...] = ("open",)) -> dict[str, Any]:
        """The slot the actor acts on: named in the payload, or the one open slot that is theirs."""
        named = self.payload.get("item") or self.payload.get("slot")
        standing = [slot for slot in slots if slot["state"] in states and named in (None, slot["id"])]
        free = anyone or self.step.anyone or bool(self.spec.items)
        mine = standing if free else [slot for slot in standing if _owes(slot, self.actor)]
        if not mine:
            raise self._not_mine(slots, named)
        if free and named is None and len(mine) > 1:
            ids = ", ".join(slot["id"] for slot in mine)
            raise self.refuse("slot_missing", f"请指明是谁的（slot）：{ids}", f"say whose slot it is (slot): {ids}")
        if self.spec.settle == "in_turn" and self.step.do in ("settle", "skip"):
            self._in_turn(slots, mine[0])
        return mine[0]

    def _in_turn(self, slots: Slots, slot: dict[str, Any]) -> None:
        first = next(slot for slot in slots if slot["state"] == "open")
        if first is not slot:
            zh, en = f"尚未轮到，应先由 {first['id']} 办理", f"not your turn: {first['id']!r} is before you"
            raise self.refuse("not_your_turn", zh, en)

    def _not_mine(self, slots: Slots, named: str | None) -> RefusalError:
        name = self.spec.name
        of_name = [slot for slot in slots if named in (None, slot["id"])]
        if not of_name:
            return self.refuse("slot_unknown", f"{name} 没有 {named!r}", f"{name!r} has no {named!r}")
        if named is not None and any(slot["state"] == "done" for slot in of_name):
            return _already(self.spec, named)
        if any(slot["state"] == "done" and _owes(slot, self.actor) for slot in of_name):
            return _already(self.spec)
        away = next((slot for slot in of_name if slot.get("holder") == self.actor.id and "delegate" in slot), None)
        if away is not None:
            to = away["delegate"]
            return self.refuse("delegated", f"已委派给 {to}，待其回复", f"delegated to {to!r}, who answers first")
        me = self.actor.id
        return self.refuse("not_holder", f"{me} 不是 {name} 的承担人", f"{me!r} owes nothing in {name!r}")

    def new(self, slots: Slots, at: int | None = None, **more: Any) -> None:
        """Put in a slot for the one named in `to`, at the end or at a place of the order."""
        to = self.payload["to"]
        if any(slot["id"] == to and slot["state"] in COUNTED for slot in slots):
            raise self.refuse("already_holder", f"{to} 已是承担人", f"{to!r} already holds a slot")
        slot = {"holder": to, "id": to, "state": "open", **self.by, **more}
        slots.insert(len(slots) if at is None else at, slot)

    def another(self, slots: Slots) -> None:
        """Refuse one more slot than the task may have."""
        limit = figure(self.flow, self.spec.at_most)
        if limit is not None and sum(slot["state"] in COUNTED for slot in slots) >= limit:
            zh = f"{self.spec.name} 已有承担人，请用移交"
            raise self.refuse("task_full", zh, f"{self.spec.name!r} is already held: hand it over instead")

    def reachable(self, slots: Slots) -> None:
        """Refuse what would leave fewer people than must act."""
        settle = self.spec.settle
        if not isinstance(settle, Quorum) or settle.with_:
            return
        wanted, left = int(figure(self.flow, settle.n_of)), sum(slot["state"] in COUNTED for slot in slots)
        if left < wanted:
            zh = f"{self.spec.name} 须有 {wanted} 人，仅剩 {left} 人，请先增补或替换"
            en = f"{self.spec.name!r} needs {wanted} and would have {left}: add or replace somebody first"
            raise self.refuse("quorum_lost", zh, en)


def _owes(slot: Mapping[str, Any], actor: Actor) -> bool:
    if "delegate" in slot:
        return bool(slot["delegate"] == actor.id)
    if "holder" in slot:
        return bool(slot["holder"] == actor.id)
    return slot.get("role") in actor.roles


def _settle(step: _Step, slots: Slots) -> None:
    slot = step.mine(slots)
    given = {"answer": step.payload["answer"]} if "answer" in step.payload else {}
    if "delegate" in slot:  # 委派: the delegate's word returns to the one who delegated, who still has to settle
        slot["advice"] = {**step.by, **given}
        del slot["delegate"]
        return
    slot.update(state="done", **step.by, **given)


def _skip(step: _Step, slots: Slots) -> None:
    step.mine(slots).update(state="skipped", **step.by)
    step.reachable(slots)


def _assign(step: _Step, slots: Slots) -> None:
    step.another(slots)
    step.new(slots)


def _transfer(step: _Step, slots: Slots) -> None:
    slot = step.mine(slots, states=COUNTED if step.step.anyone and "slot" in step.payload else ("open",))
    step.new(slots, _place(slots, slot) + 1, via=slot["id"])  # the new holder takes the old one's turn
    slot.update(state="transferred", **step.by)


def _place(slots: Slots, wanted: dict[str, Any]) -> int:
    return next(index for index, slot in enumerate(slots) if slot is wanted)


def _delegate(step: _Step, slots: Slots) -> None:
    slot, to = step.mine(slots), step.payload["to"]
    if to == step.actor.id:
        raise step.refuse("already_holder", f"{to} 已是承担人", f"{to!r} already holds a slot")
    slot.update(delegate=to)


def _add(step: _Step, slots: Slots) -> None:
    at = None if step.step.anyone else _place(slots, step.mine(slots)) + 1
    before = step.payload.get("before")
    if before is not None:
        at = next((place for place, slot in enumerate(slots) if slot["id"] == before and slot["state"] == "open"), None)
        if at is None:
            zh = f"{step.spec.name} 没有未办理的 {before!r}"
            raise step.refuse("slot_unknown", zh, f"{step.spec.name!r} has no open {before!r}")
    step.another(slots)
    step.new(slots, at, added=True)


def _remove(step: _Step, slots: Slots) -> None:
    states = COUNTED if step.step.anyone else ("open",)
    step.mine(slots, anyone=True, states=states).update(state="removed", **step.by)
    step.reachable(slots)


def _remind(step: _Step, slots: Slots) -> None:
    named = step.payload.get("slot")
    owing = [slot for slot in slots if slot["state"] == "open" and named in (None, slot["id"])]
    if not owing:
        raise step.refuse("nothing_owed", f"{step.spec.name} 没有待办", f"nobody owes anything in {step.spec.name!r}")
    for slot in owing:
        slot["reminded"] = slot.get("reminded", 0) + 1


def _copy(step: _Step, slots: Slots) -> None:
    to = step.payload["to"]
    if any(slot["state"] == "copied" and slot["holder"] == to for slot in slots):
        raise step.refuse("already_copied", f"已抄送 {to}", f"{to!r} has a copy already")
    slots.append({"holder": to, "id": f"{to}#{len(slots)}", "state": "copied", **step.by})


def _retract(step: _Step, slots: Slots) -> None:
    """撤回: take back one's own answer, or a delegation that has not been answered; in turn, only while it is last."""
    me = step.actor.id
    away = [slot for slot in slots if slot["state"] == "open" and "delegate" in slot and slot.get("holder") == me]
    done = [slot for slot in slots if slot["state"] == "done" and slot.get("by") == me]
    if away:
        del away[0]["delegate"]
        return
    if not done:
        raise step.refuse("nothing_to_retract", "没有可撤回的办理", "there is nothing of yours to take back")
    slot = done[-1]
    if step.spec.settle == "in_turn" and any(later["state"] == "done" for later in slots[_place(slots, slot) + 1 :]):
        raise step.refuse("moved_on", "下一承担人已办理，不能撤回", "the next in turn has acted already")
    for key in ("answer", "at", "by"):
        slot.pop(key, None)
    slot["state"] = "open"


_STEPS = {
    "settle": _settle, "skip": _skip, "assign": _assign, "transfer": _transfer, "delegate": _delegate, "add": _add,
    "remove": _remove, "remind": _remind, "copy": _copy, "retract": _retract,
}  # fmt: skip


def _is_settled(flow: Flow, spec: Spec, slots: Slots) -> bool:
    """Return whether everyone has acted who must; with counted answers, also once they fall short for good."""
    done = [slot for slot in slots if slot["state"] == "done"]
    waiting = sum(slot["state"] == "open" for slot in slots)
    if isinstance(spec.settle, Quorum):
        wanted, counting = int(figure(flow, spec.settle.n_of)), spec.settle.with_
        reached = sum(not counting or slot.get("answer") in counting for slot in done)
        return reached >= wanted or bool(counting and reached + waiting < wanted)
    if spec.settle == "any":
        return bool(done)
    return bool(done or any(slot["state"] == "skipped" for slot in slots)) and not waiting
