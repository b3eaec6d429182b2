"""How a database of an older schema is brought up to this one, wherever it lies and whoever owns its history."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

import xinfang_flow as xf
from tests.store.first_schema import ROWS, make
from tests.store.test_stores import HITS, server
from xinfang_flow.engine.store_url import open_store
from xinfang_flow.kernel import SYSTEM
from xinfang_flow.kernel.searchable import FieldValue
from xinfang_flow.kernel.worklist import work_of
from xinfang_flow.store import Query, WorkQuery
from xinfang_flow.store.sql.migrations import step as steps, v02_worklist
from xinfang_flow.store.sql.migrations.upgrade import upgrade
from xinfang_flow.store.sql.store import SqlStore

TABLES = ("case", "event", "timer", "outbox", "slot", "work", "field", "signal", "flow", "meta")
_numbers = count()


def driver(url: str) -> str:
    """The URL as SQLAlchemy wants it."""
    return url.replace("postgresql://", "postgresql+psycopg://").replace("mariadb://", "mariadb+pymysql://")


class Place:
    """Where a database lies: its URL, and the prefix of its tables."""

    def __init__(self, url: str, prefix: str) -> None:
        self.url, self.prefix = url, prefix

    def run(self, statement: str, **values: Any) -> Any:
        """Run a statement of SQL, in which `xf_` stands for the prefix."""
        engine = create_engine(driver(self.url), poolclass=NullPool)
        with engine.begin() as connection:
            result = connection.execute(text(statement.replace("xf_", self.prefix)), values)
            return result.fetchall() if result.returns_rows else []

    def shape(self) -> dict[str, Any]:
        """What the tables are made of, without their prefix: columns, keys, unique constraints and indexes."""
        engine = create_engine(driver(self.url))
        looked, found = inspect(engine), {}
        for name in TABLES:
            table = self.prefix + name
            found[name] = (
                [(column["name"], str(column["type"]), column["nullable"]) for column in looked.get_columns(table)],
                looked.get_pk_constraint(table)["constrained_columns"],
                sorted((str(each["name"]).replace(self.prefix, ""), tuple(each["column_names"]))
                       for each in looked.get_unique_constraints(table)),
                sorted((str(each["name"]).replace(self.prefix, ""), tuple(map(str, each["column_names"])))
                       for each in looked.get_indexes(table)),
            )  # fmt: skip
        engine.dispose()
        return found

    def store(self) -> SqlStore:
        """The store, opened."""
        return SqlStore.from_url(self.url, prefix=self.prefix)


SERVER = [pytest.param(kind, marks=pytest.mark.database) for kind in ("postgresql", "mariadb")]


@pytest.fixture(params=["sqlite", *SERVER])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty place on each database, cleared afterwards."""
    if request.param == "sqlite":
        yield Place(f"sqlite:///{tmp_path / 'county.db'}", "xf_")
        return
    found = Place(server(request.param), f"m{os.getpid()}_{next(_numbers)}_")
    yield found
    for name in TABLES:
        found.run(f"DROP TABLE IF EXISTS xf_{name}")


@pytest.fixture
def old(place: Place) -> Place:
    """A place in which schema 1 was at work."""
    make(driver(place.url), place.prefix)
    return place


def test_a_database_of_the_first_schema_is_refused_with_the_command_that_mends_it(old: Place) -> None:
    """Nothing is guessed and nothing is written: whoever owns the database decides when it changes."""
    before = old.run("SELECT * FROM xf_meta")
    with pytest.raises(xf.StoreError, match=r"has schema 1, .* xinfang-flow db upgrade --db URL"):
        old.store()
    assert old.run("SELECT * FROM xf_meta") == before


def test_an_upgrade_makes_what_a_new_database_has(old: Place) -> None:
    """Tables, columns, keys and indexes are those of a database that was made anew."""
    done = upgrade(old.url, prefix=old.prefix)
    assert done.steps == ("v02_worklist",)
    fresh = Place(old.url, f"n{os.getpid()}_{next(_numbers)}_")
    fresh.store().close()
    try:
        assert old.shape() == fresh.shape()
        assert sorted(old.run("SELECT name, value FROM xf_meta")) == sorted(
            fresh.run("SELECT name, value FROM xf_meta")
        )
    finally:
        for name in TABLES:
            fresh.run(f"DROP TABLE xf_{name}")


def test_what_the_old_program_wrote_goes_on(old: Place) -> None:
    """Every history keeps its bytes and verifies, the worklist is there, and the next step is taken as ever."""
    done = upgrade(old.url, prefix=old.prefix)
    assert (done.rows.cases, done.rows.unreadable, done.rows.doubled) == (3, (), ())
    events = old.run("SELECT case_id, seq, body, hash FROM xf_event ORDER BY case_id, seq")
    columns = ROWS["xf_event"]["columns"]
    place = [columns.index(name) for name in ("case_id", "seq", "body", "hash")]
    assert [tuple(row) for row in events] == sorted(tuple(row[at] for at in place) for row in ROWS["xf_event"]["rows"])
    with xf.Engine(old.store()) as engine:
        cases = engine.find(actor=SYSTEM).items
        assert all(engine.verify(case.id, actor=SYSTEM).ok for case in cases)
        assert all(None not in (case.entered_at, case.personal) for case in cases)
        rows = [work for case in cases for work in work_of(engine.flow_of(case), case)]
        assert sorted(engine.worklist(actor=SYSTEM).items) == sorted(rows) != []
        waiting = next(case for case in cases if case.state == "new")
        engine.fire(waiting.id, "start", actor=xf.Actor("zhang", roles={"clerk"}))
        assert engine.verify(waiting.id, actor=SYSTEM).ok
    assert upgrade(old.url, prefix=old.prefix) == ((), (0, (), ()))


def test_an_interrupted_step_is_refused_and_begun_again(old: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken off at any of its operations, the next run finishes it, and nothing is there twice."""
    for at in range(1, 8):
        left = at

        def failing(self: Any, *parts: Any, _do: Any = None, **options: Any) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
            _do(self, *parts, **options)

        with monkeypatch.context() as patch:
            for name in ("add_column", "create_index", "create_table"):
                known = getattr(steps.Step, name)
                patch.setattr(
                    steps.Step, name, lambda self, *parts, _do=known, **more: failing(self, *parts, _do=_do, **more)
                )
            with pytest.raises(KeyboardInterrupt):
                upgrade(old.url, prefix=old.prefix)
        with pytest.raises(xf.StoreError, match="db upgrade"):
            old.store()
    assert upgrade(old.url, prefix=old.prefix).rows.cases == 3
    old.store().close()


def test_an_interrupted_filling_is_gone_on_with(old: Place) -> None:
    """Every case is a transaction of its own: what was done stays done, and the rest follows."""

    def stop(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upgrade(old.url, prefix=old.prefix, progress=stop)
    with xf.Engine(old.store()) as engine:
        assert len(engine.find(actor=SYSTEM).items) == 3
    assert upgrade(old.url, prefix=old.prefix).rows.cases == 1


UNIQUE: dict[str, Any] = {
    **HITS, "fields": {"no": {"unique": True}, "place": {"find": True}},
    "open": {"roles": ["clerk"], "takes": ["no?", "place?"]},
    "transition": [
        {"trigger": "hit", "source": "open", "roles": ["clerk"], "work": True},
        {"trigger": "put_right", "source": "open", "roles": ["clerk"], "takes": ["no?", "place?"]},
        {"trigger": "close", "source": "open", "dest": "done", "roles": ["clerk"], "work": False},
    ],
}  # fmt: skip
CLERK = xf.Actor("li", roles={"clerk"})


def counting(store: SqlStore) -> xf.Engine:
    """An engine whose cases have a number of their own."""
    return xf.Engine(store, flows=[xf.Flow.model_validate(UNIQUE)])


def test_a_number_that_is_doubled_already_is_named_and_put_right(place: Place) -> None:
    """The case that was opened first keeps it; the other goes on meanwhile, and gets a number of its own."""
    with counting(place.store()) as engine:
        first = engine.open("hits", {"no": "N1", "place": "x"}, actor=CLERK).id
        place.run("DELETE FROM xf_field")  # as a program leaves it that does not know the table
        other = engine.open("hits", {"no": "N1", "place": "x"}, actor=CLERK).id
    place.run("DELETE FROM xf_field")
    place.run("UPDATE xf_case SET indexed = NULL")
    done = upgrade(place.url, prefix=place.prefix)
    assert done.rows.doubled == (("no", first, other),)
    with counting(place.store()) as engine:
        assert [value.scope for case in (first, other) for value in engine._store.read.fields(case)] == [
            "hits", None, None, None,
        ]  # fmt: skip
        assert len(engine.find(actor=CLERK, where={"no": "N1"}).items) == 2
        verdict = engine.verify(other, actor=CLERK)
        assert (verdict.ok, verdict.not_checked[1:]) == (True, ("no: another case has this value as well",))
        engine.fire(other, "put_right", {"place": "y"}, actor=CLERK)
        engine.fire(other, "hit", actor=CLERK)
        with pytest.raises(xf.RefusedError, match="already"):
            engine.open("hits", {"no": "N1"}, actor=CLERK)
        engine.fire(other, "put_right", {"no": "N3"}, actor=CLERK)
        assert list(engine._store.read.fields(other)) == [FieldValue("no", "N3", "hits"), FieldValue("place", "y")]


def test_rows_that_an_older_program_left_behind_are_made_again(place: Place) -> None:
    """A step that knows nothing of the index leaves it behind; the next one, or an upgrade, puts it right."""
    with counting(place.store()) as engine:
        one, two = (engine.open("hits", {"no": f"N{nr}"}, actor=CLERK).id for nr in (1, 2))
        place.run("UPDATE xf_case SET indexed = 0")
        wrong = "CONCAT('wrong', case_id)" if place.url.startswith(("mariadb", "mysql")) else "'wrong' || case_id"
        place.run(f"UPDATE xf_field SET value = {wrong}")
        place.run("UPDATE xf_work SET role = 'nobody'")
        assert not engine.verify(one, actor=SYSTEM).ok
        engine.fire(one, "hit", actor=CLERK)
        assert engine.verify(one, actor=SYSTEM).ok
        assert upgrade(place.url, prefix=place.prefix).rows.cases == 1
        assert engine.verify(two, actor=SYSTEM).ok
        assert [case.id for case in engine.find(actor=CLERK, where={"no": "N2"}).items] == [two]


def test_a_case_whose_flow_is_gone_is_named_and_passed_over(old: Place) -> None:
    """It keeps what it had, is named with the reason, and holds nobody else up."""
    upgrade(old.url, prefix=old.prefix)
    old.run("UPDATE xf_case SET indexed = NULL")
    [(lost,)] = old.run("SELECT MIN(id) FROM xf_case")
    old.run("UPDATE xf_case SET digest = 'x' WHERE id = :id", id=lost)
    done = upgrade(old.url, prefix=old.prefix)
    assert done.rows.unreadable == ((lost, "its flow is not published in this database"),)
    assert done.rows.cases == 2


def test_what_cannot_be_upgraded_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No tables, somebody else's tables, a newer database, no Alembic: each in its own words, nothing written."""
    path = tmp_path / "county.db"
    url = f"sqlite:///{path}"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE xf_case (id)")
    with pytest.raises(xf.StoreError, match="no tables of xinfang_flow"):
        upgrade(url)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE xf_meta (thing)")
    with pytest.raises(xf.StoreError, match="not made by xinfang_flow"):
        upgrade(url)
    path.unlink()
    make(url)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "alembic.operations", None)
        with pytest.raises(xf.StoreError, match=r"xinfang_flow\[migrations\]"):
            upgrade(url)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE xf_meta SET value = '9'")
    with pytest.raises(xf.StoreError, match="install a newer xinfang_flow"):
        upgrade(url)


ENV = """
from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

engine = create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, version_table="app_version")
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
from alembic import op
from xinfang_flow.store.sql.migrations import v02_worklist

revision, down_revision = "0001", None


def upgrade():
    v02_worklist.upgrade(op, prefix={prefix!r})
"""


def test_an_application_takes_the_steps_into_its_own_history(old: Place, tmp_path: Path) -> None:
    """With an Alembic of its own it calls our step; our bookkeeping says how far we are, and ours is not asked."""
    from alembic import command
    from alembic.config import Config

    (tmp_path / "app" / "versions").mkdir(parents=True)
    (tmp_path / "app" / "env.py").write_text(ENV)
    (tmp_path / "app" / "versions" / "0001_xinfang.py").write_text(REVISION.format(prefix=old.prefix))
    config = Config()
    config.set_main_option("script_location", str(tmp_path / "app"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", driver(old.url))
    try:
        command.upgrade(config, "head")
    finally:
        old.run("DROP TABLE IF EXISTS app_version")
    old.store().close()
    assert upgrade(old.url, prefix=old.prefix) == ((), (3, (), ()))


ROLES = {
    "postgresql": (
        "DROP ROLE IF EXISTS {user}", "CREATE ROLE {user} LOGIN PASSWORD 'app'",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {user}",
        "GRANT USAGE ON SEQUENCE {prefix}outbox_nr_seq, {prefix}signal_nr_seq TO {user}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ),
    "mariadb": (
        "DROP USER IF EXISTS '{user}'@'%'", "CREATE USER '{user}'@'%' IDENTIFIED BY 'app'",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON `{database}`.* TO '{user}'@'%'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SERVER)
def test_an_application_needs_no_right_to_create(kind: str) -> None:
    """Once the owner has made or migrated the tables, a role that may only read and write rows does everything."""
    place = Place(server(kind), f"r{os.getpid()}_{next(_numbers)}_")
    user = f"app_{place.prefix}"
    make(driver(place.url), place.prefix)
    upgrade(place.url, prefix=place.prefix)
    tables = ", ".join(place.prefix + name for name in TABLES)
    names = {"user": user, "tables": tables, "prefix": place.prefix, "database": make_url(place.url).database}
    try:
        for statement in ROLES[kind]:
            place.run(statement.format(**names))
        host = place.url.split("@")[1]
        theirs = Place(f"{kind}://{user}:app@{host}", place.prefix)
        with pytest.raises(Exception, match=r"denied"):
            theirs.run(f"CREATE TABLE xf_{next(_numbers)} (id INT)")
        with counting(theirs.store()) as engine:
            case = engine.open("hits", {"no": "1"}, actor=CLERK)
            engine.fire(case.id, "hit", actor=CLERK)
            assert engine.verify(case.id, actor=SYSTEM).ok
            assert [work.case_id for work in engine.worklist(actor=CLERK, flow="hits").items] == [case.id]
    finally:
        for name in TABLES:
            place.run(f"DROP TABLE IF EXISTS xf_{name}")
        place.run(ROLES[kind][0].format(user=user))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`xinfang-flow db upgrade` says what it did, for people and for machines, and does nothing twice."""
    from xinfang_flow.cli.app import run

    monkeypatch.chdir(tmp_path)
    make("sqlite:///county.db")
    assert run(["board", "--lang", "en"]) != 0
    assert "xinfang-flow db upgrade" in capsys.readouterr().err
    assert run(["db", "upgrade", "--lang", "en"]) == 0
    assert capsys.readouterr().out.splitlines() == ["taken: v02_worklist", "3 cases indexed"]
    assert run(["db", "upgrade", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"steps": [], "cases": 0, "unreadable": {}, "doubled": []}
    assert run(["db", "upgrade"]) == 0
    assert "已是本版本" in capsys.readouterr().out
    assert run(["db", "downgrade", "--lang", "en"]) != 0
    assert "write db upgrade" in capsys.readouterr().err
    assert run(["db", "upgrade", "--db", "none.db"]) != 0
    assert not (tmp_path / "none.db").exists()
    store = open_store("sqlite:///county.db")
    assert len(store.read.find(Query())) == 3
    assert store.read.worklist(WorkQuery()) != []
    store.close()
    assert v02_worklist.VERSION == 2
