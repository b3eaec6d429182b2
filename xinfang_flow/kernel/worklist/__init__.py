"""待办件: what a case waits for, and who is to do it; a pure function of flow and case."""

from xinfang_flow.kernel.worklist.listing import Worklist, work_of

__all__ = ["Worklist", "work_of"]
