"""The writer: what was decided is sealed onto the chain of its case and written, with timers and effects."""

from __future__ import annotations

import os
from datetime import datetime
from typing import NamedTuple

from xinfang_flow.engine.arguments import checked_key
from xinfang_flow.engine.entropy import Entropy, RandomPool
from xinfang_flow.engine.unit_of_work import UnitOfWork
from xinfang_flow.engine.wiring import WiredFlows
from xinfang_flow.engine.worklist import Listed
from xinfang_flow.errors import RefusedError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Case, EffectRequest, Event, Signal, Taken, evolve
from xinfang_flow.kernel.event import seal
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.kernel.records.deadline import next_instant
from xinfang_flow.kernel.searchable import fields_of, value_taken
from xinfang_flow.store import Commit, ValueTakenError

_new = tuple.__new__


class Sealed(NamedTuple):
    """A decision whose event has its place on the chain, with the flow under which it was decided."""

    flow: Flow
    event: Event
    effects: tuple[EffectRequest, ...]
    signals: tuple[Signal, ...]


class CaseWriter:
    """Seals and writes, one event at a time; draws what must be drawn for it."""

    def __init__(self, flows: WiredFlows, entropy: Entropy) -> None:
        """Take the flows, which know what is published, and the source of random bytes."""
        self._flows = flows
        self._listed = Listed()
        self._entropy: Entropy = RandomPool() if entropy is os.urandom else entropy

    def key(self, key: str | None = None) -> str:
        """Return the key of a request, checked, or a drawn one.

        Raises:
            InputError: it has not the form of a key.
        """
        return self._entropy(12).hex() if key is None else checked_key(key)

    def case_id(self, now: datetime) -> str:
        """Return the id of a new case; ids sort by the moment they were drawn."""
        return f"{int(now.timestamp() * 1000):012x}{self._entropy(6).hex()}"

    def seal(self, flow: Flow, case: Case | None, decision: Taken, personal: frozenset[str]) -> Sealed:
        """Return the decision with its event sealed onto the chain; the `personal` parts are committed to."""
        event = seal(decision.event, case.head if case else "", personal, self._entropy)
        return _new(Sealed, (flow, event, decision.effects, decision.signals))

    def append(self, unit: UnitOfWork, case: Case | None, sealed: Sealed, settled: tuple[Signal, ...] = ()) -> Case:
        """Write a sealed decision: event, snapshot, timers and effects; return the case as it then stands.

        `settled` are the signals that this event has taken.  A beginning publishes the flow version with it.

        Raises:
            RefusedError: another case has a value of which there may be but one.
        """
        flow, event, effects, _ = sealed
        later = evolve(case, event)
        changed = event.changes.get("deadlines")
        timers = {name: next_instant(later.deadlines[name].record) for name in changed} if changed else EMPTY
        expected, fresh = (case.version, None) if case else (0, self._flows.unpublished(flow, unit.published))
        fields = fields_of(flow, later)
        before = fields if case and "takes" not in event.changes else fields_of(flow, case) if case else ()
        work, worked = self._listed.change(flow, case, event, later)
        commit = (later, expected, event, timers, effects, (), settled, fresh, work, fields, worked, before)
        try:
            unit.append(_new(Commit, commit))
        except ValueTakenError as taken:
            raise RefusedError(reasons=(value_taken(flow, taken.field.name),)) from taken
        return later
