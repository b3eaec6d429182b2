"""A kill at any line leaves the old or the new state, and an answer that was given is never lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.kills import engine_at, kill_at_each_line, kill_at_random, old_and_new
from xinfang_flow.engine.engine import Engine
from xinfang_flow.store.sql.transaction import SqlTransaction


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine on a file."""
    with engine_at(f"sqlite:///{tmp_path / 'county.db'}") as engine:
        yield engine


def test_a_kill_at_every_line_leaves_old_or_new(engine: Engine) -> None:
    """SIGKILL at each executed line of store and engine: never between, and both sides of the commit were visited."""
    mixed, old, new = kill_at_each_line(engine)
    assert mixed == []
    assert old > 80
    assert new > 3


def event_and_case_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant: the event is committed before the case is written."""
    write_case = SqlTransaction._write_case

    def split(self: Any, link: Any, *rest: Any, **more: Any) -> None:
        link.run("COMMIT")
        link.run("BEGIN IMMEDIATE")
        write_case(self, link, *rest, **more)

    monkeypatch.setattr(SqlTransaction, "_write_case", split)


def outbox_after_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant: the effects are written once the rest is committed."""
    append, leave = SqlTransaction.append, SqlTransaction.__exit__
    kept: list[Any] = []

    def without(self: Any, commit: Any) -> None:
        kept.extend(commit.effects)
        append(self, commit._replace(effects=()))

    def late(self: Any, *error: Any) -> None:
        leave(self, *error)
        if kept:
            link = self._parts.pool.take()
            for request in kept:
                link.run(
                    self._parts.statements.effect_insert, (request[1], request[2], request[0], "waiting", 0, None, None)
                )
            kept.clear()
            self._parts.pool.give(link)

    monkeypatch.setattr(SqlTransaction, "append", without)
    monkeypatch.setattr(SqlTransaction, "__exit__", late)


def timer_after_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant: the timers are written once the rest is committed."""
    append, leave = SqlTransaction.append, SqlTransaction.__exit__
    kept: list[Any] = []

    def without(self: Any, commit: Any) -> None:
        kept.append(commit)
        append(self, commit._replace(timers={}))

    def late(self: Any, *error: Any) -> None:
        leave(self, *error)
        while kept:
            commit = kept.pop()._replace(event=None, effects=(), flow=None, fields=None, work=None)
            with self.__class__(self._parts) as transaction:
                append(transaction, commit._replace(expected=commit.case.version))

    monkeypatch.setattr(SqlTransaction, "append", without)
    monkeypatch.setattr(SqlTransaction, "__exit__", late)


@pytest.mark.parametrize("plant", [event_and_case_apart, outbox_after_commit, timer_after_commit])
def test_the_harness_finds_what_is_planted(engine: Engine, monkeypatch: pytest.MonkeyPatch, plant: Any) -> None:
    """The line harness is itself tested: each planted bug leaves a mixed state that it sees."""
    reference = old_and_new(engine)
    plant(monkeypatch)
    mixed, _, _ = kill_at_each_line(engine, steps=2, reference=reference)
    assert mixed != []


@pytest.mark.long
def test_random_kills_lose_nothing(engine: Engine) -> None:
    """300 SIGKILLs at random moments: every acknowledged fire is there, and the chain verifies."""
    acknowledged, lost, bad = kill_at_random(engine, 300, seed=7)
    assert acknowledged > 30  # a slow or busy machine acknowledges fewer before each kill
    assert (lost, bad) == (0, 0)
