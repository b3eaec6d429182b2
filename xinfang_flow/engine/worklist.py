"""The worklist (待办件): kept beside each case as it is written, asked for a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from xinfang_flow.casefile.verdict import Said, Verdict
from xinfang_flow.engine.answers import Page
from xinfang_flow.engine.arguments import checked_limit, checked_text
from xinfang_flow.engine.cursor import after_work, cursor_of_work
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import SYSTEM, Actor, Case, Event
from xinfang_flow.kernel.searchable import FieldValue, fields_of
from xinfang_flow.kernel.work import Work
from xinfang_flow.kernel.worklist import Worklist, work_of
from xinfang_flow.store import Reader, WorkPlace, WorkQuery

REMEMBERED = 1024
See = Callable[[Case], bool]


class Rows(NamedTuple):
    """What is kept beside a case: what it waits for, and what it is found by."""

    work: tuple[Work, ...] = ()
    fields: tuple[FieldValue, ...] = ()


class Listed:
    """The rows of cases before and after a step; of those written lately they are known without asking again."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, Rows]] = {}  # by the head, which says all: no case is kept alive
        self._rules: dict[str, Worklist] = {}

    def change(self, flow: Flow, case: Case | None, event: Event, later: Case) -> tuple[Rows, Rows]:
        """Return the case's rows after an event and before it."""
        before = Rows() if case is None else self._of(flow, case)
        still = case is not None and case.state == later.state and not event.changes
        work = before.work if still else self._asked(flow, later)
        fields = before.fields if case is not None and later.data is case.data else fields_of(flow, later)
        now = Rows(work, fields)
        if len(self._last) >= REMEMBERED:
            self._last.clear()
        self._last[later.id] = (later.head, now)
        return now, before

    def _of(self, flow: Flow, case: Case) -> Rows:
        known = self._last.get(case.id)
        if known is not None and known[0] == case.head:
            return known[1]
        return Rows(self._asked(flow, case), fields_of(flow, case))

    def _asked(self, flow: Flow, case: Case) -> tuple[Work, ...]:
        rule = self._rules.get(flow.digest)
        if rule is None:
            rule = self._rules[flow.digest] = Worklist(flow)
        return rule.of(case)


def question(actor: Actor, flow: str | None, org: str | None, *, limit: int, after: str | None) -> WorkQuery:
    """Return what an actor asks of the worklist; the engine itself sees every role's.

    Raises:
        InputError: a condition that is no text, a page size, a cursor of another question.
    """
    roles = None if actor is SYSTEM else actor.roles
    asked = WorkQuery(roles, actor.org, checked_text(org, "org"), checked_text(flow, "flow"), checked_limit(limit))
    return asked if after is None else after_work(asked, after)


def page(reader: Reader, asked: WorkQuery, see: See) -> Page[Work]:
    """Return a page of what may be seen, most urgent first; hidden cases neither show nor shorten it."""
    items: list[Work] = []
    seen: dict[str, bool] = {}
    limit, ask = asked.limit, asked._replace(limit=asked.limit + 1)
    while True:
        batch = reader.worklist(ask)
        for work in batch:
            if work.case_id not in seen:
                case = reader.get(work.case_id)
                seen[work.case_id] = case is not None and see(case)
            if seen[work.case_id]:
                if len(items) == limit:
                    return Page(tuple(items), cursor_of_work(asked, items[-1]))
                items.append(work)
        if len(batch) < ask.limit:
            return Page(tuple(items))
        ask = ask._replace(after=_place_of(batch[-1]))


def listed_rightly(verdict: Verdict, flow: Flow, case: Case, rows: Sequence[Work]) -> Verdict:
    """Return the verdict on a case that is sound otherwise: its rows in the worklist must be what it waits for."""
    said, kept = work_of(flow, case), tuple(rows)
    if case.entered_at is None:  # a snapshot of before it was kept: the rows know it from the history
        said, kept = (tuple(work._replace(since=case.opened_at) for work in each) for each in (said, kept))
    if said == kept:
        return verdict
    return verdict._replace(
        ok=False, reason=Said("待办索引与事项所等待的不符", "its rows in the worklist are not what it waits for")
    )


def _place_of(work: Work) -> WorkPlace:
    return WorkPlace(work.due, work.since, work.case_id, work.nr)
