"""The closed vocabulary of conditions: each holds, refuses with words, and fails closed."""

from __future__ import annotations

from typing import Any

import pytest

import xinfang_flow as xf
from tests.kernel.office import CLERK, Desk, base, made, person


def guarded(*conditions: dict[str, Any], data: dict[str, Any] | None = None, unless: bool = False, **more: Any) -> Desk:
    """A case whose trigger `go` is guarded."""
    guards = {"unless" if unless else "conditions": list(conditions)}
    go = {
        "trigger": "go",
        "source": "here",
        "dest": "there",
        "roles": ["clerk", "chair"],
        "takes": ["kind?", "memo?"],
        **guards,
    }
    options = {name: more.pop(name) for name in ("guards",) if name in more}
    return Desk(made(base(transition=[go], **more)), data, **options)


HOLD: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"present": "memo"}, {"memo": "x"}, {}),
    ({"absent": "memo"}, {}, {"memo": "x"}),
    ({"field": "kind", "equals": "a"}, {"kind": "a"}, {"kind": "b"}),
    ({"field": "kind", "one_of": ["a"]}, {"kind": "a"}, {"kind": "b"}),
    ({"field": "kind", "one_of": "figures.kinds"}, {"kind": "a"}, {"kind": "b"}),
    ({"field": "memo", "at_least": "b"}, {"memo": "c"}, {"memo": "a"}),
    ({"field": "memo", "at_most": "b"}, {"memo": "a"}, {"memo": "c"}),
    ({"count": "who", "at_least": 2}, {"who": ["ann", "bob"]}, {"who": ["ann"]}),
    ({"count": "who", "at_most": 1}, {}, {"who": ["ann", "bob"]}),
    ({"count": "who", "odd": True}, {"who": ["ann"]}, {"who": ["ann", "bob"]}),
    ({"before": "day"}, {"day": "2026-03-03"}, {"day": "2026-03-02"}),
    ({"before": "day", "by": {"days": 3}}, {"day": "2026-03-06"}, {"day": "2026-03-04"}),
    ({"after": "day"}, {"day": "2026-03-02"}, {"day": "2026-03-03"}),
    ({"after": "held_at"}, {"held_at": "2026-03-02T08:59:59+08:00"}, {"held_at": "2026-03-02T09:00:01+08:00"}),
    ({"working_day": "day"}, {"day": "2026-05-09"}, {"day": "2026-05-04"}),
    ({"any": [{"present": "memo"}, {"present": "kind"}]}, {"kind": "a"}, {}),
    ({"all": [{"present": "memo"}, {"present": "kind"}]}, {"kind": "a", "memo": "x"}, {"kind": "a"}),
    ({"none": [{"present": "memo"}, {"present": "kind"}]}, {}, {"kind": "a"}),
]
FIGURES = {"kinds": {"value": ["a"], "source": "test"}}


@pytest.mark.parametrize(("condition", "fits", "fails"), HOLD, ids=[str(row[0]) for row in HOLD])
def test_a_condition(condition: dict[str, Any], fits: dict[str, Any], fails: dict[str, Any]) -> None:
    """It lets pass what fits and refuses what does not, in words, and `unless` is its opposite."""
    assert guarded(condition, data=fits, figures=FIGURES).fire("go").state == "there"
    assert guarded(condition, data=fails, figures=FIGURES).refused("go") == "guard"
    assert guarded(condition, data=fails, figures=FIGURES, unless=True).fire("go").state == "there"
    assert guarded(condition, data=fits, figures=FIGURES, unless=True).refused("go") == "guard"


def test_guards_see_the_case_as_it_would_be() -> None:
    """What the payload brings counts already."""
    desk = guarded({"field": "kind", "equals": "a"}, data={"kind": "b"})
    assert desk.refused("go") == "guard"
    assert desk.fire("go", kind="a").state == "there"


def test_what_an_optional_field_could_mend_is_on_offer() -> None:
    """`available` does not deny what becomes possible with a payload that is still to be given."""
    desk = guarded({"present": "memo"}, {"absent": "day"})
    [option] = [option for option in desk.engine.available(desk.id, actor=CLERK) if option.trigger == "go"]
    assert option.allowed
    assert desk.refused("go") == "guard"
    assert desk.fire("go", memo="x").state == "there"


@pytest.mark.parametrize("condition", [{"field": "kind", "equals": "a"}, {"before": "day"}, {"working_day": "day"}])
def test_a_missing_value_fails_closed(condition: dict[str, Any]) -> None:
    """A guard over a value that is not there refuses, and so does its opposite."""
    for unless in (False, True):
        assert guarded(condition, unless=unless).refused("go") in ("guard", "guard_error")


@pytest.mark.parametrize("answer", [None, 1, "yes", [], ZeroDivisionError])
def test_a_named_guard_fails_closed(answer: Any) -> None:
    """What breaks, or is neither true nor false, refuses."""

    def odd(_case: xf.Case, _command: xf.Command) -> Any:
        if answer is ZeroDivisionError:
            raise ZeroDivisionError
        return answer

    for unless in (False, True):
        assert guarded({"named": "odd"}, guards={"odd": odd}, unless=unless).refused("go") == "guard_error"


def test_an_unset_figure_is_refused_on_use() -> None:
    """A county that has not set a figure is told which one, and nothing is guessed."""
    figures = {"most": {"unset": True}}
    desk = guarded({"count": "who", "at_most": "figures.most"}, data={"who": ["ann"]}, figures=figures)
    with pytest.raises(xf.RefusedError) as refusal:
        desk.fire("go")
    assert [(why.code, why.where) for why in refusal.value.reasons] == [("figure_unset", "most")]


def test_every_reason_is_given_at_once() -> None:
    """Two guards that refuse give two reasons; a person mends both."""
    desk = guarded({"present": "memo"}, {"field": "kind", "equals": "a"}, data={"kind": "b"})
    assert desk.refused("go") == "guard guard"


def test_a_message_of_its_own() -> None:
    """A condition's own words are what a person reads, in both languages."""
    desk = guarded({"present": "memo", "message": {"zh": "请写明事由", "en": "say why"}})
    with pytest.raises(xf.RefusedError, match="请写明事由 / say why"):
        desk.fire("go")


def test_who_acts() -> None:
    """`holds`, `actor` and `actor_org` look at who asks."""
    fields = {**base()["fields"], "lead": "actor", "unit": "organ"}
    opening = {"roles": ["clerk"], "takes": ["lead?", "unit?", "who?"]}
    data = {"lead": "ann", "unit": "bureau", "who": ["ann"]}
    task = [{"name": "work", "states": ["here"], "of_field": "who"}]
    elsewhere = xf.Actor("ann", {"clerk"}, "office")
    for condition in ({"holds": "work"}, {"actor": "lead"}, {"actor_org": "unit"}):
        desk = guarded(condition, data=data, fields=fields, open=opening, task=task)
        assert desk.refused("go", elsewhere if "actor_org" in condition else "bob") == "guard"
        assert desk.fire("go", "ann").state == "there"


def test_rising_only() -> None:
    """A value moves up its list and never down or sideways; where there was none, any on the list will do."""
    desk = Desk(
        made(
            base(
                transition=[
                    {
                        "trigger": "lift",
                        "source": "here",
                        "roles": ["clerk"],
                        "takes": ["memo"],
                        "conditions": [{"rises": "memo", "along": ["low", "mid", "high"]}],
                    },
                ]
            )
        )
    )
    assert desk.refused("lift", memo="none of these") == "guard"
    desk.fire("lift", memo="mid")
    assert desk.refused("lift", memo="low") == "guard"
    assert desk.refused("lift", memo="mid") == "guard"
    assert desk.fire("lift", memo="high").data["memo"] == "high"


def test_nobody_on_both_sides() -> None:
    """`apart`: no person and no organ of one field stands in the others."""
    fields = {**base()["fields"], "lead": "actor"}
    opening = {"roles": ["clerk"], "takes": ["lead?", "who?"]}
    condition = {"apart": "lead", "from": "who"}
    make: dict[str, Any] = {"fields": fields, "open": opening}
    assert guarded(condition, data={"lead": "ann", "who": ["ann", "bob"]}, **make).refused("go") == "guard"
    assert guarded(condition, data={"lead": "cai", "who": ["ann", "bob"]}, **make).fire("go").state == "there"


def test_counting_answers() -> None:
    """`answered` counts a task's answers, and `over_half` counts them against everybody who was asked."""
    task = [{"name": "work", "states": ["here"], "of_field": "who", "answers": {"yes": "Yes", "no": "No"}}]
    vote = {"trigger": "vote", "source": "here", "roles": ["clerk"], "task": {"name": "work", "do": "settle"}}
    pass_ = {
        "trigger": "pass",
        "source": "here",
        "dest": "there",
        "roles": ["clerk"],
        "conditions": [{"answered": "work", "with": "yes", "over_half": True}],
    }
    desk = Desk(made(base(task=task, transition=[vote, pass_])), {"who": ["ann", "bob", "cai", "dan"]})
    desk.fire("vote", "ann", answer="yes")
    desk.fire("vote", "bob", answer="yes")
    assert desk.refused("pass") == "guard"
    desk.fire("vote", "cai", answer="yes")
    assert desk.fire("pass").state == "there"


def test_a_late_deadline_is_seen_as_breached_before_the_clock_says_so() -> None:
    """`deadline` in a guard means what is true at the moment of asking."""
    deadline = [{"name": "limit", "period": {"days": 1}, "starts": {"enters": "here"}}]
    desk = guarded({"deadline": "limit", "is": "breached"}, deadline=deadline)
    assert desk.refused("go") == "guard"
    assert desk.fire("go", at="2026-03-04T00:00:00+08:00").state == "there"


def test_the_last_signature_can_itself_be_the_arrow() -> None:
    """A guard sees the task as it is after this step."""
    task = [{"name": "work", "states": ["here"], "of": ["clerk", "chair"]}]
    sign = {
        "trigger": "sign",
        "source": "here",
        "dest": "there",
        "roles": ["clerk", "chair"],
        "task": {"name": "work", "do": "settle"},
        "conditions": [{"settled": "work"}],
    }
    more = {**sign, "name": "sign_on", "dest": None, "conditions": []}
    del more["dest"]
    desk = Desk(made(base(task=task, transition=[sign, more])))
    assert desk.fire("sign", CLERK).state == "here"
    assert desk.fire("sign", person("wang", "chair")).state == "there"
