"""What notices say, laid over each other in the order of their publication.

The rule of this file: a later notice wins over an earlier one, day by day.  A notice for a year may arrange days of the
December before it (the one for 2006 made Saturday 2005-12-31 a working day), and a revision may change days that have
already been published (2020-01-27).  Nothing is ever taken out of the files: an edition is a choice of notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from xinfang_flow.law.almanac import Almanac, Mark
from xinfang_flow.law.notice import PLAIN_RULES, Notice, Provisions
from xinfang_flow.law.toml_table import Table, reading
from xinfang_flow.text import Text, shown

__all__ = ["Arrangement", "Year", "lay", "read_calendar", "read_header", "read_revision", "read_year"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST_HOLIDAY = 60  # days; a longer span is a mistyped year


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One notice: the days it marks, and the days it gives back to the plain week (`withdrawn`)."""

    notice: Notice
    marks: Mapping[date, Mark]
    withdrawn: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Year:
    """A year's file: the year's own notice first, then its revisions in the order of the file."""

    year: int
    arrangements: tuple[Arrangement, ...]


def lay(marks: Mapping[int, Mark], arrangements: Iterable[Arrangement]) -> dict[int, Mark]:
    """Lay arrangements over `marks`, each over the ones before it."""
    result = dict(marks)
    for arrangement in arrangements:
        for day in arrangement.withdrawn:
            result.pop(day.toordinal(), None)
        result.update((day.toordinal(), mark) for day, mark in arrangement.marks.items())
    return result


def read_year(source: str | Path | Mapping[str, Any]) -> Year:
    """Read the file of one year; its days lie in that year or in the December before."""
    with reading(source) as root:
        year = root.whole("year")
        arrangements = _read_all(root)
        if date.min.year < year <= date.max.year:
            _inside(root, arrangements, date(year - 1, 12, 1), date(year, 12, 31))
        else:
            root.problem(
                "year",
                Text(
                    f"{year} 不是年份；请写通知所安排的年份",
                    f"{year} is no year; write the one that the notice arranges",
                ),
            )
    return Year(year, arrangements)


def read_revision(source: str | Path | Mapping[str, Any]) -> Arrangement:
    """Read a notice that changes days already published: `[notice]`, `[[holiday]]`, `withdrawn`."""
    with reading(source) as root:
        return _read_one(root)


def read_header(root: Table) -> dict[str, Any]:
    """Read what a calendar is before any notice: id, title, zone, weekend, rules."""
    weekend = root.texts("weekend", ("saturday", "sunday"))
    for name in weekend:
        if name not in _WEEKDAYS:
            root.problem(
                "weekend",
                Text(
                    f"“{shown(name)}”不是星期几；请写 {', '.join(_WEEKDAYS)}",
                    f"{name!r} is no day of the week; write {', '.join(_WEEKDAYS)}",
                ),
            )
    rules = root.table("rules")
    plain = PLAIN_RULES
    return {
        "id": root.text("id"),
        "title": root.words("title", Text("", "")),
        "zone": _zone(root),
        "weekend": frozenset(_WEEKDAYS.index(name) for name in weekend if name in _WEEKDAYS),
        "rules": Provisions(
            first_day=rules.words("first_day", plain.first_day),
            months=rules.words("months", plain.months),
            last_day=rules.words("last_day", plain.last_day),
            hours=rules.words("hours", plain.hours),
        ),
    }


def read_calendar(source: str | Path | Mapping[str, Any]) -> Almanac:
    """Read a whole calendar of a user's own: its header, `first`, `horizon`, notice, holidays, revisions."""
    with reading(source) as root:
        header = read_header(root)
        first, horizon = root.day("first"), root.day("horizon")
        if date.min < horizon < first:
            root.problem(
                "horizon",
                Text(f"已公布的末日 {horizon} 早于首日 {first}", f"{horizon} lies before the first day {first}"),
            )
        arrangements = _read_all(root)
        _inside(root, arrangements, first, horizon)
    return Almanac(**header, first=first, horizon=horizon, marks=lay({}, arrangements))


def _read_all(root: Table) -> tuple[Arrangement, ...]:
    return (_read_one(root), *(_read_one(table) for table in root.tables("revision")))


def _read_one(table: Table) -> Arrangement:
    notice = _notice(table.table("notice"))
    marks: dict[date, Mark] = {}
    for holiday in table.tables("holiday"):
        name = holiday.words("name")
        first = holiday.day("first")
        last = holiday.day("last", first)
        if not 0 <= (last - first).days < _LONGEST_HOLIDAY:
            holiday.problem(
                "last",
                Text(
                    f"{first} 至 {last} 不是1至{_LONGEST_HOLIDAY}天",
                    f"{first}..{last} is not a span of 1 to {_LONGEST_HOLIDAY} days",
                ),
            )
            continue
        rest = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        for day in rest:
            marks[day] = Mark(False, name, notice)  # noqa: FBT003
        for day in holiday.days("make_up"):
            if day in marks:
                holiday.problem(
                    "make_up", Text(f"{day} 已是本通知中的休息日", f"{day} is already a rest day of this notice")
                )
            marks[day] = Mark(True, name, notice)  # noqa: FBT003
    return Arrangement(notice, marks, table.days("withdrawn"))


def _notice(table: Table) -> Notice:
    published = table.day("published", date.min)
    return Notice(
        title=table.text("title"),
        number=table.text("number", ""),
        issuer=table.text("issuer", ""),
        published=None if published == date.min else published,
        source=table.text("source", ""),
        sure=table.flag("sure", default=True),
    )


def _zone(root: Table) -> ZoneInfo:
    key = root.text("zone")
    try:
        return ZoneInfo(key or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        root.problem(
            "zone",
            Text(
                f"没有时区“{shown(key)}”；请写成 Asia/Shanghai 之类（或安装 tzdata）",
                f"{key!r} is no time zone known here; write one like 'Asia/Shanghai' (or install tzdata)",
            ),
        )
        return ZoneInfo("UTC")


def _inside(root: Table, arrangements: Iterable[Arrangement], first: date, last: date) -> None:
    """Note the days of notices that lie outside first..last; one line, for a wrong year puts all of them outside."""
    days = sorted(day for each in arrangements for day in (*each.marks, *each.withdrawn) if not first <= day <= last)
    if days:
        root.problem(
            "holiday",
            Text(
                f"有{len(days)}天（最早 {days[0]}）不在 {first} 至 {last} 之内",
                f"{len(days)} days, {days[0]} the first of them, lie outside {first}..{last}",
            ),
        )
