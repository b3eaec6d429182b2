"""代访代办: its worked cases leave nothing out, and its promises hold on any road through it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import xinfang_flow as xf
from xinfang_flow.flows import load_flow, worked_cases_of
from xinfang_flow.kernel.interpreter.refusal_words import describe
from xinfang_flow.kernel.rules import Rules
from xinfang_flow.testing import worked
from xinfang_flow.testing.worked import read_worked_cases, run_worked_cases

NAMES = ("proxy_petition", "jiaojiang_proxy", "yuhuan_proxy", "xianju_proxy")
FLOW = load_flow("proxy_petition")
START = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
DATA = {
    "intake": "first_visit", "register_no": "XJ20260001", "received_on": "2026-03-02", "township": "横溪镇",
    "form": "visit", "summary": "村道路灯不亮",
}  # fmt: skip


class Listening(xf.Engine):
    """An engine that remembers what was refused, and which transitions were taken."""

    refused: list[tuple[str, Any]] = []  # noqa: RUF012  shared by every engine of one test, on purpose
    taken: set[str] = set()  # noqa: RUF012  likewise

    def open(self, flow: str, *args: Any, **rest: Any) -> xf.Case:
        """Open, and listen."""
        return self._listened("open", lambda: xf.Engine.open(self, flow, *args, **rest))

    def fire(self, case_id: str, trigger: str, *args: Any, **rest: Any) -> xf.Case:
        """Fire, and listen."""
        case = self._listened(trigger, lambda: xf.Engine.fire(self, case_id, trigger, *args, **rest))
        self.taken.add(trigger)
        return case

    def _listened(self, trigger: str, act: Any) -> xf.Case:
        try:
            case: xf.Case = act()
        except xf.RefusedError as refusal:
            self.refused.extend((trigger, reason) for reason in refusal.reasons)
            raise
        return case


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> type[Listening]:
    """Everything that the worked cases of proxy work do and are refused."""
    monkeypatch.setattr(worked, "Engine", Listening)
    Listening.refused, Listening.taken = [], set()
    for name in NAMES:
        run_worked_cases(worked_cases_of(name))
    return Listening


def test_every_trigger_is_taken_by_a_worked_case(heard: type[Listening]) -> None:
    """No transition of the flow is without its example."""
    assert set(FLOW.triggers) - heard.taken == set()


def test_every_guard_is_seen_refusing(heard: type[Listening]) -> None:
    """Each condition of each transition, and of the opening, refuses in some worked case, with its own words."""
    rules = Rules(FLOW, {}, xf.Calendar.china())
    guards = [("open", guard) for guard in rules.open_guards]
    arrows = chain.from_iterable(rules.table.values())
    guards += [(arrow.transition.trigger, guard) for arrow in arrows for guard in arrow.guards]
    # What is still missing of a checklist differs from case to case.
    said = {(trigger, re.sub(r" \(missing: .*\)", "", reason.message.en)) for trigger, reason in heard.refused}
    asked = {(trigger, describe(FLOW, guard.condition, holds=guard.holds).message.en) for trigger, guard in guards}
    silent = asked - said
    assert silent == set()


def test_every_kind_of_refusal_is_shown(heard: type[Listening]) -> None:
    """A reader of the worked cases has seen each code with which this flow can say no."""
    codes = {reason.code for _, reason in heard.refused}
    assert codes >= {
        "closed", "not_from_here", "unknown_trigger", "not_permitted", "payload_missing", "payload_unknown",
        "payload_invalid", "guard", "task_open", "already_holder", "already_done", "extended", "deadline",
        "deadline_over",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_flow_has_no_findings(name: str) -> None:
    """Neither the base nor an overlay has anything for `check` to say."""
    assert xf.check(load_flow(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_made_up_periods_are_marked(name: str) -> None:
    """The seed gives proxy work no time limit, so every period is marked as an example."""
    periods = {key: figure for key, figure in load_flow(name).figures.items() if figure.units}
    assert periods
    assert all(figure.example for figure in periods.values())


def test_there_are_enough_worked_cases() -> None:
    """The base has at least fifteen, each overlay some of its own."""
    counts = {name: len(read_worked_cases(worked_cases_of(name))) for name in NAMES}
    assert counts["proxy_petition"] >= 15
    assert min(counts.values()) >= 2


# ---- any road -------------------------------------------------------------------------------------------------------

PEOPLE = {
    "li": xf.Actor("li", {"clerk"}, "xianju"), "wang": xf.Actor("wang", {"dispatcher"}, "xianju"),
    "zhang": xf.Actor("zhang", {"proxy"}, "xianju"), "chen": xf.Actor("chen", {"proxy", "caller"}, "xianju"),
    "zhou": xf.Actor("zhou", {"caller"}, "xianju"), "sun": xf.Actor("sun", {"archivist"}, "xianju"),
    "he": xf.Actor("he", {"supervisor"}, "xianju"),
}  # fmt: skip
STEPS: list[tuple[str, str, dict[str, Any]]] = [
    ("li", "screen", {"level": "township"}), ("li", "screen", {"opinion_owed": False, "ordered": True}),
    ("wang", "assign", {"to": "zhang", "pool": "resident"}), ("wang", "assign", {"to": "chen", "pool": "rotating"}),
    ("wang", "hand_over", {"to": "chen", "reason": "r"}), ("wang", "hand_over", {"to": "zhang", "reason": "r"}),
    ("zhang", "match", {"department": "交通局"}), ("chen", "match", {"department": "水利局"}),
    ("zhang", "accompany", {"record": "r"}), ("zhang", "escalate", {"level": "county", "reason": "r"}),
    ("wang", "escalate", {"level": "township", "reason": "r"}), ("wang", "extend", {"reason": "r"}),
    ("zhang", "feed_back", {"result": "r"}), ("chen", "feed_back", {"result": "r"}),
    ("zhou", "call_back", {"satisfaction": "dissatisfied"}), ("zhou", "call_back", {"satisfaction": "satisfied"}),
    ("chen", "call_back", {"satisfaction": "satisfied"}), ("zhou", "reopen", {"reason": "r"}),
    ("wang", "decide_opinion", {"opinion_owed": True, "reason": "r"}),
    ("wang", "decide_opinion", {"opinion_owed": False, "reason": "r"}),
    ("li", "record_service", {"opinion_served": "2026-03-02"}), ("he", "archive_unreached", {"reason": "r"}),
    *(("sun", "tick", {"item": item.name}) for item in FLOW.task("file").items),
    ("sun", "archive", {}), ("he", "urge", {"reason": "r"}), ("zhou", "miss_call", {"record": "r"}),
]  # fmt: skip
HANDLED = {"assigned", "handling", "fed_back", "called_back"}


def walk(numbers: list[int]) -> Iterator[tuple[xf.Engine, xf.Case]]:
    """Take a random road: what is refused is left out, a day goes by after each step."""
    clock = xf.ManualClock(START)
    engine = xf.Engine.in_memory(flows=[FLOW], clock=clock)
    case = engine.open("proxy_petition", DATA, actor=PEOPLE["li"])
    for number in numbers:
        who, trigger, payload = STEPS[number]
        clock.advance(timedelta(days=1))
        engine.tick()
        try:
            case = engine.fire(case.id, trigger, payload, actor=PEOPLE[who])
        except (xf.RefusedError, xf.NotFoundError):
            case = engine.get(case.id, actor=xf.SYSTEM)
        yield engine, case


# Roads that lead somewhere: mostly forwards, with detours.
ROADS = st.lists(st.integers(0, len(STEPS) - 1), max_size=40) | st.permutations(range(len(STEPS))).map(
    lambda order: sorted(order, key=lambda step: step // 4)
)


def test_the_steps_lead_to_the_archive() -> None:
    """Taken in their order, with a caller who is not the proxy, the steps of the random roads end in the archive."""
    good = [0, 2, 6, 8, 12, 15, 19, 22, 23, 24, 25, 26]
    assert [case.outcome for _, case in walk(good)][-1] == "archived"


@given(ROADS)
@settings(max_examples=60)
def test_exactly_one_proxy_at_any_time(road: list[int]) -> None:
    """From the assignment to the archive exactly one person is responsible; before it nobody is."""
    for _, case in walk(road):
        slots = case.tasks["proxy"].slots if "proxy" in case.tasks else ()
        responsible = [slot for slot in slots if slot.state == "open"]
        if not case.done:
            assert len(responsible) == (1 if case.state in HANDLED else 0)


@given(ROADS)
@settings(max_examples=60)
def test_the_archive_keeps_its_promises(road: list[int]) -> None:
    """Whatever is archived was followed up, has a whole file, and no opinion outstanding."""
    for engine, case in walk(road):
        if case.outcome != "archived":
            continue
        events = engine.history(case.id, actor=xf.SYSTEM)
        followed = [event for event in events if event.trigger == "call_back"]
        assert followed
        assert case.tasks["file"].state == "settled"
        assert case.data["satisfaction"] != "dissatisfied"
        assert case.data["opinion_owed"] is False or "opinion_served" in case.data
        assert engine.verify(case.id, actor=xf.SYSTEM).ok


@given(ROADS)
@settings(max_examples=60)
def test_levels_only_rise(road: list[int]) -> None:
    """A level never goes down, whoever asks."""
    order = FLOW.figures["levels"].value
    assert isinstance(order, tuple)
    seen: list[int] = []
    for _, case in walk(road):
        if "level" in case.data:
            seen.append(order.index(case.data["level"]))
    assert seen == sorted(seen)
