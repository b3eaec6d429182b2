"""What a detour costs: a state that a case goes to and comes back from, and that the lists of states forgot.

A task is cancelled on leaving its states and opens anew on coming back; a deadline that starts on entering a state
starts again.  For signatures that are wanted anew (驳回) this is right; for who holds the matter, for a file that is
kept from state to state, and for a time that runs it hardly ever is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xinfang_flow.flow.checks.reach import Edge, Graph, Trace
from xinfang_flow.flow.findings.places import Problem
from xinfang_flow.flow.model.parts import BACKWARD, Deadline, Task

Passes = Callable[[Edge], bool]
Way = tuple[Edge, ...]


def detours(graph: Graph) -> Iterator[Problem]:
    """Yield what is lost on the way from a state to another and back, once for each state that is gone to."""
    for task in graph.flow.tasks:
        if _gathers(task):
            yield from (_emptied(graph, task, way) for way in _around(graph, task.states, lambda _: True))
    for index, deadline in enumerate(graph.flow.deadlines):
        for state in deadline.starts.enters:
            ways = _around(graph, (state,), lambda edge, deadline=deadline: _runs_on(deadline, edge))  # type: ignore[misc]
            yield from (_restarted(graph, index, deadline, way) for way in ways)


def _gathers(task: Task) -> bool:
    """Return whether slots are gathered over several states, and are not made again from roles or from a field."""
    return len(task.states) > 1 and not task.of and task.of_field is None


def _runs_on(deadline: Deadline, edge: Edge) -> bool:
    """Return whether a running deadline goes on over an edge that nobody declared to begin it."""
    ends = edge.happens(deadline.met_by) or edge.happens(deadline.cancels)
    return not ends and edge.trigger not in deadline.starts.fires


def _around(graph: Graph, inside: tuple[str, ...], passes: Passes) -> Iterator[Way]:
    """Yield a shortest way out of some states and back into them, for each state that lies just outside.

    A state where a case can also be before it has been in any of them is no detour: going there is going back.
    """
    before = graph.avoiding(inside)
    found = {*inside, *before}
    for out in graph.forward:
        if out.source in inside and out.source in graph.traces and out.dest not in found and passes(out):
            way = _back(graph, out, inside, before, passes)
            if way:
                found.add(out.dest)
                yield way


def _back(graph: Graph, out: Edge, inside: tuple[str, ...], before: frozenset[str], passes: Passes) -> Way:
    """Return the way that begins with an edge and ends where it comes back; empty when it never does.

    What sends a case back is taken to lead to where it came from, since that is known here.
    """
    ways: list[Way] = [(out,)]
    seen = {out.dest, *before}
    for way in ways:  # grows while it is walked: breadth first
        for edge in graph.from_state[way[-1].dest]:
            backward = edge.transition.dest in BACKWARD
            if edge.dest in seen or not passes(edge) or (backward and edge.dest != way[-1].source):
                continue
            if edge.dest in inside:
                return (*way, edge)
            seen.add(edge.dest)
            ways.append((*way, edge))
    return ()


def _trace(graph: Graph, way: Way) -> Trace:
    return (*graph.traces[way[0].source], *(edge.trigger for edge in way))


def _emptied(graph: Graph, task: Task, way: Way) -> Problem:
    there, back = way[0].dest, way[-1].dest
    return Problem(
        "XF216",
        ("states", there),
        f"离开去 {there} 再回到 {back}，任务 {task.name} 被取消并重新开始，已指派、已完成的都没有了："
        f'请给 {there} 加上 like = "{way[0].source}"，或把它列入任务的 `states`',
        f"going to {there!r} and back to {back!r} cancels task {task.name!r} and begins it anew, empty: "
        f'give {there!r} like = "{way[0].source}", or list it in the `states` of the task',
        "warning",
        _trace(graph, way),
    )


def _restarted(graph: Graph, index: int, deadline: Deadline, way: Way) -> Problem:
    there, back = way[0].dest, way[-1].dest
    return Problem(
        "XF217",
        ("deadline", index, "starts"),
        f"离开去 {there} 再回到 {back}，期限 {deadline.name} 从头再算：请用 `fires` 写明哪一动作使它开始",
        f"going to {there!r} and back to {back!r} starts deadline {deadline.name!r} over: "
        "say with `fires` which step starts it",
        "warning",
        _trace(graph, way),
    )
