"""Where a page ends: the place of its last case, bound to the question that was asked."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from xinfang_flow.errors import InputError
from xinfang_flow.kernel.canonical import canonical, moment_of, stamp
from xinfang_flow.store import Query

WIDTH = 8


def cursor_of(asked: Query, case_id: str, at: datetime | None = None) -> str:
    """Return the cursor behind a case: `at` is the instant by which it is ordered, if any."""
    return f"{_question(asked)}:{case_id}:{'' if at is None else stamp(at)}"


def after(asked: Query, cursor: str) -> Query:
    """Return the question for what comes behind a cursor.

    Raises:
        InputError: it is no cursor, or one of another question.
    """
    question, *place = str(cursor).split(":", 2)
    try:
        case_id, at = place
        moment = moment_of(at) if at else None
    except ValueError:
        raise InputError(f"{cursor!r} is no cursor: give the `next` of a page", where="after") from None
    if question != _question(asked):
        raise InputError("this cursor belongs to another question: ask the first page anew", where="after")
    return asked._replace(after=case_id, after_at=moment)


def _question(asked: Query) -> str:
    conditions = [
        asked.flow, asked.state, asked.org, asked.overdue_at is not None, asked.done, asked.holder,
        sorted(asked.roles), asked.settled, dict(asked.where), asked.order,
    ]  # fmt: skip
    return sha256(canonical(conditions).encode()).hexdigest()[:WIDTH]
