"""Damage to a SQL store, by plain statements over a connection of one's own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, update

from xinfang_flow.kernel import Case
from xinfang_flow.store.sql.rows import Snapshots
from xinfang_flow.store.sql.store import SqlStore


class SqlDamage:
    """Damage to a SQL store; SQLite's guard rails are taken down first, as whoever owns the file can."""

    def __init__(self, store: SqlStore) -> None:
        self._engine, self._tables = store._engine, store.tables
        if self._engine.dialect.name == "sqlite":
            with self._engine.begin() as connection:
                for rail in ("unchanged", "kept", "single"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {self._tables.event.name}_{rail}")

    def _run(self, statement: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(statement)

    def rewrite(self, case_id: str, seq: int, body: str, hash_: str) -> None:
        """Give an event another hashed form and another hash."""
        event = self._tables.event
        self._run(update(event).where(event.c.case_id == case_id, event.c.seq == seq).values(body=body, hash=hash_))

    def remove(self, case_id: str, seq: int) -> None:
        """Take an event away."""
        event = self._tables.event
        self._run(delete(event).where(event.c.case_id == case_id, event.c.seq == seq))

    def restate(self, case: Case) -> None:
        """Give a case another snapshot."""
        row = self._tables.case
        self._run(update(row).where(row.c.id == case.id).values(snapshot=Snapshots().write(case)))

    def erase(self, case_id: str, seq: int) -> None:
        """Take away the personal part of an event."""
        event = self._tables.event
        self._run(update(event).where(event.c.case_id == case_id, event.c.seq == seq).values(private=None))

    def forget(self, case_id: str) -> None:
        """Take away the rows by which a case is listed and found."""
        for table in (self._tables.work, self._tables.field):
            self._run(delete(table).where(table.c.case_id == case_id))
