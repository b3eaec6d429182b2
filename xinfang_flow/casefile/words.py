"""A case in words, Chinese or English: what an event did, how a deadline stands, what a value says.

The case file and the command line speak with these; nothing here reads a clock or a store.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Transition
from xinfang_flow.kernel import Case, Deadline, Event
from xinfang_flow.kernel.canonical import moment_of
from xinfang_flow.kernel.interpreter.personal import personal_in, personal_names
from xinfang_flow.kernel.printable import legible
from xinfang_flow.kernel.records import deadline as deadline_record, slot as slot_record, task as task_record
from xinfang_flow.kernel.records.commitment import is_commitment
from xinfang_flow.kernel.records.event_kinds import CLOCK, kind_title
from xinfang_flow.kernel.records.light import Light, light_of
from xinfang_flow.law import Due
from xinfang_flow.plain import HIDDEN
from xinfang_flow.text import Language, bracketed, titled

HOME = ZoneInfo("Asia/Shanghai")

_DEADLINES = {
    "armed": ("进行中", "running"), "met": ("按期完成", "met"), "breached": ("已逾期", "overdue"),
    "late": ("逾期完成", "met late"), "suspended": ("中止", "suspended"), "cancelled": ("终止", "cancelled"),
    "extended": ("已延长", "extended"),
}  # fmt: skip
_SLOTS = {
    "open": ("待办", "open"), "done": ("已办", "done"), "skipped": ("免除", "skipped"), "removed": ("减签", "removed"),
    "transferred": ("已移交", "handed over"), "copied": ("抄送", "copied"),
}  # fmt: skip
_LINKS = {"open": ("未办结", "open"), "done": ("已办结", "done")}
_TASKS = {"open": ("待办", "open"), "settled": ("已办结", "settled"), "cancelled": ("结束", "ended")}
_COMMON = {
    "to": ("交给", "To"), "reason": ("理由", "Reason"), "item": ("项目", "Item"), "slot": ("承担人或项目", "Slot"),
    "answer": ("意见", "Answer"), "to_state": ("退回到", "Back to"), "deadline": ("期限", "Deadline"),
}  # fmt: skip


def pick(pair: tuple[str, str], lang: Language) -> str:
    """Return the Chinese or the English one."""
    return pair[lang == "en"]


def zone_of(case: Case, otherwise: ZoneInfo = HOME) -> ZoneInfo:
    """Return the zone in which a case's days are counted, as its deadlines have it; `otherwise` where it has none."""
    return next((deadline.due.label.zone for deadline in case.deadlines.values()), otherwise)


def local(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as the local minute of a zone."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def state_title(flow: Flow, name: str | None, lang: Language) -> str:
    """Return a state's label."""
    spec = flow.states.get(name or "")
    return titled(spec.title if spec else None, name or "", lang)


def stage_title(flow: Flow, name: str | None, lang: Language) -> str:
    """Return a stage's label, a dash where there is none."""
    spec = flow.stages.get(name or "")
    return titled(spec.title if spec else None, name or "—", lang)


def deadline_title(flow: Flow, name: str, lang: Language) -> str:
    """Return a deadline's label."""
    return next((titled(spec.title, name, lang) for spec in flow.deadlines if spec.name == name), name)


def task_title(flow: Flow, name: str, lang: Language) -> str:
    """Return a task's label."""
    return next((titled(spec.title, name, lang) for spec in flow.tasks if spec.name == name), name)


def field_title(flow: Flow, name: str, lang: Language) -> str:
    """Return a field's label."""
    spec = flow.fields.get(name)
    if spec is None:
        return pick(_COMMON[name], lang) if name in _COMMON else name
    return titled(spec.title, name, lang)


def role_title(flow: Flow, name: str, lang: Language) -> str:
    """Return a role's label."""
    spec = flow.roles.get(name)
    return titled(spec.title if spec else None, name, lang)


def stages_in_order(flow: Flow) -> list[str | None]:
    """Return the stages as a case walks through them; those states that belong to none come last."""
    stages = dict.fromkeys(flow.states[state].stage for state in flow.walk)
    return [*(stage for stage in stages if stage is not None), None]


def fields_in_order(flow: Flow, data: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that are there, as the flow's forms ask for them."""
    known = dict.fromkeys(asked.name for arrow in (flow.opening, *flow.transitions) for asked in arrow.taken)
    return [name for name in (*known, *(name for name in data if name not in known)) if name in data]


def name_of(case: Case, flow: Flow) -> str:
    """Return what people call a case: its register number where the flow has one, else its id."""
    for field in fields_in_order(flow, case.data):
        if field.endswith("_no") and field not in personal_names(flow):
            return str(case.data[field])
    return case.id


def value_text(flow: Flow, name: str, value: Any, lang: Language, zone: ZoneInfo = HOME) -> str:
    """Return a value as people read it: labels for choices, yes and no, lists item by item."""
    return _value(_Reader(flow, lang, zone), name, flow.fields.get(name), value)


class _Reader(NamedTuple):
    """For whom a value is written out: by which flow's labels, in which language, in which zone."""

    flow: Flow
    lang: Language
    zone: ZoneInfo


def _value(reader: _Reader, name: str, spec: FieldSpec | None, value: Any) -> str:
    flow, lang, zone = reader
    if isinstance(value, bool):
        return pick(("是", "yes") if value else ("否", "no"), lang)
    if isinstance(value, Mapping):
        return _record(reader, spec, value)
    if isinstance(value, list | tuple):
        between = pick(("；", "; ") if spec is not None and spec.of in flow.records else ("、", ", "), lang)
        return between.join(_value(reader, name, spec, item) for item in value)
    if spec is not None and value in spec.choices:
        return spec.choices[value].in_(lang)
    if spec is not None and spec.type == "datetime":
        return local(moment_of(str(value)), zone)
    if name == "item":
        items = [item for task in flow.tasks for item in task.items if item.name == value]
        return titled(items[0].title, str(value), lang) if items else str(value)
    return deadline_title(flow, str(value), lang) if name == "deadline" else legible(str(value))


def _record(reader: _Reader, spec: FieldSpec | None, value: Mapping[str, Any]) -> str:
    flow, lang, _ = reader
    if is_commitment(value):
        return pick(("（已删除，仅存承诺值）", "(erased; its commitment is left)"), lang)
    parts = flow.records.get((spec.of if spec is not None else None) or "", {})
    colon = pick(("：", ": "), lang)
    return pick(("，", ", "), lang).join(
        f"{titled(parts[key].title if key in parts else None, field_title(flow, key, lang), lang)}{colon}"
        f"{_value(reader, key, parts.get(key), item)}"
        for key, item in value.items()
    )


def masked_names(flow: Flow, events: Iterable[Event], *, reveal: bool) -> frozenset[str]:
    """Return the names whose values are masked where these events of a case, or its data, are shown."""
    return frozenset() if reveal else personal_in(flow, events)


def shown(flow: Flow, name: str, value: Any, lang: Language, zone: ZoneInfo, *, hidden: Container[str]) -> str:
    """Return a value in words; one of those that are `hidden` is masked."""
    return HIDDEN if name in hidden else value_text(flow, name, value, lang, zone)


def event_title(flow: Flow, event: Event, lang: Language) -> str:
    """Return what happened, in a few words."""
    if event.kind == "opened" and flow.opening.title is not None:
        return flow.opening.title.in_(lang)
    if event.trigger is None:
        return kind_title(event.kind).in_(lang)
    arrows = [arrow for arrow in flow.transitions if arrow.trigger == event.trigger]
    spec = max(arrows, key=lambda arrow: _fits(flow, arrow, event), default=None)
    return titled(spec.title if spec else None, event.trigger, lang)


def _fits(flow: Flow, arrow: Transition, event: Event) -> tuple[bool, bool]:
    """Return whether the event may have gone along this arrow: by where it led, then by where it began."""
    stayed = event.dest == event.source
    led = stayed if arrow.dest is None else arrow.dest == event.dest
    return led, event.source in flow.sources_of(arrow)


def doer(flow: Flow, event: Event, lang: Language) -> str:
    """Return who did it, with the role in which they did; the system by its own name."""
    if event.actor == "system":
        return pick(("系统计时", "the clock") if event.kind in CLOCK else ("系统", "the system"), lang)
    role = role_title(flow, event.role, lang)
    return event.actor + (bracketed(role, lang) if role != event.actor else "")


def event_lines(flow: Flow, event: Event, lang: Language, zone: ZoneInfo, *, reveal: bool) -> Iterator[tuple[str, str]]:
    """Yield (label, text) for everything that the event says: payload, note, deadlines, tasks, links."""
    hidden = masked_names(flow, (event,), reveal=reveal)
    for name in fields_in_order(flow, event.payload) if event.kind not in CLOCK else ():
        yield field_title(flow, name, lang), shown(flow, name, event.payload[name], lang, zone, hidden=hidden)
    if event.note is not None:
        yield pick(("备注", "Note"), lang), legible(event.note) if reveal else HIDDEN
    for name, record in event.changes.get("deadlines", {}).items():
        yield deadline_title(flow, name, lang), deadline_change(record, lang)
    for name, record in event.changes.get("tasks", {}).items():
        yield task_title(flow, name, lang), task_change(flow, record, lang)
    for link in event.changes.get("links", ()):
        yield _tie(flow, link, lang)
    if event.changes.get("outcome"):
        yield pick(("结果", "Outcome"), lang), state_title(flow, event.dest, lang)


def _tie(flow: Flow, link: Mapping[str, Any], lang: Language) -> tuple[str, str]:
    if link["role"] == "parent":
        return pick(("主事项", "Parent case"), lang), link["case_id"]
    spec = flow.link(link["kind"])
    return titled(spec.title if spec else None, link["kind"], lang), f"{link['case_id']} {tie_state(link, lang)}"


def tie_state(link: Mapping[str, Any], lang: Language) -> str:
    """Return how far a tie is settled for the case that waits, with the outcome that it was told."""
    said = pick(_LINKS.get(link["state"], (link["state"], link["state"])), lang)
    return said + (bracketed(link["outcome"], lang) if link["outcome"] else "")


def deadline_change(record: Mapping[str, Any], lang: Language) -> str:
    """Return what became of a deadline, with its date where it runs."""
    text = pick(_DEADLINES[_deadline_word(record)], lang)
    if record["state"] != "armed" or "due" not in record:
        return text
    due = Due.from_record(record["due"])
    last = pick((f"，截止 {due.due}", f", due {due.due}"), lang)
    return text + last + (pick(("（暂定）", " (provisional)"), lang) if due.provisional else "")


def _deadline_word(record: Mapping[str, Any]) -> str:
    if deadline_record.met_late(record):
        return "late"
    if record["state"] == "armed" and deadline_record.extensions(record):
        return "extended"
    return str(record["state"])


def task_change(flow: Flow, record: Mapping[str, Any], lang: Language) -> str:
    """Return how a task stands: who holds it, or how many of its items are done."""
    slots = task_record.slots(record)
    if not slots or record["state"] == "cancelled":
        return pick(_TASKS[record["state"]], lang)
    if len(slots) > 1 and all(slot_record.holder(slot) is None for slot in slots):
        done = sum(slot["state"] in ("done", "skipped") for slot in slots)
        return f"{done}/{len(slots)}"
    between = pick(("、", ", "), lang)
    return between.join(f"{slot_name(flow, slot, lang)} {slot_state(slot, lang)}" for slot in slots)


def slot_name(flow: Flow, slot: Mapping[str, Any], lang: Language) -> str:
    """Return who or what a slot is: a person, a role, an item of a checklist."""
    holder, role = slot_record.holder(slot), slot_record.role(slot)
    if holder is not None:
        return holder
    return value_text(flow, "item", slot["id"], lang) if role is None else role_title(flow, role, lang)


def slot_state(slot: Mapping[str, Any], lang: Language, *, ended: bool = False) -> str:
    """Return how a slot stands; one that is still open when its task has ended is owed no more."""
    return pick(_TASKS["cancelled"] if ended and slot["state"] == "open" else _SLOTS[slot["state"]], lang)


class Standing(NamedTuple):
    """How a deadline stands at a moment: its light, the word for it, and the days left (below zero: days late)."""

    light: Light
    text: str
    days: int | None


def standing(deadline: Deadline, now: datetime, lang: Language) -> Standing:
    """Return a deadline's light with its words."""
    light, days = light_of(deadline.record, now)
    if days is None:
        return Standing(light, pick(_DEADLINES[_deadline_word(deadline.record)], lang), None)
    if light == "red":
        late = max(-days, 0)
        return Standing(light, pick((f"逾期{late}天", f"{late} days late"), lang), days)
    left = pick(("今天到期", "due today") if days <= 0 else (f"剩{days}天", f"{days} days left"), lang)
    return Standing(light, left, days)


def overdue(case: Case, now: datetime) -> tuple[Deadline, ...]:
    """Return the deadlines that a case has let pass and still owes, the earliest first."""
    if case.done:
        return ()
    owed = [deadline for deadline in case.deadlines.values() if standing(deadline, now, "en").light == "red"]
    return tuple(sorted(owed, key=lambda deadline: deadline.at))
