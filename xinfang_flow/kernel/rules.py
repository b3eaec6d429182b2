"""The rules of one flow, compiled once: what `decide` asks.

Compiling resolves figures' names, named guards, payload types and the calendar, so that a decision touches only
dictionaries.  Compiled rules are shared by every case of the flow and hold no state of any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.answers import Option, Refused, Taken
from xinfang_flow.kernel.case import Case
from xinfang_flow.kernel.interpreter.arrow import Arrow
from xinfang_flow.kernel.interpreter.ground import Ground
from xinfang_flow.kernel.interpreter.guards import NamedGuard
from xinfang_flow.kernel.interpreter.payload import Payload
from xinfang_flow.kernel.interpreter.personal import personal_names
from xinfang_flow.kernel.interpreter.standing import refused, standing, together
from xinfang_flow.kernel.interpreter.task_moves import moves
from xinfang_flow.kernel.machine import flow_machine, table
from xinfang_flow.kernel.values import NAME_LENGTH, Actor, Command, Hint, Reason, reason
from xinfang_flow.law import Calendar
from xinfang_flow.text import Text, shown


class Rules:
    """A flow with its guards and its calendar, ready to decide."""

    def __init__(self, flow: Flow, guards: Mapping[str, NamedGuard], calendar: Calendar) -> None:
        """Compile the flow.

        Raises:
            WiringError: named guards without a function, all at once.
        """
        ground = Ground(flow, guards, calendar)
        self.flow, self.calendar, self.digest = flow, calendar, flow.digest
        self.clockwork = ground.clockwork
        self.open_payload = Payload(flow, flow.opening.payload, {})
        self.open_steps = self.clockwork.affected("open", flow.initial, ())
        self.open_moves = moves(flow, None, flow.initial)
        self.open_takes = tuple(sorted(one.name for one in flow.opening.taken))
        self.open_guards = ground.guards_of(flow.opening)
        self.machine = flow_machine(ground)
        self.table: dict[tuple[str, str], tuple[Arrow, ...]] = {
            place: tuple(Arrow(ground, each.asked, each.source, each.dest or each.source) for each in candidates)
            for place, candidates in table(self.machine).items()
        }
        self._possible = {
            state: tuple(trigger for trigger in flow.triggers if (state, trigger) in self.table)
            for state in flow.states
        }
        self._words: dict[str, Text] = {}
        self.personal = personal_names(flow)
        self.bound = frozenset(name for name, role in flow.roles.items() if role.sees != "all")

    def decide(self, case: Case, command: Command, at: datetime, recorded_at: datetime) -> Taken | Refused:
        """Return the first arrow that can be taken, in document order, or every reason why none can."""
        arrows = self.table.get((case.state, command.trigger), ())
        if case.held:
            arrows = tuple(arrow for arrow in arrows if arrow.transition.hold is False)
        if not arrows:
            return Refused((self._no_arrow(case, command.trigger),))
        refusals: list[Refused] = []
        for arrow in arrows:
            decision = arrow.attempt(case, command, at, recorded_at)
            if isinstance(decision, Taken):
                return decision
            refusals.append(decision)
        return refused(arrows, refusals, case, command.actor, at)

    def explain(self, case: Case, actor: Actor, at: datetime) -> tuple[Option, ...]:
        """Return every trigger that has an arrow from here, whether `actor` may fire it now, and why not."""
        return tuple(self._option(case, trigger, actor, at) for trigger in self.triggers_from(case.state))

    def _option(self, case: Case, trigger: str, actor: Actor, at: datetime) -> Option:
        arrows = self.table[case.state, trigger]
        possible = [arrow for arrow in arrows if not case.held or arrow.transition.hold is False]
        against = [standing(arrow, case, actor, at) for arrow in possible] or [(self._no_arrow(case, trigger),)]
        free = next((arrow for arrow, stands in zip(possible, against, strict=False) if not stands), None)
        shown = free or (possible or arrows)[0]
        reasons = together(against) if free is None else ()
        return Option(trigger, free is not None, reasons, shown.payload.schema, shown.transition.title)

    def triggers_from(self, state: str) -> tuple[str, ...]:
        """Return the triggers that have an arrow from `state`, in document order."""
        return self._possible.get(state, ())

    def _no_arrow(self, case: Case, trigger: str) -> Reason:
        """Why nothing can be tried: the case is closed or on hold, there is no such trigger, or not from here."""
        step, here = self._said("trigger", trigger), self._said("state", case.state)
        if case.done:
            zh = f"事项已办结（{here.zh}），不能再办理“{step.zh}”"
            en = f"the case is closed ({here.en}): {step.en!r} is not possible any more"
            return reason("closed", zh, en, trigger)
        if (case.state, trigger) in self.table:
            return reason("on_hold", "事项已挂起，须先激活", "the case is on hold: activate it first", trigger)
        possible = self._possible_in_words(case.state)
        if trigger not in self.flow.triggers:
            asked = trigger if len(trigger) <= NAME_LENGTH else f"{trigger[:NAME_LENGTH]}…"
            begin = Text(f"流程没有办理动作“{shown(asked)}”", f"the flow has no trigger {asked!r}")
            end = Text(f"（现可办理：{possible.zh}）", f" (possible here: {possible.en})")
            return Reason("unknown_trigger", Hint(begin, trigger, self.flow.triggers, end), asked)
        return reason(
            "not_from_here", f"“{here.zh}”环节不能办理“{step.zh}”；现可办理：{possible.zh}",
            f"{step.en!r} is not possible in {here.en!r} (possible here: {possible.en})", trigger,
        )  # fmt: skip

    def _said(self, kind: str, name: str) -> Text:
        """What people call a part of the flow."""
        return Text(self.flow.label(kind, name, "zh"), self.flow.label(kind, name, "en"))

    def _possible_in_words(self, state: str) -> Text:
        """The steps that lead on from a state, each with the trigger that is to be typed; put into words once."""
        words = self._words.get(state)
        if words is None:
            steps = [(self._said("trigger", trigger), trigger) for trigger in self.triggers_from(state)]
            zh = "、".join(name if name == step.zh else f"{step.zh}（{name}）" for step, name in steps) or "无"
            en = ", ".join(name if name == step.en else f"{step.en} ({name})" for step, name in steps) or "nothing"
            words = self._words[state] = Text(zh, en)
        return words
