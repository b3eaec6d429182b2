"""Tasks: who owes what, and the steps people take with them (会签、或签、依次、转办、委派、加签、减签、催办、抄送).

A task travels in events as one record: its state, since when, and its slots.  Every function here takes a record and
returns a new one; nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xinfang_flow.flow.fields import FieldSpec
from xinfang_flow.flow.model import Flow
from xinfang_flow.flow.parts import Quorum, TaskStep
from xinfang_flow.flow.parts import Task as Spec
from xinfang_flow.flow.words import Text
from xinfang_flow.kernel.case import Case, Task
from xinfang_flow.kernel.deadlines import RefusalError
from xinfang_flow.kernel.event import stamp
from xinfang_flow.kernel.guards import figure, lead_end
from xinfang_flow.kernel.values import Actor, FrozenDict, freeze, reason
from xinfang_flow.law import Calendar

Record = Mapping[str, Any]
COUNTED = ("open", "done")
_TO = FieldSpec(type="actor", title=Text(zh="交给", en="To"))
_REASON = FieldSpec(type="text", title=Text(zh="理由", en="Reason"))
_SLOT = FieldSpec(type="text", title=Text(zh="承担人或项目", en="Slot"), max_length=64)


def step_fields(spec: Spec, step: TaskStep) -> dict[str, FieldSpec]:
    """Return the payload fields that a step of a task asks for, beyond what the transition declares."""
    items = {item.name: item.title or Text.model_validate(item.name) for item in spec.items}
    item = FieldSpec(type="choice", choices=items, title=Text(zh="项目", en="Item")) if items else _SLOT
    fields: dict[str, FieldSpec] = {
        "settle": {"item" if items else "slot?": item},
        "skip": {"item" if items else "slot": item, "reason": _REASON},
        "assign": {"to": _TO},
        "transfer": {"to": _TO, "reason": _REASON, "slot?": _SLOT},
        "delegate": {"to": _TO, "reason?": _REASON},
        "add": {"to": _TO, "reason?": _REASON},
        "remove": {"slot": _SLOT, "reason": _REASON},
        "remind": {"slot?": _SLOT},
        "copy": {"to": _TO},
        "retract": {"reason?": _REASON},
    }[step.do]  # type: ignore[assignment]
    if step.do == "settle" and spec.answers:
        fields["answer"] = FieldSpec(type="choice", choices=spec.answers, title=Text(zh="意见", en="Answer"))
        fields["reason?"] = _REASON
    return fields


def opened(spec: Spec, data: Mapping[str, Any], at: datetime) -> Record:
    """Return the record of a task that has just been opened."""
    if spec.items:
        slots: list[dict[str, Any]] = [{"id": item.name, "state": "open"} for item in spec.items]
    elif spec.of_field:
        given = data.get(spec.of_field) or ()
        holders = given if isinstance(given, tuple) else (given,)
        names = [holder["actor"] if isinstance(holder, dict) else holder for holder in holders]
        slots = [{"holder": name, "id": name, "state": "open"} for name in names]
    else:
        slots = [{"id": role, "role": role, "state": "open"} for role in spec.of]
    return FrozenDict({"since": stamp(at), "slots": freeze(slots), "state": "open"})


def moved(flow: Flow, case: Case | None, source: str | None, dest: str, data: Mapping[str, Any], at: datetime) -> dict[str, Record]:  # noqa: E501
    """Return the tasks that entering `dest` opens and leaving `source` cancels."""
    changed: dict[str, Record] = {}
    if source == dest:
        return changed
    for spec in flow.tasks:
        here, there = source in spec.states, dest in spec.states
        old = case.tasks.get(spec.name) if case else None
        if there and not here:
            changed[spec.name] = opened(spec, data, at)
        elif here and not there and old is not None and old.state == "open":
            changed[spec.name] = FrozenDict({**old.record, "state": "cancelled"})
    return changed


def stepped(
    flow: Flow, step: TaskStep, task: Task | None, actor: Actor, payload: Mapping[str, Any],
    data: Mapping[str, Any], at: datetime, calendar: Calendar,
) -> Record:  # fmt: skip
    """Return the record after a step.

    Raises:
        RefusalError: the task is not open, the actor does not owe it, it is not their turn, or it is too late.
    """
    spec = flow.task(step.name)
    if task is None or task.state == "cancelled" or (task.state == "settled" and step.do != "retract"):
        raise RefusalError(reason("task_closed", f"任务 {step.name} 未开启", f"task {step.name!r} is not open", step.name))
    slots = [dict(slot) for slot in task.record["slots"]]
    _STEPS[step.do](_Step(flow, spec, step, actor, payload, at), slots)
    if step.do == "settle" and spec.lead:
        end = lead_end(flow, spec.lead, data, calendar)
        if end is not None and at >= end:
            raise RefusalError(
                reason(
                    f"{spec.name}_lead", f"{spec.name} 应在提前期之前完成，现已逾期（截至 {end:%Y-%m-%d %H:%M %z}）",
                    f"{spec.name} is too late: it had to be before {end:%Y-%m-%d %H:%M %z}", spec.name,
                )
            )  # fmt: skip
    state = "settled" if _is_settled(flow, spec, slots) else "open"
    return FrozenDict({"since": task.record["since"], "slots": freeze(slots), "state": state})


class _Step:
    """One step being taken: what every kind of step needs to know."""

    def __init__(  # noqa: PLR0913  a value, not a service
        self, flow: Flow, spec: Spec, step: TaskStep, actor: Actor, payload: Mapping[str, Any], at: datetime
    ) -> None:
        self.flow, self.spec, self.step, self.actor, self.payload = flow, spec, step, actor, payload
        self.by = {"at": stamp(at), "by": actor.id}

    def refuse(self, code: str, zh: str, en: str) -> RefusalError:
        return RefusalError(reason(code, zh, en, self.spec.name))

    def mine(self, slots: list[dict[str, Any]], *, anyone: bool = False) -> dict[str, Any]:
        """The slot the actor acts on: named in the payload, or the first open one that is theirs."""
        named = self.payload.get("item") or self.payload.get("slot")
        open_ = [slot for slot in slots if slot["state"] == "open"]
        if named is not None:
            open_ = [slot for slot in open_ if slot["id"] == named]
            if not open_:
                raise self.refuse("slot_unknown", f"{self.spec.name} 没有未完成的 {named!r}", f"{self.spec.name!r} has no open {named!r}")  # noqa: E501
        free = anyone or self.step.anyone or bool(self.spec.items)
        mine = open_ if free else [slot for slot in open_ if _owes(slot, self.actor)]
        if not mine:
            raise self._not_mine(slots)
        slot = mine[0]
        if self.spec.settle == "in_turn" and self.step.do == "settle":
            first = next(slot for slot in slots if slot["state"] == "open")
            if first is not slot:
                raise self.refuse("not_your_turn", f"尚未轮到，应先由 {first['id']} 办理", f"not your turn: {first['id']!r} is before you")  # noqa: E501
        return slot

    def _not_mine(self, slots: list[dict[str, Any]]) -> RefusalError:
        if any(slot["state"] == "done" and _owes(slot, self.actor) for slot in slots):
            return self.refuse("already_done", f"您已办理过 {self.spec.name}", f"you have already settled {self.spec.name!r}")  # noqa: E501
        return self.refuse("not_holder", f"{self.actor.id} 不是 {self.spec.name} 的承担人", f"{self.actor.id!r} owes nothing in {self.spec.name!r}")  # noqa: E501

    def new(self, slots: list[dict[str, Any]], **more: Any) -> None:
        to = self.payload["to"]
        if any(slot["id"] == to and slot["state"] in COUNTED for slot in slots):
            raise self.refuse("already_holder", f"{to} 已是承担人", f"{to!r} already holds a slot")
        slots.append({"holder": to, "id": to, "state": "open", **self.by, **more, **_why(self.payload)})


def _owes(slot: Mapping[str, Any], actor: Actor) -> bool:
    if "delegate" in slot:
        return bool(slot["delegate"] == actor.id)
    if "holder" in slot:
        return bool(slot["holder"] == actor.id)
    return slot.get("role") in actor.roles


def _why(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"reason": payload["reason"]} if "reason" in payload else {}


def _settle(step: _Step, slots: list[dict[str, Any]]) -> None:
    slot = step.mine(slots)
    given = {"answer": step.payload["answer"]} if "answer" in step.payload else {}
    if "delegate" in slot:  # 委派: the delegate's word returns to the one who delegated, who still has to settle
        slot["advice"] = {**step.by, **given, **_why(step.payload)}
        del slot["delegate"]
        return
    slot.update(state="done", **step.by, **given, **_why(step.payload))


def _skip(step: _Step, slots: list[dict[str, Any]]) -> None:
    step.mine(slots).update(state="skipped", **step.by, **_why(step.payload))


def _assign(step: _Step, slots: list[dict[str, Any]]) -> None:
    limit = figure(step.flow, step.spec.at_most)
    if limit is not None and sum(slot["state"] in COUNTED for slot in slots) >= limit:
        raise step.refuse("task_full", f"{step.spec.name} 已有承担人，请用移交", f"{step.spec.name!r} is already held: hand it over instead")  # noqa: E501
    step.new(slots)


def _transfer(step: _Step, slots: list[dict[str, Any]]) -> None:
    slot = step.mine(slots)
    step.new(slots, via=slot["id"])
    slot.update(state="transferred", **step.by, **_why(step.payload))


def _delegate(step: _Step, slots: list[dict[str, Any]]) -> None:
    step.mine(slots).update(delegate=step.payload["to"], **_why(step.payload))


def _add(step: _Step, slots: list[dict[str, Any]]) -> None:
    if not step.step.anyone:
        step.mine(slots)
    step.new(slots, added=True)


def _remove(step: _Step, slots: list[dict[str, Any]]) -> None:
    step.mine(slots, anyone=True).update(state="removed", **step.by, **_why(step.payload))


def _remind(step: _Step, slots: list[dict[str, Any]]) -> None:
    named = step.payload.get("slot")
    owing = [slot for slot in slots if slot["state"] == "open" and named in (None, slot["id"])]
    if not owing:
        raise step.refuse("nothing_owed", f"{step.spec.name} 没有待办", f"nobody owes anything in {step.spec.name!r}")
    for slot in owing:
        slot["reminded"] = slot.get("reminded", 0) + 1


def _copy(step: _Step, slots: list[dict[str, Any]]) -> None:
    to = step.payload["to"]
    slots.append({"holder": to, "id": f"{to}#{len(slots)}", "state": "copied", **step.by})


def _retract(step: _Step, slots: list[dict[str, Any]]) -> None:
    done = [slot for slot in slots if slot["state"] == "done" and slot.get("by") == step.actor.id]
    if not done:
        raise step.refuse("nothing_to_retract", "没有可撤回的办理", "there is nothing of yours to take back")
    for key in ("answer", "at", "by", "reason"):
        done[-1].pop(key, None)
    done[-1]["state"] = "open"


_STEPS = {
    "settle": _settle, "skip": _skip, "assign": _assign, "transfer": _transfer, "delegate": _delegate, "add": _add,
    "remove": _remove, "remind": _remind, "copy": _copy, "retract": _retract,
}  # fmt: skip


def _is_settled(flow: Flow, spec: Spec, slots: list[dict[str, Any]]) -> bool:
    done = sum(slot["state"] == "done" for slot in slots)
    if isinstance(spec.settle, Quorum):
        return done >= int(figure(flow, spec.settle.n_of))
    if spec.settle == "any":
        return done >= 1
    answered = done + sum(slot["state"] == "skipped" for slot in slots)
    return answered >= 1 and not any(slot["state"] == "open" for slot in slots)
