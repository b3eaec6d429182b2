"""What a review found, each once: who learns what, whose key it is, which version a case runs on, signals in a ring."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

import pytest

import xinfang_flow as xf
from tests.engine.little import CLERK, LITTLE, engine
from xinfang_flow.engine.directory import Directory

ACCUSED = xf.Actor("wu", roles={"clerk"}, org="bureau")
FAR = xf.Actor("sun", roles={"local"}, org="south")


def flow(**over: Any) -> xf.Flow:
    """Return the little flow with some of its keys replaced."""
    return xf.Flow.model_validate({**copy.deepcopy(LITTLE), **over})


# ---- who learns what -----------------------------------------------------------------------------------------------


def test_a_repeated_request_shows_nothing_to_the_accused() -> None:
    """A key that somebody guessed opens no door: no case, and not the name of one."""
    engine_ = engine()
    hidden = engine_.open("little", {"subject": "x", "accused": "bureau"}, actor=CLERK, key="in-1")
    other = engine_.open("little", {"subject": "y"}, actor=CLERK)
    engine_.link(hidden.id, other.id, "part", actor=CLERK, key="tie-1")
    engine_.fire(hidden.id, "start", actor=CLERK, key="step-1")

    for actor in (ACCUSED, xf.Actor("li", roles={"clerk"}, org="bureau")):
        with pytest.raises(xf.NotFoundError):
            engine_.link(hidden.id, other.id, "part", actor=actor, key="tie-1")
        with pytest.raises(xf.NotFoundError):
            engine_.fire(hidden.id, "start", actor=actor, key="step-1")
        with pytest.raises(xf.KeyReusedError) as opening:
            engine_.open("little", {"subject": "x", "accused": "bureau"}, actor=actor, key="in-1")
        with pytest.raises(xf.KeyReusedError) as firing:
            engine_.fire(other.id, "start", actor=actor, key="step-1")
        for reused in (opening.value, firing.value):
            assert reused.case_id is None
            assert hidden.id not in str(reused)


def test_who_sees_their_organ_acts_on_its_cases_only() -> None:
    """Without concealment too: a role that sees its organ's cases gets no other organ's case by firing on it."""
    engine_ = engine(flows=[flow(conceal_from=[])])
    case = engine_.open("little", {"subject": "x", "name": "王"}, actor=CLERK)
    with pytest.raises(xf.NotFoundError):
        engine_.fire(case.id, "start", actor=FAR)
    with pytest.raises(xf.NotFoundError):
        engine_.fire(case.id, "start", actor=FAR, expected_version=7)
    [outcome] = engine_.fire_many([xf.Command(case.id, "start")], actor=FAR)
    assert isinstance(outcome.error, xf.NotFoundError)
    assert engine_.get(case.id, actor=CLERK) == case


def test_a_page_ends_where_what_may_be_seen_ends() -> None:
    """`next` depends on nothing that is hidden: it is there exactly when more can be seen."""
    for hidden in range(4):
        engine_ = engine()
        for number in range(2 + hidden):
            data = {"subject": "x", **({"accused": "bureau"} if number >= 2 else {})}
            engine_.open("little", data, actor=CLERK)
        assert engine_.find(actor=ACCUSED, limit=2).next is None
        first = engine_.find(actor=ACCUSED, limit=1)
        second = engine_.find(actor=ACCUSED, limit=1, after=first.next)
        assert (len(first.items), len(second.items), second.next) == (1, 1, None)
        assert first.items[0].id < second.items[0].id


def test_records_with_a_personal_part_are_committed_from_the_first_event_on() -> None:
    """A field that only the opening takes is no exception, as a record and as a list of them."""
    engine_ = engine(flows=[flow(
        records={"person": {"name": {"type": "text", "personal": True}}},
        fields={**LITTLE["fields"], "who": {"type": "record", "of": "person"}, "all": {"type": "list", "of": "person"}},
        open={"roles": ["clerk"], "takes": ["subject", "who", "all"]},
    )])  # fmt: skip
    case = engine_.open("little", {"subject": "x", "who": {"name": "王"}, "all": [{"name": "王"}]}, actor=CLERK)
    [event] = engine_.history(case.id, actor=CLERK)
    assert "王" not in event.body
    assert sorted(event.salts) == ["all", "who"]
    assert engine_.verify(case.id, actor=CLERK)


def test_what_is_personal_stays_so_where_it_is_carried() -> None:
    """A linked flow that calls the field plain still writes a commitment of what the other sent."""
    steps = copy.deepcopy(LITTLE["transition"])
    steps[2]["takes"] = ["name?"]
    link = {"kind": "part", "flow": "child", "trigger": "part_done", "carries": ["name"]}
    plain = {**LITTLE["fields"], "name": {"type": "text"}}
    engine_ = engine(flows=[flow(transition=steps, link=[link], fields=plain), flow(id="child")])
    whole = engine_.open("little", {"subject": "x"}, actor=CLERK).id
    part = engine_.open("child", {"subject": "x", "name": "王"}, actor=CLERK).id
    engine_.link(whole, part, "part", actor=CLERK)
    engine_.fire(whole, "start", actor=CLERK)
    engine_.fire(part, "finish", actor=CLERK)
    assert engine_.get(whole, actor=CLERK).data["name"] == "王"
    assert "王" not in engine_.history(whole, actor=CLERK)[-1].body
    assert engine_.verify(whole, actor=CLERK)


def test_what_was_merged_is_concealed_from_its_successor() -> None:
    """The people of an organ that was merged are in the other one now."""
    organs = {"old": {"successor": "new"}, "new": {}, "team": {"superiors": ["new"]}, "else": {}}
    assert Directory.load({"organs": organs}).within("old") == {"old", "new", "team"}


# ---- keys ----------------------------------------------------------------------------------------------------------


def test_another_opening_under_the_key_is_refused() -> None:
    """Another organ, note, moment or link is another request."""
    engine_ = engine()
    other = engine_.open("little", {"subject": "y"}, actor=CLERK)
    first = engine_.open("little", {"subject": "x"}, actor=CLERK, key="k", note="n", org="north")
    assert engine_.open("little", {"subject": "x"}, actor=CLERK, key="k", note="n") == first
    tie = xf.Link(other.id, "part", "child", "open")
    asked: list[dict[str, Any]] = [
        {"note": "n", "org": "south"}, {"note": "m"}, {"note": "n", "links": [tie]},
        {"note": "n", "at": datetime.fromisoformat("2026-03-01T09:00:00+08:00")},
    ]  # fmt: skip
    for more in asked:
        with pytest.raises(xf.KeyReusedError):
            engine_.open("little", {"subject": "x"}, actor=CLERK, key="k", **more)


def test_a_note_that_was_not_there_makes_another_request() -> None:
    """A step without a note is not the same step with one."""
    engine_ = engine()
    case = engine_.open("little", {"subject": "x"}, actor=CLERK)
    engine_.fire(case.id, "start", actor=CLERK, key="k")
    with pytest.raises(xf.KeyReusedError):
        engine_.fire(case.id, "start", actor=CLERK, key="k", note="new")


def test_an_opening_is_repeated_under_a_newer_version() -> None:
    """A retry after the flow has moved on is read as the first request was."""
    store = xf.MemoryStore()
    first = engine(store).open("little", {"subject": "x"}, actor=CLERK, key="k")
    newer = engine(store, flows=[flow(
        version=2, fields={**LITTLE["fields"], "more": {}}, open={"roles": ["clerk"], "takes": ["subject", "more"]}
    )])  # fmt: skip
    assert newer.open("little", {"subject": "x"}, actor=CLERK, key="k") == first


def test_the_keys_of_the_other_end_are_nobody_elses() -> None:
    """What the engine derives from a key is no key that a caller can write."""
    engine_ = engine()
    a, b, c = (engine_.open("little", {"subject": "x"}, actor=CLERK).id for _ in range(3))
    engine_.link(a, b, "part", actor=CLERK, key="t")
    engine_.link(a, c, "part", actor=CLERK, key="t:other")
    engine_.open("little", {"subject": "x"}, actor=CLERK, key="u" * 127 + "1", links=[xf.Link(c, "part", "child", "")])
    engine_.open("little", {"subject": "x"}, actor=CLERK, key="u" * 127 + "2", links=[xf.Link(c, "part", "child", "")])

    assert [tie.case_id for tie in engine_.get(a, actor=CLERK).links] == [b, c]
    assert len(engine_.get(c, actor=CLERK).links) == 3


# ---- versions ------------------------------------------------------------------------------------------------------


def test_a_case_runs_on_what_it_was_opened_under() -> None:
    """An edited text under the same version moves no case that was begun under the published one."""
    store = xf.MemoryStore()
    case = engine(store).open("little", {"subject": "x"}, actor=CLERK)
    edited = copy.deepcopy(LITTLE["transition"])
    edited[0]["dest"] = "done"
    other = engine(store, flows=[flow(transition=edited)], unchecked=True)
    assert other.fire(case.id, "start", actor=CLERK).state == "busy"


# ---- linked cases --------------------------------------------------------------------------------------------------


def test_cases_that_wait_for_each_other_in_a_ring_end() -> None:
    """The end of one ends all, each event once, and every history holds."""
    steps = copy.deepcopy(LITTLE["transition"])
    steps[2] |= {"source": ["open", "busy"], "dest": "done"}
    engine_ = engine(flows=[flow(transition=steps)])
    ring = [engine_.open("little", {"subject": "x"}, actor=CLERK).id for _ in range(3)]
    for here, there in zip(ring, (*ring[1:], ring[0]), strict=True):
        engine_.link(here, there, "part", actor=CLERK)
    assert engine_.fire(ring[2], "finish", actor=CLERK) == engine_.get(ring[2], actor=CLERK)
    for case_id in ring:
        case = engine_.get(case_id, actor=CLERK)
        assert case.done
        assert all(link.state == "done" for link in case.links if link.role == "child")
        assert engine_.verify(case_id, actor=CLERK)


def test_a_case_that_closes_hears_what_it_had_refused() -> None:
    """No outcome stays pending on a closed case: the closing event is a later event too."""
    engine_ = engine()
    whole, part = (engine_.open("little", {"subject": "x"}, actor=CLERK).id for _ in range(2))
    engine_.link(whole, part, "part", actor=CLERK)
    engine_.fire(part, "finish", actor=CLERK)
    assert engine_.signals(whole, actor=CLERK)
    engine_.fire(whole, "finish", actor=CLERK)
    assert not engine_.signals(whole, actor=CLERK)
    assert engine_.get(whole, actor=CLERK).links[0].state == "done"


def test_two_ties_of_a_kind_to_one_case_are_refused() -> None:
    """A case cannot be opened waiting for another and waited for by it."""
    engine_ = engine()
    other = engine_.open("little", {"subject": "x"}, actor=CLERK).id
    ties = [xf.Link(other, "part", "child", "open"), xf.Link(other, "part", "parent", "open")]
    with pytest.raises(xf.RefusedError):
        engine_.open("little", {"subject": "x"}, actor=CLERK, links=ties)


# ---- what was handed in ---------------------------------------------------------------------------------------------


def test_every_bad_argument_has_a_typed_error() -> None:
    """Notes, organs, moments, keys and versions that cannot be taken change nothing and name themselves."""
    engine_: Any = engine()
    case = engine_.open("little", {"subject": "x"}, actor=CLERK)
    more: list[dict[str, Any]] = [{"note": "\ud800"}, {"note": 5}, {"at": "2026-03-02T09:00:00+08:00"}, {"key": 5}]
    for each in more:
        with pytest.raises(xf.InputError, match=next(iter(each))):
            engine_.fire(case.id, "start", actor=CLERK, **each)
    for org in (5, "", "\ud800"):
        with pytest.raises(xf.InputError, match="org"):
            engine_.open("little", {"subject": "x"}, actor=CLERK, org=org)
    for name in ("little@", "little@x", "little@1.0", "little@" + "9" * 5000):
        with pytest.raises(xf.FlowError):
            engine_.open(name, {"subject": "x"}, actor=CLERK)
    assert engine_.get(case.id, actor=CLERK) == case


def test_named_guards_are_shown_what_was_read() -> None:
    """Not what was sent: text for a number, or a model of the caller's."""
    seen: list[Any] = []
    steps = copy.deepcopy(LITTLE["transition"])
    steps[3] |= {"tells": ["number"], "conditions": [{"any": [{"named": "allowed"}]}]}
    shown = flow(transition=steps, fields={**LITTLE["fields"], "number": {"type": "integer"}})

    def allowed(_: xf.Case, command: xf.Command) -> bool:
        seen.append(command.payload)
        return True

    engine_ = engine(flows=[shown], guards={"allowed": allowed})
    case = engine_.open("little", {"subject": "x"}, actor=CLERK)
    engine_.fire(case.id, "finish", {"number": "5"}, actor=CLERK)
    assert seen == [{"number": 5}]


# ---- deadlines -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ticked", [False, True])
@pytest.mark.parametrize(("key", "state"), [("cancels", "cancelled"), ("suspends", "suspended"), ("met_by", "met")])
def test_an_act_in_time_is_in_time_whoever_has_looked(key: str, state: str, ticked: bool) -> None:
    """Entered late, it does the same before and after the clock has noticed."""
    limit = {**LITTLE["deadline"][0], key: {"fires": "start"}}
    if key == "suspends":
        limit["resumes"] = {"fires": "part_done"}
    clock = xf.ManualClock("2026-03-02T09:00:00+08:00")
    engine_ = engine(flows=[flow(deadline=[limit])], clock=clock)
    case = engine_.open("little", {"subject": "x"}, actor=CLERK)
    clock.set("2026-03-20T09:00:00+08:00")
    if ticked:
        assert engine_.tick() == 1
    moved = engine_.fire(case.id, "start", actor=CLERK, at=datetime.fromisoformat("2026-03-05T09:00:00+08:00"))
    assert moved.deadlines["limit"].state == state
    assert engine_.verify(case.id, actor=CLERK)


def test_a_deadline_is_met_once() -> None:
    """What is done a second time does not move the day on which it was met, late."""
    steps = copy.deepcopy(LITTLE["transition"])
    steps[0]["source"] = ["open", "busy"]
    limit = {**LITTLE["deadline"][0], "met_by": {"fires": "start"}}
    clock = xf.ManualClock("2026-03-02T09:00:00+08:00")
    engine_ = engine(flows=[flow(deadline=[limit], transition=steps)], clock=clock)
    case = engine_.open("little", {"subject": "x"}, actor=CLERK)
    clock.set("2026-03-20T09:00:00+08:00")
    first = engine_.fire(case.id, "start", actor=CLERK).deadlines["limit"]
    clock.set("2026-03-25T09:00:00+08:00")
    assert engine_.fire(case.id, "start", actor=CLERK).deadlines["limit"] == first


def test_overdue_is_asked_both_ways() -> None:
    """`overdue=False` finds those that are not; None does not ask."""
    clock = xf.ManualClock("2026-03-02T09:00:00+08:00")
    engine_ = engine(clock=clock)
    late = engine_.open("little", {"subject": "x"}, actor=CLERK).id
    clock.set("2026-03-20T09:00:00+08:00")
    fresh = engine_.open("little", {"subject": "x"}, actor=CLERK).id
    found = {asked: [case.id for case in engine_.find(actor=CLERK, overdue=asked).items] for asked in (True, False)}
    assert found == {True: [late], False: [fresh]}
