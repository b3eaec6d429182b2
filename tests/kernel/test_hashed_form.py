"""The hashed form: canonical text, salted commitments, erasure that keeps the proof, a chain that never moves."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import rfc8785
from hypothesis import given, strategies as st

import xinfang_flow as xf
from tests.kernel.office import CLERK, Desk, base, entropy, made, person
from xinfang_flow.engine.reader import verify
from xinfang_flow.kernel import EffectRequest, Event, fold
from xinfang_flow.kernel.canonical import canonical, in_order, moment_of, stamp
from xinfang_flow.kernel.event import private_part, restore, seal
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict, freeze
from xinfang_flow.kernel.records.commitment import commitment

SAFE = 2**53 - 1
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8"), max_size=20)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
moments = st.datetimes(datetime(2004, 1, 1), datetime(2099, 1, 1)).map(  # noqa: DTZ001  the zone follows
    lambda moment: moment.replace(tzinfo=xf.Calendar.china().zone)
)
# What an actor, an organ or a role may be called: printable, and anything but plain.
NAMES = ("li", '"', "\\", "李四", "𠮷", "a\u2028b", "</script>", "{}")
people = st.sampled_from(NAMES).map(lambda name: xf.Actor(name, (), name))
TODAY = "948f5f82f8cbf56e0de9dc707a25ce569fef475238e8c6bafdf573023f2d6ea7"
GOLDEN = "ac8414b9a741e39e8d1ef74560f14da4d0cc617a05051d7c9aba90fb42ad0850"


@given(values)
def test_canonical_text_is_rfc_8785(value: Any) -> None:
    """For every value that we allow the canonical text is the standard's."""
    assert canonical(value).encode() == rfc8785.dumps(value)
    assert canonical(freeze(value)) == canonical(value)


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(anything)
def test_canonical_text_is_what_json_writes(value: Any) -> None:
    """Whatever stands in names and texts, the text is the one that histories on disk were hashed with."""
    written = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    assert canonical(value) == written
    assert in_order(freeze(value)) == written.encode()


@pytest.mark.parametrize("value", ["\ud800", {"a": ["\udfff"]}, object()])
def test_what_json_cannot_hold_has_no_canonical_text(value: Any) -> None:
    """Half a surrogate pair and a stranger's object are refused, not written in some way."""
    with pytest.raises(ValueError, match=r"surrogates|serialize"):
        canonical(value)


def test_a_number_that_is_none_is_not_canonical() -> None:
    """`NaN` in a file that somebody else made is never what we would have written."""
    assert canonical(json.loads("[NaN,Infinity]")) == "[null,null]"


@given(st.dictionaries(names, values, max_size=4), people, moments, moments, st.none() | texts, st.data())
def test_a_sealed_event_is_canonical_and_can_be_read_back(
    payload: dict[str, Any], who: xf.Actor, at: datetime, recorded_at: datetime, note: str | None, data: st.DataObject
) -> None:
    """Whatever is in the payload, whoever acted, whatever was noted: the body is RFC 8785, and restores the event."""
    personal = frozenset(data.draw(st.sets(st.sampled_from(sorted(payload))))) if payload else frozenset[str]()
    event = Event(
        "0" * 24,
        2,
        "fired",
        "go",
        "here",
        "there",
        who.id,
        "clerk",
        who.org,
        at,
        recorded_at,
        freeze(payload),
        freeze({"takes": ["a"], "held": True}),
        note,
        "key-1",
    )
    sealed = seal(event, "f" * 64, personal, entropy())
    assert sealed.body.encode() == rfc8785.dumps(json.loads(sealed.body))
    assert restore(sealed.body, sealed.hash, private_part(sealed)) == sealed
    for secret in personal:
        assert json.loads(sealed.body)["payload"][secret] == commitment(sealed.salts[secret], payload[secret])


@given(moments)
def test_a_stamp_is_the_moment(moment: datetime) -> None:
    """A stamp is fixed-width UTC, sorts as time does, and reads back as the same instant."""
    assert len(stamp(moment)) == 27
    assert moment_of(stamp(moment)) == moment


@given(moments, moments)
def test_stamps_sort_as_time_does(one: datetime, other: datetime) -> None:
    """The order of the texts is the order of the moments."""
    assert (stamp(one) < stamp(other)) == (one < other)


def story() -> Desk:
    """A fixed scenario with fixed entropy: personal data, a note, another's office, a task and a link's shape."""
    document = base(
        version=3,
        task=[{"name": "work", "states": ["here"], "of": ["clerk", "chair"]}],
        transition=[
            {"trigger": "sign", "source": "here", "roles": ["clerk", "chair"], "task": {"name": "work", "do": "settle"}}
        ],
    )
    desk = Desk(made(document), {"name": "张三", "memo": 'a "quoted" 信访', "kind": "a", "who": ["ann", "bob"]})
    desk.fire("sign", person("li"))
    desk.fire("sign", person("wang", "chair"))
    desk.engine.fire(desk.id, "move", {"memo": "𠮷\u2028", "name": "李四"}, actor=CLERK, note="当面说明", key="move-1")
    desk.fire("back")
    desk.fire("end")
    return desk


def golden() -> list[dict[str, Any]]:
    """The bodies, hashes and private parts of the story as it was written before a task kept its rounds."""
    kept: list[dict[str, Any]] = json.loads(Path(__file__).with_name("golden_history.json").read_text("utf-8"))
    return kept


def test_the_golden_chain() -> None:
    """A history written before keeps its bytes: if this changes, every history that was ever written would have to."""
    events = [restore(entry["body"], entry["hash"], entry["private"]) for entry in golden()]
    case = fold(events)
    assert verify(case, events).ok
    assert case.head == GOLDEN
    assert [slot.state for slot in case.tasks["work"].slots] == ["open", "open"]


def test_the_same_story_gives_the_same_chain() -> None:
    """A fixed scenario ends in a fixed hash; told anew it differs only by who had signed before a return."""
    events = story().engine.history(story().id, actor=xf.SYSTEM)
    assert events[-1].hash == TODAY
    told = [json.loads(event.body)["changes"] for event in events]
    kept = [json.loads(entry["body"])["changes"] for entry in golden()]
    [signed] = told[4]["tasks"]["work"].pop("rounds")
    assert [slot["by"] for slot in signed["slots"]] == ["li", "wang"]
    [again] = told[5]["tasks"]["work"].pop("rounds")
    assert again == signed
    assert told == kept


def test_an_erased_person_leaves_a_chain_that_verifies() -> None:
    """Without salts and values the history still verifies and folds; what was personal reads as its commitment."""
    history = story().engine.history(story().id, actor=xf.SYSTEM)
    erased = [restore(event.body, event.hash, None) for event in history]
    case = fold(erased)
    assert verify(case, erased).ok
    assert case.head == TODAY
    assert set(case.data["name"]) == {"#"}
    assert case.data["memo"] == fold(history).data["memo"]
    assert all(event.note is None and not event.salts for event in erased)
    assert "张三" not in "".join(event.body for event in erased)


def test_a_value_can_be_shown_to_be_the_one_that_was_hashed() -> None:
    """With its salt a personal value proves itself; another value, or another salt, does not."""
    event = story().engine.history(story().id, actor=xf.SYSTEM)[0]
    stored = json.loads(event.body)["payload"]["name"]
    assert stored == commitment(event.salts["name"], "张三")
    assert stored != commitment(event.salts["name"], "张四")
    assert stored != commitment("00" * 16, "张三")


def test_two_equal_names_do_not_look_equal() -> None:
    """Each value has its own salt, so that nobody can tell from the hashed text that two are the same."""
    desk = Desk(made(base()), {"name": "张三"})
    desk.fire("move", name="张三")
    first, second = (
        json.loads(event.body)["payload"]["name"] for event in desk.engine.history(desk.id, actor=xf.SYSTEM)
    )
    assert first != second


@pytest.mark.parametrize("mapping", [EMPTY, FrozenDict({"a": 1}), freeze({"a": {"b": [1]}})["a"]])
def test_what_is_inside_a_case_cannot_be_changed(mapping: FrozenDict) -> None:
    """Every way of changing a mapping in place is refused, with the way out."""
    changes: tuple[Callable[[], object], ...] = (
        lambda: mapping.update({"x": 1}),
        lambda: mapping.pop("a"),
        mapping.clear,
        mapping.popitem,
        lambda: mapping.setdefault("x", 1),
        lambda: mapping.__setitem__("x", 1),
        lambda: mapping.__delitem__("a"),
        lambda: mapping.__ior__({"x": 1}),
    )
    for change in changes:
        with pytest.raises(TypeError, match="fire a trigger"):
            change()


def test_effect_requests_are_values() -> None:
    """An effect names itself, its case and its event, and nothing of the case's content."""
    assert EffectRequest("tell", "c", 2)._fields == ("name", "case_id", "seq")


ZONES = st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "UTC"])


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), ZONES)  # noqa: DTZ001  a wall clock, until it has a zone
def test_a_stamp_is_the_instant_whatever_was_stamped_before(wall: datetime, zone: str) -> None:
    """The hour that comes twice in autumn is two instants, and each keeps its own text in either order."""
    for second in (0, 1, 0, 1):
        moment = wall.replace(tzinfo=ZoneInfo(zone), fold=second)
        assert moment_of(stamp(moment)).timestamp() == moment.timestamp()


def test_the_hour_that_comes_twice_is_two_instants() -> None:
    """Half past two on the day summer time ends, first and second time."""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert [stamp(first), stamp(first.replace(fold=1)), stamp(first)] == [
        "2026-10-25T00:30:00.000000Z", "2026-10-25T01:30:00.000000Z", "2026-10-25T00:30:00.000000Z",
    ]  # fmt: skip
