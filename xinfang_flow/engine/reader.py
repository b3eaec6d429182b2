"""The reading verbs: pages, tasks, options, verification.  Nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, get_args

from xinfang_flow.casefile.verdict import Said, Verdict, unbound
from xinfang_flow.engine import cursor
from xinfang_flow.engine.answers import Page
from xinfang_flow.engine.arguments import checked_after, checked_limit, checked_text, checked_truth
from xinfang_flow.errors import InputError, NotFoundError, TamperedError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Actor, Case, Event, Option, Rules, Task, explain, fold
from xinfang_flow.kernel.canonical import moment_of
from xinfang_flow.kernel.case import overdue_from
from xinfang_flow.kernel.event import NOTE, digest, private_part, restore
from xinfang_flow.kernel.records import slot as slot_record, task as task_record
from xinfang_flow.kernel.records.commitment import commitment
from xinfang_flow.store import Order, Query, Reader
from xinfang_flow.text import Text, shown

ORDERS: tuple[Order, ...] = get_args(Order)
NOT_CHECKED = (
    Said(
        "末尾留痕是否被整段删去、整条链是否被重做：请与库外保存的末条校验码核对",
        "a tail that was cut off and a history that was chained anew: compare with a digest kept outside the database",
    ),
)
LATER = ("entered_at", "personal")
See = Callable[[Case], bool]


def query(
    *, limit: int, after: str | None, flow: str | None = None, state: str | None = None, org: str | None = None,
    done: bool | None = None, order: Order = "id", **conditions: Any,
) -> Query:  # fmt: skip
    """Build a query.

    Raises:
        InputError: a page size that is not between 1 and 500, a condition of another type, an order
            that there is not, or a cursor of another question.
    """
    if order not in ORDERS:
        raise InputError(
            Text(f"没有排序“{shown(order)}”（有：{'、'.join(ORDERS)}）", f"{order!r} is no order: {', '.join(ORDERS)}"),
            where=Text("排序", "order"),
        )
    asked = Query(
        checked_text(flow, "flow"), checked_text(state, "state"), checked_text(org, "org"),
        done=checked_truth(done, "done"), limit=checked_limit(limit), order=order, **conditions,
    )  # fmt: skip
    given = checked_after(after)
    return asked if given is None else cursor.after(asked, given)


def seen(reader: Reader, case_id: str, see: See) -> Case:
    """Return one of many cases.

    Raises:
        NotFoundError: there is none that may be seen.
    """
    case = reader.get(case_id)
    if case is None or not see(case):
        raise NotFoundError(
            Text(f"没有编号为 {shown(case_id)} 的信访事项（或无权查看）", f"there is no case {case_id!r}"), name=case_id
        )
    return case


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
        late_from = overdue_from(case)
        return None if late_from is None else moment_of(late_from)
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
    if settled:
        return any(slot_record.settled_by(slot) == actor.id for slot in task_record.every_slot(task.record))
    owed = task_record.owed(task.record, in_turn=in_turn)
    return any(slot_record.owes(slot, actor.id, actor.roles) for slot in owed)


def options(rules: Rules, case: Case, actor: Actor, at: datetime) -> Sequence[Option]:
    """Return what may be fired now, and why not."""
    return explain(rules, case, actor, at)


def verify(case: Case, events: Sequence[Event]) -> Verdict:
    """Check hashes, chain, commitments, and that the snapshot is the fold of the events."""

    def broken(at: int | None, why: Said) -> Verdict:
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
        return broken(error.broken_at, Said(*error.text))
    unknown: dict[str, Any] = {name: None for name in LATER if getattr(case, name) is None}
    folded = folded._replace(**unknown)  # a snapshot that was written before these were kept
    if folded != case:
        fields = ", ".join(name for name in case._fields if getattr(case, name) != getattr(folded, name))
        zh, en = "当前状态与留痕推算的不一致", "the snapshot is not the fold of its events"
        return broken(case.version, Said(f"{zh}：{fields}", f"{en}: {fields}"))
    return Verdict(ok=True, not_checked=NOT_CHECKED)


def _broken(event: Event, head: str) -> Said | None:
    if digest(event.body) != event.hash:
        return Said("内容与校验码不符，可能被改动", "the hashed form does not give the hash")
    if event.prev_hash != head:
        return Said("与前一条留痕接不上，可能被删改", "the chain is broken: the previous hash is another")
    private = private_part(event)
    if restore(event.body, event.hash, private) != event:
        return Said("留痕内容与其校验的正文不同", "the event says something else than its hashed form")
    stored = restore(event.body, event.hash, None)
    for name, (salt, value) in (private or {}).items():
        bound = _note_commitment(event) if name == NOTE else stored.payload.get(name)
        if bound != commitment(salt, value):
            return unbound(name)
    return None


def _note_commitment(event: Event) -> Any:
    import json

    return json.loads(event.body)["note"]
