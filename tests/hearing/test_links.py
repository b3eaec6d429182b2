"""Cases that belong together: many to many, in one transaction, and never closed over a running child."""

from pathlib import Path
from typing import Any

import pytest

import xinfang_flow as xf
from xinfang_flow.kernel.values import SYSTEM

LEAD = xf.Actor("lead", roles={"lead"}, org="bureau")
DEPARTMENTS = [f"department_{n:02d}" for n in range(1, 14)]  # the thirteen of Tiantai


def engine_with(*flows: xf.Flow) -> xf.Engine:
    """An engine over memory, on 2 March 2026."""
    return xf.Engine.in_memory(flows=flows or None, clock=xf.ManualClock("2026-03-02T09:00:00+08:00"))


def part_of(engine: xf.Engine, organ: str, **more: Any) -> xf.Case:
    """A department's part."""
    data = {"department": organ, "asked": "核实", "reply_by": "2026-03-02T21:00:00+08:00"}
    return engine.open("department_part", data, actor=LEAD, org=organ, **more)


def replies(engine: xf.Engine, part: xf.Case) -> xf.Case:
    """The department replies."""
    who = xf.Actor(f"of_{part.org}", roles={"department"}, org=part.org)
    return engine.fire(part.id, "reply", {"reply": "已办"}, actor=who)


def flow_in(folder: Path, text: str, overlays: tuple[str, ...] = ()) -> xf.Flow:
    """A flow from TOML text."""
    path = folder / "flow.toml"
    path.write_text(text, encoding="utf-8")
    return xf.load_flow(path, overlays)


WAITING = """
id = "waiting"
version = 1
title = "waiting"
initial = "open"
roles = {{ lead = {{}}, system = {{}} }}
fields = {{ matter = "text", reply = "text" }}
states = {{ open = {{}}, closed = {{ final = true }} }}
open = {{ roles = ["lead"], takes = ["matter"] }}
[[link]]
kind = "part"
flow = "department_part"
[[transition]]
trigger = "close"
source = "open"
dest = "closed"
roles = ["lead"]
conditions = [{condition}]
"""


def test_thirteen_departments_fan_out_and_join() -> None:
    """The matter joins with the thirteenth reply and not before, and no part is lost."""
    engine = engine_with()
    matter = engine.open("joint_handling", {"matter": "物资供应"}, actor=LEAD)
    parts = [part_of(engine, organ) for organ in DEPARTMENTS]
    for part in parts:
        engine.link(matter.id, part.id, "part", actor=LEAD)
    engine.fire(matter.id, "dispatch", {"departments": DEPARTMENTS}, actor=LEAD)
    for number, part in enumerate(parts, start=1):
        assert engine.get(matter.id, actor=LEAD).state == "dispatched"
        with pytest.raises(xf.RefusedError):
            engine.fire(matter.id, "join", actor=LEAD)
        replies(engine, part)
        links = engine.get(matter.id, actor=LEAD).links
        assert sum(link.state == "done" for link in links) == number
    joined = engine.get(matter.id, actor=LEAD)
    assert joined.state == "joined"
    history = engine.history(matter.id, actor=LEAD)
    assert [event.kind for event in history[15:]] == ["signalled"] * 13
    assert {event.payload["reply"] for event in history[15:]} == {"已办"}
    assert engine.verify(matter.id, actor=LEAD)


@pytest.mark.parametrize(
    ("condition", "needed"),
    [('{ linked = "part" }', 3), ('{ linked = "part", at_least = 1 }', 1), ('{ linked = "part", at_least = 2 }', 2)],
    ids=["all", "any", "n of"],
)
def test_a_case_waits_for_all_any_or_n_of_the_linked(condition: str, needed: int, tmp_path: Path) -> None:
    """The same guard, with and without a comparator."""
    waiting = flow_in(tmp_path, WAITING.format(condition=condition))
    engine = engine_with(waiting, xf.load_flow("department_part"))
    case = engine.open("waiting", {"matter": "x"}, actor=LEAD)
    parts = [part_of(engine, organ) for organ in DEPARTMENTS[:3]]
    for part in parts:
        engine.link(case.id, part.id, "part", actor=LEAD)
    for done in range(needed):
        with pytest.raises(xf.RefusedError):
            engine.fire(case.id, "close", actor=LEAD)
        replies(engine, parts[done])
    assert engine.fire(case.id, "close", actor=LEAD).done


def test_a_parent_is_not_closed_over_a_running_child(tmp_path: Path) -> None:
    """`running` counts what is not done; without any child there is nothing to wait for."""
    waiting = flow_in(tmp_path, WAITING.format(condition='{ running = "part", at_most = 0 }'))
    engine = engine_with(waiting, xf.load_flow("department_part"))
    alone = engine.open("waiting", {"matter": "x"}, actor=LEAD)
    assert engine.fire(alone.id, "close", actor=LEAD).done
    case, part = engine.open("waiting", {"matter": "x"}, actor=LEAD), part_of(engine, "health")
    engine.link(case.id, part.id, "part", actor=LEAD)
    with pytest.raises(xf.RefusedError, match="running") as refusal:
        engine.fire(case.id, "close", actor=LEAD)
    assert refusal.value.reasons[0].where == "part"
    replies(engine, part)
    assert engine.fire(case.id, "close", actor=LEAD).done


def test_a_link_to_a_case_that_is_not_there_or_elsewhere() -> None:
    """Unknown, or in another store: there is no such case here, and nothing is written."""
    engine, other = engine_with(), engine_with()
    matter = engine.open("joint_handling", {"matter": "x"}, actor=LEAD)
    elsewhere = part_of(other, "health")
    for case_id in ("nobody", elsewhere.id):
        with pytest.raises(xf.NotFoundError):
            engine.link(matter.id, case_id, "part", actor=LEAD)
        with pytest.raises(xf.NotFoundError):
            part_of(engine, "health", links=[xf.Link(case_id, "part", "parent", "open")])
    assert engine.get(matter.id, actor=LEAD).version == 1
    assert len(engine.find(actor=LEAD).items) == 1


def test_a_case_can_be_opened_with_its_link() -> None:
    """Both ends are written, in one transaction, and the outcome arrives."""
    engine = engine_with()
    matter = engine.open("joint_handling", {"matter": "x"}, actor=LEAD)
    parts = [
        part_of(engine, organ, links=[xf.Link(matter.id, "part", "parent", "open")], key=f"part-{organ}")
        for organ in DEPARTMENTS[:2]
    ]
    assert [link.role for link in engine.get(matter.id, actor=LEAD).links] == ["child", "child"]
    assert [link.case_id for link in parts[0].links] == [matter.id]
    tie = xf.Link(matter.id, "part", "parent", "open")
    again = part_of(engine, DEPARTMENTS[0], links=[tie], key=f"part-{DEPARTMENTS[0]}")
    assert again.id == parts[0].id
    engine.fire(matter.id, "dispatch", {"departments": DEPARTMENTS[:2]}, actor=LEAD)
    for part in parts:
        replies(engine, part)
    assert engine.get(matter.id, actor=LEAD).state == "joined"
    with pytest.raises(xf.RefusedError, match="no link"):
        part_of(engine, "x", links=[xf.Link(matter.id, "hearing", "parent", "open")])


def test_a_closed_case_waits_for_nothing_more() -> None:
    """Tied to nothing after it is done; tied late to what is done, it hears the outcome at once."""
    engine = engine_with()
    matter, part = engine.open("joint_handling", {"matter": "x"}, actor=LEAD), part_of(engine, "health")
    ended = engine.open("joint_handling", {"matter": "y"}, actor=LEAD)
    engine.fire(ended.id, "withdraw", {"reason": "x"}, actor=LEAD)
    with pytest.raises(xf.RefusedError, match="waits for nothing"):
        engine.link(ended.id, part.id, "part", actor=LEAD)
    replies(engine, part)
    tied = engine.link(matter.id, part.id, "part", actor=LEAD)
    assert tied.links[0].state == "open"  # the matter has not been dispatched: it refuses, and the signal stays visible
    assert len(engine.signals(matter.id, actor=LEAD)) == 1
    told = engine.fire(matter.id, "dispatch", {"departments": DEPARTMENTS[:2]}, actor=LEAD)
    assert engine.get(told.id, actor=LEAD).links[0].state == "done"
    assert engine.signals(matter.id, actor=LEAD) == []


REREVIEW = """
extends = "rereview@1"
id = "rereview_linked"
version = 1
[roles]
system = { title = "system" }
[[link]]
kind = "hearing"
flow = "hearing"
trigger = "close_hearing"
[[transition]]
trigger = "close_hearing"
roles = ["reviewer", "system"]
takes = ["heard?"]
"""


def test_re_review_excludes_hearing_time_and_handling_does_not(tmp_path: Path) -> None:
    """Regulation Art. 36 against Art. 34: the same hearing moves one due date and not the other."""
    rereview = flow_in(tmp_path, REREVIEW)
    clock = xf.ManualClock("2026-04-01T09:00:00+08:00")
    flows = [rereview, xf.load_flow("joint_handling"), xf.load_flow("linhai_example")]
    engine = xf.Engine.in_memory(flows=flows, clock=clock)
    staff = xf.Actor("staff", roles={"lead", "clerk", "reviewer", "organiser"}, org="city")
    citizen = xf.Actor("wang", roles={"petitioner"})
    review = engine.open("rereview_linked", {
        "received_on": "2026-04-01", "handler": "housing", "reviewed_by": "county", "superiors": ["city"],
        "rereviewing": "city", "request": "不服复查意见",
    }, actor=staff)  # fmt: skip
    handling = engine.open("joint_handling", {"matter": "x"}, actor=staff)
    parties = [{"actor": "wang", "side": "petitioner"}, {"actor": "li", "side": "handling_unit"}]
    asked = {"applicant": "petitioner", "phase": "re_review", "matter": "x", "handling_unit": "housing"}
    hearing = engine.open("linhai_example", {**asked, "parties": parties}, actor=staff)
    for waiting in (review, handling):
        engine.link(waiting.id, hearing.id, "hearing", actor=staff)
    name = next(iter(review.deadlines))
    before = {case.id: engine.get(case.id, actor=staff) for case in (review, handling)}
    clock.set("2026-04-10T09:00:00+08:00")
    engine.fire(review.id, "open_hearing", actor=staff)
    assert engine.get(review.id, actor=staff).deadlines[name].state == "suspended"
    assert engine.get(handling.id, actor=staff).deadlines["handling"].state == "armed"
    clock.set("2026-04-20T09:00:00+08:00")
    engine.fire(hearing.id, "consent", {"answer": "agree"}, actor=citizen)
    engine.fire(hearing.id, "withdraw", actor=citizen)  # the hearing is over, whatever came of it
    after = engine.get(review.id, actor=staff)
    assert after.state == "requested"
    assert (after.deadlines[name].due.nominal - before[review.id].deadlines[name].due.nominal).days == 10
    unmoved = engine.get(handling.id, actor=staff).deadlines["handling"].due
    assert unmoved == before[handling.id].deadlines["handling"].due


def test_a_circle_of_flows_is_refused() -> None:
    """`check` with the others sees a circle, and sees none in ours."""
    ours = [xf.load_flow(name) for name in ("joint_handling", "department_part", "hearing")]
    for flow in ours:
        others = [other for other in ours if other is not flow]
        assert not [finding for finding in xf.check(flow, others=others) if finding.severity == "error"]
    back = ours[0].links[0].model_copy(update={"flow": "joint_handling", "trigger": "reply", "carries": ()})
    circle = ours[1].model_copy(update={"links": (back,)})
    found = [finding for finding in xf.check(circle, others=ours) if finding.code == "XF220"]
    assert found[0].witness == ("department_part", "joint_handling", "department_part")


def test_a_countys_overlay_is_the_flow_it_was_laid_over() -> None:
    """A link to `hearing` takes a hearing by a county's own rules, and nothing else."""
    engine = engine_with(*(xf.load_flow(name) for name in ("joint_handling", "guangxi", "approval")))
    staff = xf.Actor("staff", roles={"lead", "organiser", "author"}, org="city")
    matter = engine.open("joint_handling", {"matter": "x"}, actor=staff)
    parties = [{"actor": "wang", "side": "petitioner"}, {"actor": "li", "side": "handling_unit"}]
    asked = {"applicant": "petitioner", "phase": "handling", "matter": "x", "handling_unit": "housing"}
    hearing = engine.open("guangxi", {**asked, "parties": parties}, actor=staff)
    assert engine.link(matter.id, hearing.id, "hearing", actor=staff).links[0].state == "open"
    people = {"reviewers": ["a"], "signers": ["b"], "leaders": ["c"], "committee": ["d"], "author": "staff"}
    paper = engine.open("approval", {"subject": "x", "text": "x", **people}, actor=staff)
    with pytest.raises(xf.RefusedError, match="no link"):
        engine.link(matter.id, paper.id, "hearing", actor=staff)


def test_the_tree_is_on_both_cases() -> None:
    """Each end knows the other: what `show` and the case file draw."""
    engine = engine_with()
    matter, part = engine.open("joint_handling", {"matter": "x"}, actor=LEAD), part_of(engine, "health")
    engine.link(matter.id, part.id, "part", actor=LEAD)
    up, down = engine.get(part.id, actor=SYSTEM).links[0], engine.get(matter.id, actor=SYSTEM).links[0]
    assert (up.case_id, up.role, down.case_id, down.role) == (matter.id, "parent", part.id, "child")
