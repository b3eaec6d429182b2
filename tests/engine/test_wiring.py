"""What can run here and what can only be read: one answer for every verb; and flows that are refused at the door."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest

import xinfang_flow as xf
from tests.engine.little import CLERK, HELPER, LITTLE, engine, little

LATER = "2026-06-01T08:00:00+08:00"
# A flow that needs no guard: what the engine with the missing guard runs itself.
PLAIN: dict[str, Any] = {**copy.deepcopy(LITTLE), "id": "plain", "link": [{"kind": "part", "flow": "little"}]}
for _arrow in PLAIN["transition"]:
    _arrow.pop("conditions", None)


class World:
    """A store with one case whose guard is missing here, and one that runs."""

    def __init__(self) -> None:
        self.store, self.clock = xf.MemoryStore(), xf.ManualClock("2026-03-02T09:00:00+08:00")
        self.whole = engine(self.store, clock=self.clock)
        self.here = xf.Engine(self.store, flows=[xf.Flow.model_validate(PLAIN)], clock=self.clock)
        self.stranger = self.whole.open("little", {"subject": "x", "name": "王"}, actor=CLERK)
        self.whole.fire(self.stranger.id, "assign", {"to": "zhang"}, actor=CLERK)
        self.mine = self.here.open("plain", {"subject": "x"}, actor=CLERK)


def test_one_case_that_cannot_run_here_stops_no_list_and_no_calendar() -> None:
    """Everybody else's find, tasks, tick and recalculate go on; what cannot run is named to the log."""
    world = World()
    assert {case.id for case in world.here.find(actor=CLERK).items} == {world.stranger.id, world.mine.id}
    assert [task.case_id for task in world.here.tasks(actor=HELPER).items] == [world.stranger.id]
    assert world.here.recalculate() == 0
    world.clock.set(LATER)
    assert world.here.tick() == 1


def test_a_calendar_that_is_missing_stops_no_list_either(caplog: pytest.LogCaptureFixture) -> None:
    """A case that counts by a calendar which was not handed in is seen here, and waits for an engine that has it."""
    store, clock = xf.MemoryStore(), xf.ManualClock("2026-03-02T09:00:00+08:00")
    moon = xf.Flow.model_validate({**PLAIN, "id": "moon", "calendar": "moon"})
    there = xf.Engine(store, flows=[moon], calendars={"moon": xf.Calendar.china()}, clock=clock)
    case = there.open("moon", {"subject": "x"}, actor=CLERK)
    here = xf.Engine(store, flows=[], clock=clock)
    assert here.find(actor=CLERK).items == (case,)
    clock.set(LATER)
    with caplog.at_level(logging.WARNING, "xinfang_flow"):
        assert (here.recalculate(), here.tick()) == (0, 0)
    assert {record.message for record in caplog.records} == {"case.unwired"}
    assert {record.__dict__["case_id"] for record in caplog.records} == {case.id}
    assert "'moon'" in caplog.records[0].__dict__["error"]
    assert there.tick() == 1


def test_what_cannot_run_here_can_be_read_by_every_verb(tmp_path: Path) -> None:
    """Reading needs the flow's text, which the store has, and neither its guards nor its calendar."""
    here, case_id = (world := World()).here, world.stranger.id
    case = here.get(case_id, actor=CLERK)
    assert case == world.whole.get(case_id, actor=CLERK)
    assert here.flow_of(case) == little()
    assert [event.kind for event in here.history(case_id, actor=CLERK)] == ["opened", "fired"]
    assert here.signals(case_id, actor=CLERK) == []
    assert here.verify(case_id, actor=CLERK).ok
    assert here.case_file(case_id, tmp_path / "case.html", actor=CLERK).is_file()
    with pytest.raises(xf.NotFoundError):
        here.get(case_id, actor=xf.Actor("nobody"))


def test_what_cannot_run_here_is_refused_by_name() -> None:
    """Whoever fires on it, or asks what may be fired, is told which guard is missing; in a batch it is one outcome."""
    here, case_id = (world := World()).here, world.stranger.id
    for ask in (lambda: here.fire(case_id, "start", actor=CLERK), lambda: here.available(case_id, actor=CLERK)):
        with pytest.raises(xf.WiringError, match="'allowed'"):
            ask()
    commands = [xf.Command(case_id, "start"), xf.Command(world.mine.id, "start")]
    bad, good = here.fire_many(commands, actor=CLERK)
    assert (type(bad.error), good.ok) == (xf.WiringError, True)
    with pytest.raises(xf.WiringError, match="'allowed'"):
        here.open("little@1", {"subject": "y"}, actor=CLERK)


def test_an_outcome_waits_for_a_case_that_cannot_run_here() -> None:
    """Ending a case does not fail because whoever waits for it runs elsewhere: the signal stays, and is taken there."""
    world = World()
    part = world.whole.open("little", {"subject": "x"}, actor=CLERK)
    whole = world.whole.fire(world.stranger.id, "start", actor=CLERK)
    world.whole.link(whole.id, part.id, "part", actor=CLERK)
    free = {**LITTLE, "transition": [{**arrow, "conditions": []} for arrow in LITTLE["transition"]], "version": 2}
    mixed = engine(world.store, flows=[xf.Flow.model_validate(free)], clock=world.clock, guards={})
    child = mixed.open("little", {"subject": "y"}, actor=CLERK)
    assert mixed.link(whole.id, child.id, "part", actor=CLERK).id == whole.id

    assert mixed.fire(child.id, "finish", actor=CLERK).done
    assert [signal.sender for signal in mixed.signals(whole.id, actor=CLERK)] == [child.id]

    world.whole.fire(part.id, "finish", actor=CLERK)
    assert world.whole.signals(whole.id, actor=CLERK) == []
    ties = {tie.case_id: tie.state for tie in world.whole.get(whole.id, actor=CLERK).links}
    assert ties == {part.id: "done", child.id: "done"}
    assert world.whole.verify(whole.id, actor=CLERK).ok


def test_a_case_without_its_flows_text_is_for_the_engine_alone(caplog: pytest.LogCaptureFixture) -> None:
    """Who may see it cannot be known: lists pass it over, once in the log; get says what is missing; SYSTEM sees it."""
    world = World()
    more = world.whole.open("little", {"subject": "z"}, actor=CLERK)
    for key in [key for key in world.store.tables.flows if key[0] == "little"]:
        del world.store.tables.flows[key]
    here = xf.Engine(world.store, flows=[xf.Flow.model_validate(PLAIN)], clock=world.clock)
    with caplog.at_level(logging.WARNING, "xinfang_flow"):
        assert here.find(actor=CLERK).items == (world.mine,)
    assert [record.message for record in caplog.records] == ["case.unreadable"]
    assert {case.id for case in here.find(actor=xf.SYSTEM).items} == {world.stranger.id, world.mine.id, more.id}
    with pytest.raises(xf.FlowError, match="little@1"):
        here.get(world.stranger.id, actor=CLERK)
    assert here.get(world.stranger.id, actor=xf.SYSTEM).id == world.stranger.id
    assert (here.recalculate(), here.tick()) == (0, 0)


def test_a_linked_case_without_its_flows_text_is_told_as_a_tie(tmp_path: Path) -> None:
    """A case file says of it what its own events know, to a reader and to the engine itself."""
    world = World()
    both = xf.Engine(world.store, flows=[xf.Flow.model_validate(PLAIN), little()], guards={"allowed": lambda *_: True})
    both.link(world.mine.id, world.stranger.id, "part", actor=CLERK)
    del world.store.tables.flows["little", 1]
    here = xf.Engine(world.store, flows=[xf.Flow.model_validate(PLAIN)], clock=world.clock)
    for number, actor in enumerate((CLERK, xf.SYSTEM)):
        path = here.case_file(world.mine.id, tmp_path / f"{number}.html", actor=actor)
        assert world.stranger.id in path.read_text("utf-8")
        assert [task.case_id for task in here.tasks(actor=actor).items] == []


def test_a_published_text_that_no_flow_is_any_more_is_a_flow_error() -> None:
    """What another version of this library published and this one cannot read is told as such, not as a traceback."""
    world = World()
    kept = world.store.tables.flows["little", 1]
    world.store.tables.flows["little", 1] = kept._replace(text=json.dumps({**json.loads(kept.text), "states": 7}))
    here = xf.Engine(world.store, flows=[], clock=world.clock)
    with pytest.raises(xf.FlowError, match="cannot be read any more"):
        here.get(world.stranger.id, actor=CLERK)
    assert here.find(actor=CLERK).items == (world.mine,)


# ---- flows that are handed in --------------------------------------------------------------------------------------


def unsound(identifier: str = "unsound") -> xf.Flow:
    """Return a flow with a state that nothing leads to."""
    return xf.Flow.model_validate({**PLAIN, "id": identifier, "states": {**PLAIN["states"], "lost": {"final": True}}})


def test_flows_that_do_not_hold_together_are_refused_at_wiring() -> None:
    """What `check` calls an error is told when the engine is made, of all flows at once, and can be overridden."""
    with pytest.raises(xf.FlowError) as caught:
        xf.Engine.in_memory(flows=[unsound("one"), xf.Flow.model_validate(PLAIN), unsound("two")])
    assert [finding.code for finding in caught.value.findings] == ["XF201", "XF201"]
    for name in ("one@1", "two@1", "lost"):
        assert name in str(caught.value)
    anyway = xf.Engine.in_memory(flows=[unsound()], unchecked=True)
    assert anyway.open("unsound", {"subject": "x"}, actor=CLERK).state == "open"


def test_no_database_is_made_for_what_cannot_be_wired(tmp_path: Path) -> None:
    """Flows are judged before the store is opened: a mistake leaves no empty file behind."""
    for flow, error in ((unsound(), xf.FlowError), (little(), xf.WiringError)):
        with pytest.raises(error):
            xf.Engine(f"sqlite:///{tmp_path}/new.db", flows=[flow])
    assert list(tmp_path.iterdir()) == []


def test_two_texts_under_one_version_are_refused() -> None:
    """Nobody could say which of them a new case runs under; the same one twice is no matter."""
    other = xf.Flow.model_validate({**PLAIN, "title": "other"})
    with pytest.raises(xf.FlowError, match=r"plain@1 is handed in twice"):
        xf.Engine.in_memory(flows=[xf.Flow.model_validate(PLAIN), other])
    xf.Engine.in_memory(flows=[other, other, xf.Flow.model_validate({**PLAIN, "version": 2})])


def test_warnings_refuse_nothing() -> None:
    """What is only doubtful runs."""
    hearing = xf.load_flow("hearing")
    assert {finding.severity for finding in xf.check(hearing)} == {"warning"}
    xf.Engine.in_memory(flows=[hearing])


def test_what_the_store_has_runs_as_it_always_ran_and_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """A version published before `check` knew better goes on; the log says what is found in it, once."""
    store, clock = xf.MemoryStore(), xf.ManualClock("2026-03-02T09:00:00+08:00")
    case = xf.Engine(store, flows=[unsound()], unchecked=True, clock=clock).open(
        "unsound", {"subject": "x"}, actor=CLERK
    )
    here = xf.Engine(store, flows=[], clock=clock)
    with caplog.at_level(logging.WARNING, "xinfang_flow"):
        assert here.fire(case.id, "start", actor=CLERK).state == "busy"
        assert here.open("unsound@1", {"subject": "y"}, actor=CLERK).state == "open"
    [line] = caplog.records
    assert (line.message, line.__dict__["flow"], line.__dict__["findings"]) == ("flow.unsound", "unsound@1", ["XF201"])


def test_a_flow_by_path_is_checked_when_it_is_loaded(tmp_path: Path) -> None:
    """`load_flow` of a file refuses what `check` calls an error, with the place in the file; unchecked it looks on."""
    path = tmp_path / "unsound.json"
    path.write_text(unsound().text, encoding="utf-8")
    with pytest.raises(xf.FlowError) as caught:
        xf.load_flow(path)
    [finding] = caught.value.findings
    assert (finding.code, "unsound.json" in finding.where) == ("XF201", True)
    assert xf.load_flow(path, unchecked=True) == unsound()


def test_an_overlay_by_path_is_checked_with_what_it_lies_on(tmp_path: Path) -> None:
    """A county's own overlay over a standard flow is as much a file as a flow of its own."""
    path = tmp_path / "ours.toml"
    path.write_text('id = "ours"\nversion = 1\nextends = "approval@1"\n[states.lost]\nfinal = true\n', encoding="utf-8")
    for name, overlays in ((path, []), ("approval", [path])):
        with pytest.raises(xf.FlowError, match="XF201"):
            xf.load_flow(name, overlays)
