"""The words with which a condition refuses, in Chinese and English, from the labels of the flow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xinfang_flow.flow.model.conditions import COMPARATORS, Condition
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.values import Reason, reason
from xinfang_flow.law import Period
from xinfang_flow.text import Language, titled

Pair = tuple[str, str]
COMPARED: dict[str, Pair] = {
    "equals": ("等于", "equal"), "one_of": ("是其中之一：", "be one of"), "at_least": ("不少于", "be at least"),
    "at_most": ("不多于", "be at most"), "odd": ("为单数", "be odd"), "over_half": ("过半数", "be more than half"),
}  # fmt: skip


def describe(flow: Flow, condition: Condition) -> Reason:
    """Return the reason a condition gives when it refuses: its own message, or one made from its parts."""
    where = condition.about
    code = "guard" if condition.subject != "settled" else "task_open"
    if condition.message:
        return Reason(code, condition.message, where)
    zh, en = requirement(flow, condition)
    return reason(code, f"需要：{zh}", f"required: {en}", where)


def not_given(flow: Flow, name: str) -> Reason:
    """Return the reason a condition gives when the field that it is about has no value yet."""
    spec = flow.fields.get(name)
    zh, en = (titled(spec.title if spec else None, name, lang) for lang in ("zh", "en"))
    return reason("guard", f"尚未填写“{zh}”，无法判断", f"{en!r} is not given yet, so this cannot be judged", name)


def roles_in_words(flow: Flow, roles: Iterable[str]) -> Pair:
    """Return the labels of roles, as a list in each language."""
    specs = [(flow.roles.get(role), role) for role in roles]
    zh, en = ([titled(spec.title if spec else None, role, lang) for spec, role in specs] for lang in ("zh", "en"))
    return "、".join(zh), ", ".join(en)


def requirement(flow: Flow, condition: Condition) -> Pair:
    """Return what a condition asks for, in words."""
    if condition.subject in ("any", "all", "none"):
        parts = [requirement(flow, part) for part in getattr(condition, condition.subject)]
        joined = {"any": ("；或", "; or "), "all": ("；且", "; and "), "none": ("；也非", "; nor ")}[condition.subject]
        zh, en = joined[0].join(part[0] for part in parts), joined[1].join(part[1] for part in parts)
        return (f"不得：{zh}", f"not: {en}") if condition.subject == "none" else (zh, en)
    label = (_label(flow, condition, "zh"), _label(flow, condition, "en"))
    return _plain(flow, condition, label)


def _plain(flow: Flow, condition: Condition, label: Pair) -> Pair:
    zh, en = label
    by = _by(flow, condition)
    compared = _compared(flow, condition)
    apart = tuple("、".join(_named(flow, name, lang) for name in condition.from_ or ()) for lang in ("zh", "en"))
    states = ("、".join(condition.is_ or ()), " or ".join(condition.is_ or ()))
    led = any(task.name == condition.settled and task.lead is not None for task in flow.tasks)
    ahead = ("并符合提前期", " in time") if led else ("", "")
    return {
        "present": (f"填写“{zh}”", f"{en!r} is given"),
        "absent": (f"未填写“{zh}”", f"{en!r} is not given"),
        "field": (f"“{zh}”{compared[0]}", f"{en!r} must {compared[1]}"),
        "count": (f"“{zh}”的数目{compared[0]}", f"the number of {en!r} must {compared[1]}"),
        "settled": (f"“{zh}”已完成{ahead[0]}", f"{en!r} is settled{ahead[1]}"),
        "answered": (f"“{zh}”的表态{compared[0]}", f"the answers to {en!r} must {compared[1]}"),
        "holds": (f"由“{zh}”的承担人办理", f"the actor holds {en!r}"),
        "actor": (f"由“{zh}”本人办理", f"the actor is {en!r}"),
        "actor_org": (f"由“{zh}”所指单位的人办理", f"the actor belongs to {en!r}"),
        "before": (f"早于“{zh}”{by[0]}", f"before {en!r}{by[1]}"),
        "after": (f"晚于“{zh}”{by[0]}", f"after {en!r}{by[1]}"),
        "working_day": (f"“{zh}”为工作日", f"{en!r} is a working day"),
        "apart": (f"“{zh}”与{apart[0]}没有相同的人或单位", f"{en!r} has nobody and no organ in common with {apart[1]}"),
        "running": (f"未办结的“{zh}”{compared[0]}", f"the linked {en!r} cases still running must {compared[1]}"),
        "linked": (f"关联事项“{zh}”已办结{compared[0]}", f"linked {en!r} cases are done {compared[1]}".rstrip()),
        "deadline": (f"期限“{zh}”处于 {states[0]}", f"deadline {en!r} is {states[1]}"),
        "rises": (f"“{zh}”只能升级", f"{en!r} may only rise"),
        "named": (f"满足条件 {condition.named}", f"condition {condition.named} holds"),
    }[condition.subject]  # fmt: skip


def _label(flow: Flow, condition: Condition, lang: Language) -> str:
    return _named(flow, condition.about or "", lang)


def _named(flow: Flow, name: str, lang: Language) -> str:
    for titles in (
        {name: spec.title for name, spec in flow.fields.items()},
        {task.name: task.title for task in flow.tasks},
        {deadline.name: deadline.title for deadline in flow.deadlines},
        {link.kind: link.title for link in flow.links},
    ):
        if name in titles:
            return titled(titles[name], name, lang)
    return name


def _compared(flow: Flow, condition: Condition) -> Pair:
    parts = [(name, getattr(condition, name)) for name in COMPARATORS if getattr(condition, name) is not None]
    zh = "且".join(COMPARED[name][0] + _value(flow, value, "zh") for name, value in parts)
    en = " and ".join(f"{COMPARED[name][1]} {_value(flow, value, 'en')}".rstrip() for name, value in parts)
    return zh, en


def _value(flow: Flow, given: Any, lang: Language) -> str:
    amount = flow.value(given)
    if amount is True:
        return ""
    if isinstance(amount, Period):
        return amount.zh if lang == "zh" else amount.en
    if isinstance(amount, tuple):
        return ("、" if lang == "zh" else ", ").join(map(str, amount))
    return str(amount)


def _by(flow: Flow, condition: Condition) -> Pair:
    if condition.by is None:
        return "", ""
    amount = flow.value(condition.by)
    if amount is None:
        return "（天数未设定）", " (by a figure that is not set)"
    return f"至少{amount.zh}", f" by at least {amount.en}"
