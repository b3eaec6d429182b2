"""One arrow: a transition of a flow from one concrete state, compiled so that trying it costs as little as it can."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.parts import CHOSEN, FIRST, PREVIOUS, Transition
from xinfang_flow.kernel.answers import EffectRequest, Refused, Signal, Taken
from xinfang_flow.kernel.canonical import canonical, shared_list
from xinfang_flow.kernel.case import Case, Task
from xinfang_flow.kernel.event import Event
from xinfang_flow.kernel.fold import with_taken
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict, Shared
from xinfang_flow.kernel.interpreter.comparison import UnsetFigureError, unset
from xinfang_flow.kernel.interpreter.deadline_steps import RefusalError, difference
from xinfang_flow.kernel.interpreter.ground import Ground
from xinfang_flow.kernel.interpreter.guards import Guard, View
from xinfang_flow.kernel.interpreter.payload import Payload
from xinfang_flow.kernel.interpreter.refusal_words import roles_in_words
from xinfang_flow.kernel.interpreter.task_moves import moved, moves
from xinfang_flow.kernel.interpreter.task_steps import stepped
from xinfang_flow.kernel.values import Actor, Command, Reason, reason
from xinfang_flow.text import Text

_new = tuple.__new__
Record = Mapping[str, Any]


class Arrow:
    """A transition from `source` to `dest` (the same state when it stays)."""

    __slots__ = (
        "back", "clock_steps", "dest", "effects", "final", "formal", "ground", "guards", "hold", "looks", "named",
        "note", "payload", "plain", "role_of", "source", "static", "takes", "task_moves", "tests", "transition",
        "trigger",
    )  # fmt: skip

    def __init__(
        self,
        ground: Ground,
        transition: Transition,
        source: str,
        dest: str,
        payload: Payload,
        guards: tuple[Guard, ...],
    ) -> None:  # fmt: skip
        flow = ground.flow
        self.ground, self.transition, self.source, self.dest = ground, transition, source, dest
        self.payload, self.guards, self.hold = payload, guards, transition.hold
        self.back = transition.dest if transition.dest in (PREVIOUS, FIRST, CHOSEN) else None
        self.trigger = transition.trigger
        self.tests = tuple(guard.test for guard in guards)
        self.role_of = {frozenset({role}): role for role in transition.roles}
        self.named = any(_is_named(guard.condition) for guard in guards)
        self.note = transition.note == "required"
        self.formal = self.note or self.back is not None
        self.effects = transition.effects
        taken = {one.name for one in transition.taken}
        self.takes = shared_list(sorted(taken))
        state = flow.states[dest]
        leaves = dest != source
        self.final = state.final and leaves
        self.task_moves = moves(flow, source, dest)
        self.clock_steps = ground.clockwork.affected(transition.trigger, dest if leaves else None, taken)
        static: dict[str, Any] = {}
        if self.final:
            static |= {"done": True, "outcome": state.outcome or dest}
        if leaves and state.stage != flow.states[source].stage:
            static["stage"] = state.stage
        if self.takes:
            static["takes"] = self.takes
        if self.hold is not None:
            static["held"] = self.hold
        self.static = Shared({key: static[key] for key in sorted(static)}, canonical(static)) if static else EMPTY
        self.plain = not (self.task_moves or self.clock_steps or self.final or transition.task or transition.extends)
        self.looks = not self.plain or bool(guards)

    def attempt(self, case: Case, command: Command, at: datetime, recorded_at: datetime) -> Taken | Refused:
        """Return the event of taking this arrow, or every reason against it."""
        actor = command.actor
        role = self.role_of.get(actor.roles) or self._role(actor.roles)
        if role is None:
            return Refused((self._not_permitted(actor),))
        payload: Any = command.payload
        if payload or self.payload.required:
            payload = self.payload.read(payload)
            if payload.__class__ is tuple:
                return Refused(payload)
        else:
            payload = EMPTY
        if self.formal and (refusal := self._formal(case, command, payload)) is not None:
            return Refused((refusal,))
        try:
            changes = self._changes(case, command, payload, at)
        except RefusalError as refusal:
            return Refused(refusal.reasons)
        except UnsetFigureError as missing:
            return Refused((unset(missing.name),))
        if changes.__class__ is tuple:
            return Refused(changes)
        seq = case.version + 1
        event = _new(Event, (
            case.id, seq, "fired", self.trigger, self.source, self.dest, actor.id, role, actor.org, at,
            recorded_at, payload, changes, command.note, command.key or "", "sha256", "", "", "", EMPTY,
        ))  # fmt: skip
        effects = tuple([_new(EffectRequest, (name, case.id, seq)) for name in self.effects]) if self.effects else ()
        return _new(Taken, (event, effects, self._signals(case) if self.final and case.links else ()))

    def barred(self, actor: Actor) -> Reason | None:
        """Return the reason why none of the actor's roles may take this arrow, or None."""
        return self._not_permitted(actor) if self._role(actor.roles) is None else None

    def _formal(self, case: Case, command: Command, payload: Mapping[str, Any]) -> Reason | None:
        if self.note and not (command.note and command.note.strip()):
            return reason("note_missing", "须填写说明（note）", "a note is required", "note")
        if self.back and not self._goes_back(case, payload):
            asked = payload.get("to_state", self.dest)
            title = self.ground.flow.states[asked].title or Text(asked, asked)
            return reason("no_way_back", f"不能退回到“{title.zh}”", f"there is no way back to {title.en!r}", "to_state")
        return None

    def _role(self, roles: frozenset[str]) -> str | None:
        return next((role for role in self.transition.roles if role in roles), None)

    def _changes(
        self, case: Case, command: Command, payload: Mapping[str, Any], at: datetime
    ) -> Mapping[str, Any] | tuple[Reason, ...]:
        data = with_taken(case.data, payload, self.takes) if self.takes and self.looks else case.data
        step = self.transition.task
        done: Record | None = None
        if step is not None:
            ground = self.ground
            done = stepped(
                ground.flow,
                step,
                case.tasks.get(step.name),
                command.actor,
                payload,
                data=data,
                at=at,
                calendar=ground.calendar,
            )
        if self.guards:
            if self.named and payload is not command.payload:
                command = command._replace(payload=payload)  # a function is shown what was read, not what was sent
            seen: Mapping[str, Task] = case.tasks
            if step is not None:
                seen = {**seen, step.name: _new(Task, (case.id, step.name, done))}
            refused = self._refused(_new(View, (case, command, data, seen, command.actor, at)))
            if refused:
                return refused
        return self.static if self.plain else self._moving(case, data, done, at)

    def _refused(self, view: View) -> tuple[Reason, ...]:
        try:
            for test in self.tests:
                if test(view) is not True:
                    break
            else:
                return ()
        except Exception:  # noqa: BLE001, S110  it is asked again below, where whatever breaks refuses
            pass
        return tuple([why for guard in self.guards if (why := guard.refuses(view)) is not None])

    def _moving(self, case: Case, data: Mapping[str, Any], done: Record | None, at: datetime) -> Mapping[str, Any]:
        clockwork, step, extension = self.ground.clockwork, self.transition.task, self.transition.extends
        tasks: dict[str, Any] = {}
        if step is not None:
            tasks[step.name] = done
        if self.task_moves:
            tasks |= moved(self.ground.flow, self.task_moves, case.tasks, tasks, data, at)
        deadlines: dict[str, Any] = {}
        if self.clock_steps:
            deadlines = clockwork.apply(self.clock_steps, case.deadlines, data, at, case.version + 1)
        if extension is not None:
            deadlines[extension.deadline] = clockwork.extend(extension, case.deadlines, data, at)
        if self.final:
            clockwork.cancel_all(case.deadlines, deadlines, at)
        if not (tasks or deadlines):
            return self.static
        # In the order of the keys: deadlines, what is the same each time (done … takes), tasks.
        changes: dict[str, Any] = {"deadlines": difference(case.deadlines, deadlines)} if deadlines else {}
        changes.update(self.static)
        if tasks:
            changes["tasks"] = _ordered(tasks)
        return FrozenDict(changes)

    def _goes_back(self, case: Case, payload: Mapping[str, Any]) -> bool:
        trail = case.trail
        if case.state not in trail:
            return False
        here = trail.index(case.state)
        if self.back == FIRST:
            return here > 0 and trail[0] == self.dest
        if self.back == PREVIOUS:
            return here > 0 and trail[here - 1] == self.dest
        return payload.get("to_state") == self.dest and self.dest in trail[:here]

    def _signals(self, case: Case) -> tuple[Signal, ...]:
        """What a case that is done tells the cases that wait for it."""
        outcome = self.ground.flow.states[self.dest].outcome or self.dest
        return tuple(
            Signal(link.case_id, link.kind, case.id, "done", outcome) for link in case.links if link.role == "parent"
        )

    def _not_permitted(self, actor: Actor) -> Reason:
        trigger, flow = self.transition.trigger, self.ground.flow
        roles_zh, roles_en = roles_in_words(flow, self.transition.roles)
        have_zh, have_en = roles_in_words(flow, sorted(actor.roles))
        return reason(
            "not_permitted",
            f"{actor.id}（{have_zh or '无角色'}）无权办理 {trigger}，须由 {roles_zh} 办理",
            f"{actor.id!r} ({have_en or 'no role'}) may not fire {trigger!r}; these roles may: {roles_en}", trigger,
        )  # fmt: skip


def _is_named(condition: Condition) -> bool:
    return condition.row.about == "function" or any(map(_is_named, condition.parts))


def _ordered(records: dict[str, Any]) -> Mapping[str, Any]:
    return FrozenDict(records if len(records) == 1 else {name: records[name] for name in sorted(records)})
