"""The page that says who owns which fact is true."""

import ast
import re

import pytest

from tests.architecture.tree import ROOT, package

ROW = re.compile(r"^\| [^|]+ \| `xinfang_flow\.([\w.]+)` \| ([^|]+) \|$", re.MULTILINE)
NAME = re.compile(r"`([\w.]+)`")
FILES = {
    source.name.removeprefix("xinfang_flow/").removesuffix(".py").replace("/", "."): source for source in package()
}


def imported(module: str) -> set[str]:
    """The modules of the package that a module imports, and the things by which it may import another."""
    found: set[str] = set()
    for node in ast.walk(FILES[module].tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            source = node.module.removeprefix("xinfang_flow.")
            found |= {source, *(f"{source}.{name.name}" for name in node.names)}
    return found


@pytest.mark.parametrize("page", ["records.md", "records.zh.md"])
def test_every_owner_is_asked_by_those_whom_the_page_names(page: str) -> None:
    """Owner and askers are modules that exist, and each asker imports the owner."""
    rows = ROW.findall((ROOT / "docs/explanation" / page).read_text("utf-8"))
    assert len(rows) > 8
    wrong = [
        (asker, owner) for owner, askers in rows for asker in NAME.findall(askers)
        if owner not in FILES or asker not in FILES or owner not in imported(asker)
    ]  # fmt: skip
    assert wrong == []
