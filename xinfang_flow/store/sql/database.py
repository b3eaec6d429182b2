"""Opening a database: from a URL to an engine, tables made when they are not there, the schema's version checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool
from sqlalchemy.schema import CreateIndex, CreateTable

from xinfang_flow.errors import StoreError
from xinfang_flow.store.sql.connection import Link
from xinfang_flow.store.sql.errors import NoTablesError
from xinfang_flow.store.sql.tables import SCHEMA_VERSION, Tables
from xinfang_flow.text import Text, shown

DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}
EXTRAS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}
KINDS = ("sqlite", *DRIVERS)
_GUARDED = ("case_id", "seq", "kind", "key", "at", "body", "hash")
_LOCK = 7_804_221


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


def prepare(link: Link, tables: Tables, engine: Engine, *, create: bool) -> None:
    """Make the tables when they are not there, and check the schema's version.

    Raises:
        StoreError: the database was made by a newer version, has no tables and may not be written, or failed.
    """
    version = _version(link, tables, engine)
    if version is None:
        if not create:
            raise StoreError(
                Text(
                    f"{name_of(engine.url)} 只能读取，且其中没有本系统的表",
                    f"{name_of(engine.url)} has no tables of xinfang_flow, and is open for reading only",
                )
            )
        _create(link, tables, engine)
        version = _version(link, tables, engine)
    if version is None or not version.isdecimal() or int(version) > SCHEMA_VERSION:
        raise StoreError(
            Text(
                f"数据库由较新的版本（{version}）建立，本版本至多读到 {SCHEMA_VERSION}：请升级",
                f"database was made by schema {version}, this version reads up to {SCHEMA_VERSION}",
            )
        )


def _version(link: Link, tables: Tables, engine: Engine) -> str | None:
    meta = tables.meta
    text = str(meta.select().with_only_columns(meta.c.value).where(meta.c.name == "schema").compile(
        dialect=engine.dialect, compile_kwargs={"literal_binds": True}
    ))  # fmt: skip
    try:
        row = link.one(text)
    except NoTablesError:
        return None
    return None if row is None else str(row[0])


def _create(link: Link, tables: Tables, engine: Engine) -> None:
    kind = engine.dialect.name
    link.run({"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}.get(kind, f"SELECT GET_LOCK('xinfang_flow', {60})"))
    try:
        if kind == "postgresql":
            link.run(f"SELECT pg_advisory_xact_lock({_LOCK})")
        for text in ddl(tables, engine):
            link.run(text)
        link.run("COMMIT")
    except BaseException:
        link.roll_back()
        raise
    finally:
        if kind in ("mysql", "mariadb"):
            link.run("SELECT RELEASE_LOCK('xinfang_flow')")


def ddl(tables: Tables, engine: Engine) -> list[str]:
    """Return every statement that makes tables, indexes and guard rails, in order; repeating them is safe."""
    dialect, texts = engine.dialect, []
    for table in tables.all:
        texts.append(str(CreateTable(table, if_not_exists=True).compile(dialect=dialect)))
        texts += [
            str(CreateIndex(index, if_not_exists=dialect.name != "mysql").compile(dialect=dialect))
            for index in sorted(table.indexes, key=lambda index: str(index.name))
        ]
    if dialect.name == "sqlite":
        texts += guards(tables)
    version = tables.meta.insert().values(name="schema", value=str(SCHEMA_VERSION))
    text = str(version.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    ignore = {"sqlite": "INSERT OR IGNORE", "postgresql": "INSERT"}.get(dialect.name, "INSERT IGNORE")
    texts.append(
        text.replace("INSERT", ignore, 1) + (" ON CONFLICT DO NOTHING" if dialect.name == "postgresql" else "")
    )
    return texts


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
