"""Drive the story: the clock goes on day by day, the steps are taken, and each evening is a tick."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from xinfang_flow.cli.demo.story import BEGIN, END, Step, tell
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import RefusedError
from xinfang_flow.kernel import SYSTEM, Actor, Case, Reason
from xinfang_flow.kernel.values import EMPTY


class Attempt(NamedTuple):
    """A step that was refused, and why."""

    case: Case
    actor: Actor
    trigger: str
    reason: Reason


class Try(NamedTuple):
    """Something to be refused: in which state, what, by whom, with what, and on which of the cases there."""

    state: str
    trigger: str
    actor: Callable[[Case], Actor]
    payload: Mapping[str, Any] = EMPTY
    fits: Callable[[Case], bool] = bool


class Driven(NamedTuple):
    """What the story did in this run: steps taken, steps that were there already, and what the clock brought."""

    taken: int
    already: int
    ticked: int


def all_cases(engine: Engine, actor: Actor = SYSTEM) -> list[Case]:
    """Return every case."""
    cases: list[Case] = []
    after = None
    while True:
        page = engine.find(actor=actor, limit=500, after=after)
        cases += page.items
        if page.next is None:
            return cases
        after = page.next


def plan(engine: Engine, zone: ZoneInfo) -> list[Step]:
    """Return the whole story of what is in the store."""
    return list(tell(all_cases(engine), zone))


def drive(
    engine: Engine, clock: ManualClock, steps: Sequence[Step], zone: ZoneInfo, progress: Callable[[int], object]
) -> Driven:
    """Take every step that has not been taken yet."""
    cases = {str(case.data["register_no"]): case for case in all_cases(engine)}
    there = {number: _keys(engine, case) if case.version > 1 else set() for number, case in cases.items()}
    taken = already = ticked = done = 0
    for day, group in groupby(steps, key=lambda step: step.at.date()):
        for step in group:
            done += 1
            if step.key in there[step.number]:
                already += 1
                continue
            _go(clock, step.at)
            engine.fire(
                cases[step.number].id, step.trigger, dict(step.payload), actor=step.actor, key=step.key, at=step.at
            )
            taken += 1
        if day >= BEGIN:
            _go(clock, datetime.combine(day, time(18), zone))
            ticked += engine.tick()
        progress(done)
    _go(clock, datetime.combine(END, time(18), zone))
    return Driven(taken, already, ticked + engine.tick())


def _keys(engine: Engine, case: Case) -> set[str]:
    return {event.key for event in engine.history(case.id, actor=SYSTEM)}


def _go(clock: ManualClock, moment: datetime) -> None:
    if moment > clock.now():
        clock.set(moment)


def attempts(engine: Engine, wanted: Sequence[Try]) -> list[Attempt]:
    """Try what must be refused, each on the first case that stands where it says."""
    refused: list[Attempt] = []
    for each in wanted:
        cases = engine.find(actor=SYSTEM, state=each.state, limit=500).items
        case = next((case for case in cases if each.fits(case)), None)
        if case is None:
            continue
        actor = each.actor(case)
        try:
            engine.fire(case.id, each.trigger, dict(each.payload), actor=actor)
        except RefusedError as refusal:
            refused.append(Attempt(case, actor, each.trigger, refusal.reasons[0]))
    return refused
