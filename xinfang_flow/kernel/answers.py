"""What the kernel answers: taken or refused, and what may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from xinfang_flow.kernel.event import Event
from xinfang_flow.kernel.values import Reason
from xinfang_flow.plain import plain, plain_dict
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

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form: `taken` is true, with the event, the effects and the signals.

        The event is not sealed yet and does not know what is personal: unless revealed, its whole payload is masked.
        """
        return {"taken": True, **plain_dict(self._asdict(), reveal=reveal)}


class Refused(NamedTuple):
    """The step is refused, with every reason; nothing has changed.  False in a condition."""

    reasons: tuple[Reason, ...]

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form: `taken` is false, with the reasons."""
        return {"taken": False, "reasons": plain(self.reasons)}

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

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form: every field under its name."""
        return plain_dict(self._asdict())
