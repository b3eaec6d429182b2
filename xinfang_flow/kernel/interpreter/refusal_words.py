"""The words with which a condition refuses, in Chinese and English, from the labels of the flow.

The rule of this file: it says what would be right.  A combination is said part by part; what must not be is carried
down to the parts, so that "none of" becomes two things that must not be and never "not: either or".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xinfang_flow.flow.model.amounts import amount, answers, compared_field, resolved
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.deadline_states import STATE_WORDS
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.subjects import COMPARISONS, JOINTS, Joint
from xinfang_flow.kernel.case import NO_TASKS, Task
from xinfang_flow.kernel.values import Reason, reason
from xinfang_flow.text import Language, bracketed, joined, titled

Pair = tuple[str, str]
Tasks = Mapping[str, Task]
_MUST = {True: ("应", "must"), False: ("不应", "must not")}
_EVERY = ("为全部（至少一件）", "all of them, and at least one")
_OTHER: dict[Joint, Joint] = {"any": "all", "all": "any"}


def describe(flow: Flow, condition: Condition, tasks: Tasks = NO_TASKS, *, holds: bool = True) -> Reason:
    """Return the reason a condition gives when it refuses: its own message, or one made from its parts.

    `holds` says whether it must hold, or must not (`unless`); `tasks` are those of the case, by name.
    """
    code, where = condition.row.refuses if holds else "guard", condition.about
    if condition.message:
        return Reason(code, condition.message, where)
    zh, en = (requirement(flow, condition, tasks, lang, holds=holds) for lang in ("zh", "en"))
    return reason(code, zh, en, where)


def not_given(flow: Flow, name: str) -> Reason:
    """Return the reason a condition gives when the field that it is about has no value yet."""
    zh, en = (flow.label("field", name, lang) for lang in ("zh", "en"))
    return reason("guard", f"尚未填写“{zh}”，无法判断", f"{en!r} is not given yet, so this cannot be judged", name)


def roles_in_words(flow: Flow, roles: Iterable[str]) -> Pair:
    """Return the labels of roles, as a list in each language."""
    names = tuple(roles)
    zh, en = (joined((flow.label("role", role, lang) for role in names), lang) for lang in ("zh", "en"))
    return zh, en


def named(flow: Flow, condition: Condition, lang: Language) -> str:
    """Return what people call a condition: what it is about; for a combination, the names of its parts."""
    if condition.row.joins:
        return joined(dict.fromkeys(named(flow, part, lang) for part in condition.parts), lang)
    return flow.label(condition.row.about, condition.about or "", lang)


def requirement(flow: Flow, condition: Condition, tasks: Tasks, lang: Language, *, holds: bool = True) -> str:
    """Return what a condition asks for, in words; with `holds` false, what it must not be."""
    row = condition.row
    if row.joins is None:
        return _plain(flow, condition, tasks, lang, holds=holds)
    said = holds != row.denies
    joint = JOINTS[row.joins if said else _OTHER[row.joins]].long.in_(lang)
    return joint.join(requirement(flow, part, tasks, lang, holds=said) for part in condition.parts)


def _plain(flow: Flow, condition: Condition, tasks: Tasks, lang: Language, *, holds: bool) -> str:
    english = lang == "en"
    states = [STATE_WORDS[state].in_(lang) for state in condition.is_ or ()]
    return condition.row.long.in_(lang).format(
        label=named(flow, condition, lang),
        must=_MUST[holds][english],
        compared=_compared(flow, condition, lang),
        by=_by(flow, condition, lang),
        others=_others(flow, condition, lang),
        states=(" or " if english else "或").join(states),
        chosen=bracketed(joined(answers(flow, condition, lang), lang), lang) if condition.with_ else "",
        ahead=_ahead(flow, condition, tasks, lang) if condition.row.awaits else "",
        order=_order(flow, condition, lang),
    )


def _compared(flow: Flow, condition: Condition, lang: Language) -> str:
    spec = compared_field(flow, condition)
    dated = spec is not None and spec.type in ("date", "datetime")
    parts = [
        ((dated and comparison.dated) or comparison.long).in_(lang).format(value=amount(flow, given, lang, spec))
        for name, comparison in COMPARISONS.items()
        if (given := condition.option(name)) is not None
    ]
    return (" and " if lang == "en" else "且").join(parts) or _EVERY[lang == "en"]


def _by(flow: Flow, condition: Condition, lang: Language) -> str:
    if condition.by is None:
        return "" if lang == "en" else "之"
    length = amount(flow, condition.by, lang)
    return f" at least {length}" if lang == "en" else f"至少{length}"


def _ahead(flow: Flow, condition: Condition, tasks: Tasks, lang: Language) -> str:
    """What belongs to a task's being settled: its lead, and of a checklist what is still missing."""
    spec, task = flow.task(condition.about or ""), tasks.get(condition.about or "")
    said = ("并符合提前期", "in time")[lang == "en"] if spec.lead else ""
    missing = {slot.id for slot in task.slots if slot.state == "open"} if task else set()
    items = [titled(item.title, item.name, lang) for item in spec.items if item.name in missing]
    if items:
        said = ("缺：", "missing: ")[lang == "en"] + joined(items, lang)
    return bracketed(said, lang) if said else ""


def _others(flow: Flow, condition: Condition, lang: Language) -> str:
    labels = [flow.label("field", name, lang) for name in condition.from_ or ()]
    return joined((repr(label) if lang == "en" else f"“{label}”" for label in labels), lang)


def _order(flow: Flow, condition: Condition, lang: Language) -> str:
    """The list along which a value rises, lowest first."""
    if condition.along is None or resolved(flow, condition.along) is None:
        return ""
    steps = amount(flow, condition.along, lang, flow.fields.get(condition.about or ""))
    return bracketed(("由低到高：", "lowest first: ")[lang == "en"] + steps, lang)
