"""Connections: a driver's connection with one cursor, and the few that a store keeps.

A connection belongs to nobody between two transactions, so that a store serves as many threads as it has transactions
at one time.  A process that was forked gets connections of its own and leaves its parent's alone, unclosed.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from xinfang_flow.errors import StoreError, XinfangError
from xinfang_flow.store.sql.errors import TakenBackError
from xinfang_flow.text import Text

Explain = Callable[[Exception], XinfangError]
_INHERITED: list[Connection] = []
_CLOSED = Text("存储已关闭", "the store is closed")


class Connection:
    """One connection of a driver, in autocommit: transactions are begun and ended by statements.

    `taken_back` says that the server has ended a transaction by itself, whatever became of the error; whoever begins
    the next one clears it.
    """

    __slots__ = (
        "_errors", "_execute", "_explain", "_fetch", "_fetch_all", "_keeper", "cursor", "lite", "pid", "raw",
        "taken_back",
    )  # fmt: skip

    def __init__(
        self, raw: Any, errors: tuple[type[Exception], ...], explain: Explain, *, lite: bool, keeper: Any = None
    ) -> None:
        """Take a driver's connection; with `keeper`, whoever owns it, it is never closed here."""
        self.raw, self.lite, self.pid, self._keeper = raw, lite, os.getpid(), keeper
        self._errors, self._explain, self.taken_back = errors, explain, False
        self.cursor = raw.cursor()
        self._execute, self._fetch, self._fetch_all = self.cursor.execute, self.cursor.fetchone, self.cursor.fetchall

    def run(self, text: str, values: Sequence[Any] = ()) -> int:
        """Run a statement and return how many rows it touched."""
        try:
            self._execute(text, values)
        except self._errors as error:
            raise self._told(error) from error
        touched: int = self.cursor.rowcount
        return touched

    def one(self, text: str, values: Sequence[Any] = ()) -> Any:
        """Return the first row, or None."""
        try:
            self._execute(text, values)
            return self._fetch()
        except self._errors as error:
            raise self._told(error) from error

    def all(self, text: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return every row."""
        try:
            self._execute(text, values)
            return list(self._fetch_all())
        except self._errors as error:
            raise self._told(error) from error

    def roll_back(self) -> bool:
        """Take back what is open, if anything is; return whether the connection can still be used."""
        try:
            if not self.lite or self.raw.in_transaction:
                self._execute("ROLLBACK")
        except self._errors:
            return False
        return True

    def _told(self, error: Exception) -> XinfangError:
        told = self._explain(error)
        self.taken_back = self.taken_back or isinstance(told, TakenBackError)
        return told

    def close(self) -> None:
        """Let go of the connection; one inherited over a fork is kept, unclosed, for it is the parent's."""
        if self.pid != os.getpid():
            _INHERITED.append(self)
            return
        with contextlib.suppress(*self._errors):
            self.cursor.close()
            if self._keeper is None:
                self.raw.close()

    def __del__(self) -> None:
        if getattr(self, "cursor", None) is not None and self.pid == os.getpid():
            self.close()


class ConnectionPool:
    """The connections that nobody uses at the moment, last used first."""

    def __init__(self, make: Callable[[], Connection]) -> None:
        self._make, self._free, self._pid, self._closed = make, deque[Connection](), os.getpid(), False

    def take(self) -> Connection:
        """Return a connection that nobody else uses.

        Raises:
            StoreError: the store is closed, or the database cannot be reached.
        """
        if self._pid != os.getpid():
            _INHERITED.extend(self._free)
            self._free, self._pid = deque(), os.getpid()
        if self._closed:
            raise StoreError(_CLOSED)
        try:
            connection = self._free.pop()
        except IndexError:
            return self._make()
        if connection.lite and connection.raw.in_transaction:
            connection.roll_back()
        return connection

    def give(self, connection: Connection) -> None:
        """Take a connection back."""
        if self._closed:
            connection.close()
        else:
            self._free.append(connection)

    def forget(self) -> None:
        """Close what is free: the server has gone, and these connections with it."""
        while self._free:
            self._free.pop().close()

    def close(self) -> None:
        """Close what is free now; what is in use follows when it comes back."""
        self._closed = True
        self.forget()


class SingleConnection:
    """One connection for all threads, one at a time: an in-memory database is its connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._lock, self._closed = connection, threading.RLock(), False

    def take(self) -> Connection:
        """Wait until nobody else uses the connection, and return it.

        Raises:
            StoreError: the store is closed.
        """
        try:
            self._lock.acquire()
        except BaseException:
            self._release()
            raise
        if self._closed:
            self._release()
            raise StoreError(_CLOSED)
        return self._connection

    def give(self, connection: Connection) -> None:
        """Let the next one have it; what an interrupted call left open is taken back."""
        connection.roll_back()
        self._release()

    def forget(self) -> None:
        """Nothing can be lost here."""

    def close(self) -> None:
        """Close the connection, and the database with it."""
        with self._lock:
            self._closed = True
            self._connection.close()

    def _release(self) -> None:
        with contextlib.suppress(RuntimeError):  # not ours: the interrupt came before the lock
            self._lock.release()
