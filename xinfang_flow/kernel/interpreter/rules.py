"""The rules of one flow, compiled once: what `decide` asks.

Compiling resolves figures' names, named guards, payload types and the calendar, so that a decision touches only
dictionaries.  Compiled rules are shared by every case of the flow and hold no state of any case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from xinfang_flow.errors import WiringError
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Opening
from xinfang_flow.kernel.answers import Option, Refused, Taken
from xinfang_flow.kernel.case import Case
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.interpreter.arrow import Arrow
from xinfang_flow.kernel.interpreter.deadline_steps import Clockwork
from xinfang_flow.kernel.interpreter.ground import Ground
from xinfang_flow.kernel.interpreter.guards import Guard, NamedGuard, compile_guard
from xinfang_flow.kernel.interpreter.payload import Payload, beside
from xinfang_flow.kernel.interpreter.personal import personal_names
from xinfang_flow.kernel.interpreter.standing import refused, standing, together
from xinfang_flow.kernel.interpreter.task_moves import moves
from xinfang_flow.kernel.machine import shared_machine, table
from xinfang_flow.kernel.values import Actor, Command, reason
from xinfang_flow.law import Calendar
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.text import Language, titled


class Rules:
    """A flow with its guards and its calendar, ready to decide."""

    def __init__(self, flow: Flow, guards: Mapping[str, NamedGuard], calendar: Calendar) -> None:
        """Compile the flow.

        Raises:
            WiringError: named guards without a function, all at once.
        """
        self.flow, self.calendar, self.digest = flow, calendar, flow.digest
        self._named = guards
        missing = missing_guards(flow, guards)
        if missing:
            raise WiringError(f"{flow.name} names guards that were not handed in", missing=missing)
        self.clockwork = Clockwork(flow, calendar)
        self.open_payload = Payload(flow, flow.opening.payload, {})
        self.open_steps = self.clockwork.affected("open", flow.initial, ())
        self.open_moves = moves(flow, None, flow.initial)
        self.open_takes = tuple(sorted(one.name for one in flow.opening.taken))
        self.open_guards = self.guards_of(flow.opening)
        self.arrows = tuple(self._arrows())
        self.machine: Any = shared_machine(flow, self.arrows)  # what `transitions` declares is only half typed
        self.table: dict[tuple[str, str], tuple[Arrow, ...]] = table(self.machine)
        self.personal = personal_names(flow)
        self.bound = frozenset(name for name, role in flow.roles.items() if role.sees != "all")

    def decide(self, case: Case, command: Command, at: datetime, recorded_at: datetime) -> Taken | Refused:
        """Return the first arrow that can be taken, in document order, or every reason why none can."""
        arrows = self.table.get((case.state, command.trigger))
        if arrows is None or case.held:
            refusal = self._outside(case, command, arrows)
            if refusal is not None:
                return refusal
            arrows = tuple(arrow for arrow in arrows or () if arrow.hold is False)
        refusals: list[Any] = []
        for arrow in arrows or ():
            decision = arrow.attempt(case, command, at, recorded_at)
            if decision.__class__ is Taken:
                return decision
            refusals.append(decision)
        return refused(arrows or (), refusals, case, command.actor, at)

    def explain(self, case: Case, actor: Actor, at: datetime) -> tuple[Option, ...]:
        """Return every trigger that has an arrow from here, whether `actor` may fire it now, and why not."""
        return tuple(self._option(case, trigger, actor, at) for trigger in self.triggers_from(case.state))

    def _option(self, case: Case, trigger: str, actor: Actor, at: datetime) -> Option:
        arrows = self.table[case.state, trigger]
        outside = self._outside(case, Command(case.id, trigger, EMPTY, actor, at), arrows) if case.held else None
        if outside is not None:
            return Option(trigger, False, outside.reasons, arrows[0].payload.schema, arrows[0].transition.title)  # noqa: FBT003
        open_ = [arrow for arrow in arrows if not case.held or arrow.hold is False]
        against = [standing(arrow, case, actor, at) for arrow in open_]
        free = next((arrow for arrow, stands in zip(open_, against, strict=True) if not stands), None)
        reasons = together(against) if free is None else ()
        shown = free or open_[0]
        return Option(trigger, free is not None, reasons, shown.payload.schema, shown.transition.title)

    def guards_of(self, part: Opening) -> tuple[Guard, ...]:
        """Compile the conditions of an opening or a transition."""
        return tuple(
            compile_guard(self.flow, condition, self._named, self.calendar, negate=negate)
            for conditions, negate in ((part.conditions, False), (part.unless, True))
            for condition in conditions
        )

    def triggers_from(self, state: str) -> tuple[str, ...]:
        """Return the triggers that have an arrow from `state`, in document order."""
        return tuple(trigger for trigger in self.flow.triggers if (state, trigger) in self.table)

    def _outside(self, case: Case, command: Command, arrows: tuple[Arrow, ...] | None) -> Refused | None:
        trigger = command.trigger
        if case.done:
            zh = f"事项已办结（{case.outcome}），不能再办理 {trigger}"
            en = f"the case is closed ({case.outcome}): {trigger!r} is not possible any more"
            return Refused((reason("closed", zh, en, trigger),))
        if arrows is not None:
            if any(arrow.hold is False for arrow in arrows):
                return None
            zh, en = "事项已挂起，须先激活", "the case is on hold: activate it first"
            return Refused((reason("on_hold", zh, en, trigger),))
        possible = self.triggers_from(case.state)
        here_zh, here_en = "、".join(possible) or "无", ", ".join(possible) or "nothing"
        if trigger not in self.flow.triggers:
            zh, en = did_you_mean(trigger, self.flow.triggers)
            return Refused((reason(
                "unknown_trigger", f"流程没有动作 {trigger}{zh}（此处可办理：{here_zh}）",
                f"the flow has no trigger {trigger!r}{en} (possible here: {here_en})", trigger,
            ),))  # fmt: skip
        return Refused((reason(
            "not_from_here", f"在“{self.state_label(case.state, 'zh')}”不能办理 {trigger}（此处可办理：{here_zh}）",
            f"{trigger!r} is not possible in {case.state!r} (possible here: {here_en})", trigger,
        ),))  # fmt: skip

    def state_label(self, state: str, lang: Language) -> str:
        """Return the label of a state."""
        return titled(self.flow.states[state].title, state, lang)

    def _arrows(self) -> Iterable[Arrow]:
        ground = Ground(self.flow, self.calendar, self.clockwork)
        for transition in self.flow.transitions:
            payload = Payload(self.flow, transition.payload, beside(self.flow, transition))
            guards = self.guards_of(transition)
            for source in self.flow.sources_of(transition):
                for dest in self.flow.dests_of(transition, source):
                    yield Arrow(ground, transition, source, dest, payload, guards)


def named_in(flow: Flow) -> dict[str, str]:
    """Return every named guard of a flow, with the place of its first use."""
    found: dict[str, str] = {}

    def walk(conditions: Iterable[Condition], place: str) -> None:
        for condition in conditions:
            if condition.row.about == "function":
                found.setdefault(condition.about or "", place)
            walk(condition.parts, place)

    walk((*flow.opening.conditions, *flow.opening.unless), "open")
    for transition in flow.transitions:
        walk((*transition.conditions, *transition.unless), f"transition {transition.name}")
    return found


def missing_guards(flow: Flow, guards: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a line for every named guard without a function, with the nearest right word."""
    return tuple(
        f"{flow.name}: guard {name!r} ({place}) has no function{did_you_mean(name, guards)[1]}"
        for name, place in named_in(flow).items()
        if name not in guards
    )
