"""The whole engine on each store, beside a memory store: the same calls, the same answers, the same contents."""

import tempfile
from pathlib import Path

from hypothesis import settings

from xinfang_flow.store import Store
from xinfang_flow.store.sql.store import SqlStore
from xinfang_flow.testing import store_machine
from xinfang_flow.testing.strategies import StoreMachine


class OnFile(StoreMachine):
    """On a file, in a folder that goes with the machine."""

    def make_store(self) -> Store:
        """A store in a new file."""
        self.folder = tempfile.TemporaryDirectory()
        return SqlStore.from_url(f"sqlite:///{Path(self.folder.name) / 'county.db'}")

    def teardown(self) -> None:
        """Let go of the store, then of its folder."""
        super().teardown()
        self.folder.cleanup()


TestInMemory = store_machine(lambda: SqlStore.from_url("sqlite://")).TestCase
TestInMemory.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestOnFile = OnFile.TestCase
TestOnFile.settings = settings(max_examples=4, stateful_step_count=25, deadline=None)
