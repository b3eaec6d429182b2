"""The whole duty on SQLite (WAL, synchronous=FULL), beside `sqlite3` by hand and the ORM, on the same disk.

By hand means: the very statements that our store sends, with their values already there, replayed on a bare `sqlite3`
connection, a transaction a fire.  That is the floor of this schema: nothing is decided, hashed or checked in it.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlmodel import Field, Session, SQLModel, create_engine

from benchmarks.firing import engine, opened, verified, walked
from benchmarks.life import BEGIN, ROUTED, Step
from benchmarks.racing import Contestant, Result, expect, race
from xinfang_flow.engine.store_url import open_store
from xinfang_flow.store.sql.connection import Connection

Statement = tuple[str, Sequence[Any]]
TABLES = ("xf_case", "xf_event", "xf_timer", "xf_outbox", "xf_slot")


@contextmanager
def listened() -> Iterator[list[Statement]]:
    """Write down every statement that the store sends."""
    heard: list[Statement] = []
    kept = {name: getattr(Connection, name) for name in ("run", "one", "all")}

    def wrap(method: Callable[..., Any]) -> Callable[..., Any]:
        def heard_first(self: Connection, text: str, values: Sequence[Any] = ()) -> Any:
            heard.append((text, tuple(values)))
            return method(self, text, values)

        return heard_first

    for name, method in kept.items():
        setattr(Connection, name, wrap(method))
    try:
        yield heard
    finally:
        for name, method in kept.items():
            setattr(Connection, name, method)


def url(folder: Path, name: str) -> str:
    """Return the URL of a database that is not there yet."""
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            (folder / f"{name}{suffix}").unlink()
    return f"sqlite:///{folder / name}"


def counts(path: Path) -> list[int]:
    """Return how many rows each table holds."""
    with sqlite3.connect(path) as link:
        counts = [link.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES]
    link.close()
    return counts


def ours(folder: Path, life: Sequence[Step], cases: int) -> Contestant:
    """Return our contestant."""

    def prepare() -> Callable[[], Any]:
        made = engine(open_store(url(folder, "ours.db")))
        ids = opened(made, cases)
        return lambda: (walked(made, ids, life), made, ids)

    def check(end: tuple[int, Any, list[str]]) -> None:
        expect(end[0], cases * len(life), "fires")
        verified(end[1], end[2], life)
        end[1].close()

    return Contestant("xinfang_flow: Engine.fire on SQLite", "ours", cases * len(life), prepare, check)


def by_hand(folder: Path, life: Sequence[Step], cases: int) -> Contestant:
    """Return the floor: the same statements, replayed."""
    made = engine(open_store(url(folder, "heard.db")))
    with listened() as openings:
        ids = opened(made, cases)
    with listened() as fires:
        walked(made, ids, life)
    made.close()
    wanted = counts(folder / "heard.db")

    def prepare() -> Callable[[], Any]:
        engine(open_store(url(folder, "hand.db"))).close()  # the tables
        link = sqlite3.connect(folder / "hand.db", isolation_level=None)
        link.execute("PRAGMA journal_mode = WAL")
        link.execute("PRAGMA synchronous = FULL")
        replay(link, openings)
        return lambda: replay(link, fires)

    def check(link: sqlite3.Connection) -> None:
        expect(link.execute("PRAGMA synchronous").fetchone()[0], 2, "synchronous=FULL")
        link.close()
        expect(counts(folder / "hand.db"), wanted, "rows written")

    return Contestant("sqlite3 by hand, the same statements", "floor", cases * len(life), prepare, check)


def replay(link: sqlite3.Connection, statements: Sequence[Statement]) -> sqlite3.Connection:
    """Run statements; what they answer is read."""
    cursor = link.cursor()
    execute, fetch = cursor.execute, cursor.fetchone
    for text, values in statements:
        execute(text, values)
        if text.startswith("SELECT"):
            fetch()
    return link


class OrmCase(SQLModel, table=True):
    """A case row, as a short tutorial would have it."""

    id: str = Field(primary_key=True)
    state: str
    version: int


class OrmEvent(SQLModel, table=True):
    """An audit row."""

    nr: int | None = Field(default=None, primary_key=True)
    case_id: str
    trigger: str
    source: str
    dest: str


def orm(folder: Path, life: Sequence[Step], cases: int) -> Contestant:
    """SQLModel's ORM: a case row and one audit row a transition, and nothing of our other duties."""
    part = max(1, cases // 4)

    def prepare() -> Callable[[], Any]:
        db = create_engine(url(folder, "orm.db"))
        SQLModel.metadata.create_all(db, tables=[OrmCase.__table__, OrmEvent.__table__])  # type: ignore[attr-defined]
        with db.connect() as link:
            link.exec_driver_sql("PRAGMA journal_mode = WAL")
        with Session(db) as session:
            session.add_all([OrmCase(id=f"c{number}", state=BEGIN, version=1) for number in range(part)])
            session.commit()

        def run() -> Any:
            for number in range(part):
                for step in life:
                    with Session(db) as session:
                        case = session.get_one(OrmCase, f"c{number}")
                        session.add(OrmEvent(case_id=case.id, trigger=step.trigger, source=case.state, dest=step.dest))
                        case.state, case.version = step.dest, case.version + 1
                        session.commit()
            return db

        return run

    def check(db: Any) -> None:
        with Session(db) as session:
            case = session.get_one(OrmCase, "c0")
            expect((case.state, case.version), (life[-1].dest, len(life) + 1), "the ORM's case")
        db.dispose()

    return Contestant("SQLModel's ORM, case and audit row only", "peer", part * len(life), prepare, check)


def bench(rounds: int, cases: int) -> dict[str, list[Result]]:
    """Race on one folder; elapsed time, because most of it is the disk's."""
    with tempfile.TemporaryDirectory(prefix="xinfang-bench-") as name:
        folder = Path(name)
        field = [by_hand(folder, ROUTED, cases), orm(folder, ROUTED, cases), ours(folder, ROUTED, cases)]
        return {"durable fire on SQLite": race(field, rounds, wall=True)}
