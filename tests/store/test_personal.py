"""A case remembers which of its data are personal: folded from its events, kept in its snapshot, unknown without it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

import xinfang_flow as xf
from tests.engine.little import CLERK, LITTLE
from xinfang_flow.kernel import fold
from xinfang_flow.kernel.event import private_part, restore

RENAME = {"trigger": "rename", "source": "open", "roles": ["clerk"], "takes": ["subject?", "name?"]}
STEPS = [{key: part for key, part in arrow.items() if key != "conditions"} for arrow in LITTLE["transition"]]
FLOW = xf.Flow.model_validate({**LITTLE, "transition": [*STEPS, RENAME]})


def engine(path: Path) -> xf.Engine:
    """An engine on a file, with a clock that stands."""
    return xf.Engine(f"sqlite:///{path / 'county.db'}", flows=[FLOW], clock=xf.ManualClock("2026-03-02T09:00:00+08:00"))


def test_it_is_folded_and_kept(tmp_path: Path) -> None:
    """Nothing at first, a field once it came in, and it stays; another process reads the same."""
    with engine(tmp_path) as first:
        case = first.open("little", {"subject": "x"}, actor=CLERK)
        assert case.personal == frozenset()
        case = first.fire(case.id, "rename", {"name": "张三"}, actor=CLERK)
        assert case.personal == frozenset({"name"})
        case = first.fire(case.id, "rename", {"subject": "y"}, actor=CLERK)
        assert case.personal == frozenset({"name"})
    with engine(tmp_path) as second:
        assert second.get(case.id, actor=CLERK) == case
        assert second.get(case.id, actor=CLERK).as_dict()["data"] == {"name": "***", "subject": "y"}


def test_what_was_erased_stays_personal(tmp_path: Path) -> None:
    """With salt and value gone the commitment says that there was something personal."""
    with engine(tmp_path) as desk:
        case = desk.open("little", {"subject": "x", "name": "张三"}, actor=CLERK, note="seen")
        events = desk.history(case.id, actor=CLERK)
    erased = [restore(event.body, event.hash, None) for event in events]

    assert private_part(erased[0]) is None
    assert fold(erased).personal == frozenset({"name"})
    assert erased[0].as_dict()["payload"] == {"name": "***", "subject": "x"}


def test_a_snapshot_that_does_not_say_is_unknown(tmp_path: Path) -> None:
    """One of before: all values are masked, it still verifies, and a step on it does not make known what is not."""
    with engine(tmp_path) as desk:
        case = desk.open("little", {"subject": "x", "name": "张三"}, actor=CLERK)
    with sqlite3.connect(tmp_path / "county.db") as raw:
        (text,) = raw.execute("select snapshot from xf_case").fetchone()
        snapshot = json.loads(text)
        assert snapshot.pop("personal") == ["name"]
        raw.execute("update xf_case set snapshot = ?", [json.dumps(snapshot, ensure_ascii=False)])
    raw.close()
    with engine(tmp_path) as desk:
        old = desk.get(case.id, actor=CLERK)
        assert old.personal is None
        assert old.as_dict()["data"] == {"name": "***", "subject": "***"}
        assert old.as_dict(reveal=True)["data"] == {"name": "张三", "subject": "x"}
        assert desk.verify(case.id, actor=CLERK).ok
        assert desk.fire(case.id, "rename", {"subject": "y"}, actor=CLERK).personal is None
        assert desk.verify(case.id, actor=CLERK).ok


@pytest.mark.parametrize("named", [[], ["name", "subject"]])
def test_a_snapshot_that_says_otherwise_is_found(named: list[str], tmp_path: Path) -> None:
    """Whoever takes a field off the list, or puts one on it, is found by verification."""
    with engine(tmp_path) as desk:
        case = desk.open("little", {"subject": "x", "name": "张三"}, actor=CLERK)
    with sqlite3.connect(tmp_path / "county.db") as raw:
        (text,) = raw.execute("select snapshot from xf_case").fetchone()
        forged = json.dumps({**json.loads(text), "personal": named}, ensure_ascii=False)
        raw.execute("update xf_case set snapshot = ?", [forged])
    raw.close()
    with engine(tmp_path) as desk:
        verdict = desk.verify(case.id, actor=CLERK)
    assert not verdict.ok
    assert "personal" in str(verdict.reason)
