"""Every store that we ship passes the suite that makes a class a store."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import Session

from xinfang_flow.store import MemoryStore, Store
from xinfang_flow.store.sql.store import SqlStore
from xinfang_flow.testing import StoreSuite


class TestMemory(StoreSuite):
    def make_store(self) -> Store:
        """A store in dictionaries."""
        return MemoryStore()


class Joining(StoreSuite):
    url = ""

    @contextmanager
    def session(self, store: Store) -> Iterator[Any]:
        """A session of the caller's, on the store's database."""
        assert isinstance(store, SqlStore)
        with Session(create_engine(self.url)) as session:
            yield session


class TestSqliteFile(Joining):
    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path) -> None:
        """A file of its own for each test."""
        self.url = f"sqlite:///{tmp_path / 'county.db'}"

    def make_store(self) -> Store:
        """A store in a file."""
        return SqlStore.from_url(self.url)


class TestSqliteFileOtherPrefix(TestSqliteFile):
    def make_store(self) -> Store:
        """A store under another prefix, beside one under ours."""
        SqlStore.from_url(self.url).close()
        return SqlStore.from_url(self.url, prefix="county_")


class TestSqliteInMemory(StoreSuite):
    def make_store(self) -> Store:
        """A store in an in-memory database."""
        return SqlStore.from_url("sqlite://")


SERVERS = {
    "postgresql": ("XINFANG_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test", 5432),
    "mariadb": ("XINFANG_MARIADB_URL", "mariadb://root@127.0.0.1:3306/test", 3306),
}
_numbers = count()


def server(kind: str) -> str:
    """The URL of a server on this machine; skipped without, failed without in CI."""
    variable, url, port = SERVERS[kind]
    if variable in os.environ:
        return os.environ[variable]
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            return url
    if os.environ.get("XINFANG_CI"):
        pytest.fail(f"no {kind} answers on port {port}")
    pytest.skip(f"no {kind} answers on port {port}")


class OnServer(Joining):
    kind = ""

    @pytest.fixture(autouse=True)
    def place(self) -> Iterator[None]:
        """Tables of its own for each test, dropped afterwards."""
        self.url = server(self.kind)
        self.prefix = f"t{os.getpid()}_{next(_numbers)}_"
        yield
        engine = create_engine(self._driver())
        with engine.begin() as connection:
            for name in ("case", "event", "timer", "outbox", "slot", "signal", "flow", "meta"):
                connection.execute(text(f"DROP TABLE IF EXISTS {self.prefix}{name}"))
        engine.dispose()

    def make_store(self) -> Store:
        """A store on a server."""
        return SqlStore.from_url(self.url, prefix=self.prefix)

    @contextmanager
    def session(self, store: Store) -> Iterator[Any]:
        """A session of the caller's, on the store's database."""
        engine = create_engine(self._driver())
        with Session(engine) as session:
            yield session
        engine.dispose()

    def _driver(self) -> str:
        scheme, rest = self.url.split("://", 1)
        return f"{scheme.split('+')[0]}+{'psycopg' if self.kind == 'postgresql' else 'pymysql'}://{rest}"


@pytest.mark.database
class TestPostgresql(OnServer):
    kind = "postgresql"


@pytest.mark.database
class TestMariadb(OnServer):
    kind = "mariadb"
