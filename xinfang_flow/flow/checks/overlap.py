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
from xinfang_flow.flow.model.figures import name_of
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Opening

MAX_ALTERNATIVES = 64
# Fields that stand for the number of their items; a record is one.
_COUNTED = ("list", "record")
_STATES = (None, "armed", "met", "breached", "suspended", "cancelled")
_COMPARED = ("equals", "one_of", "at_least", "at_most", "odd")
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
    if condition.all is not None:
        return _joined([_spread(part, holds=holds) for part in condition.all], together=holds)
    if condition.any is not None:
        return _joined([_spread(part, holds=holds) for part in condition.any], together=not holds)
    if condition.none is not None:
        return _joined([_spread(part, holds=not holds) for part in condition.none], together=holds)
    return [(Statement(condition, holds),)]


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
    subject = condition.subject
    match subject:
        case "count" if condition.where:
            return (
                "items",
                str(condition.count),
                *(f"{key}={value!r}" for key, value in sorted(condition.where.items())),
            )
        case "present" | "absent" | "field" | "count":
            return "data", getattr(condition, subject)
        case "before" | "after":
            return "time", getattr(condition, subject)
        case "deadline":
            return "deadline", str(condition.deadline)
        case "answered" | "linked" | "running" if not condition.over_half and _compares(condition):
            return subject, getattr(condition, subject), *sorted(condition.with_ or ())
        case _:
            said = condition.model_dump(mode="json", exclude_defaults=True, exclude={"message"})
            return "itself", json.dumps(said, sort_keys=True, ensure_ascii=False)


def _compares(condition: Condition) -> bool:
    return any(getattr(condition, key) is not None for key in _COMPARED)


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
    said = [(statement.condition.subject, statement.condition.by, statement.holds) for statement in statements]
    if any((subject, by, not holds) in said for subject, by, holds in said):
        return True
    return {subject for subject, _, holds in said if holds} == {"before", "after"}


def _candidates(flow: Flow, statements: list[Statement]) -> list[Any]:
    """Return values that stand for every case that the statements can tell apart."""
    condition = statements[0].condition
    kind, name, *_ = _subject(condition)
    if kind == "deadline":
        return list(_STATES)
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
    for key in _COMPARED[:-1]:
        value = _value(flow, getattr(condition, key))
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
    match condition.subject:
        case "present" | "absent":
            given = value is not None and value != "" and not (value == 0 and _is_counted(flow, condition))
            return (given == (condition.subject == "present")) == holds
        case "deadline":
            return (value in (condition.is_ or ())) == holds
        case "field" if value is None:
            return False  # a comparison with nothing refuses, whichever way it is put
        case _:
            compared = _compared(flow, condition, value)
            return compared is None or compared == holds


def _is_counted(flow: Flow, condition: Condition) -> bool:
    spec = flow.fields.get(condition.present or condition.absent or "")
    return spec is not None and spec.type in _COUNTED


def _compared(flow: Flow, condition: Condition, value: Any) -> bool | None:
    """Return the outcome of the comparison; None while a figure in it is unset."""
    results: list[bool] = []
    for key, compare in _COMPARISONS.items():
        given = getattr(condition, key)
        if given is None:
            continue
        wanted = _value(flow, given)
        if wanted is None:
            return None
        results.append(compare(value, wanted))
    return all(results)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, wanted: bool(value == wanted),
    "one_of": lambda value, wanted: value in wanted,
    "at_least": lambda value, wanted: bool(value >= wanted),
    "at_most": lambda value, wanted: bool(value <= wanted),
    "odd": lambda value, wanted: not wanted or value % 2 == 1,
}
