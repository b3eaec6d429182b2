"""What every arrow of a flow stands on: the flow, its calendar, and the steps of its deadlines."""

from __future__ import annotations

from typing import NamedTuple

from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.interpreter.deadline_steps import Clockwork
from xinfang_flow.law import Calendar


class Ground(NamedTuple):
    """The parts of a compiled flow that its arrows share."""

    flow: Flow
    calendar: Calendar
    clockwork: Clockwork
