"""What the tests of the command line share: a runner in this process, and a database that the demo has filled."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from xinfang_flow.__main__ import main
from xinfang_flow.cli.app import run

AS_OF = "2026-04-24T18:00:00+08:00"


class Said(NamedTuple):
    """What a call printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Cli = Callable[..., Said]


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Run a command in an empty folder, 100 columns wide; no error may come as a traceback."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def called(*arguments: object) -> Said:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return Said(code, out, err)

    return called


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that one run of the demo has filled; not to be written to."""
    folder = tmp_path_factory.mktemp("demo")
    assert main(["demo", "--json", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def county(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo's database, to be written to."""
    return Path(shutil.copy(demo / "county.db", tmp_path / "county.db"))
