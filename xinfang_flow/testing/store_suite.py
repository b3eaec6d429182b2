"""The suite that makes a class a store: inherit `StoreSuite`, say how to make one, and run pytest.

    class TestMine(StoreSuite):
        def make_store(self) -> Store:
            return MyStore()

Everything is asked through the contract (`xinfang_flow.store.contract`), with commits built as the engine builds them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from xinfang_flow.errors import ConflictError, FlowError, StoreError
from xinfang_flow.kernel import EffectRequest, fold
from xinfang_flow.store import Commit, Store, StoredFlow, Timer, Waiting
from xinfang_flow.testing.damage_suite import DamageSuite
from xinfang_flow.testing.listing_suite import ListingSuite
from xinfang_flow.testing.reading_suite import ReadingSuite
from xinfang_flow.testing.store_steps import (
    FAR,
    RARE,
    START,
    BaseSuite,
    began,
    dump,
    put,
    signal_to,
    tie_to,
    went,
)  # fmt: skip


class WritingSuite(BaseSuite):
    """One transaction, the expected version, unique keys, order."""

    def test_what_is_written_is_read(self, store: Store) -> None:
        """Snapshot and history come back as equal values, and the history folds into the snapshot."""
        case = put(
            store,
            began("a", payload={"n": 1, "ok": True, "list": [{"x": None}, "y"], "petitioner": RARE}, org="xianju"),
        )
        case = put(store, went(case, "next", payload={"more": [1, 2]}, takes=["more"], stage="second", note=RARE))
        case = put(store, went(case, "end", done=True, outcome="archived", links=[tie_to("b")]))
        assert store.read.get("a") == case
        history = store.read.history("a")
        assert [event.seq for event in history] == [1, 2, 3]
        assert fold(history) == case
        assert (history[0].payload["petitioner"], history[1].note) == (RARE, RARE)
        with store.transaction() as transaction:
            assert transaction.case("a") == case

    def test_nothing_is_nothing(self, store: Store) -> None:
        """An empty store answers every question, with nothing."""
        assert store.read.get("a") is None
        assert list(store.read.history("a")) == []
        with store.transaction() as transaction:
            assert transaction.case("a") is None
            assert transaction.event_by_key("fired", "a") is None
            nothing = [*transaction.signals("a"), *transaction.waiting(FAR, 9), *transaction.due(FAR, 9)]
            assert nothing == []

    def test_an_exception_takes_everything_back(self, store: Store) -> None:
        """Whatever a transaction has written is gone when an exception leaves it, Ctrl-C too."""
        case = put(store, began("a", effects=["tell"], timers={"t": START}))
        before = dump(store)
        for error in (ValueError, KeyboardInterrupt):
            with suppress(error), store.transaction() as transaction:
                transaction.append(
                    went(case, "next", effects=["more"], timers={"t": None, "u": START}, signals=[signal_to("a")])
                )
                transaction.append(began("b", publish=StoredFlow("errand", 1, "d" * 64, "{}")))
                transaction.settle(Waiting(EffectRequest("tell", "a", 1), "delivered", 1))
                raise error
            assert dump(store) == before
        put(store, went(case, "next"))

    @pytest.mark.parametrize("broken", ["version", "key", "flow"])
    def test_what_cannot_be_appended_leaves_nothing(self, store: Store, broken: str) -> None:
        """A refused append that the caller passes over leaves nothing: itself alone, or the whole transaction."""
        flow = StoredFlow("errand", 1, "d" * 64, "{}")
        case = put(store, began("a", publish=flow))
        before = dump(store)
        commit = {
            "version": went(case, "x", effects=["tell"], timers={"t": START})._replace(expected=7),
            "key": began("b", key="key-a-1", publish=flow._replace(version=2), effects=["tell"]),
            "flow": began("b", publish=flow._replace(digest="e" * 64)),
        }[broken]
        with suppress(ConflictError), store.transaction() as transaction, suppress(ConflictError, FlowError):
            transaction.append(commit)
        assert dump(store) == before

    def test_the_version_must_be_the_expected_one(self, store: Store) -> None:
        """A second step from the same version is a conflict that names both versions' case, and writes nothing."""
        case = put(store, began("a"))
        put(store, went(case, "one"))
        with pytest.raises(ConflictError):
            put(store, went(case, "two", key="another"))
        with pytest.raises(ConflictError):
            put(store, began("a", key="yet-another"))
        kept = store.read.get("a")
        assert kept is not None
        assert (kept.state, kept.version) == ("one", 2)
        with pytest.raises(ConflictError):
            put(store, Commit(kept, 1, None, {"t": START}))
        assert dump(store)["timers"] == ()

    def test_a_key_is_unique_for_each_kind(self, store: Store) -> None:
        """The same key serves once for each kind, in the whole store; case and accents count."""
        case = put(store, began("a", key="abc"))
        with pytest.raises(ConflictError):
            put(store, began("b", key="abc"))
        put(store, began("c", key="ABC"))
        case = put(store, went(case, key="abc"))
        with store.transaction() as transaction:
            first = transaction.event_by_key("opened", "abc")
            second = transaction.event_by_key("fired", "abc")
            assert transaction.event_by_key("fired", "ABC") is None
        assert first is not None
        assert (first.case_id, first.seq) == ("a", 1)
        assert second == store.read.history("a")[1]

    def test_several_steps_share_a_transaction(self, store: Store) -> None:
        """What one transaction has written, it reads; another sees all of it or nothing."""
        first = began("a")
        with store.transaction() as transaction:
            transaction.append(first)
            assert transaction.case("a") == first.case
            second = went(first.case, "next", signals=[signal_to("a")], effects=["tell"], timers={"t": START})
            transaction.append(second)
            assert [effect.request.name for effect in transaction.waiting(START, 9)] == ["tell"]
            assert list(transaction.due(START, 9)) == [Timer("a", "t", START)]
            assert transaction.case("a") == second.case
            assert list(transaction.signals("a")) == [signal_to("a")]
            assert transaction.event_by_key("fired", "key-a-2") == second.event
            assert store.read.get("a") == second.case
        assert store.read.get("a") == second.case

    def test_a_published_flow_is_never_edited(self, store: Store) -> None:
        """The same content may be published again; another content under the same version is refused."""
        flow = StoredFlow("errand", 1, "d" * 64, f'{{"title":"{RARE[:4]}"}}')
        put(store, began("a", publish=flow))
        put(store, began("b", publish=flow))
        with pytest.raises(FlowError, match="version 2"):
            put(store, began("c", publish=flow._replace(digest="e" * 64, text="{}")))
        assert store.read.get("c") is None
        put(store, began("d", publish=StoredFlow("errand", 2, "e" * 64, "{}")))
        assert sorted(store.read.flows()) == [flow, StoredFlow("errand", 2, "e" * 64, "{}")]

    def test_a_large_payload_comes_back(self, store: Store) -> None:
        """A payload of 200,000 characters, whole numbers beyond 64 bits, and deep records are kept to the letter."""
        deep: Any = "x"
        for _ in range(20):
            deep = [{"d": deep}]
        case = put(store, began("a", payload={"text": "信" * 200_000, "big": 2**80, "deep": deep, "": ""}))
        assert store.read.get("a") == case == fold(store.read.history("a"))

    def test_two_writers_lose_and_double_nothing(self, store: Store) -> None:
        """Threads that step the same cases under the contract leave versions without a gap, one for each success."""
        put(store, *(began(f"case-{number}") for number in range(2)))
        done, failures = count(), []

        def work(name: int) -> None:
            for turn in range(15):
                try:
                    self._step(store, f"case-{turn % 2}", f"{name}-{turn}", done)
                except Exception as error:  # noqa: BLE001  told by the assertion below
                    failures.append(error)

        threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        histories = [store.read.history(f"case-{number}") for number in range(2)]
        assert sum(len(history) - 1 for history in histories) == next(done) == 60
        for number, history in enumerate(histories):
            assert [event.seq for event in history] == list(range(1, len(history) + 1))
            assert fold(history) == store.read.get(f"case-{number}")

    @staticmethod
    def _step(store: Store, case_id: str, key: str, done: Iterator[int]) -> None:
        for _ in range(200):
            try:
                with store.transaction() as transaction:
                    case = transaction.case(case_id)
                    assert case is not None
                    transaction.append(went(case, f"state-{key}", key=key, effects=["tell"]))
            except ConflictError:
                continue
            next(done)
            return
        raise AssertionError(f"{key} was refused 200 times")


class SessionSuite(BaseSuite):
    """Joining the caller's transaction, where the store can."""

    def test_a_foreign_session_is_refused(self, store: Store) -> None:
        """Anything that is no session of this store is refused by name, before anything is written."""
        with pytest.raises((TypeError, StoreError)):
            store.transaction(object())

    @pytest.mark.parametrize("keep", [True, False])
    def test_the_caller_ends_the_transaction(self, store: Store, *, keep: bool) -> None:
        """What is written in the caller's session is there after their commit and gone after their rollback."""
        joined = self.session(store)
        if joined is None:
            pytest.skip("this store joins no sessions")
        case = put(store, began("a"))
        before = dump(store)
        with joined as session:
            with store.transaction(session) as transaction:
                later = transaction.case("a")
                assert later == case
                transaction.append(went(case, "next", effects=["tell"], timers={"t": START}))
            with store.transaction(session) as transaction:
                seen = transaction.case("a")
                assert seen is not None
                assert seen.version == 2
            (session.commit if keep else session.rollback)()
        kept = store.read.get("a")
        assert kept is not None
        assert kept.version == (2 if keep else 1)
        assert keep or dump(store) == before

    def test_a_failure_in_the_callers_transaction_is_no_more_than_itself(self, store: Store) -> None:
        """A call that fails inside the caller's transaction leaves nothing; what they did before stays theirs."""
        joined = self.session(store)
        if joined is None:
            pytest.skip("this store joins no sessions")
        case = put(store, began("a"))
        with joined as session:
            with store.transaction(session) as transaction:
                step = went(case, "one")
                transaction.append(step)
            stale = (began("b", effects=["tell"]), went(step.case, "stale")._replace(expected=9))
            with pytest.raises(ConflictError):
                put(store, *stale, session=session)
            session.commit()
        assert store.read.get("b") is None
        assert [event.dest for event in store.read.history("a")] == ["new", "one"]
        assert list(store.read.effects()) == []


class TimerSuite(BaseSuite):
    """What the clock must look at."""

    def test_due_timers_come_earliest_first(self, store: Store) -> None:
        """Only what is due comes, in the order of the instants, no more than asked for; asking changes nothing."""
        moments = {"c": 3, "a": 1, "b": 2, "later": 60}
        put(store, began("x", timers={name: START + timedelta(seconds=after) for name, after in moments.items()}))
        put(store, began("w", timers={"a": START + timedelta(seconds=1)}))
        now = START + timedelta(seconds=3)
        for _ in range(2):
            with store.transaction() as transaction:
                assert [(timer.case_id, timer.name) for timer in transaction.due(now, 9)] == [
                    ("w", "a"), ("x", "a"), ("x", "b"), ("x", "c"),
                ]  # fmt: skip
                assert len(transaction.due(now, 2)) == 2
                assert transaction.due(now - timedelta(microseconds=1), 9)[-1].name == "b"
                assert list(transaction.due(START, 9)) == []

    def test_a_timer_is_rearmed_and_dropped(self, store: Store) -> None:
        """A deadline has one timer: arming it again moves it, None takes it away, and a rollback restores it."""
        case = put(store, began("a", timers={"t": START, "u": START}))
        case = put(store, went(case, timers={"t": START + timedelta(days=1), "u": None}))
        expected = [Timer("a", "t", START + timedelta(days=1))]
        with suppress(ValueError), store.transaction() as transaction:
            transaction.append(Commit(case, case.version, None, {"t": FAR}))
            assert list(transaction.due(START + timedelta(days=2), 9)) == []
            raise ValueError
        with store.transaction() as transaction:
            assert list(transaction.due(START, 9)) == []
            assert list(transaction.due(START + timedelta(days=1), 9)) == expected
            transaction.append(Commit(case, case.version, None, {"t": None, "never": None}))
        assert dump(store)["timers"] == ()
        assert store.read.get("a") == case


class OutboxSuite(BaseSuite):
    """Effects: at least once, in order per case."""

    def test_effects_come_in_order_for_each_case(self, store: Store) -> None:
        """Of each case the first undelivered effect is offered, oldest case first, and the next only after it."""
        case = put(store, began("b", effects=["one", "two"]))
        put(store, began("a", effects=["first"]))
        put(store, went(case, effects=["alpha"]))
        seen = []
        for _ in range(4):
            with store.transaction() as transaction:
                batch = transaction.waiting(START, 10)
                assert len(transaction.waiting(START, 1)) == min(1, len(batch))
                seen.append([effect.request[:2] for effect in batch])
                for effect in batch:
                    transaction.settle(effect._replace(state="delivered", tries=1))
        assert seen == [[("one", "b"), ("first", "a")], [("two", "b")], [("alpha", "b")], []]
        assert [effect.request.name for effect in store.read.effects("b", "delivered")] == ["one", "two", "alpha"]

    def test_a_dead_letter_holds_its_own_case_only(self, store: Store) -> None:
        """A dead effect stops what follows in its case; other cases go on, and it can be replayed."""
        put(store, began("a", effects=["one", "two"]), began("b", effects=["three"]))
        with store.transaction() as transaction:
            dead = transaction.waiting(START, 10)[0]._replace(state="dead", tries=8, error="ValueError")
            transaction.settle(dead)
        with store.transaction() as transaction:
            assert [effect.request.name for effect in transaction.waiting(FAR, 10)] == ["three"]
        assert list(store.read.effects(state="dead")) == [dead]
        with store.transaction() as transaction:
            transaction.settle(dead._replace(state="waiting"))
        with store.transaction() as transaction:
            assert [effect.request.name for effect in transaction.waiting(FAR, 10)] == ["one", "three"]

    def test_another_try_waits_for_its_time(self, store: Store) -> None:
        """An effect that is to be tried again is not offered before, and holds what follows in its case."""
        put(store, began("a", effects=["one", "two"]))
        later = START + timedelta(seconds=30)
        with store.transaction() as transaction:
            failed = transaction.waiting(START, 1)[0]._replace(tries=1, error="TimeoutError", retry_at=later)
            transaction.settle(failed)
        with store.transaction() as transaction:
            assert list(transaction.waiting(later - timedelta(microseconds=1), 9)) == []
            assert list(transaction.waiting(later, 9)) == [failed]


class StoreSuite(WritingSuite, SessionSuite, TimerSuite, OutboxSuite, ReadingSuite, ListingSuite, DamageSuite):
    """Everything that a store must hold: inherit it and implement `make_store`."""
