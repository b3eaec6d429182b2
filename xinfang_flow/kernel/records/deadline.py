"""A deadline's record: how it stands at a moment, when the clock must look at it, and what each step makes of it.

Nobody else reads or writes the keys of a deadline; `due` inside it is `law`'s record.  The rule of this file: late is
late, whether or not a clock had noticed, and what a clock has noticed says nothing against what was done in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from xinfang_flow.flow.model.deadline_states import RUNNING, DeadlineState
from xinfang_flow.kernel.canonical import moment_of, stamp
from xinfang_flow.kernel.frozen import FrozenDict, freeze

Record = Mapping[str, Any]


# ---- how it stands ---------------------------------------------------------------------------------------------------


def at(record: Record) -> datetime:
    """Return the first instant that is late."""
    return moment_of(record["at"])


def since(record: Record) -> datetime:
    """Return when it was armed."""
    return moment_of(record["since"])


def extensions(record: Record) -> int:
    """Return how often the period has been lengthened."""
    times: int = record.get("extended", 0)
    return times


def running(record: Record) -> bool:
    """Return whether it still runs, or stands still."""
    return record["state"] in RUNNING


def ran_out(record: Record, moment: datetime) -> bool:
    """Return whether an armed deadline has run out at a moment; a suspended one does not run."""
    return record["state"] == "armed" and moment >= at(record)


def met_late(record: Record) -> bool:
    """Return whether it was met, but too late."""
    return record["state"] == "breached" and "met_at" in record


def as_it_stood(record: Record, moment: datetime) -> Record:
    """Return the record at the moment of an act: armed where a clock has noticed only later that it ran out."""
    if record["state"] != "breached" or "met_at" in record or stamp(moment) >= record["at"]:
        return record
    return FrozenDict({**record, "state": "armed"})


def state_at(record: Record, moment: datetime) -> DeadlineState:
    """Return its state at a moment: breached from the first late instant on, before a clock has noticed."""
    stood = as_it_stood(record, moment)
    state: DeadlineState = "breached" if ran_out(stood, moment) else stood["state"]
    return state


def can_be_met(record: Record, moment: datetime) -> bool:
    """Return whether it can still be met at a moment, be it late: it runs, or ran out and had not been met by then."""
    if record["state"] != "breached":
        return running(record)
    return "met_at" not in record or stamp(moment) < record["met_at"]


def overdue_from(record: Record) -> str | None:
    """Return the instant from which it is overdue, as stored text that sorts as time does; None if nothing is owed."""
    if record["state"] not in ("armed", "breached") or "met_at" in record:
        return None
    text: str = record["at"]
    return text


def overdue(record: Record, moment: datetime) -> bool:
    """Return whether it is overdue at a moment: late, and still owed."""
    late_from = overdue_from(record)
    return late_from is not None and late_from <= stamp(moment)


# ---- when the clock must look ----------------------------------------------------------------------------------------


class Look(NamedTuple):
    """What the clock has to say about a deadline: a warning or a breach with its instant, or nothing until `next`."""

    kind: Literal["warned", "breached"] | None = None
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
    end = at(record)
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
    return moment_of(min(warn[0][0], record["at"]) if warn else record["at"])


def round_of(record: Record) -> int:
    """Return by which version of the case it was armed, which tells its rounds apart."""
    seq: int = record.get("seq", 0)
    return seq


# ---- what is made of it ----------------------------------------------------------------------------------------------


def started(
    first_late: str, due: Record, version: int, moment: datetime, warn: Sequence[tuple[str, str]] | None
) -> Record:
    """Return the record of a deadline that is armed now; `warn` lists its warnings, None where it has none."""
    record = {"at": first_late, "due": due, "seq": version, "since": stamp(moment), "state": "armed"}
    return FrozenDict(record if warn is None else {**record, "warn": warn})


def met(record: Record, moment: datetime) -> Record:
    """Return it as met; in time is in time even if it is entered after the clock has noticed, late stays a breach."""
    late = record["state"] != "suspended" and stamp(moment) >= record["at"]
    return FrozenDict({**record, "met_at": stamp(moment), "state": "breached" if late else "met"})


def suspended(record: Record, moment: datetime) -> Record:
    """Return it standing still from a moment on."""
    return FrozenDict({**record, "state": "suspended", "suspended": stamp(moment)})


def suspended_at(record: Record) -> datetime:
    """Return since when it stands still."""
    return moment_of(record["suspended"])


def resumed(record: Record) -> Record:
    """Return it running again; its due date is `redated` by whoever knows the calendar."""
    return FrozenDict({**{key: value for key, value in record.items() if key != "suspended"}, "state": "armed"})


def cancelled(record: Record, moment: datetime) -> Record:
    """Return it as no longer running; what has run out stays a breach."""
    rest = {key: value for key, value in record.items() if key != "warn"}
    return FrozenDict({**rest, "state": "breached" if ran_out(record, moment) else "cancelled"})


def breached(record: Record) -> Record:
    """Return it as the clock leaves it when it has run out."""
    return FrozenDict({**{key: value for key, value in record.items() if key != "warn"}, "state": "breached"})


def warned(record: Record, left: Sequence[Any]) -> Record:
    """Return it with one more warning said, and those that are left to say."""
    rest = {key: value for key, value in record.items() if key != "warn"}
    said = {**rest, "warned": record.get("warned", 0) + 1}
    return FrozenDict({**said, "warn": left} if left else said)


def lengthened_by(record: Record) -> str | None:
    """Return by how much it has been lengthened in all, as a period's text."""
    return record.get("extra")


def extended(record: Record, by: str) -> Record:
    """Return it with one more extension counted, `by` in all."""
    return FrozenDict({**record, "extra": by, "extended": extensions(record) + 1})


def redated(record: Record, first_late: datetime, due: Record, moment: datetime, when: Iterable[Any]) -> Record:
    """Return a running deadline with another due date; `when` lists its warnings as (moment, why), in order.

    One that was still to come and would now have come is given at once; what was said is not said again.
    """
    pending = {why for _, why in record.get("warn", ())}
    warn = [[stamp(max(each, moment)), why] for each, why in when if each > moment or why in pending]
    rest = {key: value for key, value in record.items() if key != "warn"}
    renewed: Record = freeze({**rest, "at": stamp(first_late), "due": due, **({"warn": warn} if warn else {})})
    return renewed


def difference(old: Record, new: Record) -> Record:
    """Return what an event says of a record that changes: the keys that are new, None for those that are gone.

    The state is always said.  A record of some 600 characters is written once, when the deadline starts.
    """
    keys: dict[str, Any] = {}
    for key, value in new.items():
        was = old.get(key)
        if key == "state" or (was is not value and was != value):
            keys[key] = value
    for key in old:
        if key not in new:
            keys[key] = None
    return FrozenDict(sorted(keys.items()))
