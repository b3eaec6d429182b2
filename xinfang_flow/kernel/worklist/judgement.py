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


def judge(flow: Flow, condition: Condition, given: frozenset[str]) -> Judge | None:
    """Return the test of a condition; None if nothing can ever be told.

    `given` names the fields and the task that the step itself brings, so that nothing is known of them yet.
    """
    row = condition.row
    if row.joins:
        joined = _combined([judge(flow, part, given) for part in condition.parts], decisive=row.joins == "any")
        return denied(joined) if row.denies else joined
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
    own = (condition.about or "", *(condition.from_ or ())) if condition.row.about == "field" else ()
    return frozenset(own).union(*map(fields_of, condition.parts))


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
    row, name = condition.row, condition.about or ""
    match row.about:
        case "field" if row.wanted == "moment":
            return lambda view: None if view.data.get(name) is not None else False
        case "field" if row.data_alone:
            return _known(flow, condition)
        case "link":
            known = _known(flow, condition)
            return lambda view: known(view) if _tied(view, name) else None  # whom nobody has tied yet may still be tied
        case "task" if row.awaits and row.compares:
            return _known(flow, condition)
        case "task" if row.awaits:  # a lead time is a matter of the calendar
            return lambda view: name in view.tasks and view.tasks[name].state == "settled"
        case "deadline":  # as it is written: late, here, is what a clock has noticed
            states = set(condition.is_ or ())
            return lambda view: _deadline_state(view, name) in states
    return None


def _deadline_state(view: View, name: str) -> str | None:
    deadline = view.case.deadlines.get(name) if view.case is not None else None
    return None if deadline is None else deadline.state


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
