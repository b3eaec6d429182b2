"""Every worked case beside a standard flow runs as it is written."""

from pathlib import Path

import pytest

import xinfang_flow.flows
from xinfang_flow.testing.plugin import Unreadable, assert_worked, worked_cases
from xinfang_flow.testing.worked import WorkedCase

FLOWS = Path(xinfang_flow.flows.__file__).parent


@pytest.mark.parametrize("case", worked_cases(FLOWS))
def test_worked_case(case: WorkedCase | Unreadable) -> None:
    """The engine does what the worked case says, refuses what it says, and the history verifies."""
    assert_worked(case)
