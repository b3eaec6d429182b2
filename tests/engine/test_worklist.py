"""`Engine.worklist` and its index: whose list it is, in which order, page by page, and what is no question of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import xinfang_flow as xf
from xinfang_flow.kernel.worklist import work_of
from xinfang_flow.store import Store
from xinfang_flow.store.sql.store import SqlStore

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8)))
CLERK = xf.Actor("li", roles={"clerk"}, org="north")
EAST, WEST = xf.Actor("an", roles={"office"}, org="east"), xf.Actor("bo", roles={"office"}, org="west")
ALONE = xf.Actor("cai", roles={"office"})
LEADER = xf.Actor("he", roles={"leader"}, org="north")

DESK: dict[str, Any] = {
    "id": "desk",
    "version": 1,
    "title": "Desk",
    "initial": "asked",
    "conceal_from": ["accused"],
    "roles": {"clerk": {}, "office": {}, "leader": {}, "local": {"sees": "org"}},
    "fields": {"office": "organ", "accused": "organ", "by": "date", "word": "text", "fine": "boolean"},
    "states": {
        "asked": {}, "sent": {}, "signing": {}, "over": {"final": True},
        "back": {"final": True, "outcome": "withdrawn"},
    },
    "open": {"roles": ["clerk"], "takes": ["office?", "accused?", "by?", "fine?"]},
    "task": [{"name": "sign", "states": ["signing"], "of": ["leader", "office"], "settle": "in_turn"}],
    "deadline": [{
        "name": "answer", "until": "by", "when": [{"present": "by"}], "starts": {"fires": "open"},
        "met_by": {"enters": "over"},
    }],
    "transition": [
        {"trigger": "send", "source": "asked", "dest": "sent", "roles": ["clerk"]},
        {"trigger": "answer", "source": "sent", "dest": "signing", "roles": ["office"],
         "conditions": [{"actor_org": "office"}]},
        {"trigger": "sign", "source": "signing", "roles": ["leader", "office"],
         "task": {"name": "sign", "do": "settle"}},
        {"trigger": "close", "source": "signing", "dest": "over", "roles": ["clerk"],
         "conditions": [{"settled": "sign"}]},
        {"trigger": "withdraw", "source": ["asked", "sent"], "dest": "back", "roles": ["clerk"]},
        {"trigger": "pause", "source": "sent", "roles": ["clerk"], "hold": True},
        {"trigger": "resume", "source": "sent", "roles": ["leader"], "hold": False},
    ],
}  # fmt: skip


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of each kind."""
    made: Store = (
        xf.MemoryStore() if request.param == "memory" else SqlStore.from_url(f"sqlite:///{tmp_path / 'desk.db'}")
    )
    yield made
    made.close()


@pytest.fixture
def engine(store: Store) -> xf.Engine:
    """An engine that runs the desk's flow."""
    return xf.Engine(store, flows=[xf.Flow.model_validate(DESK)], clock=xf.ManualClock(NOW))


def opened(engine: xf.Engine, **data: Any) -> str:
    """A case that has just been opened."""
    return engine.open("desk", data, actor=CLERK).id


def rows(engine: xf.Engine, actor: xf.Actor, **asked: Any) -> list[tuple[str, str]]:
    """What waits for an actor: case and triggers."""
    return [(work.case_id, " ".join(work.triggers)) for work in engine.worklist(actor=actor, **asked).items]


def test_the_most_urgent_first(engine: xf.Engine) -> None:
    """The longest late, then what is due, the nearest first; what has no deadline last, the longest waiting first."""
    clock: Any = engine._clock
    soon, late = opened(engine, by="2026-03-20"), opened(engine, by="2026-03-09")
    old = opened(engine)
    clock.advance(timedelta(days=1))
    new, later = opened(engine), opened(engine, by="2026-03-04")
    clock.set(datetime(2026, 3, 10, 9, tzinfo=NOW.tzinfo))
    engine.tick()
    assert [case_id for case_id, _ in rows(engine, CLERK)] == [later, late, soon, old, new]
    first = engine.worklist(actor=CLERK).items[0]
    case = engine.get(later, actor=CLERK)
    assert (first.due, first.since) == (case.deadlines["answer"].at, case.entered_at)
    assert (first.flow, first.state, first.role, first.org) == ("desk", "asked", "clerk", "north")


def test_a_step_that_one_organ_takes(engine: xf.Engine) -> None:
    """It waits for that organ alone: others of the role, and who belongs to none, have it not."""
    case_id = opened(engine, office="east")
    engine.fire(case_id, "send", actor=CLERK)
    assert rows(engine, EAST) == [(case_id, "answer")]
    assert rows(engine, WEST) == rows(engine, ALONE) == rows(engine, CLERK) == []
    assert rows(engine, xf.SYSTEM, org="east") == [(case_id, "answer")]
    assert rows(engine, xf.SYSTEM, org="north") == []


def test_slots_in_turn(engine: xf.Engine) -> None:
    """Of what is signed in turn only the first open slot counts; when all have signed, the next step waits."""
    case_id = opened(engine, office="east")
    engine.fire(case_id, "send", actor=CLERK)
    engine.fire(case_id, "answer", actor=EAST)
    assert (rows(engine, LEADER), rows(engine, EAST), rows(engine, CLERK)) == ([(case_id, "sign")], [], [])
    engine.fire(case_id, "sign", actor=LEADER)
    assert (rows(engine, LEADER), rows(engine, EAST)) == ([], [(case_id, "sign")])
    engine.fire(case_id, "sign", actor=EAST)
    assert (rows(engine, EAST), rows(engine, CLERK)) == ([], [(case_id, "close")])
    engine.fire(case_id, "close", actor=CLERK)
    assert rows(engine, xf.SYSTEM) == []


def test_while_it_is_held(engine: xf.Engine) -> None:
    """Only whoever may activate it again is waited for."""
    case_id = opened(engine, office="east")
    for trigger in ("send", "pause"):
        engine.fire(case_id, trigger, actor=CLERK)
    assert (rows(engine, EAST), rows(engine, LEADER)) == ([], [(case_id, "resume")])
    engine.fire(case_id, "resume", actor=LEADER)
    assert (rows(engine, EAST), rows(engine, LEADER)) == ([(case_id, "answer")], [])


def test_nobody_sees_there_what_they_may_not_see(engine: xf.Engine) -> None:
    """The accused organ's people do not learn from the list that there is a case, and their pages are whole."""
    hidden, seen = opened(engine, accused="north"), sorted(opened(engine) for _ in range(3))
    page = engine.worklist(actor=CLERK, limit=2)
    assert [work.case_id for work in page.items] == seen[:2]
    assert rows(engine, CLERK, limit=2, after=page.next) == [(seen[2], "send")]
    assert hidden in [case_id for case_id, _ in rows(engine, xf.Actor("wu", roles={"clerk"}, org="south"))]


def test_flow_and_organ_choose(engine: xf.Engine) -> None:
    """`flow=` and `org=` leave the others out; a flow that nobody runs has an empty list."""
    here = opened(engine)
    there = engine.open("desk", {}, actor=CLERK, org="south").id
    assert rows(engine, CLERK, flow="desk") == sorted([(here, "send"), (there, "send")])
    assert rows(engine, CLERK, org="south") == [(there, "send")]
    assert rows(engine, CLERK, flow="hearing") == []


@pytest.mark.parametrize("other", [{"flow": "desk"}, {"org": "north"}, {"actor": LEADER}])
def test_a_cursor_goes_on_with_its_own_question(engine: xf.Engine, other: dict[str, Any]) -> None:
    """Whoever changes actor, flow or organ between two pages is told so, and gets no mixture."""
    for _ in range(3):
        opened(engine)
    after = engine.worklist(actor=CLERK, limit=2).next
    assert len(engine.worklist(actor=CLERK, limit=1, after=after).items) == 1
    with pytest.raises(xf.InputError, match="another question"):
        engine.worklist(**{"actor": CLERK, "after": after, **other})


@pytest.mark.parametrize("after", ["", "x", "a~b~c~d~e", "~~~~", "0~~2026-03-02T01:00:00.000000Z~c~one"])
def test_what_is_no_cursor(engine: xf.Engine, after: str) -> None:
    """A cursor that no page gave is refused, with the way to mend it."""
    with pytest.raises(xf.InputError, match="is no cursor: give the `next` of a page"):
        engine.worklist(actor=CLERK, after=after)


@pytest.mark.parametrize("limit", [0, 501, -1])
def test_a_page_has_a_size(engine: xf.Engine, limit: int) -> None:
    """1 to 500 rows."""
    with pytest.raises(xf.InputError, match="a page holds 1 to 500"):
        engine.worklist(actor=CLERK, limit=limit)


def test_verify_sees_a_wrong_row(tmp_path: Path) -> None:
    """A row that was taken out, moved or made up behind the engine's back is found."""
    path = tmp_path / "desk.db"
    with xf.Engine(f"sqlite:///{path}", flows=[xf.Flow.model_validate(DESK)], clock=xf.ManualClock(NOW)) as engine:
        case_id = opened(engine)
        assert engine.verify(case_id, actor=CLERK).ok
        for damage in ("UPDATE xf_work SET role = 'leader'", "DELETE FROM xf_work"):
            with sqlite3.connect(path) as raw:
                raw.execute(damage)
            verdict = engine.verify(case_id, actor=CLERK)
            assert not verdict.ok
            assert verdict.reason == "its rows in the worklist are not what it waits for"


def test_a_step_that_gives_what_is_lacking_waits_instead() -> None:
    """Until the word is there, whoever may say it is waited for, not whoever may close; without them, nobody is."""
    document = {**DESK, "transition": [
        {"trigger": "close", "source": "asked", "dest": "over", "roles": ["leader"],
         "conditions": [{"present": "word"}]},
        {"trigger": "say", "source": "asked", "roles": ["office"], "takes": ["word"]},
    ], "task": []}  # fmt: skip
    engine = xf.Engine.in_memory(flows=[xf.Flow.model_validate(document)], clock=xf.ManualClock(NOW), unchecked=True)
    case = engine.open("desk", {}, actor=CLERK)
    assert [(work.role, work.triggers) for work in engine.worklist(actor=xf.SYSTEM).items] == [("office", ("say",))]
    engine.fire(case.id, "say", {"word": "x"}, actor=EAST)
    assert [(work.role, work.triggers) for work in engine.worklist(actor=xf.SYSTEM).items] == [("leader", ("close",))]
    document["transition"] = document["transition"][:1]
    flow = xf.Flow.model_validate(document)
    assert work_of(flow, case) == ()


@pytest.mark.parametrize(("work", "listed"), [(None, "send"), (True, "mark send"), (False, "send")])
def test_a_flow_says_otherwise(work: bool | None, listed: str) -> None:
    """`work = true` puts a step on the list that the rule leaves out; left out, nothing of the digest changes."""
    mark = {"trigger": "mark", "source": "asked", "roles": ["clerk"]} | ({} if work is None else {"work": work})
    flow = xf.Flow.model_validate({**DESK, "transition": [mark, *DESK["transition"]]})
    engine = xf.Engine.in_memory(flows=[flow], clock=xf.ManualClock(NOW))
    opened(engine)
    assert [" ".join(row.triggers) for row in engine.worklist(actor=CLERK).items] == [listed]
    assert ("work" in flow.text) is (work is not None)


def test_a_step_that_never_waits() -> None:
    """`work = false` takes the step off the list that the rule would put there; the next in rank takes its place."""
    send = {**DESK["transition"][0], "work": False}
    flow = xf.Flow.model_validate({**DESK, "transition": [send, *DESK["transition"][1:]]})
    engine = xf.Engine.in_memory(flows=[flow], clock=xf.ManualClock(NOW))
    opened(engine)
    assert engine.worklist(actor=xf.SYSTEM).items == ()
