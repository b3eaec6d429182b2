"""A Due as a value and as text."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from xinfang_flow.errors import InputError
from xinfang_flow.law import Calendar, Due, Period

CHINA = Calendar.china()
OWN = Calendar.load(
    {
        "id": "own",
        "zone": "Europe/Berlin",
        "first": date(2026, 1, 1),
        "horizon": date(2026, 12, 31),
        "notice": {"title": "own"},
    }
)
DUE = CHINA.due(date(2026, 3, 2), Period(days=60))

starts = st.one_of(
    st.dates(date(2003, 1, 1), date(2028, 1, 1)),
    st.datetimes(datetime(2003, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
spans = st.lists(
    st.builds(lambda day, length: (day, day + timedelta(days=length)), st.dates(date(2004, 1, 1)), st.integers(0, 40)),
    max_size=3,
).filter(lambda found: all(end.year < 9000 for _, end in found))
dues = st.one_of(
    st.builds(
        lambda start, amount, unit, policy, excluded, closes: CHINA.due(
            start, Period(**{unit: amount}), policy, excluded=excluded, closes=closes
        ),
        starts,
        st.integers(1, 99),
        st.sampled_from(["days", "working_days", "months"]),
        st.sampled_from(["civil", "strict"]),
        spans,
        st.sampled_from([None, time(17, 30)]),
    ),
    st.builds(lambda moment, days: CHINA.before(moment, Period(days=days)), starts, st.integers(1, 99)),
    st.builds(
        lambda moment, hours: OWN.due(moment.replace(tzinfo=UTC), Period(hours=hours)),
        st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001
        st.integers(1, 99),
    ),
)


@given(dues)
def test_round_trip(due: Due) -> None:
    """Record, JSON, pickle and copy give an equal Due back, with the same instant and hash."""
    record = due.record()
    assert all(value is None or type(value) in {str, int, bool} for value in record.values())
    for other in (
        Due.from_record(json.loads(json.dumps(record))),
        pickle.loads(pickle.dumps(due)),  # noqa: S301
        copy.copy(due),
    ):
        assert (due, hash(due), due.at, due.at.isoformat()) == (other, hash(other), other.at, other.at.isoformat())
        assert record == other.record()
        assert repr(due) == repr(other)


def test_the_record_is_small_and_readable() -> None:
    """What stands in a case's history."""
    assert DUE.record() == {
        "calendar": "china",
        "edition": CHINA.edition,
        "zone": "Asia/Shanghai",
        "start": "2026-03-02",
        "period": "60 days",
        "policy": "civil",
        "nominal": "2026-05-01",
        "due": "2026-05-06",
        "target": "2026-04-30",
        "at": "2026-05-07T00:00:00+08:00",
    }


def test_restored_with_or_without_its_calendar() -> None:
    """The bundled calendar, also an older edition of it, is found for the reasoning; the dates do not need it."""
    assert DUE.because == Due.from_record(DUE.record()).because == Due.from_record(DUE.record(), CHINA).because
    older = Calendar.china(as_of=date(2020, 1, 20))
    due = older.due(date(2020, 1, 23), Period(working_days=1))
    restored = Due.from_record(due.record())
    assert (due, due.because) == (restored, restored.because)
    assert "扣" not in str(restored.because)


def test_a_newer_edition_does_not_touch_what_was_recorded() -> None:
    """Restoring under a newer calendar keeps edition, dates and reasoning of the old one."""
    newer = CHINA.revised({"notice": {"title": "延长"}, "holiday": [{"name": "延长", "first": date(2026, 5, 6)}]})
    restored = Due.from_record(DUE.record(), newer)
    assert (DUE, DUE.edition, DUE.because) == (restored, restored.edition, restored.because)
    assert newer.affects(restored)


def test_reasoning_without_the_edition_says_which_is_wanted() -> None:
    """A user's own calendar is not bundled: the error names it, and `bind` mends it."""
    due = OWN.due(date(2026, 3, 2), Period(days=5))
    restored = Due.from_record(due.record())
    with pytest.raises(InputError, match=OWN.edition.replace("+", r"\+")):
        _ = restored.because
    assert due.because == restored.bind(OWN).because
    with pytest.raises(InputError, match="recompute"):
        restored.bind(CHINA)
    unknown = Due.from_record(DUE.record() | {"edition": "china-2031+00000000"})
    with pytest.raises(InputError, match="china-2031"):
        _ = unknown.because


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"due": "2026-02-30"}, "record.due"),
        ({"due": 20260506}, "record.due"),
        ({"due": None}, "record.due"),
        ({"period": "60"}, "record.period"),
        ({"policy": "lenient"}, "record.policy"),
        ({"direction": "sideways"}, "record.direction"),
        ({"provisional": 1}, "record.provisional"),
        ({"zone": "Asia/Atlantis"}, "record.zone"),
        ({"zone": "../../etc/passwd"}, "record.zone"),
        ({"at": "2026-05-07T00:00:00"}, "record.at"),
        ({"start": "2026-03-02T09:00:00"}, "record.start"),
        ({"excluded": "2026-06-15"}, "record.excluded"),
        ({"excluded": "2026-06-25/2026-06-15"}, "record.excluded"),
        ({"closes": "25:00"}, "record.closes"),
        ({"extra": "1"}, "record"),
    ],
)
def test_a_bad_record_is_refused_with_its_key(change: dict[str, Any], where: str) -> None:
    """Every key is read strictly."""
    with pytest.raises(InputError) as caught:
        Due.from_record(DUE.record() | change)
    assert where == caught.value.where


def test_a_missing_key_and_no_mapping_are_refused() -> None:
    """The names of what is missing are told."""
    record = DUE.record()
    del record["at"]
    with pytest.raises(InputError, match="at"):
        Due.from_record(record)
    with pytest.raises(InputError, match="mapping"):
        Due.from_record([("due", "2026-05-06")])  # type: ignore[arg-type]


def test_equality_ignores_the_calendar_object_and_nothing_else() -> None:
    """Another policy, edition or instant is another Due."""
    assert CHINA.due(date(2026, 3, 2), Period(days=60)) == DUE
    assert Due.from_record(DUE.record()) == DUE
    for change in ({"policy": "strict"}, {"edition": "china-2026+00000000"}, {"at": "2026-05-07T00:00:01+08:00"}):
        assert Due.from_record(DUE.record() | change) != DUE
    assert DUE != "2026-05-06"


def test_frozen() -> None:
    """A Due cannot be changed."""
    with pytest.raises(AttributeError, match="frozen"):
        DUE.due = date(2026, 5, 7)  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del DUE.due
    assert date(2026, 5, 6) == DUE.due


def test_what_a_due_knows() -> None:
    """The question stands beside the answer."""
    due = CHINA.due(date(2026, 3, 2), Period(days=60), closes=time(17))
    assert (date(2026, 3, 2), Period(days=60), "civil", "china", CHINA.edition, "forward", (), time(17)) == (
        *(due.start, due.period, due.policy, due.calendar, due.edition, due.direction, due.excluded, due.closes),
    )
