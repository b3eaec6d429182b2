"""Between values and rows: what a case, an event and a task are as columns, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any

from pydantic_core import from_json, to_json

from xinfang_flow.errors import TamperedError
from xinfang_flow.kernel import Case, Deadline, EffectRequest, Event, Link, Task
from xinfang_flow.kernel.canonical import moment_of, stamp
from xinfang_flow.kernel.case import NO_DEADLINES, NO_TASKS, overdue_from
from xinfang_flow.kernel.event import private_part, restore
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict
from xinfang_flow.kernel.records import slot as slot_record, task as task_record
from xinfang_flow.kernel.work import Work
from xinfang_flow.store.contract import Waiting
from xinfang_flow.text import Text

Row = tuple[Any, ...]
REMEMBERED = 1024
_new = tuple.__new__
_FIELDS = Case._fields
NEVER = "9999-12-31T23:59:59.999999Z"
_AT = ("opened_at", "changed_at")


class Snapshots:
    """Cases as text and back; what it has written or read lately it knows again by identity or by equal text."""

    def __init__(self) -> None:
        self._cases: dict[str, tuple[str, Case]] = {}
        self._parts: dict[int, tuple[Mapping[str, Any], str]] = {}

    def write(self, case: Case) -> str:
        """Return the case as text that `read` turns into an equal case.

        Most of a case is as it was one step before: a record that has been written before is not written again.
        """
        part, quoted = self._part, encode_basestring
        deadlines = ",".join([f"{quoted(name)}:{part(it[1])}" for name, it in case.deadlines.items()])
        tasks = ",".join([f"{quoted(name)}:{part(it[2])}" for name, it in case.tasks.items()])
        known = {} if case.personal is None else {"personal": sorted(case.personal)}
        head = to_json({
            **known,
            "id": case.id, "flow": case.flow, "flow_version": case.flow_version, "digest": case.digest,
            "org": case.org, "state": case.state, "stage": case.stage, "version": case.version, "links": case.links,
            "done": case.done, "outcome": case.outcome, "opened_at": stamp(case.opened_at),
            "changed_at": stamp(case.changed_at), "trail": case.trail, "held": case.held, "head": case.head,
            "entered_at": None if case.entered_at is None else stamp(case.entered_at),
        }).decode()  # fmt: skip
        text = f'{head[:-1]},"data":{part(case.data)},"deadlines":{{{deadlines}}},"tasks":{{{tasks}}}}}'
        self._remember(case, text)
        return text

    def read(self, case_id: str, text: str) -> Case:
        """Return the case that a snapshot holds; equal text needs no second reading."""
        known = self._cases.get(case_id)
        if known is not None and known[0] == text:
            return known[1]
        case = case_of(text)
        self._remember(case, text)
        return case

    def _part(self, record: Mapping[str, Any]) -> str:
        known = self._parts.get(id(record))
        if known is not None and known[0] is record:
            return known[1]
        text = to_json(record).decode()
        if len(self._parts) >= REMEMBERED * 4:
            self._parts.clear()
        self._parts[id(record)] = (record, text)
        return text

    def _remember(self, case: Case, text: str) -> None:
        if len(self._cases) >= REMEMBERED:
            self._cases.clear()
        self._cases[case.id] = (text, case)


def case_of(text: str) -> Case:
    """Return the case that a snapshot holds.

    Raises:
        TamperedError: the text is no snapshot.
    """
    try:
        whole = from_json(text)
        case_id = whole["id"]
        for name in _AT:
            whole[name] = moment_of(whole[name])
        whole["entered_at"] = instant(whole.get("entered_at"))
        whole["personal"] = frozenset(whole["personal"]) if "personal" in whole else None
        whole["data"] = frozen(whole["data"])
        whole["deadlines"] = _views(whole["deadlines"], NO_DEADLINES, Deadline)
        whole["tasks"] = _views(whole["tasks"], NO_TASKS, lambda name, record: Task(case_id, name, record))
        whole["links"] = tuple(Link(*link) for link in whole["links"])
        whole["trail"] = tuple(whole["trail"])
        return _new(Case, [whole[name] for name in _FIELDS])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TamperedError(Text("库中的当前状态无法读取", "a stored snapshot cannot be read")) from error


def _views(records: Mapping[str, Any], empty: Mapping[str, Any], view: Any) -> Mapping[str, Any]:
    return FrozenDict({name: view(name, frozen(record)) for name, record in records.items()}) if records else empty


def frozen(value: Any) -> Any:
    """Freeze what JSON gave, in the order in which it stands."""
    kind = value.__class__
    if kind is dict:
        return FrozenDict({key: frozen(item) for key, item in value.items()}) if value else EMPTY
    if kind is list:
        return tuple([frozen(item) for item in value])
    return value


def case_row(case: Case, text: str, indexed: int | None) -> Row:
    """Return a new case's row, in the order of the table."""
    return (
        case.id, case.flow, case.flow_version, case.digest, case.org, case.state, case.stage, case.version, case.done,
        case.outcome, overdue_from(case), stamp(case.opened_at), stamp(case.changed_at), case.head, text,
        indexed,
    )  # fmt: skip


def event_row(event: Event) -> Row:
    """Return an event's row, in the order of the table."""
    private = private_part(event) if event.salts else None
    return (
        event.case_id, event.seq, event.kind, event.key, stamp(event.at), event.body, event.hash,
        None if private is None else to_json(private).decode(),
    )  # fmt: skip


def event_of(body: str, hashed: str, private: str | None) -> Event:
    """Return the event that a row holds.

    Raises:
        TamperedError: the row is no event.
    """
    try:
        return restore(body, hashed, None if private is None else _private(private))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TamperedError(Text("库中的留痕无法读取", "a stored event cannot be read")) from error


def _private(text: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(text)
    return read


def slot_rows(task: Task) -> list[Row]:
    """Return the shares of a task that somebody by name or role owes, or has settled in any round; numbered alike."""
    running = task.record["state"] == "open"
    rows: list[Row] = []
    for number, slot in enumerate(task_record.every_slot(task.record)):
        row = _slot(slot, running=running)
        if row is not None:
            rows.append((task.case_id, task.name, number, slot["id"], *row))
    return rows


def _slot(slot: Mapping[str, Any], *, running: bool) -> Row | None:
    settled_by = slot_record.settled_by(slot)
    if settled_by is not None:
        return (settled_by, None, "done")
    owed = slot_record.owed_by(slot) if running else slot_record.NOBODY
    return None if owed == slot_record.NOBODY else (*owed, "open")


def work_row(work: Work) -> Row:
    """Return a row of the worklist, in the order of the table."""
    return (
        work.case_id, work.nr, work.flow, work.state, work.role, work.org, work.bound, " ".join(work.triggers),
        NEVER if work.due is None else stamp(work.due), stamp(work.since),
    )  # fmt: skip


def work_of(row: Row) -> Work:
    """Return the work that a row of the worklist holds."""
    case_id, nr, flow, state, role, org, bound, triggers, due_at, since = row
    due = None if due_at == NEVER else moment_of(due_at)
    return Work(case_id, flow, state, role, org, tuple(triggers.split(" ")), due, moment_of(since), bool(bound), nr)


def effect_of(row: Row) -> Waiting:
    """Return the effect that a row of the outbox holds."""
    name, case_id, seq, state, tries, error, retry_at = row
    return Waiting(EffectRequest(name, case_id, seq), state, tries, error, instant(retry_at))


def instant(text: str | None) -> datetime | None:
    """Read a stored instant, if there is one."""
    return None if text is None else moment_of(text)
