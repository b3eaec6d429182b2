"""What a tick costs while more and more open cases are stored, the same few of them due."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from heapq import heappush
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.firing import FLOW
from benchmarks.life import CLERK, READER, numbered
from benchmarks.racing import Contestant, Result, expect, race
from xinfang_flow import Engine, ManualClock
from xinfang_flow.engine.store_url import open_store
from xinfang_flow.kernel.canonical import stamp
from xinfang_flow.store import MemoryStore

DUE = 20
NOW = datetime(2026, 3, 20, 1, tzinfo=UTC)  # OPENING was received on 2 March: its screening is overdue at once
FAR = datetime(2026, 12, 1, tzinfo=UTC)
KINDS = ("memory", "sqlite")


def _contestant(kind: str, folder: Path, stored: int) -> Contestant:
    store: Any = MemoryStore() if kind == "memory" else open_store(f"sqlite:///{folder / f'{stored}.db'}")
    engine = Engine(store, flows=[FLOW], clock=ManualClock(NOW))
    model = engine.open("proxy_petition", numbered(0), actor=CLERK)
    drawn = count(1)
    engine.tick()
    if kind == "memory":
        _fill_memory(store, model.id, stored)
    else:
        _fill_sqlite(folder / f"{stored}.db", model.id, stored)

    def prepare() -> Callable[[], Any]:
        ids = [engine.open("proxy_petition", numbered(next(drawn)), actor=CLERK).id for _ in range(DUE)]
        return lambda: (engine.tick(), ids)

    def check(end: tuple[int, list[str]]) -> None:
        expect(end[0], DUE, "breaches")
        case = engine.get(end[1][-1], actor=READER)
        expect(case.deadlines["screening"].state, "breached", "the deadline")
        expect(engine.verify(case.id, actor=READER).ok, True, "the chain")  # noqa: FBT003  the wanted answer

    return Contestant(f"tick, {stored:,} open cases, {kind}", "ours", DUE, prepare, check)


def _fill_memory(store: Any, model: str, stored: int) -> None:
    """Put copies of one case beside it, each with a deadline that is far off."""
    case = store.get(model)
    for number in range(stored):
        other = f"f{number:012d}"
        store.tables.cases[other] = case._replace(id=other)
        store.tables.timers[other, "screening"] = FAR
        heappush(store.tables.agenda, (FAR, other, "screening"))


def _fill_sqlite(path: Path, model: str, stored: int) -> None:
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {stored})"
    with sqlite3.connect(path) as link:
        columns = [row[1] for row in link.execute("PRAGMA table_info(xf_case)") if row[1] != "id"]
        names = ", ".join(columns)
        link.execute(
            f"INSERT INTO xf_case (id, {names}) {numbers} "
            f"SELECT printf('f%012d', i), {names} FROM n CROSS JOIN xf_case WHERE id = ?", (model,),
        )  # fmt: skip
        link.execute(
            f"INSERT INTO xf_timer (case_id, name, due_at) {numbers} SELECT printf('f%012d', i), 'screening', ? FROM n",
            (stamp(FAR),),
        )
    link.close()


def bench(rounds: int, sizes: Sequence[int]) -> dict[str, list[Result]]:
    """Race the sizes against the smallest, store by store; a line that stays at 1 costs what is due."""
    report = {}
    for kind in KINDS:
        with tempfile.TemporaryDirectory(prefix="xinfang-bench-") as folder:
            field = [_contestant(kind, Path(folder), stored) for stored in sizes]
            report[f"tick, {kind}: {DUE} due"] = race(field, rounds, wall=kind == "sqlite")
    return report
