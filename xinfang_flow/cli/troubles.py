"""Errors as people read them: one message in the chosen language, one line a reason, and the exit code."""

from __future__ import annotations

from typing import Any, NamedTuple

from xinfang_flow.cli.labels import Words
from xinfang_flow.errors import (
    CalendarHorizonError,
    ConflictError,
    FlowError,
    InputError,
    KeyReusedError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    StoreError,
    TamperedError,
    WiringError,
    XinfangError,
)  # fmt: skip

OK, REFUSED, WRONG, STORE, INTERRUPTED = 0, 1, 2, 3, 130

_CODES: tuple[tuple[type[XinfangError], str, int], ...] = (
    (RefusedError, "refused", REFUSED),
    (KeyReusedError, "key_reused", REFUSED),
    (ConflictError, "conflict", REFUSED),
    (TamperedError, "tampered", REFUSED),
    (FlowError, "flow", WRONG),
    (WiringError, "wiring", WRONG),
    (NotFoundError, "not_found", WRONG),
    (CalendarHorizonError, "horizon", WRONG),
    (InputError, "input", WRONG),
    (OutcomeUnknownError, "outcome_unknown", STORE),
    (StoreError, "store", STORE),
)


class Trouble(NamedTuple):
    """An error as it is shown: its kind, a headline, the lines below it, and the exit code."""

    kind: str
    headline: str
    lines: tuple[str, ...]
    code: int

    def document(self) -> dict[str, Any]:
        """Return what `--json` says of it."""
        return {
            "error": {"kind": self.kind, "message": self.headline, "reasons": list(self.lines), "exit_code": self.code}
        }


def trouble_of(error: XinfangError, words: Words) -> Trouble:
    """Return how an error is shown."""
    kind, code = next(((kind, code) for known, kind, code in _CODES if isinstance(error, known)), ("other", WRONG))
    headline = words(f"error.{kind}")
    if isinstance(error, RefusedError) and error.reasons:
        lines = tuple(reason.message.in_(words.lang) for reason in error.reasons)
    elif isinstance(error, FlowError) and error.findings:
        lines, code = tuple(finding.line(words.lang) for finding in error.findings), REFUSED
    else:
        lines = tuple(error.in_(words.lang).splitlines())
    return Trouble(kind, headline, lines, code)
