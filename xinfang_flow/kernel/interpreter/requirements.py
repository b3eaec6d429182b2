"""What a transition asks of whoever fires it, compiled once for all the states that it leads from and to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from xinfang_flow.flow.model.parts import BACKWARD, FIRST, PREVIOUS, Transition
from xinfang_flow.kernel.case import Case
from xinfang_flow.kernel.interpreter.ground import Ground
from xinfang_flow.kernel.interpreter.guards import Guard
from xinfang_flow.kernel.interpreter.payload import Payload, beside


class Requirements(NamedTuple):
    """A transition with its payload and its guards.

    `takes` are the payload fields that stay with the case, `takes_all` says whether those are all; `needs_note` whether
    a note is required; `leads_back` whether it goes to where the case has been, which only the case can say.
    """

    transition: Transition
    payload: Payload
    guards: tuple[Guard, ...]
    takes: tuple[str, ...]
    takes_all: bool
    needs_note: bool
    leads_back: bool

    def way_back(self, case: Case, dest: str, payload: Mapping[str, Any]) -> bool:
        """Return whether `dest` is where going back leads this case: to its first state, the last, or one chosen."""
        if case.state not in case.trail:
            return False
        before = case.trail[: case.trail.index(case.state)]
        if self.transition.dest == FIRST:
            return before[:1] == (dest,)
        if self.transition.dest == PREVIOUS:
            return before[-1:] == (dest,)
        return payload.get("to_state") == dest and dest in before


@lru_cache(maxsize=256)
def requirements(ground: Ground) -> tuple[Requirements, ...]:
    """Return what each transition of a flow asks for, in their order; every machine over the same ground shares it."""
    return tuple(_compiled(ground, transition) for transition in ground.flow.transitions)


def _compiled(ground: Ground, transition: Transition) -> Requirements:
    flow = ground.flow
    payload = Payload(flow, transition.payload, beside(flow, transition))
    takes = tuple(sorted({one.name for one in transition.taken}))
    return Requirements(
        transition=transition, payload=payload, guards=ground.guards_of(transition), takes=takes,
        takes_all=payload.fields == takes, needs_note=transition.note == "required",
        leads_back=transition.dest in BACKWARD,
    )  # fmt: skip
