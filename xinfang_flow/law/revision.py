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

__all__ = ["revised", "with_year"]


def with_year(almanac: Almanac, source: str | Path | Mapping[str, Any]) -> Almanac:
    """`Calendar.with_year`: one more year, which must follow the horizon."""
    year = read_year(source)
    expected = date.fromordinal(almanac.high + 1)
    if (expected.month, expected.day) != (1, 1) or expected.year != year.year:
        wanted = f"the next year must begin on {expected}"
        hint = "" if year.year > expected.year else "; to change published days use calendar.revised(...)"
        raise InputError(f"{almanac.label.edition} is published to {almanac.horizon}: {wanted}{hint}", where="year")
    return _edition(almanac, year.arrangements, horizon=date(year.year, 12, 31))


def revised(almanac: Almanac, source: str | Path | Mapping[str, Any]) -> Almanac:
    """`Calendar.revised`: a notice about days within the published ones."""
    arrangement = read_revision(source)
    days = (*arrangement.marks, *arrangement.withdrawn)
    if not days:
        raise InputError("the notice changes no day; write [[holiday]], make_up or withdrawn", where="holiday")
    for day in days:
        if not almanac.first <= day <= almanac.horizon:
            raise InputError(
                f"{day} lies outside {almanac.first}..{almanac.horizon}; add a new year with calendar.with_year(...)",
                where="holiday",
            )
    return _edition(almanac, [arrangement], horizon=almanac.horizon)


def _edition(almanac: Almanac, arrangements: Iterable[Arrangement], *, horizon: date) -> Almanac:
    marks: dict[int, Mark] = lay(almanac.marks, arrangements)
    return Almanac(
        almanac.id, almanac.zone, almanac.title, almanac.weekend, almanac.first, horizon, marks, almanac.rules
    )
