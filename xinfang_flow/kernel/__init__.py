"""The pure core: decide, evolve, explain.  No clock, no I/O, no randomness, no logging."""

from xinfang_flow.kernel.answers import EffectRequest, Option, Refused, Signal, Taken
from xinfang_flow.kernel.case import Case, Deadline, Link, Slot, Task
from xinfang_flow.kernel.decide import decide, explain, rules_of
from xinfang_flow.kernel.event import Event
from xinfang_flow.kernel.fold import evolve, fold
from xinfang_flow.kernel.rules import Rules
from xinfang_flow.kernel.values import SYSTEM, Actor, Command, Reason

__all__ = [
    "SYSTEM", "Actor", "Case", "Command", "Deadline", "EffectRequest", "Event", "Link", "Option", "Reason", "Refused",
    "Rules", "Signal", "Slot", "Taken", "Task", "decide", "evolve", "explain", "fold", "rules_of",
]  # fmt: skip
