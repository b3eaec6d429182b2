"""How much of the code can break without a test noticing: `make mutants`, a random sample of lines, one break in each.

Two steps.  First every test that needs no minutes runs once under coverage, to learn which test runs which line and how
long it takes.  Then each sampled line is broken by one of Cosmic Ray's operators in a copy of the tree, and the tests
that run the line are run, the quickest first, until one fails.  What no test notices is printed: it is either
equivalent to what was there, or a test is missing.

    python tools/mutants.py --lines 400 --seed 7 [--rooms kernel law engine store] [--report mutants.json]
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from coverage import CoverageData

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("kernel", "law", "engine", "store")
# Names swapped at random break at once and prove nothing.
LEFT_OUT = ("core/VariableReplacer", "core/VariableInserter", "core/RemoveDecorator")
MOST_TESTS, MOST_SECONDS = 80, 240
QUIET = ["-q", "--no-header", "-p", "no:randomly", "-p", "no:cacheprovider"]


class Break(NamedTuple):
    """One change of one line."""

    file: str
    line: int
    operator: str
    occurrence: int


class Fate(NamedTuple):
    """What became of a broken line: `killed`, `survived`, or `unseen` where no test runs it."""

    broken: Break
    what: str
    tests: int
    change: str


def breaks_of(file: Path) -> Iterator[Break]:
    """Yield every change that an operator knows for a file."""
    tree = get_ast(file.read_text("utf-8"))
    for name in operator_names():
        if name in LEFT_OUT:
            continue
        operator = get_operator(name)()
        places = (start for node in ast_nodes(tree) for start, _ in operator.mutation_positions(node))
        for occurrence, (line, _) in enumerate(places):
            yield Break(str(file.relative_to(ROOT)), line, name, occurrence)


def sample(rooms: Sequence[str], lines: int, seed: int) -> list[Break]:
    """Return one break for each of so many lines, drawn by the seed."""
    by_line: dict[tuple[str, int], list[Break]] = defaultdict(list)
    for room in rooms:
        for file in sorted((ROOT / "xinfang_flow" / room).rglob("*.py")):
            for each in breaks_of(file):
                by_line[each.file, each.line].append(each)
    chance = random.Random(seed)
    places = sorted(by_line)
    drawn: list[Break] = []
    chance.shuffle(places)
    for place in places:
        chance.shuffle(by_line[place])
        drawn += [each for each in by_line[place] if matters(each)][:1]
        if len(drawn) == lines:
            break
    return drawn


def changed(broken: Break) -> tuple[str, str]:
    """Return a file's text as it is and as it is broken."""
    before = (ROOT / broken.file).read_text("utf-8")
    return before, mutate_code(before, get_operator(broken.operator)(), broken.occurrence) or before


def matters(broken: Break) -> bool:
    """Whether a change reaches what runs: annotations are not evaluated here, and what does not parse is no program."""
    try:
        before, after = (bare(text) for text in changed(broken))
    except SyntaxError:
        return False
    return before != after


def bare(text: str) -> str:
    """Return a program without its annotations, and without how its arguments must be given, as one text."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            node.test = ast.Constant(None)
        elif isinstance(node, ast.arguments):
            node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
            node.posonlyargs, node.kwonlyargs = [], []
            node.defaults, node.kw_defaults = [*node.defaults, *filter(None, node.kw_defaults)], []
    return ast.dump(tree)


# Run by pytest while it learns: whatever runs belongs to the test that is running, by pytest's own name for it.
PLUGIN = """
import json, coverage, pytest
TIMES = {}

@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    coverage.Coverage.current().switch_context(item.nodeid)
    return (yield)

def pytest_runtest_logreport(report):
    TIMES[report.nodeid] = TIMES.get(report.nodeid, 0) + report.duration

def pytest_sessionfinish(session):
    with open(session.config.getoption("--times"), "w") as out:
        json.dump(TIMES, out)

def pytest_addoption(parser):
    parser.addoption("--times")
"""


def learn(folder: Path, tests: Sequence[str]) -> tuple[CoverageData, Mapping[str, float]]:
    """Run the tests once; return which test runs which line, and how many seconds each takes."""
    (folder / "rc").write_text(f"[run]\nsource = {ROOT / 'xinfang_flow'}\ndata_file = {folder / 'seen'}\n")
    (folder / "learning.py").write_text(PLUGIN)
    times = folder / "times.json"
    command = [sys.executable, "-m", "coverage", "run", f"--rcfile={folder / 'rc'}", "-m", "pytest", *QUIET]
    command += ["-p", "no:xdist", "-p", "learning", "-m", "not long and not browser", "--timeout", "600"]
    command += [f"--times={times}", *tests]
    known = environment(ROOT)
    known["PYTHONPATH"] += f"{os.pathsep}{folder}"
    subprocess.run(command, cwd=ROOT, env=known, check=True)
    data = CoverageData(str(folder / "seen"))
    data.read()
    seconds: dict[str, float] = json.loads(times.read_text())
    return data, seconds


def environment(tree: Path) -> dict[str, str]:
    """The environment in which a tree's own code is tested, the same examples each time."""
    return {**os.environ, "PYTHONPATH": str(tree), "HYPOTHESIS_PROFILE": "ci", "PYTHONDONTWRITEBYTECODE": "1"}


class Nearest:
    """Which tests run a line, the quickest first."""

    def __init__(self, data: CoverageData, seconds: Mapping[str, float]) -> None:
        self._data, self._seconds = data, seconds
        self._files = {Path(name).resolve(): name for name in data.measured_files()}

    def tests(self, broken: Break) -> list[str]:
        """Return at most eighty tests, or four minutes' worth."""
        name = self._files.get(ROOT / broken.file)
        lines = self._data.contexts_by_lineno(name) if name else {}
        # What runs when a module is imported belongs to no test: then whatever runs the file is near.
        contexts = set(lines.get(broken.line, [])) - {""} or {each for run in lines.values() for each in run}
        chosen: list[str] = []
        spent = 0.0
        for context in sorted(filter(None, contexts), key=lambda each: self._seconds.get(each, 0.0)):
            spent += self._seconds.get(context, 0.0)
            if chosen and (spent > MOST_SECONDS or len(chosen) == MOST_TESTS):
                break
            chosen.append(context)
        return chosen


def tried(broken: Break, tests: Sequence[str], tree: Path) -> Fate:
    """Break the line in a copy of the tree, and run the tests."""
    file = tree / broken.file
    before, after = changed(broken)
    change = "\n".join(
        line for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    )  # fmt: skip
    if not tests:
        return Fate(broken, "unseen", 0, change)
    file.write_text(after, "utf-8")
    command = [sys.executable, "-m", "pytest", *QUIET, "-x", "-p", "no:xdist", "--timeout", "90", *tests]
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment(tree), capture_output=True, check=False, timeout=MOST_SECONDS + 120
        )
        what = "survived" if done.returncode == 0 else "killed"
    except subprocess.TimeoutExpired:
        what = "killed"  # it hangs, and a run of the suite would say so
    finally:
        file.write_text(before, "utf-8")
    return Fate(broken, what, len(tests), change)


def copies(folder: Path, workers: int) -> SimpleQueue[Path]:
    """Return so many copies of what git tracks."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    free: SimpleQueue[Path] = SimpleQueue()
    for number in range(workers):
        tree = folder / f"tree-{number}"
        for name in filter(None, listing.split("\0")):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
        subprocess.run(["git", "init", "-q", str(tree)], check=True)
        free.put(tree)
    return free


def run(options: argparse.Namespace) -> int:
    """Learn, break, report; the exit code is 1 where a line survived."""
    drawn = sample(options.rooms, options.lines, options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nearest = Nearest(*learn(folder, options.tests))
        free = copies(folder, options.workers)

        def one(broken: Break) -> Fate:
            tree = free.get()
            try:
                fate = tried(broken, nearest.tests(broken), tree)
            finally:
                free.put(tree)
            if fate.what != "killed":
                print(f"{fate.what}: {broken.file}:{broken.line} ({broken.operator})\n{fate.change}", flush=True)
            return fate

        with ThreadPoolExecutor(options.workers) as pool:
            fates = list(pool.map(one, drawn))
    return report(fates, options)


def report(fates: Sequence[Fate], options: argparse.Namespace) -> int:
    """Print the share that was killed, room by room."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for fate in fates:
        counts[fate.broken.file.split("/")[1]][fate.what] += 1
    print(f"seed {options.seed}, {len(fates)} lines")
    for room, what in sorted(counts.items()):
        print(f"  {room:8} {what['killed']:4} of {what.total():4} killed ({what['killed'] / what.total():.1%})")
    killed = sum(what["killed"] for what in counts.values())
    print(f"  {'all':8} {killed:4} of {len(fates):4} killed ({killed / max(len(fates), 1):.1%})")
    if options.report:
        told: list[Any] = [{**fate.broken._asdict(), **fate._asdict() | {"broken": None}} for fate in fates]
        Path(options.report).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return int(killed < len(fates))


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rooms", nargs="+", default=ROOMS)
    parser.add_argument("--tests", nargs="+", default=["tests"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--report", default="")
    return run(parser.parse_args())


if __name__ == "__main__":
    raise SystemExit(main())
