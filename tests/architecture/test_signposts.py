"""What has moved is still found where it was."""

from xinfang_flow.casefile.file import verify_file
from xinfang_flow.engine import casefile
from xinfang_flow.store import tables
from xinfang_flow.store.sql import build_tables


def test_old_ways_in_lead_to_the_same_things() -> None:
    """The case file's check and the tables have one home each; the old modules point to it."""
    assert casefile.verify_file is verify_file
    assert tables.build_tables is build_tables
