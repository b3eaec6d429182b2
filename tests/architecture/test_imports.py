"""What imports what: no knots, SQL in its own files, and a front door that opens lightly."""

import subprocess
import sys
from fnmatch import fnmatch

import grimp
import networkx as nx
import pytest

from tests.architecture.tree import ROOT, package

SQL_LIBRARIES = {"sqlmodel", "sqlalchemy"}
SQL_FILES = ("xinfang_flow/store/sql/*.py",)
HEAVY = ("sqlmodel", "sqlalchemy", "typer", "rich", "numpy", "openpyxl", "xlsxwriter", "pytest", "hypothesis")


def test_there_are_no_import_knots() -> None:
    """No modules import each other in a circle, those inside functions and for type checkers counted."""
    imports = grimp.build_graph("xinfang_flow", exclude_type_checking_imports=False, cache_dir=None)
    graph = nx.DiGraph(
        [(name, target) for name in imports.modules for target in imports.find_modules_directly_imported_by(name)]
    )
    knots = [sorted(knot) for knot in nx.strongly_connected_components(graph) if len(knot) > 1]
    assert knots == []


def test_sql_stays_in_its_own_files() -> None:
    """Within the store, only the tables and the files named for SQL import SQLModel or SQLAlchemy."""
    importers = {
        source.name for source in package() for name in source.imports() if name.partition(".")[0] in SQL_LIBRARIES
    }
    assert {name for name in importers if not any(fnmatch(name, files) for files in SQL_FILES)} == set()


@pytest.mark.parametrize("library", HEAVY)
def test_the_front_door_opens_lightly(library: str, loaded_by_the_front_door: frozenset[str]) -> None:
    """`import xinfang_flow` loads neither a database library, nor an extra, nor a test tool."""
    assert library not in loaded_by_the_front_door


@pytest.fixture(scope="module")
def loaded_by_the_front_door() -> frozenset[str]:
    """The modules in memory after `import xinfang_flow` in a new interpreter."""
    command = [sys.executable, "-c", "import sys, xinfang_flow; print(*sys.modules)"]
    result = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return frozenset(result.stdout.split())
