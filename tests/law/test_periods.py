"""Periods: one unit, one whole number."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, strategies as st

from xinfang_flow.errors import InputError
from xinfang_flow.law import Period

UNITS = ("days", "working_days", "hours", "months", "minutes")
periods = st.builds(lambda unit, amount: Period(**{unit: amount}), st.sampled_from(UNITS), st.integers(1, 1_200))


@pytest.mark.parametrize(
    ("period", "text", "zh", "by_clock"),
    [
        (Period(days=60), "60 days", "60日", False),
        (Period(days=1), "1 day", "1日", False),
        (Period(working_days=10), "10 working days", "10个工作日", False),
        (Period(hours=4), "4 hours", "4小时", True),
        (Period(months=6), "6 months", "6个月", False),
        (Period(minutes=15), "15 minutes", "15分钟", True),
    ],
)
def test_words(period: Period, text: str, zh: str, by_clock: bool) -> None:
    """A period says itself in both languages, and its text is its canonical form."""
    assert (text, text, zh, by_clock) == (str(period), period.en, period.zh, period.by_clock)
    assert period == Period.parse(text)


@given(periods)
def test_round_trip(period: Period) -> None:
    """Text, pickle and repr give the same period back, with the same hash."""
    for other in (Period.parse(str(period)), pickle.loads(pickle.dumps(period)), eval(repr(period))):  # noqa: S301, S307
        assert (period, hash(period)) == (other, hash(other))


@pytest.mark.parametrize(
    "units",
    [
        {},
        {"days": 1, "hours": 1},
        {"days": 0},
        {"days": -3},
        {"days": True},
        {"days": 1.0},
        {"days": "60"},
        {"days": 36_526},
        {"working_days": 26_101},
        {"months": 1_201},
        {"hours": 10**12},
        {"minutes": 10**12},
    ],
)
def test_refused(units: dict[str, int]) -> None:
    """No unit, two units, nothing, less than nothing, a truth, a fraction, a text and a century are no period."""
    with pytest.raises(InputError) as caught:
        Period(**units)
    assert any(word in str(caught.value) for word in ("write", "shorten"))


@pytest.mark.parametrize(
    "text", ["", "60", "days", "60 d", "-60 days", "6O days", "60 days 4 hours", "1.5 hours", "６０ days", None, 60]
)
def test_unreadable(text: str) -> None:
    """Only the canonical words are read."""
    with pytest.raises(InputError, match="60 days"):
        Period.parse(text)


@pytest.mark.parametrize("text", ["  10 working days ", "10 working_days", "10 working day"])
def test_reading_is_kind_about_spaces_and_number(text: str) -> None:
    """Spaces around, an underscore and a singular do not matter."""
    assert Period(working_days=10) == Period.parse(text)


def test_extension() -> None:
    """An extension lengthens the period; another unit cannot be added."""
    assert Period(days=90) == Period(days=60) + Period(days=30)
    with pytest.raises(InputError, match="different units"):
        Period(days=60) + Period(months=1)
    with pytest.raises(TypeError):
        Period(days=60) + 30


def test_units_are_never_converted() -> None:
    """Sixty days are not two months, and sixty minutes are not written as one hour."""
    assert Period(days=60) != Period(months=2)
    assert Period(minutes=60) != Period(hours=1)
    assert Period(minutes=60).elapsed == Period(hours=1).elapsed
    assert Period(days=1).elapsed is None


def test_frozen() -> None:
    """A period cannot be changed."""
    period = Period(days=60)
    with pytest.raises(AttributeError, match="frozen"):
        period.amount = 61
    with pytest.raises(AttributeError, match="frozen"):
        del period.unit
    assert Period(days=60) == period
    assert period != "60 days"
