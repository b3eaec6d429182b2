"""Random commands for random flows: payloads that mostly fit, people who mostly may, and the odd nonsense."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from hypothesis import strategies as st

import xinfang_flow as xf
from tests.flow.strategies import CHOICES, ROLES, flows
from tests.kernel.office import PEOPLE
from xinfang_flow.kernel import Rules
from xinfang_flow.kernel.interpreter.payload import Payload

START = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
CALENDAR = xf.Calendar.china()

CONTROL = "".join(map(chr, [*range(32), 127]))
words = st.text(st.characters(codec="utf-8", exclude_characters=CONTROL), min_size=1, max_size=8)
people = st.sampled_from(PEOPLE)
members = st.lists(st.fixed_dictionaries({"actor": people, "capacity": words}), max_size=3)
FITTING: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(CHOICES),
    "urgent": st.booleans(),
    "persons": st.integers(0, 4),
    "summary": words,
    "heard_on": st.dates(START.date(), START.date() + timedelta(days=30)).map(lambda day: day.isoformat()),
    "tags": st.lists(words, max_size=3),
    "proxy": people,
    "panel": members,
    "unit": st.sampled_from(["bureau", "office"]),
    "to": people,
    "reason": words,
    "slot": st.sampled_from([*PEOPLE, *ROLES]),
    "before": people,
    "item": st.sampled_from(["form", "record"]),
    "answer": st.sampled_from(["yes", "no"]),
    "to_state": st.sampled_from([f"s{number}" for number in range(5)]),
}
NONSENSE = st.one_of(st.none(), st.just(""), st.integers(), st.floats(allow_nan=True), st.just({"deep": [1]}), words)


class Asked(NamedTuple):
    """One request: what, with what, by whom, how much later."""

    trigger: str
    payload: dict[str, Any]
    actor: xf.Actor
    later: timedelta
    note: str | None


@lru_cache(maxsize=64)
def compiled(text: str) -> Rules:
    """The rules of a flow, by its text."""
    return Rules(xf.Flow.model_validate_json(text), {}, CALENDAR)


def actors() -> st.SearchStrategy[xf.Actor]:
    """People with some of the roles; now and then with none, or one that no flow knows."""
    roles = st.sets(st.sampled_from([*ROLES, "stranger"]), max_size=3) | st.just(set(ROLES))
    return st.builds(xf.Actor, people, roles, st.sampled_from(["bureau", "office", None]))


@st.composite
def payloads(draw: st.DrawFn, payload: Payload) -> dict[str, Any]:
    """A payload that fits, or has one thing wrong."""
    given = {
        name: draw(FITTING[name])
        for name in payload.fields
        if name in FITTING and (name in payload.required or draw(st.booleans()))
    }
    wrong = draw(st.integers(0, 9))
    if wrong == 0 and given:
        given.pop(draw(st.sampled_from(sorted(given))))
    elif wrong == 1:
        given[draw(st.sampled_from([*sorted(given), "unheard_of"]))] = draw(NONSENSE)
    return given


@st.composite
def requests(draw: st.DrawFn, rules: Rules, state: str) -> Asked:
    """A request to a case in `state`: mostly one that has an arrow from there."""
    possible = rules.triggers_from(state)
    anything = draw(st.integers(0, 9)) == 0 or not possible
    trigger = draw(st.sampled_from([*rules.flow.triggers, "unheard_of"] if anything else list(possible)))
    arrows = rules.table.get((state, trigger), ())
    payload = draw(payloads(draw(st.sampled_from(arrows)).payload)) if arrows else {}
    later = timedelta(hours=draw(st.sampled_from([0, 1, 20, 100])))
    return Asked(trigger, payload, draw(actors()), later, draw(st.none() | words))


@st.composite
def stories(draw: st.DrawFn) -> tuple[Rules, dict[str, Any], xf.Actor, st.DataObject]:
    """A flow, what a case of it is opened with, by whom, and the source of what comes next."""
    rules = compiled(draw(flows()).text)
    actor = xf.Actor(draw(people), ROLES, "bureau")
    return rules, draw(payloads(rules.open_payload)), actor, draw(st.data())
