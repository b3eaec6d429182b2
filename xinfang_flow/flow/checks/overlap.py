"""Whether two guards can hold together: the closed vocabulary, checked for overlap.

Each guard is spread into alternatives of simple statements; two guards are exclusive when no value of any one subject
(a field, a task's answers, a deadline) satisfies both.  Where that cannot be told, they count as overlapping.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple

from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.deadline_states import DEADLINE_STATES
from xinfang_flow.flow.model.figures import name_of
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Opening

MAX_ALTERNATIVES = 64
# Fields that stand for the number of their items; a record is one.
_COUNTED = ("list", "record")
# Texts below, just above and beyond those that a guard names; dates are compared as texts.
_LOWEST, _HIGHEST = "\x01", "\U0010ffff"


class Statement(NamedTuple):
    """One simple condition, said or denied."""

    condition: Condition
    holds: bool


Alternative = tuple[Statement, ...]


def exclusive(flow: Flow, one: Opening, other: Opening) -> bool:
    """Return whether it is certain that the guards of both can never hold at the same time."""
    ours, theirs = _alternatives(one), _alternatives(other)
    if ours is None or theirs is None:
        return False
    return all(_contradict(flow, (*a, *b)) for a, b in product(ours, theirs))


def _alternatives(part: Opening) -> list[Alternative] | None:
    said = [(condition, True) for condition in part.conditions] + [(condition, False) for condition in part.unless]
    return _together([_spread(condition, holds=holds) for condition, holds in said])


def _spread(condition: Condition, *, holds: bool) -> list[Alternative] | None:
    """Return the alternatives, one of which must hold; None when there are too many of them."""
    row = condition.row
    if row.joins is None:
        return [(Statement(condition, holds),)]
    said = holds != row.denies
    return _joined([_spread(part, holds=said) for part in condition.parts], together=(row.joins == "all") == said)


def _joined(parts: Sequence[list[Alternative] | None], *, together: bool) -> list[Alternative] | None:
    if together:
        return _together(parts)
    alternatives: list[Alternative] = []
    for part in parts:
        if part is None:
            return None
        alternatives += part
    return alternatives if len(alternatives) <= MAX_ALTERNATIVES else None


def _together(parts: Sequence[list[Alternative] | None]) -> list[Alternative] | None:
    alternatives: list[Alternative] = [()]
    for part in parts:
        if part is None or len(alternatives) * len(part) > MAX_ALTERNATIVES:
            return None
        alternatives = [(*before, *after) for before in alternatives for after in part]
    return alternatives


def _contradict(flow: Flow, statements: Iterable[Statement]) -> bool:
    by_subject: dict[Any, list[Statement]] = {}
    for statement in statements:
        by_subject.setdefault(_subject(statement.condition), []).append(statement)
    return any(_impossible(flow, together) for together in by_subject.values())


def _subject(condition: Condition) -> tuple[str, ...]:
    """Return what a condition is about; what cannot be weighed is about itself."""
    name = condition.about or ""
    match condition.row.weighed:
        case "items" if condition.where:
            return "items", name, *(f"{key}={value!r}" for key, value in sorted(condition.where.items()))
        case "given" | "missing" | "value" | "items":
            return "data", name
        case "earlier" | "later":
            return "time", name
        case "state":
            return "state", name
        case "number" if not condition.over_half and condition.compares:
            return condition.subject, name, *sorted(condition.with_ or ())
        case _:
            said = condition.model_dump(mode="json", exclude_defaults=True, exclude={"message"})
            return "itself", json.dumps(said, sort_keys=True, ensure_ascii=False)


def _impossible(flow: Flow, statements: list[Statement]) -> bool:
    kind, *_ = _subject(statements[0].condition)
    if kind == "itself":
        return len({statement.holds for statement in statements}) > 1
    if kind == "time":
        return _untimely(statements)
    return not any(
        all(_satisfied(flow, statement, value) for statement in statements) for value in _candidates(flow, statements)
    )


def _untimely(statements: list[Statement]) -> bool:
    """Before a moment and after it cannot both be; the same statement cannot be said and denied."""
    said = [(statement.condition.row.weighed, statement.condition.by, statement.holds) for statement in statements]
    if any((side, by, not holds) in said for side, by, holds in said):
        return True
    return {side for side, _, holds in said if holds} == {"earlier", "later"}


def _candidates(flow: Flow, statements: list[Statement]) -> list[Any]:
    """Return values that stand for every case that the statements can tell apart."""
    condition = statements[0].condition
    kind, name, *_ = _subject(condition)
    if kind == "state":
        return [None, *DEADLINE_STATES]
    spec = flow.fields.get(name) if kind == "data" else None
    if spec is not None and spec.choices:
        return [None, *spec.choices]
    if spec is not None and spec.type == "boolean":
        return [None, True, False]
    literals = {value for statement in statements for value in _literals(flow, statement.condition)}
    numbers = sorted({value + step for value in literals | {0} if _is_number(value) for step in (-2, -1, 0, 1, 2)})
    if kind != "data" or (spec is not None and spec.type in _COUNTED):
        return [number for number in numbers if number >= 0]
    texts = sorted(value for value in literals if isinstance(value, str))
    if spec is not None and spec.type in ("integer", "money"):
        return [None, *numbers]
    return [None, "", _LOWEST, *texts, *(text + _LOWEST for text in texts), _HIGHEST]


def _literals(flow: Flow, condition: Condition) -> Iterable[Any]:
    for key in COMPARISONS:
        value = _value(flow, getattr(condition, key)) if key != "odd" else None
        yield from value if isinstance(value, tuple) else () if value is None else (value,)


def _value(flow: Flow, given: Any) -> Any:
    name = name_of(given) if isinstance(given, str) else None
    if name is None:
        return given
    return flow.figures[name].amount if name in flow.figures else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _satisfied(flow: Flow, statement: Statement, value: Any) -> bool:
    """Return whether the value may satisfy the statement."""
    condition, holds = statement
    match condition.row.weighed:
        case "given" | "missing" as wanted:
            given = value is not None and value != "" and not (value == 0 and _is_counted(flow, condition))
            return (given == (wanted == "given")) == holds
        case "state":
            return (value in (condition.is_ or ())) == holds
        case "value" if value is None:
            return False  # a comparison with nothing refuses, whichever way it is put
        case _:
            compared = _compared(flow, condition, value)
            return compared is None or compared == holds


def _is_counted(flow: Flow, condition: Condition) -> bool:
    spec = flow.fields.get(condition.about or "")
    return spec is not None and spec.type in _COUNTED


def _compared(flow: Flow, condition: Condition, value: Any) -> bool | None:
    """Return the outcome of the comparison; None while a figure in it is unset."""
    results: list[bool] = []
    for key, compare in COMPARISONS.items():
        given = getattr(condition, key)
        if given is None:
            continue
        wanted = _value(flow, given)
        if wanted is None:
            return None
        results.append(compare(value, wanted))
    return all(results)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, wanted: bool(value == wanted),
    "one_of": lambda value, wanted: value in wanted,
    "at_least": lambda value, wanted: bool(value >= wanted),
    "at_most": lambda value, wanted: bool(value <= wanted),
    "odd": lambda value, wanted: not wanted or value % 2 == 1,
}
