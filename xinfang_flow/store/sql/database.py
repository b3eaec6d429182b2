"""Opening a database: from a URL to an engine, tables made when they are not there, the schema's version checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool
from sqlalchemy.schema import CreateIndex, CreateTable

from xinfang_flow.errors import StoreError
from xinfang_flow.store.sql.connection import Connection
from xinfang_flow.store.sql.errors import OtherTablesError
from xinfang_flow.store.sql.tables import FLOOR, SCHEMA_VERSION, Tables
from xinfang_flow.text import Text, shown

DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}
EXTRAS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}
KINDS = ("sqlite", *DRIVERS)
_GUARDED = ("case_id", "seq", "kind", "key", "at", "body", "hash")
LOCK = 7_804_221
CREATE = "create"  # the step by which the tables come into being
UPGRADE = "xinfang-flow db upgrade --db URL"
OTHERS = Text(
    "这些表不是本系统所建：请为本系统的表另加前缀（prefix=），或另用模式（schema=）",
    "these tables were not made by xinfang_flow: give your own a prefix (prefix=), or another schema (schema=)",
)


def engine_of(url: str) -> Engine:
    """Return an SQLAlchemy engine for a URL.

    Raises:
        StoreError: the URL cannot be read, names another kind of database, or its driver is not installed.
    """
    parsed = _parsed(url)
    kind, _, driver = parsed.drivername.partition("+")
    if kind not in KINDS:
        raise StoreError(
            Text(
                f"不支持 {shown(kind)}（支持 {'、'.join(KINDS)}），请写成 sqlite:///county.db",
                f"cases are kept in {', '.join(KINDS)}, not in {kind!r}: write sqlite:///county.db",
            )
        )
    if kind in DRIVERS:
        if driver not in ("", DRIVERS[kind]):
            raise StoreError(
                Text(
                    f"{kind} 的驱动是 {DRIVERS[kind]}，不是 {driver}：请写成 {kind}://…",
                    f"for {kind} the driver is {DRIVERS[kind]}, not {driver}: write {kind}://…",
                )
            )
        parsed = parsed.set(drivername=f"{kind}+{DRIVERS[kind]}")
    options: dict[str, Any] = {"poolclass": NullPool}
    if kind == "sqlite":
        options = {"connect_args": {"check_same_thread": False}}
        options["poolclass"] = StaticPool if in_memory(parsed) else NullPool
        _check_file(parsed)
    try:
        return create_engine(parsed, **options)
    except ImportError as error:
        raise StoreError(
            Text(
                f'缺少 {kind} 的驱动：pip install "xinfang_flow[{EXTRAS.get(kind, kind)}]"',
                f'no driver for {kind}: pip install "xinfang_flow[{EXTRAS.get(kind, kind)}]"',
            )
        ) from error
    except (SQLAlchemyError, TypeError) as error:
        raise StoreError(
            Text("数据库地址不能使用，请写成 sqlite:///county.db", f"this is no usable URL of a {kind} database")
        ) from error


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise StoreError(
            Text(
                "数据库地址不能使用，请写成 sqlite:///county.db",
                "this is not a database URL: write sqlite:///county.db",
            )
        ) from error


def in_memory(url: URL) -> bool:
    """Return whether the database lives in this process only."""
    return url.get_backend_name() == "sqlite" and (
        url.database in (None, "", ":memory:") or url.query.get("mode") == "memory"
    )


def read_only(url: URL) -> bool:
    """Return whether the URL asks to read only (`sqlite:///file:county.db?mode=ro&uri=true`)."""
    return url.get_backend_name() == "sqlite" and ("immutable" in url.query or url.query.get("mode") == "ro")


def name_of(url: URL) -> str:
    """Return what a message may call the database: no path, no user, no password."""
    if url.get_backend_name() == "sqlite":
        return "the in-memory database" if in_memory(url) else Path(str(url.database)).name
    return f"{url.get_backend_name()} database {url.database or ''}".rstrip()


def _check_file(url: URL) -> None:
    if in_memory(url) or url.query:
        return
    path = Path(str(url.database))
    if path.is_dir():
        raise StoreError(
            Text(
                f"{path.name or path} 是文件夹，不是数据库文件",
                f"{path.name or path} is a directory, not a database file",
            )
        )
    if not path.parent.is_dir():
        raise StoreError(
            Text(
                f"{path.name} 无法建立：没有文件夹 {path.parent.name}",
                f"{path.name} cannot be made: its folder {path.parent.name!r} is not there",
            )
        )


def setting_up(kind: str, timeout: float) -> tuple[str, ...]:
    """Return the statements that a new connection runs once."""
    if kind == "sqlite":
        return (f"PRAGMA busy_timeout = {int(timeout * 1000)}", "PRAGMA synchronous = FULL")
    if kind == "postgresql":
        return ("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",)
    return (
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        f"SET SESSION innodb_lock_wait_timeout = {max(1, int(timeout))}",
    )


def prepare(connection: Connection, tables: Tables, engine: Engine, *, create: bool) -> None:
    """Make the tables when they are not there, and see that this program may work with them.

    Raises:
        StoreError: the schema is older, newer or half migrated, the tables are not ours, or there are none and the
            database may not be written.
    """
    meta, name = read_meta(connection, tables, engine), name_of(engine.url)
    if meta is None or meta.get("step") == CREATE:
        if not create:
            raise StoreError(
                Text(
                    f"{name} 只能读取，且其中没有本系统的表",
                    f"{name} has no tables of xinfang_flow, and is open for reading only",
                )
            )
        _create(connection, tables, engine)
        meta = read_meta(connection, tables, engine) or {}
    check(meta, name)


def read_meta(connection: Connection, tables: Tables, engine: Engine) -> dict[str, str] | None:
    """Return what the store knows about itself; None where it has no tables.

    Raises:
        StoreError: a table of its name is somebody else's.
    """
    if not exists(connection, tables.meta, engine):
        return None
    return dict(connection.all(f"SELECT name, value FROM {_quoted(tables.meta, engine)}"))


def _quoted(table: Table, engine: Engine) -> str:
    return engine.dialect.identifier_preparer.format_table(table)


def exists(connection: Connection, table: Table, engine: Engine) -> bool:
    """Return whether a table is there, whoever made it; asked so that no transaction is broken by the answer."""
    kind = engine.dialect.name
    if kind == "postgresql":
        return bool(connection.one("SELECT to_regclass(%s) IS NOT NULL", (_quoted(table, engine),))[0])
    if kind == "sqlite":
        return connection.one("SELECT 1 FROM sqlite_master WHERE name = ?", (table.name,)) is not None
    text = "SELECT 1 FROM information_schema.tables WHERE table_name = %s AND table_schema = COALESCE(%s, DATABASE())"
    return connection.one(text, (table.name, table.schema)) is not None


def check(meta: Mapping[str, str], name: str) -> None:
    """See that this program may work with a database of such a bookkeeping.

    Raises:
        StoreError: the schema is older, newer or half migrated, or the bookkeeping is not ours.
    """
    schema, floor, step = meta.get("schema", ""), meta.get("floor", meta.get("schema", "")), meta.get("step")
    if step is not None:
        raise StoreError(
            Text(
                f"{name} 升级到一半：第 {step} 步中断了；{UPGRADE} 会重新开始这一步",
                f"{name} is half migrated: step {step} was interrupted; {UPGRADE} begins it again",
            )
        )
    if not (schema.isdecimal() and floor.isdecimal()):
        raise OtherTablesError(Text(f"{name}：{OTHERS.zh}", f"{name}: {OTHERS.en}"))
    if int(schema) < SCHEMA_VERSION:
        raise StoreError(
            Text(
                f"{name} 是 {schema} 版的数据库，本版本使用 {SCHEMA_VERSION} 版：{UPGRADE}",
                f"{name} has schema {schema}, this version works with {SCHEMA_VERSION}: {UPGRADE}",
            )
        )
    if int(floor) > SCHEMA_VERSION:
        raise StoreError(
            Text(
                f"{name} 由 {schema} 版建立，需要能读 {floor} 版的程序，"
                f"本程序至多读到 {SCHEMA_VERSION}：请升级 xinfang_flow",
                f"{name} was made by schema {schema}, which needs a version that knows schema {floor}; "
                f"this one knows {SCHEMA_VERSION}: install a newer xinfang_flow",
            )
        )


def _create(connection: Connection, tables: Tables, engine: Engine) -> None:
    with locked(connection, engine):
        meta = read_meta(connection, tables, engine)
        if meta is not None and meta.get("step") != CREATE:
            return
        if meta is None:
            _refuse_others(connection, tables, engine)
        for text in ddl(tables, engine):
            connection.run(text)


@contextmanager
def locked(connection: Connection, engine: Engine) -> Iterator[None]:
    """Hold everybody else off who would make or change tables; on SQLite and PostgreSQL one transaction."""
    kind = engine.dialect.name
    begin = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}
    connection.run(begin.get(kind, "SELECT GET_LOCK('xinfang_flow', 60)"))
    try:
        if kind == "postgresql":
            connection.run(f"SELECT pg_advisory_xact_lock({LOCK})")
        yield
        connection.run("COMMIT")
    except BaseException:
        connection.roll_back()
        raise
    finally:
        if kind in ("mysql", "mariadb"):
            connection.run("SELECT RELEASE_LOCK('xinfang_flow')")


def _refuse_others(connection: Connection, tables: Tables, engine: Engine) -> None:
    """Tables of our names without our bookkeeping are somebody else's."""
    for table in tables.all:
        if exists(connection, table, engine):
            there, meta = f"{name_of(engine.url)}: {table.name}", tables.meta.name
            zh = f"{name_of(engine.url)}：有表 {table.name} 而没有 {meta}：{OTHERS.zh}"
            raise OtherTablesError(Text(zh, f"{there} is there, and no {meta}: {OTHERS.en}"))


def ddl(tables: Tables, engine: Engine) -> list[str]:
    """Return every statement that makes tables, indexes and guard rails, in order; repeating them is safe."""
    dialect = engine.dialect
    texts = [_table(tables.meta, engine), note(tables, engine, "step", CREATE)]
    for table in tables.all:
        texts.append(_table(table, engine))
        texts += [
            str(CreateIndex(index, if_not_exists=dialect.name != "mysql").compile(dialect=dialect))
            for index in sorted(table.indexes, key=lambda index: str(index.name))
        ]
    if dialect.name == "sqlite":
        texts += guards(tables)
    return [
        *texts,
        note(tables, engine, "schema", str(SCHEMA_VERSION)),
        note(tables, engine, "floor", str(FLOOR)),
        f"DELETE FROM {_quoted(tables.meta, engine)} WHERE name = 'step'",
    ]


def _table(table: Table, engine: Engine) -> str:
    return str(CreateTable(table, if_not_exists=True).compile(dialect=engine.dialect))


def note(tables: Tables, engine: Engine, name: str, value: str) -> str:
    """Return the statement that writes a line of the bookkeeping, unless it is there."""
    row, dialect = tables.meta.insert().values(name=name, value=value), engine.dialect
    text = str(row.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    if dialect.name == "postgresql":
        return f"{text} ON CONFLICT DO NOTHING"
    return text.replace("INSERT", "INSERT OR IGNORE" if dialect.name == "sqlite" else "INSERT IGNORE", 1)


def guards(tables: Tables) -> list[str]:
    """Return SQLite's guard rails: the hashed part of an event can be neither changed, deleted nor replaced.

    A rail, not a wall: whoever may write the file can drop a trigger.  Erasing `private` stays possible.
    """
    event = tables.event
    same = 'case_id = NEW.case_id AND seq = NEW.seq OR kind = NEW.kind AND "key" = NEW."key"'
    taken = f"EXISTS (SELECT 1 FROM {event.name} WHERE {same})"
    columns = ", ".join(f'"{name}"' for name in _GUARDED)
    return [
        f"CREATE TRIGGER IF NOT EXISTS {event.name}_{name} BEFORE {when} "
        f"BEGIN SELECT RAISE(ABORT, '{event.name}: {why}'); END"
        for name, when, why in (
            ("unchanged", f"UPDATE OF {columns} ON {event.name}", "an event is never changed"),
            ("kept", f"DELETE ON {event.name}", "an event is never deleted"),
            ("single", f"INSERT ON {event.name} WHEN {taken}", "an event is never replaced"),
        )
    ]  # fmt: skip
