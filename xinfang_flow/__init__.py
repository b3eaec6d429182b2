"""xinfang_flow: petition (信访) lifecycles as declarative state machines with pluggable persistence.

A flow is data, a case is a fold of its events, and time is an input.  From one declaration the library runs cases,
checks properties, draws the picture and counts time as the law counts it.

    import xinfang_flow as xf

    engine = xf.Engine("sqlite:///county.db")
    clerk = xf.Actor("zhang", roles={"clerk"}, org="xianju")
    case = engine.open("proxy_petition", {...}, actor=clerk, key="intake-2026-0001")
    case = engine.fire(case.id, "screen", actor=clerk)

Names are imported when they are first used, so that `import xinfang_flow` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xinfang_flow.casefile.verdict import Verdict
    from xinfang_flow.engine.answers import Delivery, Outcome, Page
    from xinfang_flow.engine.clock import Clock, ManualClock, SystemClock
    from xinfang_flow.engine.engine import Engine
    from xinfang_flow.engine.opening import Opening
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
    )
    from xinfang_flow.flow.checks.check import check
    from xinfang_flow.flow.draw import draw
    from xinfang_flow.flow.findings.finding import Finding
    from xinfang_flow.flow.model.flow import Flow
    from xinfang_flow.flow.reading.builder import define
    from xinfang_flow.flows import list_flows, load_flow
    from xinfang_flow.kernel.answers import EffectRequest, Option, Refused, Signal, Taken
    from xinfang_flow.kernel.case import Case, Deadline, Link, Slot, Task
    from xinfang_flow.kernel.decide import decide
    from xinfang_flow.kernel.event import Event
    from xinfang_flow.kernel.fold import evolve
    from xinfang_flow.kernel.lots import Candidate, Draw, draw_panel, verify_draw
    from xinfang_flow.kernel.machine import machine
    from xinfang_flow.kernel.payload_model import data_model, payload_model
    from xinfang_flow.kernel.values import SYSTEM, Actor, Command, Reason
    from xinfang_flow.kernel.work import Work
    from xinfang_flow.law import Calendar, Due, Period
    from xinfang_flow.store.memory import MemoryStore

_HOMES = {
    "casefile.verdict": "Verdict",
    "engine.answers": "Delivery Outcome Page",
    "engine.clock": "Clock ManualClock SystemClock",
    "engine.engine": "Engine",
    "engine.opening": "Opening",
    "errors": "CalendarHorizonError ConflictError FlowError InputError KeyReusedError NotFoundError "
    "OutcomeUnknownError RefusedError StoreError TamperedError WiringError XinfangError",
    "flow.checks.check": "check",
    "flow.draw": "draw",
    "flow.findings.finding": "Finding",
    "flow.model.flow": "Flow",
    "flow.reading.builder": "define",
    "flows": "list_flows load_flow",
    "kernel.answers": "EffectRequest Option Refused Signal Taken",
    "kernel.case": "Case Deadline Link Slot Task",
    "kernel.decide": "decide",
    "kernel.event": "Event",
    "kernel.fold": "evolve",
    "kernel.lots": "Candidate Draw draw_panel verify_draw",
    "kernel.machine": "machine",
    "kernel.payload_model": "data_model payload_model",
    "kernel.values": "SYSTEM Actor Command Reason",
    "kernel.work": "Work",
    "law": "Calendar Due Period",
    "store.memory": "MemoryStore",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "SYSTEM",
    "Actor",
    "Calendar",
    "CalendarHorizonError",
    "Candidate",
    "Case",
    "Clock",
    "Command",
    "ConflictError",
    "Deadline",
    "Delivery",
    "Draw",
    "Due",
    "EffectRequest",
    "Engine",
    "Event",
    "Finding",
    "Flow",
    "FlowError",
    "InputError",
    "KeyReusedError",
    "Link",
    "ManualClock",
    "MemoryStore",
    "NotFoundError",
    "Opening",
    "Option",
    "Outcome",
    "OutcomeUnknownError",
    "Page",
    "Period",
    "Reason",
    "Refused",
    "RefusedError",
    "Signal",
    "Slot",
    "StoreError",
    "SystemClock",
    "Taken",
    "TamperedError",
    "Task",
    "Verdict",
    "WiringError",
    "Work",
    "XinfangError",
    "check",
    "data_model",
    "decide",
    "define",
    "draw",
    "draw_panel",
    "evolve",
    "list_flows",
    "load_flow",
    "machine",
    "payload_model",
    "verify_draw",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used; the version comes from the package's metadata."""
    if name == "__version__":
        from importlib.metadata import version

        return version("xinfang_flow")
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return [*__all__, "__version__"]
