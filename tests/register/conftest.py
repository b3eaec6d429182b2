"""What the tests of the register share: its shipped mapping, one good row, and how to import a small file."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flows import load_flow
from xinfang_flow.integrations.register import Report, import_register, load_mapping
from xinfang_flow.kernel import Actor, Case

REGISTER = Path(__file__).resolve().parents[2] / "examples" / "register"
EXPECTED: dict[str, Any] = json.loads((REGISTER / "expected.json").read_text(encoding="utf-8"))
CLERK = Actor("li", {"clerk"}, "xianju")
HEADER: list[str] = EXPECTED["header"]
GOOD = [
    "XJ1", "2026-03-02", "来访", "董芷", "19900001007", "", "湫山乡", "1", "求决",
    "其他", "路灯不亮", "县信访局", "是", "",
]  # fmt: skip

Take = Callable[..., Report]
Sheet = Callable[..., Path]


def row(number: int, **changes: Any) -> list[Any]:
    """The good row under a number, with some cells changed by the name of their column."""
    return [({**dict(zip(HEADER, GOOD, strict=True)), "登记编号": f"XJ{number}", **changes})[title] for title in HEADER]


def cases(engine: Engine) -> dict[str, Case]:
    """Every case by its register number."""
    return {str(case.data["register_no"]): case for case in engine.find(actor=CLERK, limit=500).items}


def read_rejects(path: Path) -> list[list[str]]:
    """The rows of a rejects file, its header first."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def flow() -> Flow:
    """The flow that the shipped mapping is for."""
    return load_flow("proxy_petition")


@pytest.fixture
def engine(flow: Flow) -> Engine:
    """An engine on the first of April."""
    return Engine.in_memory(flows=[flow], clock=ManualClock("2026-04-01T08:00:00+08:00"))


@pytest.fixture
def take(engine: Engine, flow: Flow) -> Take:
    """Import a file."""

    def taken(path: Path, **options: Any) -> Report:
        given = {"actor": CLERK, "mapping": load_mapping("proxy_petition"), **options}
        return import_register(engine, flow, path, **given)

    return taken


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    """Write a small CSV register; a row is the good one with some cells changed by the name of their column."""

    def written(*changes: dict[str, str], header: list[str] | None = None, encoding: str = "utf-8") -> Path:
        path = tmp_path / "small.csv"
        with path.open("w", encoding=encoding, newline="") as out:
            writer = csv.writer(out)
            writer.writerow(header or HEADER)
            for number, change in enumerate(changes, start=1):
                cells = dict(zip(HEADER, row(number, **change), strict=True))
                writer.writerow([cells[title] for title in header or HEADER])
        return path

    return written
