"""Every record has one owner: its keys are read and written nowhere else."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.tree import Source, package

OWNERS = {
    "xinfang_flow/kernel/records/slot.py": {
        "holder", "delegate", "delegator", "via", "advice", "added", "reminded",
    },
    "xinfang_flow/kernel/records/task.py": {"slots", "rounds"},
    "xinfang_flow/kernel/records/deadline.py": {"met_at", "warn", "warned", "extended", "extra", "suspended"},
    "xinfang_flow/kernel/records/commitment.py": {"#"},
    "xinfang_flow/flow/model/parts.py": {"?"},
}  # fmt: skip
KEYS = frozenset[str]().union(*OWNERS.values())
READS = {"get", "pop", "setdefault", "removesuffix", "endswith"}
# The suite for stores and its steps state records literally: they judge the owners, and must not repeat them.
JUDGES = "xinfang_flow/testing/"
ALLOWED = {
    # A column of xf_slot, and the condition of a query that asks for it.
    ("xinfang_flow/store/sql/queries.py", "holder"),
    # Keys of plain forms, which are called as the records call them.
    ("xinfang_flow/kernel/case.py", "slots"),
    ("xinfang_flow/kernel/case.py", "extended"),
    # A heading of the case file's page.
    ("xinfang_flow/casefile/page.py", "holder"),
}


def texts(*nodes: ast.expr | None) -> Iterator[str]:
    """The plain texts among some expressions."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def keys(node: ast.AST) -> Iterator[str]:
    """The texts that a piece of code uses as keys of a mapping, or as the mark at the end of a name."""
    match node:
        case ast.Subscript():
            yield from texts(node.slice)
        case ast.Call(func=ast.Attribute(attr="update")) | ast.Call(func=ast.Name(id="dict")):
            yield from (word.arg for word in node.keywords if word.arg)
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in READS:
            yield from texts(*node.args[:1])
        case ast.Compare() if any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
            yield from texts(node.left)
        case ast.Dict():
            told = [*texts(*node.keys)]
            if "state" in told or None in node.keys:  # a record, or one made of another; not a table of words
                yield from told
        case ast.Set():
            yield from (text for text in texts(*node.elts) if text == "#")


def misused(source: Source) -> set[tuple[str, str]]:
    """The keys of records that a file uses and does not own."""
    own = OWNERS.get(source.name, set())
    found = {key for node in ast.walk(source.tree) for key in keys(node)}
    return {(source.name, key) for key in (found & KEYS) - own}


def test_the_keys_of_records_are_known_to_their_owners_alone() -> None:
    """Who owes a slot, what is overdue, what was erased, what must be given: each is asked, never read again."""
    found = set[tuple[str, str]]().union(*(misused(each) for each in package() if not each.name.startswith(JUDGES)))
    assert found - ALLOWED == set()


def test_nothing_is_allowed_that_nobody_does() -> None:
    """The list of exceptions shrinks with the code."""
    assert {place for each in package() for place in misused(each)} >= ALLOWED


@pytest.mark.parametrize("code", [
    'slot.get("delegate", slot["id"])', '"met_at" in record', 'record["warn"]', 'set(value) == {"#"}',
    '{**slot, "delegate": to}', "slot.update(advice=1)", 'name.removesuffix("?")', '{"holder": 1, "state": "open"}',
])  # fmt: skip
def test_a_key_is_seen(code: str) -> None:
    """Each way in which a key can be used is noticed."""
    assert KEYS & {key for node in ast.walk(ast.parse(code)) for key in keys(node)}
