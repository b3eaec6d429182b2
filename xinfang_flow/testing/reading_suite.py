"""The part of the store suite that asks the reading port."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from xinfang_flow.kernel.canonical import stamp
from xinfang_flow.store import Query, Store
from xinfang_flow.testing.store_steps import START, BaseSuite, began, deadline, dump, put, signal_to, task, went


class ReadingSuite(BaseSuite):
    """The reading port."""

    def test_find_by_everything(self, store: Store) -> None:
        """Each condition narrows, together they narrow further, and cases come in the order of their ids."""
        late = {"t": deadline(START)}
        put(store, began("c", org="xianju", deadlines=late), began("a", org="linhai", deadlines=late, flow="hearing"))
        put(
            store,
            began("b", org="xianju", state="open", deadlines={"t": deadline(START + timedelta(days=1), "breached")}),
        )
        put(store, began("d", org="xianju", deadlines={"t": deadline(START, "met")}, done=True))
        asked: dict[str, dict[str, Any]] = {
            "abcd": {}, "a": {"flow": "hearing"}, "b": {"state": "open"}, "bcd": {"org": "xianju"}, "d": {"done": True},
            "abc": {"done": False}, "ac": {"overdue_at": START}, "": {"overdue_at": START - timedelta(1)},
            "cd": {"org": "xianju", "state": "new"}, "c": {"org": "xianju", "state": "new", "overdue_at": START},
        }  # fmt: skip
        for expected, conditions in asked.items():
            assert "".join(case.id for case in store.read.find(Query(**conditions))) == expected, conditions

    def test_a_step_that_stays_moves_what_is_searched(self, store: Store) -> None:
        """Whoever stays in their state may meet a deadline, change stage, or end: each is found as it is now."""
        late = {"t": deadline(START)}
        case = put(store, began("a", deadlines=late, stage="first"), began("b", deadlines=late))
        case = store.read.get("a") or case
        met = {"t": {"met_at": late["t"]["at"], "state": "met"}}
        case = put(store, went(case, deadlines=met))
        assert [found.id for found in store.read.find(Query(overdue_at=START))] == ["b"]
        assert [found.id for found in store.read.find(Query(order="due"))] == ["b", "a"]
        case = put(store, went(case, stage="second"))
        assert ("errand", 1, "second", "new", 1) in list(store.read.counts())
        case = put(store, went(case, flow_version=2))
        assert ("errand", 2, "second", "new", 1) in list(store.read.counts())
        case = put(store, went(case, done=True, outcome="archived"))
        assert [found.id for found in store.read.find(Query(done=True))] == ["a"]
        assert store.read.find(Query(done=True))[0] == case

    def test_what_was_met_late_is_owed_no_more(self, store: Store) -> None:
        """A deadline that was met after it had run out stays a breach, and is not overdue."""
        breach = {**deadline(START, "breached"), "met_at": stamp(START + timedelta(days=1))}
        put(store, began("a", deadlines={"t": breach}), began("b", deadlines={"t": deadline(START, "breached")}))
        assert [case.id for case in store.read.find(Query(overdue_at=START + timedelta(days=9)))] == ["b"]
        assert [case.id for case in store.read.find(Query(order="due"))] == ["b", "a"]

    def test_find_by_what_is_owed(self, store: Store) -> None:
        """待办, 已办: open shares by holder, delegate or role; settled ones by who settled them."""
        mine = {"id": "li", "holder": "li", "state": "open"}
        put(
            store,
            began("held", tasks={"t": task(mine)}),
            began("lent", tasks={"t": task({**mine, "delegate": "wu"})}),
            began("role", tasks={"t": task({"id": "chair", "role": "chair", "state": "open"})}),
            began(
                "item", tasks={"t": task({"id": "sheet", "state": "open"}, {"id": "x", "state": "done", "by": "li"})}
            ),
            began("gone", tasks={"t": task(mine, state="cancelled")}),
        )
        case = put(store, began("done", tasks={"t": task(mine, {**mine, "id": "wu", "holder": "wu"})}))
        put(
            store,
            went(case, tasks={"t": task({**mine, "state": "done", "by": "li"}, {**mine, "id": "wu", "holder": "wu"})}),
        )
        asked: dict[tuple[str, ...], dict[str, Any]] = {
            ("held",): {"holder": "li"}, ("done", "lent"): {"holder": "wu"},
            ("role",): {"roles": frozenset({"chair", "x"})},
            ("held", "role"): {"holder": "li", "roles": frozenset({"chair"})}, (): {"holder": "nobody"},
            ("done", "item"): {"holder": "li", "settled": True},
        }  # fmt: skip
        for expected, conditions in asked.items():
            assert tuple(case.id for case in store.read.find(Query(**conditions))) == expected, conditions

    def test_pages_join_without_gap_or_repeat(self, store: Store) -> None:
        """Pages of any size, one after the other, are the whole in order."""
        put(store, *(began(f"{number:03}") for number in (5, 1, 3, 2, 4, 7, 6)))
        for limit in (1, 2, 3, 7, 100):
            seen: list[str] = []
            while page := store.read.find(Query(limit=limit, after=seen[-1] if seen else None)):
                assert len(page) <= limit
                seen += [case.id for case in page]
            assert seen == [f"{number:03}" for number in range(1, 8)]

    def test_history_up_to(self, store: Store) -> None:
        """A history can be asked up to a sequence number, and another case's events are not in it."""
        case = put(store, began("a"), began("b"))
        for state in ("one", "two"):
            case = put(store, went(case, state))
        assert [event.dest for event in store.read.history("b", 2)] == ["new", "one"]
        assert [event.dest for event in store.read.history("a")] == ["new"]

    def test_a_case_is_found_by_the_key_it_was_opened_under(self, store: Store) -> None:
        """The receipt of an opening leads to its case; keys of other kinds of event do not."""
        case = put(store, began("a"), began("b"))
        put(store, went(case, "one"))
        first = store.read.history("a")[0]
        assert store.read.opened(first.key) == first
        assert store.read.opened(store.read.history("b")[1].key) is None
        assert store.read.opened("nowhere") is None

    def test_counts(self, store: Store) -> None:
        """How many cases stand where, by flow, version, stage and state."""
        put(store, began("a"), began("b"), began("c", stage="first"))
        assert sorted(store.read.counts(), key=str) == [("errand", 1, "first", "new", 1), ("errand", 1, None, "new", 2)]

    def test_signals_wait_until_they_are_taken(self, store: Store) -> None:
        """What a waiting case refused stays visible, oldest first, until an event of its own takes it."""
        case = put(store, began("a"), began("b"))
        first, second = signal_to("b", "z"), signal_to("b", "y")
        case = put(store, went(case, signals=[first]))
        case = put(store, went(case, signals=[second, signal_to("a")]))
        assert list(store.read.signals("b")) == [first, second]
        case = put(store, went(case, settled=[first]))
        assert list(store.read.signals("b")) == [second]
        assert list(store.read.signals("a")) == [signal_to("a")]

    def test_reading_does_not_write(self, store: Store) -> None:
        """Whatever is read, nothing changes."""
        put(store, began("a", effects=["tell"], timers={"t": START}))
        before = dump(store)
        assert dump(store) == before
