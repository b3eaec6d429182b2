"""Calls with arguments of the wrong kind: each is an InputError that says what to hand in, and writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import xinfang_flow as xf
from tests.engine.little import CLERK, engine, little
from xinfang_flow.store import Query

TIE: Any = xf.Link("x", "part", "child", "open")
OPENING: Any = xf.Opening("little", {"subject": "x"})  # whose parts these tests spoil


class Anything:
    """A value of no use."""


# For each verb: the arguments of a good call, and for each argument values that it cannot take.
GOOD: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "open": (("little", {"subject": "x"}), {}),
    "fire": (("CASE", "start"), {}),
    "link": (("CASE", "CASE", "part"), {}),
    "get": (("CASE",), {}),
    "available": (("CASE",), {}),
    "history": (("CASE",), {}),
    "signals": (("CASE",), {}),
    "verify": (("CASE",), {}),
    "case_file": (("CASE", "case.html"), {}),
    "opened": (("k-1",), {}),
    "receipt": ((OPENING._replace(key="k-1"),), {}),
    "find": ((), {}),
    "tasks": ((), {}),
    "fire_many": (([xf.Command("CASE", "start")],), {}),
    "open_many": (([OPENING],), {}),
}
OF_A_CASE = ("fire", "link", "get", "available", "history", "signals", "verify", "case_file")
Row = tuple[tuple[str, ...], str, tuple[Any, ...]]
ROWS: list[Row] = [
    (tuple(GOOD), "actor", (None, "li", {"id": "li"}, ("li", frozenset()), xf.Actor)),
    (OF_A_CASE, "0", (None, 7, "THE CASE", Anything())),
    (("link",), "1", (None, 7, ["part"])),
    (("link",), "2", (None, 7, ["part"])),
    (("open",), "0", (None, 7, little())),
    (("open",), "links", (None, "x", TIE, [None], ["x"], [("x", "part", "child", "open")], 7)),
    (("open",), "links", ([TIE._replace(case_id=None)], [TIE._replace(role="aunt")])),
    (("open",), "org", (7, "", ["x"])),
    (("open", "fire"), "at", ("2026-03-02", 7)),
    (("open", "fire"), "note", (7, b"x", ["x"])),
    (("open", "fire", "link"), "key", (7, "", "a b", ["k"])),
    (("fire",), "1", (None, 7, ["start"])),
    (("fire",), "expected_version", ("1", 1.0, True, [1])),
    (("opened",), "0", (None, 7, "a b")),
    (("receipt",), "0", (None, "k-1", OPENING, TIE)),
    (("find", "tasks"), "limit", (None, "10", 2.5, True, 0, 501, [1])),
    (("find", "tasks"), "after", (7, ["x"], xf.Page(()))),
    (("find",), "flow", (7, ["x"], little())),
    (("find",), "state", (7, ["x"])),
    (("find",), "org", (7, ["x"])),
    (("find",), "overdue", ("yes", 1)),
    (("find",), "done", ("yes", 1)),
    (("tasks",), "done", ("yes", 1)),
    (("case_file",), "1", (None, 7, "a\0.html")),
    (("case_file",), "lang", (None, "fr", 7)),
    (("fire_many",), "0", (None, 7, "x", xf.Command("x", "start"), [None], ["x"], [TIE], {})),
    (("open_many",), "0", (None, 7, "x", OPENING, [None], ["little"], [TIE], {})),
]
BAD = [(verb, place, value) for verbs, place, values in ROWS for verb in verbs for value in values]


def _name(given: tuple[str, str, Any]) -> str:
    verb, place, bad = given
    return f"{verb}-{place}-{bad if isinstance(bad, str | int | None) else type(bad).__name__}"


@pytest.mark.parametrize("given", BAD, ids=_name)
def test_a_bad_argument_is_told_and_nothing_is_written(given: tuple[str, str, Any], tmp_path: Path) -> None:
    """Whatever cannot be meant is an InputError with the way out; the store stands as it stood."""
    verb, place, bad = given
    store = xf.MemoryStore()
    engine_ = engine(store)
    case = engine_.open("little", {"subject": "x"}, actor=CLERK, key="k-1")
    given_args, named = GOOD[verb]
    args = [case.id if arg == "CASE" else tmp_path / arg if arg == "case.html" else arg for arg in given_args]
    if verb == "fire_many":
        args = [[xf.Command(case.id, "start")]]
    bad = case if bad == "THE CASE" else bad
    options: dict[str, Any] = {"actor": CLERK, **named}
    if place.isdecimal():
        args[int(place)] = bad
    else:
        options[place] = bad

    with pytest.raises(xf.InputError) as caught:
        getattr(engine_, verb)(*args, **options)

    assert caught.value.where, str(caught.value)
    assert store.find(Query()) == [case]
    assert len(store.history(case.id)) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        {"flows": ["little"]}, {"flows": "little"}, {"flows": little()}, {"flows": 7}, {"flows": [None]},
        {"clock": "2026-03-02T09:00:00+08:00"}, {"clock": xf.ManualClock}, {"clock": Anything()}, {"clock": ""},
        {"guards": [len]}, {"guards": {"allowed": "yes"}}, {"guards": {7: len}},
        {"effects": {"tell": None}}, {"effects": "tell"},
        {"calendars": {"china": "china"}}, {"calendars": xf.Calendar.china()},
        {"directory": {"north": []}}, {"directory": "organs.toml"}, {"directory": {}},
        {"entropy": b"x"}, {"entropy": 7},
    ],
)  # fmt: skip
def test_an_engine_is_not_made_of_what_cannot_be_one(options: dict[str, Any]) -> None:
    """The parts of an engine are looked at when it is made, not when they are first needed."""
    with pytest.raises(xf.InputError) as caught:
        engine(**options)
    assert caught.value.where is not None
    assert caught.value.where.startswith(next(iter(options)))


@pytest.mark.parametrize("store", [None, 7, Path("county.db"), xf.MemoryStore, Anything()])
def test_a_store_is_a_url_or_a_store(store: Any) -> None:
    """A path, a class and nothing at all are none."""
    with pytest.raises(xf.InputError, match="sqlite:///"):
        xf.Engine(store)


@pytest.mark.parametrize("limit", [None, "10", -1, 2.5, True])
def test_deliver_takes_a_number(limit: Any) -> None:
    """How many effects at most is a whole number."""
    with pytest.raises(xf.InputError, match="limit"):
        engine().deliver(limit)


def test_a_command_with_a_bad_part_is_its_own_outcome() -> None:
    """In a batch the others go on: what is wrong inside a command, or an opening, is the answer to that one."""
    engine_ = engine()
    case = engine_.open("little", {"subject": "x"}, actor=CLERK)
    plain: Any = xf.Command(case.id, "start")
    bad = [plain._replace(trigger=None), plain._replace(case_id=None), plain._replace(note=7)]
    outcomes = engine_.fire_many([*bad, plain], actor=CLERK)
    assert [type(outcome.error) for outcome in outcomes] == [xf.InputError] * 3 + [type(None)]
    openings: list[Any] = [OPENING._replace(flow=None), OPENING._replace(links=[7]), OPENING._replace(key=7), OPENING]
    answers = engine_.open_many(openings, actor=CLERK)
    assert [type(outcome.error) for outcome in answers] == [xf.InputError] * 3 + [type(None)]
