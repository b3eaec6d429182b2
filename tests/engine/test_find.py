"""A case is found by its fields, in the order asked for, page by page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product
from typing import Any

import pytest

import xinfang_flow as xf
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.kernel import SYSTEM

FLOW: dict[str, Any] = {
    "id": "parcel", "version": 1, "initial": "open", "title": {"zh": "件", "en": "Parcel"},
    "roles": {"clerk": {}}, "states": {"open": {}, "done": {"final": True}},
    "fields": {
        "no": {"unique": True, "title": {"zh": "编号", "en": "Number"}}, "place": {"find": True},
        "persons": {"type": "integer", "find": True}, "urgent": {"type": "boolean", "find": True},
        "day": {"type": "date", "find": True}, "moment": {"type": "datetime", "find": True},
        "form": {"type": "choice", "choices": {"visit": "来访", "letter": "来信"}, "find": True},
        "summary": {}, "petitioner": {"personal": True},
    },
    "open": {"roles": ["clerk"], "takes": [
        "no?", "place?", "persons?", "urgent?", "day?", "moment?", "form?", "summary?", "petitioner?"
    ]},
    "deadline": [{"name": "limit", "period": {"days": 3}, "starts": {"fires": "start"}, "met_by": {"fires": "finish"}}],
    "transition": [
        {"trigger": "start", "source": "open", "roles": ["clerk"]},
        {"trigger": "renumber", "source": "open", "roles": ["clerk"], "takes": ["no"]},
        {"trigger": "finish", "source": "open", "dest": "done", "roles": ["clerk"]},
    ],
}  # fmt: skip
CLERK = xf.Actor("zhang", roles={"clerk"})
CLOCK = "2026-03-02T09:00:00+08:00"
STORES = ["memory", "sqlite://"]


def engine(store: str, **changes: Any) -> xf.Engine:
    """An engine that runs the flow, or a changed one."""
    flow = xf.Flow.model_validate({**FLOW, **changes})
    options: dict[str, Any] = {"flows": [flow], "clock": ManualClock(CLOCK)}
    return xf.Engine.in_memory(**options) if store == "memory" else xf.Engine(store, **options)


def ids(engine_: xf.Engine, **asked: Any) -> list[str]:
    """The ids of everything that is found, over pages of two."""
    found, after = [], None
    while True:
        page = engine_.find(actor=CLERK, limit=2, after=after, **asked)
        found += [case.id for case in page.items]
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("store", STORES)
def test_a_case_is_found_by_each_of_its_fields(store: str) -> None:
    """Text, numbers, truth, days, moments and choices: what equals the value is found, and nothing else."""
    moment = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    values: dict[str, Any] = {
        "no": "XJ-1", "place": "横溪镇", "persons": 3, "urgent": True, "day": "2026-03-02",
        "moment": moment.isoformat(), "form": "visit",
    }  # fmt: skip
    with engine(store) as engine_:
        case = engine_.open("parcel", values, actor=CLERK)
        engine_.open("parcel", {"no": "XJ-2", "persons": 30, "urgent": False, "form": "letter"}, actor=CLERK)
        assert all(ids(engine_, where={name: value}) == [case.id] for name, value in values.items())
        assert ids(engine_, where=values, flow="parcel", done=False) == [case.id]
        assert ids(engine_, where={**values, "persons": 30}) == []
        assert ids(engine_, where={"day": date(2026, 3, 2)}) == [case.id]
        assert ids(engine_, where={"moment": moment.astimezone(timezone(timedelta(hours=8)))}) == [case.id]
        assert ids(engine_, where={"place": " 横溪镇 "}) == [case.id]


@pytest.mark.parametrize("store", STORES)
def test_a_value_is_found_however_it_is_composed(store: str) -> None:
    """Equal text is equal: composed letters and white space at the ends make no difference, nor does length."""
    with engine(store) as engine_:
        case = engine_.open("parcel", {"place": "e\u0301", "no": "x" * 300}, actor=CLERK)
        assert ids(engine_, where={"place": "\u00e9"}) == ids(engine_, where={"no": "x" * 300}) == [case.id]
        assert ids(engine_, where={"no": "x" * 299}) == []


@pytest.mark.parametrize("store", STORES)
def test_two_cases_with_one_number_are_refused(store: str) -> None:
    """The second case, or a step that takes another one's number, is refused in the words of the field."""
    with engine(store) as engine_:
        first = engine_.open("parcel", {"no": "XJ-1"}, actor=CLERK)
        with pytest.raises(xf.RefusedError) as refused:
            engine_.open("parcel", {"no": "XJ-1 "[:4]}, actor=CLERK)
        [reason] = refused.value.reasons
        assert (reason.code, reason.where) == ("value_taken", "no")
        assert reason.message.zh.startswith("编号")
        second = engine_.open("parcel", {"no": "XJ-2"}, actor=CLERK)
        outcomes = engine_.fire_many(
            [xf.Command(second.id, "renumber", {"no": "XJ-1"}), xf.Command(first.id, "renumber", {"no": "XJ-3"}),
             xf.Command(second.id, "renumber", {"no": "XJ-1"})], actor=CLERK,
        )  # fmt: skip
        assert [outcome.ok for outcome in outcomes] == [False, True, True]
        assert ids(engine_, where={"no": "XJ-1"}) == [second.id]
        engine_.fire(second.id, "finish", actor=CLERK)
        with pytest.raises(xf.RefusedError):
            engine_.open("parcel", {"no": "XJ-1"}, actor=CLERK)
        assert all(engine_.verify(case, actor=SYSTEM).ok for case in (first.id, second.id))


def test_a_number_is_one_over_a_flow_and_its_overlays() -> None:
    """A county's overlay is of the family of its frame; another flow is not."""
    frame = xf.Flow.model_validate(FLOW)
    county = frame.model_copy(update={"id": "county", "lineage": ("parcel@1",)})
    letters = frame.model_copy(update={"id": "letters"})
    with xf.Engine.in_memory(flows=[frame, county, letters], clock=ManualClock(CLOCK)) as engine_:
        engine_.open("parcel", {"no": "1"}, actor=CLERK)
        with pytest.raises(xf.RefusedError):
            engine_.open("county", {"no": "1"}, actor=CLERK)
        engine_.open("letters", {"no": "1"}, actor=CLERK)


@pytest.mark.parametrize("store", STORES)
def test_orders(store: str) -> None:
    """By urgency, by opening, by the last change: every page size gives the whole, without gap or repeat."""
    with engine(store) as engine_:
        clock: Any = engine_._clock
        cases = []
        for _ in range(5):
            cases.append(engine_.open("parcel", {}, actor=CLERK).id)
            clock.advance(timedelta(hours=1))
        for place in (3, 1):
            engine_.fire(cases[place], "start", actor=CLERK)
            clock.advance(timedelta(days=1))
        assert ids(engine_, order="opened") == cases
        assert ids(engine_, order="due") == [cases[place] for place in (3, 1, 0, 2, 4)]
        assert ids(engine_, order="changed") == [cases[place] for place in (0, 2, 4, 3, 1)]


@pytest.mark.parametrize(
    ("asked", "place", "words"),
    [
        ({"where": {"summary": "x"}}, "where.summary", "find = true"),
        ({"where": {"petitioner": "x"}}, "where.petitioner", "personal"),
        ({"where": {"plcae": "x"}}, "where.plcae", "did you mean 'place'"),
        ({"where": {"persons": "3"}}, "where.persons", "integer"),
        ({"where": {"persons": True}}, "where.persons", "integer"),
        ({"where": {"place": 3}}, "where.place", "text"),
        ({"where": {"place": "  "}}, "where.place", "text"),
        ({"where": {"form": "fax"}}, "where.form", "visit, letter"),
        ({"where": {"day": "2.3.2026"}}, "where.day", "date"),
        ({"where": {"day": datetime(2026, 3, 2, tzinfo=UTC)}}, "where.day", "date"),
        ({"where": {"moment": "2026-03-02T09:00:00"}}, "where.moment", "datetime"),
        ({"where": ["place"]}, "where", "mapping"),
        ({"where": 3}, "where", "mapping"),
        ({"where": {"place": "x"}, "flow": "nowhere"}, "where.place", "no flow has a field"),
        ({"order": "age"}, "order", "id, due, opened, changed"),
        ({"after": "nonsense"}, "after", "no cursor"),
        ({"after": 3}, "after", "cursor"),
    ],
)
def test_questions_that_cannot_be_asked(asked: dict[str, Any], place: str, words: str) -> None:
    """Each says which argument it is, what is wrong, and what there is instead."""
    with engine("memory") as engine_, pytest.raises(xf.InputError) as told:
        engine_.find(actor=CLERK, **asked)
    assert told.value.where == place
    assert words in str(told.value)


def test_a_cursor_belongs_to_its_question() -> None:
    """Whoever goes on with another question is told to begin anew."""
    questions: list[dict[str, Any]] = [
        {}, {"flow": "parcel"}, {"state": "open"}, {"done": False}, {"order": "opened"}, {"where": {"place": "x"}},
        {"where": {"place": "y"}},
    ]  # fmt: skip
    with engine("memory") as engine_:
        for place in "xxyy":
            engine_.open("parcel", {"place": place}, actor=CLERK)
        pages = [engine_.find(actor=CLERK, limit=1, **asked).next for asked in questions]
        for (at, cursor), (number, asked) in product(enumerate(pages), enumerate(questions)):
            assert cursor is not None
            if at == number:
                assert engine_.find(actor=CLERK, limit=1, after=cursor, **asked).items
            else:
                with pytest.raises(xf.InputError, match="another question"):
                    engine_.find(actor=CLERK, limit=1, after=cursor, **asked)
