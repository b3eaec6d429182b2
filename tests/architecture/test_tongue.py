"""Every error says its sentence in both languages, at the place that raises it."""

import ast
from collections.abc import Iterator

from tests.architecture.tree import package
from xinfang_flow import errors

OURS = {name for name in errors.__all__ if name != "XinfangError"} | {
    "StaleError",
    "DamagedError",
    "ValueTakenError",
    "OtherTablesError",
}


def raised_in_one_language() -> Iterator[str]:
    """Every call of an error of ours whose message is a text, and not a `Text`."""
    for source in package():
        for call in ast.walk(source.tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in OURS and call.args:
                message = call.args[0]
                if any(is_words(part) for part in outside_of_calls(message)):
                    yield f"{source.name}:{call.lineno}"


def is_words(node: ast.AST) -> bool:
    """Whether it is a text of the program, with or without facts in it."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def outside_of_calls(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what it is put together from, but not what is handed to a function."""
    yield node
    if not isinstance(node, ast.Call):
        for child in ast.iter_child_nodes(node):
            yield from outside_of_calls(child)


def test_every_error_is_raised_in_both_languages() -> None:
    """A sentence in one language reaches half of the people."""
    assert list(raised_in_one_language()) == []


def test_every_default_message_has_its_chinese() -> None:
    """A class whose docstring is its message says that message in Chinese too."""
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert "default_zh" in vars(kind), name
        assert not kind.default_zh.isascii(), name
