"""Small flows for the kernel's tests, and an engine for them with fixed entropy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

import xinfang_flow as xf
from xinfang_flow.kernel import Rules, Taken, evolve
from xinfang_flow.kernel.decide import decide_open
from xinfang_flow.kernel.event import seal

MONDAY = "2026-03-02T09:00:00+08:00"
STEPS = ("settle", "skip", "assign", "transfer", "delegate", "add", "remove", "remind", "copy", "retract")
PEOPLE = ("ann", "bob", "cai", "dan")

Document = dict[str, Any]


def base(**more: Any) -> Document:
    """A flow with one open and one final state, to which a test adds what it is about."""
    document: Document = {
        "id": "office",
        "version": 1,
        "title": "Office",
        "initial": "here",
        "roles": {"clerk": {}, "chair": {}, "helper": {"sees": "own"}},
        "fields": {
            "who": {"type": "list", "of": "actor"},
            "kind": {"type": "choice", "choices": {"a": "A", "b": "B"}},
            "day": "date",
            "held_at": "datetime",
            "memo": "text",
            "extra": "integer",
            "name": {"type": "text", "personal": True},
        },
        "states": {"here": {}, "there": {}, "gone": {"final": True, "outcome": "over"}},
        "open": {"roles": ["clerk"], "takes": ["who?", "kind?", "day?", "held_at?", "memo?", "name?"]},
    }
    document["transition"] = [
        {
            "trigger": "move",
            "source": "here",
            "dest": "there",
            "roles": ["clerk"],
            "takes": ["memo?"],
            "tells": ["name?"],
        },
        {"trigger": "back", "source": "there", "dest": "here", "roles": ["clerk"]},
        {
            "trigger": "set",
            "source": ["here", "there"],
            "roles": ["clerk"],
            "takes": ["kind?", "day?", "held_at?", "memo?"],
        },
        {"trigger": "end", "source": ["here", "there"], "dest": "gone", "roles": ["clerk"]},
        *more.pop("transition", []),
    ]
    return {**document, **more}


def made(document: Document) -> xf.Flow:
    """The flow of a document."""
    return xf.Flow.model_validate(document)


def with_task(**task: Any) -> xf.Flow:
    """A flow with one task `work`, and a trigger for every kind of step: `settle`, and `settle_any` for anyone."""
    steps = [
        {
            "trigger": do + suffix,
            "source": "here",
            "roles": ["clerk", "chair"],
            "task": {"name": "work", "do": do, "anyone": bool(suffix)},
        }
        for do in STEPS
        for suffix in ("", "_any")
    ]
    return made(base(task=[{"name": "work", "states": ["here"], **task}], transition=steps))


def entropy() -> Callable[[int], bytes]:
    """Random bytes that are the same on every run."""
    drawn = count()
    return lambda size: hashlib.sha256(str(next(drawn)).encode()).digest()[:size]


def person(name: str, *roles: str) -> xf.Actor:
    """An actor; a clerk when no role is named."""
    return xf.Actor(name, roles or {"clerk"}, "bureau")


CLERK = person("li")


class Desk:
    """An engine in memory with one case, for tests that read like a story."""

    def __init__(self, flow: xf.Flow, data: Document | None = None, at: str = MONDAY, **options: Any) -> None:
        self.clock = xf.ManualClock(at)
        self.engine = xf.Engine.in_memory(flows=[flow], clock=self.clock, entropy=entropy(), unchecked=True, **options)
        self.flow = flow
        self.id = self.engine.open(flow.id, data or {}, actor=CLERK).id

    @property
    def case(self) -> xf.Case:
        """The case as it stands."""
        return self.engine.get(self.id, actor=xf.SYSTEM)

    def fire(self, trigger: str, by: str | xf.Actor = CLERK, at: str | None = None, **payload: Any) -> xf.Case:
        """Fire; a name stands for a clerk of that name."""
        if at is not None:
            self.clock.set(at)
        actor = person(by) if isinstance(by, str) else by
        return self.engine.fire(self.id, trigger, payload, actor=actor)

    def refused(self, trigger: str, by: str | xf.Actor = CLERK, at: str | None = None, **payload: Any) -> str:
        """Fire, see it refused with nothing changed, and return the codes."""
        before = self.case, self.engine.history(self.id, actor=xf.SYSTEM)
        with pytest.raises(xf.RefusedError) as refusal:
            self.fire(trigger, by, at, **payload)
        assert (self.case, self.engine.history(self.id, actor=xf.SYSTEM)) == before
        reasons = refusal.value.reasons
        assert all(reason.message.zh and reason.message.en for reason in reasons)
        return " ".join(reason.code for reason in reasons)

    def slots(self, task: str = "work") -> dict[str, str]:
        """The shares of a task, by id, with their states."""
        return {slot.id: slot.state for slot in self.case.tasks[task].slots}

    def slot(self, name: str, task: str = "work") -> Any:
        """The record of one share, the last of that id."""
        return [slot.record for slot in self.case.tasks[task].slots if slot.id == name][-1]

    def said(self, field: str) -> Any:
        """What the last event's payload says; its hashed form holds no more than a commitment to a free text."""
        event = self.engine.history(self.id, actor=xf.SYSTEM)[-1]
        assert field in event.salts
        assert str(event.payload[field]) not in event.body
        return event.payload[field]

    def verified(self) -> bool:
        """Whether the history holds."""
        return self.engine.verify(self.id, actor=xf.SYSTEM).ok


def begun(rules: Rules, data: Any, actor: xf.Actor, at: Any, draw: Callable[[int], bytes]) -> xf.Case | None:
    """Open a case by the kernel alone; None when it is refused."""
    decision = decide_open(rules, "0" * 24, data, actor=actor, at=at, recorded_at=at, key="k0")
    if not isinstance(decision, Taken):
        return None
    return evolve(None, seal(decision.event, "", rules.personal, draw))
