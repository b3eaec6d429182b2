"""The part of the store suite that asks for work, and for cases by their fields."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from xinfang_flow.kernel.searchable import FieldValue
from xinfang_flow.kernel.work import Work
from xinfang_flow.store import Query, Store, ValueTakenError, WorkPlace, WorkQuery
from xinfang_flow.testing.store_steps import START, BaseSuite, began, deadline, dump, put, went


def job(case_id: str, role: str, due: int | None = None, **more: Any) -> Work:
    """Return a row of work that is due so many hours after the start."""
    at = None if due is None else START + timedelta(hours=due)
    values = {"flow": "errand", "state": "new", "org": None, "triggers": ("start", "end"), "since": START, **more}
    return Work(case_id, role=role, due=at, **values)


def found(name: str, value: str, scope: str | None = None) -> tuple[FieldValue, ...]:
    """Return the one value by which a case is found."""
    return (FieldValue(name, value, scope),)


class WorklistSuite(BaseSuite):
    """待办: what cases wait for, by role and organ, most urgent first."""

    def test_the_most_urgent_comes_first(self, store: Store) -> None:
        """What is due earlier comes first, then what waits longer; what has no deadline comes last."""
        put(
            store,
            began("a", work=[job("a", "clerk"), job("a", "clerk", 9, nr=1)]),
            began("b", work=[job("b", "clerk", 2), job("b", "proxy", 1, nr=1)]),
            began("c", work=[job("c", "clerk", since=START - timedelta(days=1))]),
            began("d", work=[job("d", "clerk", 2)]),
        )
        asked = WorkQuery(roles=frozenset({"clerk", "proxy", "nobody"}))
        rows = store.read.worklist(asked)
        assert [(row.case_id, row.nr) for row in rows] == [("b", 1), ("b", 0), ("d", 0), ("a", 1), ("c", 0), ("a", 0)]
        assert rows[0] == job("b", "proxy", 1, nr=1)
        assert list(store.read.worklist(WorkQuery())) == list(rows)
        seen: list[Work] = []
        place: WorkPlace | None = None
        while page := store.read.worklist(asked._replace(limit=2, after=place)):
            seen += page
            place = WorkPlace(page[-1].due, page[-1].since, page[-1].case_id, page[-1].nr)
        assert seen == list(rows)

    def test_work_of_a_role_and_an_organ(self, store: Store) -> None:
        """What is bound to an organ is listed for its people alone; organ and flow choose among the rows."""
        put(
            store,
            began("a", work=[job("a", "clerk", org="xianju", bound=True), job("a", "proxy", org="linhai", nr=1)]),
            began("b", work=[job("b", "clerk", org="linhai", flow="hearing")]),
        )
        clerk = frozenset({"clerk"})
        asked = {
            "ab": WorkQuery(clerk, "xianju"), "b": WorkQuery(clerk, "linhai"), "": WorkQuery(frozenset({"cook"})),
            "aab": WorkQuery(), "a": WorkQuery(clerk, "xianju", org="xianju"),
        }  # fmt: skip
        for expected, query in asked.items():
            assert "".join(row.case_id for row in store.read.worklist(query)) == expected, query
        assert [row.case_id for row in store.read.worklist(WorkQuery(clerk))] == ["b"]
        assert [row.case_id for row in store.read.worklist(WorkQuery(clerk, "xianju", flow="hearing"))] == ["b"]
        assert [row.nr for row in store.read.worklist(WorkQuery(org="linhai", flow="errand"))] == [1]

    def test_a_list_is_replaced_as_a_whole(self, store: Store) -> None:
        """A step that says what is waited for replaces the list, another leaves it, a rollback brings it back."""
        one, two = [job("a", "clerk", 3), job("a", "proxy", nr=1)], [job("a", "proxy", 1, state="next")]
        case = put(store, began("a", work=one))
        case = put(store, went(case))
        assert list(store.read.work("a")) == one
        before = dump(store)
        with suppress(ValueError), store.transaction() as transaction:
            transaction.append(went(case, work=(one, two)))
            assert list(store.read.work("a")) == two
            raise ValueError
        assert dump(store) == before
        case = put(store, went(case, work=(one, two)))
        assert list(store.read.work("a")) == two
        case = put(store, went(case, work=(two, two)))
        assert list(store.read.work("a")) == two
        case = put(store, went(case, done=True, work=(two, ())))
        assert list(store.read.work("a")) == []
        put(store, went(case, work=((), one)))
        assert list(store.read.work("a")) == one


class FieldSuite(BaseSuite):
    """A case is found by its fields."""

    def test_find_by_fields(self, store: Store) -> None:
        """Every field that is asked for must have exactly the value; with flow and state they narrow further."""
        put(
            store,
            began("a", fields=found("no", "XJ-1") + found("township", "大战乡")),
            began("b", fields=found("no", "xj-1") + found("township", "大战乡"), flow="hearing"),
            began("c", fields=found("township", "é")),
        )
        asked: dict[str, dict[str, Any]] = {
            "a": {"where": {"no": "XJ-1"}}, "ab": {"where": {"township": "大战乡"}}, "c": {"where": {"township": "é"}},
            "": {"where": {"township": "e"}}, "b": {"where": {"township": "大战乡"}, "flow": "hearing"},
        }  # fmt: skip
        for expected, conditions in asked.items():
            assert "".join(case.id for case in store.read.find(Query(**conditions))) == expected, conditions
        assert list(store.read.find(Query(where={"no": "XJ-1", "township": "é"}))) == []
        assert [case.id for case in store.read.find(Query(where={"no": "xj-1", "township": "大战乡"}))] == ["b"]

    def test_a_value_that_is_one_of_its_kind_is_taken_once(self, store: Store) -> None:
        """A second case of the family is refused, and nothing of it is written; another family may have the value."""
        case = put(store, began("a", fields=found("no", "1", "petition")))
        put(store, began("b", fields=found("no", "1", "hearing")), began("c", fields=found("no", "1")))
        before = dump(store)
        with pytest.raises(ValueTakenError) as taken:
            put(store, began("d", fields=found("no", "1", "petition"), effects=["tell"]))
        assert taken.value.field == FieldValue("no", "1", "petition")
        assert dump(store) == before
        case = put(store, went(case, fields=(found("no", "1", "petition"), found("no", "2", "petition"))))
        put(store, began("d", fields=found("no", "1", "petition")))
        with pytest.raises(ValueTakenError):
            put(store, went(case, fields=(found("no", "2", "petition"), found("no", "1", "petition"))))
        assert list(store.read.fields("a")) == [FieldValue("no", "2", "petition")]

    def test_a_refused_value_stops_nobody_else_in_the_transaction(self, store: Store) -> None:
        """Whoever passes over the refusal goes on: what was refused has written nothing."""
        put(store, began("a", fields=found("no", "1", "petition")))
        with store.transaction() as transaction:
            with pytest.raises(ValueTakenError):
                transaction.append(began("b", fields=found("no", "1", "petition")))
            transaction.append(began("c", fields=found("no", "2", "petition")))
        assert [case.id for case in store.read.find(Query())] == ["a", "c"]

    def test_fields_change_one_by_one(self, store: Store) -> None:
        """A step replaces the values that it names, takes away what is gone, and leaves the rest."""
        first = found("no", "1", "petition") + found("township", "x")
        second = found("no", "1", "petition") + found("kind", "visit")
        case = put(store, began("a", fields=first))
        case = put(store, went(case))
        assert tuple(store.read.fields("a")) == first
        case = put(store, went(case, fields=(first, second)))
        assert sorted(store.read.fields("a")) == sorted(second)
        put(store, went(case, fields=(second, ())))
        assert list(store.read.fields("a")) == []
        put(store, began("b", fields=found("no", "1", "petition")))


class OrderSuite(BaseSuite):
    """The orders in which cases are found."""

    def test_cases_come_in_the_order_asked_for(self, store: Store) -> None:
        """By what is late first, by opening and by the last change, equal ones by their ids, in pages of any size."""
        hour = timedelta(hours=1)
        late = {"b": 3, "d": 1, "e": 3}
        cases = {
            name: put(store, began(name, **_due(START + late[name] * hour if name in late else None)))
            for name in "edcbaf"
        }
        for name in "cafc":
            cases[name] = put(store, went(cases[name]))
        put(store, went(cases["d"], done=True))
        asked: dict[Any, str] = {"id": "abcdef", "due": "beacdf", "opened": "abcdef", "changed": "beadfc"}
        for order, expected in asked.items():
            assert "".join(case.id for case in store.read.find(Query(order=order))) == expected
            for limit in (1, 2, 4, 6):
                assert "".join(_pages(store, Query(order=order, limit=limit))) == expected
        assert "".join(_pages(store, Query(order="due", limit=1, done=False))) == "beacf"


def _due(at: datetime | None) -> dict[str, Any]:
    return {} if at is None else {"deadlines": {"t": deadline(at)}}


def _pages(store: Store, query: Query) -> list[str]:
    seen: list[str] = []
    while page := store.read.find(query):
        last = page[-1]
        seen += [case.id for case in page]
        at = {
            "due": None if last.done else min((deadline.at for deadline in last.deadlines.values()), default=None),
            "opened": last.opened_at, "changed": last.changed_at, "id": None,
        }[query.order]  # fmt: skip
        query = query._replace(after=last.id, after_at=at)
    return seen


class ListingSuite(WorklistSuite, FieldSuite, OrderSuite):
    """What is listed and found by rows that are written with the case."""
