"""Signpost: the tables have moved to `xinfang_flow.store.sql`; the old way in stays."""

from xinfang_flow.store.sql.tables import build_tables

__all__ = ["build_tables"]
