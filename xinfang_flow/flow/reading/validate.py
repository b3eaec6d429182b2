"""From a resolved document to the model, and what is left of it when some parts do not have the right shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import MOST_FINDINGS, Array, Problem, Table
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.names.unknown import references
from xinfang_flow.flow.names.uses import names_of
from xinfang_flow.flow.reading.likeness import alike
from xinfang_flow.flow.reading.model_errors import problems_of
from xinfang_flow.flow.reading.overlay import ENTRIES, TABLES

MAX_STATES, MAX_TRANSITIONS = 2_000, 10_000
_ROUNDS = 4


def shaped(document: Table) -> tuple[Flow | None, list[Problem]]:
    """Return the flow, or every problem of its shape and of its names.

    Where parts do not have the right shape, names are looked up in what is left without them: so a misspelt key and
    an unknown state are reported together.
    """
    problems = list(_too_many(document))
    if problems:
        return None, problems
    document, unlike = alike(document)
    flow, problems = _validated(document)
    if len(problems) > MOST_FINDINGS:
        return None, problems
    rest, kept = (flow, {}) if flow else _without(document, problems)
    if rest is not None:
        problems += [_moved(problem, kept) for problem in references(rest, names_of(document))]
    problems += unlike
    return (None if problems else flow), list(dict.fromkeys(problems))


def _too_many(document: Table) -> Iterator[Problem]:
    for section, most in (("states", MAX_STATES), ("transition", MAX_TRANSITIONS)):
        items = document.get(section)
        if isinstance(items, dict | list) and len(items) > most:
            yield Problem("XF015", (section,), f"超过 {most} 项", f"more than {most} of them")


def _validated(document: Table) -> tuple[Flow | None, list[Problem]]:
    try:
        return Flow.model_validate(document), []
    except ValidationError as error:
        return None, problems_of(error, document)


def _without(document: Table, problems: Iterable[Problem]) -> tuple[Flow | None, dict[str, list[int]]]:
    """Return the flow without its misshapen parts, and which entries were kept; None when nothing stands."""
    rest = deepcopy(document)
    kept = {section: list(range(len(rest[section]))) for section in ENTRIES if isinstance(rest.get(section), Array)}
    for _ in range(_ROUNDS):
        for path in {problem.path for problem in problems if problem.code == "XF010"}:
            _drop_key(rest, path)
        paths = {problem.path for problem in problems if problem.code != "XF010"}
        for path in sorted(paths, key=_index, reverse=True):
            _drop_part(rest, path, kept)
        flow, problems = _validated(rest)
        if flow is not None:
            return flow, kept
    return None, {}


def _index(path: Path) -> int:
    return next((part for part in path if isinstance(part, int)), -1)


def _drop_key(rest: Any, path: Path) -> None:
    part = _at(rest, path[:-1])
    if isinstance(part, Table):
        part.pop(str(path[-1]), None)


def _drop_part(rest: Table, path: Path, kept: dict[str, list[int]]) -> None:
    """Drop the misshapen key of a part; or, where no such key is there to be dropped, the part."""
    section = str(path[0]) if path else ""
    items, depth = rest.get(section), 2 if section in (*TABLES, *ENTRIES) else 1
    part = _at(rest, path[:depth])
    if len(path) > depth and isinstance(part, Table) and path[depth] in part:
        part.pop(str(path[depth]))
    elif depth == 1 or len(path) == 1:
        rest.pop(section, None)
    elif isinstance(items, Table):
        items.pop(str(path[1]), None)
    elif isinstance(items, Array) and int(path[1]) < len(items):
        index = int(path[1])
        del items[index], items.places[index], kept[section][index]


def _at(document: Any, path: Path) -> Any:
    for part in path:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _moved(problem: Problem, kept: dict[str, list[int]]) -> Problem:
    """Return the problem with the index that its entry has in the document."""
    path = problem.path
    if len(path) > 1 and isinstance(path[1], int) and path[0] in kept:
        path = (path[0], kept[str(path[0])][path[1]], *path[2:])
    return replace(problem, path=path)
