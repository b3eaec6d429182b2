"""Pluggable persistence: the contract, and the memory store that reads like its specification."""

from xinfang_flow.store.contract import (
    Commit,
    EffectState,
    Order,
    Query,
    Reader,
    Store,
    StoredFlow,
    Timer,
    Transaction,
    ValueTakenError,
    Waiting,
    WorkPlace,
    WorkQuery,
)  # fmt: skip
from xinfang_flow.store.memory import MemoryStore

__all__ = [
    "Commit", "EffectState", "MemoryStore", "Order", "Query", "Reader", "Store", "StoredFlow", "Timer", "Transaction",
    "ValueTakenError", "Waiting", "WorkPlace", "WorkQuery",
]  # fmt: skip
