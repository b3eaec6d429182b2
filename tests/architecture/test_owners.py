"""A small fact is written in one place: what the guards are, and what "*" stands for."""

import ast
from collections.abc import Iterator

from tests.architecture.tree import package
from xinfang_flow.flow.model.subjects import SUBJECTS

# The rows, and the code; a table that names three subjects anywhere else is a second list of them.
OWN_SUBJECTS = {"xinfang_flow/flow/model/subjects.py", "xinfang_flow/kernel/interpreter/guards.py"}
MANY = 3
# What the sign is, where a name is looked up, and where it is drawn as a box of its own.
ROOMS = {"flow", "kernel", "casefile", "engine"}
OWN_STAR = {"xinfang_flow/flow/model/parts.py", "xinfang_flow/flow/names/uses.py", "xinfang_flow/flow/draw/picture.py"}


def words(node: ast.AST) -> set[str]:
    """The texts that stand in a literal table, or in the cases of a match."""
    match node:
        case ast.Dict():
            inside: list[ast.AST | None] = [*node.keys]
        case ast.Set() | ast.Tuple() | ast.List():
            inside = [*node.elts]
        case ast.Match():
            inside = [part for case in node.cases for part in ast.walk(case.pattern) if isinstance(part, ast.Constant)]
        case _:
            return set()
    return {part.value for part in inside if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def tables() -> Iterator[tuple[str, set[str]]]:
    """Every table of texts in the package, with its place."""
    for source in package():
        for node in ast.walk(source.tree):
            if found := words(node):
                yield f"{source.name}:{getattr(node, 'lineno', 0)}", found


def test_guard_subjects_are_listed_once() -> None:
    """Besides their rows and their code no table lists the subjects of guards: it would be forgotten."""
    second = [place for place, found in tables() if len(found & SUBJECTS.keys()) >= MANY]

    assert {place for place in second if place.rpartition(":")[0] not in OWN_SUBJECTS} == set()
    assert second != []


def test_the_star_of_sources_has_one_owner() -> None:
    """`Flow.sources_of` says which states "*" stands for; nobody else looks for the sign."""
    mentions = {
        source.name
        for source in package()
        if source.name.split("/")[1] in ROOMS
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Name) and node.id == "ANYWHERE")
        or (isinstance(node, ast.Constant) and node.value == "*")
    }

    assert mentions == OWN_STAR
