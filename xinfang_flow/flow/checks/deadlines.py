"""What the deadlines of a flow can come to: started, met, breached; and whether somebody can act on it."""

from __future__ import annotations

from collections.abc import Iterator

from xinfang_flow.flow.checks.reach import OFF, Edge, Graph
from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Problem
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Deadline, Tiers
from xinfang_flow.flow.names.uses import SYSTEM_ROLE


def clocks(graph: Graph) -> Iterator[Problem]:
    """Yield what is doubtful about deadlines."""
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
    asked = {name for name in (*transition.takes, *transition.tells) if not name.endswith("?")}
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
