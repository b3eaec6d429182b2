"""The common work: a petition's life in `proxy_petition`, as each contestant walks it.

`ROUTED` is the work of the ratios: seven transitions from intake to a final state, without the ticks of the file
(the petitioner is not satisfied, and the matter goes into the petition procedure).  `ARCHIVED` ends in the archive:
ten transitions, four of which tick the file.  The opening is not counted.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from xinfang_flow import Actor
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flows import load_flow


class Step(NamedTuple):
    """One transition: what is fired, with what, by whom, and where it leads."""

    trigger: str
    payload: dict[str, Any]
    actor: Actor
    dest: str


def _actor(name: str, *roles: str) -> Actor:
    return Actor(name, roles=roles, org="xianju")


CLERK = _actor("li", "clerk")
CENTRE = _actor("wang", "dispatcher")
PROXY = _actor("zhang", "proxy")
CALLER = _actor("chen", "caller")
ARCHIVIST = _actor("xu", "archivist")
READER = CENTRE

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
STEP = timedelta(milliseconds=3)
OPENING = {
    "intake": "first_visit", "register_no": "XJ-2026-0001", "received_on": "2026-03-02", "petitioner": "王二",
    "township": "横溪镇", "form": "visit", "summary": "村道塌方半年未修，请求明确养护单位",
}  # fmt: skip
BEGIN = "received"


def numbered(number: int) -> dict[str, Any]:
    """The opening of one case of many: no two have the same register number."""
    return {**OPENING, "register_no": f"XJ-2026-{number:06d}"}


_HANDLED = (
    Step("screen", {"level": "county", "opinion_owed": False}, CENTRE, "pooled"),
    Step("assign", {"to": "zhang", "pool": "resident"}, CENTRE, "assigned"),
    Step("match", {"department": "交通局"}, PROXY, "handling"),
)
_ACCOMPANIED = Step("accompany", {"record": "同去交通局，说明来意"}, PROXY, "handling")
_FED_BACK = Step("feed_back", {"result": "已列入本月修复计划"}, PROXY, "fed_back")
ROUTED = (
    *_HANDLED, _ACCOMPANIED, _FED_BACK,
    Step("call_back", {"satisfaction": "dissatisfied"}, CALLER, "called_back"),
    Step("refer", {"reason": "不满意，要求书面答复"}, CENTRE, "petition_procedure"),
)  # fmt: skip
ARCHIVED = (
    *_HANDLED, _FED_BACK,
    Step("call_back", {"satisfaction": "satisfied"}, CALLER, "called_back"),
    *(
        Step("tick", {"item": item}, ARCHIVIST, "called_back")
        for item in ("intake_sheet", "errand_records", "result_sheet", "follow_up_sheet")
    ),
    Step("archive", {}, ARCHIVIST, "archived"),
)  # fmt: skip
LIVES = {"routed": ROUTED, "archived": ARCHIVED}


def the_flow() -> Flow:
    """Return the flow of the race."""
    return load_flow("proxy_petition")


class Arrow(NamedTuple):
    """An arrow as a state machine without duties knows it."""

    trigger: str
    source: str
    dest: str


def bare_arrows(flow: Flow) -> tuple[Arrow, ...]:
    """Return every arrow of the flow that a bare state machine can have, a trigger from a state once."""
    found: dict[tuple[str, str], Arrow] = {}
    for transition in flow.transitions:
        sources = tuple(flow.states) if "*" in transition.source else transition.source
        for source in sources:
            if not flow.states[source].final:
                dest = transition.dest or source
                found.setdefault((transition.trigger, source), Arrow(transition.trigger, source, dest))
    return tuple(found.values())


class Walk:
    """A clock in UTC, as the machine's is, that goes on a little at every look: no two events share a moment."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        """Return the next moment."""
        self._now += STEP
        return self._now
