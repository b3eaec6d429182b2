"""Linked cases as a tree: on the case file, for the command line, and no more of them than the reader may see."""

import json
from pathlib import Path
from typing import Any

import pytest

import xinfang_flow as xf
from tests.casefile.test_casefile import machine_of
from xinfang_flow.casefile import file as casefile, words as casewords
from xinfang_flow.casefile.file import verify_file
from xinfang_flow.casefile.tree import MOST, lines, linked, own
from xinfang_flow.kernel.values import SYSTEM

LEAD = xf.Actor("lead", roles={"lead", "organiser"}, org="bureau")
ORGANS = ("health", "housing")


class Matter:
    """A matter with two departments' parts and a hearing, for which another matter waits too."""

    def __init__(self) -> None:
        self.engine = xf.Engine.in_memory(clock=xf.ManualClock("2026-03-02T09:00:00+08:00"))
        self.case = self.engine.open("joint_handling", {"matter": "物资供应"}, actor=LEAD)
        self.other = self.engine.open("joint_handling", {"matter": "另一件"}, actor=LEAD)
        self.parts = [self.part(organ) for organ in ORGANS]
        parties = [{"actor": "wang", "side": "petitioner"}, {"actor": "li", "side": "handling_unit"}]
        asked = {"applicant": "handling_unit", "phase": "handling", "matter": "一场", "handling_unit": "housing"}
        self.hearing = self.engine.open("hearing", {**asked, "parties": parties}, actor=LEAD)
        for waiting in (self.case, self.other):
            self.engine.link(waiting.id, self.hearing.id, "hearing", actor=LEAD)

    def part(self, organ: str) -> xf.Case:
        """A department's part of the matter."""
        data = {"department": organ, "asked": "核实", "reply_by": "2026-03-05T21:00:00+08:00"}
        tie = xf.Link(self.case.id, "part", "parent", "open")
        return self.engine.open("department_part", data, actor=LEAD, org=organ, links=[tie])

    def reply(self, organ: str) -> None:
        """The department replies."""
        who = xf.Actor(f"of_{organ}", roles={"department"}, org=organ)
        self.engine.fire(self.parts[ORGANS.index(organ)].id, "reply", {"reply": "已办"}, actor=who)

    def dispatch(self) -> None:
        """Every part is out."""
        self.engine.fire(self.case.id, "dispatch", {"departments": list(ORGANS)}, actor=LEAD)

    def tree(self, case: xf.Case, actor: xf.Actor = SYSTEM) -> list[dict[str, Any]]:
        """The tree around a case."""
        now = self.engine.get(case.id, actor=SYSTEM)
        return linked(now, lambda other: self.engine.get(other, actor=actor), self.engine.flow_of)


@pytest.fixture
def matter() -> Matter:
    """The cases."""
    return Matter()


def shape(nodes: list[dict[str, Any]]) -> list[Any]:
    """Which cases hang where."""
    return [(node["case_id"], node["role"], shape(node["linked"])) for node in nodes]


def said(nodes: list[dict[str, Any]]) -> list[str]:
    """How the first storey stands, in both languages."""
    return [f"{lines(node, 'zh')[2]} | {lines(node, 'en')[2]}" for node in nodes]


def test_each_case_stands_once_whichever_it_is_looked_at_from(matter: Matter) -> None:
    """From the matter down, from a part up and down, and never back to where one came from."""
    parts: list[Any] = [(part.id, "child", []) for part in matter.parts]
    others: list[Any] = [(matter.other.id, "parent", [])]
    assert shape(matter.tree(matter.case)) == [*parts, (matter.hearing.id, "child", others)]
    assert shape(matter.tree(matter.parts[0])) == [
        (matter.case.id, "parent", [parts[1], (matter.hearing.id, "child", others)])
    ]
    assert shape(matter.tree(matter.other)) == [
        (matter.hearing.id, "child", [(matter.case.id, "parent", parts)]),
    ]


def test_state_outcome_and_what_has_not_been_accepted_yet(matter: Matter) -> None:
    """An outcome that the waiting case refuses for now is there to be seen; then it is taken."""
    matter.reply("health")
    assert said(matter.tree(matter.case)) == [
        "已反馈（已办结，结果尚待接收） | Replied (done, its outcome not accepted yet)",
        "已交办 | Assigned",
        "已申请 | Applied",
    ]
    matter.dispatch()
    first = matter.tree(matter.case)[0]
    assert (first["state"], first["outcome"], lines(first, "en")) == (
        "done",
        "replied",
        ("child · Parts", f"A department's part · {matter.parts[0].id} · health", "Replied (done)"),
    )


def test_of_what_may_not_be_seen_only_the_tie_is_told(matter: Matter) -> None:
    """A department sees that its part belongs to a matter, and nothing of that matter."""
    department = xf.Actor("of_health", roles={"department"}, org="health")
    [tie] = matter.tree(matter.parts[0], department)
    assert (tie["stands"], tie["linked"]) == (None, [])
    assert lines(tie, "zh") == ("主事项 · part", matter.case.id, "（无权查看）")


def test_a_department_replies_and_the_history_says_just_that(matter: Matter) -> None:
    """Two arrows share the trigger: the event is called after the one that it went along."""
    matter.dispatch()
    for organ, title in zip(ORGANS, ("部门已反馈", "全部部门已反馈"), strict=True):
        matter.reply(organ)
        event = matter.engine.history(matter.case.id, actor=LEAD)[-1]
        assert casewords.event_title(matter.engine.flow_of(matter.case), event, "zh") == title


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_case_file_shows_the_tree_and_what_it_does_not_prove(matter: Matter, lang: Any, tmp_path: Path) -> None:
    """Each linked case with its state and its head, for comparing with its own file."""
    matter.reply("health")
    path = matter.engine.case_file(matter.case.id, tmp_path / "case.html", actor=SYSTEM, lang=lang)
    verdict = verify_file(path)
    assert verdict.ok
    assert casefile.LINKED in verdict.not_checked
    text = path.read_text("utf-8").split("<script")[0]
    for case in (*matter.parts, matter.hearing, matter.other):
        assert matter.engine.get(case.id, actor=SYSTEM).head in text
    assert ("结果尚待接收" if lang == "zh" else "its outcome not accepted yet") in text


def test_a_file_cannot_be_given_other_ties(matter: Matter, tmp_path: Path) -> None:
    """What the tree says of the case's own ties is not believed; a forged page is found."""
    path = matter.engine.case_file(matter.case.id, tmp_path / "case.html", actor=SYSTEM)
    document = machine_of(path)
    case = matter.engine.get(matter.case.id, actor=SYSTEM)
    forged = [{**node, "state": "done", "outcome": "replied"} for node in document["linked"]]
    assert [(node["state"], node["outcome"]) for node in own(case, forged)] == [("open", None)] * 3
    assert [node["case_id"] for node in own(case, [])] == [link.case_id for link in case.links]
    page, sign, machine = path.read_text("utf-8").partition("<script")
    path.write_text(page.replace("已交办", "已反馈") + sign + machine, encoding="utf-8")
    assert not verify_file(path).ok


@pytest.mark.parametrize("garbage", [None, 7, "x", [7], [{}], {"a": 1}])
def test_a_tree_that_is_none_is_no_crash(matter: Matter, garbage: Any, tmp_path: Path) -> None:
    """A file with nonsense in the place of the tree is refused in words, or shows the bare ties."""
    path = matter.engine.case_file(matter.case.id, tmp_path / "case.html", actor=SYSTEM)
    document = machine_of(path)
    whole = json.dumps(document["linked"], ensure_ascii=False, separators=(",", ":"))
    text = path.read_text("utf-8")
    assert whole in text
    path.write_text(text.replace(whole, json.dumps(garbage)), encoding="utf-8")
    assert not verify_file(path).ok


def test_very_many_linked_cases_are_cut_and_said_to_be(matter: Matter) -> None:
    """A case's own ties are all there; from a certain number on, nobody else's are followed."""
    for number in range(MOST):
        matter.case = matter.engine.open("joint_handling", {"matter": f"{number}"}, actor=LEAD)
        matter.engine.link(matter.case.id, matter.hearing.id, "hearing", actor=LEAD)
    matter.part("health")
    tree = matter.tree(matter.hearing)
    assert len(tree) == MOST + 2
    assert len(tree[0]["linked"]) == len(ORGANS)
    assert (tree[-1]["case_id"], tree[-1]["linked"]) == (matter.case.id, [])
    assert lines(tree[-1], "zh")[2] == "已受理（其关联事项未列）"
