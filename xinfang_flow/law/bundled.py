"""The bundled calendar of China: one file a year, read when it is first asked for.

The rule of this file: the files are the truth, and an edition is what of them had been published by a day.
"""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from xinfang_flow.errors import InputError
from xinfang_flow.law.almanac import Almanac
from xinfang_flow.law.arrangement import Arrangement, Year, lay, read_header, read_year
from xinfang_flow.law.toml_table import reading
from xinfang_flow.text import Text, shown

__all__ = ["CHINA", "bundled_almanac", "china"]

CHINA = "china"
_FOLDER = Path(__file__).parent / "data" / CHINA


def china(as_of: date | None = None) -> Almanac:
    """The calendar of China as it had been published by the end of the day `as_of`; None means all that is bundled.

    Raises InputError when nothing bundled had been published by then.
    """
    if as_of is not None and type(as_of) is not date:
        raise InputError(
            Text(
                f"“{shown(as_of)}”不是日期，请写成 datetime.date(2020, 1, 20)",
                f"{as_of!r} is no date; write datetime.date(2020, 1, 20)",
            ),
            where=Text("截至日（as_of）", "as_of"),
        )
    return _china(as_of)


@lru_cache(maxsize=64)  # one for every notice that is bundled, and room for more
def _china(as_of: date | None) -> Almanac:
    header, years = _files()
    known = [Year(each.year, _published(each, as_of)) for each in years]
    known = [each for each in known if each.arrangements]
    if not known:
        first = years[0].arrangements[0].notice.published
        raise InputError(
            Text(
                f"到 {as_of} 为止，自带的日历中还没有公布任何放假安排；最早的通知公布于 {first}",
                f"nothing bundled had been published by {as_of}; the first notice is of {first}",
            ),
            where=Text("截至日（as_of）", "as_of"),
        )
    return Almanac(
        **header,
        first=date(known[0].year, 1, 1),
        horizon=date(known[-1].year, 12, 31),
        marks=lay({}, [arrangement for each in known for arrangement in each.arrangements]),
    )


def bundled_almanac(id: str, edition: str) -> Almanac | None:
    """The bundled edition with that name, if there is one: the newest, or one as of the day of any notice."""
    if id != CHINA:
        return None
    newest = china()
    if newest.label.edition == edition:
        return newest
    days = {notice.notice.published for year in _files()[1] for notice in year.arrangements}
    for day in sorted((day for day in days if day is not None), reverse=True):
        older = china(day)
        if older.label.edition == edition:
            return older
    return None


@cache
def _files() -> tuple[dict[str, Any], tuple[Year, ...]]:
    with reading(_FOLDER / "calendar.toml") as root:
        header = read_header(root)
    return header, tuple(read_year(path) for path in sorted(_FOLDER.glob("[0-9]*.toml")))


def _published(year: Year, as_of: date | None) -> tuple[Arrangement, ...]:
    """Those of the year's notices that had been published by the end of `as_of`."""
    if as_of is None:
        return year.arrangements
    return tuple(each for each in year.arrangements if each.notice.published and each.notice.published <= as_of)
