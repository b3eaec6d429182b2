"""What is built holds what the package needs at run time."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.architecture.tree import ROOT, texts


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """Calendars, flows, worked cases, the schema and py.typed travel with the code."""
    ours = {name for name in texts() if name.startswith("xinfang_flow/")}
    held = {name for name in ZipFile(wheel).namelist() if name.startswith("xinfang_flow/")}
    assert ours - held == set()


def test_the_wheel_carries_the_licence(wheel: Path) -> None:
    """The licence lies in the wheel."""
    assert any(name.endswith("licenses/LICENSE") for name in ZipFile(wheel).namelist())
