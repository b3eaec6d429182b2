"""Whatever happens in whatever order: late is late, nothing is said twice, and the history tells it all."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings, strategies as st

from tests.deadlines.small import CLERK, World, small_flow
from xinfang_flow.errors import RefusedError
from xinfang_flow.kernel import fold

SPEC: dict[str, Any] = {
    "name": "one", "period": {"by": "tier", "cases": {"plain": {"days": 20}, "urgent": {"days": 10}}},
    "met_by": {"fires": "meet"}, "cancels": {"fires": "drop"}, "suspends": {"fires": "pause"},
    "resumes": {"fires": "resume"}, "warns": [{"half": True}, {"before": {"days": 3}}, {"before": {"hours": 30}}],
}  # fmt: skip
FLOW = small_flow(SPEC, extends={"by": {"days": 5}, "times": 2})
ACTS = st.sampled_from(["start", "meet", "drop", "pause", "resume", "extend", "correct", "note", "tick", "tick"])
STEPS = st.lists(st.tuples(ACTS, st.integers(0, 400), st.sampled_from(["plain", "urgent"])), min_size=1, max_size=25)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_any_order(steps: list[tuple[str, int, str]]) -> None:
    """Invariants after every step of a random life."""
    world = World(FLOW)
    case = world.open(tier="plain")
    for act, hours, tier in steps:
        world.clock.advance(timedelta(hours=hours))
        if act == "tick":
            world.engine.tick()
            assert world.engine.tick() == 0
        else:
            try:
                world.fire(case, act, **({"tier": tier} if act in ("start", "correct") else {}))
            except RefusedError:
                continue
        _holds(world, case.id)
    events = world.engine.history(case.id, actor=CLERK)
    assert fold(events) == world.get(case)
    assert world.engine.verify(case.id, actor=CLERK).ok
    _said_once(events)


def _holds(world: World, case_id: str) -> None:
    deadline = world.engine.get(case_id, actor=CLERK).deadlines.get("one")
    if deadline is None:
        return
    record = deadline.record
    assert deadline.due.at.astimezone(UTC) == deadline.at
    if deadline.state == "met" and "suspended" not in record:  # a suspended clock does not run
        assert datetime.fromisoformat(record["met_at"]) < deadline.at
    if deadline.state == "breached":
        assert datetime.fromisoformat(record.get("met_at", record["at"])) >= deadline.at
    if deadline.state in ("armed", "suspended"):
        assert ("suspended" in record) == (deadline.state == "suspended")
    moments = [text for text, _ in record.get("warn", ())]
    assert moments == sorted(moments)


def _said_once(events: list[Any]) -> None:
    """At most one breach, and at most three warnings for each date it has had, per arming."""
    armed = 0
    said: Counter[tuple[int, str]] = Counter()
    for event in events:
        if event.trigger == "start":
            armed += 1
        if event.kind in ("warned", "breached"):
            said[armed, event.kind] += 1
            assert event.at <= event.recorded_at
    assert all(count == 1 for (_, kind), count in said.items() if kind == "breached")
