"""The whole duty in memory: `Engine.fire`, `Engine.open`, and what a case weighs."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import peers
from benchmarks.life import CLERK, LIVES, READER, Step, Walk, bare_arrows, numbered, the_flow
from benchmarks.racing import Contestant, Result, expect, race
from xinfang_flow import Engine
from xinfang_flow.store import MemoryStore

FLOW = the_flow()
SAMPLE = 10


def engine(store: Any = None) -> Engine:
    """Return an engine that runs the flow of the race."""
    return Engine(MemoryStore() if store is None else store, flows=[FLOW], clock=Walk())


def opened(made: Engine, cases: int) -> list[str]:
    """Open cases and return their ids."""
    begun = sum(place[-1] for place in made._store.read.counts())
    return [made.open("proxy_petition", numbered(begun + nr), actor=CLERK).id for nr in range(cases)]


def walked(made: Engine, cases: Sequence[str], life: Sequence[Step]) -> int:
    """Fire every case's life."""
    count, fire = 0, made.fire
    for case_id in cases:
        for trigger, payload, actor, _ in life:
            fire(case_id, trigger, payload, actor=actor)
            count += 1
    return count


def verified(made: Engine, cases: Sequence[str], life: Sequence[Step]) -> None:
    """Check that every case has all its events and stands at its end, and verify the chains of some."""
    for case_id in cases:
        case = made.get(case_id, actor=READER)
        expect((case.state, case.version), (life[-1].dest, len(life) + 1), "the end of a life")
    for case_id in cases[:: max(1, len(cases) // SAMPLE)]:
        expect(made.verify(case_id, actor=READER).ok, True, "the chain")  # noqa: FBT003  the wanted answer
        expect(len(made.history(case_id, actor=READER)), len(life) + 1, "the history")


def ours(life: Sequence[Step], cases: int) -> Contestant:
    """Return our contestant; opening is not counted."""
    name = "xinfang_flow: Engine.fire in memory"

    def prepare() -> Callable[[], Any]:
        made = engine()
        ids = opened(made, cases)
        return lambda: (walked(made, ids, life), made, ids)

    def check(end: tuple[int, Engine, list[str]]) -> None:
        expect(end[0], cases * len(life), name)
        verified(end[1], end[2], life)

    return Contestant(name, "ours", cases * len(life), prepare, check)


def bench(rounds: int, cases: int) -> tuple[dict[str, list[Result]], list[str]]:
    """Race both lives, the peers in the first; return the races and the peers that are not installed."""
    report: dict[str, list[Result]] = {}
    missing: list[str] = []
    for number, (name, life) in enumerate(LIVES.items()):
        course = peers.Course(list(FLOW.states), bare_arrows(FLOW), life, cases)
        field = [peers.shared(course)]
        if number == 0:
            others, missing = peers.optional(course)
            field += [peers.one_each(course), *others]
        report[f"fire in memory, life '{name}'"] = race([*field, ours(life, cases)], rounds)
    report["opening a case"] = race([_machines(cases), _openings(cases)], rounds)
    return report, missing


def _machines(cases: int) -> Contestant:
    arrows = bare_arrows(FLOW)
    part = max(1, cases // 20)

    def run() -> list[Any]:
        return [peers.machine(list(FLOW.states), arrows, type("Model", (), {})()) for _ in range(part)]

    def check(made: list[Any]) -> None:
        expect([each.model.state for each in made], [FLOW.initial] * part, "machines")

    return Contestant("transitions, a machine per case", "peer", part, lambda: run, check)


def _openings(cases: int) -> Contestant:
    def prepare() -> Callable[[], Any]:
        made = engine()
        opened(made, 1)
        return lambda: (opened(made, cases), made)

    def check(end: tuple[list[str], Engine]) -> None:
        for case_id in end[0]:
            expect(end[1].get(case_id, actor=READER).state, FLOW.initial, "a new case")
        expect(end[1].verify(end[0][-1], actor=READER).ok, True, "the chain")  # noqa: FBT003  the wanted answer

    return Contestant("xinfang_flow: Engine.open", "ours", cases, prepare, check)


def weigh(cases: int) -> dict[str, int]:
    """Return bytes a case: beside its events, the events themselves, timers, outbox; new and at the end of its life."""
    found = {"transitions, a machine per case": _weight_of_machines(max(10, cases // 20))}
    for name, life in (("new", ()), *LIVES.items()):
        for part, weight in _weights(cases, life).items():
            found[f"{name}: {part}"] = weight
    return found


def _weight_of_machines(cases: int) -> int:
    arrows = bare_arrows(FLOW)
    models = [type("Model", (), {})() for _ in range(cases)]
    before = _traced()
    machines = [peers.machine(list(FLOW.states), arrows, model) for model in models]
    weight = (_traced() - before) // cases
    tracemalloc.stop()
    expect(len(machines), cases, "machines")
    return weight


def _weights(cases: int, life: Sequence[Step]) -> dict[str, int]:
    made = engine()
    walked(made, opened(made, 1), life)  # what is made once for all cases is not counted
    before = _traced()
    ids = opened(made, cases)
    walked(made, ids, life)
    store: Any = made._store
    parts = {}
    total = _traced()
    left = total
    for part, tables in {
        "events": (store.tables.events, store.tables.keys),
        "outbox": (store.tables.outbox,),
        "timers": (store.tables.timers, store.tables.agenda),
    }.items():
        for table in tables:
            table.clear()
        after = _traced()
        parts[part] = (left - after) // cases
        left = after
    parts["the case beyond its events"] = (left - before) // cases
    tracemalloc.stop()
    expect(len(store.tables.cases), cases + 1, "cases kept")
    return parts


def _traced() -> int:
    gc.collect()
    if not tracemalloc.is_tracing():
        tracemalloc.start()
    return tracemalloc.get_traced_memory()[0]
