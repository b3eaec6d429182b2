"""委派, 加签, 抄送, 减签: who owes a slot meanwhile, what comes back, what survives a return."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import xinfang_flow as xf
from tests.kernel.office import MONDAY, Desk, base, entropy, made, person, with_task
from tests.tasks.test_tasks import Little
from xinfang_flow.kernel import Refused
from xinfang_flow.store.sql.store import SqlStore

ANN, BOB = person("ann", "chair"), person("bob", "chair")
DAN = person("dan", "helper", "clerk")


class SharedDesk(Desk):
    """One case with a task of a role, on a store; `owes` asks the engine's list."""

    def __init__(self, store: Any) -> None:
        flow = with_task(of=["chair"])
        self.clock = xf.ManualClock(MONDAY)
        self.engine = xf.Engine(store, flows=[flow], clock=self.clock, entropy=entropy())
        self.flow = flow
        self.id = self.engine.open(flow.id, {}, actor=person("li")).id

    def owing(self) -> set[str]:
        """Who finds the task in their list."""
        return {who.id for who in (ANN, BOB, DAN) if self.engine.tasks(actor=who).items}


@pytest.fixture(params=["memory", "sqlite"])
def desk(request: pytest.FixtureRequest) -> Iterator[SharedDesk]:
    """A case whose task is owed by anyone of the role chair, in memory and on SQLite."""
    made_ = SharedDesk(
        xf.MemoryStore()
        if request.param == "memory"
        else SqlStore.from_url(f"sqlite:///{request.getfixturevalue('tmp_path')}/t.db")
    )
    yield made_
    made_.engine.close()


def test_a_roles_slot_is_owed_by_the_delegate_alone(desk: SharedDesk) -> None:
    """While it is delegated neither colleague of the role has it in the list, and neither can settle it."""
    assert desk.owing() == {"ann", "bob"}
    desk.fire("delegate", ANN, to="dan")
    assert desk.owing() == {"dan"}
    assert [desk.refused("settle", who) for who in (ANN, BOB)] == ["delegated", "delegated"]


def test_the_delegates_word_returns_a_roles_slot_to_the_role(desk: SharedDesk) -> None:
    """The word becomes advice; then anyone of the role owes it as before, and settles it for good."""
    desk.fire("delegate", ANN, to="dan")
    desk.fire("settle", DAN)
    assert desk.owing() == {"ann", "bob"}
    assert desk.slot("chair")["advice"]["by"] == "dan"
    assert not {"delegate", "delegator"} & set(desk.slot("chair"))
    assert desk.fire("settle", BOB).tasks["work"].state == "settled"


@pytest.mark.parametrize("who", [ANN, BOB], ids=["delegator", "colleague"])
def test_anyone_of_the_role_takes_a_roles_slot_back(desk: SharedDesk, who: xf.Actor) -> None:
    """Whoever delegated may be away: any colleague takes it back, nobody else does."""
    desk.fire("delegate", ANN, to="dan")
    assert desk.slot("chair")["delegator"] == "ann"
    assert desk.refused("retract", person("eve")) == "nothing_to_retract"
    desk.fire("retract", who)
    assert desk.owing() == {"ann", "bob"}
    assert not {"delegate", "delegator"} & set(desk.slot("chair"))


def test_what_a_delegate_hands_over_comes_back() -> None:
    """转办 by a delegate changes only who is asked: the principal's own signature stays the principal's."""
    little = Little("a b")
    little.does("a", "delegate", to="d")
    little.does("d", "transfer", to="x", reason="away")
    assert [slot.state for slot in little.case.tasks["job"].slots] == ["open", "open"]
    assert little.refused("d", "settle") == "not_holder"
    assert little.does("x", "settle") == "open"
    assert little.case.tasks["job"].slots[0].record["advice"]["by"] == "x"
    little.does("a", "settle")
    assert little.does("b", "settle") == "settled"


@pytest.mark.parametrize("do", ["delegate", "transfer"])
def test_nothing_is_delegated_in_a_circle(do: str) -> None:
    """Back to the holder, to who delegated a role's slot, or to oneself is refused, and names the field."""
    reason = {"reason": "away"} if do == "transfer" else {}
    held, ours = Little("a b"), Little("", of_field=None, of=["officer"])
    held.does("a", "delegate", to="d")
    ours.does("a", "delegate", to="d")
    for little in (held, ours):
        assert little.refused("d", do, to="a", **reason) == "already_holder"
        assert little.refused("d", do, to="d", **reason) == "already_holder"
        answer = little.tries("d", do, to="a", **reason)
        assert isinstance(answer, Refused)
        assert answer.reasons[0].where == "to"
        little.does("d", do, to="e", **reason)


def test_a_delegate_cannot_excuse_the_delegator() -> None:
    """A delegate answers or hands on; the share itself is not theirs to skip."""
    little = Little("a b")
    little.does("a", "delegate", to="d")
    assert little.refused("d", "skip", slot="a", reason="why") == "delegated"


def test_only_the_delegate_acts_on_a_delegated_item() -> None:
    """An item of a checklist that is delegated is no longer anybody's to tick; who delegated takes it back."""
    little = Little("", of_field=None, items=[{"name": "sheet"}])
    assert little.refused("a", "delegate", to="a") == "already_holder"
    little.does("a", "delegate", to="d")
    assert little.case.tasks["job"].slots[0].record["delegator"] == "a"
    assert little.refused("b", "settle", item="sheet") == "not_holder"
    assert little.refused("a", "settle", item="sheet") == "delegated"
    assert little.refused("b", "retract") == "nothing_to_retract"
    little.does("d", "settle", item="sheet")
    assert little.does("b", "settle", item="sheet") == "settled"


def test_whoever_owes_a_slot_holds_it() -> None:
    """The guard `holds` passes the delegate, and the delegator again once it is back; `ever` passes both."""
    go = [
        {"trigger": f"go_{name}", "source": "here", "roles": ["clerk"], "conditions": [{"holds": "work", **more}]}
        for name, more in (("now", {}), ("ever", {"ever": True}))
    ]
    steps = [
        {"trigger": do, "source": "here", "roles": ["clerk"], "task": {"name": "work", "do": do}}
        for do in ("delegate", "settle")
    ]
    task = {"name": "work", "states": ["here"], "of_field": "who"}
    desk = Desk(made(base(task=[task], transition=[*go, *steps])), {"who": ["ann", "bob"]})
    desk.fire("delegate", "ann", to="dan")
    desk.fire("go_now", "dan")
    assert desk.refused("go_now", "ann") == "guard"
    desk.fire("settle", "dan")
    desk.fire("go_now", "ann")
    assert desk.refused("go_now", "dan") == "guard"
    for who in ("ann", "dan"):
        desk.fire("go_ever", who)


# ---- 会签: removed, sent back ----------------------------------------------------------------------------------------

PEOPLE = {"author": "fan", "reviewers": ["r1"], "signers": ["s1", "s2", "s3"], "leaders": ["l1"], "committee": ["b1"]}
OFFICER, OFFICE, AUTHOR = ("officer",), ("registry",), ("author",)


class Paper:
    """A paper in the standard flow `approval`, at its joint signature."""

    def __init__(self, store: Any = None) -> None:
        flows, clock = [xf.load_flow("approval")], xf.ManualClock(MONDAY)
        self.engine = xf.Engine(store or xf.MemoryStore(), flows=flows, clock=clock)
        self.id = self.engine.open(
            "approval", {"subject": "x", "text": "x", **PEOPLE}, actor=xf.Actor("fan", AUTHOR)
        ).id
        self.fire("submit", "fan", AUTHOR)
        self.fire("pass", "r1")

    def fire(self, trigger: str, who: str, roles: tuple[str, ...] = OFFICER, **payload: Any) -> xf.Case:
        """Fire as somebody, with a note for the steps that ask for one."""
        return self.engine.fire(self.id, trigger, payload, actor=xf.Actor(who, roles), note="x")

    def tasks(self, who: str, *, done: bool = False) -> list[str]:
        """The names of somebody's tasks."""
        return [task.name for task in self.engine.tasks(actor=xf.Actor(who, OFFICER), done=done).items]


def test_removing_the_last_who_has_not_signed_goes_on() -> None:
    """减签: with everybody else's signature the 会签 is settled, and the paper moves as if the last had signed."""
    paper = Paper()
    for who in ("s1", "s2"):
        paper.fire("sign", who)
    case = paper.fire("remove", "office", OFFICE, slot="s3", reason="回避")
    assert (case.tasks["joint"].state, case.state) == ("settled", "leader")
    assert paper.tasks("l1") == ["leader"]
    assert paper.engine.verify(paper.id, actor=xf.SYSTEM).ok


def test_nobody_is_removed_when_nobody_would_be_left() -> None:
    """A joint signature without anybody could never be given: the last one is replaced, not removed."""
    paper = Paper()
    for who in ("s1", "s2"):
        paper.fire("remove", "office", OFFICE, slot=who, reason="回避")
    with pytest.raises(xf.RefusedError) as refused:
        paper.fire("remove", "office", OFFICE, slot="s3", reason="回避")
    assert refused.value.reasons[0].code == "quorum_lost"


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_who_was_added_and_who_has_a_copy_survive_a_return(kind: str, tmp_path: Path) -> None:
    """加签 and 抄送: sent back and submitted again, the added one signs again, and what they did before is kept."""
    paper = Paper(SqlStore.from_url(f"sqlite:///{tmp_path}/t.db") if kind == "sqlite" else None)
    paper.fire("add", "s1", to="s9")
    paper.fire("copy", "fan", AUTHOR, to="c1")
    paper.fire("sign", "s9")
    paper.fire("reject", "s2")
    assert paper.tasks("s9", done=True) == ["joint"]
    case = paper.fire("pass", "r1")
    assert [(slot.id, slot.state) for slot in case.tasks["joint"].slots] == [
        ("s1", "open"), ("s9", "open"), ("s2", "open"), ("s3", "open"), ("c1#4", "copied"),
    ]  # fmt: skip
    [before] = case.tasks["joint"].record["rounds"]
    assert [(slot["id"], slot["state"]) for slot in before["slots"]] == [("s9", "done")]
    assert (paper.tasks("s9"), paper.tasks("s9", done=True)) == (["joint"], ["joint"])
    for who in ("s9", "c1"):
        assert paper.engine.get(paper.id, actor=xf.Actor(who, OFFICER)).id == paper.id
    for who in ("s1", "s2", "s3", "s9"):
        case = paper.fire("sign", who)
    assert case.state == "leader"
    assert paper.engine.verify(paper.id, actor=xf.SYSTEM).ok
    paper.engine.close()


def test_who_signed_in_an_earlier_round_keeps_sight_and_record() -> None:
    """A reviewer who passed it, and one who was removed after signing, still find the paper and what they did."""
    paper = Paper()
    paper.fire("sign", "s1")
    paper.fire("remove", "office", OFFICE, slot="s1", reason="回避")
    paper.fire("transfer", "s2", to="x2", reason="出差")
    paper.fire("reject", "x2")
    case = paper.fire("pass", "r1")
    assert [slot.id for slot in case.tasks["joint"].slots] == ["s1", "s2", "s3"]
    assert [(slot["id"], slot["state"]) for slot in case.tasks["joint"].record["rounds"][0]["slots"]] == [
        ("s1", "removed"), ("s2", "transferred"),
    ]  # fmt: skip
    assert paper.tasks("r1", done=True) == ["review"]
    assert paper.engine.get(paper.id, actor=xf.Actor("s2", OFFICER)).state == "joint"


def test_an_added_one_who_was_handed_over_or_removed_is_not_added_again() -> None:
    """Only an added share that still counts is kept; whoever took it over is kept in its place."""
    paper = Paper()
    for who in ("s8", "s9"):
        paper.fire("add", "s1", to=who)
    paper.fire("transfer", "s9", to="y9", reason="出差")
    paper.fire("remove", "office", OFFICE, slot="s8", reason="x")
    paper.fire("reject", "s1")
    case = paper.fire("pass", "r1")
    assert [slot.id for slot in case.tasks["joint"].slots] == ["s1", "y9", "s2", "s3"]
