"""红黄绿: the light of a deadline at a moment, and the days that are left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from xinfang_flow.kernel.canonical import moment_of
from xinfang_flow.law import Due

Light = Literal["red", "yellow", "green", "grey"]
SOON = 3


def light_of(record: Mapping[str, Any], now: datetime) -> tuple[Light, int | None]:
    """Return a deadline's light and the days left (below zero: days late; None where it does not run).

    Red is late, yellow is suspended or has three days or fewer left, green more; grey no longer runs.
    """
    if record["state"] == "suspended":
        return "yellow", None
    if record["state"] not in ("armed", "breached") or "met_at" in record:
        return "grey", None
    due = Due.from_record(record["due"])
    days = (due.due - now.astimezone(due.label.zone).date()).days
    if now >= moment_of(record["at"]):
        return "red", days
    return ("yellow" if days <= SOON else "green"), days
