"""What the deadlines of a flow can come to: started, met, breached; and whether somebody can act on it."""

from __future__ import annotations

from collections.abc import Iterator

from xinfang_flow.flow.checks.given import Given, needed
from xinfang_flow.flow.checks.reach import OFF, Edge, Graph, Trace
from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Problem
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Deadline, Tiers
from xinfang_flow.flow.names.uses import OPEN, SYSTEM_ROLE


def clocks(graph: Graph) -> Iterator[Problem]:
    """Yield what is doubtful about deadlines."""
    given = Given(graph)
    for index, deadline in enumerate(graph.flow.deadlines):
        path: Path = ("deadline", index)
        running = {key: trace for key, trace in graph.explore(deadline).items() if key[1] != OFF}
        if not running:
            yield Problem(
                "XF207",
                (*path, "starts"),
                f"期限 {deadline.name} 永远不会开始",
                f"deadline {deadline.name!r} is never started",
                "warning",
            )
            continue
        if not any(edge.happens(deadline.met_by) for state, _ in running for edge in graph.from_state[state]):
            yield Problem(
                "XF208",
                path,
                f"期限 {deadline.name} 永远不会被遵守（`met_by`）",
                f"deadline {deadline.name!r} can never be met (`met_by`)",
                "warning",
            )
        yield from _breach(graph, deadline, running, (*path, "on_breach"))
        yield from _tiers(graph.flow, deadline, path)
        yield from _unfilled(graph, given, deadline, path)
    for index, link in enumerate(graph.flow.links):
        edges = [edge for edge in graph.edges if edge.trigger == link.trigger]
        if edges and not any(_by_system(edge, frozenset(link.carries)) for edge in edges):
            yield Problem(
                "XF212",
                ("link", index, "trigger"),
                f"关联事项办结时系统无法办理 {link.trigger}：缺少 system 角色，或必填字段未在 `carries` 中",
                f"when the linked case is done, `system` cannot fire {link.trigger!r}: the role is missing, "
                "or a field that must be given is not in `carries`",
                "warning",
            )


def _breach(
    graph: Graph, deadline: Deadline, running: dict[tuple[str, str], tuple[str, ...]], path: Path
) -> Iterator[Problem]:
    if deadline.on_breach is None:
        return
    for (state, clock), trace in running.items():
        possible = any(
            edge.trigger == deadline.on_breach and _by_system(edge, frozenset()) for edge in graph.from_state[state]
        )
        if clock == "armed" and not graph.flow.states[state].final and not possible:
            yield Problem(
                "XF209",
                path,
                f"期限 {deadline.name} 在 {state} 届满时，系统不能办理 {deadline.on_breach}",
                f"when {deadline.name!r} runs out in {state!r}, `system` cannot fire {deadline.on_breach!r} there",
                "warning",
                trace,
            )


def _by_system(edge: Edge, given: frozenset[str]) -> bool:
    """Return whether the engine itself may fire the edge, with no more than the given fields."""
    transition = edge.transition
    asked = {one.name for one in transition.payload if one.required}
    return SYSTEM_ROLE in transition.roles and asked <= given and transition.note != "required"


def _tiers(flow: Flow, deadline: Deadline, path: Path) -> Iterator[Problem]:
    if not isinstance(deadline.period, Tiers) or deadline.period.by not in flow.fields:
        return
    missing = [choice for choice in flow.fields[deadline.period.by].choices if choice not in deadline.period.cases]
    if missing:
        listed = ", ".join(missing)
        yield Problem(
            "XF213",
            (*path, "period", "cases"),
            f"期限 {deadline.name} 没有这些档：{listed}；遇到时办理会被拒绝",
            f"deadline {deadline.name!r} has no tier for {listed}: the step that starts it is refused then",
            "warning",
        )


def _unfilled(graph: Graph, given: Given, deadline: Deadline, path: Path) -> Iterator[Problem]:
    """A deadline that is counted by a field starts where the field is certain to have a value, once for each field."""
    tiers = deadline.period.by if isinstance(deadline.period, Tiers) else None
    for name, key in ((tiers, "period"), (deadline.since, "since"), (deadline.until, "until")):
        if name is None or name not in graph.flow.fields or name in needed(deadline.when):
            continue
        trace = next((trace for trace, fields in _starts(graph, given, deadline) if name not in fields), None)
        if trace is not None:
            yield Problem(
                "XF218",
                (*path, key),
                f"期限 {deadline.name} 开始时字段 {name} 可能没有值，该步会被拒绝：请使其必填，或用 `when` 限定",
                f"field {name!r} may have no value when deadline {deadline.name!r} starts, and the step is refused "
                "then: make it required, or say `when`",
                "warning",
                trace,
            )


def _starts(graph: Graph, given: Given, deadline: Deadline) -> Iterator[tuple[Trace, frozenset[str]]]:
    """Yield each way in which a deadline starts, with the fields that are certain to have a value then."""
    initial, starts = graph.flow.initial, deadline.starts
    if OPEN in starts.fires or initial in starts.enters:
        yield (), given.in_state(initial)
    for edge in graph.edges:
        if edge.source in graph.traces and edge.happens(starts):
            yield (*graph.traces[edge.source], edge.trigger), given.after(edge)
