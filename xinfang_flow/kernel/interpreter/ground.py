"""What every arrow of a flow stands on: the flow, its calendar, the steps of its deadlines, and its named guards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from xinfang_flow.errors import WiringError
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Opening, Transition
from xinfang_flow.kernel.identity import ByIdentity
from xinfang_flow.kernel.interpreter.deadline_steps import DeadlineSteps
from xinfang_flow.kernel.interpreter.guards import Guard, NamedGuard, compile_guard
from xinfang_flow.law import Calendar
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.text import Text


class Ground:
    """The parts of a compiled flow that its arrows share."""

    def __init__(self, flow: Flow, guards: Mapping[str, NamedGuard], calendar: Calendar) -> None:
        """Bring a flow, its functions and its calendar together.

        Raises:
            WiringError: named guards without a function, all at once.
        """
        missing = missing_guards(flow, guards)
        if missing:
            raise WiringError(
                Text(f"{flow.name} 用到的条件没有交给引擎", f"{flow.name} names guards that were not handed in"),
                missing=missing,
            )
        self.flow, self.calendar = flow, calendar
        self.clockwork = DeadlineSteps(flow, calendar)
        self._named = guards

    def guards_of(self, part: Opening | Transition) -> tuple[Guard, ...]:
        """Compile the conditions of an opening or a transition."""
        return tuple(
            compile_guard(self.flow, condition, self._named, self.calendar, negate=negate)
            for conditions, negate in ((part.conditions, False), (part.unless, True))
            for condition in conditions
        )


def ground_of(flow: Flow, guards: Mapping[str, NamedGuard] | None, calendar: Calendar | None) -> Ground:
    """Return the ground of a flow; the same objects give the same ground.

    Raises:
        WiringError: as `Ground`.
    """
    return _laid(ByIdentity(flow, guards, calendar))


@lru_cache(maxsize=256)
def _laid(key: ByIdentity) -> Ground:
    flow, guards, calendar = key.parts
    return Ground(flow, guards or {}, calendar or Calendar.china())


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


def missing_guards(flow: Flow, guards: Mapping[str, Any]) -> tuple[Text, ...]:
    """Return a line for every named guard without a function, with the nearest right word."""
    return tuple(
        Text(
            f"{flow.name}：条件“{name}”（{place}）没有对应的函数{zh}",
            f"{flow.name}: guard {name!r} ({place}) has no function{en}",
        )
        for name, place in named_in(flow).items()
        if name not in guards
        for zh, en in (did_you_mean(name, guards),)
    )
