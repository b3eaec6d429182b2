"""An opening: what is asked when a case shall begin, as `Command` is what is asked of one that runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from xinfang_flow.kernel import Link


class Opening(NamedTuple):
    """A case to be opened: of which flow, with what, under which idempotency key.

    `flow` is "hearing" or "hearing@1"; `org` the organ the case belongs to, the actor's own when left out; `at` the
    moment it happened, now when left out.
    """

    flow: str
    data: Any = None
    key: str | None = None
    org: str | None = None
    links: Sequence[Link] = ()
    at: datetime | None = None
    note: str | None = None

    def __repr__(self) -> str:
        """Say what is to be opened under which key, without its data: reprs end up in logs."""
        return f"<Opening of {self.flow} under {self.key}>"
