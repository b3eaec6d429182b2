"""`check`: is the flow sound?  References first, then what the graph, the clocks and other flows say about it.

Every code is documented, with an example that has it and the example mended, in docs/reference/check-codes.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xinfang_flow.flow.checks.deadlines import clocks
from xinfang_flow.flow.checks.detours import detours
from xinfang_flow.flow.checks.other_flows import between
from xinfang_flow.flow.checks.overlap import exclusive
from xinfang_flow.flow.checks.reach import Edge, Graph
from xinfang_flow.flow.checks.unused import unused
from xinfang_flow.flow.findings.finding import Finding
from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Problem, told, where
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import BACKWARD, Opening, Tiers
from xinfang_flow.flow.names.unknown import references
from xinfang_flow.flow.names.uses import OPEN, all_conditions


def check(flow: Flow, others: Iterable[Flow] = ()) -> list[Finding]:
    """Return everything that is wrong (errors) or doubtful (warnings) in a flow.

    `others` are the flows that it is used with: with them, links between flows and the floor under an overlay's
    figures are checked too.
    """
    problems = list(references(flow))
    graph = Graph(flow)
    problems += (*_states(graph), *_finals(flow), *_reserved(flow), *_choices(graph), *clocks(graph), *_tasks(graph))
    problems += (*detours(graph), *unused(flow))
    problems += between(flow, tuple(others))
    head = "" if flow.places else f"{flow.name}: "
    return told(problems, lambda problem: head + where(flow.places, problem.path))


def errors_in(flow: Flow) -> list[Finding]:
    """Return what is wrong in a flow on its own: with any of this, its cases do not run as it reads."""
    return [finding for finding in check(flow) if finding.severity == "error"]


def _states(graph: Graph) -> Iterator[Problem]:
    """Every state can be reached, has a way out unless it is final, and a way to an end."""
    for name, state in graph.flow.states.items():
        path: Path = ("states", name)
        trace = graph.traces.get(name)
        if trace is None:
            yield Problem("XF201", path, f"环节 {name} 无法到达", f"state {name!r} cannot be reached")
        elif state.final or name in graph.to_final:
            continue
        elif all(edge.dest == name for edge in graph.from_state[name]):
            yield Problem(
                "XF202",
                path,
                f"环节 {name} 没有出路，又不是终结环节",
                f"state {name!r} is not final and has no way out",
                witness=trace,
            )
        else:
            yield Problem(
                "XF203",
                path,
                f"从环节 {name} 无法到达任何终结环节",
                f"no final state can be reached from {name!r}",
                witness=trace,
            )


def _finals(flow: Flow) -> Iterator[Problem]:
    for index, transition in enumerate(flow.transitions):
        for at, source in enumerate(transition.source):
            if source in flow.states and flow.states[source].final:
                yield Problem(
                    "XF204",
                    ("transition", index, "source", at),
                    f"{source} 是终结环节，不能再办理 {transition.trigger}",
                    f"{source!r} is final: {transition.trigger!r} can never be fired there",
                )


def _reserved(flow: Flow) -> Iterator[Problem]:
    """`open` is what opens a case: nothing else is called so, or moments could not tell the two apart."""
    for index, transition in enumerate(flow.transitions):
        if transition.trigger == OPEN:
            yield Problem(
                "XF219",
                ("transition", index, "trigger"),
                "`open` 是登记事项（[open]）的动作，不能再用作办理动作：请换一个名称",
                "`open` is what opens a case ([open]): give this transition another trigger",
            )


def _choices(graph: Graph) -> Iterator[Problem]:
    """Where several arrows answer one trigger in one state, guards decide, not luck; and each can be taken."""
    seen: set[tuple[int, int]] = set()
    for state, edges in graph.from_state.items():
        rivals: dict[str, dict[int, Edge]] = {}
        for later in edges:
            before = rivals.setdefault(later.trigger, {})
            for at, earlier in before.items():
                if at != later.at and (at, later.at) not in seen:
                    seen.add((at, later.at))
                    yield from _choice(graph, state, earlier, later)
            before.setdefault(later.at, later)


def _choice(graph: Graph, state: str, earlier: Edge, later: Edge) -> Iterator[Problem]:
    path: Path = ("transition", later.at)
    one, other = earlier.transition, later.transition
    trace = (*graph.traces[state], later.trigger) if state in graph.traces else None
    if _always_first(graph, earlier, later):
        yield Problem(
            "XF205",
            path,
            f"在 {state} 办理 {later.trigger} 时总是先走 {one.name}，{other.name} 永远走不到",
            f"in {state!r}, {later.trigger!r} always takes {one.name!r} first: {other.name!r} can never be taken",
            witness=trace,
        )
    elif set(one.roles) & set(other.roles) and not exclusive(graph.flow, one, other):
        yield Problem(
            "XF206",
            path,
            f"在 {state} 办理 {later.trigger} 时，{one.name} 与 {other.name} 的条件可能同时成立，将按先后次序取前者",
            f"in {state!r}, the guards of {one.name!r} and {other.name!r} may both hold for {later.trigger!r}: "
            "the first one is taken",
            "warning",
            trace,
        )


def _always_first(graph: Graph, earlier: Edge, later: Edge) -> bool:
    """Return whether whatever the later arrow takes, the earlier one takes before it."""
    one, other = earlier.transition, later.transition
    refuses = one.conditions or one.unless or one.task or one.extends or one.dest in BACKWARD
    if refuses or not set(one.roles) >= set(other.roles) or (one.note == "required" != other.note):
        return False
    asked, given = _payload(one), _payload(other)
    if other.task or not (asked[0] <= given[0] and given[1] <= asked[1]):
        return False
    started = [deadline for deadline in graph.flow.deadlines if earlier.happens(deadline.starts)]
    return not any(deadline.since or deadline.until or isinstance(deadline.period, Tiers) for deadline in started)


def _payload(part: Opening) -> tuple[set[str], set[str]]:
    """Return the fields that must be given, and all that may be."""
    return {one.name for one in part.payload if one.required}, {one.name for one in part.payload}


def _tasks(graph: Graph) -> Iterator[Problem]:
    """A task that a guard waits for can be settled, and steps are taken only where the task is open."""
    flow = graph.flow
    steps = [(index, step) for index, step in enumerate(flow.transitions) if step.task]
    for index, transition in steps:
        task = next((task for task in flow.tasks if transition.task and task.name == transition.task.name), None)
        outside = [state for state in flow.sources_of(transition) if task and state not in task.states]
        if task and outside and not transition.anywhere and transition.task and transition.task.do != "retract":
            listed = ", ".join(outside)
            yield Problem(
                "XF211",
                ("transition", index, "task"),
                f"任务 {task.name} 在 {listed} 并未开启，{transition.trigger} 在那里总被拒绝",
                f"task {task.name!r} is not open in {listed}: {transition.trigger!r} is always refused there",
                "warning",
            )
    waited = {condition.about for _, condition in all_conditions(flow) if condition.row.awaits}
    for index, task in enumerate(flow.tasks):
        done = {
            step.task.do
            for _, step in steps
            if step.task and step.task.name == task.name and set(flow.sources_of(step)) & set(task.states)
        }
        slots = task.of or task.of_field or task.items or done & {"assign", "add", "copy"}
        if task.name in waited and not (slots and done & {"settle", "skip"}):
            yield Problem(
                "XF210",
                ("task", index),
                f"有条件等待任务 {task.name} 完成，但没有动作能完成它",
                f"a guard waits for task {task.name!r}, and no transition can settle it",
            )
