"""Access: whether an actor sees a case, asked by every verb that reads or writes one.

Seeing needs the text of the case's flow, and neither guards nor a calendar.  Where even the text is gone, nobody but
the engine itself (`SYSTEM`) is shown the case: who may see it cannot be known.
"""

from __future__ import annotations

from collections.abc import Callable

from xinfang_flow.engine.directory import Hierarchy
from xinfang_flow.engine.wiring import WiredFlows
from xinfang_flow.errors import NotFoundError
from xinfang_flow.kernel import SYSTEM, Actor, Case
from xinfang_flow.kernel.visibility import may_see
from xinfang_flow.text import Text, shown


class Access:
    """Who sees what; one for each engine."""

    def __init__(self, flows: WiredFlows, directory: Hierarchy) -> None:
        """Take the flows, whose roles decide, and the directory, which says who lies under whom."""
        self._flows, self._directory = flows, directory

    def may_see(self, case: Case, actor: Actor) -> bool:
        """Return whether the actor may read the case.

        Raises:
            FlowError: the text of its flow is gone.
        """
        return actor is SYSTEM or may_see(self._flows.flow_of(case), case, actor, self._directory.within)

    def visible(self, case: Case | None, case_id: str, actor: Actor) -> Case:
        """Return the case if the actor may see it.

        Raises:
            NotFoundError: there is none, or none for this actor.
            FlowError: the text of its flow is gone.
        """
        if case is None or not self.may_see(case, actor):
            raise NotFoundError(
                Text(f"没有编号为 {shown(case_id)} 的信访事项（或无权查看）", f"there is no case {case_id!r}"),
                name=case_id,
            )
        return case

    def among_many(self, actor: Actor, *, with_flow: bool = False) -> Callable[[Case], bool]:
        """Return the test for a list: what cannot be read here is passed over, and named to the log once a flow.

        `with_flow` passes it over for `SYSTEM` too, where more is asked of the flow than who may see the case.
        """
        gone: set[str] = set()

        def sees(case: Case) -> bool:
            if actor is SYSTEM and not with_flow:
                return True
            if case.digest not in gone and self._flows.readable(case) is None:
                gone.add(case.digest)
            return case.digest not in gone and self.may_see(case, actor)

        return sees
