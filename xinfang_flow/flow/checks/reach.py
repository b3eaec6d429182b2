"""The flow as a graph: arrows between states, what can be reached, and the shortest way there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from xinfang_flow.flow.model.deadline_states import RUNNING, DeadlineStep
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import BACKWARD, FIRST, Deadline, Moment, Transition
from xinfang_flow.flow.names.uses import OPEN

Trace = tuple[str, ...]
# Where a deadline stands that does not run: not begun, met or cancelled.
OFF = "off"


class Edge(NamedTuple):
    """One transition from one state; `at` is its place in the document, `dest` the same state when it stays."""

    at: int
    source: str
    dest: str
    transition: Transition

    @property
    def trigger(self) -> str:
        """What is fired."""
        return self.transition.trigger

    @property
    def enters(self) -> str | None:
        """The state that is entered; None when the case stays."""
        return self.dest if self.dest != self.source else None

    def happens(self, moment: Moment | None) -> bool:
        """Return whether taking this edge is the moment."""
        return moment is not None and moment.happens(self.trigger, self.enters)

    def stepped(self, deadline: Deadline, clock: str) -> str:
        """Return where a deadline stands after this edge, if it stood at `clock` before: armed, suspended or off."""
        return _moved(deadline.steps(self.trigger, self.enters), clock)


class Graph:
    """What can follow what, guards aside."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._earlier: dict[str, frozenset[str]] = {}
        self.forward = tuple(self._edges(backward=False))

    def _edges(self, *, backward: bool) -> Iterator[Edge]:
        states = self.flow.states
        for index, transition in enumerate(self.flow.transitions):
            if (transition.dest in BACKWARD) != backward:
                continue
            for source in self.flow.sources_of(transition):
                for dest in self._dests(source, transition):
                    if source in states and dest in states:
                        yield Edge(index, source, dest, transition)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every edge, in document order; one that sends back leads wherever the case may have been before."""
        return tuple(sorted((*self.forward, *self._edges(backward=True)), key=lambda edge: edge.at))

    @cached_property
    def from_state(self) -> dict[str, list[Edge]]:
        """The edges by the state that they leave."""
        table: dict[str, list[Edge]] = {state: [] for state in self.flow.states}
        for edge in self.edges:
            table[edge.source].append(edge)
        return table

    @cached_property
    def traces(self) -> dict[str, Trace]:
        """The shortest trace of triggers to every state that can be reached."""
        return {state: trace for (state, _), trace in self.explore(None).items()}

    def avoiding(self, states: Iterable[str]) -> frozenset[str]:
        """Return the states that can be reached without ever being in one of these."""
        shut = set(states)
        pairs = ((edge.source, edge.dest) for edge in self.forward if edge.dest not in shut)
        return frozenset() if self.flow.initial in shut else _closure([self.flow.initial], _following(pairs))

    @cached_property
    def to_final(self) -> frozenset[str]:
        """The states from which a final state can be reached."""
        finals = [name for name, state in self.flow.states.items() if state.final]
        return _closure(finals, _following((edge.dest, edge.source) for edge in self.edges))

    def explore(self, deadline: Deadline | None) -> dict[tuple[str, str], Trace]:
        """Return the shortest trace to every state together with where a deadline may stand there.

        The second half of a key is "off", "armed" or "suspended"; always "off" without a deadline.
        """
        forward: dict[str, list[Edge]] = {}
        for edge in self.edges if deadline else self.forward:
            forward.setdefault(edge.source, []).append(edge)
        opened = _moved(deadline.steps(OPEN, self.flow.initial), OFF) if deadline else OFF
        start = (self.flow.initial, opened)
        traces: dict[tuple[str, str], Trace] = {start: ()}
        queue = deque([start])
        while queue:
            state, clock = queue.popleft()
            if state not in self.flow.states or self.flow.states[state].final:
                continue
            for edge in forward.get(state, ()):
                after = (edge.dest, edge.stepped(deadline, clock) if deadline else OFF)
                if after not in traces:
                    traces[after] = (*traces[state, clock], edge.trigger)
                    queue.append(after)
        return traces

    @cached_property
    def _into(self) -> dict[str, list[str]]:
        return _following((edge.dest, edge.source) for edge in self.forward)

    def _leading_to(self, state: str) -> frozenset[str]:
        if state not in self._earlier:
            self._earlier[state] = _closure([state], self._into)
        return self._earlier[state]

    def _dests(self, source: str, transition: Transition) -> Iterable[str]:
        """Where an edge may lead; one that sends back, only where the case may have been before."""
        dests = self.flow.dests_of(transition, source)
        if transition.dest not in BACKWARD or source not in self.flow.states:
            return dests
        earlier = self._leading_to(source)
        first = transition.dest == FIRST
        return (dest for dest in dests if dest in earlier and (not first or dest == self.flow.initial))


def _following(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    following: dict[str, list[str]] = {}
    for before, after in pairs:
        following.setdefault(before, []).append(after)
    return following


def _closure(start: Iterable[str], following: Mapping[str, Iterable[str]]) -> frozenset[str]:
    reached = set(start)
    frontier = list(reached)
    while frontier:
        for after in following.get(frontier.pop(), ()):
            if after not in reached:
                reached.add(after)
                frontier.append(after)
    return frozenset(reached)


def _moved(steps: Iterable[DeadlineStep], clock: str) -> str:
    for step in steps:
        if step.out_of is None or clock in step.out_of:
            clock = step.into if step.into in RUNNING else OFF
    return clock
