"""What can only be seen with other flows at hand: links between flows, and the floor under an overlay's figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Near, Problem
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Link
from xinfang_flow.flow.names.floor import floor
from xinfang_flow.flow.names.uses import all_conditions


def between(flow: Flow, others: Sequence[Flow]) -> Iterator[Problem]:
    """Yield what is wrong between this flow and the others; nothing when there are none."""
    if not others:
        return
    known = {name.partition("@")[0]: other for other in others for name in other.lineage}  # an overlay is that flow too
    known |= {other.id: other for other in others} | {flow.id: flow}
    for index, link in enumerate(flow.links):
        path: Path = ("link", index)
        if link.flow not in known:
            near = Near(link.flow, known)
            yield Problem(
                "XF221", (*path, "flow"), f"没有流程 {link.flow!r}", f"there is no flow {link.flow!r}", near=near
            )
            continue
        for at, name in enumerate(link.carries):
            fields = known[link.flow].fields
            if name not in fields:
                yield Problem(
                    "XF222",
                    (*path, "carries", at),
                    f"流程 {link.flow} 没有字段 {name!r}",
                    f"flow {link.flow!r} has no field {name!r}",
                    near=Near(name, fields),
                )
        circle = _circle(flow.id, link.flow, known) if link in _waiting(flow) else None
        if circle:
            shown = " → ".join(circle)
            yield Problem(
                "XF220",
                path,
                f"互相等待：{shown}",
                f"cases of these flows wait for each other: {shown}",
                "error",
                circle,
            )
    yield from _floor(flow, others)


def _waiting(flow: Flow) -> list[Link]:
    """Return the links that something waits for: a trigger, or a guard."""
    asked = {condition.about for _, condition in all_conditions(flow) if condition.row.about == "link"}
    return [link for link in flow.links if link.trigger or link.kind in asked]


def _circle(start: str, first: str, known: Mapping[str, Flow]) -> tuple[str, ...] | None:
    """Return the shortest chain of links from `first` back to `start`, with both ends."""
    chains: list[tuple[str, ...]] = [(start, first)]
    seen = {first}
    for chain in chains:  # grows while it is walked: breadth first
        if chain[-1] == start:
            return chain
        for link in _waiting(known[chain[-1]]) if chain[-1] in known else ():
            if link.flow == start or link.flow not in seen:
                seen.add(link.flow)
                chains.append((*chain, link.flow))
    return None


def _floor(flow: Flow, others: Sequence[Flow]) -> Iterator[Problem]:
    ours = {name: figure.model_dump(exclude_defaults=True) for name, figure in flow.figures.items()}
    for other in others:
        if other.name in flow.lineage:
            theirs = {name: figure.model_dump(exclude_defaults=True) for name, figure in other.figures.items()}
            yield from (problem for problem in floor(theirs, ours) if problem.code != "XF304")
