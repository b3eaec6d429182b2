"""Pluggable persistence: the contract, and the memory store that reads like its specification."""

from xinfang_flow.store.contract import (
    Commit,
    EffectState,
    Query,
    Reader,
    Store,
    StoredFlow,
    Timer,
    Transaction,
    Waiting,
)  # fmt: skip
from xinfang_flow.store.memory import MemoryStore

__all__ = [
    "Commit", "EffectState", "MemoryStore", "Query", "Reader", "Store", "StoredFlow", "Timer", "Transaction", "Waiting",
]  # fmt: skip
