"""What the deadline language can say, one sentence a test."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from tests.deadlines.small import CLERK, World, small_flow
from xinfang_flow.errors import InputError, RefusedError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.law import Calendar

SIXTY = {"name": "handling", "period": {"days": 60}, "met_by": {"fires": "meet"}}


def codes(caught: pytest.ExceptionInfo[RefusedError]) -> set[str]:
    """The codes of a refusal."""
    return {reason.code for reason in caught.value.reasons}


def test_until_is_the_assigners_own_date() -> None:
    """A date that somebody set stands, on whatever day of the week, and its last day is still in time."""
    world = World(small_flow({"name": "report", "until": "by"}))
    case = world.fire(world.open(), "start", by="2026-04-04")
    due = case.deadlines["report"].due
    assert (due.due, due.nominal) == (date(2026, 4, 4), date(2026, 4, 4))
    assert due.at == datetime.fromisoformat("2026-04-05T00:00:00+08:00")


def test_until_may_be_today_or_a_moment() -> None:
    """Today's date ends tonight; a moment ends at that moment, also on the same day and at midnight."""
    world = World(small_flow({"name": "day", "until": "by"}, {"name": "moment", "until": "at"}))
    for at in ("2026-03-02T17:30:00+08:00", "2026-03-09T12:15:30+08:00", "2026-03-09T00:00:00+08:00"):
        case = world.fire(world.open(), "start", by="2026-03-02", at=at)
        assert case.deadlines["day"].at == datetime.fromisoformat("2026-03-03T00:00:00+08:00")
        assert case.deadlines["moment"].at == datetime.fromisoformat(at)


def test_until_in_the_past_is_refused() -> None:
    """Nobody can be given a date that has passed."""
    world = World(small_flow({"name": "report", "until": "by"}))
    case = world.open()
    with pytest.raises(RefusedError) as caught:
        world.fire(case, "start", by="2026-03-01")
    assert codes(caught) == {"deadline_until"}
    with pytest.raises(RefusedError) as caught:
        world.fire(case, "start")
    assert codes(caught) == {"deadline_base"}


def test_a_corrected_date_is_followed() -> None:
    """A later transition that takes the field moves the deadline, as long as it has not run out."""
    world = World(small_flow({"name": "report", "until": "by"}))
    case = world.fire(world.open(), "start", by="2026-03-10")
    case = world.fire(case, "correct", by="2026-03-20")
    assert case.deadlines["report"].due.due == date(2026, 3, 20)
    case = world.fire(case, "correct", now="2026-03-21T09:00:00+08:00", by="2026-03-30")
    assert case.deadlines["report"].due.due == date(2026, 3, 20)


def test_a_corrected_base_date_is_followed() -> None:
    """The proof of service says another day: the period runs from that day."""
    world = World(small_flow({"name": "ask", "period": {"days": 30}, "since": "from_day"}))
    case = world.fire(world.open(), "start", from_day="2026-02-25")
    assert case.deadlines["ask"].due.nominal == date(2026, 3, 27)
    case = world.fire(case, "correct", from_day="2026-02-27")
    assert case.deadlines["ask"].due.nominal == date(2026, 3, 29)


def test_when_says_for_which_cases_it_runs() -> None:
    """No notice is owed to a petitioner nobody can reach; where the data does not say, the step is refused."""
    world = World(small_flow({**SIXTY, "when": [{"field": "runs", "equals": True}]}))
    assert "handling" in world.fire(world.open(), "start", runs=True).deadlines
    assert "handling" not in world.fire(world.open(), "start", runs=False).deadlines
    with pytest.raises(RefusedError) as caught:
        world.fire(world.open(), "start")
    assert codes(caught) == {"deadline_when"}


def test_when_looks_at_data_alone() -> None:
    """What depends on who asks, or on tasks, cannot be said of a deadline."""
    with pytest.raises(ValidationError, match="looks at data alone"):
        small_flow({**SIXTY, "when": [{"any": [{"actor": "by"}]}]})


@pytest.mark.parametrize("wrong", [{"until": "by"}, {"period": None}, {"suspends": {"fires": "pause"}}])
def test_a_deadline_is_a_period_or_a_date(wrong: dict[str, Any]) -> None:
    """Both, neither, or a suspension without an end are refused when the flow is read."""
    with pytest.raises(ValidationError):
        small_flow({**SIXTY, **wrong})


def test_legs_stay_inside_the_whole() -> None:
    """A leg is cut where the whole ends, also when it starts after that."""
    whole = {"name": "whole", "period": {"days": 15}, "starts": {"fires": "open"}}
    leg = {"name": "leg", "period": {"days": 5}, "policy": "strict", "within": "whole"}
    world = World(small_flow(whole, leg))
    case = world.open()
    assert world.fire(case, "start").deadlines["leg"].due.due == date(2026, 3, 7)
    assert world.fire(case, "start", now="2026-03-15T09:00:00+08:00").deadlines["leg"].due.due == date(2026, 3, 17)
    late = world.fire(case, "start", now="2026-03-20T09:00:00+08:00")
    assert late.deadlines["leg"].due.due == date(2026, 3, 17)


def test_extension_lengthens_the_period() -> None:
    """From the base, never from the rolled date: sixty and thirty are ninety."""
    world = World(small_flow(SIXTY, extends={"by": {"days": 30}, "amount": "days"}))
    case = world.fire(world.open(), "start")
    assert case.deadlines["handling"].due.due == date(2026, 5, 6)
    case = world.fire(case, "extend", now="2026-05-06T23:59:59+08:00", days=30)
    assert case.deadlines["handling"].due.nominal == date(2026, 5, 31)
    assert case.deadlines["handling"].due.due == date(2026, 6, 1)


@pytest.mark.parametrize("days", [0, 31, None])
def test_extension_has_a_most(days: int | None) -> None:
    """One to thirty days, said in so many days."""
    world = World(small_flow(SIXTY, extends={"by": {"days": 30}, "amount": "days"}))
    case = world.fire(world.open(), "start")
    with pytest.raises(RefusedError) as caught:
        world.fire(case, "extend", **({} if days is None else {"days": days}))
    assert codes(caught) == {"extension_length"}


def test_extension_after_the_end_or_twice_is_refused() -> None:
    """Too late is too late even if no clock has ticked; once is once."""
    world = World(small_flow(SIXTY, extends={"by": {"days": 30}}))
    first, second = world.open(), world.open()
    with pytest.raises(RefusedError) as caught:
        world.fire(first, "extend")
    assert codes(caught) == {"deadline"}
    world.fire(first, "start")
    world.fire(second, "start")
    world.fire(first, "extend")
    with pytest.raises(RefusedError) as caught:
        world.fire(first, "extend")
    assert codes(caught) == {"extended"}
    with pytest.raises(RefusedError) as caught:
        world.fire(second, "extend", now="2026-05-07T00:00:00+08:00")
    assert codes(caught) == {"deadline_over"}


def test_a_tier_changed_keeps_what_was_granted() -> None:
    """Another tier counts from the same base; an extension stays on top."""
    tiers = {"name": "handling", "period": {"by": "tier", "cases": {"plain": {"days": 10}, "urgent": {"days": 5}}}}
    world = World(small_flow(tiers, extends={"by": {"days": 2}}))
    case = world.fire(world.open(), "start", tier="plain")
    assert case.deadlines["handling"].due.nominal == date(2026, 3, 12)
    case = world.fire(case, "extend")
    assert case.deadlines["handling"].due.nominal == date(2026, 3, 14)
    case = world.fire(case, "correct", tier="urgent")
    assert case.deadlines["handling"].due.nominal == date(2026, 3, 9)


PAUSED = {
    "name": "rereview", "period": {"days": 30}, "suspends": {"fires": "pause"}, "resumes": {"fires": "resume"},
    "met_by": {"fires": "meet"},
}  # fmt: skip


def test_suspensions_that_overlap_count_once() -> None:
    """A second suspension while suspended changes nothing; the first resumption ends it; days merge."""
    world = World(small_flow(PAUSED), now="2026-06-01T09:00:00+08:00")
    case = world.fire(world.open(), "start")
    case = world.fire(case, "pause", now="2026-06-15T09:00:00+08:00")
    case = world.fire(case, "pause", now="2026-06-18T09:00:00+08:00")
    case = world.fire(case, "resume", now="2026-06-20T09:00:00+08:00")
    assert case.deadlines["rereview"].due.nominal == date(2026, 7, 6)
    case = world.fire(case, "resume", now="2026-06-22T09:00:00+08:00")
    case = world.fire(case, "pause", now="2026-06-22T10:00:00+08:00")
    case = world.fire(case, "resume", now="2026-06-25T09:00:00+08:00")
    assert case.deadlines["rereview"].due.nominal == date(2026, 7, 9)
    assert len(case.deadlines["rereview"].due.excluded) == 2


def test_a_suspended_deadline_does_not_run_out() -> None:
    """Neither a tick nor a step finds it late while it is suspended."""
    world = World(small_flow(PAUSED), now="2026-06-01T09:00:00+08:00")
    case = world.fire(world.open(), "start")
    world.fire(case, "pause", now="2026-06-30T09:00:00+08:00")
    assert world.tick("2026-08-01T09:00:00+08:00") == 0
    assert world.fire(case, "meet").deadlines["rereview"].state == "met"


def test_late_is_late_before_the_clock_has_noticed() -> None:
    """Meeting, dropping or finishing after the end leaves a breach, not a cancellation."""
    spec = {**SIXTY, "cancels": {"fires": "drop"}}
    for trigger in ("meet", "drop", "finish"):
        world = World(small_flow(spec))
        case = world.fire(world.open(), "start")
        later = world.fire(case, trigger, now="2026-05-07T00:00:00+08:00")
        assert later.deadlines["handling"].state == "breached"
    world = World(small_flow(spec))
    case = world.fire(world.open(), "start")
    assert world.fire(case, "finish", now="2026-05-06T23:59:59+08:00").deadlines["handling"].state == "cancelled"


def test_in_time_is_in_time_after_the_clock_has_noticed() -> None:
    """What happened in time and is entered late is met; the history keeps both."""
    world = World(small_flow(SIXTY))
    case = world.fire(world.open(), "start")
    world.tick("2026-05-08T09:00:00+08:00")
    assert world.get(case).deadlines["handling"].state == "breached"
    at = datetime.fromisoformat("2026-05-06T16:00:00+08:00")
    later = world.engine.fire(case.id, "meet", actor=CLERK, at=at)
    assert later.deadlines["handling"].state == "met"
    assert world.kinds(case) == ["opened", "fired", "breached", "fired"]


def test_another_country_and_its_clock_change() -> None:
    """A due date is a local date: in Berlin the day after the clocks change ends at a local midnight."""
    berlin = Calendar.load({
        "id": "berlin", "title": "Berlin", "zone": "Europe/Berlin", "first": date(2026, 1, 1),
        "horizon": date(2026, 12, 31), "notice": {"title": "none: the plain week"},
    })  # fmt: skip
    chinese = small_flow({"name": "days", "period": {"days": 3}}, {"name": "hours", "period": {"hours": 24}})
    flow = Flow.model_validate({**_plain(chinese), "calendar": "berlin"})
    world = World(flow, now="2026-03-27T22:00:00+01:00", calendar=berlin)
    case = world.fire(world.open(), "start", now="2026-03-28T12:00:00+01:00")
    assert case.deadlines["hours"].at == datetime.fromisoformat("2026-03-29T13:00:00+02:00")
    assert case.deadlines["days"].at == datetime.fromisoformat("2026-04-01T00:00:00+02:00")


def _plain(flow: Flow) -> dict[str, Any]:
    plain: dict[str, Any] = flow.model_dump(by_alias=True, exclude_defaults=True)
    return plain


@pytest.mark.parametrize("period", [{"days": 0}, {"days": -1}, {"days": 1, "hours": 1}, {}, {"days": 1.5}])
def test_periods_that_are_none(period: dict[str, Any]) -> None:
    """Zero, negative, double, empty and broken periods are refused when the flow is read."""
    with pytest.raises(ValidationError):
        small_flow({"name": "x", "period": period})


def test_naive_moments_are_refused() -> None:
    """A moment without a zone is no moment, in a payload or as the time of an act."""
    world = World(small_flow({"name": "moment", "until": "at"}))
    case = world.open()
    with pytest.raises(RefusedError) as caught:
        world.fire(case, "start", at="2026-03-09T12:00:00")
    assert codes(caught) == {"payload_invalid"}
    with pytest.raises(InputError):
        world.engine.fire(case.id, "note", actor=CLERK, at=datetime(2026, 3, 2, 8))  # noqa: DTZ001  that is the point


@pytest.mark.parametrize(
    "given", [{"by": "9999-12-31"}, {"at": "9999-12-31T23:59:59-12:00"}, {"from_day": "9999-12-25"}]
)
def test_the_end_of_the_calendar_is_a_refusal(given: dict[str, str]) -> None:
    """A date that no calendar reaches is refused with words, never an accident."""
    world = World(
        small_flow(
            {"name": "day", "until": "by", "when": [{"present": "by"}]},
            {"name": "moment", "until": "at", "when": [{"present": "at"}]},
            {"name": "period", "period": {"days": 6}, "since": "from_day", "when": [{"present": "from_day"}]},
        )
    )
    case = world.open()
    with pytest.raises(RefusedError) as caught:
        world.fire(case, "start", **given)
    assert codes(caught) == {"deadline_range"}


def test_an_arrow_that_only_extends_does_extend() -> None:
    """It takes nothing, starts and ends nothing: the period is longer all the same."""
    limit = {"name": "limit", "period": {"days": 5}, "starts": {"fires": "start"}}
    only = {
        "trigger": "grant", "source": "open", "roles": ["clerk"], "extends": {"deadline": "limit", "by": {"days": 3}},
    }  # fmt: skip
    world = World(small_flow(limit, transition=[only]))
    case = world.fire(world.open(), "start")
    assert case.deadlines["limit"].due.nominal.isoformat() == "2026-03-07"
    assert world.fire(case, "grant").deadlines["limit"].due.nominal.isoformat() == "2026-03-10"
