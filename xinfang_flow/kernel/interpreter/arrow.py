"""One arrow of a flow, and what happens when it is fired.

Theory of operation
===================

An arrow is a transition of a flow from one concrete state to another: a transition with two sources is two arrows,
one that goes back has an arrow for each state that it might lead to, one that stays leads to where it comes from.

A fire names a trigger.  All arrows of that trigger that leave the case's state are tried, in the order in which they
stand in the flow, and the first that nothing speaks against is taken (`Rules.decide`).  Trying one puts six questions
to it, in this order and for this reason; the last is put to `Changes`, each of the others is a method here:

1. Who asks?  (`_role`)  Whoever may not act learns nothing else, least of all what is wrong with what they sent.
2. What is handed in?  (`_payload`)  It is read once, into plain values with their keys in order; from here on nobody
   sees what was sent, but only what was read.
3. Is its form right?  (`_form`)  A note where one is required, and a way back where one is meant to be gone.
4. What does it do to its task?  (`_step`)  Not yet to the case: the guards are to see the task as it will be.
5. Does every guard hold?  (`_guards`)  They see the case as it would be with what was taken, and all of them are
   asked, so that a refusal names everything that is wrong at once.
6. What moves?  (`Changes.of`)  Tasks open and are cancelled, deadlines start, are met, lengthened and cancelled.
   This comes last, for only here does a due date have to be counted.

A question that is answered returns its answer; one that is not raises `RefusalError` with its reasons.  So the happy
path reads straight down, and `attempt` is the only place that knows of both ends.  Steps of tasks and of deadlines
have owners of their own (`task_steps`, `deadline_steps`), which refuse in the same way.

What comes out is an event that is not on a chain yet: it says who did what to which case, and everything that it
changes, so that `fold.evolve` needs no flow.  Nothing is changed here, no clock is read, nothing is drawn by chance;
`event.seal`, which needs random bytes, puts it on the chain.

What is compiled beforehand (`Requirements`, `Changes`) follows from the flow alone.  Three such facts are there for
speed only: `takes_all` (nothing has to be picked out of the payload), `_shows_payload` (a function of the user's is
among the guards) and `Changes.moves` (question 6 can have another answer than `Changes.always`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.kernel.answers import EffectRequest, Refused, Signal, Taken
from xinfang_flow.kernel.case import Case, Task
from xinfang_flow.kernel.event import Event, unsealed
from xinfang_flow.kernel.fold import with_taken
from xinfang_flow.kernel.interpreter.changes import Changes
from xinfang_flow.kernel.interpreter.comparison import UnsetFigureError, unset
from xinfang_flow.kernel.interpreter.ground import Ground
from xinfang_flow.kernel.interpreter.guards import View
from xinfang_flow.kernel.interpreter.refusal import RefusalError
from xinfang_flow.kernel.interpreter.refusal_words import roles_in_words
from xinfang_flow.kernel.interpreter.requirements import Requirements
from xinfang_flow.kernel.interpreter.task_steps import stepped
from xinfang_flow.kernel.values import Actor, Command, Reason, reason

Record = Mapping[str, Any]


class Arrow:
    """A transition from `source` to `dest` (the same state when it stays)."""

    __slots__ = (
        "_shows_payload", "_tests", "asked", "changes", "dest", "ground", "guards", "leads_back", "needs_note",
        "payload", "source", "takes", "takes_all", "transition",
    )  # fmt: skip

    def __init__(self, ground: Ground, asked: Requirements, source: str, dest: str) -> None:
        self.ground, self.asked, self.source, self.dest = ground, asked, source, dest
        self.transition, self.payload, self.guards = asked.transition, asked.payload, asked.guards
        self.takes, self.takes_all = asked.takes, asked.takes_all
        self.needs_note, self.leads_back = asked.needs_note, asked.leads_back
        self.changes = Changes(ground, asked, source, dest)
        self._tests = tuple(guard.test for guard in self.guards)
        # A function of the user's is shown the command with the payload as it was read.
        self._shows_payload = any(_is_named(guard.condition) for guard in self.guards)

    def attempt(self, case: Case, command: Command, at: datetime, recorded_at: datetime) -> Taken | Refused:
        """Return the event of taking this arrow, or every reason against it."""
        try:
            role = self._role(command)
            payload = self._payload(command)
            self._form(case, command, payload)
            data = self._data(case, payload)
            step = self._step(case, command, payload, data, at)
            self._guards(case, command, payload, data, step, at)
            changes = self.changes.of(case, data, step, at)
        except RefusalError as refusal:
            return Refused(refusal.reasons)
        except UnsetFigureError as missing:
            return Refused((unset(missing.name),))
        event = unsealed(
            case_id=case.id, seq=case.version + 1, kind="fired", trigger=self.transition.trigger, source=self.source,
            dest=self.dest, actor=command.actor.id, role=role, org=command.actor.org, at=at, recorded_at=recorded_at,
            payload=payload, changes=changes, note=command.note, key=command.key or "",
        )  # fmt: skip
        effects = self._effects(event) if self.transition.effects else ()
        signals = self._signals(case) if case.links else ()
        return Taken(event, effects, signals)

    def _role(self, command: Command) -> str:
        """Who asks: the first of the transition's roles that the actor has."""
        roles = command.actor.roles
        for role in self.transition.roles:
            if role in roles:
                return role
        raise RefusalError(self._not_permitted(command.actor))

    def _payload(self, command: Command) -> Mapping[str, Any]:
        """What is handed in, as it is read."""
        read = self.payload.read(command.payload)
        if isinstance(read, Refused):
            raise RefusalError(*read.reasons)
        return read

    def _data(self, case: Case, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """The case's data as they will be: from here on they are what is asked about."""
        return {**case.data, **payload} if self.takes_all else with_taken(case.data, payload, self.takes)

    def _form(self, case: Case, command: Command, payload: Mapping[str, Any]) -> None:
        """Whether there is a note where one is required, and a way back where one is meant to be gone."""
        if self.needs_note and not (command.note and command.note.strip()):
            raise RefusalError(reason("note_missing", "须填写说明（note）", "a note is required", "note"))
        if self.leads_back and not self.asked.way_back(case, self.dest, payload):
            asked = payload.get("to_state", self.dest)
            zh, en = (self.ground.flow.label("state", asked, lang) for lang in ("zh", "en"))
            words = (f"不能退回到“{zh}”", f"there is no way back to {en!r}")
            raise RefusalError(reason("no_way_back", *words, "to_state"))

    def _step(
        self, case: Case, command: Command, payload: Mapping[str, Any], data: Mapping[str, Any], at: datetime
    ) -> dict[str, Record]:
        """What it does to its task: the record as it will be, by the task's name; nothing where it has none."""
        step = self.transition.task
        if step is None:
            return {}
        task, ground = case.tasks.get(step.name), self.ground
        record = stepped(ground.flow, step, task, command.actor, payload, data=data, at=at, calendar=ground.calendar)
        return {step.name: record}

    def _guards(
        self, case: Case, command: Command, payload: Mapping[str, Any], data: Mapping[str, Any],
        step: dict[str, Record], at: datetime,
    ) -> None:  # fmt: skip
        """Whether every guard holds over the case as it would be."""
        if not self.guards:
            return
        if self._shows_payload:
            command = command._replace(payload=payload)
        tasks = case.tasks
        if step:
            tasks = {**tasks, **{name: Task(case.id, name, record) for name, record in step.items()}}
        view = View(case, command, data, tasks, command.actor, at)
        if not self._all_hold(view):
            reasons = tuple([why for guard in self.guards if (why := guard.refuses(view)) is not None])
            if reasons:
                raise RefusalError(*reasons)

    def _all_hold(self, view: View) -> bool:
        """Whether all is well; where something breaks or does not hold, the guards are asked again, for their words."""
        try:
            for test in self._tests:
                if test(view) is not True:
                    return False
        except Exception:  # noqa: BLE001  whatever breaks refuses
            return False
        return True

    def _effects(self, event: Event) -> tuple[EffectRequest, ...]:
        """What the world must be told."""
        return tuple([EffectRequest(name, event.case_id, event.seq) for name in self.transition.effects])

    def _signals(self, case: Case) -> tuple[Signal, ...]:
        """What a case that is done tells the cases that wait for it."""
        if not self.changes.ends:
            return ()
        outcome = self.changes.always["outcome"]
        return tuple(
            Signal(link.case_id, link.kind, case.id, "done", outcome) for link in case.links if link.role == "parent"
        )

    def barred(self, actor: Actor) -> Reason | None:
        """Return the reason why none of the actor's roles may take this arrow, or None."""
        return self._not_permitted(actor) if actor.roles.isdisjoint(self.transition.roles) else None

    def _not_permitted(self, actor: Actor) -> Reason:
        trigger, flow = self.transition.trigger, self.ground.flow
        zh, en = (flow.label("trigger", trigger, lang) for lang in ("zh", "en"))
        roles_zh, roles_en = roles_in_words(flow, self.transition.roles)
        have_zh, have_en = roles_in_words(flow, sorted(actor.roles))
        return reason(
            "not_permitted",
            f"{actor.id}（{have_zh or '无角色'}）不能办理“{zh}”，应由{roles_zh}办理",
            f"{actor.id!r} ({have_en or 'no role'}) may not take the step {en!r}; these roles may: {roles_en}", trigger,
        )  # fmt: skip


def _is_named(condition: Condition) -> bool:
    return condition.row.about == "function" or any(map(_is_named, condition.parts))
