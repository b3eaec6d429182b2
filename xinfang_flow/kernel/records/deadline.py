"""What time does to a deadline's record: when the clock must look at it, and what there is to say then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from xinfang_flow.kernel.canonical import moment_of

Record = Mapping[str, Any]


class Look(NamedTuple):
    """What the clock has to say about a deadline: a warning or a breach with its instant, or nothing until `next`."""

    kind: str | None = None
    at: datetime | None = None
    left: tuple[Any, ...] = ()
    next: datetime | None = None


def look(record: Record, now: datetime, version: int) -> Look:
    """Return what time has done to a deadline by `now`; `version` is the case's, for the half-time warning.

    Once it is late, only that is said.  Warnings are said one at a time, each once; the half-time warning falls away
    when anything has been recorded since the deadline was armed.
    """
    if record["state"] != "armed":
        return Look()
    end = moment_of(record["at"])
    if now >= end:
        return Look("breached", end)
    warn = record.get("warn", ())
    worked = version > record.get("seq", 0)
    for place, (text, why) in enumerate(warn):
        when = moment_of(text)
        if when > now:
            return Look(next=when)
        if not (why == "half" and worked):
            return Look("warned", when, tuple(warn[place + 1 :]))
    return Look(next=end)


def next_instant(record: Record) -> datetime | None:
    """Return when the clock must look at a deadline again: its next warning, else the first instant that is late."""
    if record["state"] != "armed":
        return None
    warn = record.get("warn")
    return moment_of(warn[0][0] if warn else record["at"])
