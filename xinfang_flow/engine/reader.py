"""The reading verbs: pages, tasks, options, verification.  Nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, get_args

from xinfang_flow.casefile.verdict import Verdict
from xinfang_flow.engine import cursor
from xinfang_flow.engine.answers import Page
from xinfang_flow.errors import InputError, TamperedError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Actor, Case, Event, Option, Rules, Task, explain, fold
from xinfang_flow.kernel.case import late_from
from xinfang_flow.kernel.event import NOTE, commitment, digest, private_part, restore
from xinfang_flow.store import Order, Query, Reader

MOST = 500
ORDERS: tuple[Order, ...] = get_args(Order)
NOT_CHECKED = (
    "a tail that was cut off and a history that was chained anew: compare with a digest kept outside the database",
)
LATER = ("entered_at", "personal")
See = Callable[[Case], bool]


class Directory(Protocol):
    """Organs and who lies under whom."""

    def within(self, organ: str) -> frozenset[str]:
        """Return the organ with everything under it."""


class FlatDirectory:
    """A directory that knows no ranks: every organ stands alone."""

    def within(self, organ: str) -> frozenset[str]:
        """Return the organ alone."""
        return frozenset({organ})


def query(*, limit: int, after: str | None, **conditions: Any) -> Query:
    """Build a query.

    Raises:
        InputError: a page size that is not between 1 and 500, an order that there is not, a cursor of another question.
    """
    asked = Query(limit=checked_limit(limit), **conditions)
    if asked.order not in ORDERS:
        raise InputError(f"{asked.order!r} is no order: {', '.join(ORDERS)}", where="order")
    return asked if after is None else cursor.after(asked, after)


def checked_limit(limit: int) -> int:
    """Return a page size.

    Raises:
        InputError: it is not between 1 and 500.
    """
    if not 1 <= limit <= MOST:
        raise InputError(f"a page holds 1 to {MOST} items, not {limit}", where="limit")
    return limit


def find(reader: Reader, asked: Query, see: See) -> Page[Case]:
    """Return a page of what may be seen; hidden cases neither show nor shorten it."""
    items: list[Case] = []
    asked, limit = asked._replace(limit=asked.limit + 1), asked.limit
    while True:
        batch = reader.find(asked)
        for case in batch:
            if see(case):
                if len(items) == limit:
                    return Page(tuple(items), cursor.cursor_of(asked, items[-1].id, _ordered_at(items[-1], asked)))
                items.append(case)
        if len(batch) < asked.limit:
            return Page(tuple(items))
        asked = asked._replace(after=batch[-1].id, after_at=_ordered_at(batch[-1], asked))


def _ordered_at(case: Case, asked: Query) -> datetime | None:
    """Return the instant by which a case has its place in the order asked for."""
    if asked.order == "due":
        return late_from(case)
    return {"opened": case.opened_at, "changed": case.changed_at}.get(asked.order)


def tasks(reader: Reader, asked: Query, actor: Actor, see: See, flow_of: Callable[[Case], Flow]) -> Page[Task]:
    """Return the actor's tasks, case by case; what is done in turn (依次) is owed only by whoever's turn it is."""
    page = find(reader, asked, see)
    mine = [
        task
        for case in page.items
        for task in case.tasks.values()
        if _concerns(task, actor, settled=asked.settled, in_turn=flow_of(case).task(task.name).settle == "in_turn")
    ]
    return Page(tuple(mine), page.next)


def _concerns(task: Task, actor: Actor, *, settled: bool, in_turn: bool) -> bool:
    slots = task.record["slots"]
    if settled:
        return any(slot.get("by") == actor.id and slot["state"] in ("done", "skipped") for slot in slots)
    owed = [slot for slot in slots if slot["state"] == "open"]
    return task.state == "open" and any(
        slot.get("delegate", slot.get("holder")) == actor.id
        or ("holder" not in slot and slot.get("role") in actor.roles)
        for slot in (owed[:1] if in_turn else owed)
    )


def overdue(case: Case, now: datetime) -> bool:
    """Return whether the case has let a deadline pass that it still owes: what `Query.overdue_at` asks of a store."""
    return not case.done and any(
        deadline.state in ("armed", "breached") and deadline.at <= now and "met_at" not in deadline.record
        for deadline in case.deadlines.values()
    )


def options(rules: Rules, case: Case, actor: Actor, at: datetime) -> Sequence[Option]:
    """Return what may be fired now, and why not."""
    return explain(rules, case, actor, at)


def verify(case: Case, events: Sequence[Event]) -> Verdict:
    """Check hashes, chain, commitments, and that the snapshot is the fold of the events."""

    def broken(at: int | None, why: str) -> Verdict:
        return Verdict(ok=False, broken_at=at, reason=why, not_checked=NOT_CHECKED)

    head = ""
    for event in events:
        problem = _broken(event, head)
        if problem:
            return broken(event.seq, problem)
        head = event.hash
    try:
        folded = fold(events)
    except TamperedError as error:
        return broken(error.broken_at, str(error))
    unknown: dict[str, Any] = {name: None for name in LATER if getattr(case, name) is None}
    folded = folded._replace(**unknown)  # a snapshot that was written before these were kept
    if folded != case:
        fields = ", ".join(name for name in case._fields if getattr(case, name) != getattr(folded, name))
        return broken(case.version, f"the snapshot is not the fold of its events: {fields}")
    return Verdict(ok=True, not_checked=NOT_CHECKED)


def _broken(event: Event, head: str) -> str | None:
    if digest(event.body) != event.hash:
        return "the hashed form does not give the hash"
    if event.prev_hash != head:
        return "the chain is broken: the previous hash is another"
    private = private_part(event)
    if restore(event.body, event.hash, private) != event:
        return "the event says something else than its hashed form"
    stored = restore(event.body, event.hash, None)
    for name, (salt, value) in (private or {}).items():
        bound = _note_commitment(event) if name == NOTE else stored.payload.get(name)
        if bound != commitment(salt, value):
            return f"{'the note' if name == NOTE else name} does not match its commitment"
    return None


def _note_commitment(event: Event) -> Any:
    import json

    return json.loads(event.body)["note"]


def same(first: Mapping[str, Any], again: Any) -> bool:
    """Return whether a repeated request carries the same payload; erased parts cannot be compared and pass."""
    if isinstance(again, tuple):
        return False
    erased = {name for name, value in first.items() if isinstance(value, dict) and set(value) == {"#"}}
    return {name: value for name, value in first.items() if name not in erased} == {
        name: value for name, value in again.items() if name not in erased
    }


def same_note(first: Event, note: str | None) -> bool:
    """Return whether a repeated request carries the same note; an erased one cannot be compared and passes."""
    return first.note == note or (first.note is None and _note_commitment(first) is not None)


def same_payload(rules: Rules, first: Event, payload: Any) -> bool:
    """Return whether `payload`, read as the first request's transition reads it, is the same."""
    for arrow in rules.table.get((first.source or "", first.trigger or ""), ()):
        if same(first.payload, arrow.payload.read(payload)):
            return True
    return False
