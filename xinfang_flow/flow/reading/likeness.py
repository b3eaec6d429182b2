"""`like`: a state that stands wherever another stands; resolved when a document is loaded, and gone from then on.

So a state that an overlay adds keeps the tasks and the steps of the one that it is like, without copying their lists.
It is added at the end of each list: what stood there keeps its index, and so its place in findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from xinfang_flow.flow.findings.places import Array, Near, Place, Problem, Table

_MOMENTS = ("starts", "met_by", "cancels", "suspends", "resumes")
_Beside = Mapping[str, Sequence[tuple[str, Place]]]


def alike(document: Table) -> tuple[Table, list[Problem]]:
    """Return the document with every `like` resolved, and what is wrong with them; the document given stays as it is.

    A state stands in the `states` of tasks, the `enters` of deadlines and the `source` of transitions in which the
    other stands, but for transitions that lead into it: a state is not left by the step that a case comes to it by.
    """
    likes = _likes(document)
    if not likes:
        return document, []
    problems = list(_wrong(likes, document["states"]))
    document = deepcopy(document)
    beside: dict[str, list[tuple[str, Place]]] = {}
    for name, other in likes.items():
        state = document["states"][name]
        beside.setdefault(other, []).append((name, state.places["like"]))
        del state["like"], state.places["like"]
    if not problems:
        for table, key, dest in _lists(document):
            _stand(table, key, beside, dest)
    return document, problems


def _likes(document: Table) -> dict[str, str]:
    """Return what each state is like; what is no text is for the model to refuse."""
    states = document.get("states")
    tables = states.items() if isinstance(states, Table) else ()
    return {
        name: state["like"] for name, state in tables if isinstance(state, Table) and isinstance(state.get("like"), str)
    }


def _wrong(likes: Mapping[str, str], states: Iterable[str]) -> Iterator[Problem]:
    known = set(states)
    for name, other in likes.items():
        if other not in known:
            yield Problem(
                "XF101", ("states", name, "like"), f"没有名为 {other!r} 的环节", f"there is no state {other!r}",
                near=Near(other, known, listed=True),
            )  # fmt: skip
    for circle in _circles(likes):
        shown = " → ".join((*circle, circle[0]))
        yield Problem(
            "XF121",
            ("states", circle[0], "like"),
            f"`like` 形成循环：{shown}；请删去其中一个",
            f"`like` runs in a circle: {shown}; leave one of them out",
        )


def _circles(likes: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    known: set[str] = set()
    for start in likes:
        name, trail = start, dict[str, None]()
        while name in likes and name not in known and name not in trail:
            trail[name] = None
            name = likes[name]
        if name in trail:
            walked = tuple(trail)
            yield walked[walked.index(name) :]
        known |= trail.keys()


def _lists(document: Table) -> Iterator[tuple[Table, str, Any]]:
    """Yield every table that has a list of states, the key of the list, and the state that the table leads into."""
    for task in _tables(document, "task"):
        yield task, "states", None
    for deadline in _tables(document, "deadline"):
        yield from ((deadline[key], "enters", None) for key in _MOMENTS if isinstance(deadline.get(key), Table))
    for transition in _tables(document, "transition"):
        yield transition, "source", transition.get("dest")


def _tables(document: Table, section: str) -> list[Table]:
    entries: Any = document.get(section)
    return [entry for entry in entries if isinstance(entry, Table)] if isinstance(entries, list) else []


def _stand(table: Table, key: str, beside: _Beside, dest: Any) -> None:
    """Add to a list the states that are like those in it; one name may stand for a list of one."""
    names = table.get(key)
    if isinstance(names, str) and names in beside:
        names = Array([names], [table.places[key]])
    if not isinstance(names, Array):
        return
    standing = [name for name in names if isinstance(name, str)]
    seen = {*standing, dest}
    for other in standing:  # grows while it is walked: a state may be like one that is like another
        for name, place in beside.get(other, ()):
            if name not in seen:
                seen.add(name)
                standing.append(name)
                names.append(name)
                names.places.append(place)
    table.put(key, names, table.places[key])
