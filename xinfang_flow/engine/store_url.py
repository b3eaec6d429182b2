"""From a database URL to a store, with the line that mends a missing driver."""

from __future__ import annotations

from xinfang_flow.errors import StoreError
from xinfang_flow.store import Store
from xinfang_flow.text import Text, shown


def open_store(url: str) -> Store:
    """Return the store behind a SQLAlchemy URL; its tables are made if they are not there yet.

    Raises:
        StoreError: the URL cannot be used, the driver is missing, or the database cannot be opened.
    """
    if "://" not in url:
        raise StoreError(
            Text(
                f"“{shown(url)}”不是数据库地址，请写成 sqlite:///county.db",
                f"{url!r} is not a database URL: write sqlite:///county.db",
            )
        )
    from xinfang_flow.store.sql.store import SqlStore

    return SqlStore.from_url(url)
