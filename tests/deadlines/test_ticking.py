"""The clock's work: once, in order, however late; and never twice when a clock jumps back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.deadlines.small import CLERK, World, small_flow
from xinfang_flow.engine.engine import Engine
from xinfang_flow.store import MemoryStore

TEN = {
    "name": "ten", "period": {"days": 10}, "met_by": {"fires": "meet"}, "effects": ["told"], "warn_effects": ["warned"],
    "warns": [{"before": {"days": 3}}, {"half": True}],
}  # fmt: skip


class Jumping:
    """A clock that goes where it is told, back too."""

    def __init__(self, now: str) -> None:
        self.moment = datetime.fromisoformat(now)

    def now(self) -> datetime:
        """The moment it was told."""
        return self.moment


def test_warnings_then_breach_each_once() -> None:
    """Half the time gone with nothing recorded, three days before, and the end."""
    world = World(small_flow(TEN))
    case = world.fire(world.open(), "start")
    assert world.tick("2026-03-07T16:30:00+08:00") == 1
    assert world.tick("2026-03-08T16:00:00+08:00") == 0
    assert world.tick("2026-03-09T00:00:00+08:00") == 1
    assert world.tick("2026-03-12T23:59:59+08:00") == 0
    assert world.tick("2026-03-13T00:00:00+08:00") == 1
    assert world.tick("2027-03-13T00:00:00+08:00") == 0
    assert world.kinds(case) == ["opened", "fired", "warned", "warned", "breached"]


def test_work_takes_the_half_time_warning_away_and_no_other() -> None:
    """Anything recorded since arming silences the half-time warning; the dated one still comes."""
    world = World(small_flow(TEN))
    case = world.fire(world.open(), "start")
    world.fire(case, "note")
    assert world.tick("2026-03-08T16:00:00+08:00") == 0
    assert world.tick("2026-03-09T00:00:00+08:00") == 1
    assert world.tick("2026-03-13T00:00:00+08:00") == 1
    assert world.kinds(case)[-2:] == ["warned", "breached"]


def test_a_late_tick_records_when_it_was_due_and_when_it_was_noticed() -> None:
    """After a downtime the breach carries both moments, and stale warnings are not given."""
    world = World(small_flow(TEN))
    case = world.fire(world.open(), "start")
    assert world.tick("2026-04-20T08:00:00+08:00") == 1
    breach = world.engine.history(case.id, actor=CLERK)[-1]
    assert breach.kind == "breached"
    assert breach.at == datetime.fromisoformat("2026-03-13T00:00:00+08:00")
    assert breach.recorded_at == datetime.fromisoformat("2026-04-20T08:00:00+08:00")


def test_late_ticks_keep_the_order_of_the_due_instants() -> None:
    """Across cases and batches, what was due first is written first; a case's own warning does not pull it forward."""
    world = World(small_flow(TEN, {"name": "five", "period": {"days": 5}, "starts": {"fires": "note"}}))
    cases = []
    for day in range(2, 30):
        world.clock.set(f"2026-03-{day:02}T09:00:00+08:00")
        cases.append(world.fire(world.open(), "note" if day % 2 else "start"))
    store: Any = world.engine._store
    written: list[datetime] = []
    world.clock.set("2026-06-01T09:00:00+08:00")
    append = MemoryStore.transaction

    def spying(self: MemoryStore, session: Any = None) -> Any:
        transaction = append(self, session)
        inner = type(transaction).append

        class Spy(type(transaction)):  # type: ignore[misc]
            __slots__ = ()

            def append(self, commit: Any) -> None:
                if commit.event is not None:
                    written.append(commit.event.at)
                inner(self, commit)

        return Spy(store.tables)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryStore, "transaction", spying)
        assert world.engine.tick() == len(cases)
    assert len(written) == len(cases)
    assert written == sorted(written)


def test_a_clock_that_jumps_back_fires_nothing_twice() -> None:
    """What was said is not said again, and what has run out stays run out."""
    clock = Jumping("2026-03-02T09:00:00+08:00")
    engine = Engine.in_memory(flows=[small_flow(TEN)], clock=clock, unchecked=True)
    case = engine.open("small", {}, actor=CLERK)
    engine.fire(case.id, "start", actor=CLERK)
    clock.moment = datetime.fromisoformat("2026-03-13T00:00:00+08:00")
    assert engine.tick() == 1
    for back in ("2026-03-08T00:00:00+08:00", "2026-03-01T00:00:00+08:00", "2026-03-20T00:00:00+08:00"):
        clock.moment = datetime.fromisoformat(back)
        assert engine.tick() == 0
    assert engine.get(case.id, actor=CLERK).deadlines["ten"].state == "breached"


def test_what_a_breach_fires_takes_effect_when_it_ran_out() -> None:
    """A lapse is dated by the deadline and not by the tick; but never before what was recorded since."""
    lapse = {"trigger": "lapse", "source": "open", "dest": "lapsed", "roles": ["system"]}
    flow = small_flow({**TEN, "on_breach": "lapse"}, transition=[lapse])
    world = World(flow)
    quiet, busy = world.fire(world.open(), "start"), world.fire(world.open(), "start")
    world.fire(busy, "note", now="2026-03-20T09:00:00+08:00")
    assert world.tick("2026-04-20T08:00:00+08:00") == 4
    lapsed = {case.id: world.engine.history(case.id, actor=CLERK)[-1] for case in (quiet, busy)}
    assert lapsed[quiet.id].at == datetime.fromisoformat("2026-03-13T00:00:00+08:00")
    assert lapsed[busy.id].at == datetime.fromisoformat("2026-03-20T09:00:00+08:00")
    assert {event.recorded_at for event in lapsed.values()} == {datetime.fromisoformat("2026-04-20T08:00:00+08:00")}


def test_a_met_deadline_says_nothing() -> None:
    """Meeting it takes its timer away."""
    world = World(small_flow(TEN))
    case = world.fire(world.open(), "start")
    world.fire(case, "meet")
    assert world.tick("2027-01-01T00:00:00+08:00") == 0


def test_an_extension_brings_new_warnings() -> None:
    """Three days before the new date is another day than three days before the old one."""
    world = World(small_flow(TEN, extends={"by": {"days": 10}}))
    case = world.fire(world.open(), "start")
    world.tick("2026-03-09T00:00:00+08:00")
    world.fire(case, "extend", now="2026-03-10T09:00:00+08:00")
    assert world.tick("2026-03-19T23:59:00+08:00") == 0
    assert world.tick("2026-03-20T00:00:00+08:00") == 1
    assert world.tick("2026-03-24T00:00:00+08:00") == 1


@pytest.mark.parametrize("stored", [100, 1000, 4000])
def test_a_tick_costs_what_is_due(stored: int) -> None:
    """Ten due cases are ten looks, whether a hundred or four thousand are open."""
    world = World(small_flow({"name": "ten", "period": {"days": 10}}))
    for _ in range(10):
        world.fire(world.open(), "start")
    world.clock.advance(timedelta(days=5))
    for _ in range(stored):
        world.fire(world.open(), "start")
    looks = 0
    read = MemoryStore.transaction(world.engine._store).__class__.case  # type: ignore[arg-type]

    def counted(self: Any, case_id: str) -> Any:
        nonlocal looks
        looks += 1
        return read(self, case_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xinfang_flow.store.memory.MemoryTransaction.case", counted)
        assert world.tick("2026-03-13T00:00:00+08:00") == 10
    assert looks == 10
