"""Every example runs as a script, offline, in less than two seconds, and asserts its own outcome."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))
SECONDS = 2.0
# What is measured is the process's own time; a machine that is busy with other work is slow at everything, so the limit
# grows with what a known piece of work (importing SQLModel, half a second on a quiet machine) costs at the moment.
KNOWN_SECONDS = 0.5
MEASURED = """
import resource, runpy, sys
def offline(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise OSError("an example must not ask the network")
sys.addaudithook(offline)
if sys.argv[1:]:
    runpy.run_path(sys.argv[1], run_name="__main__")
else:
    import sqlmodel
used = resource.getrusage(resource.RUSAGE_SELF)
print(f"seconds={used.ru_utime + used.ru_stime:.3f}")
"""


def seconds(*arguments: str) -> float:
    """Run in a process of its own, with warnings as errors, and return the seconds that it used."""
    pytest.importorskip("resource", reason="only some systems tell a process's own time")
    command = [sys.executable, "-W", "error", "-c", MEASURED, *arguments]
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, env=settings, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return float(done.stdout.rpartition("seconds=")[2])


def test_there_are_examples() -> None:
    """The folder was found, and each number is given once."""
    numbers = [path.name[:2] for path in EXAMPLES]
    assert len(numbers) >= 4
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_example(path: Path) -> None:
    """It ends well, warns of nothing, asks no network, and is quick."""
    used = seconds(str(path))
    if used >= SECONDS:
        assert used < SECONDS * max(1.0, seconds() / KNOWN_SECONDS)


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
