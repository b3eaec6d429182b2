"""Size gates, so that the attic never starts. Raising a limit needs a decision record."""

import ast
import io
import tokenize

from tests.architecture.tree import Documented, Function, Source, package

FILE_LINES = 400
FUNCTION_LINES = 60
CLASS_LINES = 200
SAYS_NOTHING = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def length(function: Function) -> int:
    """Lines from `def` to the last one, the docstring among them."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_file_is_longer_than_its_limit() -> None:
    """A file of more than 400 lines is two files."""
    lengths = {source.name: source.text.count("\n") for source in package()}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_is_longer_than_its_limit() -> None:
    """A function of more than 60 lines does two things."""
    lengths = {
        f"{source.name}:{function.lineno} {function.name}": length(function)
        for source in package()
        for function in source.functions()
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def code_lines(source: Source, node: ast.ClassDef) -> int:
    """Lines of a class with code on them: docstrings, comments and blank lines are not counted."""
    read = tokenize.generate_tokens(io.StringIO(source.text).readline)
    spoken = [token for token in read if token.type not in SAYS_NOTHING]
    lines = {line for token in spoken for line in range(token.start[0], token.end[0] + 1)}
    for inner in ast.walk(node):
        if isinstance(inner, Documented) and ast.get_docstring(inner) is not None:
            docstring = inner.body[0]
            lines -= set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return len(lines & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)))


def test_no_class_is_longer_than_its_limit() -> None:
    """A class of more than 200 lines of code mixes trades."""
    lengths = {
        f"{source.name}: {node.name}": code_lines(source, node)
        for source in package()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > CLASS_LINES} == {}
