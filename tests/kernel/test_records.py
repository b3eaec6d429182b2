"""The records and their owners: kinds of events, commitments, how a deadline stood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import xinfang_flow as xf
from tests.kernel.office import CLERK, Desk, base, made
from xinfang_flow.casefile.words import event_title
from xinfang_flow.kernel.canonical import stamp
from xinfang_flow.kernel.records import deadline as deadline_record
from xinfang_flow.kernel.records.commitment import commitment, is_commitment
from xinfang_flow.kernel.records.event_kinds import EVENT_KINDS, EventKind, kind_title

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOON, LATER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_every_kind_of_event_has_its_words(kind: EventKind) -> None:
    """No case file prints the identifier of a kind, in either language."""
    desk = Desk(made(base()))
    event = desk.engine.history(desk.id, actor=CLERK)[0]._replace(kind=kind, trigger=None)
    for lang in ("zh", "en"):
        said = event_title(desk.flow, event, lang)
        assert said == kind_title(kind).in_(lang)
        assert said != kind


def record(state: str, **more: Any) -> dict[str, Any]:
    """A deadline whose first late instant is noon."""
    return {"state": state, "at": stamp(NOON), "since": stamp(NOON - timedelta(days=1)), **more}


@pytest.mark.parametrize(
    ("given", "before", "after", "overdue"),
    [
        (record("armed"), "armed", "breached", True),
        (record("breached"), "armed", "breached", True),
        (record("breached", met_at=stamp(LATER)), "breached", "breached", False),
        (record("met", met_at=stamp(SOON)), "met", "met", False),
        (record("suspended", suspended=stamp(SOON)), "suspended", "suspended", False),
        (record("cancelled"), "cancelled", "cancelled", False),
    ],
)
def test_how_a_deadline_stood(given: dict[str, Any], before: str, after: str, overdue: bool) -> None:
    """Late is late before a clock has noticed, in time is in time after; what was met late is overdue no more."""
    assert deadline_record.state_at(given, SOON) == before
    assert deadline_record.state_at(given, LATER) == after
    assert deadline_record.overdue(given, NOON) is overdue
    assert not deadline_record.overdue(given, SOON)


def test_the_clock_looks_at_a_warning_or_at_the_end_whichever_is_first() -> None:
    """A warning that comes after the last instant in time does not hold the breach up."""
    for text, expected in ((stamp(SOON), SOON), (stamp(LATER), NOON)):
        assert deadline_record.next_instant(record("armed", warn=[[text, "half"]])) == expected
    assert deadline_record.next_instant(record("armed")) == NOON
    assert deadline_record.next_instant(record("breached")) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [(commitment("salt", "张三"), True), ({"#": "x", "more": 1}, False), ({}, False), ("#", False), (None, False)],
)
def test_what_is_a_commitment(value: Any, expected: bool) -> None:
    """A mapping of the one sign, and nothing else."""
    assert is_commitment(value) is expected


def test_a_refusal_says_labels() -> None:
    """A choice that is not there is answered with the choices and what to type for them, no identifier in between."""
    choices = {"resident": {"zh": "常驻代访", "en": "Resident"}, "rotating": {"zh": "轮驻代访", "en": "Rotating"}}
    pool = {"type": "choice", "title": {"zh": "代访队伍", "en": "Pool"}, "choices": choices}
    document = base(transition=[{"trigger": "go", "source": "here", "roles": ["clerk"], "takes": ["pool"]}])
    document["fields"] |= {"pool": pool}
    desk = Desk(made(document))
    with pytest.raises(xf.RefusedError) as wrong:
        desk.fire("go", pool="x")
    assert wrong.value.reasons[0].message.zh == "“代访队伍”（pool）应为：常驻代访（resident）、轮驻代访（rotating）"
    with pytest.raises(xf.RefusedError) as unknown:
        desk.fire("go", pool="resident", remark="x")
    assert "代访队伍（pool）" in unknown.value.reasons[0].message.zh
