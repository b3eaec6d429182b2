"""A flow as small as it can be, for one deadline at a time."""

from __future__ import annotations

from typing import Any

from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Actor, Case
from xinfang_flow.law import Calendar

CLERK = Actor("li", roles={"clerk"}, org="xianju")
TRIGGERS = ("start", "meet", "pause", "resume", "drop", "note", "finish", "correct", "extend")
FIELDS: dict[str, Any] = {
    "by": "date", "at": "datetime", "from_day": "date", "runs": "boolean", "days": "integer",
    "tier": {"type": "choice", "choices": {"urgent": "urgent", "plain": "plain"}},
}  # fmt: skip


def small_flow(*deadlines: dict[str, Any], **more: Any) -> Flow:
    """A flow whose triggers do nothing but what the deadlines make of them."""
    arrows: list[dict[str, Any]] = [
        {"trigger": name, "source": "open", "roles": ["clerk", "system"], "takes": [f"{field}?" for field in FIELDS]}
        for name in TRIGGERS
    ]
    arrows[TRIGGERS.index("finish")]["dest"] = "closed"
    if "extends" in more:
        arrows[TRIGGERS.index("extend")]["extends"] = {"deadline": deadlines[0]["name"], **more.pop("extends")}
    return Flow.model_validate({
        "id": "small", "version": 1, "title": "small", "initial": "open", "roles": {"clerk": {}}, "fields": FIELDS,
        "states": {"open": {}, "closed": {"final": True}, "lapsed": {"final": True}},
        "effects": {"told": {}, "warned": {}},
        "open": {"roles": ["clerk"], "takes": [f"{field}?" for field in FIELDS]},
        "deadline": [{"starts": {"fires": "start"}, **deadline} for deadline in deadlines],
        "transition": [*arrows, *more.pop("transition", ())], **more,
    })  # fmt: skip


class World:
    """An engine in memory with one flow and a clock that is told the time."""

    def __init__(self, flow: Flow, now: str = "2026-03-02T09:00:00+08:00", calendar: Calendar | None = None) -> None:
        self.clock = ManualClock(now, calendar)
        calendars = {flow.calendar: calendar} if calendar else {}
        self.engine = Engine.in_memory(flows=[flow], clock=self.clock, calendars=calendars, unchecked=True)

    def open(self, **data: Any) -> Case:
        """Open a case."""
        return self.engine.open("small", data, actor=CLERK)

    def fire(self, case: Case, trigger: str, now: Any = None, **payload: Any) -> Case:
        """Fire a trigger, at another time if one is given."""
        if now is not None:
            self.clock.set(now)
        return self.engine.fire(case.id, trigger, payload or None, actor=CLERK)

    def tick(self, now: str) -> int:
        """Let it be `now`, and tick."""
        self.clock.set(now)
        return self.engine.tick()

    def get(self, case: Case) -> Case:
        """The case as it stands."""
        return self.engine.get(case.id, actor=CLERK)

    def kinds(self, case: Case) -> list[str]:
        """What its history consists of."""
        return [event.kind for event in self.engine.history(case.id, actor=CLERK)]
