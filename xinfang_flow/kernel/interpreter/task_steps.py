"""Tasks: who owes what, and the steps people take with them.

The words: 会签、或签、依次、转办、委派、加签、减签、催办、抄送、撤回.

A task travels in events as one record, and a step takes a record and returns a new one; nothing is changed in place.
What is in the records of tasks and slots is known to `kernel.records` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Quorum, Task as Spec, TaskStep
from xinfang_flow.kernel.canonical import stamp
from xinfang_flow.kernel.case import Task
from xinfang_flow.kernel.interpreter.comparison import figure
from xinfang_flow.kernel.interpreter.guards import lead_end
from xinfang_flow.kernel.interpreter.refusal import RefusalError
from xinfang_flow.kernel.records import slot as slot_record, task as task_record
from xinfang_flow.kernel.records.slot import COUNTED
from xinfang_flow.kernel.values import Actor, reason
from xinfang_flow.law import Calendar
from xinfang_flow.text import Text

Record = Mapping[str, Any]
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


def stepped(
    flow: Flow, step: TaskStep, task: Task | None, actor: Actor, payload: Mapping[str, Any], *,
    data: Mapping[str, Any], at: datetime, calendar: Calendar, led: bool = True,
) -> Record:  # fmt: skip
    """Return the record after a step; without `led` the lead time is not looked at.

    Raises:
        RefusalError: the task is not open, the actor does not owe it, it is not their turn, or it is too late.
    """
    spec = flow.task(step.name)
    if task is None or not _possible(step, task):
        raise _shut(spec, task, actor)
    taken = _Step(flow, spec, step, actor, payload, at, task_record.slots(task.record))
    _STEPS[step.do](taken)
    if led and step.do in TIMED and spec.lead:
        end = lead_end(flow, spec.lead, data, calendar)
        if end is not None and at >= end:
            zh, en = _title(spec)
            zh, en = (
                f"“{zh}”应在提前期之前完成，现已逾期（截至{end:%Y-%m-%d %H:%M}）",
                (f"{en!r} is too late: it had to be before {end:%Y-%m-%d %H:%M %z}"),
            )
            raise RefusalError(reason(f"{spec.name}_lead", zh, en, spec.name))
    state: task_record.TaskStatus = "settled" if _is_settled(flow, spec, taken.slots) else "open"
    if state == "open" and slot_record.in_turn(taken.slots) is None:
        taken.deserted()
    return task_record.with_slots(task.record, tuple(taken.slots), state)


def _possible(step: TaskStep, task: Task) -> bool:
    if task.state == "open":
        return True
    return task.state == "settled" and (
        step.do in ("retract", "copy") or (step.anyone and step.do in AFTERWARDS)
    )  # fmt: skip


def _title(spec: Spec) -> Text:
    return spec.title or Text(spec.name, spec.name)


def _shut(spec: Spec, task: Task | None, actor: Actor) -> RefusalError:
    if task is not None and _has_settled(task_record.slots(task.record), actor):
        return _already(spec)
    zh, en = _title(spec)
    return RefusalError(reason("task_closed", f"“{zh}”现在没有待办", f"{en!r} is not open", spec.name))


def _has_settled(slots: Iterable[Record], actor: Actor) -> bool:
    """Whether a slot that is the actor's is done, by whomever."""
    return any(slot["state"] == "done" and slot_record.principal(slot, actor.id, actor.roles) for slot in slots)


def _already(spec: Spec, who: str | None = None, where: str | None = None) -> RefusalError:
    zh, en = _title(spec)
    has_zh, has_en = (f"“{who}”", f"{who!r} has") if who else ("您", "you have")
    return RefusalError(
        reason("already_done", f"{has_zh}已办理过“{zh}”", f"{has_en} already settled {en!r}", where or spec.name)
    )


class _Step:
    """One step being taken: what every kind of step needs to know, and the slots as it leaves them."""

    def __init__(  # noqa: PLR0917  what a step is taken of, by whom, with what, when
        self, flow: Flow, spec: Spec, step: TaskStep, actor: Actor, payload: Mapping[str, Any], at: datetime,
        slots: tuple[Record, ...],
    ) -> None:  # fmt: skip
        self.flow, self.spec, self.step, self.actor, self.payload = flow, spec, step, actor, payload
        self.before, self.slots = slots, list(slots)
        self.by = {"at": stamp(at), "by": actor.id}
        self.title = _title(spec)

    def refuse(self, code: str, zh: str, en: str, where: str | None = None) -> RefusalError:
        """A refusal; `where` is the field of the payload that could be given otherwise, else the task."""
        return RefusalError(reason(code, zh, en, where or self.spec.name))

    @property
    def named(self) -> tuple[str | None, str]:
        """The slot that the payload names, if it does, and the field by which."""
        for field in ("item", "slot"):
            if field in self.payload:
                return self.payload[field], field
        return None, "slot"

    def mine(self, *, anyone: bool = False, states: tuple[str, ...] = ("open",)) -> int:
        """The place of the slot that the actor acts on: named in the payload, or the one open slot that is theirs."""
        named, field = self.named
        free = anyone or self.step.anyone
        actor, roles, open_for = self.actor.id, self.actor.roles, slot_record.open_for
        mine = [
            place for place, slot in enumerate(self.slots)
            if slot["state"] in states
            and (named is None or named == slot["id"])
            and (free or open_for(slot, actor, roles))
        ]  # fmt: skip
        if not mine:
            raise self._not_mine(named, field)
        if free and named is None and len(mine) > 1:
            ids = [self.slots[place]["id"] for place in mine]
            zh, en = f"请指明是谁的（slot）：{'、'.join(ids)}", f"say whose slot it is (slot): {', '.join(ids)}"
            raise self.refuse("slot_missing", zh, en, field)
        if self.spec.settle == "in_turn" and self.step.do in ("settle", "skip"):
            self._in_turn(mine[0])
        return mine[0]

    def _in_turn(self, place: int) -> None:
        first = slot_record.in_turn(self.slots)
        if first is None or first is self.slots[place]:
            return
        before = self.label(first)
        zh, en = f"尚未轮到，应先由{before.zh}办理", f"not your turn: {before.en!r} is before you"
        named, field = self.named
        raise self.refuse("not_your_turn", zh, en, None if named is None else field)

    def label(self, slot: Record) -> Text:
        """Who or what a slot is, as people read it."""
        name, role = str(slot["id"]), slot_record.role(slot)
        titles = {item.name: item.title for item in self.spec.items}
        title = titles.get(name) if role is None else self.flow.roles[role].title if role in self.flow.roles else None
        return title or Text(name, name)

    def _not_mine(self, named: str | None, field: str) -> RefusalError:
        (zh, en), of_name = self.title, [slot for slot in self.slots if named in (None, slot["id"])]
        where = None if named is None else field
        if named is not None and not of_name:
            return self.refuse("slot_unknown", f"“{zh}”中没有“{named}”", f"{en!r} has no {named!r}", where)
        done = [slot for slot in of_name if slot["state"] == "done"]
        if named is not None and done:
            return _already(self.spec, self.label(done[0]).in_("zh"), where)
        if _has_settled(done, self.actor):
            return _already(self.spec)
        away = next((slot for slot in of_name if self._is_away(slot)), None)
        if away is not None:
            to = slot_record.delegate(away)
            zh, en = (
                f"已委派给{to}，待其回复；可先撤回委派",
                f"delegated to {to!r}, who answers first, unless taken back",
            )
            return self.refuse("delegated", zh, en, where)
        me = self.actor.id
        return self.refuse("not_holder", f"{me}不是“{zh}”的责任人", f"{me!r} owes nothing in {en!r}", where)

    def _is_away(self, slot: Record) -> bool:
        """Whether the slot would be the actor's, had it not been delegated."""
        return slot_record.may_take_back(slot, self.actor.id, self.actor.roles)

    def put_in(self, slot: Record, at: int | None = None) -> None:
        """Put in a slot for the one named in `to`, at the end or at a place of the order."""
        to = self.payload["to"]
        if slot["id"] == to and any(each["id"] == to and each["state"] in COUNTED for each in self.slots):
            raise self._holds_already(to)
        self.slots.insert(len(self.slots) if at is None else at, slot)

    def _holds_already(self, to: str) -> RefusalError:
        return self.refuse("already_holder", f"{to}已是责任人", f"{to!r} already holds a slot", "to")

    def hand_on(self, place: int) -> None:
        """Give a slot into other hands without giving it away: the delegate owes it now, and it comes back."""
        slot, to = self.slots[place], self.payload["to"]
        if to == self.actor.id:
            raise self._holds_already(to)
        if to in slot_record.circle(slot, self.actor.id):
            zh, en = (
                f"此件由{to}委派而来，不能再委派回去：请直接办理",
                f"it comes from {to!r}: answer it, and it goes back",
            )
            raise self.refuse("already_holder", zh, en, "to")
        if to == slot_record.delegate(slot):
            raise self._holds_already(to)
        self.slots[place] = slot_record.delegated(slot, to, self.actor.id)

    def close(self, place: int, state: slot_record.SlotStatus) -> None:
        """Close a slot: done with the answer that was given, skipped, removed or transferred."""
        given = self.payload.get("answer") if state == "done" else None
        self.slots[place] = slot_record.closed(self.slots[place], state, self.by, given)

    def counted(self) -> int:
        return sum(slot["state"] in COUNTED for slot in self.slots)

    def another(self) -> None:
        """Refuse one more slot than the task may have."""
        if self.spec.items:
            zh, en = self.title
            raise self.refuse(
                "task_full", f"“{zh}”是清单，只能移交其中的项目", f"{en!r} is a checklist: hand over an item"
            )
        limit = figure(self.flow, self.spec.at_most)
        if limit is not None and self.counted() >= limit:
            zh, en = self.title
            raise self.refuse(
                "task_full", f"“{zh}”已有责任人，请用移交", f"{en!r} is already held: hand it over instead"
            )

    def deserted(self) -> None:
        """Refuse a step after which nobody is left who could act, unless the flow lets somebody be put in."""
        steps = [each.task for each in self.flow.transitions if each.task and each.task.name == self.spec.name]
        refilled = any(step.do == "assign" or (step.do == "add" and step.anyone) for step in steps)
        if not refilled and any(slot["state"] in COUNTED for slot in self.before):
            zh, en = self.title
            zh, en = f"“{zh}”至少留一人，请先移交", f"{en!r} needs somebody: hand it over instead"
            raise self.refuse("quorum_lost", zh, en)

    def reachable(self) -> None:
        """Refuse what would leave fewer people than must act."""
        settle = self.spec.settle
        if not isinstance(settle, Quorum) or settle.with_:
            return
        wanted, left = int(figure(self.flow, settle.n_of)), self.counted()
        if left < wanted:
            zh, en = self.title
            zh = f"“{zh}”须有{wanted}人，仅剩{left}人，请先增补或替换"
            en = f"{en!r} needs {wanted} and would have {left}: add or replace somebody first"
            raise self.refuse("quorum_lost", zh, en)


def _settle(step: _Step) -> None:
    place = step.mine()
    if slot_record.delegate(step.slots[place]) is None:
        step.close(place, "done")
        return
    # 委派: the delegate's word goes back to whoever delegated, who still has to settle
    step.slots[place] = slot_record.advised(step.slots[place], step.by, step.payload.get("answer"))


def _skip(step: _Step) -> None:
    place = step.mine()
    if not step.step.anyone and slot_record.delegate(step.slots[place]) is not None:
        raise step.refuse(
            "delegated", "受委派的，不能代为免除：请办理，或由委派人撤回", "it is delegated: answer it instead"
        )
    step.close(place, "skipped")
    step.reachable()


def _assign(step: _Step) -> None:
    step.another()
    step.put_in(slot_record.assigned(step.payload["to"], step.by))


def _transfer(step: _Step) -> None:
    place = step.mine(states=COUNTED if step.step.anyone and "slot" in step.payload else ("open",))
    slot = step.slots[place]
    if slot_record.delegate(slot) == step.actor.id:  # what was delegated stays with whom it was
        step.hand_on(place)
        return
    step.put_in(slot_record.heir(slot, step.payload["to"], step.by), place + 1)  # who takes over takes the turn
    step.close(place, "transferred")


def _delegate(step: _Step) -> None:
    step.hand_on(step.mine())


def _add(step: _Step) -> None:
    at = None if step.step.anyone else step.mine() + 1
    before = step.payload.get("before")
    if before is not None:
        at = next((at for at, slot in enumerate(step.slots) if slot["id"] == before and slot["state"] == "open"), None)
        if at is None:
            zh, en = step.title
            raise step.refuse(
                "slot_unknown", f"“{zh}”中没有待办的“{before}”", f"{en!r} has no open {before!r}", "before"
            )
    step.another()
    step.put_in(slot_record.assigned(step.payload["to"], step.by, added=True), at)


def _remove(step: _Step) -> None:
    step.close(step.mine(anyone=True, states=COUNTED if step.step.anyone else ("open",)), "removed")
    step.reachable()


def _remind(step: _Step) -> None:
    named, field = step.named
    owing = [
        place for place, slot in enumerate(step.slots) if slot["state"] == "open" and named in (None, slot["id"])
    ]  # fmt: skip
    if not owing:
        zh, en = step.title
        where = None if named is None else field
        raise step.refuse("nothing_owed", f"“{zh}”没有待办", f"nobody owes anything in {en!r}", where)
    for place in owing:
        step.slots[place] = slot_record.reminded(step.slots[place])


def _copy(step: _Step) -> None:
    to = step.payload["to"]
    if any(slot["state"] == "copied" and slot_record.holder(slot) == to for slot in step.slots):
        raise step.refuse("already_copied", f"已抄送{to}", f"{to!r} has a copy already", "to")
    step.slots.append(slot_record.copied(to, step.by, len(step.slots)))


def _retract(step: _Step) -> None:
    """撤回: take back one's own answer, or a delegation that has not been answered; in turn, only while it is last."""
    slots, me = step.slots, step.actor
    for place, slot in enumerate(slots):
        if slot_record.may_take_back(slot, me.id, me.roles):
            slots[place] = slot_record.taken_back(slot)
            return
    done = [
        place for place, slot in enumerate(slots) if slot["state"] == "done" and slot_record.settled_by(slot) == me.id
    ]
    if not done:
        raise step.refuse("nothing_to_retract", "没有可撤回的办理", "there is nothing of yours to take back")
    place = done[-1]
    if step.spec.settle == "in_turn" and any(later["state"] == "done" for later in slots[place + 1 :]):
        raise step.refuse("moved_on", "下一责任人已办理，不能撤回", "the next in turn has acted already")
    slots[place] = slot_record.reopened(slots[place])


_STEPS = {
    "settle": _settle, "skip": _skip, "assign": _assign, "transfer": _transfer, "delegate": _delegate, "add": _add,
    "remove": _remove, "remind": _remind, "copy": _copy, "retract": _retract,
}  # fmt: skip


def _is_settled(flow: Flow, spec: Spec, slots: Sequence[Record]) -> bool:
    """Return whether everyone has acted who must; with counted answers, also once they fall short for good."""
    done = [slot for slot in slots if slot["state"] == "done"]
    waiting = sum(slot["state"] == "open" for slot in slots)
    if isinstance(spec.settle, Quorum):
        wanted, counting = int(figure(flow, spec.settle.n_of)), spec.settle.with_
        reached = sum(not counting or slot_record.answer(slot) in counting for slot in done)
        return reached >= wanted or bool(counting and reached + waiting < wanted)
    if spec.settle == "any":
        return bool(done)
    return bool(done or any(slot["state"] == "skipped" for slot in slots)) and not waiting
