"""The suite is itself tested: a store with a planted bug fails it, by the test that is meant to see it."""

import pytest

pytest_plugins = ["pytester"]

SUITE = """
from xinfang_flow.store import MemoryStore
from xinfang_flow.store.memory import MemoryTransaction
from xinfang_flow.testing import StoreSuite


class Store(MemoryStore):
    def transaction(self, session=None):
        super().transaction(session)
        return Transaction(self.tables)


class Transaction(MemoryTransaction):
    __slots__ = ("late",)
{bug}

class TestPlanted(StoreSuite):
    def make_store(self):
        return Store()
"""
APART = """
    def append(self, commit):
        super().append(commit)
        self._undo.clear()
"""
UNCHECKED = """
    def append(self, commit):
        before = self.case(commit.case.id)
        super().append(commit._replace(expected=before.version if before else 0))
"""
LATE = """
    def __enter__(self):
        self.late = []
        return super().__enter__()

    def append(self, commit):
        self.late += [] if commit.case is None else [commit]
        super().append(commit._replace(effects=()))

    def __exit__(self, *error):
        super().__exit__(*error)
        for commit in self.late if error[0] is None else ():
            with MemoryTransaction(self._tables) as after:
                version = self.case(commit.case.id).version
                after.append(commit._replace(event=None, timers={}, expected=version, flow=None))
"""
KEYLESS = """
    def append(self, commit):
        if commit.event is not None:
            self._tables.keys.get(commit.event.kind, {}).pop(commit.event.key, None)
        super().append(commit)
"""
POISON = """
    def waiting(self, now, limit):
        found = super().waiting(now, limit)
        return [] if any(kept.state == "dead" for kept in self._tables.outbox.values()) else found
"""
EARLY = """
    def due(self, now, limit):
        from datetime import timedelta
        return super().due(now + timedelta(microseconds=1), limit)
"""
REPUBLISHED = """
    def _publish(self, flow):
        self._tables.flows[flow.id, flow.version] = flow
"""


@pytest.mark.parametrize(
    ("bug", "finder"),
    [
        (APART, "test_an_exception_takes_everything_back"),
        (UNCHECKED, "test_the_version_must_be_the_expected_one"),
        (LATE, "test_several_steps_share_a_transaction"),
        (KEYLESS, "test_a_key_is_unique_for_each_kind"),
        (POISON, "test_a_dead_letter_holds_its_own_case_only"),
        (EARLY, "test_due_timers_come_earliest_first"),
        (REPUBLISHED, "test_a_published_flow_is_never_edited"),
    ],
    ids=["apart", "unchecked", "late", "keyless", "poison", "early", "republished"],
)
def test_a_planted_bug_is_found(pytester: pytest.Pytester, bug: str, finder: str) -> None:
    """Each bug is found by its named test, and by no crash of the whole file."""
    pytester.makepyfile(SUITE.format(bug=bug))
    result = pytester.runpytest_subprocess("-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--tb=line")
    result.stdout.fnmatch_lines([f"FAILED *::{finder}*"])
    assert result.parseoutcomes().get("passed", 0) > 8


def test_the_suite_passes_without_one(pytester: pytest.Pytester) -> None:
    """The same class without a bug passes."""
    pytester.makepyfile(SUITE.format(bug="    pass\n"))
    assert pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider").parseoutcomes().get("failed", 0) == 0
