"""What a flow says in amounts, as people read it: a period, a figure, a choice or an answer by its label."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from xinfang_flow.errors import FlowError
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Tiers
from xinfang_flow.law import Period
from xinfang_flow.text import Language, joined, titled

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_UNSET = ("未定", "not set")
_YES, _NO = ("是", "yes"), ("否", "no")


def amount(flow: Flow, given: Any, lang: Language, spec: FieldSpec | None = None) -> str:
    """Return a period, a tiered period, a figure or a literal in words; a missing figure says that it is not set.

    With the field that it is an amount of, choices are said by their labels.
    """
    if isinstance(given, Tiers):
        field = flow.fields.get(given.by)
        choices = field.choices if field else {}
        tiers = [f"{titled(choices.get(key), key, lang)} {amount(flow, at, lang)}" for key, at in given.cases.items()]
        return joined(tiers, lang)
    value = resolved(flow, given)
    values = value if isinstance(value, tuple) else (value,)
    return joined((_spoken(one, lang, spec) for one in values), lang)


def resolved(flow: Flow, given: Any) -> Any:
    """Return what a period, a literal or a figure stands for; None for a figure that is not set, or not there."""
    try:
        return flow.value(given)
    except FlowError:
        return None


def _spoken(value: Any, lang: Language, spec: FieldSpec | None) -> str:
    if value is None:
        return _UNSET[lang == "en"]
    if isinstance(value, Period):
        return value.zh if lang == "zh" else value.en
    if isinstance(value, bool):
        return (_YES if value else _NO)[lang == "en"]
    if spec is not None and spec.type == "date" and lang == "zh" and (found := _DATE.fullmatch(str(value))):
        return "{}年{}月{}日".format(*map(int, found.groups()))
    return titled(spec.choices.get(str(value)) if spec else None, str(value), lang)


def compared_field(flow: Flow, condition: Condition) -> FieldSpec | None:
    """Return the field whose own value a condition compares; None where it counts, or compares nothing."""
    return flow.fields.get(condition.about or "") if condition.row.weighed == "value" else None


def answers(flow: Flow, condition: Condition, lang: Language) -> Iterator[str]:
    """Yield the labels of the answers of a task that a condition counts; the outcomes of a linked case as they are."""
    known = next((task.answers for task in flow.tasks if task.name == condition.about), {})
    for name in condition.with_ or ():
        yield titled(known.get(name) if condition.row.about == "task" else None, name, lang)
