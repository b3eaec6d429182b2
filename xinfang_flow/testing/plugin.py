"""pytest collects worked cases: every `*.cases.toml` beside a flow, one test a case, named by its title.

Either load this module (`pytest -p xinfang_flow.testing.plugin`), or parametrise a test of your own:

    @pytest.mark.parametrize("case", worked_cases("flows"))
    def test_worked_case(case):
        assert_worked(case)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from xinfang_flow.errors import FlowError
from xinfang_flow.testing.worked import WorkedCase, WorkedResult, read_worked_cases
from xinfang_flow.testing.worked_format import SUFFIX

__all__ = ["Unreadable", "assert_worked", "pytest_collect_file", "worked_cases"]


class Unreadable:
    """A file that cannot be read: it fails as one case, and the others are run."""

    def __init__(self, path: Path, error: FlowError) -> None:
        self.name = self.label = path.name
        self.where, self._error = str(path), error

    def run(self) -> NoReturn:
        """Say why.

        Raises:
            FlowError: always.
        """
        raise self._error


class WorkedCaseError(AssertionError):
    """A worked case does not run as it is written."""

    def __init__(self, result: WorkedResult) -> None:
        super().__init__(str(result))


def worked_cases(*paths: str | Path, **options: Any) -> list[Any]:
    """Return a pytest parameter for every worked case of the files, or of the folders with all below them.

    `options` are those of `run_worked_cases`.
    """
    return [
        pytest.param(case, id=f"{path.name.removesuffix(SUFFIX)}: {case.label}")
        for path in _files(paths)
        for case in _read(path, options)
    ]


def assert_worked(case: WorkedCase | Unreadable) -> None:
    """Run one worked case.

    Raises:
        AssertionError: with every problem, in both languages.
    """
    result = case.run()
    if not result.ok:
        raise WorkedCaseError(result)


def _files(paths: Iterable[str | Path]) -> Iterator[Path]:
    for path in map(Path, paths):
        yield from sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else (path,)


def _read(path: Path, options: dict[str, Any]) -> list[WorkedCase] | list[Unreadable]:
    try:
        return read_worked_cases(path, **options)
    except FlowError as error:
        return [Unreadable(path, error)]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> WorkedFile | None:
    """Collect `*.cases.toml`."""
    return WorkedFile.from_parent(parent, path=file_path) if file_path.name.endswith(SUFFIX) else None


class WorkedFile(pytest.File):
    """A file of worked cases."""

    def collect(self) -> Iterable[WorkedItem]:
        """Return one item a case."""
        for case in _read(self.path, {}):
            yield WorkedItem.from_parent(self, name=case.label, case=case)


class WorkedItem(pytest.Item):
    """One worked case as a test."""

    def __init__(self, *, case: WorkedCase | Unreadable, **rest: Any) -> None:
        super().__init__(**rest)
        self._case = case

    def runtest(self) -> None:
        """Run it."""
        assert_worked(self._case)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any, **__: Any) -> str:
        """Return what is wrong, without a traceback through this library."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where the case stands."""
        return self.path, None, self.name
