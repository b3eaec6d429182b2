"""Tasks: what is refused and why, and what no order of steps can break."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Actor, Case, Command, Refused, Taken, decide, evolve, rules_of
from xinfang_flow.kernel.decide import decide_open

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
CLERK = Actor("clerk", roles={"clerk"})
DOES = ("settle", "skip", "transfer", "delegate", "add", "remove", "remind", "copy", "retract")


def flow_of(**task: Any) -> Flow:
    """A flow with one task, and two triggers a step: for the holder, and for anyone (`any_...`)."""
    steps = [
        {
            "trigger": f"{prefix}{do}", "source": "work", "roles": ["clerk", "officer"],
            "task": {"name": "job", "do": do, "anyone": bool(prefix)},
        }
        for do in DOES
        for prefix in ("", "any_")
    ]  # fmt: skip
    return Flow.model_validate({
        "id": "little", "version": 1, "title": "little", "initial": "work",
        "roles": {"clerk": {}, "officer": {}}, "states": {"work": {}, "end": {"final": True}},
        "fields": {"people": {"type": "list", "of": "actor"}},
        "open": {"roles": ["clerk"], "takes": ["people"]},
        "task": [{"name": "job", "states": ["work"], "of_field": "people", **task}],
        "transition": [*steps, {
            "trigger": "finish", "source": "work", "dest": "end", "roles": ["clerk"],
            "conditions": [{"settled": "job"}],
        }],
    })  # fmt: skip


class Little:
    """One case of a little flow, driven through `decide` and `evolve` alone."""

    def __init__(self, people: str, **task: Any) -> None:
        self.flow = flow_of(**task)
        self.at = START
        begun = decide_open(
            rules_of(self.flow), "c1", {"people": people.split()}, actor=CLERK, at=START, recorded_at=START, key="k"
        )
        assert isinstance(begun, Taken), begun
        self.case: Case = evolve(None, begun.event)

    def tries(self, who: str, trigger: str, **payload: Any) -> Taken | Refused:
        """What firing would do."""
        self.at += timedelta(minutes=1)
        actor = CLERK if who == "clerk" else Actor(who, roles={"officer"})
        return decide(self.flow, self.case, Command("c1", trigger, payload, actor, self.at))

    def does(self, who: str, trigger: str, **payload: Any) -> str:
        """Fire it, and return the task's state."""
        taken = self.tries(who, trigger, **payload)
        assert isinstance(taken, Taken), taken
        self.case = evolve(self.case, taken.event)
        return self.case.tasks["job"].state

    def refused(self, who: str, trigger: str, **payload: Any) -> str:
        """The code of the first reason against it."""
        answer = self.tries(who, trigger, **payload)
        assert isinstance(answer, Refused)
        assert answer.reasons[0].message.zh
        assert answer.reasons[0].message.en
        return answer.reasons[0].code

    def open(self) -> list[str]:
        """Whose slots are open, in order."""
        return [slot.id for slot in self.case.tasks["job"].slots if slot.state == "open"]


def test_somebody_who_is_no_member_has_no_vote() -> None:
    """The refusal says so, and differs from having voted already."""
    little = Little("a b c")
    assert little.refused("x", "settle") == "not_holder"
    little.does("a", "settle")
    assert little.refused("a", "settle") == "already_done"


def test_who_has_acted_is_told_so_even_after_the_task_is_settled() -> None:
    """Those who did it hear that it is done, the rest that it is not open."""
    little = Little("a b", settle="any")
    assert little.does("a", "settle") == "settled"
    assert little.refused("a", "settle") == "already_done"
    assert little.refused("b", "settle") == "task_closed"


def test_nobody_is_listed_twice() -> None:
    """One person would have two votes."""
    with pytest.raises(AssertionError, match="listed_twice"):
        Little("a b a")


def test_in_turn_a_hand_over_takes_the_turn() -> None:
    """Whoever takes over stands where the old holder stood."""
    little = Little("a b", settle="in_turn")
    assert little.refused("b", "settle") == "not_your_turn"
    little.does("a", "transfer", to="x", reason="away")
    assert little.open() == ["x", "b"]
    assert little.refused("b", "settle") == "not_your_turn"
    little.does("x", "settle")
    assert little.does("b", "settle") == "settled"


def test_in_turn_only_the_last_answer_can_be_taken_back() -> None:
    """Once the next has acted, what came before stands."""
    little = Little("a b c", settle="in_turn")
    little.does("a", "settle")
    little.does("a", "retract")
    assert little.open() == ["a", "b", "c"]
    little.does("a", "settle")
    little.does("b", "settle")
    assert little.refused("a", "retract") == "moved_on"


def test_added_before_or_after_oneself() -> None:
    """前加签 goes before the one named, 后加签 right after oneself."""
    little = Little("a b", settle="in_turn")
    little.does("a", "add", to="x", before="a")
    little.does("a", "add", to="y")
    assert little.open() == ["x", "a", "y", "b"]
    assert little.refused("a", "add", to="z", before="nobody") == "slot_unknown"
    assert little.refused("a", "add", to="b") == "already_holder"


def test_at_most_holds_for_adding_as_for_assigning() -> None:
    """A task for one stays a task for one."""
    little = Little("a", at_most=1)
    assert little.refused("a", "add", to="x") == "task_full"
    little.does("a", "transfer", to="x", reason="away")
    assert little.open() == ["x"]


def test_a_delegate_advises_and_the_holder_settles() -> None:
    """委派: the answer comes back; until then the holder waits, or takes it back."""
    little = Little("a b")
    assert little.refused("a", "delegate", to="a") == "already_holder"
    little.does("a", "delegate", to="x")
    assert little.refused("a", "settle") == "delegated"
    little.does("a", "retract")
    assert little.refused("x", "settle") == "not_holder"
    little.does("a", "delegate", to="x")
    assert little.does("x", "settle") == "open"
    assert little.case.tasks["job"].slots[0].record["advice"]["by"] == "x"
    little.does("a", "settle")
    assert little.does("b", "settle") == "settled"


def test_a_quorum_is_kept_reachable() -> None:
    """Removing or skipping too many is refused: somebody must be added or put in their place first."""
    little = Little("a b c", settle={"n_of": 3})
    assert little.refused("clerk", "any_remove", slot="c", reason="recused") == "quorum_lost"
    assert little.refused("clerk", "any_skip", slot="c", reason="ill") == "quorum_lost"
    little.does("clerk", "any_add", to="d")
    little.does("clerk", "any_remove", slot="c", reason="recused")
    for who in "ab":
        little.does(who, "settle")
    assert little.does("d", "settle") == "settled"


VOTE = {"answers": {"agree": "agree", "against": "against"}, "settle": {"n_of": 3, "with": ["agree"]}}


def test_a_vote_is_settled_when_enough_agree_or_no_longer_can() -> None:
    """Three of five: three yes settle it, and so do three no."""
    carried, lost = Little("a b c d e", **VOTE), Little("a b c d e", **VOTE)
    assert [carried.does(who, "settle", answer="agree") for who in "abc"] == ["open", "open", "settled"]
    assert [lost.does(who, "settle", answer="against") for who in "abc"] == ["open", "open", "settled"]
    assert lost.refused("d", "settle", answer="agree") == "task_closed"


def test_a_vote_is_lost_when_members_drop_out() -> None:
    """Removing members can make the needed number impossible: settled, and not carried."""
    little = Little("a b c d e", **VOTE)
    little.does("a", "settle", answer="agree")
    little.does("clerk", "any_remove", slot="b", reason="recused")
    little.does("clerk", "any_remove", slot="c", reason="recused")
    assert little.does("clerk", "any_remove", slot="d", reason="recused") == "settled"


def test_a_recused_member_is_replaced_and_their_vote_no_longer_counts() -> None:
    """The slot stays as history; the task is open again for whoever replaces them."""
    little = Little("a b")
    little.does("a", "settle")
    assert little.does("b", "settle") == "settled"
    assert little.does("clerk", "any_transfer", slot="a", to="x", reason="recused") == "open"
    assert little.open() == ["x"]
    assert little.refused("a", "settle") == "not_holder"
    assert little.does("x", "settle") == "settled"
    states = {slot.id: slot.state for slot in little.case.tasks["job"].slots}
    assert states == {"a": "transferred", "x": "done", "b": "done"}


def test_acting_for_others_says_for_whom() -> None:
    """With several open slots, anyone's step needs the slot."""
    little = Little("a b")
    assert little.refused("clerk", "any_settle") == "slot_missing"
    assert little.refused("clerk", "any_settle", slot="z") == "slot_unknown"
    little.does("clerk", "any_settle", slot="a")
    assert little.refused("clerk", "any_settle", slot="a") == "already_done"
    assert little.does("clerk", "any_settle") == "settled"


def test_copies_and_reminders_owe_nothing() -> None:
    """抄送 once a person, 催办 only of those who owe."""
    little = Little("a b")
    little.does("clerk", "copy", to="x")
    assert little.refused("clerk", "copy", to="x") == "already_copied"
    little.does("clerk", "remind")
    little.does("a", "settle")
    assert little.refused("clerk", "remind", slot="a") == "nothing_owed"
    assert little.case.tasks["job"].slots[1].record["reminded"] == 1
    assert little.does("b", "settle") == "settled"


def test_only_ones_own_is_taken_back() -> None:
    """撤回 opens one's own slot again and nobody else's."""
    little = Little("a b")
    little.does("a", "settle")
    assert little.refused("b", "retract") == "nothing_to_retract"
    assert little.does("a", "retract") == "open"
    assert little.open() == ["a", "b"]


def test_a_task_with_nobody_is_never_settled() -> None:
    """Everybody removed is not everybody done."""
    little = Little("a")
    assert little.does("clerk", "any_remove", slot="a", reason="left") == "open"
    assert isinstance(little.tries("clerk", "finish"), Refused)


PEOPLE = st.sampled_from("abcd")
SETTLES: list[Any] = ["all", "any", "in_turn", {"n_of": 2}]
MOVES = st.tuples(st.sampled_from([*DOES, *(f"any_{do}" for do in DOES)]), PEOPLE, PEOPLE, PEOPLE)


@given(settle=st.sampled_from(SETTLES), moves=st.lists(MOVES, max_size=14))
def test_no_order_of_steps_breaks_a_task(settle: Any, moves: list[tuple[str, str, str, str]]) -> None:
    """Nobody ever holds two counting slots, nothing is deleted, and the state follows from the slots."""
    little = Little("a b c", settle=settle)
    takes = {
        "to": ("transfer", "delegate", "add", "copy"),
        "slot": ("skip", "remove"),
        "reason": ("skip", "transfer", "remove"),
    }
    for trigger, who, to, slot in moves:
        do = trigger.removeprefix("any_")
        given = {"to": to, "slot": slot, "reason": "why"}
        answer = little.tries(who, trigger, **{name: given[name] for name, steps in takes.items() if do in steps})
        if isinstance(answer, Refused):
            assert answer.reasons
            continue
        before = len(little.case.tasks["job"].slots)
        little.case = evolve(little.case, answer.event)
        task = little.case.tasks["job"]
        counting = [slot_.id for slot_ in task.slots if slot_.state in ("open", "done")]
        assert len(counting) == len(set(counting))
        assert len(task.slots) >= before
        done = sum(slot_.state == "done" for slot_ in task.slots)
        if settle == "any":
            assert (task.state == "settled") == (done >= 1)
        elif isinstance(settle, dict):
            assert (task.state == "settled") == (done >= 2)
            assert len(counting) >= 2
        else:
            assert task.state != "settled" or not little.open()
