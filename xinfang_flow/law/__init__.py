"""Time as the law counts it: periods, calendars with editions and a horizon, due dates with their reasons.

>>> from datetime import date
>>> from xinfang_flow.law import Calendar, Period
>>> due = Calendar.china().due(date(2026, 3, 2), Period(days=60))
>>> due.nominal.isoformat(), due.due.isoformat(), due.target.isoformat()
('2026-05-01', '2026-05-06', '2026-04-30')
>>> due.at.isoformat()
'2026-05-07T00:00:00+08:00'

This room knows no clock, no case and no flow.
"""

from __future__ import annotations

from xinfang_flow.law.because import Because
from xinfang_flow.law.calendar import Calendar
from xinfang_flow.law.column import DueColumn
from xinfang_flow.law.due import Due
from xinfang_flow.law.facts import DayReason
from xinfang_flow.law.notice import Notice
from xinfang_flow.law.period import Period
from xinfang_flow.text import Text

__all__ = ["Because", "Calendar", "DayReason", "Due", "DueColumn", "Notice", "Period", "Text"]
