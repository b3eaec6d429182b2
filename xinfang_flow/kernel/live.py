"""A live `transitions` machine for the user's own object: the way in for everything that ecosystem offers.

Roles, payloads and the closed vocabulary of guards are judged as everywhere else, over the object's own attributes.
Deadlines, tasks, effects and history belong to the Engine: guards that ask for them refuse here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from transitions import EventData, Machine

from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.answers import Taken
from xinfang_flow.kernel.case import NO_DEADLINES, NO_TASKS, Case
from xinfang_flow.kernel.decide import rules_of
from xinfang_flow.kernel.frozen import EMPTY, freeze
from xinfang_flow.kernel.interpreter.arrow import Arrow
from xinfang_flow.kernel.interpreter.guards import NamedGuard
from xinfang_flow.kernel.values import Actor, Command
from xinfang_flow.law import Calendar


class _OnModel:
    """Judges one arrow over a model's attributes, and writes what a taken arrow takes back onto it."""

    def __init__(self, flow: Flow, arrow: Arrow) -> None:
        self.flow, self.arrow = flow, arrow

    def permits(self, event: EventData) -> bool:
        actor, at = event.kwargs.get("actor"), event.kwargs.get("at")
        if not isinstance(actor, Actor):
            raise InputError("actor is required: who does this? write actor=Actor(...)", where="actor")
        if not isinstance(at, datetime) or at.tzinfo is None:
            raise InputError("at is required: the moment with its zone", where="at")
        payload, note = event.kwargs.get("payload"), event.kwargs.get("note")
        case = _case(self.flow, event.model, event.state.name, at)
        trigger = self.arrow.transition.trigger
        command = Command(case.id, trigger, EMPTY if payload is None else payload, actor, at, None, note)
        decision = self.arrow.attempt(case, command, at, at)
        event.kwargs["decision"] = decision
        return isinstance(decision, Taken)

    def write(self, event: EventData) -> None:
        decision = event.kwargs["decision"]
        for name in self.arrow.takes:
            if name in decision.event.payload:
                setattr(event.model, name, decision.event.payload[name])


def _case(flow: Flow, model: Any, state: str, at: datetime) -> Case:
    data = {name: value for name in flow.fields if (value := getattr(model, name, None)) is not None}
    return Case(
        id="live", flow=flow.id, flow_version=flow.version, digest=flow.digest, org=getattr(model, "org", None),
        state=state, stage=flow.states[state].stage, version=1, data=freeze(data), deadlines=NO_DEADLINES,
        tasks=NO_TASKS, links=(), done=flow.states[state].final, outcome=None, opened_at=at, changed_at=at,
        trail=(state,),
    )  # fmt: skip


def machine(
    flow: Flow,
    model: Any,
    *,
    guards: Mapping[str, NamedGuard] | None = None,
    calendar: Calendar | None = None,
    **options: Any,
) -> Machine:
    """Put `model` under a `transitions.Machine` of the flow and return the machine.

    The model gets a method per trigger (`model.screen(actor=..., at=..., payload={...})`) and a `state`.  Further
    options go to `transitions.Machine`, as do subclasses through `machine_class=`.

    Raises:
        InputError: a trigger is called without `actor=` or `at=`.
    """
    rules = rules_of(flow, guards, calendar)
    made: Machine = options.pop("machine_class", Machine)(
        model=model, states=list(flow.states), initial=getattr(model, "state", None) or flow.initial,
        auto_transitions=False, send_event=True, **options,
    )  # fmt: skip
    for arrow in rules.arrows:
        judge = _OnModel(flow, arrow)
        dest = None if arrow.transition.dest is None else arrow.dest
        made.add_transition(
            arrow.transition.trigger, arrow.source, dest, conditions=[judge.permits], after=[judge.write]
        )
    return made
