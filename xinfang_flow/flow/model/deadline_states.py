"""The states of a deadline, in words, and the steps that move it, in the order in which one arrow takes them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from xinfang_flow.text import Text

DeadlineState = Literal["armed", "met", "breached", "suspended", "cancelled"]
DEADLINE_STATES: tuple[DeadlineState, ...] = get_args(DeadlineState)
STATE_WORDS: Mapping[DeadlineState, Text] = MappingProxyType({
    "armed": Text("计算中", "running"),
    "met": Text("按期完成", "met"),
    "breached": Text("已逾期", "breached"),
    "suspended": Text("暂停计算", "suspended"),
    "cancelled": Text("不再计算", "cancelled"),
})  # fmt: skip


class DeadlineStep(NamedTuple):
    """A step of a deadline: the option of a flow that says when, out of which states (None: any), into which."""

    name: str
    option: str
    out_of: frozenset[DeadlineState] | None
    into: DeadlineState


# It still runs, if only after a pause.
RUNNING: frozenset[DeadlineState] = frozenset({"armed", "suspended"})
# An arrow may do several things to one deadline.  What ends comes before what begins, so that one step can close a
# round and open the next; what pauses comes before what goes on, so that an arrow that does both does not stop it.
STEPS: tuple[DeadlineStep, ...] = (
    DeadlineStep("meet", "met_by", RUNNING, "met"),
    DeadlineStep("cancel", "cancels", RUNNING, "cancelled"),
    DeadlineStep("suspend", "suspends", frozenset({"armed"}), "suspended"),
    DeadlineStep("resume", "resumes", frozenset({"suspended"}), "armed"),
    DeadlineStep("start", "starts", None, "armed"),
)
