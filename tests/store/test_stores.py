"""Every store that we ship passes the suite that makes a class a store."""

import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import Session

import xinfang_flow as xf
from tests.store.damage import SqlDamage
from xinfang_flow.store import MemoryStore, Store
from xinfang_flow.store.sql.store import SqlStore
from xinfang_flow.testing import StoreSuite
from xinfang_flow.testing.damage import Damage, MemoryDamage


class TestMemory(StoreSuite):
    def make_store(self) -> Store:
        """A store in dictionaries."""
        return MemoryStore()

    def damage(self, store: Store) -> Damage:
        """Its tables are open to everybody."""
        assert isinstance(store, MemoryStore)
        return MemoryDamage(store)


class OnSql(StoreSuite):
    def damage(self, store: Store) -> Damage:
        """Plain SQL."""
        assert isinstance(store, SqlStore)
        return SqlDamage(store)


class Joining(OnSql):
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


class TestSqliteInMemory(OnSql):
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


HITS = {
    "id": "hits", "version": 1, "initial": "open", "title": {"zh": "计数", "en": "Hits"}, "roles": {"clerk": {}},
    "states": {"open": {}, "done": {"final": True}}, "open": {"roles": ["clerk"]},
    "transition": [
        {"trigger": "hit", "source": "open", "roles": ["clerk"]},
        {"trigger": "finish", "source": "open", "dest": "done", "roles": ["clerk"]},
    ],
}  # fmt: skip
CLERK = xf.Actor("li", roles={"clerk"})
ROUNDS = 20


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run each call in a thread of its own, from the same moment on, and return what they return."""
    start = Barrier(len(calls), timeout=30)

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


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
            for name in ("case", "event", "timer", "outbox", "slot", "work", "field", "signal", "flow", "meta"):
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

    def test_a_batch_says_ok_of_nothing_that_was_taken_back(self) -> None:
        """Two batches that lock the same cases in opposite order: each key that is ok has its event, and no other."""
        with xf.Engine(self.make_store(), flows=[xf.Flow.model_validate(HITS)]) as engine:
            cases = [engine.open("hits", actor=CLERK).id for _ in range(3)]

            def batch(name: str, order: list[str]) -> tuple[set[str], set[str]]:
                commands = [xf.Command(case_id, "hit", key=f"{name}-{case_id}") for case_id in order]
                asked = {str(command.key) for command in commands}
                with suppress(xf.ConflictError):
                    outcomes = engine.fire_many(commands, actor=CLERK)
                    assert [(outcome.ok, outcome.error) for outcome in outcomes] == [(True, None)] * len(commands)
                    return asked, set()
                return set(), asked

            told, untold = set[str](), set[str]()
            for nr in range(ROUNDS):
                for ok, raised in at_once(partial(batch, f"a{nr}", cases), partial(batch, f"b{nr}", cases[::-1])):
                    told |= ok
                    untold |= raised
            for case_id in cases:
                kept = {event.key for event in engine.history(case_id, actor=CLERK)}
                assert {key for key in told if key.endswith(case_id)} <= kept
                assert kept.isdisjoint(untold)
                assert engine.verify(case_id, actor=CLERK).ok
            assert len(told) >= 3 * ROUNDS

    def test_a_deadlock_ends_the_transaction(self) -> None:
        """Whoever passes over a deadlock can neither go on in that transaction nor commit it."""
        store = self.make_store()
        with xf.Engine(store, flows=[xf.Flow.model_validate(HITS)]) as engine:
            one, two = (engine.open("hits", actor=CLERK).id for _ in range(2))
            held = Barrier(2, timeout=30)

            def lock(first: str, then: str) -> str:
                try:
                    with store.transaction() as transaction:
                        transaction.case(first)
                        held.wait()
                        try:
                            transaction.case(then)
                        except xf.ConflictError:
                            with pytest.raises(xf.ConflictError, match="took the transaction back"):
                                transaction.case(then)
                            return "passed over"
                except xf.ConflictError:
                    return "not committed"
                return "committed"

            assert sorted(at_once(lambda: lock(one, two), lambda: lock(two, one))) == ["committed", "not committed"]

    def _driver(self) -> str:
        scheme, rest = self.url.split("://", 1)
        return f"{scheme.split('+')[0]}+{'psycopg' if self.kind == 'postgresql' else 'pymysql'}://{rest}"


@pytest.mark.database
class TestPostgresql(OnServer):
    kind = "postgresql"


@pytest.mark.database
class TestMariadb(OnServer):
    kind = "mariadb"
