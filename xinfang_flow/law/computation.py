"""From a question (start, period, policy) to a Due.

The rule of this file: every argument is checked before anything is counted, and a wrong one is told how to be mended.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from xinfang_flow.errors import InputError
from xinfang_flow.law.almanac import Almanac
from xinfang_flow.law.count import Counted, Span, backward, forward, merge, stand_still
from xinfang_flow.law.due import Due
from xinfang_flow.law.facts import Direction, Facts, Policy
from xinfang_flow.law.period import Period
from xinfang_flow.text import Text, shown

__all__ = ["check", "local", "reckon_backward", "reckon_forward"]

_PERIOD: type[object] = Period  # what is asked of outside code must be asked, whatever its annotations say
_POLICIES = ("civil", "strict")
_START = Text("起算日", "start")
_CLOSES = Text("截止时刻", "closes")
_MOMENT = timedelta(microseconds=1)
_LAST = date.max.toordinal()
_NOTHING: tuple[Span, ...] = ()
_date = date.fromordinal
_new = tuple.__new__  # what a NamedTuple calls in the end


def reckon_forward(
    almanac: Almanac,
    start: date | datetime,
    period: Period,
    policy: Policy,
    excluded: Iterable[Span],
    closes: time | None,
) -> Due:
    """`Calendar.due`."""
    if type(period) is not _PERIOD or policy not in _POLICIES:
        raise _misasked(period, policy)
    spans = merge(excluded) if excluded != () else _NOTHING
    if closes is not None:
        _check_closes(closes, period)
    base, day = local(start, almanac.zone)
    try:
        if period.by_clock:
            return _clock(almanac, base, period, policy, "forward", spans)
        counted = forward(almanac, day, period.unit, period.amount, roll=policy == "civil", spans=spans)
        return _due(almanac, counted, (base, period, policy, "forward", spans, closes))
    except (ValueError, OverflowError) as error:
        raise _out_of_time(error, period) from error


def reckon_backward(almanac: Almanac, moment: date | datetime, period: Period, policy: Policy) -> Due:
    """`Calendar.before`."""
    if type(period) is not _PERIOD or policy not in _POLICIES:
        raise _misasked(period, policy)
    base, day = local(moment, almanac.zone)
    try:
        if period.by_clock:
            return _clock(almanac, base, period, policy, "backward", _NOTHING)
        counted = backward(almanac, day, period.unit, period.amount, roll=policy == "civil")
        return _due(almanac, counted, (base, period, policy, "backward", _NOTHING, None))
    except (ValueError, OverflowError) as error:
        raise _out_of_time(error, period) from error


def local(start: date | datetime, zone: ZoneInfo) -> tuple[date | datetime, int]:
    """`start` in the calendar's zone, and the ordinal of its local date; InputError for anything without a zone."""
    if type(start) is date:
        return start, start.toordinal()
    if isinstance(start, datetime):
        if start.utcoffset() is None:
            raise InputError(
                Text(
                    f"{start.isoformat()} 没有时区，无法知道是哪一天；请写明时区："
                    f"datetime(..., tzinfo=ZoneInfo({zone.key!r}))",
                    f"{start.isoformat()} has no zone, so nobody knows its date; say the zone: "
                    f"datetime(..., tzinfo=ZoneInfo({zone.key!r}))",
                ),
                where=_START,
            )
        try:
            moment = start.astimezone(zone)
        except (OverflowError, ValueError) as error:
            raise InputError(
                Text(f"{start!r} 在 {zone.key} 没有对应的日期", f"{start!r} has no local date in {zone.key}"),
                where=_START,
            ) from error
        return moment, moment.toordinal()
    if isinstance(start, date):
        return date(start.year, start.month, start.day), start.toordinal()
    raise InputError(
        Text(
            f"“{shown(start)}”不是日期；请给出 datetime.date，或带时区的 datetime",
            f"{start!r} is no date; give a datetime.date or a datetime with a zone",
        ),
        where=_START,
    )


def check(period: Period, policy: Policy) -> None:
    """Refuse what is no Period or no policy."""
    if type(period) is not _PERIOD or policy not in _POLICIES:
        raise _misasked(period, policy)


def _misasked(period: object, policy: object) -> InputError:
    if type(period) is not Period:
        return InputError(
            Text(
                f"“{shown(period)}”不是期限；请写60日、10个工作日、4小时、6个月",
                f"{period!r} is no Period; write Period(days=60) or Period.parse('60 days')",
            ),
            where=Text("期限", "period"),
        )
    return InputError(
        Text(
            f"没有顺延规则“{shown(policy)}”；请写 civil（遇休息日顺延）或 strict（不顺延）",
            f"{policy!r} is no policy; write 'civil' (a rest day moves the end) or 'strict'",
        ),
        where=Text("顺延规则", "policy"),
    )


def _check_closes(closes: object, period: Period) -> None:
    if type(closes) is not time or closes.tzinfo is not None:
        raise InputError(
            Text(
                f"“{shown(closes)}”不是当地时间；请写成 datetime.time(17, 30)，不带时区",
                f"{closes!r} is no local time; write datetime.time(17, 30), without a zone",
            ),
            where=_CLOSES,
        )
    if closes == time.min:
        raise InputError(
            Text(
                "零时会使整个截止日都算逾期；到当日终了为止请不写 closes",
                "midnight would make the whole due day late; leave `closes` out for the end of the day",
            ),
            where=_CLOSES,
        )
    if period.by_clock:
        raise InputError(
            Text(
                f"{period.zh}按时钟届满，与窗口下班时间无关",
                f"a period of {period} ends by the clock and no counter closes on it",
            ),
            where=_CLOSES,
        )


def _due(
    almanac: Almanac,
    counted: Counted,
    question: tuple[date | datetime, Period, Policy, Direction, tuple[Span, ...], time | None],
) -> Due:
    nominal, due, target, published = counted
    if due >= _LAST:
        raise OverflowError  # the midnight after it cannot be written
    last = _date(nominal)
    facts = (
        *(last, last if due == nominal else _date(due), last if target == nominal else _date(target), not published),
        *question,
        almanac.label,
    )
    return Due(_new(Facts, facts), almanac)


def _clock(
    almanac: Almanac,
    start: date | datetime,
    period: Period,
    policy: Policy,
    direction: Direction,
    spans: tuple[Span, ...],
) -> Due:
    """Hours and minutes: added in UTC, so that nights, holidays and clock changes neither stop nor stretch them."""
    if not isinstance(start, datetime):
        raise InputError(
            Text(
                f"{period.zh}须从时刻起算，不能从日期起算：请写成 2026-03-02T09:00:00+08:00",
                f"{period} run from a moment, not from a date; give a datetime with a zone",
            ),
            where=_START,
        )
    moment, length = start.astimezone(UTC), cast("timedelta", period.elapsed)
    late = moment - length
    if direction == "forward":
        late = stand_still(moment, moment + length, spans, almanac.zone)
    last = (late - _MOMENT).astimezone(almanac.zone).date()
    at = late.astimezone(almanac.zone)
    facts = Facts(
        nominal=last,
        due=last,
        target=last,
        provisional=False,
        start=start,
        period=period,
        policy=policy,
        direction=direction,
        excluded=spans,
        closes=None,
        label=almanac.label,
    )
    return Due(facts, almanac, at)


def _out_of_time(error: Exception, period: Period) -> InputError:
    if isinstance(error, InputError):
        return error
    return InputError(
        Text(f"从此日起算{period.zh}超出了公元1至9999年", f"{period} from there leaves the years 1 to 9999"),
        where=_START,
    )
