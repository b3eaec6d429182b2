"""Whatever is wrong with a database: one typed error with a sentence that helps, the state unchanged."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, create_engine
from sqlmodel import Session, SQLModel

from tests.store.kills import CENTRE, CLERK, assign, engine_at, pooled
from xinfang_flow.engine.engine import Engine
from xinfang_flow.engine.store_url import open_store
from xinfang_flow.errors import ConflictError, InputError, OutcomeUnknownError, StoreError, TamperedError
from xinfang_flow.kernel import SYSTEM, Actor
from xinfang_flow.store import Query
from xinfang_flow.store.sql.connection import Connection
from xinfang_flow.store.sql.errors import ConnectionLostError, TakenBackError, explain
from xinfang_flow.store.sql.store import SqlStore
from xinfang_flow.store.sql.tables import build_tables
from xinfang_flow.testing.store_steps import FAR, began, dump, put, went
from xinfang_flow.testing.strategies import FULL


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database file lies."""
    return tmp_path / "county.db"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    """An engine on a file."""
    with engine_at(f"sqlite:///{path}") as engine:
        yield engine


def refused(url: str, **options: Any) -> str:
    """The sentence with which opening is refused."""
    with pytest.raises(StoreError) as told:
        SqlStore.from_url(url, **options)
    assert str(told.value).count("\n") == 0
    return str(told.value)


def test_urls_that_lead_nowhere(tmp_path: Path) -> None:
    """Each unusable URL is named by its kind, with the way out, and without its password."""
    with pytest.raises(StoreError, match="write sqlite:///county"):
        open_store("county.db")
    assert "not in 'oracle'" in refused("oracle://scott:tiger@host/db")
    assert "the driver is psycopg" in refused("postgresql+asyncpg://u:secret@host/db")
    assert "tiger" not in refused("://scott:tiger@")
    assert refused(f"sqlite:///{tmp_path}") == f"{tmp_path.name} is a directory, not a database file"
    assert "folder 'nowhere' is not there" in refused(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    assert "SQLite has no schemas" in refused("sqlite://", schema="petitions")


def test_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the driver the pip line is the message."""
    for name in ("psycopg", "pymysql"):
        monkeypatch.setitem(sys.modules, name, None)
    assert refused("postgresql://u:secret@host/db") == 'no driver for postgresql: pip install "xinfang_flow[postgres]"'
    assert refused("mariadb://u:secret@host/db") == 'no driver for mariadb: pip install "xinfang_flow[mysql]"'


@pytest.mark.parametrize("prefix", ['xf"; --', "", "9x", "Xf", "x" * 31])
def test_a_prefix_that_is_no_name(prefix: str) -> None:
    """A prefix is a plain name, or refused before any statement is written."""
    with pytest.raises(InputError, match="prefix"):
        SqlStore.from_url("sqlite://", prefix=prefix)
    with pytest.raises(InputError, match="schema"):
        build_tables(schema="public.x")


def test_a_file_that_is_no_database(path: Path) -> None:
    """Another file is refused by its name alone, and stays as it was."""
    path.write_bytes(b"register_no,petitioner\n" * 400)
    assert refused(f"sqlite:///{path}") == "county.db: the file is not an SQLite database"
    assert path.read_bytes().startswith(b"register_no")


@pytest.mark.parametrize("kept", [3000, 4096, 20_000])
def test_a_truncated_file(path: Path, engine: Engine, kept: int) -> None:
    """A file that was cut off is refused as damaged."""
    pooled(engine)
    engine.close()
    whole = path.read_bytes()
    assert kept < len(whole)
    path.write_bytes(whole[:kept])
    assert "county.db: the " in refused(f"sqlite:///{path}")


def meta(path: Path, **lines: str | None) -> None:
    """Write lines of the bookkeeping; None takes one away."""
    SqlStore.from_url(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as raw, raw:
        for name, value in lines.items():
            raw.execute("DELETE FROM xf_meta WHERE name = ?", (name,))
            raw.execute("INSERT INTO xf_meta SELECT ?, ? WHERE ?", (name, value or "", value is not None))


OLDER = "county.db has schema 1, this version works with 2: xinfang-flow db upgrade --db URL"
NEWER = "which needs a version that knows schema {}; this one knows 2: install a newer xinfang_flow"
HALF = "county.db is half migrated: step v02_worklist was interrupted; xinfang-flow db upgrade --db URL begins it again"
OTHERS = (
    "county.db: these tables were not made by xinfang_flow: give your own a prefix (prefix=), or another schema "
    "(schema=)"
)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ({"schema": "9", "floor": "3"}, f"county.db was made by schema 9, {NEWER.format(3)}"),
        ({"schema": "9", "floor": None}, f"county.db was made by schema 9, {NEWER.format(9)}"),
        ({"schema": "1", "floor": None}, OLDER),
        ({"step": "v02_worklist"}, HALF),
        ({"schema": None}, OTHERS),
    ],
    ids=["newer", "newer without a floor", "older", "half migrated", "not ours"],
)
def test_a_database_of_another_schema_is_refused(path: Path, lines: dict[str, str | None], sentence: str) -> None:
    """Older, newer, half migrated, not ours: each has its own sentence, which says how to mend it."""
    meta(path, **lines)
    before = path.read_bytes()
    assert refused(f"sqlite:///{path}") == sentence
    assert path.read_bytes() == before


def test_a_newer_schema_with_a_low_floor_is_worked_with(path: Path) -> None:
    """A schema that only added to ours leaves this program at work, and it leaves what is new alone."""
    meta(path, schema="3", floor="2")
    with closing(SqlStore.from_url(f"sqlite:///{path}")) as store:
        put(store, began("a"))
        assert [case.id for case in store.read.find(Query())] == ["a"]
    with closing(sqlite3.connect(path)) as raw:
        assert dict(raw.execute("SELECT name, value FROM xf_meta")) == {"schema": "3", "floor": "2"}


@pytest.mark.parametrize("table", ["xf_case (id)", "xf_meta (thing)"])
def test_somebody_elses_tables_are_left_alone(path: Path, table: str) -> None:
    """Tables that bear our names by chance are named, and nothing is put beside them."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"CREATE TABLE {table}")
    assert "not made by xinfang_flow" in refused(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as raw:
        assert len(raw.execute("SELECT 1 FROM sqlite_master").fetchall()) == 1


def test_a_creation_that_was_interrupted_is_finished(path: Path) -> None:
    """Where making the tables was broken off, the next one to open the database makes the rest."""
    SqlStore.from_url(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TABLE xf_work")
        raw.execute("UPDATE xf_meta SET name = 'step', value = 'create' WHERE name = 'schema'")
    with closing(SqlStore.from_url(f"sqlite:///{path}")) as store:
        assert list(store.read.work("a")) == []


def as_nobody(act: Callable[[], str]) -> str:
    """Do something in a child process without root's rights, and return what it says."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            said = act()
        except BaseException as error:  # noqa: BLE001  a child of a test must never come back into it
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as words:
        return words.read()


@pytest.fixture
def shown() -> Iterator[Path]:
    """A folder that everybody may enter, and nobody but its owner may write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_what_may_not_be_written(shown: Path) -> None:
    """A read-only file and a read-only folder are told at the start, not at the first fire."""
    file = shown / "county.db"
    engine = engine_at(f"sqlite:///{file}")
    case_id = pooled(engine)
    engine.close()
    file.chmod(0o444)
    assert "county.db: the database is read-only" in as_nobody(lambda: refused(f"sqlite:///{file}"))
    assert "new.db: the database file cannot be opened" in as_nobody(lambda: refused(f"sqlite:///{shown / 'new.db'}"))
    url = f"sqlite:///file:{file}?immutable=1&uri=true"
    assert as_nobody(lambda: str(engine_at(url).verify(case_id, actor=SYSTEM).ok)) == "True"
    assert "read-only" in as_nobody(lambda: _told(lambda: assign(engine_at(url), case_id)))


def _told(act: Callable[[], Any]) -> str:
    with pytest.raises(StoreError) as told:
        act()
    return str(told.value)


def test_another_process_holds_the_file(path: Path, engine: Engine) -> None:
    """After the set time the lock is named, with the way out; once it is gone, everything works again."""
    case_id = pooled(engine)
    engine.close()
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    with closing(other), closing(SqlStore.from_url(f"sqlite:///{path}", busy_timeout=0.2)) as store:
        engine = Engine(store)
        other.execute("BEGIN IMMEDIATE")
        assert _told(lambda: assign(engine, case_id)) == (
            "county.db: SQLite has been busy for 0.2 s: another process holds the file; "
            "for several servers use PostgreSQL"
        )
        assert engine.get(case_id, actor=SYSTEM).state == "pooled"
        assert "busy" in refused(f"sqlite:///{path}", busy_timeout=0.1)
        other.execute("ROLLBACK")
        with engine._store.transaction():
            pass


def test_a_full_disk(engine: Engine) -> None:
    """A database that may not grow answers with one sentence, keeps its state, and goes on when there is space."""
    case_id = pooled(engine)
    pool = engine._store._parts.pool  # type: ignore[attr-defined]
    link = pool.take()
    [[pages]] = link.all("PRAGMA page_count")
    link.run(f"PRAGMA max_page_count = {pages}")
    pool.give(link)
    before = dump(engine._store)
    assert "full" in _told(lambda: [pooled(engine) for _ in range(100)])
    cases = len(dump(engine._store)["cases"])
    with pytest.raises(StoreError):
        [pooled(engine) for _ in range(100)]
    assert len(dump(engine._store)["cases"]) >= cases >= len(before["cases"])
    assert all(engine.verify(case.id, actor=SYSTEM).ok for case in dump(engine._store)["cases"])
    link = pool.take()
    link.run("PRAGMA max_page_count = 100000")
    pool.give(link)
    assign(engine, case_id)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError])
@pytest.mark.parametrize("at", range(1, 11))
def test_an_interrupt_in_the_middle(
    path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, at: int, error: type[BaseException]
) -> None:
    """Ctrl-C before or after any statement: old or new, the lock released, and the next fire works, from anywhere."""
    case_id = pooled(engine)
    execute, left = Connection.run, at

    def run(self: Connection, text: str, values: Any = ()) -> int:
        nonlocal left
        left -= 1
        if left == 0 and at % 2:
            raise error
        touched = execute(self, text, values)
        if left == 0:
            raise error
        return touched

    monkeypatch.setattr(Connection, "run", run)
    with suppress(error):
        assign(engine, case_id)
    monkeypatch.setattr(Connection, "run", execute)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    case = engine.get(case_id, actor=SYSTEM)
    assert (case.state, case.version) in (("pooled", 2), ("assigned", 3))
    assert engine.verify(case_id, actor=SYSTEM).ok
    engine.fire(case_id, "withdraw", {"reason": "x"}, actor=CLERK)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_answer_to_the_commit(engine: Engine, monkeypatch: pytest.MonkeyPatch, *, arrived: bool) -> None:
    """The event found under its key is the answer; without one the error carries the key to ask again with."""
    case_id = pooled(engine)
    run = Connection.run

    def lossy(self: Connection, text: str, values: Any = ()) -> int:
        if text == "COMMIT":
            run(self, "COMMIT" if arrived else "ROLLBACK")
            raise ConnectionLostError
        return run(self, text, values)

    monkeypatch.setattr(Connection, "run", lossy)
    if arrived:
        assign(engine, case_id)
    else:
        with pytest.raises(OutcomeUnknownError) as unknown:
            assign(engine, case_id)
        assert unknown.value.key == f"k-{case_id}"
    monkeypatch.setattr(Connection, "run", run)
    assert engine.get(case_id, actor=SYSTEM).version == (3 if arrived else 2)
    assign(engine, case_id)
    assert engine.get(case_id, actor=SYSTEM).version == 3


def test_somebody_elses_event_under_the_key_is_no_answer(
    path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the answer to a commit was lost and another one's event has the key, nobody says that ours is there."""
    case_id = pooled(engine)
    run = Connection.run
    with engine_at(f"sqlite:///{path}") as other:

        def lossy(self: Connection, text: str, values: Any = ()) -> int:
            if text == "COMMIT":
                run(self, "ROLLBACK")
                monkeypatch.setattr(Connection, "run", run)
                other.fire(case_id, "assign", {"pool": "resident", "to": "other"}, actor=CENTRE, key=f"k-{case_id}")
                raise ConnectionLostError
            return run(self, text, values)

        monkeypatch.setattr(Connection, "run", lossy)
        with pytest.raises(OutcomeUnknownError):
            assign(engine, case_id)
    owner = Actor("other", roles={"proxy"})
    assert [task.case_id for task in engine.tasks(actor=owner).items] == [case_id]


def test_an_event_is_never_rewritten(path: Path, engine: Engine) -> None:
    """Plain SQL cannot change, delete or replace an event; erasing its personal part stays possible."""
    case_id = pooled(engine)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for statement, why in (
            ("UPDATE xf_event SET body = '{}'", "never changed"),
            ("UPDATE xf_event SET hash = 'x' WHERE seq = 1", "never changed"),
            ("DELETE FROM xf_event", "never deleted"),
            ("REPLACE INTO xf_event SELECT * FROM xf_event WHERE seq = 1", "never replaced"),
            (
                "INSERT OR REPLACE INTO xf_event SELECT 'x', 9, kind, key, at, body, hash, private FROM xf_event",
                "never replaced",
            ),
        ):
            with pytest.raises(sqlite3.IntegrityError, match=why):
                raw.execute(statement)
        raw.execute("UPDATE xf_event SET private = NULL WHERE seq = 1")
    history = engine.history(case_id, actor=SYSTEM)
    assert set(history[0].payload["petitioner"]) == {"#"}


def test_what_cannot_be_read_any_more(path: Path, engine: Engine) -> None:
    """A snapshot or an event that is no JSON is said to be tampered with, and where."""
    case_id = pooled(engine)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER xf_event_unchanged")
        raw.execute("UPDATE xf_event SET body = '{' WHERE seq = 2")
        with pytest.raises(TamperedError, match=f"event 2 of {case_id}"):
            engine.history(case_id, actor=SYSTEM)
        raw.execute("UPDATE xf_case SET snapshot = '[]'")
    with pytest.raises(TamperedError):
        engine.get(case_id, actor=SYSTEM)


def test_a_transaction_inside_a_transaction(engine: Engine) -> None:
    """A thread that has one open is told at once, instead of waiting for itself."""
    store = engine._store
    with store.transaction(), pytest.raises(StoreError, match="a transaction open already"), store.transaction():
        pass
    pooled(engine)


def test_a_closed_store(path: Path) -> None:
    """Closing is final, on a file and in memory."""
    for url in (f"sqlite:///{path}", "sqlite://"):
        store = SqlStore.from_url(url)
        store.close()
        with pytest.raises(StoreError, match="closed"):
            store.read.get("a")


def test_a_forked_child_leaves_the_parents_connection_alone(engine: Engine) -> None:
    """Parent and child fire on the same engine object, each over connections of its own."""
    case_id = pooled(engine)
    assert as_nobody_or_child(lambda: engine.get(case_id, actor=SYSTEM).state) == "pooled"
    child = os.fork()
    if child == 0:
        assign(engine, case_id)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert engine.get(case_id, actor=SYSTEM).state == "assigned"
    engine.fire(case_id, "withdraw", {"reason": "x"}, actor=CENTRE)


def test_a_forked_child_takes_no_connection_of_its_parent(engine: Engine) -> None:
    """What lies free in the pool at the fork stays the parent's; the child is given connections that it opened."""
    pool = engine._store._parts.pool  # type: ignore[attr-defined]
    pool.give(pool.take())

    def taken() -> str:
        connection = pool.take()
        return f"{connection.pid == os.getpid()} {connection.one('SELECT 1')[0]}"

    assert as_nobody_or_child(taken) == "True 1"
    assert pool.take().pid == os.getpid()


def as_nobody_or_child(act: Callable[[], str]) -> str:
    """Do something in a child process, and return what it says."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, act().encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as words:
        return words.read()


def test_threads_share_an_engine(engine: Engine) -> None:
    """Eight threads on four cases: every fire is there once, and each sees the others' work."""
    cases = [pooled(engine) for _ in range(4)]
    errors: list[Exception] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                engine.open("proxy_petition", {**FULL, "register_no": f"N{turn}"}, actor=CLERK, key=f"{turn}")
                engine.get(cases[(number + turn) % 4], actor=SYSTEM)
        except Exception as error:  # noqa: BLE001  told by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(engine.find(actor=CENTRE, limit=100).items) == 14


def test_other_sessions_are_named(engine: Engine) -> None:
    """What cannot be joined is refused with what can."""
    with pytest.raises(TypeError, match="sqlmodel Session"):
        engine.fire("x", "y", actor=CLERK, session="sqlite://")


def test_a_session_reads_its_own_writes(path: Path, engine: Engine) -> None:
    """Inside the caller's session a repeated key finds what is not committed yet; outside, nothing is seen."""
    case_id = pooled(engine)
    with Session(create_engine(f"sqlite:///{path}")) as session:
        for _ in range(2):
            case = engine.fire(case_id, "withdraw", {"reason": "x"}, actor=CLERK, key="once", session=session)
            assert case.version == 3
        assert engine.get(case_id, actor=SYSTEM, session=session).version == 3
        assert engine.get(case_id, actor=SYSTEM).version == 2
        session.rollback()
    assert engine.get(case_id, actor=SYSTEM).version == 2


def test_tables_lie_where_the_host_wants_them() -> None:
    """Nothing lands in the global metadata; the host's own takes our tables, twice under two prefixes."""
    ours = MetaData()
    build_tables(ours, prefix="a_")
    build_tables(ours, prefix="b_", schema="petitions")
    assert {"a_case", "petitions.b_case"} <= set(ours.tables)
    assert not any(name.endswith("case") for name in SQLModel.metadata.tables)


def test_an_engine_of_ones_own(path: Path) -> None:
    """A store takes the host's SQLAlchemy engine; an in-memory one must be a single connection."""
    with closing(SqlStore(create_engine(f"sqlite:///{path}"), prefix="county_")) as store:
        put(store, began("a"))
        assert store.read.get("a") is not None
    with pytest.raises(StoreError, match="StaticPool"):
        SqlStore(create_engine("sqlite://"))


@pytest.mark.parametrize(
    ("dialect", "code", "kind", "words"),
    [
        ("postgresql", "40001", TakenBackError, "try again"),
        ("postgresql", "40P01", TakenBackError, "try again"),
        ("postgresql", "23505", ConflictError, "taken"),
        ("postgresql", "57P01", ConnectionLostError, "lost"),
        ("postgresql", None, ConnectionLostError, "lost"),
        ("postgresql", "53100", StoreError, "full"),
        ("postgresql", "25006", StoreError, "read-only"),
        ("postgresql", "XX000", StoreError, "XX000"),
        ("mariadb", 1062, ConflictError, "taken"),
        ("mariadb", 1205, TakenBackError, "try again"),
        ("mariadb", 1213, TakenBackError, "try again"),
        ("mariadb", 1020, TakenBackError, "try again"),
        ("mariadb", 2006, ConnectionLostError, "lost"),
        ("mariadb", 2013, ConnectionLostError, "lost"),
        ("mariadb", 1114, StoreError, "full"),
        ("mariadb", 1290, StoreError, "read-only"),
        ("mariadb", 1064, StoreError, "1064"),
        ("sqlite", sqlite3.SQLITE_BUSY_SNAPSHOT, ConflictError, "BEGIN IMMEDIATE"),
        ("sqlite", sqlite3.SQLITE_IOERR_FSYNC, StoreError, "disk"),
        ("sqlite", sqlite3.SQLITE_INTERNAL, StoreError, "SQLite answered"),
    ],
)
def test_every_code_has_its_class(dialect: str, code: Any, kind: type[Exception], words: str) -> None:
    """Retry, conflict, lost, full, read-only, and the rest as a StoreError that names the code."""

    class OperationalError(Exception):
        sqlstate = sqlite_errorcode = code

    told = explain(dialect, OperationalError(code), timeout=5, name="county")
    assert type(told) is kind
    assert words in str(told)


def test_the_package_of_test_tools_imports_none() -> None:
    """`import xinfang_flow.testing` needs neither pytest nor Hypothesis."""
    asked = "import sys, xinfang_flow.testing; print({'pytest', 'hypothesis'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "set()"


def test_a_value_the_database_cannot_keep() -> None:
    """A lone surrogate is refused in our words, and nothing is written."""
    with closing(SqlStore.from_url("sqlite://")) as store:
        case = put(store, began("a"))
        with pytest.raises(StoreError, match="cannot keep"):
            store.read.get("\ud800")
        with pytest.raises(StoreError, match="cannot keep"):
            put(store, went(case, "x")._replace(timers={"\ud800": FAR}))
        assert store.read.get("a") == case
