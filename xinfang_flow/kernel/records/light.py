"""红黄绿: the light of a deadline at a moment, and the days that are left."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from xinfang_flow.kernel.records.deadline import Record, overdue, overdue_from
from xinfang_flow.law import Due

Light = Literal["red", "yellow", "green", "grey"]
SOON = 3


def light_of(record: Record, now: datetime) -> tuple[Light, int | None]:
    """Return a deadline's light and the days left (below zero: days late; None where it does not run).

    Red is late, yellow is suspended or has three days or fewer left, green more; grey no longer runs.
    """
    if record["state"] == "suspended":
        return "yellow", None
    if overdue_from(record) is None:
        return "grey", None
    due = Due.from_record(record["due"])
    days = (due.due - now.astimezone(due.label.zone).date()).days
    if overdue(record, now):
        return "red", days
    return ("yellow" if days <= SOON else "green"), days
