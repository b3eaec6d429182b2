"""Guards that are called exclusive never hold together: judged by the kernel on random cases."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from tests.flow.strategies import CHOICES, FIELDS, FIGURES, RECORDS, conditions
from xinfang_flow.flow import Flow, define
from xinfang_flow.flow.checks.overlap import exclusive
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.parts import Opening
from xinfang_flow.kernel.interpreter.guards import View, compile_guard
from xinfang_flow.kernel.values import Actor, Command
from xinfang_flow.law import Calendar

CALENDAR = Calendar.china()
NOON = datetime(2026, 5, 12, 4, tzinfo=UTC)


def flow() -> Flow:
    """A flow with the fields and figures that random guards ask about."""
    builder = define("guards", title="Guards").role("clerk").state("a", initial=True).opening(roles="clerk")
    for name, spec in FIELDS.items():
        builder.field(name, **spec)
    for name, spec in FIGURES.items():
        builder.figure(name, **spec)
    for name, record in RECORDS.items():
        builder.record(name, **record)
    builder.figure("blank", unset=True)
    return builder.build()


FLOW = flow()
DATA = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(CHOICES),
        "urgent": st.booleans(),
        "persons": st.integers(0, 4),
        "summary": st.just("text"),
        "heard_on": st.sampled_from(["2026-05-11", "2026-05-12", "2026-05-13", "2026-06-30"]),
        "tags": st.lists(st.just("x"), max_size=4).map(tuple),
        "panel": st.lists(
            st.sampled_from([{"actor": "li", "capacity": "chair"}, {"actor": "wu", "capacity": "member"}]), max_size=3
        ).map(tuple),
        "proxy": st.sampled_from(["wang", "li"]),
        "unit": st.sampled_from(["town", "county"]),
    },
)


def opening(conditions: Any = (), unless: Any = ()) -> Opening:
    """The guards of a transition."""
    return Opening.model_validate({"roles": "clerk", "conditions": conditions, "unless": unless})


def holds(part: Opening, data: dict[str, Any]) -> bool:
    """Whether the kernel lets the guards of a part pass."""
    actor = Actor("wang", {"clerk"}, org="town")
    view = View(None, Command("c", "t", {}, actor, NOON), data, {}, actor, NOON + timedelta(0))
    guards = [(condition, False) for condition in part.conditions] + [(condition, True) for condition in part.unless]
    return all(
        compile_guard(FLOW, condition, {}, CALENDAR, negate=negate).refuses(view) is None
        for condition, negate in guards
    )


GUARDS = st.builds(opening, st.lists(conditions(), max_size=2), st.lists(conditions(), max_size=1))


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(GUARDS, GUARDS, DATA)
def test_exclusive_guards_never_hold_together(one: Opening, other: Opening, data: dict[str, Any]) -> None:
    """Where two guards are called exclusive, no data satisfies both."""
    if holds(one, data) and holds(other, data):
        assert not exclusive(FLOW, one, other)


@given(GUARDS, DATA)
def test_a_guard_and_its_denial_are_exclusive(one: Opening, data: dict[str, Any]) -> None:
    """A guard under `conditions` here and under `unless` there is exclusive, unless it spreads too far."""
    for condition in one.conditions:
        pair = opening([condition]), opening((), [condition])
        assert not (holds(pair[0], data) and holds(pair[1], data))
        if condition.subject not in ("any", "all", "none"):
            assert exclusive(FLOW, *pair)


def pair(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two single conditions are exclusive."""
    return exclusive(FLOW, opening([one]), opening([other]))


def test_what_is_certain() -> None:
    """Presence, choices, numbers, counts, deadlines and moments are weighed."""
    assert pair({"present": "heard_on"}, {"absent": "heard_on"})
    assert pair({"field": "kind", "equals": "letter"}, {"field": "kind", "one_of": ["visit", "call"]})
    assert pair({"field": "persons", "at_least": 5}, {"field": "persons", "at_most": 4})
    assert pair({"field": "persons", "at_least": 3}, {"field": "persons", "at_most": "figures.few"})
    assert pair({"count": "panel", "at_least": 1}, {"absent": "panel"})
    assert pair({"deadline": "d", "is": "armed"}, {"deadline": "d", "is": ["met", "breached"]})
    assert pair({"before": "heard_on"}, {"after": "heard_on", "by": {"days": 3}})
    assert pair({"field": "heard_on", "at_most": "2026-05-11"}, {"field": "heard_on", "at_least": "2026-05-12"})
    assert pair({"named": "g"}, {"none": [{"named": "g"}]})
    chairs = {"count": "panel", "where": {"capacity": "chair"}}
    assert pair({**chairs, "at_least": 1}, {**chairs, "equals": 0})
    assert pair({"answered": "t", "with": "yes", "at_least": 2}, {"answered": "t", "with": "yes", "at_most": 1})


def test_what_is_not_certain() -> None:
    """What may hold together, or cannot be weighed, is never called exclusive."""
    assert not pair({"present": "heard_on"}, {"absent": "kind"})
    assert not pair({"field": "kind", "equals": "letter"}, {"field": "kind", "one_of": ["letter", "call"]})
    assert not pair({"field": "persons", "at_least": 4}, {"field": "persons", "at_most": 4})
    assert not pair({"count": "panel", "at_least": 1}, {"count": "panel", "odd": True})
    assert not pair({"field": "persons", "at_least": 4}, {"field": "persons", "odd": True})
    assert not pair(
        {"field": "heard_on", "at_least": "2026-05-12"}, {"none": [{"field": "heard_on", "equals": "2026-05-12"}]}
    )
    ends = [{"field": "heard_on", "equals": day} for day in ("2026-05-12", "2026-05-14")]
    between = {"field": "heard_on", "at_least": "2026-05-12", "at_most": "2026-05-14"}
    assert not pair(between, {"none": ends})
    assert not pair({"named": "g"}, {"named": "h"})
    assert not pair({"count": "panel", "where": {"capacity": "chair"}, "equals": 0}, {"count": "panel", "at_least": 1})
    assert not pair({"named": "g", "args": {"level": 1}}, {"none": [{"named": "g", "args": {"level": 2}}]})
    assert not pair({"before": "heard_on", "by": {"days": 3}}, {"before": "heard_on"})
    assert not pair({"field": "persons", "at_least": "figures.blank"}, {"field": "persons", "at_most": 0})
    assert not exclusive(FLOW, opening(), opening([{"present": "kind"}]))


def test_too_many_alternatives_are_not_weighed() -> None:
    """A guard that spreads into hundreds of alternatives counts as overlapping, at once."""
    wide = {"any": [{"field": "persons", "equals": number} for number in range(20)]}

    assert not exclusive(FLOW, opening([wide, wide, wide]), opening([{"field": "persons", "equals": 99}]))


def test_a_condition_is_one_thing() -> None:
    """The messages of two conditions do not make them different."""
    one = Condition.model_validate({"holds": "t", "message": "a"})
    other = Condition.model_validate({"none": [{"holds": "t", "message": "b"}]})

    assert exclusive(FLOW, opening([one]), opening([other]))
