"""`python -m benchmarks [--quick] [--full] [--only NAME] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import counting, durable, firing, importing, listing, register, stepping, ticking
from benchmarks.racing import Result, WrongWorkError, pin


class Report:
    """What was found, printed as it comes in."""

    def __init__(self) -> None:
        self.races: dict[str, list[Result]] = {}
        self.missing: list[str] = []
        self.bytes: dict[str, int] = {}

    def add(self, races: dict[str, list[Result]], missing: list[str] | None = None) -> None:
        """Keep and print races; `missing` are the peers that are not installed."""
        for title, results in races.items():
            print(f"\n{title}")
            for one in results:
                low, high = one.spread
                ratio = f"x {one.ratio:8.3f}   ({low:.3f} .. {high:.3f})"
                print(f"  {one.kind:5}  {one.name:44} {one.price:10.3f} us   {ratio}")
        self.races |= races
        for name in missing or ():
            print(f"  left out, not installed: {name}")
        self.missing += missing or []

    def weigh(self, weights: dict[str, int]) -> None:
        """Keep and print what a case weighs."""
        print("\nbytes a case (tracemalloc)")
        for name, weight in weights.items():
            print(f"  {name:44} {weight:10,}")
        self.bytes |= weights

    def record(self) -> dict[str, Any]:
        """What goes into the JSON file."""
        return {
            "python": platform.python_version(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "races": {title: [one.record() for one in results] for title, results in self.races.items()},
            "bytes": self.bytes,
            "missing": self.missing,
        }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Speed beside peers and floors, as ratios."
    )
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that everything runs")
    parser.add_argument("--full", action="store_true", help="ticks up to a million open cases")
    parser.add_argument("--only", choices=list(BENCHES), metavar="NAME", help=f"one of {', '.join(BENCHES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there as well")
    return parser


def _step(report: Report, asked: argparse.Namespace) -> None:
    report.add(stepping.bench(*((3, 50) if asked.quick else (21, 300))))


def _fire(report: Report, asked: argparse.Namespace) -> None:
    report.add(*firing.bench(*((3, 40) if asked.quick else (15, 300))))
    report.weigh(firing.weigh(50 if asked.quick else 500))


def _durable(report: Report, asked: argparse.Namespace) -> None:
    report.add(durable.bench(*((3, 8) if asked.quick else (9, 60))))


def _register(report: Report, asked: argparse.Namespace) -> None:
    report.add(register.bench(*((3, 400) if asked.quick else (9, 2_000))))


def _import(report: Report, asked: argparse.Namespace) -> None:
    report.add(importing.bench(3 if asked.quick else 15))


def _due(report: Report, asked: argparse.Namespace) -> None:
    report.add(*counting.bench(3 if asked.quick else 15))


def _tick(report: Report, asked: argparse.Namespace) -> None:
    sizes = [1_000, 10_000] if asked.quick else [1_000, 10_000, 100_000]
    report.add(ticking.bench(3 if asked.quick else 9, [*sizes, 1_000_000] if asked.full else sizes))


def _work(report: Report, asked: argparse.Namespace) -> None:
    report.add(listing.bench(3 if asked.quick else 15, [1_000, 10_000] if asked.quick else [1_000, 10_000, 100_000]))


BENCHES: dict[str, Callable[[Report, argparse.Namespace], None]] = {
    "step": _step, "fire": _fire, "durable": _durable, "register": _register, "import": _import, "due": _due,
    "tick": _tick, "work": _work,
}  # fmt: skip


def main() -> int:
    """Run what was asked for; 1 when a contestant did wrong work."""
    asked = _parser().parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}; {pin()}; the garbage collector stays on for all")
    print("price a unit (median) and its ratio to the first line of each table (median, quartiles)")
    report = Report()
    try:
        for name, bench in BENCHES.items():
            if asked.only in (None, name):
                bench(report, asked)
    except WrongWorkError as wrong:
        print(f"\nwrong work, so no time is reported: {wrong}", file=sys.stderr)
        return 1
    if asked.json:
        asked.json.write_text(json.dumps(report.record(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 0


sys.exit(main())
