"""Conditions judged before anybody asks: what can be told from the case alone, whatever the payload will be.

The answer is True, False, or None: that depends on who asks, when, with what, or on a function of the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.interpreter.comparison import UnsetFigureError
from xinfang_flow.kernel.interpreter.guards import View, compile_guard
from xinfang_flow.law import Calendar

Judge = Callable[[View], bool | None]

_OF_DATA = frozenset({"present", "absent", "field", "count", "apart"})
_OF_TIME = frozenset({"before", "after", "working_day"})
_OF_LINKS = frozenset({"linked", "running"})
_OF_TASKS = frozenset({"settled", "answered"})


def judge(flow: Flow, condition: Condition, given: frozenset[str]) -> Judge | None:
    """Return the test of a condition; None if nothing can ever be told.

    `given` names the fields and the task that the step itself brings, so that nothing is known of them yet.
    """
    if condition.any is not None:
        return _combined([judge(flow, part, given) for part in condition.any], decisive=True)
    if condition.all is not None:
        return _combined([judge(flow, part, given) for part in condition.all], decisive=False)
    if condition.none is not None:
        return denied(_combined([judge(flow, part, given) for part in condition.none], decisive=True))
    if not given.isdisjoint((condition.about or "", *(condition.from_ or ()))):
        return None
    return _leaf(flow, condition)


def denied(test: Judge | None) -> Judge | None:
    """Return the opposite of a test."""
    if test is None:
        return None

    def opposite(view: View) -> bool | None:
        answer = test(view)
        return None if answer is None else not answer

    return opposite


def fields_of(condition: Condition) -> frozenset[str]:
    """Return the data fields that a condition looks at."""
    parts = (*(condition.any or ()), *(condition.all or ()), *(condition.none or ()))
    own = (condition.about or "", *(condition.from_ or ())) if condition.subject in _OF_DATA | _OF_TIME else ()
    return frozenset(own).union(*map(fields_of, parts))


def _combined(tests: Iterable[Judge | None], *, decisive: bool) -> Judge | None:
    """One part that answers `decisive` decides; else one of which nothing can be told leaves it open."""
    parts = tuple(tests)
    known = tuple(part for part in parts if part is not None)
    blind = len(known) < len(parts)
    if not known:
        return None

    def test(view: View) -> bool | None:
        dark = blind
        for part in known:
            answer = part(view)
            if answer is decisive:
                return decisive
            dark = dark or answer is None
        return None if dark else not decisive

    return test


def _leaf(flow: Flow, condition: Condition) -> Judge | None:
    subject, name = condition.subject, condition.about or ""
    if subject in _OF_TIME:
        return lambda view: None if view.data.get(name) is not None else False
    if subject == "settled":  # a lead time is a matter of the calendar
        return lambda view: name in view.tasks and view.tasks[name].state == "settled"
    if subject == "deadline":  # as it is written: late, here, is what a clock has noticed
        states = set(condition.is_ or ())
        return lambda view: view.case is not None and name in view.case.deadlines and (
            view.case.deadlines[name].state in states
        )  # fmt: skip
    if subject not in _OF_DATA | _OF_LINKS | _OF_TASKS:
        return None
    known = _known(flow, condition)
    if subject not in _OF_LINKS:
        return known
    return lambda view: known(view) if _tied(view, name) else None  # whom nobody has tied yet may still be tied


def _tied(view: View, kind: str) -> bool:
    return view.case is not None and any(link.kind == kind and link.role == "child" for link in view.case.links)


def _known(flow: Flow, condition: Condition) -> Judge:
    test = compile_guard(flow, condition, EMPTY, Calendar.china()).test

    def known(view: View) -> bool | None:
        try:
            return test(view) is True
        except UnsetFigureError:  # whoever fires it is told which figure is missing
            return None
        except Exception:  # noqa: BLE001  a guard that breaks refuses, whatever broke
            return False

    return known
