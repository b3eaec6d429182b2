"""Transactions of the engine: one request, or a batch of many with an answer each.

A transaction of our own that another writer was quicker than is tried again, five times in all; one that joins the
caller's session never is, for what went before in it cannot be done again from here.  In a batch, what is refused or
found wrong before anything of it is written is the answer to that request and stops nobody else.  What the database
takes back is nobody's answer: then the whole batch has failed, and is tried again as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from xinfang_flow.engine.acceptance import StaleError
from xinfang_flow.engine.answers import Outcome
from xinfang_flow.engine.unit_of_work import UnitOfWork
from xinfang_flow.engine.wiring import WiredFlows
from xinfang_flow.errors import (
    ConflictError,
    FlowError,
    InputError,
    KeyReusedError,
    NotFoundError,
    RefusedError,
    WiringError,
)
from xinfang_flow.kernel import Case
from xinfang_flow.store import Store

Request = TypeVar("Request")
Written = TypeVar("Written")
TRIES = 5
FOUND_BEFORE_WRITING = (
    RefusedError, NotFoundError, StaleError, KeyReusedError, InputError, FlowError, WiringError
)  # fmt: skip


class Transactions:
    """Runs units of work against one store."""

    def __init__(self, store: Store, flows: WiredFlows) -> None:
        """Take the store, and the flows, which remember what is published in it."""
        self._store, self._flows = store, flows

    def run(self, write: Callable[[UnitOfWork], Written], session: Any, *, tries: int = TRIES) -> Written:
        """Return what `write` answers in a transaction of its own, or in a part of the caller's.

        Raises:
            ConflictError: somebody else was quicker, every time; nothing has changed.
        """
        while True:
            try:
                with self._store.transaction(session) as transaction:
                    unit = UnitOfWork(transaction)
                    written = write(unit)
            except ConflictError as conflict:
                tries -= 1
                if not tries or session is not None or isinstance(conflict, KeyReusedError):
                    raise
                continue
            if unit.published and session is None:
                self._flows.published(unit.published)
            return written

    def each(
        self, requests: Iterable[Request], accept: Callable[[UnitOfWork, Request], Case], session: Any, *, dry_run: bool
    ) -> list[Outcome]:
        """Accept every request on its own merits, in one transaction; a dry run takes it back.

        Raises:
            ConflictError: the database took the batch back, every time; nothing has changed.
        """

        def write(unit: UnitOfWork) -> list[Outcome]:
            outcomes = [_tried(unit, request, accept) for request in requests]
            if dry_run:
                raise _DryRunError(outcomes)
            return outcomes

        try:
            return self.run(write, session)
        except _DryRunError as kept:
            return kept.outcomes


class _DryRunError(Exception):
    """Takes a dry run's transaction back, and carries what was answered."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


def _tried(unit: UnitOfWork, request: Request, accept: Callable[[UnitOfWork, Request], Case]) -> Outcome:
    commits = unit.commits
    try:
        return Outcome(accept(unit, request))
    except FOUND_BEFORE_WRITING as error:
        if unit.commits != commits:  # half of it is written: the batch can go on neither with it nor without
            raise
        return Outcome(None, error.reasons if isinstance(error, RefusedError) else (), error)
