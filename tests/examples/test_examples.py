"""Every example runs as a script, offline, in less than two seconds, and asserts its own outcome."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))
SECONDS = 2.0
# Others may be running tests beside this one: what is measured is the process's own time, not the wall's.
MEASURED = """
import resource, runpy, sys
def offline(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise OSError("an example must not ask the network")
sys.addaudithook(offline)
runpy.run_path(sys.argv[1], run_name="__main__")
used = resource.getrusage(resource.RUSAGE_SELF)
print(f"seconds={used.ru_utime + used.ru_stime:.3f}")
"""


def test_there_are_examples() -> None:
    """The folder was found, and each number is given once."""
    numbers = [path.name[:2] for path in EXAMPLES]
    assert len(numbers) >= 4
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_example(path: Path) -> None:
    """It ends well, warns of nothing, asks no network, and is quick."""
    pytest.importorskip("resource", reason="measured where the system tells a process's own time")
    command = [sys.executable, "-W", "error", "-c", MEASURED, str(path)]
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=60, env=settings, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.rpartition("seconds=")[2]) < SECONDS


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_goes_through_the_front_door_only(path: Path) -> None:
    """Nothing of the package but `import xinfang_flow as xf`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    imports = [line for line in lines if "xinfang_flow" in line and ("import " in line or "from " in line)]
    assert imports == ["import xinfang_flow as xf"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_asserts_its_outcome(path: Path) -> None:
    """An example that only prints proves nothing."""
    assert "\nassert " in path.read_text(encoding="utf-8").replace("\n    ", "\n").replace("\n    ", "\n")
