"""Cases in a SQL database: SQLite, PostgreSQL, MariaDB."""

from xinfang_flow.store.sql.store import SqlStore
from xinfang_flow.store.sql.tables import build_tables

__all__ = ["SqlStore", "build_tables"]
