"""A user's own calendar file, and the files that are bundled."""

from __future__ import annotations

import dataclasses
import doctest
import subprocess
import sys
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import xinfang_flow.law
from xinfang_flow.errors import InputError
from xinfang_flow.law import Calendar, Period
from xinfang_flow.law.almanac import Mark
from xinfang_flow.law.notice import Notice
from xinfang_flow.text import Text

OWN = """
id = "emirates"
title = { zh = "示例", en = "An example" }
zone = "Asia/Dubai"
weekend = ["friday", "saturday"]
first = 2021-01-01
horizon = 2021-12-31

[rules]
first_day = { zh = "某法第一条", en = "Some Act, s. 1" }

[notice]
title = "Decree on holidays"
number = "7/2020"

[[holiday]]
name = "National Day"
first = 2021-12-01
last = 2021-12-02
make_up = [2021-12-03]

[[revision]]
notice = { title = "Decree on more holidays", published = 2021-11-01 }
withdrawn = [2021-12-01]

[[revision.holiday]]
name = "Mourning"
first = 2021-12-05
"""
BUNDLED = Path(xinfang_flow.law.__file__).parent / "data" / "china"


def content(**change: Any) -> dict[str, Any]:
    """The file as a mapping, with some keys changed."""
    return tomllib.loads(OWN) | change


def test_a_calendar_of_ones_own(tmp_path: Path) -> None:
    """Another weekend, another zone, holidays, make-up days and a revision, from a file."""
    path = tmp_path / "emirates.toml"
    path.write_text(OWN, encoding="utf-8")
    calendar = Calendar.load(path)
    worked = [day for day in range(1, 9) if calendar.is_working_day(date(2021, 12, day))]
    assert worked == [1, 3, 6, 7, 8]
    assert ("emirates", "Asia/Dubai", date(2021, 1, 1), date(2021, 12, 31)) == (
        *(calendar.id, calendar.zone.key, calendar.first, calendar.horizon),
    )
    due = calendar.due(date(2021, 11, 30), Period(working_days=3))
    assert date(2021, 12, 6) == due.due
    assert any("Some Act" in line for line in due.because.en)
    assert calendar == Calendar.load(content()) == Calendar.load(str(path))


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"zone": "Asia/Dubay"}, ["zone: 'Asia/Dubay' is no time zone"]),
        ({"weekend": ["fri"]}, ["weekend: 'fri' is no day"]),
        ({"weekend": "friday"}, ["weekend: 'friday' is not a list"]),
        ({"wekend": ["friday"]}, ["wekend: unknown key; did you mean 'weekend'"]),
        ({"first": datetime(2021, 1, 1)}, ["first: ", "is not a date"]),  # noqa: DTZ001
        ({"first": "2021-01-01"}, ["first: '2021-01-01' is not a date"]),
        ({"horizon": date(2020, 1, 1)}, ["horizon: 2020-01-01 lies before"]),
        ({"notice": {}}, ["notice.title: missing"]),
        ({"notice": {"title": "x", "sure": "no"}}, ["notice.sure: 'no' is not true or false"]),
        ({"holiday": [{"name": "x"}]}, ["holiday[1].first: missing"]),
        ({"holiday": [{"first": date(2021, 3, 3)}]}, ["holiday[1].name.zh: missing", "holiday[1].name.en: missing"]),
        ({"holiday": [{"name": {"zh": "x"}, "first": date(2021, 3, 3)}]}, ["holiday[1].name.en: missing"]),
        ({"holiday": [{"name": "x", "first": date(2021, 3, 3), "last": date(2021, 3, 1)}]}, ["holiday[1].last: "]),
        ({"holiday": [{"name": "x", "first": date(2021, 3, 3), "lsat": 1}]}, ["holiday[1].lsat: unknown key"]),
        ({"holiday": [{"name": "x", "first": date(2022, 3, 3)}]}, ["holiday: 1 days, 2022-03-03 the first"]),
        (
            {"holiday": [{"name": "x", "first": date(2021, 3, 3), "make_up": [date(2021, 3, 3)]}]},
            ["already a rest day"],
        ),
        ({"holiday": ["x"]}, ["holiday: ['x'] is not tables"]),
        ({"id": 7, "zone": 8}, ["id: 7 is not a text", "zone: 8 is not a text"]),
        ({"revision": [{"withdrawn": [date(2021, 3, 3)]}]}, ["revision[1].notice.title: missing"]),
        ({"rules": {"first": "x"}}, ["rules.first: unknown key; did you mean 'first_day'"]),
    ],
)
def test_every_problem_is_named_with_its_place(change: dict[str, Any], problems: list[str]) -> None:
    """Unknown keys, wrong types and impossible days are refused, all at once."""
    with pytest.raises(InputError) as caught:
        Calendar.load(content(**change))
    for problem in problems:
        assert problem in str(caught.value)


def test_all_problems_at_once() -> None:
    """An author mends ten things in one pass."""
    with pytest.raises(InputError) as caught:
        Calendar.load({})
    for key in ("id", "zone", "first", "horizon", "notice.title"):
        assert f"{key}: missing" in str(caught.value)


def test_a_week_without_work_is_refused() -> None:
    """No period of working days would ever end."""
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    with pytest.raises(InputError, match="every day"):
        Calendar.load(content(weekend=week))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"id = ", "is no TOML"),
        (b'id = "a"\nid = "b"', "is no TOML"),
        (b"\xff\xfe", "is no TOML"),
        (b"#" * 1_000_001, "larger than"),
        (b"a = " + b"[" * 100_000, "is no TOML"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, data: bytes, words: str) -> None:
    """Half a file, a doubled key, another encoding, a huge or a deep file: refused, naming the file."""
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=words) as caught:
        Calendar.load(path)
    assert str(path) == caught.value.where


def test_no_file_and_no_mapping(tmp_path: Path) -> None:
    """A missing file is told by name; a number is no source."""
    with pytest.raises(InputError, match="cannot be read"):
        Calendar.load(tmp_path / "absent.toml")
    with pytest.raises(InputError, match="mapping"):
        Calendar.load(7)  # type: ignore[arg-type]


def test_the_bundled_files_are_what_the_tool_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script in tests/law/tools and the data say the same, byte for byte."""
    from tests.law.tools import write_china

    monkeypatch.setattr(write_china, "FOLDER", tmp_path)
    for year in write_china.YEARS:
        write_china.write(year)
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.toml")}
    bundled = {path.name: path.read_text(encoding="utf-8") for path in BUNDLED.glob("2*.toml")}
    assert written == bundled
    assert len(bundled) == 23


def test_importing_reads_no_file_and_no_package() -> None:
    """`import xinfang_flow.law` neither reads calendars nor imports numpy or the packages."""
    script = (
        "import sys, builtins\n"
        "import xinfang_flow.law\n"
        "from xinfang_flow.law import bundled\n"
        "assert bundled._files.cache_info().currsize == 0\n"
        "names = {'numpy', 'holidays', 'chinese_calendar'} & set(sys.modules)\n"
        "assert not names, names\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])


def test_an_almanac_checks_its_own_days() -> None:
    """An adapter that hands over days outside its years is told so."""
    almanac = Calendar.load(content()).almanac
    with pytest.raises(InputError, match="before the first day"):
        dataclasses.replace(almanac, horizon=date(2020, 1, 1))
    with pytest.raises(InputError, match="2021-12-02 lies outside"):
        dataclasses.replace(
            almanac,
            horizon=date(2021, 12, 1),
            marks={date(2021, 12, 2).toordinal(): Mark(False, Text("", ""), Notice(title="-"))},
        )


def test_the_example_in_the_docstring() -> None:
    """What the room's front page shows is true."""
    assert doctest.testmod(xinfang_flow.law).failed == 0


def test_one_bad_holiday_hides_no_other() -> None:
    """Every problem of a file is told at once: what comes after a bad span is read as well."""
    holidays = [
        {"name": "Long", "first": date(2021, 2, 1), "last": date(2021, 12, 1)},
        {"name": "Twice", "first": date(2021, 5, 3), "make_up": [date(2021, 5, 3)]},
    ]
    with pytest.raises(InputError) as told:
        Calendar.load(content(holiday=holidays))
    assert "is not a span" in str(told.value)
    assert "already a rest day" in str(told.value)
