"""Size gates, so that the attic never starts. Raising a limit needs a decision record."""

from tests.architecture.tree import Function, package

FILE_LINES = 400
FUNCTION_LINES = 60


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
