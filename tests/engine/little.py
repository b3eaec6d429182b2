"""A little flow with everything that the engine's tests need."""

from __future__ import annotations

from typing import Any

import xinfang_flow as xf

LITTLE: dict[str, Any] = {
    "id": "little",
    "version": 1,
    "title": {"zh": "小流程", "en": "Little"},
    "initial": "open",
    "conceal_from": ["accused"],
    "roles": {"clerk": {}, "local": {"sees": "org"}, "helper": {"sees": "own"}},
    "fields": {
        "subject": {"type": "text"},
        "name": {"type": "text", "personal": True},
        "accused": {"type": "organ"},
    },
    "figures": {"limit": {"days": 10, "source": "test"}},
    "states": {"open": {}, "busy": {}, "done": {"final": True, "outcome": "settled"}},
    "effects": {"tell": {}, "ask": {}},
    "open": {"roles": ["clerk", "local"], "takes": ["subject", "name?", "accused?"], "effects": ["tell"]},
    "task": [{"name": "help", "states": ["open", "busy"], "settle": "any"}],
    "deadline": [
        {
            "name": "limit",
            "period": "figures.limit",
            "starts": {"enters": "open"},
            "met_by": {"enters": "done"},
            "effects": ["ask"],
        }
    ],
    "link": [{"kind": "part", "flow": "little", "trigger": "part_done"}],
    "transition": [
        {
            "trigger": "start",
            "source": "open",
            "dest": "busy",
            "roles": ["clerk", "local"],
            "effects": ["tell", "ask"],
        },
        {
            "trigger": "assign",
            "source": ["open", "busy"],
            "roles": ["clerk"],
            "task": {"name": "help", "do": "assign"},
        },
        {"trigger": "part_done", "source": "busy", "roles": ["system"]},
        {
            "trigger": "finish",
            "source": ["open", "busy"],
            "dest": "done",
            "roles": ["clerk"],
            "conditions": [{"named": "allowed"}],
        },
    ],
}
CLERK = xf.Actor("li", roles={"clerk"}, org="north")
HELPER = xf.Actor("zhang", roles={"helper"})


def little() -> xf.Flow:
    """Return the flow."""
    return xf.Flow.model_validate(LITTLE)


def engine(store: xf.MemoryStore | None = None, **options: Any) -> xf.Engine:
    """Return an engine in memory with the flow, its guard, and a clock that is told the time."""
    settings: dict[str, Any] = {
        "flows": [little()],
        "guards": {"allowed": lambda case, _command: case.data["subject"] != "stuck"},
        "clock": xf.ManualClock("2026-03-02T09:00:00+08:00"),
    }
    return xf.Engine(store or xf.MemoryStore(), **{**settings, **options})
