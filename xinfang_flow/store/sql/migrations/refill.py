"""Derived rows made again, case by case, from the events and the published flow: no guard and no calendar is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from xinfang_flow.errors import ConflictError, XinfangError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Case, fold
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.searchable import FieldValue, fields_of
from xinfang_flow.kernel.worklist import work_of
from xinfang_flow.store.contract import Commit, Query, Transaction
from xinfang_flow.store.sql.store import SqlStore
from xinfang_flow.text import Text

PAGE = 500


class Refilled(NamedTuple):
    """How many cases have right rows now; whose flow or history cannot be read; and which share a value.

    `doubled` holds the field, the case that keeps the value (it was opened first), and the other one.
    """

    cases: int
    unreadable: tuple[tuple[str, str], ...]
    doubled: tuple[tuple[str, str, str], ...]


def refill(store: SqlStore, progress: Callable[[int], None]) -> Refilled:
    """Make the rows of every case whose rows are not those of its version, oldest case first."""
    flows = {kept.digest: kept.text for kept in store.read.flows()}
    compiled: dict[str, Flow] = {}
    done, unreadable, doubled = 0, list[tuple[str, str]](), list[tuple[str, str, str]]()
    after = ("", "")
    while page := store.outdated(PAGE, after):
        for case_id, digest, opened_at in page:
            after = (opened_at, case_id)
            if digest not in flows:
                unreadable.append((case_id, "its flow is not published in this database"))
                continue
            try:
                if digest not in compiled:
                    compiled[digest] = Flow.model_validate(json.loads(flows[digest]))
                doubled += _refill(store, case_id, compiled[digest])
            except (XinfangError, ValueError) as error:
                unreadable.append((case_id, f"{type(error).__name__}: {error}".splitlines()[0]))
            else:
                done += 1
                progress(done)
    return Refilled(done, tuple(unreadable), tuple(doubled))


def _refill(store: SqlStore, case_id: str, flow: Flow) -> list[tuple[str, str, str]]:
    with store.transaction() as transaction:
        case = transaction.case(case_id)
        if case is None:
            raise ConflictError(Text(f"事项 {case_id} 已不存在", f"case {case_id} has gone"))
        if case.entered_at is None or case.personal is None:
            folded = fold(store.read.history(case_id))
            case = case._replace(entered_at=folded.entered_at, personal=folded.personal)
        fields = fields_of(flow, case)
        doubled = [pair for value in fields if value.scope for pair in _give_way(store, transaction, case, value)]
        work = work_of(flow, case)
        transaction.append(Commit(case, case.version, None, EMPTY, work=work, fields=fields, fields_before=fields))
    return doubled


def _give_way(store: SqlStore, transaction: Transaction, case: Case, value: FieldValue) -> list[tuple[str, str, str]]:
    """Name whoever has the value as well; a case that was opened later than this one gives it up."""
    found = []
    for other in store.read.find(Query(where={value.name: value.value}, limit=PAGE)):
        theirs = store.read.fields(other.id)
        if other.id == case.id or value not in theirs:
            continue
        first, later = sorted((case, other), key=lambda it: (it.opened_at, it.id))
        found.append((value.name, first.id, later.id))
        if later is other:
            freed = [it._replace(scope=None) if it == value else it for it in theirs]
            transaction.append(Commit(other, other.version, None, EMPTY, fields=freed, fields_before=theirs))
    return found
