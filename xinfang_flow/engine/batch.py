"""Batches: many requests in one transaction, an answer each.

What is refused, or is found wrong before anything of it is written, is the answer to that request and stops nobody
else.  What the database takes back is nobody's answer: then the whole batch has failed, and is tried again as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from xinfang_flow.engine.acceptance import StaleError
from xinfang_flow.engine.answers import Outcome
from xinfang_flow.engine.unit_of_work import UnitOfWork
from xinfang_flow.errors import FlowError, InputError, KeyReusedError, NotFoundError, RefusedError, WiringError
from xinfang_flow.kernel import Case

Request = TypeVar("Request")
FOUND_BEFORE_WRITING = (
    RefusedError, NotFoundError, StaleError, KeyReusedError, InputError, FlowError, WiringError
)  # fmt: skip


class DryRunError(Exception):
    """Takes a dry run's transaction back, and carries what was answered."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


def each(
    unit: UnitOfWork, requests: Iterable[Request], accept: Callable[[UnitOfWork, Request], Case], *, dry_run: bool
) -> list[Outcome]:
    """Accept every request on its own merits; return an outcome for each.

    Raises:
        DryRunError: it was a dry run.
    """
    outcomes = [_tried(unit, request, accept) for request in requests]
    if dry_run:
        raise DryRunError(outcomes)
    return outcomes


def _tried(unit: UnitOfWork, request: Request, accept: Callable[[UnitOfWork, Request], Case]) -> Outcome:
    commits = unit.commits
    try:
        return Outcome(accept(unit, request))
    except FOUND_BEFORE_WRITING as error:
        if unit.commits != commits:  # half of it is written: the batch can go on neither with it nor without
            raise
        return Outcome(None, error.reasons if isinstance(error, RefusedError) else (), error)
