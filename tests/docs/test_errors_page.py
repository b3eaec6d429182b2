"""The page of errors lists what is raised: each class of the tree, and each code with which a step is refused."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

from tests.architecture.tree import ROOT, Source, package
from xinfang_flow import errors
from xinfang_flow.flow.model.subjects import SUBJECTS

PAGE = (ROOT / "docs/reference/errors.md").read_text("utf-8")
CLASSES, CODES = PAGE.split("Reasons of a refusal have stable codes")
MAKERS = {"reason", "Reason", "refuse"}
# These hand on a code that they were given: the makers themselves, and the words of a subject's row.
HANDED_ON = {
    ("xinfang_flow/kernel/values.py", "code"),
    ("xinfang_flow/kernel/interpreter/task_steps.py", "code"),
    ("xinfang_flow/kernel/interpreter/refusal_words.py", "code"),
}


def given(source: Source) -> Iterator[str]:
    """The codes of the reasons that a file makes; one made from a task's name as `<task>_…`."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in MAKERS:
            continue
        code = node.args[0]
        if isinstance(code, ast.Constant):
            yield str(code.value)
        elif isinstance(code, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "<task>" for part in code.values)
        else:
            assert (source.name, ast.unparse(code)) in HANDED_ON, "a code that no reader of the source can tell"


def test_every_code_is_on_the_page_and_no_other() -> None:
    """Each code that the source can give is listed once, and each that is listed can be given."""
    codes = {code for source in package() for code in given(source)} | {row.refuses for row in SUBJECTS.values()}
    listed = re.findall(r"^\| `([^`]+)` \|", CODES, re.MULTILINE)

    assert sorted(listed) == sorted(codes)


def test_every_class_is_on_the_page_and_no_other() -> None:
    """The first table is the tree of errors, each with its own facts."""
    classes = [name for name, error in vars(errors).items() if inspect.isclass(error) and issubclass(error, Exception)]

    assert sorted(re.findall(r"^\| `(\w+)`", CLASSES, re.MULTILINE)) == sorted(classes)


def test_the_statuses_are_those_of_the_recipe() -> None:
    """The column of HTTP statuses is what the handler on the page for web applications gives, class by class."""
    recipe = (ROOT / "docs/how-to/embed.md").read_text("utf-8")
    given = {name: int(status) for name, status in re.findall(r"^    xf\.(\w+): (\d+),$", recipe, re.MULTILINE)}
    column = {name: int(status) for name, status in re.findall(r"^\| `(\w+)`.* (\d+) \|$", CLASSES, re.MULTILINE)}
    made = {
        name: next((given[kind.__name__] for kind in getattr(errors, name).__mro__ if kind.__name__ in given), 500)
        for name in column
    }

    assert made == column
    assert len(column) == len(errors.__all__)
