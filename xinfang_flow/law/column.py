"""Due dates for whole columns of dates, by look-up tables.

The rule of this file: the same answers as `Calendar.due`, one by one; a property test holds the two together.  numpy is
imported when a column is asked for.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from xinfang_flow.errors import InputError
from xinfang_flow.law.almanac import Almanac
from xinfang_flow.law.computation import check
from xinfang_flow.law.facts import Policy
from xinfang_flow.law.period import Period
from xinfang_flow.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DueColumn", "due_column"]

_EPOCH = date(1970, 1, 1).toordinal()  # numpy counts days from here
_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()


class DueColumn(NamedTuple):
    """Columns of local dates (datetime64[D]), and which rows lean on days that are not published."""

    nominal: NDArray[np.datetime64]
    due: NDArray[np.datetime64]
    target: NDArray[np.datetime64]
    provisional: NDArray[np.bool_]


def due_column(almanac: Almanac, starts: NDArray[np.datetime64], period: Period, policy: Policy) -> DueColumn:
    """`Calendar.due_column`."""
    np = _numpy()
    check(period, policy)
    if period.by_clock:
        raise InputError(
            Text(
                f"{period.zh}须从时刻起算，而整列只有日期：请逐个加到时刻上",
                f"{period} run from moments, and a column holds dates; add them to the moments",
            ),
            where=Text("期限", "period"),
        )
    _check_starts(np, starts)
    if not starts.size:
        empty = starts.copy()
        return DueColumn(empty, empty.copy(), empty.copy(), np.zeros(starts.shape, dtype=bool))
    if period.unit == "working_days":
        return _working_days(np, almanac, starts, period.amount)
    if period.unit == "months":
        nominal = _months_later(np, starts, period.amount)
    else:
        nominal = starts + np.timedelta64(period.amount, "D")
    return _rolled(np, almanac, nominal, roll=policy == "civil")


def _rolled(np: Any, almanac: Almanac, nominal: NDArray[np.datetime64], *, roll: bool) -> DueColumn:
    lowest, highest = _ends(nominal)
    low, high = almanac.preceding(lowest), almanac.following(highest)
    _check_years(low, high)
    flags, ranks, working = _tables(np, almanac, low, high)
    place = nominal.astype(np.int64) + (_EPOCH - low)
    target = working[ranks - 1][place]
    due = working[ranks - flags][place] if roll else nominal
    provisional = (target < _day(np, almanac.low)) | (due > _day(np, almanac.high))
    return DueColumn(nominal, due, target, provisional)


def _working_days(np: Any, almanac: Almanac, starts: NDArray[np.datetime64], amount: int) -> DueColumn:
    low, highest = _ends(starts)
    high = almanac.nth(almanac.rank(highest) + amount)
    _check_years(low, high)
    _, ranks, working = _tables(np, almanac, low, high)
    nominal = working[np.minimum(ranks + (amount - 1), len(working) - 1)][starts.astype(np.int64) + (_EPOCH - low)]
    provisional = (starts < _day(np, almanac.low - 1)) | (nominal > _day(np, almanac.high))
    return DueColumn(nominal, nominal.copy(), nominal.copy(), provisional)


def _tables(np: Any, almanac: Almanac, low: int, high: int) -> tuple[Any, Any, Any]:
    """For each day of low..high whether it is worked and how many are up to it; and the working days as dates."""
    week = np.array([day not in almanac.weekend for day in range(7)], dtype=np.int64)
    flags = week[(np.arange(low, high + 1) - 1) % 7]
    first, last = max(low, almanac.low), min(high, almanac.high)
    if first <= last:
        published = np.frombuffer(almanac.flags, dtype=np.uint8)
        flags[first - low : last - low + 1] = published[first - almanac.low : last - almanac.low + 1]
    working = (np.flatnonzero(flags) + (low - _EPOCH)).astype("datetime64[D]")
    return flags, np.cumsum(flags), working


def _months_later(np: Any, starts: NDArray[np.datetime64], months: int) -> NDArray[np.datetime64]:
    """The corresponding day, or the last day of that month (Civil Code, Art. 202)."""
    month = starts.astype("datetime64[M]")
    later = month + np.timedelta64(months, "M")
    last = (later + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    later_day: NDArray[np.datetime64] = later.astype("datetime64[D]") + (starts - month.astype("datetime64[D]"))
    nominal: NDArray[np.datetime64] = np.minimum(later_day, last)
    return nominal


def _numpy() -> Any:
    try:
        import numpy as np
    except ImportError as error:
        raise InputError(
            Text(
                "按列计算需要 numpy：pip install 'xinfang_flow[columns]'",
                "columns need numpy: pip install 'xinfang_flow[columns]'",
            ),
            where="due_column",
        ) from error
    return np


def _check_starts(np: Any, starts: Any) -> None:
    if not isinstance(starts, np.ndarray) or starts.dtype != np.dtype("datetime64[D]"):
        raise InputError(
            Text(
                "整列须是 numpy 的当地日期数组（datetime64[D]）；时刻须先换算到日历的时区",
                "a column is a numpy array of local dates, dtype datetime64[D]; moments must first be brought to the "
                "calendar's zone",
            ),
            where=Text("起算日", "starts"),
        )
    if np.isnat(starts).any():
        raise InputError(
            Text("有一行没有起算日（NaT）：请去掉这些行", "a start is missing (NaT); leave such rows out"),
            where=Text("起算日", "starts"),
        )
    if starts.size:
        _check_years(*_ends(starts))


def _check_years(low: int, high: int) -> None:
    if low < _FIRST or high > _LAST:
        raise InputError(
            Text("有日期超出了公元1至9999年", "the column leaves the years 1 to 9999"), where=Text("起算日", "starts")
        )


def _ends(days: NDArray[np.datetime64]) -> tuple[int, int]:
    return int(days.min().astype(int)) + _EPOCH, int(days.max().astype(int)) + _EPOCH


def _day(np: Any, ordinal: int) -> Any:
    return np.datetime64(ordinal - _EPOCH, "D")
