"""Drive the story: the clock goes on day by day, the steps are taken, and each evening is a tick."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from xinfang_flow.cli.demo.story import BEGIN, END, Step, tell
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.kernel import SYSTEM, Actor, Case, Command, Reason
from xinfang_flow.kernel.frozen import EMPTY


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


class Drive:
    """One run of the story over a store."""

    def __init__(self, engine: Engine, clock: ManualClock, zone: ZoneInfo, progress: Callable[[int], object]) -> None:
        self._engine, self._clock, self._zone, self._progress = engine, clock, zone, progress
        self._cases = {str(case.data["register_no"]): case for case in all_cases(engine)}
        self._done = 0

    def run(self, steps: Sequence[Step]) -> Driven:
        """Take every step that has not been taken yet; what lies before the first day is entered on it, in batches."""
        known = {number: _keys(self._engine, case) for number, case in self._cases.items() if case.version > 1}
        new = [step for step in steps if step.key not in known.get(step.number, ())]
        self._done = already = len(steps) - len(new)
        self._enter([step for step in new if step.at.date() < BEGIN])
        ticked = 0
        for day, group in groupby((step for step in new if step.at.date() >= BEGIN), key=lambda step: step.at.date()):
            for step in group:
                self._go(step.at)
                command = self._command(step)
                self._engine.fire(command.case_id, step.trigger, step.payload, actor=step.actor, key=step.key)
                self._count(1)
            ticked += self._evening(day)
        return Driven(len(new), already, ticked + self._evening(END))

    def _enter(self, steps: list[Step]) -> None:
        """Enter the past: first step of each case, then the second; one transaction for each person in each round."""
        steps.sort(key=lambda step: (step.order, step.actor.id, step.at))
        for (_, _), group in groupby(steps, key=lambda step: (step.order, step.actor.id)):
            batch = list(group)
            commands = [self._command(step) for step in batch]
            for outcome in self._engine.fire_many(commands, actor=batch[0].actor):
                if outcome.error is not None:
                    raise outcome.error
            self._count(len(batch))

    def _command(self, step: Step) -> Command:
        return Command(self._cases[step.number].id, step.trigger, step.payload, step.actor, step.at, step.key)

    def _evening(self, day: date) -> int:
        self._go(datetime.combine(day, time(18), self._zone))
        return self._engine.tick()

    def _go(self, moment: datetime) -> None:
        if moment > self._clock.now():
            self._clock.set(moment)

    def _count(self, steps: int) -> None:
        self._done += steps
        self._progress(self._done)


def _keys(engine: Engine, case: Case) -> set[str]:
    return {event.key for event in engine.history(case.id, actor=SYSTEM)}


def attempts(engine: Engine, wanted: Sequence[Try]) -> list[Attempt]:
    """Try what must be refused, each on the first case that stands where it says; nothing is kept in any case.

    The first by its number: ids are drawn anew in every run.
    """
    refused: list[Attempt] = []
    for each in wanted:
        cases = engine.find(actor=SYSTEM, state=each.state, limit=500).items
        standing = sorted((case for case in cases if each.fits(case)), key=lambda case: str(case.data["register_no"]))
        for case in standing[:1]:
            actor = each.actor(case)
            command = Command(case.id, each.trigger, each.payload)
            [outcome] = engine.fire_many([command], actor=actor, dry_run=True)
            refused += [Attempt(case, actor, each.trigger, reason) for reason in outcome.reasons[:1]]
    return refused
