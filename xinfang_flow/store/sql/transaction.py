"""The SQL store's transactions: one of its own, and one that joins the caller's."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from xinfang_flow.errors import ConflictError, FlowError, OutcomeUnknownError, StoreError
from xinfang_flow.kernel import Case, Event, Signal
from xinfang_flow.kernel.canonical import moment_of, stamp
from xinfang_flow.kernel.case import overdue_from
from xinfang_flow.store.contract import Commit, StoredFlow, Timer, Waiting
from xinfang_flow.store.sql.connection import Link, Pool, SingleLink
from xinfang_flow.store.sql.errors import CONFLICT, TAKEN_BACK, ConnectionLostError, TakenBackError
from xinfang_flow.store.sql.rows import Snapshots, case_row, effect_of, event_of, event_row, slot_rows
from xinfang_flow.store.sql.statements import Texts
from xinfang_flow.text import Text

BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}
_MOVES = frozenset(("stage", "done", "outcome", "deadlines", "digest", "flow_version"))
_NOTHING: dict[str, Any] = {}


class Shop:
    """What the transactions of one store share."""

    def __init__(self, texts: Texts, pool: Pool | SingleLink, kind: str) -> None:
        self.texts, self.pool, self.kind = texts, pool, kind
        self.begin = BEGIN.get(kind, "START TRANSACTION")
        self.local = threading.local()
        self.snapshots = Snapshots()


class SqlTransaction:
    """A transaction of the store's own: it commits or rolls back, completely."""

    __slots__ = ("_broken", "_last", "_link", "_shop")

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._link: Link | None = None
        self._last: Event | None = None
        self._broken = False

    def __enter__(self) -> Self:
        """Begin; on SQLite as the one writer."""
        shop = self._shop
        if getattr(shop.local, "link", None) is not None:
            raise StoreError(
                "this thread has a transaction open already: a guard must not fire, and a batch is fire_many"
            )
        try:
            self._take()
            try:
                self._link.run(shop.begin)  # type: ignore[union-attr]
            except ConnectionLostError:  # the server went while nobody spoke: nothing of ours is lost
                self._abandon()
                shop.pool.forget()
                self._take()
                self._link.run(shop.begin)  # type: ignore[union-attr]
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
                raise ConflictError("a step of this transaction failed, so all of it was taken back: try again")
            return
        try:
            self._link.run("COMMIT")  # type: ignore[union-attr]
        except ConnectionLostError as lost:
            self._abandon()
            self._resolve(lost)
            return
        except BaseException:
            self._abandon()
            raise
        self._leave()

    def __del__(self) -> None:
        if self._link is not None:
            self._abandon()

    # ---- the contract -----------------------------------------------------------------------------------------------

    def case(self, case_id: str) -> Case | None:
        """Return the case, locked against other writers until the transaction ends."""
        row = self._on.one(self._shop.texts.case_locked, (case_id,))
        return None if row is None else self._shop.snapshots.read(case_id, row[0])

    def event_by_key(self, kind: str, key: str) -> Event | None:
        """Return the event that was accepted under this idempotency key, if any."""
        row = self._on.one(self._shop.texts.event_by_key, (kind, key))
        return None if row is None else event_of(*row)

    def append(self, commit: Commit) -> None:
        """Write event, snapshot, timers, tasks and effects.

        The event comes first: its key and its place in the case are unique, so that what cannot be appended fails
        before anything is written.
        """
        link, texts, event = self._on, self._shop.texts, commit.event
        fresh = commit.flow is not None and self._is_fresh(commit.flow)
        if event is None:
            self._check_version(commit)
        else:
            self._write_event(link, commit, event)
        written, self._broken = self._broken, True
        if event is not None:
            self._write_case(link, commit, event)
        for name, at in commit.timers.items():
            if at is None:
                link.run(texts.timer_drop, (commit.case.id, name))
            else:
                link.run(texts.timer_set, (commit.case.id, name, stamp(at)))
        for request in dict.fromkeys(commit.effects):
            link.run(texts.effect_insert, (request.case_id, request.seq, request.name, "waiting", 0, None, None))
        if commit.signals or commit.settled_signals:
            self._write_signals(link, commit)
        if commit.flow is not None and fresh:
            link.run(texts.flow_insert, commit.flow)
        self._broken = written

    def signals(self, case_id: str) -> Sequence[Signal]:
        """Return the signals from linked cases that this case has not accepted yet."""
        return [Signal(*row) for row in self._on.all(self._shop.texts.signals, (case_id,))]

    def due(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Return the timers that are due, earliest first."""
        rows = self._on.all(self._shop.texts.timers_due, (stamp(now), limit))
        return [Timer(case_id, name, moment_of(at)) for case_id, name, at in rows]

    def waiting(self, now: datetime, limit: int) -> Sequence[Waiting]:
        """Return the next undelivered effect of each case, oldest first."""
        return [effect_of(row) for row in self._on.all(self._shop.texts.waiting, (stamp(now), limit))]

    def settle(self, effect: Waiting) -> None:
        """Record what became of an effect."""
        request, retry_at = effect.request, None if effect.retry_at is None else stamp(effect.retry_at)
        self._on.run(
            self._shop.texts.effect_settle,
            (effect.state, effect.tries, effect.error, retry_at, request.case_id, request.seq, request.name),
        )

    # ---- inside -----------------------------------------------------------------------------------------------------

    @property
    def _on(self) -> Link:
        if self._link is None:
            raise StoreError("the transaction has ended, or has not begun: use it in a with block")
        if self._link.taken_back:  # MariaDB would take what follows as statements on their own
            raise TakenBackError(TAKEN_BACK)
        return self._link

    @property
    def _lost(self) -> bool:
        return self._broken or (self._link is not None and self._link.taken_back)

    def _take(self) -> None:
        self._link = self._shop.local.link = self._shop.pool.take()
        self._link.taken_back = False

    def _leave(self) -> None:
        link, self._link, self._shop.local.link = self._link, None, None
        if link is not None:
            self._shop.pool.give(link)

    def _abandon(self) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        ours: Any = getattr(self._shop.local, "link", None)
        if ours is link:
            self._shop.local.link = None
        if link.roll_back():
            self._shop.pool.give(link)
        else:
            link.close()

    def _resolve(self, lost: ConnectionLostError) -> None:
        """The answer to COMMIT did not arrive: our own event, found under its key, is the answer."""
        if self._last is None:
            raise lost
        self._shop.pool.forget()
        try:
            link = self._shop.pool.take()
            row = link.one(self._shop.texts.event_by_key, (self._last.kind, self._last.key))
            self._shop.pool.give(link)
        except StoreError:
            row = None
        if row is None or row[1] != self._last.hash:
            raise OutcomeUnknownError(key=self._last.key) from lost

    def _write_event(self, link: Link, commit: Commit, event: Event) -> None:
        try:
            link.run(self._shop.texts.event_insert, event_row(event))
        except ConflictError as conflict:
            if self._shop.kind == "postgresql":  # the server takes no more questions in this transaction
                self._broken = True
                raise
            self._check_version(commit)
            raise ConflictError(f"the key {event.key!r} is taken", case_id=event.case_id) from conflict
        self._last = event

    def _write_case(self, link: Link, commit: Commit, event: Event) -> None:
        shop, case = self._shop, commit.case
        texts, text = shop.texts, shop.snapshots.write(case)
        if commit.expected == 0:
            link.run(texts.case_insert, case_row(case, text))
        else:
            at = stamp(case.changed_at)
            if event.source != event.dest or not _MOVES.isdisjoint(event.changes):
                touched = link.run(texts.case_moved, (
                    case.flow_version, case.digest, case.state, case.stage, case.version, case.done, case.outcome,
                    overdue_from(case), at, case.head, text, case.id, commit.expected,
                ))  # fmt: skip
            else:
                touched = link.run(texts.case_stayed, (case.version, at, case.head, text, case.id, commit.expected))
            if touched != 1:
                self._check_version(commit)
                raise ConflictError(CONFLICT, case_id=case.id, expected=commit.expected)
        for name in event.changes.get("tasks", _NOTHING):
            if commit.expected:
                link.run(texts.slots_drop, (case.id, name))
            for row in slot_rows(case.tasks[name]):
                link.run(texts.slot_insert, row)

    def _write_signals(self, link: Link, commit: Commit) -> None:
        for signal in commit.signals:
            link.run(self._shop.texts.signal_insert, signal)
        for signal in commit.settled_signals:
            link.run(self._shop.texts.signal_drop, signal[:3])

    def _is_fresh(self, flow: StoredFlow) -> bool:
        row = self._on.one(self._shop.texts.flow_digest, (flow.id, flow.version))
        if row is not None and row[0] != flow.digest:
            raise FlowError(
                Text(
                    f"{flow.id}@{flow.version} 已以另一内容发布：请另起第{flow.version + 1}版",
                    f"{flow.id}@{flow.version} is already published with another content: "
                    f"make it version {flow.version + 1}",
                )
            )
        return row is None

    def _check_version(self, commit: Commit) -> None:
        row = self._on.one(self._shop.texts.case_version, (commit.case.id,))
        found = row[0] if row is not None else 0
        if found != commit.expected:
            raise ConflictError(
                Text(
                    f"事项 {commit.case.id} 已有{found}条留痕，您看到的是第{commit.expected}条时的情形：请重新查看",
                    f"case {commit.case.id} has version {found}, not {commit.expected}",
                ),
                case_id=commit.case.id, expected=commit.expected, found=found,
            )  # fmt: skip


class JoinedTransaction(SqlTransaction):
    """A part of the caller's transaction, which only the caller ends.

    A savepoint of its own makes each call whole: what fails leaves nothing of itself and the caller's work untouched.
    """

    __slots__ = ("_before", "_theirs")

    def __init__(self, shop: Shop, link: Link) -> None:
        super().__init__(shop)
        self._theirs = link
        self._before: Any = None

    def __enter__(self) -> Self:
        """Begin a savepoint in the caller's transaction."""
        link = self._theirs
        if link.lite and not link.raw.in_transaction:
            link.run(self._shop.begin)
        link.run("SAVEPOINT xf_call")
        self._before = getattr(self._shop.local, "link", None)
        self._link = self._shop.local.link = link
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep the savepoint, or go back to it; the caller's transaction stays open."""
        if kind is not None or self._lost:
            self._abandon()
            if kind is None:
                raise ConflictError("a step of this call failed, so all of it was taken back")
            return
        try:
            self._theirs.run("RELEASE SAVEPOINT xf_call")
        finally:
            self._leave()

    def _leave(self) -> None:
        self._link, self._shop.local.link = None, self._before

    def _abandon(self) -> None:
        if self._link is None:
            return
        self._leave()
        for text in ("ROLLBACK TO SAVEPOINT xf_call", "RELEASE SAVEPOINT xf_call"):
            try:
                self._theirs.run(text)
            except (StoreError, ConflictError):  # a deadlock has taken the whole transaction back already
                return
