"""Cases that belong together, as a tree around one of them: what it waits for, what waits for it, and how each stands.

What a case knows of its own ties is in its events.  How the others stand is theirs to prove: here it is only told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from xinfang_flow.casefile import words
from xinfang_flow.errors import NotFoundError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Case, Link
from xinfang_flow.text import Language, bracketed

MOST, DEEPEST = 100, 5
_ROLES = {"child": ("子事项", "child"), "parent": ("主事项", "parent")}
_DONE, _PENDING = ("已办结", "done"), ("已办结，结果尚待接收", "done, its outcome not accepted yet")
_HIDDEN = ("无权查看", "not for this reader")
_NOTES = {"again": ("另见本表", "listed elsewhere here"), "more": ("其关联事项未列", "its own ties are left out")}

Get = Callable[[str], Case]
FlowOf = Callable[[Case], Flow]
Node = dict[str, Any]


class _Standing(NamedTuple):
    """A case whose ties are to be followed, the list they go to, and where they were followed from."""

    case: Case
    into: list[Node]
    origin: str
    depth: int


def linked(case: Case, get: Get, flow_of: FlowOf) -> list[Node]:
    """Return the tree around a case, nearest first: each other case once, at most 100 of them beyond its own ties.

    `get` raises NotFoundError for what may not be seen: of that, only the tie is told.
    """
    tree: list[Node] = []
    waiting = deque([_Standing(case, tree, "", 1)])
    seen = {case.id}
    while waiting:
        here = waiting.popleft()
        for link in here.case.links:
            if link.case_id in (case.id, here.origin):  # ties are known on both sides: this one is listed already
                continue
            other = _other(get, link)
            node = _node(flow_of, here.case, link, other, again=link.case_id in seen)
            here.into.append(node)
            if other is None or node["again"]:
                continue
            seen.add(link.case_id)
            if here.depth < DEEPEST and len(seen) <= MOST:
                waiting.append(_Standing(other, node["linked"], here.case.id, here.depth + 1))
            else:
                node["more"] = len(other.links) > 1
    return tree


def _other(get: Get, link: Link) -> Case | None:
    try:
        return get(link.case_id)
    except NotFoundError:
        return None


def _node(flow_of: FlowOf, here: Case, link: Link, other: Case | None, *, again: bool) -> Node:
    waits = here if link.role == "child" else other
    spec = flow_of(waits).link(link.kind) if waits is not None else None
    title = spec.title._asdict() if spec is not None and spec.title is not None else None
    stands = None if other is None else _stands(flow_of(other), other)
    return {**link._asdict(), "title": title, "stands": stands, "again": again, "more": False, "linked": []}


def _stands(flow: Flow, case: Case) -> Node:
    labels = {lang: words.state_title(flow, case.state, lang) for lang in ("zh", "en")}
    return {
        "name": words.name_of(case, flow), "org": case.org, "flow": flow.name, "flow_title": flow.title._asdict(),
        "state": case.state, "state_title": labels, "done": case.done, "outcome": case.outcome,
        "version": case.version, "head": case.head,
    }  # fmt: skip


def own(case: Case, tree: Iterable[Mapping[str, Any]]) -> list[Node]:
    """Return the tree with the case's own ties as its events have them, whatever the tree says of those."""
    told = {(node["case_id"], node["kind"]): node for node in tree}
    bare: Node = {"title": None, "stands": None, "again": False, "more": False, "linked": []}
    return [{**bare, **told.get((link.case_id, link.kind), {}), **link._asdict()} for link in case.links]


def lines(node: Mapping[str, Any], lang: Language) -> tuple[str, str, str]:
    """Return a node in words: what the other is to the case above it, which case it is, and how it stands."""
    title, stands = node["title"], node["stands"]
    kind = title[lang] if title else node["kind"]
    tie = f"{words.pick(_ROLES[node['role']], lang)} · {kind}"
    if stands is None:
        return tie, node["case_id"], _told(node, lang)
    flow = stands["flow_title"][lang]
    parts = (flow if flow != kind else "", stands["name"], stands["org"] or "")
    state = stands["state_title"][lang]
    ended = _ended(node, stands, lang)
    return tie, " · ".join(part for part in parts if part), state + (bracketed(ended, lang) if ended else "")


def _ended(node: Mapping[str, Any], stands: Mapping[str, Any], lang: Language) -> str:
    pending = stands["done"] and node["role"] == "child" and node["state"] == "open"
    parts = [words.pick(_PENDING if pending else _DONE, lang)] if stands["done"] else []
    parts += [words.pick(said, lang) for key, said in _NOTES.items() if node[key]]
    return words.pick(("；", "; "), lang).join(parts)


def _told(node: Mapping[str, Any], lang: Language) -> str:
    """Return what the case above it knows of one that may not be seen."""
    known = words.tie_state(node, lang) if node["role"] == "child" else ""
    return known + bracketed(words.pick(_HIDDEN, lang), lang)
