"""Verification of a case in a store: its history, and the rows by which it is listed and found."""

from __future__ import annotations

from collections.abc import Callable

from xinfang_flow.casefile.verdict import Verdict
from xinfang_flow.engine.reader import verify
from xinfang_flow.engine.search import found_rightly
from xinfang_flow.engine.worklist import listed_rightly
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Case
from xinfang_flow.store import Reader


def verified(reader: Reader, look: Callable[[], Case], flow_of: Callable[[Case], Flow]) -> Verdict:
    """Return the verdict on the case that `look` gives as it stands; one that moves on meanwhile is looked at anew."""
    while True:
        case = look()
        verdict = verify(case, reader.history(case.id))
        if verdict.ok:
            flow = flow_of(case)
            verdict = listed_rightly(verdict, flow, case, reader.work(case.id))
            verdict = found_rightly(verdict, flow, case, reader.fields(case.id)) if verdict.ok else verdict
        if verdict.ok or reader.get(case.id) == case:
            return verdict
