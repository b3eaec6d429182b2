"""What the engine answers, beside cases and events."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from xinfang_flow.errors import XinfangError
from xinfang_flow.kernel import Case, Reason
from xinfang_flow.markup import grid
from xinfang_flow.plain import plain, plain_dict

T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """Some items, and the cursor for `after=` of the next page (None at the end)."""

    items: tuple[T, ...]
    next: str | None = None

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form: the items in theirs, and the cursor."""
        return plain_dict(self._asdict(), reveal=reveal)

    def _repr_html_(self) -> str:
        """Show the items in a notebook, a line each, and whether more follow."""
        more = "，后面还有 and more" if self.next is not None else ""
        rows = [form if isinstance(form, dict) else {"": form} for form in map(plain, self.items)]
        return grid(f"{len(rows)} 项 items{more}", rows)


class Outcome(NamedTuple):
    """What became of one command of a batch: a case, or the reasons, or the error."""

    case: Case | None
    reasons: tuple[Reason, ...] = ()
    error: Exception | None = None

    @property
    def ok(self) -> bool:
        """Whether the command was accepted."""
        return self.case is not None

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form: `ok`, and the case, the reasons or the error; of a foreign error its class alone."""
        error = None if self.error is None else {"error": type(self.error).__name__}
        if isinstance(self.error, XinfangError):
            error = self.error.as_dict()
        return {
            "ok": self.ok, "case": plain(self.case, reveal=reveal), "reasons": plain(self.reasons), "error": error,
        }  # fmt: skip


class Delivery(NamedTuple):
    """What `deliver` did: how many effects were handed over, failed (to be tried again), died, or have no handler."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0
    unhandled: tuple[str, ...] = ()
