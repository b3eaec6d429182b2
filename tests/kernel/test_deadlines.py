"""What arrows and time do to deadlines, by example: 2 March 2026 is a Monday, 1 to 5 May are holidays."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

import xinfang_flow as xf
from tests.kernel.office import MONDAY, Desk, base, made

Part = dict[str, Any]


def clocked(data: Part | None = None, at: str = MONDAY, **deadline: Any) -> Desk:
    """A case with one deadline, sixty days from entering `here` unless the test says otherwise."""
    spec = {
        "name": "limit",
        "period": {"days": 60},
        "starts": {"enters": "here"},
        "met_by": {"enters": "there"},
        **deadline,
    }
    stays = [
        {"trigger": "pause", "source": "here", "roles": ["clerk"]},
        {"trigger": "go_on", "source": "here", "roles": ["clerk"]},
        {"trigger": "drop", "source": "here", "roles": ["clerk"]},
        {"trigger": "late", "source": "here", "dest": "there", "roles": ["system"]},
        {
            "trigger": "extend",
            "source": "here",
            "roles": ["clerk"],
            "extends": {"deadline": "limit", "by": {"days": 30}},
        },
        {
            "trigger": "approve",
            "source": "here",
            "roles": ["clerk"],
            "takes": ["extra"],
            "extends": {"deadline": "limit", "by": {"days": 30}, "amount": "extra"},
        },
    ]
    return Desk(made(base(deadline=[spec], transition=stays, effects={"tell": {}})), data, at)


def due(desk: Desk) -> date:
    """The last day in time."""
    return desk.case.deadlines["limit"].due.due


def state(desk: Desk) -> str:
    """The deadline's state."""
    return desk.case.deadlines["limit"].state


def tick(desk: Desk, at: str) -> int:
    """Let the clock look."""
    desk.clock.set(at)
    return desk.engine.tick()


def test_it_starts_and_is_met() -> None:
    """Sixty days from 2 March end on 1 May and roll to the 6th; its last minute is in time."""
    desk = clocked()
    assert due(desk) == date(2026, 5, 6)
    desk.fire("move", at="2026-05-06T23:59:59+08:00")
    assert state(desk) == "met"
    assert desk.verified()


def test_met_late_is_late_whether_or_not_the_clock_had_noticed() -> None:
    """The first instant after is a breach, with no tick in between and with one."""
    for ticks in (False, True):
        desk = clocked()
        if ticks:
            assert tick(desk, "2026-05-07T00:00:00+08:00") == 1
        desk.fire("move", at="2026-05-07T00:00:00+08:00")
        assert state(desk) == "breached"
        assert "met_at" in desk.case.deadlines["limit"].record


def test_the_day_ends_in_the_calendar_s_zone() -> None:
    """A moment is what it is in Shanghai, whatever offset it was written with."""
    desk = clocked(period={"days": 1})
    desk.fire("move", at="2026-03-03T15:59:59+00:00")
    assert state(desk) == "met"
    other = clocked(period={"days": 1})
    other.fire("move", at="2026-03-03T16:00:00+00:00")
    assert state(other) == "breached"


def test_a_counter_that_closes() -> None:
    """With a closing time the last day ends there."""
    desk = clocked(closes="17:30")
    desk.fire("move", at="2026-05-06T17:30:00+08:00")
    assert state(desk) == "breached"


def test_strict_does_not_roll() -> None:
    """Under `strict` a holiday at the end moves nothing."""
    assert due(clocked(policy="strict")) == date(2026, 5, 1)


def test_hours_run_through_the_night() -> None:
    """Four hours are four hours."""
    desk = clocked(period={"hours": 4}, at="2026-04-30T22:00:00+08:00")
    assert desk.case.deadlines["limit"].at == datetime.fromisoformat("2026-05-01T02:00:00+08:00")


def test_counted_from_a_date_in_the_data() -> None:
    """`since` counts from a field; without it the step is refused, and a corrected date is followed."""
    fields: Part = {"starts": {"fires": "move"}, "met_by": {"enters": "gone"}, "since": "day", "period": {"days": 10}}
    assert clocked(**fields).refused("move") == "deadline_base"
    desk = clocked({"day": "2026-02-27"}, **fields)
    desk.fire("move")
    assert due(desk) == date(2026, 3, 9)
    desk.fire("set", day="2026-03-02")
    assert due(desk) == date(2026, 3, 12)


def test_a_date_that_somebody_sets() -> None:
    """`until` is itself the end and does not roll; a day that has passed is refused."""
    fields: Part = {"period": None, "until": "day", "starts": {"fires": "move"}, "met_by": {"enters": "gone"}}
    desk = clocked({"day": "2026-05-02"}, **fields)
    desk.fire("move")
    assert due(desk) == date(2026, 5, 2)
    assert clocked({"day": "2026-03-01"}, **fields).refused("move") == "deadline_until"


def test_it_starts_only_for_some() -> None:
    """`when` looks at the data: others have no such deadline."""
    only: Part = {"when": [{"field": "kind", "equals": "a"}]}
    assert "limit" in clocked({"kind": "a"}, **only).case.deadlines
    assert "limit" not in clocked({"kind": "b"}, **only).case.deadlines


def test_ending_the_case_cancels_what_runs() -> None:
    """A case that is done owes nothing more, and the clock has nothing to say."""
    desk = clocked()
    desk.fire("end")
    assert state(desk) == "cancelled"
    assert tick(desk, "2026-12-01T00:00:00+08:00") == 0


def test_ending_the_case_hides_no_breach() -> None:
    """What had run out when the case ended stays a breach."""
    desk = clocked()
    desk.fire("end", at="2026-05-07T00:00:00+08:00")
    assert state(desk) == "breached"


def test_cancelled_by_a_step() -> None:
    """`cancels` ends it without meeting it; too late it cancels nothing."""
    desk = clocked(cancels={"fires": "drop"})
    desk.fire("drop")
    assert state(desk) == "cancelled"
    late = clocked(cancels={"fires": "drop"})
    late.fire("drop", at="2026-05-07T00:00:00+08:00")
    assert state(late) == "breached"


PAUSED: Part = {"suspends": {"fires": "pause"}, "resumes": {"fires": "go_on"}}


def test_an_excluded_interval_counts_its_first_day_and_not_its_last() -> None:
    """Paused on 10 March, resumed on the 20th: ten days later, 11 May."""
    desk = clocked(**PAUSED)
    desk.fire("pause", at="2026-03-10T10:00:00+08:00")
    assert state(desk) == "suspended"
    assert tick(desk, "2026-03-19T00:00:00+08:00") == 0
    desk.fire("go_on", at="2026-03-20T08:00:00+08:00")
    assert (state(desk), due(desk)) == ("armed", date(2026, 5, 11))
    assert desk.case.deadlines["limit"].due.excluded == ((date(2026, 3, 10), date(2026, 3, 20)),)


def test_paused_and_resumed_on_one_day_changes_nothing() -> None:
    """No whole day was lost."""
    desk = clocked(**PAUSED)
    desk.fire("pause")
    desk.fire("go_on")
    assert due(desk) == date(2026, 5, 6)


def test_pausing_twice_and_resuming_what_runs_are_nothing() -> None:
    """The second does not move the first."""
    desk = clocked(**PAUSED)
    desk.fire("go_on")
    desk.fire("pause", at="2026-03-10T10:00:00+08:00")
    desk.fire("pause", at="2026-03-15T10:00:00+08:00")
    desk.fire("go_on", at="2026-03-20T08:00:00+08:00")
    assert due(desk) == date(2026, 5, 11)


def test_what_has_run_out_cannot_be_paused() -> None:
    """Late is late: a pause after the end stops nothing."""
    desk = clocked(**PAUSED)
    desk.fire("pause", at="2026-05-07T00:00:00+08:00")
    assert tick(desk, "2026-05-07T00:00:01+08:00") == 1
    assert state(desk) == "breached"


def test_an_extension_lengthens_the_period_from_its_base() -> None:
    """60 + 30 days from 2 March are 31 May, a Sunday: due on 1 June, never thirty days after the rolled 6 May."""
    desk = clocked()
    desk.fire("extend")
    assert due(desk) == date(2026, 6, 1)
    assert desk.case.deadlines["limit"].extended == 1
    assert desk.refused("extend") == "extended"


def test_an_extension_may_be_less_than_the_most() -> None:
    """The head approves so many days, one to thirty."""
    desk = clocked()
    assert desk.refused("approve", extra=31) == "extension_length"
    assert desk.refused("approve", extra=0) == "extension_length"
    desk.fire("approve", extra=10)
    assert due(desk) == date(2026, 5, 11)


def test_an_extension_comes_before_the_end() -> None:
    """On the last day it may still be granted, afterwards not, and not once it was met."""
    desk = clocked()
    desk.fire("extend", at="2026-05-06T23:00:00+08:00")
    assert state(desk) == "armed"
    assert clocked().refused("extend", at="2026-05-07T00:00:00+08:00") == "deadline_over"
    breached = clocked()
    tick(breached, "2026-05-07T00:00:00+08:00")
    assert breached.refused("extend") == "deadline"


def test_a_suspension_and_an_extension_add_up() -> None:
    """What was granted stays granted when the clock resumes."""
    desk = clocked(**PAUSED)
    desk.fire("extend")
    desk.fire("pause", at="2026-03-10T10:00:00+08:00")
    desk.fire("go_on", at="2026-03-20T08:00:00+08:00")
    assert due(desk) == date(2026, 6, 10)


TIERS: Part = {"by": "kind", "cases": {"a": {"days": 10}, "b": {"days": 2}}}


def test_a_tier_is_chosen_by_the_data_and_counted_from_the_same_base() -> None:
    """Raising the urgency shortens the period from where it began."""
    desk = clocked({"kind": "a"}, period=TIERS)
    assert due(desk) == date(2026, 3, 12)
    desk.fire("set", at="2026-03-03T09:00:00+08:00", kind="b")
    assert due(desk) == date(2026, 3, 4)


def test_without_a_tier_there_is_no_beginning() -> None:
    """A case whose tier is not given cannot begin."""
    with pytest.raises(xf.RefusedError) as refusal:
        clocked(period=TIERS)
    assert refusal.value.reasons[0].code == "deadline_tier"


def test_each_warning_once_in_its_order_and_then_the_breach() -> None:
    """Half the time with nothing done, three working days before, and the end; each is an event with its effect."""
    desk = clocked(
        period={"working_days": 15},
        warns=[{"before": {"working_days": 3}}, {"half": True}],
        warn_effects=["tell"],
        effects=["tell"],
    )
    assert due(desk) == date(2026, 3, 23)
    moments = [
        ("2026-03-12T23:00:00+08:00", 0),
        ("2026-03-13T05:00:00+08:00", 1),
        ("2026-03-17T23:59:59+08:00", 0),
        ("2026-03-18T00:00:00+08:00", 1),
        ("2026-03-18T00:00:01+08:00", 0),
        ("2026-03-24T00:00:00+08:00", 1),
        ("2026-03-25T00:00:00+08:00", 0),
    ]
    assert [tick(desk, at) for at, _ in moments] == [events for _, events in moments]
    kinds = [event.kind for event in desk.engine.history(desk.id, actor=xf.SYSTEM)]
    assert kinds == ["opened", "warned", "warned", "breached"]
    assert desk.verified()


def test_work_makes_the_half_time_warning_pointless_and_no_other() -> None:
    """Something was recorded since it began: half time passes in silence, the last warning still comes."""
    desk = clocked(period={"working_days": 15}, warns=[{"before": {"working_days": 3}}, {"half": True}])
    desk.fire("set", at="2026-03-05T09:00:00+08:00", memo="到场")
    assert tick(desk, "2026-03-13T05:00:00+08:00") == 0
    assert tick(desk, "2026-03-18T00:00:00+08:00") == 1


def test_a_late_tick_says_what_happened_and_when_it_was_noticed() -> None:
    """However late the clock looks, a breach is one event at its own instant, and no stale warnings follow."""
    desk = clocked(warns=[{"half": True}, {"before": {"days": 3}}])
    assert tick(desk, "2026-07-01T09:00:00+08:00") == 1
    event = desk.engine.history(desk.id, actor=xf.SYSTEM)[-1]
    assert (event.kind, event.at) == ("breached", datetime.fromisoformat("2026-05-07T00:00:00+08:00"))
    assert event.recorded_at == desk.clock.now()
    assert tick(desk, "2026-07-02T09:00:00+08:00") == 0


def test_a_breach_may_move_the_case() -> None:
    """`on_breach` fires its trigger as the system, in the same tick."""
    desk = clocked(on_breach="late")
    assert tick(desk, "2026-05-07T00:00:00+08:00") == 2
    assert desk.case.state == "there"
    assert [event.actor for event in desk.engine.history(desk.id, actor=xf.SYSTEM)][-2:] == ["system", "system"]


def test_beyond_the_horizon_an_answer_is_provisional() -> None:
    """A day that is not published yet is assumed, and said to be."""
    desk = clocked(at="2026-12-01T09:00:00+08:00")
    assert desk.case.deadlines["limit"].due.provisional


def test_a_leg_stays_inside_the_whole() -> None:
    """`within`: a part of a chain never outlasts the whole."""
    whole = {"name": "whole", "period": {"days": 10}, "starts": {"enters": "here"}, "met_by": {"enters": "gone"}}
    leg = {
        "name": "leg",
        "period": {"days": 8},
        "starts": {"enters": "there"},
        "within": "whole",
        "met_by": {"enters": "gone"},
    }
    desk = Desk(made(base(deadline=[whole, leg])))
    desk.fire("move", at="2026-03-09T09:00:00+08:00")
    assert desk.case.deadlines["leg"].due.due == desk.case.deadlines["whole"].due.due == date(2026, 3, 12)
