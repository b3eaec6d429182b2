"""The flow as a `transitions` machine: what it is made of, and how it serves an object of the user's."""

from __future__ import annotations

from typing import Any

import pytest
from transitions.extensions import LockedMachine

import xinfang_flow as xf
from tests.kernel.commands import CALENDAR, START
from tests.kernel.office import CLERK, Document, base, made, person
from xinfang_flow.kernel import Rules


def guarded() -> Document:
    """A flow whose `check` asks for everything that a transition can ask for."""
    return base(
        task=[{"name": "work", "states": ["here"], "of": ["clerk"]}],
        transition=[
            {
                "trigger": "check", "source": "here", "dest": "there", "roles": ["clerk", "chair"], "takes": ["memo"],
                "note": "required", "conditions": [{"present": "memo"}, {"field": "kind", "equals": "a"}],
                "unless": [{"present": "day"}], "task": {"name": "work", "do": "settle"},
            },
            {"trigger": "check", "source": "here", "dest": "gone", "roles": ["chair"]},
            {"trigger": "retreat", "source": "there", "dest": "@previous", "roles": ["clerk"]},
            {"trigger": "rest", "source": "there", "roles": ["clerk"], "hold": True},
        ],
    )  # fmt: skip


RULES = Rules(made(guarded()), {}, CALENDAR)


def names(conditions: Any) -> list[tuple[str, bool]]:
    """The conditions of a transition of the machine, by their names, with what each must answer."""
    return [(condition.func.__name__, condition.target) for condition in conditions]


def test_a_state_is_final_where_the_flow_says_so() -> None:
    """The machine knows where a case ends."""
    assert {name for name, state in RULES.machine.states.items() if state.final} == {"gone"}


def test_each_question_is_a_condition_with_its_own_name() -> None:
    """Role, payload, note, task, guards and changes are told apart, and `unless` stays `unless`."""
    first, second = RULES.machine.events["check"].transitions["here"]
    assert names(first.conditions) == [
        ("in_hand", True), ("role clerk or chair", True), ("payload", True), ("note", True), ("settle work", True),
        ("present memo", True), ("field kind", True), ("changes", True), ("present day", False),
    ]  # fmt: skip
    assert names(second.conditions) == [("in_hand", True), ("role chair", True), ("payload", True), ("changes", True)]


def test_the_table_is_the_machine_s() -> None:
    """Every arrow stands in the kernel's table where the machine has its transition, in the same order."""
    assert {
        (source, trigger): [(each.source, each.dest) for each in candidates]
        for trigger, event in RULES.machine.events.items()
        for source, candidates in event.transitions.items()
    } == {
        place: [(arrow.source, arrow.dest if arrow.transition.dest else None) for arrow in arrows]
        for place, arrows in RULES.table.items()
    }


def test_a_way_back_leads_to_every_state_that_it_might() -> None:
    """Where going back leads is the case's to say; the machine has a candidate for each."""
    candidates = RULES.machine.events["retreat"].transitions["there"]
    assert [each.dest for each in candidates] == ["here"]
    assert "way_back" in [name for name, _ in names(candidates[0].conditions)]


class Letter:
    """An object of the user's."""

    state: str
    memo: str | None = None
    kind: str | None = "a"
    day: str | None = None


def letter(**options: Any) -> Any:
    """An object under the machine of a flow without tasks."""
    transitions = [
        {
            "trigger": "check", "source": "here", "dest": "there", "roles": ["clerk"], "takes": ["memo"],
            "conditions": [{"field": "kind", "equals": "a"}], "unless": [{"present": "day"}],
        },
        {"trigger": "check", "source": "here", "dest": "gone", "roles": ["chair"]},
    ]  # fmt: skip
    written: Any = Letter()
    for name, value in options.pop("having", {}).items():
        setattr(written, name, value)
    written.machine = xf.machine(made(base(transition=transitions)), written, calendar=CALENDAR, **options)
    return written


def test_what_is_taken_is_written_back() -> None:
    """An object goes where its attributes let it, and keeps what the transition takes."""
    written = letter()
    assert written.check(actor=CLERK, at=START, payload={"memo": "x"}) is True
    assert (written.state, written.memo) == ("there", "x")


@pytest.mark.parametrize(
    ("having", "payload"),
    [({"kind": "b"}, {"memo": "x"}), ({"day": "2026-03-02"}, {"memo": "x"}), ({}, {}), ({}, {"memo": 1})],
)
def test_what_speaks_against_it_keeps_it_where_it_is(having: dict[str, Any], payload: dict[str, Any]) -> None:
    """A guard, an `unless`, a missing or a wrong value: the trigger answers False and nothing is written."""
    written = letter(having=having)
    assert written.check(actor=CLERK, at=START, payload=payload) is False
    assert (written.state, written.memo) == ("here", None)


def test_the_next_candidate_is_tried() -> None:
    """Whom the first transition does not let may be let by the second."""
    written = letter()
    assert written.check(actor=person("wang", "chair"), at=START) is True
    assert written.state == "gone"


def test_a_machine_of_the_user_s_choice() -> None:
    """Other machines of that library, and its options, are handed on."""
    entered: list[str] = []
    written = letter(
        machine_class=LockedMachine, after_state_change=lambda event: entered.append(event.transition.dest)
    )
    written.check(actor=CLERK, at=START, payload={"memo": "x"})
    assert isinstance(written.machine, LockedMachine)
    assert entered == ["there"]


def test_a_callback_of_one_machine_is_heard_once_and_nowhere_else() -> None:
    """What a user adds to the machine of one object is called once for a trigger, and not for other objects."""
    heard: list[str] = []
    written, other = letter(), letter()
    written.machine.before_check(lambda event: heard.append(event.model.state))
    for each in (written, other):
        each.check(actor=CLERK, at=START, payload={"memo": "x"})
    assert heard == ["here"]


def test_a_flow_whose_functions_are_missing_makes_no_machine() -> None:
    """A named guard that nobody handed in is an error when the machine is made, not when it is asked."""
    flow = made(
        base(transition=[{"trigger": "x", "source": "here", "roles": ["clerk"], "conditions": [{"named": "far"}]}])
    )
    with pytest.raises(xf.WiringError, match="far"):
        xf.machine(flow, Letter())
