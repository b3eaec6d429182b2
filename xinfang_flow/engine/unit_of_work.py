"""A unit of work: one transaction, with every case that it has locked or written as that case now stands.

What one step does to another case, and what comes back from there, is seen by whoever asks next, without asking the
database again: a case in the hand is never older than the one in the transaction.
"""

from __future__ import annotations

from xinfang_flow.kernel import Case
from xinfang_flow.store import Commit, Transaction


class UnitOfWork:
    """One transaction of the engine."""

    __slots__ = ("_cases", "commits", "published", "transaction")

    def __init__(self, transaction: Transaction) -> None:
        """Take an open transaction; `commits` counts what was written, `published` names the flow versions in it."""
        self.transaction = transaction
        self.commits = 0
        self.published: frozenset[tuple[str, int]] = frozenset()
        self._cases: dict[str, Case] = {}

    def case(self, case_id: str) -> Case | None:
        """Return a case as it now stands, locked against other writers until the transaction ends."""
        case = self._cases.get(case_id)
        if case is None:
            case = self.transaction.case(case_id)
            if case is not None:
                self._cases[case_id] = case
        return case

    def now(self, case: Case) -> Case:
        """Return a case that this unit has locked or written, as it now stands."""
        return self._cases[case.id]

    def append(self, commit: Commit) -> None:
        """Write one commit."""
        self.transaction.append(commit)
        self.commits += 1
        self._cases[commit.case.id] = commit.case
        if commit.flow is not None:
            self.published |= {commit.flow[:2]}
