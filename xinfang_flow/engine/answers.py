"""What the engine answers, beside cases and events."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from xinfang_flow.kernel import Case, Reason

T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """Some items, and the cursor for `after=` of the next page (None at the end)."""

    items: tuple[T, ...]
    next: str | None = None


class Outcome(NamedTuple):
    """What became of one command of a batch: a case, or the reasons, or the error."""

    case: Case | None
    reasons: tuple[Reason, ...] = ()
    error: Exception | None = None

    @property
    def ok(self) -> bool:
        """Whether the command was accepted."""
        return self.case is not None


class Delivery(NamedTuple):
    """What `deliver` did: how many effects were handed over, failed (to be tried again), died, or have no handler."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0
    unhandled: tuple[str, ...] = ()
