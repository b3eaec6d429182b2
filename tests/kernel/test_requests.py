"""Requests: keys, moments, roles, versions, payloads, notes, ways back, holding; and batches of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

import xinfang_flow as xf
from tests.kernel.office import CLERK, MONDAY, Desk, base, made, person

NOW = datetime.fromisoformat(MONDAY)


# ---- keys ----------------------------------------------------------------------------------------------------------


def test_the_same_request_twice_is_done_once() -> None:
    """The answer is the case folded up to that event, though the case has gone on since."""
    desk = Desk(made(base()))
    first = desk.engine.fire(desk.id, "move", {"memo": "x"}, actor=CLERK, key="m-1")
    desk.fire("back")
    again = desk.engine.fire(desk.id, "move", {"memo": "x"}, actor=CLERK, key="m-1")
    assert again == first
    assert desk.case.version == 3


def test_another_request_under_the_key_is_refused() -> None:
    """Another payload, trigger, actor, note or case: the key belongs to the first."""
    desk = Desk(made(base()))
    desk.engine.fire(desk.id, "move", {"memo": "x"}, actor=CLERK, key="m-1", note="n")
    other = desk.engine.open("office", {}, actor=CLERK).id
    before = desk.case
    requests: list[tuple[str, str, dict[str, Any], xf.Actor, str]] = [
        (desk.id, "move", {"memo": "y"}, CLERK, "n"),
        (desk.id, "back", {"memo": "x"}, CLERK, "n"),
        (desk.id, "move", {"memo": "x"}, person("wu"), "n"),
        (desk.id, "move", {"memo": "x"}, CLERK, "other"),
        (other, "move", {"memo": "x"}, CLERK, "n"),
    ]
    for case_id, trigger, payload, actor, note in requests:
        with pytest.raises(xf.KeyReusedError) as reused:
            desk.engine.fire(case_id, trigger, payload, actor=actor, key="m-1", note=note)
        assert (reused.value.key, reused.value.case_id) == ("m-1", desk.id)
    assert desk.case == before


def test_a_key_belongs_to_its_verb() -> None:
    """Opening and firing have keys of their own."""
    desk = Desk(made(base()))
    opened = desk.engine.open("office", {"memo": "a"}, actor=CLERK, key="k")
    desk.engine.fire(opened.id, "move", {}, actor=CLERK, key="k")
    assert desk.engine.open("office", {"memo": "a"}, actor=CLERK, key="k").id == opened.id
    with pytest.raises(xf.KeyReusedError):
        desk.engine.open("office", {"memo": "b"}, actor=CLERK, key="k")


def test_a_refusal_uses_no_key_up() -> None:
    """What was refused may be asked again under its key, and then is done."""
    desk = Desk(made(base()))
    with pytest.raises(xf.RefusedError):
        desk.engine.fire(desk.id, "back", {}, actor=CLERK, key="b-1")
    desk.fire("move")
    assert desk.engine.fire(desk.id, "back", {}, actor=CLERK, key="b-1").state == "here"


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, 'a"b', "名"])
def test_a_key_has_a_form(key: str) -> None:
    """What a database column or a URL could not carry is no key."""
    with pytest.raises(xf.InputError):
        Desk(made(base())).engine.open("office", {}, actor=CLERK, key=key)


# ---- moments -------------------------------------------------------------------------------------------------------


def test_what_happened_earlier_is_entered_as_such() -> None:
    """`at` is when it happened, `recorded_at` when it was entered."""
    desk = Desk(made(base()))
    desk.clock.advance(timedelta(days=2))
    desk.engine.fire(desk.id, "move", {}, actor=CLERK, at=NOW + timedelta(days=1))
    event = desk.engine.history(desk.id, actor=CLERK)[-1]
    assert (event.at, event.recorded_at) == (NOW + timedelta(days=1), NOW + timedelta(days=2))


@pytest.mark.parametrize(
    "moment",
    [NOW + timedelta(minutes=6), NOW.replace(tzinfo=None), NOW - timedelta(microseconds=1)],
    ids=["in the future", "without a zone", "before the case"],
)
def test_a_moment_that_cannot_be(moment: datetime) -> None:
    """The future, a moment without a zone, and a time before the case was opened are typed errors."""
    desk = Desk(made(base()))
    before = desk.case
    with pytest.raises(xf.InputError) as wrong:
        desk.engine.fire(desk.id, "move", {}, actor=CLERK, at=moment)
    assert wrong.value.where == "at"
    assert desk.case == before


def test_deciding_needs_its_moment() -> None:
    """Time is an input: `decide` has no clock to ask."""
    desk = Desk(made(base()))
    for at in (None, NOW.replace(tzinfo=None)):
        with pytest.raises(xf.InputError):
            xf.decide(desk.flow, desk.case, xf.Command(desk.id, "move", {}, CLERK, at))


# ---- who and what --------------------------------------------------------------------------------------------------


def test_who_may_not() -> None:
    """A role that the transition does not name, one that no flow knows, none: refused, or nothing is there."""
    desk = Desk(made(base()))
    assert desk.refused("move", person("wang", "chair")) == "not_permitted"
    for nobody in (xf.Actor("ann"), xf.Actor("ann", {"stranger"}), person("ann", "helper")):
        with pytest.raises(xf.NotFoundError):
            desk.fire("move", nobody)
        with pytest.raises(xf.RefusedError):
            desk.engine.open("office", {}, actor=nobody)


def test_a_misspelt_trigger_names_the_nearest() -> None:
    """The message mends."""
    desk = Desk(made(base()))
    with pytest.raises(xf.RefusedError, match="did you mean 'move'"):
        desk.fire("mvoe")
    assert desk.refused("mvoe") == "unknown_trigger"
    assert desk.refused("back") == "not_from_here"
    desk.fire("end")
    assert desk.refused("move") == "closed"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"nonsense": 1}, "payload_unknown"),
        ({"kind": "c"}, "payload_invalid"),
        ({"day": "2026-02-30"}, "payload_invalid"),
        ({"held_at": "2026-03-02T09:00:00"}, "payload_invalid"),
        ({"memo": ""}, "payload_invalid"),
        ({"memo": "a\x00b"}, "payload_invalid"),
        ({"memo": "x" * 2001}, "payload_invalid"),
        ({"memo": 1.5}, "payload_invalid"),
        ({"memo": None}, "payload_invalid"),
        ([("memo", "x")], "payload_invalid"),
        ("memo", "payload_invalid"),
    ],
)
def test_a_payload_that_does_not_fit(payload: Any, code: str) -> None:
    """Each wrong payload is a reason with the field's name, and changes nothing."""
    desk = Desk(made(base()))
    before = desk.case
    with pytest.raises(xf.RefusedError) as refusal:
        desk.engine.fire(desk.id, "set", payload, actor=CLERK)
    assert {why.code for why in refusal.value.reasons} == {code}
    assert desk.case == before


def test_a_payload_may_be_a_model_of_the_caller_s() -> None:
    """A pydantic model is as good as a mapping; what it leaves out is left out."""

    class Memo(BaseModel):
        memo: str
        kind: str | None = None

    assert Desk(made(base())).engine.open("office", Memo(memo="x"), actor=CLERK).data == {"memo": "x"}


def test_takes_are_kept_and_tells_are_told() -> None:
    """What a transition takes becomes data; what it tells stays in its event."""
    desk = Desk(made(base()))
    case = desk.fire("move", memo="kept", name="told")
    assert dict(case.data) == {"memo": "kept"}
    assert desk.engine.history(desk.id, actor=CLERK)[-1].payload["name"] == "told"


def test_a_stale_version_conflicts() -> None:
    """Whoever decided on an older case reads it again."""
    desk = Desk(made(base()))
    desk.fire("move")
    with pytest.raises(xf.ConflictError) as conflict:
        desk.engine.fire(desk.id, "back", {}, actor=CLERK, expected_version=1)
    assert (conflict.value.expected, conflict.value.found) == (1, 2)
    assert desk.engine.fire(desk.id, "back", {}, actor=CLERK, expected_version=2).version == 3


def test_a_required_note() -> None:
    """White space is no note."""
    flow = made(base(transition=[{"trigger": "explain", "source": "here", "roles": ["clerk"], "note": "required"}]))
    desk = Desk(flow)
    for note in (None, "", "  "):
        with pytest.raises(xf.RefusedError) as refusal:
            desk.engine.fire(desk.id, "explain", {}, actor=CLERK, note=note)
        assert refusal.value.reasons[0].code == "note_missing"
    desk.engine.fire(desk.id, "explain", {}, actor=CLERK, note="因故")
    assert desk.engine.history(desk.id, actor=CLERK)[-1].note == "因故"


# ---- ways back, holding --------------------------------------------------------------------------------------------


def pages() -> Desk:
    """Three states in a row, with each way back."""
    document = base(states={"here": {}, "there": {}, "yonder": {}, "gone": {"final": True}})
    document["transition"] += [
        {"trigger": "on", "source": "there", "dest": "yonder", "roles": ["clerk"]},
        *(
            {"trigger": how, "source": "*", "dest": f"@{how}", "roles": ["clerk"]}
            for how in ("previous", "first", "chosen")
        ),
    ]
    return Desk(made(document))


def test_ways_back() -> None:
    """驳回: to the state before, to the first, to one that was chosen and passed; elsewhere there is no way back."""
    desk = pages()
    assert set(desk.refused("previous").split()) == {"no_way_back"}
    desk.fire("move")
    desk.fire("on")
    assert desk.fire("previous").state == "there"
    desk.fire("on")
    first = desk.fire("first")
    assert (first.state, first.trail) == ("here", ("here",))
    desk.fire("move")
    assert set(desk.refused("chosen", to_state="yonder").split()) == {"no_way_back"}
    desk.fire("on")
    chosen = desk.fire("chosen", to_state="there")
    assert (chosen.state, chosen.trail) == ("there", ("here", "there"))


def test_holding() -> None:
    """挂起: nothing but waking it is possible, and then everything is again."""
    transitions = [
        {"trigger": "hold", "source": ["here", "there"], "roles": ["clerk"], "hold": True},
        {"trigger": "wake", "source": ["here", "there"], "roles": ["clerk"], "hold": False},
    ]
    desk = Desk(made(base(transition=transitions)))
    assert desk.fire("hold").held
    assert desk.refused("move") == "on_hold"
    assert desk.refused("hold") == "on_hold"
    assert not desk.fire("wake").held
    desk.fire("move")


# ---- batches -------------------------------------------------------------------------------------------------------


def test_each_command_of_a_batch_stands_for_itself() -> None:
    """What can be done is done; the others say why, in their places."""
    desk = Desk(made(base()))
    commands = [
        xf.Command(desk.id, "move", {"memo": "x"}),
        xf.Command(desk.id, "move"),
        xf.Command("f" * 24, "move"),
        xf.Command(desk.id, "back", expected_version=9),
        xf.Command(desk.id, "back"),
    ]
    outcomes = desk.engine.fire_many(commands, actor=CLERK)
    assert [outcome.ok for outcome in outcomes] == [True, False, False, False, True]
    assert [why.code for why in outcomes[1].reasons] == ["not_from_here"]
    assert isinstance(outcomes[2].error, xf.NotFoundError)
    assert isinstance(outcomes[3].error, xf.ConflictError)
    assert desk.case.version == 3
    assert desk.verified()


def test_a_dry_run_keeps_nothing() -> None:
    """The outcomes are the same, and the store is as before."""
    desk = Desk(made(base()))
    before = desk.case, desk.engine.history(desk.id, actor=CLERK)
    commands = [xf.Command(desk.id, "move"), xf.Command(desk.id, "back")]
    assert [outcome.ok for outcome in desk.engine.fire_many(commands, actor=CLERK, dry_run=True)] == [True, True]
    assert (desk.case, desk.engine.history(desk.id, actor=CLERK)) == before
    assert [outcome.ok for outcome in desk.engine.fire_many(commands, actor=CLERK)] == [True, True]


def test_a_batch_is_by_the_one_who_hands_it_in() -> None:
    """A command's own actor stands aside: nobody fires in another's name."""
    desk = Desk(made(base()))
    [outcome] = desk.engine.fire_many([xf.Command(desk.id, "move", {}, CLERK)], actor=person("wang", "chair"))
    assert not outcome.ok
    assert desk.case.state == "here"
