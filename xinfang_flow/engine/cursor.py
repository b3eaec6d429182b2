"""Where a page ends: the place of its last item, bound to the question that was asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from xinfang_flow.errors import InputError
from xinfang_flow.kernel.canonical import canonical, moment_of, stamp
from xinfang_flow.kernel.work import Work
from xinfang_flow.store import Query, WorkPlace, WorkQuery
from xinfang_flow.text import Text, shown

WIDTH = 8
BETWEEN = "~"


def cursor_of(asked: Query, case_id: str, at: datetime | None = None) -> str:
    """Return the cursor behind a case: `at` is the instant by which it is ordered, if any."""
    return _written(_of_cases(asked), case_id, _text(at))


def after(asked: Query, cursor: str) -> Query:
    """Return the question for what comes behind a cursor.

    Raises:
        InputError: it is no cursor, or one of another question.
    """
    try:
        question, case_id, at = _parts(cursor)
        moment = _instant(at)
    except ValueError:
        raise _no_cursor(cursor) from None
    _check(question, _of_cases(asked))
    return asked._replace(after=case_id, after_at=moment)


def cursor_of_work(asked: WorkQuery, last: Work) -> str:
    """Return the cursor behind a row of the worklist."""
    return _written(_of_work(asked), _text(last.due), stamp(last.since), last.case_id, str(last.nr))


def after_work(asked: WorkQuery, cursor: str) -> WorkQuery:
    """Return the question for what comes behind a cursor of the worklist.

    Raises:
        InputError: it is no cursor, or one of another question.
    """
    try:
        question, due, since, case_id, nr = _parts(cursor)
        place = WorkPlace(_instant(due), moment_of(since), case_id, int(nr))
    except ValueError:
        raise _no_cursor(cursor) from None
    _check(question, _of_work(asked))
    return asked._replace(after=place)


def _of_cases(asked: Query) -> list[Any]:
    return [
        asked.flow, asked.state, asked.org, asked.overdue_at is not None, asked.done, asked.holder,
        sorted(asked.roles), asked.settled, dict(asked.where), asked.order,
    ]  # fmt: skip


def _of_work(asked: WorkQuery) -> list[Any]:
    return [None if asked.roles is None else sorted(asked.roles), asked.actor_org, asked.org, asked.flow]


def _written(conditions: list[Any], *place: str) -> str:
    return BETWEEN.join((_digest(conditions), *place))


def _parts(cursor: str) -> Sequence[str]:
    return str(cursor).split(BETWEEN)


def _check(question: str, conditions: list[Any]) -> None:
    if question != _digest(conditions):
        raise InputError(
            Text(
                "游标属于另一查询：请从第一页重新查起",
                "this cursor belongs to another question: ask the first page anew",
            ),
            where=Text("游标", "after"),
        )


def _digest(conditions: list[Any]) -> str:
    return sha256(canonical(conditions).encode()).hexdigest()[:WIDTH]


def _no_cursor(cursor: str) -> InputError:
    return InputError(
        Text(
            f"“{shown(cursor)}”不是页的游标：请给出上一页的 next", f"{cursor!r} is no cursor: give the `next` of a page"
        ),
        where=Text("游标", "after"),
    )


def _text(at: datetime | None) -> str:
    return "" if at is None else stamp(at)


def _instant(text: str) -> datetime | None:
    return moment_of(text) if text else None
