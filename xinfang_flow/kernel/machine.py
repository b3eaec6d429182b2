"""`transitions` is the machine: a flow compiles once into one shared Machine, and its own table is what we select from.

This module, and `live` for users' own objects, are the only ones that import `transitions`.  Its runner is not on our
path: it is the oracle of a property test (`tests/kernel`).  It is only ever given resolved callables, never a string
from a document: it would import dotted paths.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from transitions import EventData, Machine, Transition

from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Transition as Spec
from xinfang_flow.kernel.answers import Refused, Taken


class Judged(Protocol):
    """An arrow, as far as the machine needs to know it."""

    transition: Spec
    source: str
    dest: str

    def attempt(self, case: Any, command: Any, at: Any, recorded_at: Any) -> Taken | Refused:
        """Return what taking it would do."""


class Judge:
    """The condition of one arrow, as `transitions` calls it: with the case and the command in the event's kwargs."""

    def __init__(self, arrow: Judged) -> None:
        self.arrow = arrow

    def __call__(self, event: EventData) -> bool:
        """Return whether the arrow is taken; the decision is left in `event.kwargs["decisions"]`."""
        case, command, at = event.kwargs["case"], event.kwargs["command"], event.kwargs["at"]
        decision = self.arrow.attempt(case, command, at, at)
        event.kwargs.setdefault("decisions", []).append(decision)
        return not isinstance(decision, Refused)


def shared_machine(flow: Flow, arrows: Iterable[Judged]) -> Machine:
    """Return the one machine of a flow, without a model."""
    machine = Machine(
        model=None, states=list(flow.states), initial=flow.initial, auto_transitions=False, send_event=True
    )
    for arrow in arrows:
        machine.add_transition(
            arrow.transition.trigger, arrow.source,
            None if arrow.transition.dest is None else arrow.dest, conditions=[Judge(arrow)],
        )  # fmt: skip
    return machine


def _judge(transition: Transition) -> Judge:
    judge: Any = transition.conditions[0].func
    if not isinstance(judge, Judge):
        raise TypeError("the table holds a condition that is not ours")
    return judge


def table(machine: Machine) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Read the machine's own table: (state, trigger) to the arrows, in the order in which it would try them."""
    return {
        (source, trigger): tuple(_judge(transition).arrow for transition in candidates)
        for trigger, event in machine.events.items()
        for source, candidates in event.transitions.items()
    }
