"""The fixed words of a picture, and short words for guards and periods, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from xinfang_flow.errors import FlowError
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import CHOSEN, FIRST, PREVIOUS, Quorum, Task, Tiers
from xinfang_flow.law import Period
from xinfang_flow.text import Language, Text, bracketed, joined, titled

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "any state": ("任一未办结环节", "Any open state"),
    PREVIOUS: ("上一环节", "the previous state"),
    FIRST: ("最初环节", "the first state"),
    CHOSEN: ("所选环节", "a chosen state"),
    "opens": ("启动", "open"),
    "deadline": ("期限", "Deadline"),
    "task": ("待办", "Task"),
    "action": ("动作", "Action"),
    "outcome": ("结果", "outcome"),
    "unset": ("未定", "not set"),
    "by": ("视", "by "),
    "unless": ("除非", "unless "),
    "times": ("次", " times"),
    "any": (" 或 ", " or "),
    "all": (" 且 ", " and "),
    "none": ("非", "not "),
    "any settle": ("任一", "any"),
    "in_turn": ("依次", "in turn"),
    "n_of": ("至少", "at least "),
    "armed": ("计时中", "running"),
    "met": ("已满足", "met"),
    "breached": ("已逾期", "breached"),
    "suspended": ("已中止", "suspended"),
    "cancelled": ("已取消", "cancelled"),
    "true": ("是", "yes"),
    "false": ("否", "no"),
    "odd": ("为单数", " is odd"),
    "over_half": ("过半数", " over half"),
}
_GUARDS: Final[dict[str, tuple[str, str]]] = {
    "present": ("有{}", "{} given"),
    "absent": ("无{}", "no {}"),
    "field": ("{}", "{}"),
    "count": ("{}数", "number of {}"),
    "settled": ("{}已完成", "{} settled"),
    "answered": ("{}表态", "{} answers"),
    "holds": ("{}承担人", "holder of {}"),
    "actor": ("{}本人", "{} in person"),
    "actor_org": ("{}的人", "of {}"),
    "before": ("早于{}", "before {}"),
    "after": ("晚于{}", "after {}"),
    "working_day": ("{}为工作日", "{} is a working day"),
    "apart": ("{}无利害关系", "{} is impartial"),
    "running": ("{}未办结", "{} running"),
    "linked": ("{}已办结", "{} done"),
    "deadline": ("{}", "{}"),
    "rises": ("{}只升不降", "{} only rises"),
    "named": ("{}", "{}"),
}
_SIGNS: Final = {"equals": "=", "at_least": "≥", "at_most": "≤"}


def word(key: str, lang: Language) -> str:
    """Return a fixed word of the picture."""
    return _WORDS[key][lang == "en"]


def roles(flow: Flow, names: Iterable[str], lang: Language) -> str:
    """Return the labels of the roles."""
    return joined((titled(flow.roles[name].title if name in flow.roles else None, name, lang) for name in names), lang)


def amount(flow: Flow, given: Any, lang: Language) -> str:
    """Return a period, a tiered period, a figure or a literal in words; a missing figure says that it is not set."""
    if isinstance(given, Tiers):
        field = flow.fields.get(given.by)
        choices = field.choices if field else {}
        tiers = [f"{titled(choices.get(key), key, lang)} {amount(flow, at, lang)}" for key, at in given.cases.items()]
        return joined(tiers, lang)
    return _spoken(_resolved(flow, given), lang)


def _resolved(flow: Flow, given: Any) -> Any:
    """What a period, a literal or a figure stands for; None for a figure that is not set, or not there."""
    try:
        return flow.value(given)
    except FlowError:
        return None


def _spoken(value: Any, lang: Language) -> str:
    if value is None:
        return word("unset", lang)
    if isinstance(value, Period):
        return value.zh if lang == "zh" else value.en
    if isinstance(value, bool):
        return word(str(value).lower(), lang)
    return joined(map(str, value), lang) if isinstance(value, tuple) else str(value)


def settling(flow: Flow, task: Task, lang: Language) -> str:
    """Return how a task is settled, in brackets; nothing where it is settled by everyone, as most are."""
    if task.settle == "all":
        return ""
    if isinstance(task.settle, Quorum):
        how = word("n_of", lang) + amount(flow, task.settle.n_of, lang)
    else:
        how = word("any settle" if task.settle == "any" else task.settle, lang)
    return bracketed(how, lang)


def headed(head: str, text: str, lang: Language) -> str:
    """Return the text after a fixed word and a colon."""
    return f"{word(head, lang)}{colon(lang)}{text}"


def colon(lang: Language) -> str:
    """Return the colon of the language, with its space."""
    return "：" if lang == "zh" else ": "


def guards(flow: Flow, conditions: Iterable[Condition], unless: Iterable[Condition], lang: Language) -> list[str]:
    """Return short words for the conditions of a transition, one a condition."""
    asked = [_guard(flow, condition, lang) for condition in conditions]
    return asked + [word("unless", lang) + _guard(flow, condition, lang) for condition in unless]


def _guard(flow: Flow, condition: Condition, lang: Language) -> str:
    subject = condition.subject
    given = getattr(condition, subject)
    if isinstance(given, tuple):
        joint = word("any" if subject == "none" else subject, lang)
        text = joint.join(_guard(flow, part, lang) for part in given)
        return word("none", lang) + bracketed(text, lang).strip() if subject == "none" else text
    label = titled(_title(flow, subject, given), given, lang)
    text = _GUARDS[subject][lang == "en"].format(label)
    return text + _detail(flow, condition, lang)


def _detail(flow: Flow, condition: Condition, lang: Language) -> str:
    """What follows the subject: the comparison, the period, the states of a deadline."""
    parts = [
        f" {sign} {_value(flow, condition, value, lang)}"
        for name, sign in _SIGNS.items()
        if (value := getattr(condition, name)) is not None
    ]
    if condition.one_of is not None:
        parts.append(f" ∈ {_value(flow, condition, condition.one_of, lang)}")
    parts += [word(name, lang) for name in ("odd", "over_half") if getattr(condition, name) is not None]
    if condition.with_:
        answers = next((task.answers for task in flow.tasks if task.name == condition.answered), {})
        parts.append(f" {joined((titled(answers.get(name), name, lang) for name in condition.with_), lang)}")
    if condition.is_:
        parts.append(f" {joined((word(state, lang) for state in condition.is_), lang)}")
    if condition.by is not None:
        parts.append(f" {amount(flow, condition.by, lang)}")
    return "".join(parts)


def _value(flow: Flow, condition: Condition, given: Any, lang: Language) -> str:
    """What something is compared with: the labels of a field's choices, where it has choices."""
    choices = flow.fields[condition.field].choices if condition.field in flow.fields else {}
    value = _resolved(flow, given)
    values = value if isinstance(value, tuple) else (value,)
    return joined((choices[one].in_(lang) if one in choices else _spoken(one, lang) for one in values), lang)


def _title(flow: Flow, subject: str, name: str) -> Text | None:
    """The label of what a condition is about: a field, a task, a deadline or a link."""
    if subject in ("settled", "answered", "holds"):
        return next((task.title for task in flow.tasks if task.name == name), None)
    if subject == "deadline":
        return next((deadline.title for deadline in flow.deadlines if deadline.name == name), None)
    if subject in ("linked", "running"):
        link = flow.link(name)
        return link.title if link else None
    return flow.fields[name].title if name in flow.fields else None
