"""The worklist over growing stores: the first page must cost what it shows, and not what is stored."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.firing import FLOW
from benchmarks.life import CENTRE, CLERK, numbered
from benchmarks.racing import Contestant, Result, expect, race
from benchmarks.ticking import NOW
from xinfang_flow import Engine, ManualClock

PAGE = 50


def _contestant(folder: Path, stored: int) -> Contestant:
    path = folder / f"{stored}.db"
    engine = Engine(f"sqlite:///{path}", flows=[FLOW], clock=ManualClock(NOW))
    model = engine.open("proxy_petition", numbered(0), actor=CLERK)
    _fill(path, model.id, stored)

    def prepare() -> Callable[[], Any]:
        return lambda: engine.worklist(actor=CENTRE, limit=PAGE)

    def check(page: Any) -> None:
        expect(len(page.items), PAGE, "rows of a page")
        expect(page.next is not None, True, "there is more")  # noqa: FBT003  the wanted answer
        expect({work.role for work in page.items}, {"dispatcher"}, "whose work it is")

    return Contestant(f"first page of {PAGE}, {stored:,} open cases, sqlite", "ours", 1, prepare, check)


def _fill(path: Path, model: str, stored: int) -> None:
    """Put copies of one case beside it, each with its rows in the worklist."""
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {stored})"
    with sqlite3.connect(path) as link:
        for table, key in (("xf_case", "id"), ("xf_work", "case_id")):
            columns = [row[1] for row in link.execute(f"PRAGMA table_info({table})") if row[1] not in (key, "snapshot")]
            kept, names = ", ".join(columns), ", ".join([key, *columns])
            text = ", replace(snapshot, :model, printf('f%012d', i))" if table == "xf_case" else ""
            names += ", snapshot" if table == "xf_case" else ""
            link.execute(
                f"INSERT INTO {table} ({names}) {numbers} "
                f"SELECT printf('f%012d', i), {kept}{text} FROM n CROSS JOIN {table} WHERE {key} = :model",
                {"model": model},
            )
    link.close()


def bench(rounds: int, sizes: Sequence[int]) -> dict[str, list[Result]]:
    """Race the sizes against the smallest; a line that stays at 1 costs what is shown."""
    with tempfile.TemporaryDirectory(prefix="xinfang-bench-") as folder:
        field = [_contestant(Path(folder), stored) for stored in sizes]
        return {"worklist, sqlite": race(field, rounds, wall=True)}
