"""The fixed words of a picture, and short words for guards and periods, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from xinfang_flow.flow.model.amounts import amount, answers, compared_field
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.deadline_states import STATE_WORDS
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import CHOSEN, FIRST, PREVIOUS, Quorum, Task
from xinfang_flow.flow.model.subjects import COMPARISONS, JOINTS
from xinfang_flow.text import Language, bracketed, joined

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
    "by": ("视", "by "),
    "unless": ("除非", "unless "),
    "times": ("次", " times"),
    "not": ("非", "not "),
    "any settle": ("任一", "any"),
    "in_turn": ("依次", "in turn"),
    "n_of": ("至少", "at least "),
}


def word(key: str, lang: Language) -> str:
    """Return a fixed word of the picture."""
    return _WORDS[key][lang == "en"]


def roles(flow: Flow, names: Iterable[str], lang: Language) -> str:
    """Return the labels of the roles."""
    return joined((flow.label("role", name, lang) for name in names), lang)


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
    row = condition.row
    if row.joins:
        text = JOINTS[row.joins].short.in_(lang).join(_guard(flow, part, lang) for part in condition.parts)
        return word("not", lang) + bracketed(text, lang).strip() if row.denies else text
    label = flow.label(row.about, condition.about or "", lang)
    return row.short.in_(lang).format(label=label) + _detail(flow, condition, lang)


def _detail(flow: Flow, condition: Condition, lang: Language) -> str:
    """What follows the subject: the comparison, the period, the states of a deadline."""
    parts = [
        compared.short.in_(lang).format(value=amount(flow, given, lang, compared_field(flow, condition)))
        for name, compared in COMPARISONS.items()
        if (given := condition.option(name)) is not None
    ]
    if condition.with_:
        parts.append(f" {joined(answers(flow, condition, lang), lang)}")
    if condition.is_:
        parts.append(f" {joined((STATE_WORDS[state].in_(lang) for state in condition.is_), lang)}")
    if condition.by is not None:
        parts.append(f" {amount(flow, condition.by, lang)}")
    return "".join(parts)
