"""The SQL store: one transaction for event, snapshot, timers, tasks and effects, in prepared text through the driver.

SQLModel declares the tables, SQLAlchemy writes the statements once (`builder`); a fire then costs the driver's calls
and the flush to disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from sqlalchemy import Connection as AlchemyConnection, Engine, MetaData
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.pool import StaticPool

from xinfang_flow.errors import StoreError, XinfangError
from xinfang_flow.store.sql.connection import Connection, ConnectionPool, SingleConnection
from xinfang_flow.store.sql.database import engine_of, in_memory, name_of, prepare, read_only, setting_up
from xinfang_flow.store.sql.errors import explain
from xinfang_flow.store.sql.queries import Queries
from xinfang_flow.store.sql.reader import Borrowed, SqlReader
from xinfang_flow.store.sql.statements import Statements
from xinfang_flow.store.sql.tables import Tables, build_tables
from xinfang_flow.store.sql.transaction import JoinedTransaction, SqlTransaction, StoreParts
from xinfang_flow.text import Text


class SqlStore:
    """Keeps cases in SQLite, PostgreSQL or MariaDB/MySQL.

    Args:
        engine: an SQLAlchemy engine of your own; `SqlStore.from_url(url)` makes one.
        prefix: what the tables' names begin with.
        schema: the database schema they lie in (not on SQLite).
        metadata: your own metadata, if your migrations shall see the tables.
        busy_timeout: how many seconds to wait for another writer.

    Raises:
        StoreError: the database cannot be opened, or was made by a newer version.
        InputError: a prefix or schema that is not a plain name.
    """

    def __init__(
        self, engine: Engine, *, prefix: str = "xf_", schema: str | None = None, metadata: MetaData | None = None,
        busy_timeout: float = 5.0,
    ) -> None:  # fmt: skip
        kind = engine.dialect.name
        if kind == "sqlite" and schema is not None:
            raise StoreError(Text("SQLite 没有模式：请不写 schema=", "SQLite has no schemas: leave schema= out"))
        self._engine, self._timeout, self._kind = engine, busy_timeout, kind
        self.tables: Tables = build_tables(metadata, prefix, schema)
        statements, queries = Statements(self.tables, engine.dialect), Queries(self.tables, engine.dialect)
        self._errors = (engine.dialect.loaded_dbapi.Error, ValueError, OverflowError)
        memory = in_memory(engine.url)
        if memory and not isinstance(engine.pool, StaticPool):
            raise StoreError(
                Text(
                    "内存数据库的 engine 需要 poolclass=StaticPool",
                    "an engine of an in-memory database needs poolclass=StaticPool",
                )
            )
        pool: ConnectionPool | SingleConnection = (
            SingleConnection(self._connect(keep=True)) if memory else ConnectionPool(self._connect)
        )
        self._parts = StoreParts(statements, queries, pool, kind)
        self._read = SqlReader(queries, Borrowed(pool, self._parts.local))
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    @classmethod
    def from_url(
        cls, url: str, *, prefix: str = "xf_", schema: str | None = None, metadata: MetaData | None = None,
        busy_timeout: float = 5.0,
    ) -> Self:  # fmt: skip
        """Return the store behind an SQLAlchemy URL; takes the same keywords.

        Raises:
            StoreError: the URL cannot be used, the driver is missing, or the database cannot be opened.
        """
        return cls(engine_of(url), prefix=prefix, schema=schema, metadata=metadata, busy_timeout=busy_timeout)

    @property
    def read(self) -> SqlReader:
        """The reading port."""
        return self._read

    def read_in(self, session: Session | AlchemyConnection) -> SqlReader:
        """Return a reading port over the caller's session: it sees what that session has not committed yet."""
        return SqlReader(self._parts.queries, self._connection_of(session))

    def transaction(self, session: Any = None) -> SqlTransaction:
        """Return a transaction; with `session`, one that joins the caller's and never ends it.

        Raises:
            TypeError: `session` is nothing that can be joined.
            StoreError: the session talks to another kind of database.
        """
        return (
            SqlTransaction(self._parts)
            if session is None
            else JoinedTransaction(self._parts, self._connection_of(session))
        )

    def outdated(self, limit: int, after: tuple[str, str] = ("", "")) -> Sequence[tuple[str, str, str]]:
        """Return cases whose derived rows are not those of their version, oldest first, behind an instant and an id.

        Each is (id, digest of its flow, when it was opened); a program of an older schema leaves such cases behind.
        """
        return self._read.outdated(limit, after)

    def close(self) -> None:
        """Let go of every connection."""
        self._parts.pool.close()
        self._engine.dispose()

    def _connection_of(self, session: Any) -> Connection:
        """Return the connection of a session.

        Raises:
            TypeError: it is no session or connection.
            StoreError: it talks to another kind of database.
        """
        if isinstance(session, scoped_session):  # what a web application calls its session is this thread's own
            session = session()
        if not isinstance(session, Session | AlchemyConnection):
            raise TypeError(
                "session= takes a sqlmodel Session, an sqlalchemy Session, scoped_session or Connection "
                f"(of an AsyncSession: through its run_sync), not {type(session).__name__}"
            )
        try:
            connection = session.connection() if isinstance(session, Session) else session
            if isinstance(session, Session):
                session.flush()
            raw = connection.connection.dbapi_connection
        except SQLAlchemyError as error:
            raise StoreError(
                Text(
                    f"不能加入这个会话：{type(error).__name__}", f"the session cannot be joined: {type(error).__name__}"
                )
            ) from error
        if connection.dialect.name != self._kind:
            raise StoreError(
                Text(
                    f"会话连接的是 {connection.dialect.name}，存储是 {self._kind}",
                    f"the session talks to {connection.dialect.name}, the store to {self._kind}",
                )
            )
        return Connection(raw, self._errors, self._explained, lite=self._kind == "sqlite", keeper=connection)

    def _connect(self, *, keep: bool = False) -> Connection:
        try:
            fairy = self._engine.raw_connection()
            raw = fairy.dbapi_connection
            if not keep:
                fairy.detach()
        except (SQLAlchemyError, *self._errors) as error:
            cause: Exception = getattr(error, "orig", None) or error
            raise self._explained(cause) from error
        lite = self._kind == "sqlite"
        connection = Connection(raw, self._errors, self._explained, lite=lite, keeper=fairy if keep else None)
        if lite:
            connection.raw.isolation_level = None
        elif self._kind == "postgresql":
            connection.raw.autocommit = True
        else:
            connection.raw.autocommit(1)
        for text in setting_up(self._kind, self._timeout):
            connection.run(text)
        return connection

    def _open(self) -> None:
        connection = self._parts.pool.take()
        try:
            writable = not read_only(self._engine.url)
            if writable and self._kind == "sqlite":
                connection.run("PRAGMA journal_mode = WAL")
                connection.run("BEGIN IMMEDIATE")
                connection.run("ROLLBACK")
            prepare(connection, self.tables, self._engine, create=writable)
        finally:
            self._parts.pool.give(connection)

    def _explained(self, error: Exception) -> XinfangError:
        return explain(self._kind, error, timeout=self._timeout, name=name_of(self._engine.url))
