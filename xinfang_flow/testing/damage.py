"""Damage to a store, as somebody with rights on the database could do it: what `verify` is there to find."""

from __future__ import annotations

from typing import Protocol

from xinfang_flow.kernel import Case
from xinfang_flow.store import MemoryStore


class Damage(Protocol):
    """What can be done to a store behind its back; a suite's `damage(store)` gives one."""

    def rewrite(self, case_id: str, seq: int, body: str, hash_: str) -> None:
        """Give an event another hashed form and another hash."""

    def remove(self, case_id: str, seq: int) -> None:
        """Take an event away."""

    def restate(self, case: Case) -> None:
        """Give a case another snapshot."""

    def erase(self, case_id: str, seq: int) -> None:
        """Take away the personal part of an event: no damage to the proof."""

    def forget(self, case_id: str) -> None:
        """Take away the rows by which a case is listed and found."""


class MemoryDamage:
    """Damage to a memory store."""

    def __init__(self, store: MemoryStore) -> None:
        self._tables = store.tables

    def rewrite(self, case_id: str, seq: int, body: str, hash_: str) -> None:
        """Give an event another hashed form and another hash."""
        events = self._tables.events[case_id]
        events[seq - 1] = events[seq - 1]._replace(body=body, hash=hash_)

    def remove(self, case_id: str, seq: int) -> None:
        """Take an event away."""
        del self._tables.events[case_id][seq - 1]

    def restate(self, case: Case) -> None:
        """Give a case another snapshot."""
        self._tables.cases[case.id] = case

    def erase(self, case_id: str, seq: int) -> None:
        """Take away the personal part of an event."""
        events = self._tables.events[case_id]
        events[seq - 1] = events[seq - 1]._replace(private=None)

    def forget(self, case_id: str) -> None:
        """Take away the rows by which a case is listed and found."""
        self._tables.work.pop(case_id, None)
        self._tables.fields.pop(case_id, None)
