"""What a due date says, and what it was computed from: the plain values under `Due` and its reasoning."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Literal, NamedTuple

from xinfang_flow.law.almanac import Label
from xinfang_flow.law.count import Span
from xinfang_flow.law.notice import Notice
from xinfang_flow.law.period import Period
from xinfang_flow.text import Text

Policy = Literal["civil", "strict"]


Direction = Literal["forward", "backward"]


class Facts(NamedTuple):
    """What a Due says and what it was computed from; two Dues with the same facts are the same."""

    nominal: date
    due: date
    target: date
    provisional: bool
    start: date | datetime
    period: Period
    policy: Policy
    direction: Direction
    excluded: tuple[Span, ...]
    closes: time | None
    label: Label


What = Literal["base", "counted", "skipped", "excluded", "passed over", "last"]


class DayReason(NamedTuple):
    """What became of one day.

    `what` is "base" (the day of the event, not counted), "counted" (with its `number`), "skipped" (a rest day in a
    count of working days), "excluded", "passed over" (a rest day at the end of the period) or "last" (the due day
    after rest days were passed over).  `name` says what kind of day it is; `published` is False where the plain week
    was assumed.
    """

    day: date
    what: What
    number: int | None
    working: bool
    name: Text
    notice: Notice | None
    published: bool
