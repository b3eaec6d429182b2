"""Calendars out of two packages, for those who keep them up to date anyway.

The rule of this file: what a package guesses is not taken over as published.  `holidays` computes Chinese festivals for
any year, with no make-up day and no bridge day; such years lie beyond our horizon.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from importlib import import_module
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from xinfang_flow.errors import InputError
from xinfang_flow.law.almanac import Almanac, Mark
from xinfang_flow.law.notice import CIVIL_CODE, PLAIN_RULES, Notice
from xinfang_flow.text import Text, shown

__all__ = ["almanac_from_chinese_calendar", "almanac_from_holidays"]

_CHINA = "CN"
_YEARS = Text("年份", "years")


def almanac_from_chinese_calendar() -> Almanac:
    """`Calendar.from_chinese_calendar`: every year that the package has; it has published years only."""
    constants: Any = _package("chinese_calendar.constants", "chinesecalendar")
    names = {each.value: Text(each.chinese, each.value) for each in constants.Holiday}
    notice = Notice(title=f"chinesecalendar {version('chinesecalendar')}")
    marks = {
        day.toordinal(): Mark(working, names[name], notice)
        for days, working in ((constants.holidays, False), (constants.workdays, True))
        for day, name in days.items()
    }
    years = {day.year for day in constants.holidays}
    return Almanac(
        id="chinese-calendar",
        zone=ZoneInfo("Asia/Shanghai"),
        title=Text("chinesecalendar 软件包", "the package chinesecalendar"),
        weekend=frozenset({5, 6}),
        first=date(min(years), 1, 1),
        horizon=date(max(years), 12, 31),
        marks=marks,
        rules=CIVIL_CODE,
    )


def almanac_from_holidays(
    country: str, years: Iterable[int], zone: str, subdivision: str | None, language: str | None
) -> Almanac:
    """`Calendar.from_holidays`: consecutive years of one country, as far as they can be relied on."""
    package: Any = _package("holidays", "holidays")
    span = _years(years)
    try:
        known = package.country_holidays(country, subdiv=subdivision, years=span, expand=False, language=language)
    except (NotImplementedError, AttributeError, TypeError) as error:
        raise InputError(
            Text(
                "holidays 程序包没有这份日历，请核对国家、地区和语言的代码",
                f"the package holidays does not know it: {error}",
            ),
            where=Text("国家或地区", "country"),
        ) from error
    workdays: set[date] = getattr(known, "weekend_workdays", set())
    if country.upper() == _CHINA:
        span = _published(span, workdays)
    notice = Notice(title=f"holidays {version('holidays')}")
    first, horizon = date(span[0], 1, 1), date(span[-1], 12, 31)
    marks = {
        day.toordinal(): Mark(working, Text(name, name), notice)
        for days, working in (({each: known[each] for each in list(known)}, False), (_worked(workdays), True))
        for day, name in days.items()
        if first <= day <= horizon
    }
    return Almanac(
        id="-".join(["holidays", country, *([subdivision] if subdivision else [])]).lower(),
        zone=_zone(zone),
        title=Text(f"holidays 软件包，{country}", f"the package holidays, {country}"),
        weekend=frozenset(known.weekend),
        first=first,
        horizon=horizon,
        marks=marks,
        rules=CIVIL_CODE if country.upper() == _CHINA else PLAIN_RULES,
    )


def _worked(days: Iterable[date]) -> dict[date, str]:
    return dict.fromkeys(days, "")


def _years(years: Iterable[int]) -> list[int]:
    try:
        span = sorted(set(years))
    except TypeError as error:
        raise InputError(
            Text(
                f"“{shown(years)}”不是年份，请写成 range(2024, 2027)",
                f"{years!r} are no years; write range(2024, 2027)",
            ),
            where=_YEARS,
        ) from error
    if not span or any(type(year) is not int for year in span):
        raise InputError(
            Text(
                f"“{shown(span)}”不是年份，请写成 range(2024, 2027)", f"{span!r} are no years; write range(2024, 2027)"
            ),
            where=_YEARS,
        )
    if span != list(range(span[0], span[-1] + 1)) or span[0] < 1 or span[-1] > date.max.year:
        raise InputError(
            Text(f"{span} 有间断：日历须由连续的年份组成", f"{span} have a gap; a calendar covers consecutive years"),
            where=_YEARS,
        )
    return span


def _published(span: list[int], workdays: Iterable[date]) -> list[int]:
    """The years up to the last one that has make-up days: every published Chinese year has some, no guessed one has."""
    arranged = {day.year for day in workdays}
    published = [year for year in span if any(year <= later for later in arranged)]
    if not published:
        raise InputError(
            Text(
                f"{span[0]} 至 {span[-1]} 各年都没有调休上班日，可见放假安排均未公布",
                f"no year of {span[0]}..{span[-1]} has make-up days in it, so none is published",
            ),
            where=_YEARS,
        )
    return published


def _zone(key: str) -> ZoneInfo:
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError) as error:
        raise InputError(
            Text(
                f"没有时区“{shown(key)}”，请写成 Europe/Berlin 之类",
                f"{key!r} is no time zone known here; write one like 'Europe/Berlin'",
            ),
            where=Text("时区", "zone"),
        ) from error


def _package(module: str, name: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise InputError(
            Text(
                f"缺少程序包 {name}：pip install 'xinfang_flow[calendars]'",
                f"this needs the package {name}: pip install 'xinfang_flow[calendars]'",
            ),
            where=Text("程序包", name),
        ) from error
