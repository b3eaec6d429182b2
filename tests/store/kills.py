"""Two harnesses that kill a process in the middle of its work, and what must hold afterwards.

`kill_at_each_line` is complete: the child kills itself at every executed line of store and engine in turn.
`kill_at_random` samples: the parent kills a child that fires as fast as it can.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import uuid4

import xinfang_flow
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.flows import load_flow
from xinfang_flow.kernel import SYSTEM, Actor, fold
from xinfang_flow.store import Query
from xinfang_flow.testing.strategies import FULL

PACKAGE = str(Path(xinfang_flow.__file__).parent)
WATCHED = (f"{PACKAGE}/store/", f"{PACKAGE}/engine/")
CLERK, CENTRE = Actor("clerk", roles={"clerk"}), Actor("centre", roles={"dispatcher"})


def engine_at(url: str) -> Engine:
    """An engine on a database file."""
    return Engine(url, flows=[load_flow("proxy_petition")], clock=ManualClock("2026-03-02T09:00:00+08:00"))


def pooled(engine: Engine) -> str:
    """A case that waits for its proxy, with its first effect and no timer."""
    case = engine.open("proxy_petition", {**FULL, "register_no": uuid4().hex}, actor=CLERK)
    return engine.fire(case.id, "screen", {"opinion_owed": False}, actor=CLERK).id


def assign(engine: Engine, case_id: str) -> None:
    """A step that writes everything at once: event with a personal note, case, timer, slot, effect."""
    engine.fire(
        case_id, "assign", {"pool": "resident", "to": f"p-{case_id}"}, actor=CENTRE, key=f"k-{case_id}", note="急"
    )


def state_of(engine: Engine, case_id: str) -> tuple[Any, ...]:
    """What lies in each of the places that one fire writes to."""
    store = engine._store
    case = store.read.get(case_id)
    assert case is not None
    history = store.read.history(case_id)
    assert engine.verify(case_id, actor=SYSTEM).ok
    assert fold(history) == case
    owed = store.read.find(Query(holder=f"p-{case_id}"))
    with store.transaction() as transaction:
        timers = [
            timer.name
            for timer in transaction.due(case.opened_at.replace(year=2036), 10_000)
            if timer.case_id == case_id
        ]
        known = transaction.event_by_key("fired", f"k-{case_id}") is not None
    effects = [effect.request.name for effect in store.read.effects(case_id)]
    return case.state, len(history), len(owed), tuple(timers), known, tuple(effects)


def old_and_new(engine: Engine) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The two states that may be found after a kill, learnt from a case that nobody killed."""
    case_id = pooled(engine)
    old = state_of(engine, case_id)
    assign(engine, case_id)
    new = state_of(engine, case_id)
    assert all(before != after for before, after in zip(old, new, strict=True))
    return old, new


def kill_at_each_line(engine: Engine, steps: int = 1, *, reference: Any = None) -> tuple[list[Any], int, int]:
    """Kill at line 1, 2, 3 … until the step survives; return what was found between old and new, and both counts."""
    old, new = reference or old_and_new(engine)
    mixed: list[Any] = []
    counted = {"old": 0, "new": 0}
    line = 1
    while True:
        case_id = pooled(engine)
        survived = _killed_at(line, partial(assign, engine, case_id))
        found = _found(engine, case_id)
        if found not in (old, new):
            mixed.append((line, found))
        counted["new" if found == new else "old"] += 1
        if survived:
            return mixed, counted["old"], counted["new"]
        line += steps


def _found(engine: Engine, case_id: str) -> Any:
    try:
        return state_of(engine, case_id)
    except Exception as error:  # noqa: BLE001  whatever is wrong with what was left behind is a finding
        return f"{type(error).__name__}: {error}"


def _killed_at(line: int, act: Callable[[], None]) -> bool:
    """Fork, kill the child at that executed line of store and engine, and return whether it got to the end."""
    child = os.fork()
    if child == 0:
        sys.settrace(_killer(line))
        act()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _killer(line: int) -> Any:
    left = line

    def trace(frame: FrameType, what: str, _: object) -> Any:
        nonlocal left
        if not frame.f_code.co_filename.startswith(WATCHED):
            return None
        if what == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def kill_at_random(engine: Engine, kills: int, seed: int) -> tuple[int, int, int]:
    """Kill a firing child so often; return acknowledged fires, lost ones, and cases that do not verify."""
    chance = random.Random(seed)
    case_id = pooled(engine)
    engine.fire(case_id, "assign", {"pool": "resident", "to": "p"}, actor=CENTRE)
    acknowledged: list[str] = []
    for trial in range(kills):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            _fire_until_killed(engine, case_id, trial, writer)
        os.close(writer)
        time.sleep(chance.uniform(0.002, 0.022))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(reader) as answers:
            acknowledged += [line.strip() for line in answers if line.endswith("\n")]
    keys = {event.key for event in engine._store.read.history(case_id)}
    bad = 0 if engine.verify(case_id, actor=SYSTEM).ok else 1
    return len(acknowledged), len(set(acknowledged) - keys), bad


def _fire_until_killed(engine: Engine, case_id: str, trial: int, writer: int) -> None:
    proxy = Actor("p", roles={"proxy"})
    for number in range(10_000):
        key = f"{trial}-{number}"
        engine.fire(case_id, "accompany", {"record": "去了"}, actor=proxy, key=key)
        os.write(writer, f"{key}\n".encode())
    os._exit(0)
