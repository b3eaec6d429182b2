"""A tick always ends: what does not move on is left alone, named, and holds nobody else up."""

from __future__ import annotations

import copy
import logging
from datetime import datetime
from typing import Any

import pytest

import xinfang_flow as xf
from tests.engine.little import CLERK, LITTLE, engine
from xinfang_flow.kernel.records.deadline import Look, look

LATER = "2026-06-01T08:00:00+08:00"


def ring(*names: str) -> xf.Flow:
    """Return a flow in which the breach of each deadline begins the next one anew, counted from a date of the case."""
    document: dict[str, Any] = {**copy.deepcopy(LITTLE), "id": "ring", "link": [], "conceal_from": []}
    document["fields"]["received"] = {"type": "date"}
    document["open"]["takes"].append("received")
    document["deadline"] = [
        {"name": name, "period": "figures.limit", "since": "received", "starts": {"fires": f"go_{name}"},
         "on_breach": f"go_{after}", "met_by": {"enters": "done"}}
        for name, after in zip(names, (*names[1:], names[0]), strict=True)
    ]  # fmt: skip
    document["transition"] += [
        {"trigger": f"go_{name}", "source": "open", "roles": ["clerk", "system"]} for name in names
    ]
    return xf.Flow.model_validate(document)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("names", [("one",), ("one", "two"), ("one", "two", "three")])
def test_deadlines_that_begin_each_other_anew_do_not_hang_a_tick(
    names: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """No deadline runs out twice at one instant: the second time it is left for the next tick, and the log says so."""
    clock = xf.ManualClock("2026-03-02T09:00:00+08:00")
    engine_ = engine(flows=[ring(*names)], clock=clock)
    case = engine_.open("ring", {"subject": "x", "received": "2026-03-02"}, actor=CLERK)
    engine_.fire(case.id, f"go_{names[0]}", actor=CLERK)
    clock.set(LATER)
    with caplog.at_level(logging.WARNING, "xinfang_flow"):
        assert engine_.tick() == 2 * len(names)
    [line] = caplog.records
    assert (line.message, line.__dict__["case_id"], line.__dict__["deadline"]) == ("timer.stuck", case.id, names[0])
    assert engine_.verify(case.id, actor=CLERK).ok


@pytest.mark.timeout(20)
def test_a_look_that_says_the_same_instant_again_does_not_hang_a_tick(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """If those who look and those who decide disagree about one case, its timer waits and the others are served."""
    clock = xf.ManualClock("2026-03-02T09:00:00+08:00")
    engine_ = engine(clock=clock)
    stuck, fine = (engine_.open("little", {"subject": "x"}, actor=CLERK) for _ in range(2))

    def blind(record: Any, now: datetime, version: int) -> Look:
        seen = look(record, now, version)
        return seen if version == 2 else Look(next=seen.at)

    monkeypatch.setattr("xinfang_flow.engine.timers.look", blind)
    engine_.fire(fine.id, "start", actor=CLERK)
    clock.set(LATER)
    with caplog.at_level(logging.WARNING, "xinfang_flow"):
        assert engine_.tick() == 1
    assert [line.message for line in caplog.records] == ["timer.stuck"]
    assert engine_.get(fine.id, actor=CLERK).deadlines["limit"].state == "breached"
    monkeypatch.undo()
    assert engine_.tick() == 1
    assert engine_.get(stuck.id, actor=CLERK).deadlines["limit"].state == "breached"


def test_breaches_that_move_on_are_all_done_in_one_tick() -> None:
    """What begins anew with a later end is no standing still: a late tick does every round of it, in order."""
    document: dict[str, Any] = {**copy.deepcopy(LITTLE), "id": "round", "link": []}
    document["deadline"][0] |= {"starts": {"fires": "again"}, "on_breach": "again"}
    document["transition"].append({"trigger": "again", "source": "open", "roles": ["clerk", "system"]})
    clock = xf.ManualClock("2026-03-02T09:00:00+08:00")
    engine_ = engine(flows=[xf.Flow.model_validate(document)], clock=clock)
    case = engine_.open("round", {"subject": "x"}, actor=CLERK)
    engine_.fire(case.id, "again", actor=CLERK)
    clock.set(LATER)
    assert engine_.tick() == 14
    events = engine_.history(case.id, actor=CLERK)
    assert [event.kind for event in events] == ["opened", "fired", *["breached", "fired"] * 7]
    # Ten days, the last one a working day; late with the end of it in China, which is 16:00 UTC.
    late = [f"{event.at:%m-%d}" for event in events if event.kind == "breached"]
    assert late == ["03-12", "03-23", "04-03", "04-14", "04-27", "05-08", "05-19"]
    assert engine_.tick() == 0
