"""An arrow may do several things to one deadline: in which order is written once, and all who ask agree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.kernel.office import CLERK, base, begun, entropy, made
from xinfang_flow.flow import Flow
from xinfang_flow.flow.checks.reach import Graph
from xinfang_flow.flow.model.deadline_states import DEADLINE_STATES, STATE_WORDS, STEPS
from xinfang_flow.flow.model.parts import Deadline
from xinfang_flow.kernel import Command, Rules, Taken, evolve
from xinfang_flow.kernel.event import seal
from xinfang_flow.law import Calendar

TRIGGERS = ("t0", "t1", "t2", "t3")
CALENDAR = Calendar.china()
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
FIRES = st.lists(st.sampled_from(["open", *TRIGGERS]), unique=True, min_size=1, max_size=4)


def flow(**moments: list[str]) -> Flow:
    """A flow whose triggers do to one deadline what the moments say."""
    stays = [{"trigger": trigger, "source": "here", "roles": ["clerk"]} for trigger in TRIGGERS]
    limit = {"name": "limit", "period": {"days": 9}, **{key: {"fires": fires} for key, fires in moments.items()}}
    return made(base(transition=stays, deadline=[limit]))


@st.composite
def stories(draw: st.DrawFn) -> tuple[Flow, list[str]]:
    """A deadline with random moments, so that one arrow often does several things, and what is fired."""
    options = [("starts",), ("met_by",), ("cancels",), ("suspends", "resumes")]
    kept = [keys for keys in options if keys == ("starts",) or draw(st.booleans())]
    made_of = {key: draw(FIRES) for keys in kept for key in keys}
    return flow(**made_of), draw(st.lists(st.sampled_from(TRIGGERS), max_size=5))


def by_the_kernel(spec: Flow, fired: list[str]) -> list[str]:
    """Where the deadline of a case stands after the opening and after each step: armed, suspended, or off."""
    rules, draw = Rules(spec, {}, CALENDAR), entropy()
    case = begun(rules, {}, CLERK, NOON, draw)
    assert case is not None
    stood = [case.deadlines["limit"].state if "limit" in case.deadlines else "off"]
    for number, trigger in enumerate(fired):
        taken = rules.decide(case, Command(case.id, trigger, {}, CLERK, NOON, f"k{number}"), NOON, NOON)
        assert isinstance(taken, Taken)
        case = evolve(case, seal(taken.event, case.head, rules.personal, draw))
        stood.append(case.deadlines["limit"].state if "limit" in case.deadlines else "off")
    return [state if state in ("armed", "suspended") else "off" for state in stood]


def by_the_graph(spec: Flow, fired: list[str]) -> set[str]:
    """Where the check says that the deadline may stand in `here` after these steps and no others."""
    only = spec.model_copy(update={"transitions": ()})
    [(_, clock)] = Graph(only).explore(spec.deadlines[0])
    edges = {edge.trigger: edge for edge in Graph(spec).from_state["here"]}
    for trigger in fired:
        clock = edges[trigger].stepped(spec.deadlines[0], clock)
    return {clock}


@given(stories())
def test_the_check_and_the_kernel_agree(story: tuple[Flow, list[str]]) -> None:
    """Whatever an arrow does at once, the graph leaves the deadline where the kernel leaves it."""
    spec, fired = story

    assert by_the_graph(spec, fired) == {by_the_kernel(spec, fired)[-1]}


def test_an_arrow_that_suspends_and_resumes_does_not_stop_the_clock() -> None:
    """What pauses comes before what goes on: after both it runs."""
    both = flow(starts=["open"], suspends=["t0"], resumes=["t0"])

    assert by_the_kernel(both, ["t0", "t0"]) == ["armed", "armed", "armed"]
    assert by_the_graph(both, ["t0"]) == {"armed"}


def test_an_arrow_that_meets_and_starts_opens_the_next_round() -> None:
    """What ends comes before what begins."""
    again = flow(starts=["open", "t0"], met_by=["t0"])

    assert by_the_kernel(again, ["t0"]) == ["armed", "armed"]
    assert by_the_graph(again, ["t0"]) == {"armed"}


def test_the_steps_are_the_moments_of_a_deadline() -> None:
    """Every option of a deadline that is a moment has its place in the order, and each state has its words."""
    moments = [name for name, field in Deadline.model_fields.items() if "Moment" in str(field.annotation)]

    assert sorted(step.option for step in STEPS) == sorted(moments)
    assert tuple(STATE_WORDS) == DEADLINE_STATES


@pytest.mark.parametrize("source", ["*", ["*", "here"], ["here", "here", "there"]])
def test_the_star_stands_for_every_open_state(source: Any) -> None:
    """One owner says which states a transition leaves, once each; a final state is never among them."""
    step = made(base(transition=[{"trigger": "go", "source": source, "roles": ["clerk"]}]))

    assert step.sources_of(step.transitions[-1]) == ("here", "there")
    assert step.dests_of(step.transitions[-1], "here") == ("here",)


def test_a_way_back_may_lead_to_every_other_open_state() -> None:
    """Which one, the case's own trail says."""
    step = made(base(transition=[{"trigger": "go", "source": "*", "dest": "@previous", "roles": ["clerk"]}]))

    assert step.dests_of(step.transitions[-1], "here") == ("there",)
