"""The SQL store's transactions: one of its own, and one that joins the caller's."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from xinfang_flow.errors import ConflictError, OutcomeUnknownError, StoreError
from xinfang_flow.kernel import Case, Event, Signal
from xinfang_flow.kernel.canonical import moment_of, stamp
from xinfang_flow.kernel.case import overdue_from
from xinfang_flow.store.conflicts import key_taken, moved_on, published_otherwise
from xinfang_flow.store.contract import Commit, StoredFlow, Timer, Waiting
from xinfang_flow.store.sql.beside import RowsBeside
from xinfang_flow.store.sql.connection import Connection, ConnectionPool, SingleConnection
from xinfang_flow.store.sql.errors import CONFLICT, TAKEN_BACK, ConnectionLostError, TakenBackError
from xinfang_flow.store.sql.queries import Queries
from xinfang_flow.store.sql.rows import Snapshots, case_row, effect_of, event_of, event_row
from xinfang_flow.store.sql.statements import Statements
from xinfang_flow.text import Text

BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}
_ONE_AT_A_TIME = Text(
    "本线程已有一个未结束的事务：条件里不能办理，成批请用 fire_many",
    "this thread has a transaction open already: a guard must not fire, and a batch is fire_many",
)
_FAILED = Text(
    "事务中有一步失败，全部已收回：请重试",
    "a step of this transaction failed, so all of it was taken back: try again",
)
_OVER = Text(
    "事务已结束或尚未开始：请在 with 中使用", "the transaction has ended, or has not begun: use it in a with block"
)
_MOVES = frozenset(("stage", "done", "outcome", "deadlines", "digest", "flow_version"))


class StoreParts:
    """What the transactions of one store share."""

    def __init__(
        self, statements: Statements, queries: Queries, pool: ConnectionPool | SingleConnection, kind: str
    ) -> None:
        self.statements, self.queries, self.pool, self.kind = statements, queries, pool, kind
        self.begin = BEGIN.get(kind, "START TRANSACTION")
        self.local = threading.local()
        self.snapshots = Snapshots()


class SqlTransaction:
    """A transaction of the store's own: it commits or rolls back, completely."""

    __slots__ = ("_broken", "_connection", "_last", "_parts", "_right")

    def __init__(self, parts: StoreParts) -> None:
        self._parts = parts
        self._connection: Connection | None = None
        self._last: Event | None = None
        self._broken = False
        self._right: dict[str, bool] = {}

    def __enter__(self) -> Self:
        """Begin; on SQLite as the one writer."""
        parts = self._parts
        if getattr(parts.local, "connection", None) is not None:
            raise StoreError(_ONE_AT_A_TIME)
        try:
            self._take()
            try:
                self._connection.run(parts.begin)  # type: ignore[union-attr]
            except ConnectionLostError:  # the server went while nobody spoke: nothing of ours is lost
                self._abandon()
                parts.pool.forget()
                self._take()
                self._connection.run(parts.begin)  # type: ignore[union-attr]
        except BaseException:
            self._abandon()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back when an exception passes.

        Raises:
            OutcomeUnknownError: the answer to the commit was lost, and nobody can say what became of it.
            ConflictError: an earlier failure inside the transaction was passed over.
        """
        if kind is not None or self._lost:
            self._abandon()
            if kind is None:
                raise ConflictError(_FAILED)
            return
        try:
            self._connection.run("COMMIT")  # type: ignore[union-attr]
        except ConnectionLostError as lost:
            self._abandon()
            self._resolve(lost)
            return
        except BaseException:
            self._abandon()
            raise
        self._leave()

    def __del__(self) -> None:
        if self._connection is not None:
            self._abandon()

    # ---- the contract -----------------------------------------------------------------------------------------------

    def case(self, case_id: str) -> Case | None:
        """Return the case, locked against other writers until the transaction ends."""
        row = self._on.one(self._parts.statements.case_locked, (case_id,))
        if row is None:
            return None
        snapshot, version, indexed = row
        self._right[case_id] = version == indexed
        return self._parts.snapshots.read(case_id, snapshot)

    def event_by_key(self, kind: str, key: str) -> Event | None:
        """Return the event that was accepted under this idempotency key, if any."""
        row = self._on.one(self._parts.statements.event_by_key, (kind, key))
        return None if row is None else event_of(*row)

    def append(self, commit: Commit) -> None:
        """Write event, snapshot, and what lies beside them.

        The event comes first: its key and its place in the case are unique, so that what cannot be appended fails
        before anything is written.
        """
        connection, statements, event = self._on, self._parts.statements, commit.event
        fresh = commit.flow is not None and self._is_fresh(commit.flow)
        beside = RowsBeside(connection, statements, commit, right=self._is_right(commit))
        beside.check()
        if event is None:
            self._check_version(commit)
        else:
            self._write_event(connection, commit, event)
        written, self._broken = self._broken, True
        if event is not None:
            self._write_case(connection, commit, event, complete=beside.complete)
        elif beside.complete and not self._is_right(commit):
            self._write_indexed(connection, commit)
        beside.write()
        if commit.flow is not None and fresh:
            connection.run(statements.flow_insert, commit.flow)
        self._broken = written

    def signals(self, case_id: str) -> Sequence[Signal]:
        """Return the signals from linked cases that this case has not accepted yet."""
        return [Signal(*row) for row in self._on.all(self._parts.queries.signals, (case_id,))]

    def due(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Return the timers that are due, earliest first."""
        rows = self._on.all(self._parts.statements.timers_due, (stamp(now), limit))
        return [Timer(case_id, name, moment_of(at)) for case_id, name, at in rows]

    def waiting(self, now: datetime, limit: int) -> Sequence[Waiting]:
        """Return the next undelivered effect of each case, oldest first."""
        return [effect_of(row) for row in self._on.all(self._parts.statements.waiting, (stamp(now), limit))]

    def settle(self, effect: Waiting) -> None:
        """Record what became of an effect."""
        request, retry_at = effect.request, None if effect.retry_at is None else stamp(effect.retry_at)
        self._on.run(
            self._parts.statements.effect_settle,
            (effect.state, effect.tries, effect.error, retry_at, request.case_id, request.seq, request.name),
        )

    # ---- inside -----------------------------------------------------------------------------------------------------

    @property
    def _on(self) -> Connection:
        if self._connection is None:
            raise StoreError(_OVER)
        if self._connection.taken_back:  # MariaDB would take what follows as statements on their own
            raise TakenBackError(TAKEN_BACK)
        return self._connection

    @property
    def _lost(self) -> bool:
        return self._broken or (self._connection is not None and self._connection.taken_back)

    def _take(self) -> None:
        self._connection = self._parts.local.connection = self._parts.pool.take()
        self._connection.taken_back = False

    def _leave(self) -> None:
        connection, self._connection, self._parts.local.connection = self._connection, None, None
        if connection is not None:
            self._parts.pool.give(connection)

    def _abandon(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        ours: Any = getattr(self._parts.local, "connection", None)
        if ours is connection:
            self._parts.local.connection = None
        if connection.roll_back():
            self._parts.pool.give(connection)
        else:
            connection.close()

    def _resolve(self, lost: ConnectionLostError) -> None:
        """The answer to COMMIT did not arrive: our own event, found under its key, is the answer."""
        if self._last is None:
            raise lost
        self._parts.pool.forget()
        try:
            connection = self._parts.pool.take()
            row = connection.one(self._parts.statements.event_by_key, (self._last.kind, self._last.key))
            self._parts.pool.give(connection)
        except StoreError:
            row = None
        if row is None or row[1] != self._last.hash:
            raise OutcomeUnknownError(key=self._last.key) from lost

    def _write_event(self, connection: Connection, commit: Commit, event: Event) -> None:
        try:
            connection.run(self._parts.statements.event_insert, event_row(event))
        except ConflictError as conflict:
            if self._parts.kind == "postgresql":  # the server takes no more questions in this transaction
                self._broken = True
                raise
            self._check_version(commit)
            raise key_taken(event) from conflict
        self._last = event

    def _write_case(self, connection: Connection, commit: Commit, event: Event, *, complete: bool) -> None:
        case, statements, text = commit.case, self._parts.statements, self._parts.snapshots.write(commit.case)
        indexed = case.version if complete else None
        self._right[case.id] = complete
        if commit.expected == 0:
            connection.run(statements.case_insert, case_row(case, text, indexed))
        else:
            at = stamp(case.changed_at)
            if event.source != event.dest or not _MOVES.isdisjoint(event.changes):
                touched = connection.run(statements.case_moved, (
                    case.flow_version, case.digest, case.state, case.stage, case.version, case.done, case.outcome,
                    overdue_from(case), at, case.head, text, indexed, case.id, commit.expected,
                ))  # fmt: skip
            else:
                touched = connection.run(
                    statements.case_stayed, (case.version, at, case.head, text, indexed, case.id, commit.expected)
                )
            if touched != 1:
                self._check_version(commit)
                raise ConflictError(CONFLICT, case_id=case.id, expected=commit.expected)

    def _write_indexed(self, connection: Connection, commit: Commit) -> None:
        """Write that the derived rows have been made again, and what the snapshot did not know when it was written."""
        case, text = commit.case, self._parts.snapshots.write(commit.case)
        connection.run(self._parts.statements.case_indexed, (text, case.version, case.id, commit.expected))
        self._right[case.id] = True

    def _is_right(self, commit: Commit) -> bool:
        """Return whether the derived rows are those of the case as it is; a new case has none that could be wrong."""
        if commit.expected == 0 or (commit.work is None and commit.fields is None):
            return self._right.get(commit.case.id, True)
        if commit.case.id not in self._right:
            row = self._on.one(self._parts.statements.case_version, (commit.case.id,))
            self._right[commit.case.id] = row is None or row[0] == row[1]
        return self._right[commit.case.id]

    def _is_fresh(self, flow: StoredFlow) -> bool:
        row = self._on.one(self._parts.statements.flow_digest, (flow.id, flow.version))
        if row is not None and row[0] != flow.digest:
            raise published_otherwise(flow)
        return row is None

    def _check_version(self, commit: Commit) -> None:
        row = self._on.one(self._parts.statements.case_version, (commit.case.id,))
        found = row[0] if row is not None else 0
        if found != commit.expected:
            raise moved_on(commit.case.id, commit.expected, found)


class JoinedTransaction(SqlTransaction):
    """A part of the caller's transaction, which only the caller ends.

    A savepoint of its own makes each call whole: what fails leaves nothing of itself and the caller's work untouched.
    """

    __slots__ = ("_before", "_theirs")

    def __init__(self, parts: StoreParts, connection: Connection) -> None:
        super().__init__(parts)
        self._theirs = connection
        self._before: Any = None

    def __enter__(self) -> Self:
        """Begin a savepoint in the caller's transaction."""
        connection = self._theirs
        if connection.lite and not connection.raw.in_transaction:
            connection.run(self._parts.begin)
        connection.run("SAVEPOINT xf_call")
        self._before = getattr(self._parts.local, "connection", None)
        self._connection = self._parts.local.connection = connection
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep the savepoint, or go back to it; the caller's transaction stays open."""
        if kind is not None or self._lost:
            self._abandon()
            if kind is None:
                raise ConflictError(
                    Text("这次调用中有一步失败，全部已收回", "a step of this call failed, so all of it was taken back")
                )
            return
        try:
            self._theirs.run("RELEASE SAVEPOINT xf_call")
        finally:
            self._leave()

    def _leave(self) -> None:
        self._connection, self._parts.local.connection = None, self._before

    def _abandon(self) -> None:
        if self._connection is None:
            return
        self._leave()
        for text in ("ROLLBACK TO SAVEPOINT xf_call", "RELEASE SAVEPOINT xf_call"):
            try:
                self._theirs.run(text)
            except (StoreError, ConflictError):  # a deadlock has taken the whole transaction back already
                return
