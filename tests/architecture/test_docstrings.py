"""Everything public says what it is for."""

import ast
from collections.abc import Iterator

from tests.architecture.tree import Documented, Function, Source, package


def is_overload(node: Documented) -> bool:
    """Whether it only restates a signature, as overloads and property setters do."""
    decorators = node.decorator_list if isinstance(node, Function) else []
    return any(ast.unparse(decorator).endswith(("overload", ".setter", ".deleter")) for decorator in decorators)


def public(node: ast.Module | ast.ClassDef, name: str) -> Iterator[tuple[str, Documented]]:
    """A module or class and the public things in it; what is inside a function is its own affair."""
    yield name, node
    for child in node.body:
        if not isinstance(child, ast.ClassDef | Function) or child.name.startswith("_") or is_overload(child):
            continue
        if isinstance(child, ast.ClassDef):
            yield from public(child, f"{name} {child.name}")
        else:
            yield f"{name} {child.name}", child


def undocumented(source: Source) -> list[str]:
    """The public things in a file that have no docstring."""
    return [name for name, node in public(source.tree, source.name) if not ast.get_docstring(node)]


def test_everything_public_has_a_docstring() -> None:
    """Every module, public class, function and method of the package says what it is for."""
    assert [name for source in package() for name in undocumented(source)] == []
