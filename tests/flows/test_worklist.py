"""待办件: for each state of each standard flow, who is on the list and who is not.

`worklist.txt` is what a petition office expects from the law and the flow, state by state.  A role that a row does not
name is not on the list there.  Whoever holds a slot of their own (a proxy, a party, a member of the panel) has it among
their tasks and is no row; where nobody is named, the case waits for such a person, for the petitioner, for the calendar
or for another case.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import xinfang_flow as xf
from xinfang_flow.kernel.canonical import stamp
from xinfang_flow.kernel.worklist import work_of
from xinfang_flow.store.sql.store import SqlStore
from xinfang_flow.testing import worked

ENTERED = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8)))
FUTURE = "2999-01-01T00:00:00.000000Z"

TABLE = (Path(__file__).parent / "worklist.txt").read_text("utf-8")


class Row(NamedTuple):
    """One line of the table."""

    flow: str
    state: str
    facts: str
    expected: dict[str, str]


def rows() -> Iterator[Row]:
    """Read the table."""
    for line in TABLE.strip().split("\n"):
        if line and not line.startswith("#"):
            place, facts, who = (part.strip() for part in line.split("|"))
            flow, state = place.split(".")
            listed = {} if who == "nobody" else dict(part.strip().split(": ") for part in who.split(";"))
            yield Row(flow, state, facts, listed)


ROWS = tuple(rows())
FLOWS = {name: xf.load_flow(name) for name in xf.list_flows()}
STORED = {name: xf.Flow.model_validate_json(flow.text) for name, flow in FLOWS.items()}


def standing(flow: xf.Flow, state: str, facts: str) -> xf.Case | None:
    """Return a case that stands there, with these facts; None if the flow does not know what they speak of."""
    data: dict[str, Any] = {}
    deadlines: dict[str, xf.Deadline] = {}
    tasks: dict[str, list[dict[str, Any]]] = {}
    states: dict[str, str] = {}
    links: list[xf.Link] = []
    held = False
    for fact in facts.split(", "):
        word, _, rest = fact.partition(" ")
        name, *more = rest.split(" ") if rest else [""]
        if "=" in fact:
            name, _, value = fact.partition("=")
            if name not in flow.fields:
                return None
            data[name] = _value(flow, name, value)
        elif word in ("runs", "late", "suspended"):
            how = {"runs": "armed", "late": "breached", "suspended": "suspended"}[word]
            at = stamp(ENTERED - timedelta(days=1)) if word == "late" else FUTURE
            deadlines[name] = xf.Deadline(name, {"state": how, "at": at, "since": stamp(ENTERED)})
        elif word == "linked":
            how, _, outcome = more[0].partition(":")
            links.append(xf.Link(f"other{len(links)}", name, "child", how, outcome or None))
        elif word == "on":
            held = True
        else:
            if name not in [task.name for task in flow.tasks]:
                return None
            slots, states[name] = _slots(word, more)
            tasks.setdefault(name, []).extend(slots)
    made = {
        name: xf.Task("c1", name, {"since": stamp(ENTERED), "slots": tuple(slots), "state": states[name]})
        for name, slots in tasks.items()
    }
    return xf.Case(
        "c1", flow.id, flow.version, flow.digest, "here", state, flow.states[state].stage, 2, data, deadlines, made,
        tuple(links), flow.states[state].final, None, ENTERED, ENTERED, (state,), held, "", ENTERED,
    )  # fmt: skip


def _value(flow: xf.Flow, name: str, value: str) -> Any:
    spec = flow.fields[name]
    if spec.type == "record":
        return {"actor": value, "organ": "court"}
    if spec.type == "boolean":
        return value == "true"
    return int(value) if spec.type == "integer" else value


def _slots(word: str, names: list[str]) -> tuple[list[dict[str, Any]], str]:
    match word:
        case "held":
            return [{"id": who, "holder": who, "state": "open"} for who in names], "open"
        case "items":
            return [{"id": item, "state": "open"} for item in names], "open"
        case "done":
            return [{"id": who, "holder": who, "state": "done", "answer": "denied"} for who in names], "open"
        case "answered":
            return [{"id": "one", "holder": "zhang", "state": "done", "answer": names[0]}], "settled"
        case "settled":
            return [{"id": "one", "holder": "zhang", "state": "done"}], "settled"
    assert word == "cancelled", f"what does {word!r} mean?"
    return [{"id": who, "holder": who, "state": "open"} for who in names], "cancelled"


def listed(flow: xf.Flow, case: xf.Case) -> dict[str, str]:
    """Who is on the list, with the organ where the flow refuses every other, and what is waited for."""
    return {
        f"{work.role}@{work.org}" if work.bound else work.role: " ".join(work.triggers) for work in work_of(flow, case)
    }


def line(flow: xf.Flow) -> tuple[str, ...]:
    """A flow and those it was laid over, nearest first."""
    return (flow.id, *(name.partition("@")[0] for name in flow.lineage))


def rows_of(flow: xf.Flow) -> Iterator[Row]:
    """The rows that hold of a flow: its own, and those of what it was laid over unless it says otherwise."""
    said: set[tuple[str, str]] = set()
    for name in line(flow):
        own = [row for row in ROWS if row.flow == name and (row.state, row.facts) not in said]
        said |= {(row.state, row.facts) for row in own}
        yield from own


EVERY = [(name, row) for name, flow in FLOWS.items() for row in rows_of(flow)]


@pytest.mark.parametrize(("name", "row"), EVERY, ids=[f"{name}.{row.state}: {row.facts}" for name, row in EVERY])
def test_who_is_on_the_list_and_who_is_not(name: str, row: Row) -> None:
    """Exactly the roles that the table names wait there, each for exactly these triggers."""
    flow = FLOWS[name]
    if row.state not in flow.states:
        pytest.skip("the overlay has no such state")
    case = standing(flow, row.state, row.facts)
    if case is None:
        pytest.skip("the overlay has no such field or task")
    assert listed(flow, case) == row.expected
    assert work_of(STORED[name], case) == work_of(flow, case)  # stored text keeps no order of its tables


@pytest.mark.parametrize("name", FLOWS)
def test_every_state_has_its_row(name: str) -> None:
    """The table forgets no state of any standard flow, and a case that is done waits for nobody."""
    flow = FLOWS[name]
    covered = {row.state for row in rows_of(flow)}
    assert [state for state, spec in flow.states.items() if not spec.final and state not in covered] == []
    for state in (state for state, spec in flow.states.items() if spec.final):
        case = standing(flow, state, "on hold")
        assert case is not None
        assert work_of(flow, case) == ()


def walked(engine: xf.Engine) -> list[Any]:
    """The list as the rule gives it, for case after case of a store."""
    cases = engine.find(actor=xf.SYSTEM, limit=500).items
    every = [work for case in cases for work in work_of(engine.flow_of(case), case)]
    return sorted(every, key=lambda work: (stamp(work.due) if work.due else "9", work.since, work.case_id, work.nr))


@pytest.mark.parametrize(
    ("kind", "folder"),
    [*(("memory", folder) for folder in ("approval", "hearing", "petition", "places", "proxy")), ("sqlite", "proxy")],
)
def test_the_index_is_the_rule(monkeypatch: pytest.MonkeyPatch, folder: str, kind: str) -> None:
    """After every step of every worked case the index gives what walking all cases through the rule gives."""
    if kind == "sqlite":
        monkeypatch.setattr(worked, "MemoryStore", lambda: SqlStore.from_url("sqlite://"))
    look, steps = worked.Run._unlike, 0

    def looked(run: Any, step: Any) -> Any:
        nonlocal steps
        steps += 1
        assert list(run._engine.worklist(actor=xf.SYSTEM, limit=500).items) == walked(run._engine)
        return look(run, step)

    monkeypatch.setattr(worked.Run, "_unlike", looked)
    for path in sorted((Path(xf.__file__).parent / "flows" / folder).glob("*.cases.toml")):
        assert [result.problems for result in worked.run_worked_cases(path) if not result.ok] == []
    assert steps > 20
