"""Who owes what: each way of settling, and each step that people take, by example."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.office import Desk, base, made, person, with_task

CHAIR = person("wang", "chair")


def listed(**more: Any) -> Desk:
    """A task owed by three people who stand in the case's data."""
    return Desk(with_task(of_field="who", **more), {"who": ["ann", "bob", "cai"]})


def test_all_must_settle() -> None:
    """会签: settled when the last of all has settled."""
    desk = listed()
    for name in ("cai", "ann"):
        assert desk.fire("settle", name).tasks["work"].state == "open"
    assert desk.fire("settle", "bob").tasks["work"].state == "settled"
    assert set(desk.slots().values()) == {"done"}
    assert desk.verified()


def test_any_may_settle() -> None:
    """或签: settled with the first."""
    desk = listed(settle="any")
    assert desk.fire("settle", "bob").tasks["work"].state == "settled"
    assert desk.slots() == {"ann": "open", "bob": "done", "cai": "open"}
    assert desk.refused("settle", "ann") == "task_closed"


def test_in_turn() -> None:
    """依次: nobody before their turn."""
    desk = listed(settle="in_turn")
    assert desk.refused("settle", "bob") == "not_your_turn"
    desk.fire("settle", "ann")
    assert desk.refused("settle", "cai") == "not_your_turn"
    desk.fire("settle", "bob")
    assert desk.fire("settle", "cai").tasks["work"].state == "settled"


def test_n_of() -> None:
    """So many are enough, whoever they are."""
    desk = listed(settle={"n_of": 2})
    desk.fire("settle", "cai")
    assert desk.fire("settle", "ann").tasks["work"].state == "settled"


def test_a_quorum_may_count_one_answer_only() -> None:
    """`with`: settled when so many gave that answer, or can no longer give it."""
    answers = {"yes": "Yes", "no": "No"}
    desk = listed(settle={"n_of": 2, "with": "yes"}, answers=answers)
    desk.fire("settle", "ann", answer="no")
    assert desk.case.tasks["work"].state == "open"
    assert desk.fire("settle", "bob", answer="no").tasks["work"].state == "settled"
    other = listed(settle={"n_of": 2, "with": "yes"}, answers=answers)
    other.fire("settle", "ann", answer="yes")
    assert other.fire("settle", "bob", answer="yes").tasks["work"].state == "settled"


def test_roles_owe_until_somebody_of_them_acts() -> None:
    """A slot of a role is owed by anybody who has it, and says afterwards who it was."""
    desk = Desk(with_task(of=["clerk", "chair"]))
    assert [task.name for task in desk.engine.tasks(actor=CHAIR).items] == ["work"]
    desk.fire("settle", CHAIR)
    assert desk.slot("chair")["by"] == "wang"
    assert [task.name for task in desk.engine.tasks(actor=CHAIR).items] == []
    assert [task.name for task in desk.engine.tasks(actor=CHAIR, done=True).items] == ["work"]
    assert desk.refused("settle", CHAIR) == "already_done"


def test_a_checklist() -> None:
    """Items are ticked by name, once; one is skipped with a reason only."""
    desk = Desk(with_task(items=[{"name": "form"}, {"name": "record"}]))
    assert desk.refused("settle") == "payload_missing"
    assert desk.refused("settle", item="photo") == "payload_invalid"
    desk.fire("settle", item="form")
    assert desk.refused("settle", item="form") == "already_done"
    assert desk.refused("skip", item="record") == "payload_missing"
    assert desk.fire("skip", item="record", reason="电话办结").tasks["work"].state == "settled"
    assert desk.said("reason") == "电话办结"


def test_skipping_alone_settles_nothing_by_itself_but_counts() -> None:
    """A task whose every share was skipped is settled too: each with its reason."""
    desk = listed()
    for name in ("ann", "bob"):
        desk.fire("skip", name, slot=name, reason="外出")
    assert desk.fire("settle", "cai").tasks["work"].state == "settled"


def test_answers() -> None:
    """An answer must be one of those declared, and is kept with its reason."""
    desk = listed(answers={"yes": "Yes", "no": "No"})
    assert desk.refused("settle", "ann") == "payload_missing"
    assert desk.refused("settle", "ann", answer="maybe") == "payload_invalid"
    desk.fire("settle", "ann", answer="no", reason="证据不足")
    assert (desk.slot("ann")["answer"], desk.said("reason")) == ("no", "证据不足")


def test_who_owes_nothing_settles_nothing() -> None:
    """Another's share is another's; a supervisor's step (`anyone`) may act on it, naming it where there are several."""
    desk = listed()
    assert desk.refused("settle", "dan") == "not_holder"
    assert desk.refused("settle", "ann", slot="bob") == "not_holder"
    assert desk.refused("settle_any", "dan") == "slot_missing"
    desk.fire("settle_any", "dan", slot="bob")
    assert desk.slot("bob")["by"] == "dan"


def test_assigning_one_by_one() -> None:
    """A task without a source is filled by hand, with at most so many."""
    desk = Desk(with_task(at_most=2))
    desk.fire("assign", to="ann")
    assert desk.refused("assign", to="ann") == "already_holder"
    desk.fire("assign", to="bob")
    assert desk.refused("assign", to="cai") == "task_full"
    assert desk.slots() == {"ann": "open", "bob": "open"}


def test_transfer_keeps_both_slots() -> None:
    """转办: the old share stays in the record as transferred, the new one says whence it came."""
    desk = listed()
    assert desk.refused("transfer", "ann", to="dan") == "payload_missing"
    assert desk.refused("transfer", "ann", to="bob", reason="休假") == "already_holder"
    desk.fire("transfer", "ann", to="dan", reason="休假")
    assert desk.slots() == {"ann": "transferred", "dan": "open", "bob": "open", "cai": "open"}
    assert (desk.said("reason"), desk.slot("dan")["via"]) == ("休假", "ann")
    assert desk.refused("settle", "ann") == "not_holder"
    desk.fire("settle", "dan")


def test_transfer_takes_the_turn_along() -> None:
    """Who takes over a share in a fixed order takes its turn."""
    desk = listed(settle="in_turn")
    desk.fire("transfer", "ann", to="dan", reason="休假")
    assert desk.refused("settle", "bob") == "not_your_turn"
    desk.fire("settle", "dan")
    desk.fire("settle", "bob")


def test_delegating_asks_for_advice() -> None:
    """委派: the delegate answers first; the holder still settles."""
    desk = listed()
    assert desk.refused("delegate", "ann", to="ann") == "already_holder"
    desk.fire("delegate", "ann", to="dan")
    assert desk.refused("settle", "ann") == "delegated"
    desk.fire("settle", "dan", slot="ann")
    assert desk.slots()["ann"] == "open"
    assert desk.slot("ann")["advice"]["by"] == "dan"
    desk.fire("settle", "ann")
    assert desk.slots()["ann"] == "done"


def test_adding_and_removing() -> None:
    """加签、减签: one more who must act, one fewer; the record keeps both."""
    desk = listed()
    desk.fire("add", "ann", to="dan", reason="懂行")
    assert desk.slot("dan")["added"] is True
    assert desk.refused("add", "eve", to="fay") == "not_holder"
    desk.fire("remove", "ann", slot="cai", reason="回避")
    assert desk.slots()["cai"] == "removed"
    assert desk.refused("remove", "ann", slot="cai", reason="再减") in ("not_holder", "slot_unknown")
    for name in ("ann", "bob", "dan"):
        desk.fire("settle", name)
    assert desk.case.tasks["work"].state == "settled"


def test_a_quorum_cannot_be_removed_away() -> None:
    """Nobody is taken out, or skipped, below the number that must act."""
    desk = listed(settle={"n_of": 3})
    assert desk.refused("remove", "ann", slot="cai", reason="回避") == "quorum_lost"
    assert desk.refused("skip", "ann", slot="ann", reason="外出") == "quorum_lost"
    desk.fire("add", "ann", to="dan")
    desk.fire("remove", "ann", slot="cai", reason="回避")


def test_reminding() -> None:
    """催办: counted on the shares that are still open, all or one."""
    desk = listed()
    desk.fire("remind")
    desk.fire("settle", "ann")
    desk.fire("remind", slot="bob")
    assert [desk.slot(name).get("reminded") for name in ("ann", "bob", "cai")] == [1, 2, 1]
    assert desk.refused("remind", slot="ann") == "nothing_owed"


def test_copying() -> None:
    """抄送: somebody is told and owes nothing; once is enough."""
    desk = listed()
    desk.fire("copy", to="dan")
    assert desk.refused("copy", to="dan") == "already_copied"
    for name in ("ann", "bob", "cai"):
        desk.fire("settle", name)
    assert desk.case.tasks["work"].state == "settled"


def test_retracting() -> None:
    """撤回: one's own answer, even when it had settled the task; nobody else's."""
    desk = listed(settle="any")
    desk.fire("settle", "ann")
    assert desk.refused("retract", "bob") == "nothing_to_retract"
    assert desk.fire("retract", "ann").tasks["work"].state == "open"
    assert "by" not in desk.slot("ann")
    desk.fire("settle", "bob")


def test_retracting_in_turn() -> None:
    """In turn, only while nobody after has acted."""
    desk = listed(settle="in_turn")
    desk.fire("settle", "ann")
    desk.fire("settle", "bob")
    assert desk.refused("retract", "ann") == "moved_on"
    desk.fire("retract", "bob")
    desk.fire("retract", "ann")


def test_a_task_opens_and_ends_with_its_states() -> None:
    """Leaving its states cancels what is open; coming back opens it anew; a settled one stays as it was."""
    desk = Desk(with_task(of=["clerk"]))
    states = [desk.fire(trigger).tasks["work"].state for trigger in ("move", "back", "settle", "move")]
    assert states == ["cancelled", "open", "settled", "settled"]
    assert desk.refused("settle") == "not_from_here"


def test_nobody_has_two_votes() -> None:
    """A list with one person twice does not open the task."""
    desk = Desk(with_task(of_field="who", states=["there"]), {"who": ["ann", "ann"]})
    assert desk.refused("move") == "listed_twice"


def test_a_lead_time_is_looked_at_when_settling() -> None:
    """Three whole days before Tuesday 12 May is Saturday the 9th, which is worked; the 10th is too late."""
    flow = with_task(of=["clerk"], lead={"before": "held_at", "by": {"days": 3}})
    data = {"held_at": "2026-05-12T09:00:00+08:00"}
    late = Desk(flow, data, at="2026-05-09T09:00:00+08:00")
    assert late.refused("settle", at="2026-05-10T00:00:00+08:00") == "work_lead"
    Desk(flow, data, at="2026-05-09T09:00:00+08:00").fire("settle", at="2026-05-09T23:59:59+08:00")


def test_a_lead_time_is_looked_at_again_when_the_moment_moves() -> None:
    """What was in time for one day is late for an earlier one: `settled` sees the moment as it stands."""
    document = base(
        task=[{"name": "work", "states": ["here"], "of": ["clerk"], "lead": {"before": "held_at", "by": {"days": 3}}}],
        transition=[
            {"trigger": "sign", "source": "here", "roles": ["clerk"], "task": {"name": "work", "do": "settle"}},
            {
                "trigger": "begin",
                "source": "here",
                "dest": "there",
                "roles": ["clerk"],
                "conditions": [{"settled": "work"}],
            },
        ],
    )
    desk = Desk(made(document), {"held_at": "2026-05-12T09:00:00+08:00"}, at="2026-05-08T09:00:00+08:00")
    desk.fire("sign")
    desk.fire("set", held_at="2026-05-10T09:00:00+08:00")
    assert desk.refused("begin") == "task_open"
    desk.fire("set", held_at="2026-05-12T09:00:00+08:00")
    assert desk.fire("begin").state == "there"


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb", 7, None])
def test_a_share_is_owed_by_a_name(name: Any) -> None:
    """Nobody can be put in charge who has no proper name."""
    assert Desk(with_task()).refused("assign", to=name) == "payload_invalid"
