"""Who may see a case: by the roles of the flow, and never the organ that the case accuses."""

from __future__ import annotations

from collections.abc import Callable

from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.case import Case
from xinfang_flow.kernel.records.slot import hands
from xinfang_flow.kernel.records.task import every_slot
from xinfang_flow.kernel.values import SYSTEM, Actor

Above = Callable[[str], frozenset[str]]


def _alone(organ: str) -> frozenset[str]:
    return frozenset({organ})


def may_see(flow: Flow, case: Case, actor: Actor, within: Above = _alone) -> bool:
    """Return whether `actor` may read `case`.

    `within(organ)` gives the organ with everything under it, from the directory.  Concealment (Regulation Art 30)
    comes before every role: an actor whose organ is named in a field of `conceal_from`, or lies under one, sees
    nothing.
    """
    if actor is SYSTEM:
        return True
    if actor.org is not None:
        for field in flow.conceal_from:
            named = case.data.get(field)
            if isinstance(named, str) and actor.org in within(named):
                return False
    sees = {flow.roles[role].sees for role in actor.roles if role in flow.roles}
    if "all" in sees or ("org" in sees and actor.org is not None and actor.org == case.org):
        return True
    return bool(sees) and has_a_hand_in(case, actor)


def has_a_hand_in(case: Case, actor: Actor) -> bool:
    """Return whether the actor has, or in any round had, a hand in a slot of one of the case's tasks."""
    return any(actor.id in hands(slot) for task in case.tasks.values() for slot in every_slot(task.record))
