"""The error tree: one hierarchy, typed, and part of the API.

A class's docstring is its default message.  Facts that a program may want are attributes, so that nobody has to parse
a sentence.  A *refusal* of a step is a value inside the kernel (`Refused`); only the Engine turns it into
`RefusedError`, so that a script cannot lose it by ignoring a return value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from xinfang_flow.plain import plain_dict

if TYPE_CHECKING:
    from datetime import date

__all__ = [
    "CalendarHorizonError",
    "ConflictError",
    "FlowError",
    "InputError",
    "KeyReusedError",
    "NotFoundError",
    "OutcomeUnknownError",
    "RefusedError",
    "StoreError",
    "TamperedError",
    "WiringError",
    "XinfangError",
]


class XinfangError(Exception):
    """Something in xinfang_flow went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())

    def as_dict(self) -> dict[str, Any]:
        """Return the plain form, in JSON's own types: the class as `error`, the message, and each fact by its name.

        A class that is not part of the API (a store's own) is called by the nearest one of this tree.
        """
        kind = next(kind for kind in type(self).__mro__ if kind.__module__ == __name__)
        facts = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return {"error": kind.__name__, "message": str(self), **plain_dict(facts)}


class InputError(XinfangError, ValueError):
    """A value that was handed in cannot be taken.

    `where` names the argument, field or line; the message says how to mend it.
    """

    where: str | None

    def __init__(self, message: str | None = None, *, where: str | None = None) -> None:
        super().__init__(f"{where}: {message}" if where and message else message)
        self.where = where


class FlowError(XinfangError):
    """A flow cannot be used as it is written.

    `findings` holds every problem at once, each with its place.
    """

    findings: tuple[Any, ...]

    def __init__(self, message: str | None = None, *, findings: Sequence[Any] = ()) -> None:
        self.findings = tuple(findings)
        lines = [message] if message else []
        lines += [str(finding) for finding in self.findings]
        super().__init__("\n".join(lines) or None)


class WiringError(XinfangError):
    """The engine lacks something that its flows name.

    `missing` lists every name without a function, all at once.
    """

    missing: tuple[str, ...]

    def __init__(self, message: str | None = None, *, missing: Iterable[str] = ()) -> None:
        self.missing = tuple(missing)
        lines = [message] if message else []
        lines += list(self.missing)
        super().__init__("\n".join(lines) or None)


class RefusedError(XinfangError):
    """The step was refused; nothing has changed.

    `reasons` are the same values that `decide` and `available` give.
    """

    reasons: tuple[Any, ...]

    def __init__(self, message: str | None = None, *, reasons: Sequence[Any] = ()) -> None:
        self.reasons = tuple(reasons)
        self._message = message
        super().__init__(message)

    def __str__(self) -> str:
        """The message, or every reason in its words, which are only made when somebody reads them."""
        return self._message or "; ".join(map(str, self.reasons)) or super().__str__()


class ConflictError(XinfangError):
    """Somebody else changed the case in the meantime; read it again and decide anew."""

    case_id: str | None
    expected: int | None
    found: int | None

    def __init__(
        self,
        message: str | None = None,
        *,
        case_id: str | None = None,
        expected: int | None = None,
        found: int | None = None,
    ) -> None:
        self.case_id, self.expected, self.found = case_id, expected, found
        super().__init__(message)


class KeyReusedError(ConflictError):
    """The idempotency key already belongs to another request."""

    key: str | None

    def __init__(self, message: str | None = None, *, key: str | None = None, case_id: str | None = None) -> None:
        self.key = key
        super().__init__(message, case_id=case_id)


class OutcomeUnknownError(XinfangError):
    """The answer to the commit was lost and could not be looked up; ask again with the same `key`."""

    key: str | None

    def __init__(self, message: str | None = None, *, key: str | None = None) -> None:
        self.key = key
        super().__init__(message)


class NotFoundError(XinfangError):
    """There is no such case for this actor."""

    name: str | None

    def __init__(self, message: str | None = None, *, name: str | None = None) -> None:
        self.name = name
        super().__init__(message)


class CalendarHorizonError(XinfangError):
    """The calendar does not know that day: its notice has not been published or loaded."""

    calendar: str | None
    day: date | None
    horizon: date | None

    def __init__(
        self,
        message: str | None = None,
        *,
        calendar: str | None = None,
        day: date | None = None,
        horizon: date | None = None,
    ) -> None:
        self.calendar, self.day, self.horizon = calendar, day, horizon
        super().__init__(message)


class TamperedError(XinfangError):
    """The stored history does not match its own hashes."""

    case_id: str | None
    broken_at: int | None

    def __init__(self, message: str | None = None, *, case_id: str | None = None, broken_at: int | None = None) -> None:
        self.case_id, self.broken_at = case_id, broken_at
        super().__init__(message)


class StoreError(XinfangError):
    """The database failed; the original error is the cause.  Nothing was half-written."""
