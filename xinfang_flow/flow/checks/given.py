"""Which fields are certain to have a value in a state, whichever way a case came there."""

from __future__ import annotations

from collections.abc import Iterable

from xinfang_flow.flow.checks.reach import Edge, Graph
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.parts import Opening

Fields = frozenset[str]
_TOLD_OF_VALUE = ("given", "value", "earlier", "later")  # what holds for no field without a value


class Given:
    """The fields that every way to a state fills: by what must be given, and by guards that ask for a value."""

    def __init__(self, graph: Graph) -> None:
        self._of_state: dict[str, Fields] = {graph.flow.initial: asked(graph.flow.opening)}
        waiting = [graph.flow.initial]
        while waiting:
            for edge in graph.from_state.get(waiting.pop(), ()):
                before, after = self._of_state.get(edge.dest), self.after(edge)
                common = after if before is None else before & after
                if common != before:
                    self._of_state[edge.dest] = common
                    waiting.append(edge.dest)

    def in_state(self, name: str) -> Fields:
        """Return what is certain on coming into a state; nothing where no case comes."""
        return self._of_state.get(name, frozenset())

    def after(self, edge: Edge) -> Fields:
        """Return what is certain once an edge has been taken."""
        return self.in_state(edge.source) | asked(edge.transition)


def asked(part: Opening) -> Fields:
    """Return the fields without which an opening or a transition is refused."""
    return frozenset(one.name for one in part.taken if one.required) | needed(part.conditions)


def needed(conditions: Iterable[Condition]) -> Fields:
    """Return the fields that have a value wherever all the conditions hold: guards fail closed."""
    return frozenset[str]().union(*map(_needed, conditions))


def _needed(condition: Condition) -> Fields:
    row = condition.row
    if row.joins and not row.denies:
        found = [_needed(part) for part in condition.parts]
        return frozenset.intersection(*found) if row.joins == "any" else frozenset[str]().union(*found)
    return frozenset({str(condition.about)}) if row.weighed in _TOLD_OF_VALUE else frozenset()
