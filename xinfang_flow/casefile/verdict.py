"""What verifying a history or a case file says."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """What verification found.  `not_checked` names what no chain can see from the inside."""

    ok: bool
    broken_at: int | None = None
    reason: str | None = None
    not_checked: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """True when nothing is broken."""
        return self.ok
