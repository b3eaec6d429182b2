"""The decisions: pure functions from a case and what is asked (or what time it is) to `Taken` or `Refused`.

No clock, no I/O, no randomness, no logging: the moment is an argument.  Engine, simulator and any distributed runtime
call these same functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.answers import EffectRequest, Option, Refused, Signal, Taken
from xinfang_flow.kernel.case import Case, Link
from xinfang_flow.kernel.event import Event, unsealed
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict
from xinfang_flow.kernel.identity import ByIdentity
from xinfang_flow.kernel.interpreter.comparison import UnsetFigureError, unset
from xinfang_flow.kernel.interpreter.deadline_steps import difference
from xinfang_flow.kernel.interpreter.guards import NamedGuard, View
from xinfang_flow.kernel.interpreter.refusal import RefusalError
from xinfang_flow.kernel.interpreter.refusal_words import roles_in_words
from xinfang_flow.kernel.interpreter.task_moves import moved
from xinfang_flow.kernel.records import deadline as deadline_record
from xinfang_flow.kernel.records.event_kinds import EventKind
from xinfang_flow.kernel.rules import Rules
from xinfang_flow.kernel.values import SYSTEM, Actor, Command, reason
from xinfang_flow.law import Calendar
from xinfang_flow.text import Text


@lru_cache(maxsize=256)
def _compiled(key: ByIdentity) -> Rules:
    flow, guards, calendar = key.parts
    return Rules(flow, guards or {}, calendar or Calendar.china())


def rules_of(flow: Flow, guards: Mapping[str, NamedGuard] | None = None, calendar: Calendar | None = None) -> Rules:
    """Return the compiled rules of a flow; the same objects give the same rules."""
    return _compiled(ByIdentity(flow, guards, calendar))


def decide(
    flow: Flow,
    case: Case,
    command: Command,
    guards: Mapping[str, NamedGuard] | None = None,
    calendar: Calendar | None = None,
) -> Taken | Refused:
    """Return what firing `command` on `case` would do: `Taken` with one event, or `Refused` with every reason.

    Raises:
        InputError: the command has no moment (`at`), or one without a zone.
    """
    if command.at is None or command.at.tzinfo is None:
        raise InputError(
            Text(
                "须写明带时区的时刻：Command(..., at=...)",
                "decide needs the moment with its zone: Command(..., at=...)",
            ),
            where=Text("时刻", "at"),
        )
    return rules_of(flow, guards, calendar).decide(case, command, command.at, command.at)


def decide_open(
    rules: Rules, case_id: str, data: Any, *, actor: Actor, at: datetime, recorded_at: datetime, key: str,
    org: str | None = None, note: str | None = None, links: tuple[Link, ...] = (),
) -> Taken | Refused:  # fmt: skip
    """Return the opened event of a new case, or the reasons why it cannot begin."""
    flow, opening = rules.flow, rules.flow.opening
    role = next((role for role in opening.roles if role in actor.roles), None)
    if role is None:
        zh, en = roles_in_words(flow, opening.roles)
        words = (
            f"{actor.id} 不能登记“{flow.title.zh}”，应由{zh}登记",
            f"{actor.id!r} may not open {flow.title.en!r}; these roles may: {en}",
        )
        return Refused((reason("not_permitted", *words),))
    payload = rules.open_payload.read(data)
    if isinstance(payload, Refused):
        return payload
    command = Command(case_id, "open", payload, actor, at, key, note)
    view = View(None, command, payload, EMPTY, actor, at)
    refused = tuple(why for guard in rules.open_guards if (why := guard.refuses(view)) is not None)
    if refused:
        return Refused(refused)
    try:
        changes = _opening(rules, payload, at)
    except RefusalError as refusal:
        return Refused(refusal.reasons)
    except UnsetFigureError as missing:
        return Refused((unset(missing.name),))
    if org is not None:
        changes["org"] = org
    if links:
        changes["links"] = tuple(map(_record_of, links))
    event = unsealed(
        case_id=case_id, seq=1, kind="opened", trigger=None, source=None, dest=flow.initial, actor=actor.id, role=role,
        org=actor.org, at=at, recorded_at=recorded_at, payload=payload, changes=FrozenDict(sorted(changes.items())),
        note=note, key=key,
    )  # fmt: skip
    return Taken(event, tuple(EffectRequest(name, case_id, 1) for name in opening.effects))


def _opening(rules: Rules, payload: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    flow = rules.flow
    changes: dict[str, Any] = {
        "digest": flow.digest, "flow": flow.id, "flow_version": flow.version, "takes": rules.open_takes,
    }  # fmt: skip
    if flow.states[flow.initial].stage:
        changes["stage"] = flow.states[flow.initial].stage
    tasks = moved(flow, rules.open_moves, EMPTY, {}, payload, at)
    if tasks:
        changes["tasks"] = FrozenDict(sorted(tasks.items()))
    deadlines = rules.clockwork.apply(rules.open_steps, EMPTY, payload, at, 1)
    if deadlines:
        changes["deadlines"] = FrozenDict(sorted(deadlines.items()))
    return changes


def decide_expiry(rules: Rules, case: Case, name: str, now: datetime) -> Taken | None:
    """Return what time has done to a deadline: a warning or a breach, or None when there is nothing to say (any more).

    The event happened when the deadline ran out (`at`), and was noticed `now` (`recorded_at`).
    """
    deadline = case.deadlines.get(name)
    seen = deadline_record.look(deadline.record, now, case.version) if deadline and not case.done else None
    if deadline is None or seen is None or seen.kind is None or seen.at is None:
        return None
    spec = rules.flow.deadline(name)
    if seen.kind == "breached":
        effects, record = spec.effects, deadline_record.breached(deadline.record)
    else:
        effects, record = spec.warn_effects, deadline_record.warned(deadline.record, seen.left)
    event = _staying(
        case, seen.kind, at=max(seen.at, case.opened_at), recorded_at=now, payload=FrozenDict({"deadline": name}),
        changes={"deadlines": difference(case.deadlines, {name: record})},
        key=f"{case.id}:{name}:{deadline_record.round_of(record)}:{seen.kind}:{case.version + 1}",
    )  # fmt: skip
    return Taken(event, tuple(EffectRequest(effect, case.id, event.seq) for effect in effects))


def decide_recalculation(rules: Rules, case: Case, now: datetime) -> Taken | None:
    """Return what another edition of the calendar does to what still runs, or None; what is settled stays as it was."""
    if case.done:
        return None
    changed: dict[str, Any] = {}
    for name, deadline in case.deadlines.items():
        record = rules.clockwork.recompute(deadline, now)
        if record is not None:
            changed[name] = record
    if not changed:
        return None
    calendar = rules.calendar
    return Taken(_staying(
        case, "recalculated", at=now, recorded_at=now, changes={"deadlines": difference(case.deadlines, changed)},
        payload=FrozenDict({"calendar": calendar.id, "edition": calendar.edition}),
        key=f"{case.id}:recalculated:{case.version + 1}",
    ))  # fmt: skip


def decide_link(
    case: Case, link: Link, *, actor: Actor, role: str, at: datetime, recorded_at: datetime, key: str
) -> Taken:
    """Return the event that ties a case to another."""
    changes = {"links": (_record_of(link),)}
    return Taken(
        _staying(case, "linked", at=at, recorded_at=recorded_at, changes=changes, key=key, by=actor, role=role)
    )


def decide_signal(
    rules: Rules, case: Case, signal: Signal, sender_data: Mapping[str, Any], *, at: datetime, key: str
) -> Taken | Refused:
    """Return what a linked case's outcome does to the case that waits: its link is updated, its trigger fired."""
    tie = next((link for link in case.links if link.case_id == signal.sender and link.kind == signal.kind), None)
    if tie is None:
        return Refused((reason("not_linked", "没有这一关联事项", "the cases are not linked", signal.sender),))
    updated = tie._replace(state=signal.state, outcome=signal.outcome)
    links = (_record_of(updated),)
    spec = rules.flow.link(signal.kind)
    if spec is None or spec.trigger is None or case.done:
        return Taken(_staying(case, "signalled", at=at, recorded_at=at, changes={"links": links}, key=key))
    payload = {name: sender_data[name] for name in spec.carries if name in sender_data}
    told = case._replace(links=tuple(updated if link is tie else link for link in case.links))
    decision = rules.decide(told, Command(case.id, spec.trigger, payload, SYSTEM, at, key), at, at)
    if isinstance(decision, Refused):
        return decision
    changes = FrozenDict(sorted({**decision.event.changes, "links": links}.items()))
    return decision._replace(event=decision.event._replace(kind="signalled", changes=changes))


def _staying(
    case: Case, kind: EventKind, *, at: datetime, recorded_at: datetime, changes: dict[str, Any], key: str,
    payload: Mapping[str, Any] = EMPTY, by: Actor = SYSTEM, role: str = "system",
) -> Event:  # fmt: skip
    """An event that is no step of the flow: the case stays in its state."""
    return unsealed(
        case_id=case.id, seq=case.version + 1, kind=kind, trigger=None, source=case.state, dest=case.state, actor=by.id,
        role=role, org=by.org, at=at, recorded_at=recorded_at, payload=payload, changes=FrozenDict(changes), note=None,
        key=key,
    )  # fmt: skip


def _record_of(link: Link) -> Mapping[str, Any]:
    return FrozenDict(sorted(link._asdict().items()))


def explain(rules: Rules, case: Case, actor: Actor, at: datetime) -> tuple[Option, ...]:
    """Return every trigger that has an arrow from here, whether `actor` may fire it now, and why not.

    What is not allowed is refused with these reasons whatever the payload.  A payload that is still to be given is no
    reason against: the option carries its schema, and what is allowed is refused only for what is given.
    """
    return rules.explain(case, actor, at)
