"""A register into SQLite, beside `INSERT`s by hand into the same tables, two hundred rows a transaction in both.

By hand means: the very `INSERT`s that the import sends, with their values already there, replayed on a bare `sqlite3`
connection.  Nothing is read from a file, checked, decided or hashed in it.
"""

from __future__ import annotations

import csv
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.durable import Statement, counts, listened, replay, url
from benchmarks.racing import Contestant, Result, expect, race
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.flows import load_flow
from xinfang_flow.integrations.register import Report, import_register, load_mapping
from xinfang_flow.integrations.register.importer import AT_ONCE
from xinfang_flow.kernel import Actor

FLOW = "proxy_petition"
LOADED, MAPPING = load_flow(FLOW), load_mapping(FLOW)
CLERK = Actor("li", {"clerk"}, "xianju")
NOW = "2026-04-01T08:00:00+08:00"
ROW = {
    "登记编号": "", "登记日期": "2026-03-02", "信访形式": "来访", "信访人姓名": "董芷", "联系电话": "19900001007",
    "身份证号": "", "所属乡镇街道": "湫山乡", "人数": "1", "信访目的": "求决", "内容分类": "其他",
    "诉求概要": "反映某村安置房交付已多个月，墙面渗水，开发企业多次维修未见效，要求督促彻底修复。",
    "责任单位": "县信访局", "是否初次": "是", "备注": "",
}  # fmt: skip


def written(folder: Path, rows: int) -> Path:
    """Write a register of good rows."""
    path = folder / "register.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ROW)
        writer.writeheader()
        writer.writerows({**ROW, "登记编号": f"XJ{number}"} for number in range(rows))
    return path


def imported(engine: Engine, path: Path) -> Report:
    """Import the register."""
    return import_register(engine, LOADED, path, actor=CLERK, mapping=MAPPING)


def _engine(url: str) -> Engine:
    return Engine(url, flows=[LOADED], clock=ManualClock(NOW))


def ours(folder: Path, path: Path, rows: int, *, again: bool) -> Contestant:
    """Return our contestant: the first import, or a second one that finds everything there."""

    def prepare() -> Callable[[], Any]:
        engine = _engine(url(folder, "ours.db"))
        if again:
            imported(engine, path)
        return lambda: (imported(engine, path), engine)

    def check(end: tuple[Report, Engine]) -> None:
        report, engine = end
        expect((report.taken, report.already), (0, rows) if again else (rows, 0), "rows taken")
        engine.close()

    return Contestant("import_register, everything there" if again else "import_register", "ours", rows, prepare, check)


def a_transaction_a_row(folder: Path, rows: int) -> Contestant:
    """Return what the same rows cost when each is opened by itself, without reading a file."""
    data = {
        "register_no": "", "received_on": "2026-03-02", "form": "visit", "petitioner": "董芷", "phone": "19900001007",
        "township": "湫山乡", "persons": 1, "purpose": "request", "category": "其他", "summary": ROW["诉求概要"],
        "responsible": "县信访局", "intake": "first_visit",
    }  # fmt: skip

    def prepare() -> Callable[[], Any]:
        engine = _engine(url(folder, "rows.db"))

        def run() -> Engine:
            for number in range(rows):
                engine.open(FLOW, {**data, "register_no": f"XJ{number}"}, actor=CLERK, key=f"register:XJ{number}")
            return engine

        return run

    def check(engine: Engine) -> None:
        engine.close()
        expect(counts(folder / "rows.db")[0], rows, "cases")

    return Contestant("Engine.open, a transaction a row", "ours", rows, prepare, check, share=3)


def by_hand(folder: Path, path: Path, rows: int) -> Contestant:
    """Return the floor: the same `INSERT`s, replayed."""
    engine = _engine(url(folder, "heard.db"))
    with listened() as heard:
        imported(engine, path)
    engine.close()
    inserts = [statement for statement in heard if statement[0].startswith("INSERT")]
    cases = [place for place, (text, _) in enumerate(inserts) if text.startswith("INSERT INTO xf_case ")]
    expect(len(cases), rows, "INSERTs of cases heard")
    wanted = counts(folder / "heard.db")
    ends = [*cases[AT_ONCE::AT_ONCE], len(inserts)]
    batches: list[Sequence[Statement]] = [inserts[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def prepare() -> Callable[[], Any]:
        _engine(url(folder, "hand.db")).close()  # the tables
        link = sqlite3.connect(folder / "hand.db", isolation_level=None)
        link.execute("PRAGMA journal_mode = WAL")
        link.execute("PRAGMA synchronous = FULL")

        def run() -> sqlite3.Connection:
            for batch in batches:
                link.execute("BEGIN IMMEDIATE")
                replay(link, batch)
                link.execute("COMMIT")
            return link

        return run

    def check(link: sqlite3.Connection) -> None:
        link.close()
        expect(counts(folder / "hand.db"), wanted, "rows written")

    return Contestant("sqlite3 by hand, the same INSERTs", "floor", rows, prepare, check)


def bench(rounds: int, rows: int) -> dict[str, list[Result]]:
    """Race on one folder; elapsed time, because much of it is the disk's."""
    with tempfile.TemporaryDirectory(prefix="xinfang-bench-") as name:
        folder = Path(name)
        path = written(folder, rows)
        field = [
            by_hand(folder, path, rows),
            ours(folder, path, rows, again=False),
            ours(folder, path, rows, again=True),
            a_transaction_a_row(folder, rows),
        ]
        return {"a row of a register into SQLite": race(field, rounds, wall=True)}
