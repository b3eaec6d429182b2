"""The worked dates of the domain notes (§9.1), each as a lawyer would state it."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from xinfang_flow.law import Calendar, Due, Period

CHINA = Calendar.china()
SHANGHAI = ZoneInfo("Asia/Shanghai")
ROWS = list(csv.DictReader((Path(__file__).parent / "worked_examples.csv").read_text(encoding="utf-8").splitlines()))
# What the column `given` means, in periods.
PERIODS = {
    "E01": Period(days=15),
    "E03": Period(working_days=5),
    "E04": Period(days=60),
    "E07": Period(days=30),
    "E09": Period(days=30),
    "E11": Period(days=60),
    "E12": Period(working_days=3),
    "E14": Period(working_days=1),
    "E16": Period(days=60),
}


def day(text: str) -> date:
    """Read an ISO date."""
    return date.fromisoformat(text)


@pytest.mark.parametrize("row", [row for row in ROWS if row["id"] in PERIODS], ids=lambda row: row["id"])
def test_the_table(row: dict[str, str]) -> None:
    """Every row of worked_examples.csv that is one period from one date."""
    found = re.search(r"\d{4}-\d\d-\d\d", row["given"])
    assert found
    due = CHINA.due(day(found[0]), PERIODS[row["id"]])
    assert (day(row["nominal_last_day"]), day(row["due"])) == (due.nominal, due.due)
    assert day(row["naive_answer"]) != due.due
    assert not due.provisional


def test_every_row_of_the_table_is_tested() -> None:
    """A row added to the table must not be forgotten here."""
    assert {row["id"] for row in ROWS} == set(PERIODS) | {"E18", "E20", "E25"}


def test_e04_strict_and_target() -> None:
    """E04: under `strict` Labour Day does not move the end; the organ's own light is the last working day before."""
    due = CHINA.due(day("2026-03-02"), Period(days=60), "strict")
    assert (day("2026-05-01"), day("2026-05-01"), day("2026-04-30")) == (due.nominal, due.due, due.target)


def test_an_extension_lengthens_the_period_and_not_the_rolled_date() -> None:
    """60 + 30 days run from acceptance: 2026-05-31 is a Sunday, so 06-01, and not 05-06 + 30."""
    due = CHINA.due(day("2026-03-02"), Period(days=60) + Period(days=30))
    assert (day("2026-05-31"), day("2026-06-01")) == (due.nominal, due.due)


def test_e06_an_extension_must_be_approved_before_it_is_late() -> None:
    """E06: approval on 2026-05-07 comes too late, on 05-06 it is in time; under `strict` 05-01 was the last day."""
    civil = CHINA.due(day("2026-03-02"), Period(days=60))
    strict = CHINA.due(day("2026-03-02"), Period(days=60), "strict")
    assert datetime(2026, 5, 6, 23, 59, tzinfo=SHANGHAI) < civil.at <= datetime(2026, 5, 7, tzinfo=SHANGHAI)
    assert strict.at == datetime(2026, 5, 2, tzinfo=SHANGHAI)


def test_hearing_time_is_excluded_from_a_rereview() -> None:
    """Art 36: 30 days from 2026-06-01 with a hearing 06-15..06-25 (first day out, last day counts) end ten days on."""
    due = CHINA.due(day("2026-06-01"), Period(days=30), excluded=[(day("2026-06-15"), day("2026-06-25"))])
    assert (day("2026-07-11"), day("2026-07-13")) == (due.nominal, due.due)


def test_e15_beyond_the_horizon_is_provisional() -> None:
    """E15: 60 days from 2026-11-20 end in a year that is not arranged: said, not guessed."""
    due = CHINA.due(day("2026-11-20"), Period(days=60))
    assert (day("2027-01-19"), True) == (due.nominal, due.provisional)


def test_e16_sixty_days_are_not_two_months() -> None:
    """E16: 60 days end on Sunday 03-02, two months on Saturday 03-01."""
    assert day("2025-03-02") == CHINA.due(day("2025-01-01"), Period(days=60)).nominal
    assert day("2025-03-01") == CHINA.due(day("2025-01-01"), Period(months=2)).nominal


def test_e18_a_chain_runs_from_each_step() -> None:
    """E18: registered 01-05, sent on day 15, accepted on day 15, 60 days from acceptance."""
    sent = CHINA.due(day("2026-01-05"), Period(days=15))
    accepted = CHINA.due(sent.nominal, Period(days=15))
    due = CHINA.due(accepted.nominal, Period(days=60))
    assert [day("2026-01-20"), day("2026-02-04")] == [sent.due, accepted.due]
    assert (day("2026-04-05"), day("2026-04-07")) == (due.nominal, due.due)


def test_e20_backwards_never_later() -> None:
    """E20: seven days before a hearing on 2026-05-12 is a rest day, so notice is due on 04-30."""
    due = CHINA.before(day("2026-05-12"), Period(days=7))
    assert (day("2026-05-05"), day("2026-04-30")) == (due.nominal, due.due)
    assert due.at == datetime(2026, 5, 1, tzinfo=SHANGHAI)


def test_three_days_before_falls_on_a_make_up_saturday() -> None:
    """Three days before Tuesday 2026-05-12 is Saturday 05-09, a working day: in time on it, late on the 10th."""
    due = CHINA.before(datetime(2026, 5, 12, 9, tzinfo=SHANGHAI), Period(days=3))
    assert (day("2026-05-09"), day("2026-05-09")) == (due.nominal, due.due)
    assert due.at == datetime(2026, 5, 10, tzinfo=SHANGHAI)


def test_e23_hours_run_through_the_night_and_the_holiday() -> None:
    """E23: two hours from 23:30 on New Year's Eve of the lunar calendar end at 01:30."""
    due = CHINA.due(datetime(2026, 2, 16, 23, 30, tzinfo=SHANGHAI), Period(hours=2))
    assert (datetime(2026, 2, 17, 1, 30, tzinfo=SHANGHAI), day("2026-02-17")) == (due.at, due.due)


def test_e25_legs_are_not_rolled() -> None:
    """E25: 5 + 3 + 3 + 4 days inside 15; rolling each leg would break the total."""
    legs: list[Due] = []
    start = day("2026-03-02")
    for days in (5, 3, 3, 4):
        legs.append(CHINA.due(start, Period(days=days), "strict"))
        start = legs[-1].due
    assert [leg.due.isoformat() for leg in legs] == ["2026-03-07", "2026-03-10", "2026-03-13", "2026-03-17"]
    assert day("2026-03-17") == CHINA.due(day("2026-03-02"), Period(days=15)).due


def test_e29_online_until_midnight_at_the_counter_until_it_closes() -> None:
    """E29: on the last day, 2026-01-30, 23:40 online is in time, and 17:31 at the counter is late."""
    online = CHINA.due(day("2025-12-31"), Period(days=30))
    counter = CHINA.due(day("2025-12-31"), Period(days=30), closes=time(17, 30))
    assert datetime(2026, 1, 30, 23, 40, tzinfo=SHANGHAI) < online.at == datetime(2026, 1, 31, tzinfo=SHANGHAI)
    assert datetime(2026, 1, 30, 17, 31, tzinfo=SHANGHAI) > counter.at == datetime(2026, 1, 30, 17, 30, tzinfo=SHANGHAI)


def test_the_january_2020_revision() -> None:
    """One working day from 2020-01-23 was 01-31 before the extension of the Spring Festival, and 02-03 after it."""
    before = Calendar.china(as_of=day("2020-01-20"))
    assert day("2020-01-31") == before.due(day("2020-01-23"), Period(working_days=1)).due
    assert day("2020-02-03") == CHINA.due(day("2020-01-23"), Period(working_days=1)).due
