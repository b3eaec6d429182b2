"""A task's record: its slots of now, and the rounds before each time it was opened anew.

Nobody else reads or writes the keys of a task; those of its slots belong to `slot`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from xinfang_flow.kernel.canonical import stamp
from xinfang_flow.kernel.frozen import FrozenDict
from xinfang_flow.kernel.records import slot as slot_record

TaskStatus = Literal["open", "settled", "cancelled"]
Record = Mapping[str, Any]


def slots(task: Record) -> tuple[Record, ...]:
    """Return the slots of now, in order."""
    found: tuple[Record, ...] = task["slots"]
    return found


def every_slot(task: Record) -> Iterator[Record]:
    """Yield the slots of earlier rounds on which somebody acted, oldest first, then those of now."""
    for before in task.get("rounds", ()):
        yield from before.get("slots", ())
    yield from task["slots"]


def owed(task: Record, *, in_turn: bool = False) -> tuple[Record, ...]:
    """Return the slots that somebody owes now; of a task in turn (依次) the one whose turn it is."""
    if task["state"] != "open":
        return ()
    if in_turn:
        first = slot_record.in_turn(task["slots"])
        return () if first is None else (first,)
    return tuple(slot for slot in task["slots"] if slot["state"] == "open")


def opened(at: datetime, fresh: Sequence[Record], before: Record | None) -> Record:
    """Return a task that opens with these slots.

    Opened anew, it keeps who was added (加签), open again and where they stood, and who had a copy (抄送); the task as
    it stood becomes a round, with those of its slots on which somebody acted.
    """
    now = {"since": stamp(at), "slots": fresh, "state": "open"}
    if before is None:
        return FrozenDict(now)
    acted = tuple(slot for slot in before["slots"] if slot_record.acted(slot))
    stood = FrozenDict({
        "since": before["since"], **({"slots": acted} if acted else {}), "state": before["state"],
    })  # fmt: skip
    now["slots"] = _with_kept(fresh, before["slots"])
    return FrozenDict({"rounds": (*before.get("rounds", ()), stood), **now})


def _with_kept(fresh: Sequence[Record], before: Sequence[Record]) -> Sequence[Record]:
    """The slots of a new round with those that are kept, each before whoever came next after it."""
    kept = list(fresh)
    known = {slot["id"] for slot in fresh}
    following: str | None = None
    for slot in reversed(before):
        if slot["id"] in known:
            following = slot["id"]
        elif slot_record.is_kept(slot):
            place = next((at for at, each in enumerate(kept) if each["id"] == following), len(kept))
            kept.insert(place, slot_record.renewed(slot))
            following = slot["id"]
            known.add(slot["id"])
    return fresh if len(kept) == len(fresh) else tuple(kept)


def with_slots(task: Record, after: tuple[Record, ...], state: TaskStatus) -> Record:
    """Return the task after a step."""
    return FrozenDict({**task, "slots": after, "state": state})


def cancelled(task: Record) -> Record:
    """Return a task whose states the case has left."""
    return FrozenDict({**task, "state": "cancelled"})
