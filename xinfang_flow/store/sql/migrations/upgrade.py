"""Bringing a database up to this version: the steps that it lacks, then the derived rows, case by case.

It may be interrupted anywhere and begun again: on SQLite and PostgreSQL a step is one transaction, on MariaDB it
passes over what is there; every case is a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from xinfang_flow.errors import StoreError
from xinfang_flow.store.sql.database import LOCK, check, engine_of, name_of
from xinfang_flow.store.sql.errors import OtherTablesError
from xinfang_flow.store.sql.migrations import v02_worklist
from xinfang_flow.store.sql.migrations.refill import Refilled, refill
from xinfang_flow.store.sql.store import SqlStore
from xinfang_flow.store.sql.tables import SCHEMA_VERSION, Tables, build_tables
from xinfang_flow.text import Text

STEPS = {"v02_worklist": v02_worklist}


class Upgraded(NamedTuple):
    """What an upgrade did: the steps that were taken, and what became of the cases' derived rows."""

    steps: tuple[str, ...]
    rows: Refilled


def upgrade(
    url: str, *, prefix: str = "xf_", schema: str | None = None, progress: Callable[[int], None] | None = None
) -> Upgraded:
    """Take every step that the database lacks, then make the derived rows that are missing or of an older version.

    `progress` is told the number of cases done so far.

    Raises:
        StoreError: Alembic is not installed, the database cannot be opened or changed, has no tables, is newer than
            this program, or has tables that are not ours.
    """
    engine = engine_of(url)
    try:
        steps = tuple(_take_steps(engine, build_tables(None, prefix, schema), prefix, schema))
    except SQLAlchemyError as error:
        raise StoreError(
            Text(
                f"{name_of(engine.url)} 无法改动：{type(error).__name__}",
                f"{name_of(engine.url)} could not be changed: {type(error).__name__}",
            )
        ) from error
    finally:
        engine.dispose()
    store = SqlStore.from_url(url, prefix=prefix, schema=schema)
    try:
        return Upgraded(steps, refill(store, progress or (lambda _: None)))
    finally:
        store.close()


def _take_steps(engine: Engine, tables: Tables, prefix: str, schema: str | None) -> Iterator[str]:
    with engine.connect() as connection, _alone(connection, engine):
        meta = _meta(connection, tables, name_of(engine.url))
        for name, step in STEPS.items():
            if int(meta["schema"]) < step.VERSION or meta.get("step") == name:
                step.upgrade(_operations(connection), prefix=prefix, schema=schema)
                yield name
        check(_meta(connection, tables, name_of(engine.url)), name_of(engine.url))


def _operations(connection: Connection) -> Any:
    try:
        from alembic.operations import Operations
        from alembic.runtime.migration import MigrationContext
    except ImportError as error:
        raise StoreError(
            Text(
                '升级需要 Alembic：pip install "xinfang_flow[migrations]"',
                'an upgrade needs Alembic: pip install "xinfang_flow[migrations]"',
            )
        ) from error
    return Operations(MigrationContext.configure(connection))


@contextmanager
def _alone(connection: Connection, engine: Engine) -> Iterator[None]:
    """Hold every other upgrade off; on SQLite and PostgreSQL all of it is one transaction."""
    kind = engine.dialect.name
    if kind == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif kind == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    else:
        connection.exec_driver_sql("SELECT GET_LOCK('xinfang_flow', 60)")
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        if kind in ("mysql", "mariadb"):
            connection.exec_driver_sql("SELECT RELEASE_LOCK('xinfang_flow')")


def _meta(connection: Connection, tables: Tables, name: str) -> dict[str, str]:
    if not connection.dialect.has_table(connection, tables.meta.name, schema=tables.meta.schema):
        raise StoreError(
            Text(
                f"{name} 中没有本系统的表，无需升级",
                f"{name} has no tables of xinfang_flow: there is nothing to upgrade",
            )
        )
    columns = connection.execute(text(f"SELECT * FROM {tables.meta.fullname}")).keys()
    if set(columns) != {"name", "value"}:
        raise OtherTablesError
    meta = {row.name: row.value for row in connection.execute(tables.meta.select())}
    if not meta.get("schema", "").isdecimal():
        raise OtherTablesError
    if int(meta["schema"]) >= SCHEMA_VERSION and meta.get("step") is None:
        check(meta, name)
    return meta
