"""A race: contestants take turns, round by round; what counts is the ratio to the baseline of the same round."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any

Run = Callable[[], Any]
MICRO = 1e6


class WrongWorkError(Exception):
    """A contestant did not do what it was timed for."""


@dataclass(frozen=True)
class Contestant:
    """`prepare` builds what one round needs, untimed; the function it gives is timed, and its result is checked.

    `units` is how many things one round does: the price is a unit's.  `share` runs the contestant in every n-th round
    only, for the slow ones.
    """

    name: str
    kind: str
    units: int
    prepare: Callable[[], Run]
    check: Callable[[Any], None]
    share: int = 1


@dataclass
class Result:
    """One contestant's rounds, in microseconds a unit, and its ratios to the baseline round by round."""

    name: str
    kind: str
    rounds: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)

    @property
    def price(self) -> float:
        """The median price of a unit in microseconds."""
        return median(self.rounds)

    @property
    def ratio(self) -> float:
        """The median of the ratios to the baseline."""
        return median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The quartiles of the ratios."""
        ordered = sorted(self.ratios)
        last = len(ordered) - 1
        return ordered[round(last * 0.25)], ordered[round(last * 0.75)]

    def record(self) -> dict[str, Any]:
        """What goes into the JSON file."""
        low, high = self.spread
        return {
            "name": self.name, "kind": self.kind, "us": round(self.price, 3), "ratio": round(self.ratio, 3),
            "low": round(low, 3), "high": round(high, 3), "rounds": len(self.rounds),
        }  # fmt: skip


def race(contestants: Sequence[Contestant], rounds: int, *, wall: bool = False) -> list[Result]:
    """Run every contestant once a round, the first being the baseline, and return the results in the given order.

    The garbage collector stays on for everybody; it is run, untimed, before each turn, so that nobody pays for the one
    before.  Processor time is counted, which neighbours on the machine disturb least; `wall` counts elapsed time, for
    work that waits for a disk.

    Raises:
        WrongWorkError: the end state of a contestant is not what the work ends in.
    """
    results = [Result(one.name, one.kind) for one in contestants]
    for number in range(rounds):
        turn: dict[int, float] = {}
        # Every other round runs backwards, so that nobody always follows the same one.
        order = range(len(contestants)) if number % 2 == 0 else range(len(contestants) - 1, -1, -1)
        for place in order:
            if number % contestants[place].share == 0:
                turn[place] = _timed(contestants[place], wall=wall)
        for place, price in turn.items():
            results[place].rounds.append(price)
            results[place].ratios.append(price / turn[0])
    return results


def _timed(contestant: Contestant, *, wall: bool) -> float:
    run = contestant.prepare()
    gc.collect()
    clock = time.perf_counter_ns if wall else time.process_time_ns
    start = clock()
    end = run()
    taken = clock() - start
    contestant.check(end)
    return taken / 1000 / contestant.units


def expect(found: Any, wanted: Any, what: str) -> None:
    """Check an end state.

    Raises:
        WrongWorkError: it is another.
    """
    if found != wanted:
        raise WrongWorkError(f"{what}: {found!r}, expected {wanted!r}")


def pin() -> str:
    """Keep to one core, where the system lets us; return what was done."""
    if not hasattr(os, "sched_setaffinity"):
        return "not pinned (this system has no sched_setaffinity)"
    with suppress(OSError):
        core = max(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {core})
        return f"pinned to core {core}"
    return "not pinned (refused)"
