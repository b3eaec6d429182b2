"""What the kernel answers: taken or refused, and what may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from xinfang_flow.kernel.event import Event
from xinfang_flow.kernel.values import Reason
from xinfang_flow.text import Text


class EffectRequest(NamedTuple):
    """告知/外发动作: what the world must be told once the event is on disk."""

    name: str
    case_id: str
    seq: int


class Signal(NamedTuple):
    """A finished case tells a case that waits for it; delivered in the same transaction."""

    to: str
    kind: str
    sender: str
    state: str
    outcome: str | None


class Taken(NamedTuple):
    """The step is taken: one event, the effects it asks for, the signals for linked cases."""

    event: Event
    effects: tuple[EffectRequest, ...] = ()
    signals: tuple[Signal, ...] = ()


class Refused(NamedTuple):
    """The step is refused, with every reason; nothing has changed.  False in a condition."""

    reasons: tuple[Reason, ...]

    def __bool__(self) -> bool:
        """Refusals are false, so that `if decide(...)` reads right."""
        return False


class Option(NamedTuple):
    """What may be asked of a case now, and why not."""

    trigger: str
    allowed: bool
    reasons: tuple[Reason, ...]
    payload_schema: Mapping[str, Any]
    title: Text | None = None
