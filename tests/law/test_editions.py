"""Editions: a new notice makes a new calendar, and the old one keeps its answers."""

from __future__ import annotations

import pickle
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from xinfang_flow.errors import CalendarHorizonError, InputError
from xinfang_flow.law import Calendar, Due, Period

CHINA = Calendar.china()
YEAR_2027: dict[str, Any] = {
    "year": 2027,
    "notice": {"title": "关于2027年部分节假日安排的通知", "number": "试〔2026〕1号", "published": date(2026, 11, 25)},
    "holiday": [
        {"name": {"zh": "元旦", "en": "New Year's Day"}, "first": date(2027, 1, 1), "last": date(2027, 1, 3)},
        {
            "name": {"zh": "春节", "en": "Spring Festival"},
            "first": date(2027, 2, 5),
            "last": date(2027, 2, 13),
            "make_up": [date(2027, 1, 31), date(2027, 2, 20)],
        },
        {"name": "假设", "first": date(2027, 1, 19), "make_up": [date(2026, 12, 26)]},
    ],
}
REVISION: dict[str, Any] = {
    "notice": {"title": "关于调整的通知", "number": "试〔2026〕9号", "published": date(2026, 4, 20)},
    "holiday": [{"name": "延长假期", "first": date(2026, 5, 6)}],
    "withdrawn": [date(2026, 5, 9)],
}


def test_the_edition_names_its_content() -> None:
    """The same content has the same name; the name says calendar and year."""
    assert CHINA.edition.startswith("china-2026+")
    assert Calendar.china() == CHINA
    assert Calendar.china() is CHINA
    assert CHINA.with_year(YEAR_2027).edition == CHINA.with_year(YEAR_2027).edition != CHINA.edition
    assert pickle.loads(pickle.dumps(CHINA)) == CHINA  # noqa: S301
    assert hash(CHINA) == hash(Calendar.china())


def test_as_of_a_day() -> None:
    """On 2020-01-26 the extension was not known; on the 27th it was."""
    before, after = Calendar.china(as_of=date(2020, 1, 26)), Calendar.china(as_of=date(2020, 1, 27))
    assert (date(2020, 12, 31), date(2020, 12, 31)) == (before.horizon, after.horizon)
    days = [date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 2)]
    assert [before.is_working_day(day) for day in days] == [True, True, False]
    assert [after.is_working_day(day) for day in days] == [False, False, False]
    assert before.edition != after.edition


def test_as_of_other_revisions() -> None:
    """The victory day of 2015, Labour Day of 2019 and the make-up day of 2005-12-31 were announced later, too."""
    for known, unknown, day in (
        (date(2015, 5, 13), date(2015, 5, 12), date(2015, 9, 3)),
        (date(2019, 3, 22), date(2019, 3, 21), date(2019, 5, 2)),
        (date(2005, 12, 16), date(2005, 12, 15), date(2005, 12, 31)),
    ):
        later, earlier = Calendar.china(as_of=known), Calendar.china(as_of=unknown)
        assert later.is_working_day(day) is not earlier.is_working_day(day)
        assert CHINA.is_working_day(day) is later.is_working_day(day)


def test_as_of_tells_the_horizon_of_that_day() -> None:
    """Before the notice of November 2025, nothing of 2026 was published."""
    calendar = Calendar.china(as_of=date(2025, 11, 3))
    assert date(2025, 12, 31) == calendar.horizon
    assert calendar.due(date(2025, 12, 30), Period(working_days=3)).provisional
    with pytest.raises(CalendarHorizonError, match="with_year"):
        calendar.is_working_day(date(2026, 1, 1))


@pytest.mark.parametrize("as_of", [date(1999, 1, 1), datetime(2020, 1, 20), "2020-01-20"])  # noqa: DTZ001
def test_as_of_refused(as_of: Any) -> None:
    """A day before the first notice, a moment and a text."""
    with pytest.raises(InputError):
        Calendar.china(as_of=as_of)


def test_a_new_year_settles_what_was_provisional() -> None:
    """E15: 60 days from 2026-11-20 end on 2027-01-19, which the (invented) notice makes a rest day."""
    old = CHINA.due(date(2026, 11, 20), Period(days=60))
    calendar = CHINA.with_year(YEAR_2027)
    new = calendar.recompute(old)
    assert (date(2027, 1, 19), True) == (old.due, old.provisional)
    assert (date(2027, 1, 20), False) == (new.due, new.provisional)
    assert calendar.affects(old)
    assert (date(2027, 12, 31), date(2026, 12, 31)) == (calendar.horizon, CHINA.horizon)
    assert (CHINA.is_working_day(date(2026, 12, 26)), calendar.is_working_day(date(2026, 12, 26))) == (False, True)
    assert CHINA.recompute(old) == old
    assert not CHINA.affects(old)


def test_only_certainty_may_change() -> None:
    """A due date whose day stays the same is affected when it becomes certain."""
    old = CHINA.due(date(2027, 3, 1), Period(days=1))
    new = CHINA.with_year(YEAR_2027).recompute(old)
    assert (old.due, True, False) == (new.due, old.provisional, new.provisional)
    assert CHINA.with_year(YEAR_2027).affects(old)


def test_a_revision_moves_an_open_deadline_and_history_keeps_the_old_one() -> None:
    """A notice that extends Labour Day moves E04 by a day, and takes back the make-up Saturday."""
    old = CHINA.due(date(2026, 3, 2), Period(days=60))
    revised = CHINA.revised(REVISION)
    assert (date(2026, 5, 6), date(2026, 5, 7)) == (old.due, revised.recompute(old).due)
    assert revised.affects(old)
    assert (CHINA.is_working_day(date(2026, 5, 9)), revised.is_working_day(date(2026, 5, 9))) == (True, False)
    assert any("试〔2026〕9号" in line for line in revised.recompute(old).because.zh)
    assert "试" not in str(Due.from_record(old.record()).because)
    unmoved = CHINA.due(date(2026, 6, 1), Period(days=10))
    assert not revised.affects(unmoved)
    assert revised.recompute(unmoved) != unmoved  # another edition is another answer, even with the same dates


def test_a_backward_due_is_recomputed_backwards() -> None:
    """Notice of a hearing on 05-12 with the make-up Saturday taken back is due a day earlier."""
    old = CHINA.before(date(2026, 5, 12), Period(days=3))
    assert date(2026, 5, 8) == CHINA.revised(REVISION).recompute(old).due


def test_a_year_from_a_file(tmp_path: Path) -> None:
    """The file that a county mails around."""
    path = tmp_path / "2027.toml"
    path.write_text(
        'year = 2027\n[notice]\ntitle = "通知"\n[[holiday]]\nname = "元旦"\nfirst = 2027-01-01\nlast = 2027-01-03\n'
        'make_up = [2027-01-09]\n[[revision]]\nnotice = { title = "再通知" }\nwithdrawn = [2027-01-09]\n',
        encoding="utf-8",
    )
    calendar = CHINA.with_year(path)
    assert not calendar.is_working_day(date(2027, 1, 1))
    assert not calendar.is_working_day(date(2027, 1, 9))
    assert calendar.edition == CHINA.with_year(str(path)).edition


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"year": 2028}, "16 days, 2026-12-26 the first"),
        ({"year": 2028, "holiday": []}, "must begin on 2027-01-01"),
        ({"year": 2026, "holiday": []}, "revised"),
        ({"holiday": [{"name": "x", "first": date(2028, 1, 1)}]}, "1 days, 2028-01-01"),
        ({"holiday": [{"name": "x", "first": date(2026, 11, 30)}]}, r"outside 2026-12-01\.\.2027-12-31"),
        ({"year": 0}, "is no year"),
        ({"year": "2027"}, "whole number"),
        ({"year": True}, "whole number"),
        ({"hoilday": []}, "did you mean 'holiday'"),
    ],
)
def test_a_year_refused(change: dict[str, Any], words: str) -> None:
    """The wrong year, days elsewhere, wrong types and misspelt keys."""
    with pytest.raises(InputError, match=words):
        CHINA.with_year(YEAR_2027 | change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"holiday": [], "withdrawn": []}, "changes no day"),
        ({"withdrawn": [date(2027, 1, 1)]}, "outside"),
        ({"year": 2026}, "unknown key"),
    ],
)
def test_a_revision_refused(change: dict[str, Any], words: str) -> None:
    """Nothing to change, a day that is not published, a year's file given as a revision."""
    with pytest.raises(InputError, match=words):
        CHINA.revised(REVISION | change)


def test_another_calendar_does_not_recompute() -> None:
    """A due date of China is no question for Berlin."""
    other = Calendar.load(
        {"id": "berlin", "zone": "Europe/Berlin", "first": date(2026, 1, 1), "horizon": date(2026, 12, 31),
         "notice": {"title": "-"}}
    )  # fmt: skip
    with pytest.raises(InputError, match="berlin"):
        other.recompute(CHINA.due(date(2026, 3, 2), Period(days=60)))


def test_calendars_are_immutable() -> None:
    """Nothing of a calendar can be set."""
    with pytest.raises(AttributeError, match="immutable"):
        CHINA.almanac = None  # type: ignore[assignment]
    with pytest.raises(TypeError):
        CHINA.almanac.marks[1] = None  # type: ignore[index]
    assert "china-2026" in repr(CHINA)
    assert CHINA != "china"


def test_recomputing_asks_the_whole_question() -> None:
    """Exclusions, closing time and policy go into the new answer; only the edition changes."""
    spans = [(date(2026, 6, 15), date(2026, 6, 25))]
    old = CHINA.due(date(2026, 6, 1), Period(days=30), "strict", excluded=spans, closes=time(17))
    new = CHINA.revised(REVISION).recompute(old)
    assert old.record() == new.record() | {"edition": CHINA.edition}


def test_the_edition_changes_with_a_working_day() -> None:
    """Two notices that differ only in whether a day is worked are two editions."""
    notice = {"title": "-"}
    rest = CHINA.revised({"notice": notice, "holiday": [{"name": "x", "first": date(2026, 6, 6)}]})
    worked = CHINA.revised(
        {"notice": notice, "holiday": [{"name": "x", "first": date(2026, 6, 7), "make_up": [date(2026, 6, 6)]}]}
    )
    rested = CHINA.revised(
        {"notice": notice, "holiday": [{"name": "x", "first": date(2026, 6, 6), "last": date(2026, 6, 7)}]}
    )
    assert len({rest.edition, worked.edition, rested.edition}) == 3
