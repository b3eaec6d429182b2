"""Figures and comparisons: what a condition compares a value with, looked up once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xinfang_flow.errors import FlowError
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.figures import name_of
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.values import Reason, reason

Comparison = Callable[[Any], bool]


class UnsetFigureError(Exception):
    """A figure is needed that this county has not set."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def unset(name: str) -> Reason:
    """Return the reason for a figure that has no value here."""
    return reason(
        "figure_unset",
        f"本地尚未设定“{name}”，请在县级版的 [figures] 中注明数值和来源",
        f"figure {name!r} is unset here: set it, with its source, under [figures] of an overlay", name,
    )  # fmt: skip


def figure(flow: Flow, given: Any) -> Any:
    """Return the value of a literal, period or `figures.NAME`.

    Raises:
        UnsetFigureError: the figure is known to be needed and not set.
    """
    amount = flow.value(given)
    if amount is None and isinstance(given, str):
        raise UnsetFigureError(name_of(given) or given)
    return amount


def comparison(flow: Flow, condition: Condition) -> Comparison:
    """Return the comparison that a condition's comparators make together."""
    tests = [
        _against(flow, condition.option(name), compare)
        for name, compare in COMPARE.items()
        if condition.option(name) is not None
    ]
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _against(flow: Flow, given: Any, compare: Callable[[Any], Comparison]) -> Comparison:
    """Return a comparison with a figure, looked up once; one that has no value says so whenever it is asked."""
    try:
        return compare(figure(flow, given))
    except (UnsetFigureError, FlowError):

        def late(value: Any) -> bool:
            return compare(figure(flow, given))(value)

        return late


def _equals(amount: Any) -> Comparison:
    return lambda value: bool(value == amount)


def _one_of(amounts: Any) -> Comparison:
    return lambda value: value in amounts


def _at_least(amount: Any) -> Comparison:
    return lambda value: value is not None and bool(value >= amount)


def _at_most(amount: Any) -> Comparison:
    return lambda value: value is not None and bool(value <= amount)


def _odd(wanted: Any) -> Comparison:
    return lambda value: not wanted or value % 2 == 1


# `over_half` is no comparison of one value: it counts answers against all slots.
COMPARE: Mapping[str, Callable[[Any], Comparison]] = {
    "equals": _equals, "one_of": _one_of, "at_least": _at_least, "at_most": _at_most, "odd": _odd,
}  # fmt: skip
