"""The SQL store: one transaction for event, snapshot, timers, tasks and effects, in prepared text through the driver.

SQLModel declares the tables, SQLAlchemy writes the statements once (`sql_text`); a fire then costs the driver's calls
and the flush to disk.
"""

from __future__ import annotations

from typing import Any, Self

from sqlalchemy import Connection, Engine, MetaData
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.pool import StaticPool

from xinfang_flow.errors import StoreError, XinfangError
from xinfang_flow.store.sql.connection import Link, Pool, SingleLink
from xinfang_flow.store.sql.database import engine_of, in_memory, name_of, prepare, read_only, setting_up
from xinfang_flow.store.sql.errors import explain
from xinfang_flow.store.sql.reader import Borrowed, SqlReader
from xinfang_flow.store.sql.statements import Texts
from xinfang_flow.store.sql.tables import Tables, build_tables
from xinfang_flow.store.sql.transaction import JoinedTransaction, Shop, SqlTransaction


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
            raise StoreError("SQLite has no schemas: leave schema= out")
        self._engine, self._timeout, self._kind = engine, busy_timeout, kind
        self.tables: Tables = build_tables(metadata, prefix, schema)
        texts = Texts(self.tables, engine.dialect)
        self._errors = (engine.dialect.loaded_dbapi.Error, ValueError, OverflowError)
        memory = in_memory(engine.url)
        if memory and not isinstance(engine.pool, StaticPool):
            raise StoreError("an engine of an in-memory database needs poolclass=StaticPool")
        pool: Pool | SingleLink = SingleLink(self._connect(keep=True)) if memory else Pool(self._connect)
        self._shop = Shop(texts, pool, kind)
        self._read = SqlReader(texts, Borrowed(pool, self._shop.local))
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

    def read_in(self, session: Session | Connection) -> SqlReader:
        """Return a reading port over the caller's session: it sees what that session has not committed yet."""
        return SqlReader(self._shop.texts, self._link_of(session))

    def transaction(self, session: Any = None) -> SqlTransaction:
        """Return a transaction; with `session`, one that joins the caller's and never ends it.

        Raises:
            TypeError: `session` is nothing that can be joined.
            StoreError: the session talks to another kind of database.
        """
        return SqlTransaction(self._shop) if session is None else JoinedTransaction(self._shop, self._link_of(session))

    def close(self) -> None:
        """Let go of every connection."""
        self._shop.pool.close()
        self._engine.dispose()

    def _link_of(self, session: Any) -> Link:
        """Return the connection of a session.

        Raises:
            TypeError: it is no session or connection.
            StoreError: it talks to another kind of database.
        """
        if isinstance(session, scoped_session):  # what a web application calls its session is this thread's own
            session = session()
        if not isinstance(session, Session | Connection):
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
            raise StoreError(f"the session cannot be joined: {type(error).__name__}") from error
        if connection.dialect.name != self._kind:
            raise StoreError(f"the session talks to {connection.dialect.name}, the store to {self._kind}")
        return Link(raw, self._errors, self._explained, lite=self._kind == "sqlite", keeper=connection)

    def _connect(self, *, keep: bool = False) -> Link:
        try:
            fairy = self._engine.raw_connection()
            raw = fairy.dbapi_connection
            if not keep:
                fairy.detach()
        except (SQLAlchemyError, *self._errors) as error:
            cause: Exception = getattr(error, "orig", None) or error
            raise self._explained(cause) from error
        lite = self._kind == "sqlite"
        link = Link(raw, self._errors, self._explained, lite=lite, keeper=fairy if keep else None)
        if lite:
            link.raw.isolation_level = None
        elif self._kind == "postgresql":
            link.raw.autocommit = True
        else:
            link.raw.autocommit(1)
        for text in setting_up(self._kind, self._timeout):
            link.run(text)
        return link

    def _open(self) -> None:
        link = self._shop.pool.take()
        try:
            writable = not read_only(self._engine.url)
            if writable and self._kind == "sqlite":
                link.run("PRAGMA journal_mode = WAL")
                link.run("BEGIN IMMEDIATE")
                link.run("ROLLBACK")
            prepare(link, self.tables, self._engine, create=writable)
        finally:
            self._shop.pool.give(link)

    def _explained(self, error: Exception) -> XinfangError:
        return explain(self._kind, error, timeout=self._timeout, name=name_of(self._engine.url))
