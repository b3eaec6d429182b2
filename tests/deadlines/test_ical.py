"""The calendar feed: parsed back, and checked a second time as plain text against RFC 5545."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import icalendar
import pytest

from tests.deadlines.small import CLERK as SMALL, World, small_flow
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import InputError
from xinfang_flow.integrations.ical import feed
from xinfang_flow.kernel import Actor

CLERK = Actor("li", roles={"clerk"}, org="bureau")
HANDLER = Actor("wang", roles={"handler", "head"}, org="housing")
SECRET = "张三要求解决拖欠工资"


@pytest.fixture
def engine() -> Engine:
    """An engine with one accepted petition."""
    engine = Engine.in_memory(clock=ManualClock("2026-03-02T09:00:00+08:00"))
    given = {
        "register_no": "X-1", "received_on": "2026-03-02", "received_by": "organ", "form": "letter", "persons": 1,
        "contact_clear": True, "first_time": True, "petitioner": "张三", "summary": SECRET,
    }  # fmt: skip
    case = engine.open("petition", given, actor=CLERK)
    engine.fire(case.id, "notify", actor=HANDLER)
    engine.fire(case.id, "classify", {"class": "claim"}, actor=HANDLER)
    engine.fire(case.id, "accept", {"way": "petition"}, actor=HANDLER)
    return engine


def events(text: bytes) -> list[Any]:
    """The entries of a feed, parsed."""
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


def test_a_deadline_is_an_all_day_entry(engine: Engine) -> None:
    """On the due date, with alarms, a stable UID and the article."""
    (entry,) = events(feed(engine, CLERK))
    assert entry["dtstart"].dt == date(2026, 5, 6)
    assert entry["dtend"].dt == date(2026, 5, 7)
    assert "第34条" in entry["description"]
    assert "2026-04-30" in entry["description"]
    assert str(entry["status"]) == "CONFIRMED"
    assert len(entry.walk("VALARM")) == 2
    assert str(entry["uid"]).endswith(".handling@xinfang-flow")


def test_the_uid_stays_when_the_date_moves(engine: Engine) -> None:
    """An extension moves the same entry: UID kept, SEQUENCE grown."""
    (before,) = events(feed(engine, CLERK))
    case_id = str(before["uid"]).partition(".")[0]
    engine.fire(case_id, "extend", {"extension_days": 30, "reason": "情况复杂"}, actor=HANDLER)
    (after,) = events(feed(engine, CLERK))
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after["dtstart"].dt == date(2026, 6, 1)


def test_both_languages(engine: Engine) -> None:
    """Chinese by default, English when asked."""
    assert "办理期限" in str(events(feed(engine, CLERK))[0]["summary"])
    assert "Handling" in str(events(feed(engine, CLERK, lang="en"))[0]["summary"])


def test_nothing_personal_and_no_register_number(engine: Engine) -> None:
    """Neither the petitioner nor the matter nor the petitioner's own credential leaves in a feed."""
    text = feed(engine, CLERK).replace(b"\r\n ", b"").decode()
    for secret in ("张三", SECRET, "X-1"):
        assert secret not in text


def test_only_what_the_actor_may_see(engine: Engine) -> None:
    """Somebody without a role here gets an empty, valid calendar."""
    assert events(feed(engine, Actor("nobody", roles={"visitor"}, org="elsewhere"))) == []


def test_a_provisional_date_is_tentative() -> None:
    """What leans on an unpublished year says so."""
    engine = Engine.in_memory(clock=ManualClock("2026-12-28T09:00:00+08:00"))
    engine.open("review", {
        "received_on": "2026-12-28", "handler": "housing", "superiors": ["city"], "reviewing": "city", "request": "-",
    }, actor=CLERK)  # fmt: skip
    (entry,) = events(feed(engine, CLERK))
    assert str(entry["status"]) == "TENTATIVE"


def test_rfc_5545_as_text(engine: Engine) -> None:
    """CRLF everywhere, no line over 75 octets, balanced components, required properties, no BOM, valid UTF-8."""
    text = feed(engine, CLERK)
    lines = text.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 75
    unfolded = text.replace(b"\r\n ", b"").decode("utf-8").split("\r\n")
    stack: list[str] = []
    for line in filter(None, unfolded):
        assert re.match(r"[A-Z-]+[;:]", line), line
        if line.startswith("BEGIN:"):
            stack.append(line[6:])
        elif line.startswith("END:"):
            assert stack.pop() == line[4:]
    assert stack == []
    for needed in ("VERSION:2.0", "METHOD:PUBLISH"):
        assert needed in unfolded
    assert sum(line.startswith("UID:") for line in unfolded) == sum(line == "BEGIN:VEVENT" for line in unfolded)
    assert sum(line.startswith("DTSTAMP") for line in unfolded) == sum(line == "BEGIN:VEVENT" for line in unfolded)


def test_what_ends_by_the_clock_has_a_length() -> None:
    """A deadline in hours ends at its instant and begins before it: an entry without a length is hidden by many."""
    world = World(small_flow({"name": "call", "period": {"hours": 4}, "starts": {"fires": "start"}}))
    world.fire(world.open(), "start")
    (entry,) = events(feed(world.engine, SMALL))
    assert entry["dtend"].dt.isoformat() == "2026-03-02T05:00:00+00:00"
    assert entry["dtstart"].dt.isoformat() == "2026-03-02T04:30:00+00:00"


def test_a_short_deadline_is_not_shown_from_before_it_ran() -> None:
    """Ten minutes are shown as ten minutes."""
    world = World(small_flow({"name": "call", "period": {"minutes": 10}, "starts": {"fires": "start"}}))
    world.fire(world.open(), "start")
    (entry,) = events(feed(world.engine, SMALL))
    assert entry["dtend"].dt - entry["dtstart"].dt == timedelta(minutes=10)


def test_a_hearing_without_a_length_is_refused(engine: Engine) -> None:
    """How long it is shown is the caller's to say, and longer than nothing."""
    with pytest.raises(InputError, match="longer than nothing"):
        feed(engine, CLERK, hearing_length=timedelta(0))


def test_a_hearing_has_a_length() -> None:
    """An hour, where nobody says otherwise: no flow knows when a hearing will end."""
    world = World(small_flow())
    world.open(at="2026-05-12T09:00:00+08:00")
    (plain,) = events(feed(world.engine, SMALL, hearings={"small": "at"}))
    (long,) = events(feed(world.engine, SMALL, hearings={"small": "at"}, hearing_length=timedelta(hours=3)))
    assert plain["dtend"].dt - plain["dtstart"].dt == timedelta(hours=1)
    assert long["dtend"].dt - long["dtstart"].dt == timedelta(hours=3)
