"""Which payload names are personal: what is committed to when an event is sealed, and what every face masks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Asked
from xinfang_flow.kernel.event import NOTE, Event
from xinfang_flow.kernel.identity import ByIdentity
from xinfang_flow.kernel.interpreter.task_steps import step_fields


def personal_names(flow: Flow) -> frozenset[str]:
    """Return the names that are personal in a flow.

    They are the fields that it declares so, those whose records have a personal part, and what its task steps ask for
    beside (the reason that somebody gives).  A note is no payload, and always personal.
    """
    return _names(ByIdentity(flow))


def personal_in(flow: Flow, events: Iterable[Event]) -> frozenset[str]:
    """Return the names that are personal in these events of one case: the flow's, and what linked cases carried in.

    A value that is personal where it comes from stays so where it arrives, though the flow there may not say it.
    """
    return personal_names(flow).union(*(event.salts for event in events if event.salts)) - {NOTE}


@lru_cache(maxsize=256)
def _names(key: ByIdentity) -> frozenset[str]:
    flow: Flow = key.parts[0]
    steps = [step_fields(flow.task(each.task.name), each.task) for each in flow.transitions if each.task]
    return frozenset(name for name, spec in flow.fields.items() if _personal(flow, spec)).union(
        Asked.written(name).name for asked in steps for name, spec in asked.items() if _personal(flow, spec)
    )


def _personal(flow: Flow, spec: FieldSpec) -> bool:
    return spec.personal or any(_personal(flow, part) for part in flow.records.get(spec.of or "", {}).values())
