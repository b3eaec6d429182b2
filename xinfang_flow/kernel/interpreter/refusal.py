"""How a step of the kernel refuses: it raises, with its reasons, and whoever decides answers with `Refused`."""

from __future__ import annotations

from xinfang_flow.kernel.values import Reason


class RefusalError(Exception):
    """A step of the kernel refuses, with its reasons; caught where the decision is made."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(*reasons)
        self.reasons = reasons
