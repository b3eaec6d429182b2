"""待办: what a case waits for, as rows of a worklist."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from xinfang_flow.plain import plain_dict


class Work(NamedTuple):
    """A step for which a case waits, and the role that is to take it: one row for each role and organ.

    `org` is the organ that the step asks for, else the one where the case lies; only where `bound` is true does the
    flow refuse every other organ.  `triggers` stand in the order of the document.  `due` is the first late instant of
    the most urgent deadline that they meet, None where none runs; `since` is when the waiting began.  `nr` is the place
    in the case's list, from 0.
    """

    case_id: str
    flow: str
    state: str
    role: str
    org: str | None
    triggers: tuple[str, ...]
    due: datetime | None
    since: datetime
    bound: bool = False
    nr: int = 0

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form: the fields under their names, the case's id as `case`."""
        fields = plain_dict(self._asdict())
        return {"case": fields.pop("case_id"), **fields}
