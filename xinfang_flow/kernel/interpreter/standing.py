"""What stands against an arrow whatever the payload will be: what `explain` says, and what a refusal says first.

The rule of this file: what is said to be impossible is impossible with every payload, and what is said to be possible
is refused only for what was given.  So each of the questions that an arrow asks is asked here as far as it can be
answered without a payload: a condition that looks at what will be given is left open, and a step of a task is tried
with every payload that could make a difference to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import CHOSEN, FIRST, PREVIOUS, TaskStep
from xinfang_flow.kernel.answers import Refused
from xinfang_flow.kernel.case import Case, Task
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.interpreter.arrow import Arrow
from xinfang_flow.kernel.interpreter.comparison import UnsetFigureError, unset
from xinfang_flow.kernel.interpreter.guards import Guard, View
from xinfang_flow.kernel.interpreter.refusal import RefusalError
from xinfang_flow.kernel.interpreter.task_moves import moved
from xinfang_flow.kernel.interpreter.task_steps import stepped
from xinfang_flow.kernel.records import slot as slot_record, task as task_record
from xinfang_flow.kernel.values import Actor, Command, Reason, reason

FIELD_CODES = frozenset({
    "payload", "payload_missing", "payload_unknown", "payload_invalid", "note_missing", "no_way_back",
    "guard", "guard_error", "task_open", "figure_unset",
    "slot_missing", "slot_unknown", "already_done", "already_holder", "already_copied", "not_holder", "not_your_turn",
    "delegated", "nothing_owed", "quorum_lost", "listed_twice",
    "deadline_base", "deadline_until", "deadline_tier", "deadline_range", "deadline_when", "extension_length",
})  # fmt: skip
"""The codes with which an option that is allowed may still be refused; so may `<task>_lead`.  Each then names a field
of the payload, or the note."""

_NOBODY = "\x00"  # an actor that nobody is called, for whoever a slot is given to
_FORMAL = ("payload", "note_missing", "no_way_back")
_CHOICES = ("item", "slot", "to", "answer", "before")


def refused(arrows: Sequence[Arrow], refusals: Sequence[Refused], case: Case, actor: Actor, at: datetime) -> Refused:
    """Return why a trigger is refused, from what each of its arrows has answered.

    What stands against every arrow is said first, whatever was given; beside it, what a payload that could be read
    brings with it.  Where something else could have been given, only what was wrong with what was given is said; of an
    arrow that could not have been taken either, what it says of the choice that was made.
    """
    against = [standing(arrow, case, actor, at) for arrow in arrows]
    if all(against):
        told = (refusal.reasons for refusal in refusals if not refusal.reasons[0].code.startswith(_FORMAL))
        return Refused(tuple(dict.fromkeys((*together(against), *(why for each in told for why in each)))))
    answered = list(zip(arrows, refusals, against, strict=True))
    given = [
        tuple(_pointing(arrow, why) for why in refusal.reasons) for arrow, refusal, stands in answered if not stands
    ]
    barred = [tuple(_chosen(arrow, refusal)) for arrow, refusal, stands in answered if stands]
    return Refused(together([*given, *(each for each in barred if each)]))


def together(reasons: Sequence[tuple[Reason, ...]]) -> tuple[Reason, ...]:
    """Return the reasons against several arrows, each once; a way back that leads elsewhere says nothing of its own."""
    told = [each for each in reasons if each[0].code != "no_way_back"] or reasons
    return tuple(dict.fromkeys(why for each in told for why in each))


def standing(arrow: Arrow, case: Case, actor: Actor, at: datetime) -> tuple[Reason, ...]:
    """Return what stands against an arrow whatever the payload; nothing where some payload is taken."""
    refusal = arrow.barred(actor)
    if refusal is not None:
        return (refusal,)
    if arrow.leads_back and not _leads_back(arrow, case):
        return (reason("no_way_back", "没有可以退回的环节", "there is nothing to go back to"),)
    try:
        return _unguarded(arrow, case, actor, at) or _unmovable(arrow, case, at)
    except RefusalError as error:
        return error.reasons
    except UnsetFigureError as missing:
        return (unset(missing.name),)


def _leads_back(arrow: Arrow, case: Case) -> bool:
    trail = case.trail
    before = trail[: trail.index(case.state)] if case.state in trail else ()
    return arrow.dest in {FIRST: before[:1], PREVIOUS: before[-1:], CHOSEN: before}[arrow.transition.dest or CHOSEN]


# ---- the step of a task, and the conditions --------------------------------------------------------------------------


def _unguarded(arrow: Arrow, case: Case, actor: Actor, at: datetime) -> tuple[Reason, ...]:
    """What the step and the conditions have against the arrow: nothing as soon as one way of taking it passes."""
    step = arrow.transition.task
    judged: list[Guard] = []
    left: list[Guard] = []
    for guard in arrow.guards:
        (left if _left_open(arrow, guard) else judged).append(guard)
    first: tuple[Reason, ...] = ()
    for record in _outcomes(arrow, step, case, actor, at) if step else (None,):
        tasks = case.tasks if step is None else {**case.tasks, step.name: Task(case.id, step.name, record or EMPTY)}
        view = View(
            case, Command(case.id, arrow.transition.trigger, EMPTY, actor, at, note="?"), case.data, tasks, actor, at
        )
        reasons = tuple(why for guard in judged if (why := guard.refuses(view)) is not None)
        reasons += tuple(why for guard in left if (why := _unset(guard, view)) is not None)
        if not reasons:
            return ()
        first = first or reasons
    return first


def _unset(guard: Guard, view: View) -> Reason | None:
    """The reason of a condition that compares with a figure which has no value, whatever will be given."""
    why = None if guard.condition.parts or "named" in guard.condition.subjects else guard.refuses(view)
    return why if why is not None and why.code == "figure_unset" else None


def _left_open(arrow: Arrow, guard: Guard) -> bool:
    """Whether the answer of a condition depends on what will be given, beyond whose slot and which answer."""
    if "named" in guard.condition.subjects and arrow.payload.fields:
        return True
    return not _looks_at(arrow.ground.flow, guard.condition).isdisjoint(arrow.takes)


def _looks_at(flow: Flow, condition: Condition) -> set[str]:
    """The fields and tasks that a condition looks at, those of its parts and of a lead time included."""
    seen = {condition.about, *(condition.from_ or ())} - {None}
    awaited = condition.about if condition.subject == "settled" else None
    leads = {task.lead.before for task in flow.tasks if task.name == awaited and task.lead is not None}
    return {str(name) for name in seen}.union(leads, *(_looks_at(flow, part) for part in condition.parts))


def _outcomes(arrow: Arrow, step: TaskStep, case: Case, actor: Actor, at: datetime) -> Iterator[Mapping[str, Any]]:
    """Yield every record that the step could leave.

    Raises:
        RefusalError: it could leave none.
    """
    flow, task = arrow.ground.flow, case.tasks.get(step.name)
    spec = flow.task(step.name)
    led = spec.lead is None or spec.lead.before not in arrow.takes
    refusals: list[RefusalError] = []
    possible = False
    for payload in _payloads(arrow, step, task, actor):
        try:
            record = stepped(
                flow, step, task, actor, payload, data=case.data, at=at, calendar=arrow.ground.calendar, led=led
            )
        except RefusalError as refusal:
            refusals.append(refusal)
            continue
        possible = True
        yield record
    if not possible:  # that one must say whose slot is meant is no reason where none can be meant
        raise next((each for each in refusals if each.reasons[0].code != "slot_missing"), refusals[0])


def _payloads(arrow: Arrow, step: TaskStep, task: Task | None, actor: Actor) -> Iterator[Mapping[str, Any]]:
    """Yield the payloads that make a difference to a step: whose slot, to whom, with which answer."""
    asked, answers = arrow.payload.fields, arrow.ground.flow.task(step.name).answers
    free = step.anyone or step.do == "remove"
    slots = [] if task is None else [
        slot["id"]
        for slot in task_record.slots(task.record)
        if slot["state"] in slot_record.COUNTED and (free or slot_record.open_for(slot, actor.id, actor.roles))
    ]  # fmt: skip
    field = "item" if "item" in asked else "slot"
    for slot in (None, *(slots if field in asked else ())):
        for to in (_NOBODY, actor.id) if "to" in asked else (None,):
            for answer in answers if "answer" in asked else (None,):
                given = {field: slot, "to": to, "answer": answer}
                yield {name: value for name, value in given.items() if value is not None}


# ---- what moving does ------------------------------------------------------------------------------------------------


def _unmovable(arrow: Arrow, case: Case, at: datetime) -> tuple[Reason, ...]:
    """Ask for the tasks and the deadlines that would move and do not depend on what will be given; they may refuse."""
    ground, extension, taken = arrow.ground, arrow.transition.extends, set(arrow.takes)
    moves = tuple(move for move in arrow.changes.task_moves if move.spec.of_field not in taken)
    moved(ground.flow, moves, case.tasks, {}, case.data, at)
    clockwork = ground.clockwork
    steps = clockwork.unaffected(arrow.changes.deadline_steps, taken)
    clockwork.apply(steps, case.deadlines, case.data, at, case.version + 1)
    if extension is not None and extension.amount in taken:
        clockwork.check_extension(extension, case.deadlines, at)
    elif extension is not None:
        clockwork.extend(extension, case.deadlines, case.data, at)
    return ()


# ---- which field it was ----------------------------------------------------------------------------------------------


def _pointing(arrow: Arrow, why: Reason) -> Reason:
    """Return a reason that what was given has caused, naming the field that could be given otherwise."""
    fields = arrow.payload.fields
    if why.code.startswith(("payload", "note")) or (why.where or "").split(".")[0] in fields:
        return why
    field = next((name for name in _causes(arrow, why) if name in fields), None)
    return why if field is None else why._replace(where=field)


def _chosen(arrow: Arrow, refusal: Refused) -> Iterator[Reason]:
    """Yield what an arrow that stands out of reach says of what was given, where it can name the field."""
    if not refusal.reasons[0].code.startswith(_FORMAL):
        told = (_pointing(arrow, why) for why in refusal.reasons if why.code in FIELD_CODES)
        yield from (why for why in told if (why.where or "").split(".")[0] in arrow.payload.fields)


def _causes(arrow: Arrow, why: Reason) -> Iterator[str]:
    """Yield what may have caused a reason, the likeliest first."""
    flow, clockwork, step = arrow.ground.flow, arrow.ground.clockwork, arrow.transition.task
    for guard in arrow.guards:
        seen = _looks_at(flow, guard.condition)
        if why.where in (guard.condition.about, *seen):
            yield from sorted(seen)
    yield from (name for spec in flow.deadlines if spec.name == why.where for name in sorted(clockwork.looks_at(spec)))
    if step is not None:
        lead = flow.task(step.name).lead
        yield from () if lead is None else (lead.before,)
        yield from _CHOICES
    yield from arrow.takes
