"""New editions: a newly published year, or a notice that changes days already published.

The rule of this file: an edition is never changed.  Every due date names the edition it was computed under, so the old
one must go on giving the old answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from xinfang_flow.errors import InputError
from xinfang_flow.law.almanac import Almanac, Mark
from xinfang_flow.law.arrangement import Arrangement, lay, read_revision, read_year
from xinfang_flow.text import Text

__all__ = ["revised", "with_year"]


def with_year(almanac: Almanac, source: str | Path | Mapping[str, Any]) -> Almanac:
    """`Calendar.with_year`: one more year, which must follow the horizon."""
    year = read_year(source)
    expected = date.fromordinal(almanac.high + 1)
    if (expected.month, expected.day) != (1, 1) or expected.year != year.year:
        hint = Text(
            "；改动已公布的日期请用 calendar.revised(...)", "; to change published days use calendar.revised(...)"
        )
        zh, en = hint if year.year <= expected.year else Text("", "")
        edition, horizon = almanac.label.edition, almanac.horizon
        raise InputError(
            Text(
                f"{edition} 版已收录到 {horizon}：下一年应自 {expected} 起{zh}",
                f"{edition} is published to {horizon}: the next year must begin on {expected}{en}",
            ),
            where=Text("年份", "year"),
        )
    return _edition(almanac, year.arrangements, horizon=date(year.year, 12, 31))


def revised(almanac: Almanac, source: str | Path | Mapping[str, Any]) -> Almanac:
    """`Calendar.revised`: a notice about days within the published ones."""
    arrangement = read_revision(source)
    days = (*arrangement.marks, *arrangement.withdrawn)
    if not days:
        raise InputError(
            Text(
                "通知没有改动任何一天；请写明 [[holiday]]、make_up 或 withdrawn",
                "the notice changes no day; write [[holiday]], make_up or withdrawn",
            ),
            where=Text("假日", "holiday"),
        )
    for day in days:
        if not almanac.first <= day <= almanac.horizon:
            raise InputError(
                Text(
                    f"{day} 不在 {almanac.first} 至 {almanac.horizon} 之内；新的一年请用 calendar.with_year(...) 载入",
                    f"{day} lies outside {almanac.first}..{almanac.horizon};"
                    " add a new year with calendar.with_year(...)",
                ),
                where=Text("假日", "holiday"),
            )
    return _edition(almanac, [arrangement], horizon=almanac.horizon)


def _edition(almanac: Almanac, arrangements: Iterable[Arrangement], *, horizon: date) -> Almanac:
    marks: dict[int, Mark] = lay(almanac.marks, arrangements)
    return Almanac(
        almanac.id, almanac.zone, almanac.title, almanac.weekend, almanac.first, horizon, marks, almanac.rules
    )
