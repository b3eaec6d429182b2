"""The kernel's step: `decide` and `evolve`, the event made and not yet hashed; the same with the hash; and refusals."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import peers
from benchmarks.life import ARCHIVIST, BEGIN, CLERK, LIVES, OPENING, Step, Walk, bare_arrows, the_flow
from benchmarks.racing import Contestant, Result, expect, race
from xinfang_flow.kernel import Case, Command, Refused, Rules, Taken, evolve, fold
from xinfang_flow.kernel.decide import decide_open, rules_of
from xinfang_flow.kernel.event import seal

TARGET = "at least 4x faster than transitions' shared trigger"


def commands(life: Sequence[Step], clock: Walk) -> list[Command]:
    """Return what is asked of one case, each with its moment."""
    return [Command("c1", step.trigger, step.payload, step.actor, clock.now(), "k") for step in life]


def beginning(rules: Rules, clock: Walk) -> tuple[Case, Any]:
    """Return a case that has just been opened, with its event."""
    at = clock.now()
    taken = decide_open(rules, "c1", OPENING, actor=CLERK, at=at, recorded_at=at, key="k")
    if not isinstance(taken, Taken):
        raise TypeError(str(taken))
    return evolve(None, taken.event), taken.event


def sealed(life: Sequence[Step], cases: int) -> Contestant:
    """Return our contestant with what every event on a chain costs beside: its canonical text and its hash."""
    rules, walk, name = rules_of(the_flow()), Walk(), "xinfang_flow: decide + seal + evolve"
    first, _ = beginning(rules, walk)

    def prepare() -> Callable[[], Any]:
        asked = [commands(life, walk) for _ in range(cases)]
        decide, personal = rules.decide, rules.personal

        def run() -> tuple[int, str]:
            made, case = 0, first
            for each in asked:
                case = first
                for command in each:
                    at = command.at
                    event = decide(case, command, at, at).event  # type: ignore[arg-type,union-attr]
                    case = evolve(case, seal(event, case.head, personal, os.urandom))
                made += case.version - 1
            return made, case.state

        return run

    return Contestant(
        name, "ours", cases * len(life), prepare, lambda end: expect(end, (cases * len(life), life[-1].dest), name)
    )


def ours(life: Sequence[Step], cases: int, name: str = "xinfang_flow: decide + evolve") -> Contestant:
    """Return our contestant: the whole decision, and the case that follows from it."""
    rules = rules_of(the_flow())
    walk = Walk()
    first, opened = beginning(rules, walk)

    def prepare() -> Callable[[], Any]:
        asked = [commands(life, walk) for _ in range(cases)]
        decide = rules.decide

        def run() -> tuple[int, Case]:
            made, case = 0, first
            for each in asked:
                case = first
                for command in each:
                    at = command.at
                    case = evolve(case, decide(case, command, at, at).event)  # type: ignore[arg-type,union-attr]
                made += case.version - 1
            return made, case

        return run

    def check(end: tuple[int, Case]) -> None:
        expect((end[0], end[1].state), (cases * len(life), life[-1].dest), name)
        events, case = [opened], first
        for command in commands(life, Walk()):
            at = opened.at if command.at is None else command.at
            decision = rules.decide(case, command, at, at)
            if not isinstance(decision, Taken):
                raise TypeError(str(decision))
            events.append(decision.event)
            case = evolve(case, decision.event)
        expect(fold(events), case, "the fold of the events")

    return Contestant(name, "ours", cases * len(life), prepare, check)


def refusals(steps: int) -> list[Contestant]:
    """Return a good step, the baseline, beside steps that are refused: what is wrong must not cost more than right."""
    rules, walk = rules_of(the_flow()), Walk()
    case, _ = beginning(rules, walk)
    good, at = LIVES["routed"][0], walk.now()
    flood = {f"unheard_of_{number}": number for number in range(20_000)}

    def contestant(name: str, command: Command, wanted: type[Taken | Refused], part: int = 1) -> Contestant:
        times = max(1, steps // part)

        def run() -> set[type[Taken | Refused]]:
            return {type(rules.decide(case, command, at, at)) for _ in range(times)}

        return Contestant(name, "ours", times, lambda: run, lambda end: expect(end, {wanted}, name))

    right = Command("c1", good.trigger, good.payload, good.actor, at, "k")
    return [
        contestant("a good step", right, Taken),
        contestant("refused: no such trigger", right._replace(trigger="screeen"), Refused),
        contestant("refused: an unknown key", right._replace(payload={**good.payload, "levle": 1}), Refused),
        contestant("refused: 20,000 unknown keys", right._replace(payload=flood), Refused, part=50),
        contestant("refused: not this role", right._replace(actor=ARCHIVIST), Refused),
    ]


def bench(rounds: int, cases: int) -> dict[str, list[Result]]:
    """Race both lives."""
    flow = the_flow()
    arrows = bare_arrows(flow)
    report = {}
    for name, life in LIVES.items():
        expect(flow.initial, BEGIN, "the flow begins in another state")
        course = peers.Course(list(flow.states), arrows, life, cases)
        field = [peers.shared(course), peers.by_hand(course), ours(life, cases), sealed(life, cases)]
        report[f"kernel step, life '{name}'"] = race(field, rounds)
    report["kernel step, taken and refused"] = race(refusals(cases), rounds)
    return report
