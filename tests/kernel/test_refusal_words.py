"""A condition refuses in the words of the flow: labels, never identifiers, and what would be right."""

from __future__ import annotations

import re
from typing import Any

import pytest

import xinfang_flow as xf
from tests.kernel.office import CLERK, Desk, base, made, person
from xinfang_flow.flow.model.subjects import SUBJECTS

LABELS: dict[str, Any] = {
    "roles": {"clerk": {"title": {"zh": "登记员", "en": "Clerk"}}, "proxy": {"title": {"zh": "代访员", "en": "Proxy"}}},
    "fields": {
        "who": {"type": "list", "of": "actor", "title": {"zh": "承办人员", "en": "Handlers"}},
        "kind": {
            "type": "choice", "title": {"zh": "满意度", "en": "Satisfaction"},
            "choices": {
                "pleased": {"zh": "满意", "en": "Pleased"}, "dissatisfied": {"zh": "不满意", "en": "Displeased"},
            },
        },
        "level": {
            "type": "choice", "title": {"zh": "代办层级", "en": "Level"},
            "choices": {"town": {"zh": "乡镇", "en": "Town"}, "county": {"zh": "县级", "en": "County"}},
        },
        "held_by": {"type": "actor", "title": {"zh": "听证员", "en": "Panellist"}},
        "unit": {"type": "organ", "title": {"zh": "承办单位", "en": "Unit"}},
        "day": {"type": "date", "title": {"zh": "听证日期", "en": "Day"}},
        "ready": {"type": "boolean", "title": {"zh": "材料齐全", "en": "Complete"}},
    },
    "figures": {"kinds": {"value": ["pleased"], "source": "test"}},
    "open": {"roles": ["clerk"], "takes": ["who?", "kind?", "level?", "held_by?", "unit?", "day?", "ready?"]},
    "task": [
        {
            "name": "files", "title": {"zh": "一案一档", "en": "Files"}, "states": "here",
            "items": [
                {"name": "visit_record", "title": {"zh": "代访记录", "en": "Visit"}},
                {"name": "call_record", "title": {"zh": "回访记录", "en": "Call"}},
            ],
        },
        {
            "name": "vote", "title": {"zh": "票决", "en": "Vote"}, "states": "here", "of_field": "who",
            "answers": {"yes": {"zh": "同意", "en": "Agree"}, "no": {"zh": "不同意", "en": "Disagree"}},
        },
    ],
    "deadline": [
        {
            "name": "handling", "title": {"zh": "办理期限", "en": "Handling"}, "period": {"days": 60},
            "starts": {"enters": "here"},
        }
    ],
    "link": [{"kind": "hearing", "flow": "hearing", "title": {"zh": "听证", "en": "Hearing"}}],
}  # fmt: skip
DATA = {
    "who": ["ann"],
    "kind": "dissatisfied",
    "level": "county",
    "held_by": "ann",
    "day": "2026-03-08",
    "ready": False,
}
SAID: list[tuple[dict[str, Any], str, str]] = [
    ({"present": "unit"}, "应填写“承办单位”", "'Unit' must be given"),
    ({"absent": "kind"}, "“满意度”应为空", "'Satisfaction' must be empty"),
    ({"field": "kind", "equals": "pleased"}, "“满意度”应为满意", "'Satisfaction' must be Pleased"),
    ({"field": "kind", "one_of": "figures.kinds"}, "“满意度”应为满意之一", "'Satisfaction' must be one of Pleased"),
    ({"field": "day", "at_least": "2026-05-06", "at_most": "2026-12-01"},
     "“听证日期”应不早于2026年5月6日且不晚于2026年12月1日",
     "'Day' must be no earlier than 2026-05-06 and no later than 2026-12-01"),
    ({"field": "ready", "equals": True}, "“材料齐全”应为是", "'Complete' must be yes"),
    ({"count": "who", "at_least": 2, "odd": True}, "“承办人员”的数目应不少于2且为单数",
     "the number of 'Handlers' must be at least 2 and odd"),
    ({"settled": "files"}, "“一案一档”应已完成（缺：代访记录、回访记录）",
     "'Files' must be settled (missing: Visit, Call)"),
    ({"answered": "vote", "with": "yes", "over_half": True}, "“票决”的表态（同意）应过半数",
     "the answers to 'Vote' (Agree) must be more than half"),
    ({"holds": "vote"}, "应由“票决”的责任人本人办理", "the actor must hold 'Vote'"),
    ({"actor": "held_by"}, "应由“听证员”本人办理", "the actor must be 'Panellist'"),
    ({"actor_org": "unit"}, "应由“承办单位”所指单位的人办理", "the actor must belong to 'Unit'"),
    ({"before": "day", "by": {"days": 7}}, "应在“听证日期”至少7日前办理",
     "this must be done at least 7 days before 'Day'"),
    ({"after": "day"}, "应在“听证日期”之后办理", "this must be done after 'Day'"),
    ({"working_day": "day"}, "“听证日期”应为工作日", "'Day' must be a working day"),
    ({"apart": "who", "from": "held_by"}, "“承办人员”应与“听证员”没有相同的人或单位",
     "'Handlers' must have nobody and no organ in common with 'Panellist'"),
    ({"linked": "hearing"}, "已办结的“听证”应为全部（至少一件）",
     "the 'Hearing' cases done must be all of them, and at least one"),
    ({"running": "hearing", "at_least": 1}, "未办结的“听证”应不少于1",
     "the 'Hearing' cases still running must be at least 1"),
    ({"deadline": "handling", "is": ["met", "breached"]}, "期限“办理期限”应为按期完成或已逾期",
     "deadline 'Handling' must be met or breached"),
    ({"rises": "level", "along": ["town", "county"]}, "“代办层级”应高于原来的值（由低到高：乡镇、县级）",
     "'Level' must rise (lowest first: Town, County)"),
    ({"named": "asked"}, "应满足条件“asked”", "condition 'asked' must hold"),
    ({"any": [{"present": "unit"}, {"holds": "vote"}]}, "应填写“承办单位”；或应由“票决”的责任人本人办理",
     "'Unit' must be given; or the actor must hold 'Vote'"),
    ({"all": [{"present": "unit"}, {"absent": "kind"}]}, "应填写“承办单位”；且“满意度”应为空",
     "'Unit' must be given; and 'Satisfaction' must be empty"),
    ({"none": [{"present": "kind"}, {"absent": "unit"}]}, "不应填写“满意度”；且“承办单位”不应为空",
     "'Satisfaction' must not be given; and 'Unit' must not be empty"),
]  # fmt: skip


def labelled(*transitions: dict[str, Any]) -> xf.Flow:
    """A flow with a label for everything, and these transitions."""
    return made({**base(), **LABELS, "transition": list(transitions)})


def refused(**guards: Any) -> xf.Reason:
    """The one reason with which a guarded step is refused."""
    go = {"trigger": "go", "source": "here", "dest": "there", "roles": ["clerk"], "takes": ["level?"], **guards}
    flow = labelled(go)
    desk = Desk(flow, DATA, guards={"asked": lambda *_: False} if "asked" in str(guards) else {})
    with pytest.raises(xf.RefusedError) as refusal:
        desk.fire("go", CLERK)
    reasons: tuple[xf.Reason, ...] = refusal.value.reasons
    assert len(reasons) == 1
    return reasons[0]


@pytest.mark.parametrize(("condition", "zh", "en"), SAID, ids=[str(row[0]) for row in SAID])
def test_a_refusal_says_what_would_be_right(condition: dict[str, Any], zh: str, en: str) -> None:
    """In both languages, by labels; no identifier of the flow stands in a Chinese sentence but a function's."""
    message = refused(conditions=[condition]).message

    assert (message.zh, message.en) == (zh, en)
    assert re.findall("[a-z_]{2,}", message.zh) == (["asked"] if "named" in condition else [])


def test_every_kind_of_guard_is_among_them() -> None:
    """A new subject has its words here too."""
    assert {key for condition, _, _ in SAID for key in condition if key in SUBJECTS} == {*SUBJECTS}


@pytest.mark.parametrize(
    ("condition", "zh"),
    [
        ({"field": "kind", "equals": "dissatisfied"}, "“满意度”不应为不满意"),
        ({"deadline": "handling", "is": "armed"}, "期限“办理期限”不应为计算中"),
        ({"any": [{"present": "unit"}, {"present": "kind"}]}, "不应填写“承办单位”；且不应填写“满意度”"),
        ({"all": [{"present": "level"}, {"present": "kind"}]}, "不应填写“代办层级”；或不应填写“满意度”"),
        ({"none": [{"present": "unit"}, {"absent": "kind"}]}, "应填写“承办单位”；或“满意度”应为空"),
    ],
)
def test_what_must_not_be_is_said_as_such(condition: dict[str, Any], zh: str) -> None:
    """Under `unless` the denial is carried down to each part."""
    assert refused(unless=[condition]).message.zh == zh


def test_only_what_is_missing_of_a_checklist_is_named() -> None:
    """What is done, or was waived, is not asked for again."""
    tick = {"trigger": "tick", "source": "here", "roles": ["clerk"], "task": {"name": "files", "do": "settle"}}
    go = {"trigger": "go", "source": "here", "dest": "there", "roles": ["clerk"], "conditions": [{"settled": "files"}]}
    desk = Desk(labelled(tick, go))
    desk.fire("tick", item="visit_record")

    with pytest.raises(xf.RefusedError, match="“一案一档”应已完成（缺：回访记录）"):
        desk.fire("go")


def test_a_guard_that_cannot_be_judged_is_named_by_its_label() -> None:
    """A field that is empty is asked for by its label, whatever the guard would have done with it."""
    go = {"trigger": "go", "source": "here", "dest": "there", "roles": ["clerk"]}
    for condition in (
        {"before": "day"},
        {"after": "day"},
        {"working_day": "day"},
        {"field": "kind", "equals": "pleased"},
    ):
        desk = Desk(labelled({**go, "conditions": [condition]}))
        with pytest.raises(xf.RefusedError, match=r"尚未填写“(听证日期|满意度)”，无法判断"):
            desk.fire("go", person("li"))


def _said(engine: xf.Engine, case: xf.Case, trigger: str, actor: xf.Actor) -> xf.Text:
    with pytest.raises(xf.RefusedError) as refusal:
        engine.fire(case.id, trigger, actor=actor)
    return refusal.value.reasons[0].message


def test_a_step_and_a_state_are_named_by_their_labels() -> None:
    """Whoever may not act, or not from here, reads what people call the step, and in brackets what is to be typed."""
    clerk, archivist = xf.Actor("li", {"clerk"}), xf.Actor("he", {"archivist"})
    matter = {
        "intake": "first_visit", "register_no": "XJ1", "received_on": "2026-03-02", "township": "横溪镇",
        "form": "visit", "summary": "村道路灯不亮",
    }  # fmt: skip
    with xf.Engine.in_memory(clock=xf.ManualClock("2026-03-02T09:00:00+08:00")) as engine:
        case = engine.open("proxy_petition", matter, actor=clerk)
        barred = _said(engine, case, "screen", archivist)
        early = _said(engine, case, "archive", archivist)
        unknown = _said(engine, case, "scren", clerk)
        with pytest.raises(xf.RefusedError) as opening:
            engine.open("proxy_petition", matter, actor=archivist)
        done = engine.fire(case.id, "redirect", {"destination": "法院", "reason": "属诉讼事项"}, actor=clerk)
        closed = _said(engine, done, "archive", archivist)

    assert barred.zh == "he（档案员）不能办理“筛选入库”，应由登记员、代访回访中心办理"
    assert barred.en.startswith("'he' (Archivist) may not take the step 'Screen in'; these roles may: Intake clerk")
    assert early.zh.startswith("“已登记”环节不能办理“归档”；现可办理：筛选入库（screen）、")
    assert early.en.startswith("'Archive' is not possible in 'Received' (possible here: Screen in (screen), ")
    assert unknown.zh.startswith("流程没有办理动作“scren”；是否应为“screen”？（现可办理：筛选入库（screen）、")
    assert opening.value.reasons[0].message.zh.startswith("he 不能登记“信访代访代办”，应由登记员")
    assert closed.zh == "事项已办结（已引导），不能再办理“归档”"
