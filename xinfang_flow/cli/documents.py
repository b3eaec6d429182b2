"""A case for machines: the documents that `--json` prints, made from the plain forms of what the library answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from xinfang_flow.casefile import words as said
from xinfang_flow.kernel import Case, Deadline, Event, Option
from xinfang_flow.kernel.work import Work
from xinfang_flow.text import Language

_DATES = ("name", "state", "nominal", "due", "target", "at", "provisional")


def case_document(case: Case, now: datetime, lang: Language, *, reveal: bool = False) -> dict[str, Any]:
    """Return a case, its deadlines with their lights."""
    deadlines = [_deadline_document(deadline, now, lang) for deadline in case.deadlines.values()]
    return {**case.as_dict(reveal=reveal), "deadlines": deadlines}


def _deadline_document(deadline: Deadline, now: datetime, lang: Language) -> dict[str, Any]:
    form, standing = deadline.as_dict(), said.standing(deadline, now, lang)
    return {**{key: form[key] for key in _DATES}, "light": standing.light, "days_left": standing.days}


def work_document(work: Work) -> dict[str, Any]:
    """Return what waits for one role."""
    return _without(work.as_dict(), "nr")


def option_documents(options: Sequence[Option]) -> list[dict[str, Any]]:
    """Return what may be fired and why not."""
    return [_without(option.as_dict(), "title") for option in options]


def event_document(event: Event, *, reveal: bool) -> dict[str, Any]:
    """Return an event of a case that is named above it."""
    return _without(event.as_dict(reveal=reveal), "case")


def _without(form: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in form.items() if key != name}
