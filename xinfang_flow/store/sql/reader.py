"""The SQL store's reading port: nothing here locks or writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xinfang_flow.errors import TamperedError
from xinfang_flow.kernel import Case, Event, Signal
from xinfang_flow.kernel.canonical import stamp
from xinfang_flow.kernel.searchable import FieldValue
from xinfang_flow.kernel.work import Work
from xinfang_flow.store.contract import EffectState, Query, StoredFlow, Waiting, WorkQuery
from xinfang_flow.store.sql.connection import Connection, ConnectionPool, SingleConnection
from xinfang_flow.store.sql.errors import ConnectionLostError
from xinfang_flow.store.sql.queries import Queries
from xinfang_flow.store.sql.rows import NEVER, case_of, effect_of, event_of, work_of
from xinfang_flow.text import Text

ALL = 2**31 - 1


class Borrowed:
    """Whose connection a read goes over: that of the transaction which this thread has open, else a free one.

    So a read inside a transaction sees what that transaction has written, the caller's own session included.
    """

    def __init__(self, pool: ConnectionPool | SingleConnection, local: Any) -> None:
        self._pool, self._local = pool, local

    def all(self, text: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return every row of a statement."""
        current: Connection | None = getattr(self._local, "connection", None)
        if current is not None:
            return current.all(text, values)
        try:
            return self._free(text, values)
        except ConnectionLostError:
            self._pool.forget()
            return self._free(text, values)

    def _free(self, text: str, values: Sequence[Any]) -> list[Any]:
        connection = self._pool.take()
        try:
            rows = connection.all(text, values)
        except ConnectionLostError:
            connection.close()
            raise
        except BaseException:
            self._pool.give(connection)
            raise
        self._pool.give(connection)
        return rows


class SqlReader:
    """Reads cases, histories, flows and effects."""

    def __init__(self, queries: Queries, rows: Borrowed | Connection) -> None:
        self._queries, self._rows = queries, rows

    def get(self, case_id: str) -> Case | None:
        """Return the case as it stands."""
        rows = self._rows.all(self._queries.get, (case_id,))
        return case_of(rows[0][0]) if rows else None

    def history(self, case_id: str, upto: int | None = None) -> Sequence[Event]:
        """Return the case's events in order.

        Raises:
            TamperedError: an event cannot be read any more.
        """
        events: list[Event] = []
        for body, hashed, private, seq in self._rows.all(
            self._queries.history, (case_id, ALL if upto is None else upto)
        ):
            try:
                events.append(event_of(body, hashed, private))
            except TamperedError as error:
                raise TamperedError(
                    Text(f"{case_id} 的第{seq}条留痕无法读取", f"event {seq} of {case_id} cannot be read"),
                    case_id=case_id,
                    broken_at=seq,
                ) from error
        return tuple(events)

    def find(self, query: Query) -> Sequence[Case]:
        """Return the matching cases in the order asked for."""
        if (query.holder is not None or query.roles) and query.holder is None and query.settled:
            return []
        if query.order != "due":
            return self._find(query, None)
        rows: list[Case] = []
        if query.after is None or query.after_at is not None:
            rows = self._find(query, late=True)
            query = query._replace(after=None, limit=query.limit - len(rows))
        return rows + self._find(query, late=False) if query.limit else rows

    def _find(self, query: Query, late: bool | None) -> list[Case]:  # noqa: FBT001  None is a third answer
        given: dict[str, tuple[Any, ...]] = {
            name: (value,) for name in ("flow", "state", "org", "done") if (value := getattr(query, name)) is not None
        }
        if query.after is not None:
            at = () if query.after_at is None or late is False else (stamp(query.after_at),) * 2
            given["after"] = (*at, query.after)
        if query.overdue_at is not None:
            given["overdue_at"] = (stamp(query.overdue_at),)
        roles = () if query.settled else tuple(sorted(query.roles))
        owes = () if query.holder is None else ("holder",)
        settled = ("settled",) if query.settled else ()
        where = sorted(query.where.items())
        text = self._queries.find((*given, *owes, *settled), len(roles), len(where), query.order, late)
        holder = () if query.holder is None else (query.holder,)
        values = [value for part in (*given.values(), holder, roles, *where) for value in part]
        return [case_of(row[0]) for row in self._rows.all(text, (*values, query.limit))]

    def worklist(self, query: WorkQuery) -> Sequence[Work]:
        """Return the work that fits, most urgent first; each role is asked over its own index."""
        given: dict[str, tuple[Any, ...]] = {
            name: (value,) for name in ("flow", "org") if (value := getattr(query, name)) is not None
        }
        if query.after is not None:
            due_at = NEVER if query.after.due is None else stamp(query.after.due)
            given["after"] = (due_at, due_at, stamp(query.after.since), *query.after[2:])
        asked = [given] if query.roles is None else [
            {"role": (role,), "bound": (query.actor_org,), **given} for role in sorted(query.roles)
        ]  # fmt: skip
        rows: list[Any] = []
        for conditions in asked:
            values = [value for part in conditions.values() for value in part]
            rows += self._rows.all(self._queries.worklist(tuple(conditions)), (*values, query.limit))
        rows.sort(key=lambda row: (row[8], row[9], row[0], row[1]))
        return [work_of(row) for row in rows[: query.limit]]

    def work(self, case_id: str) -> Sequence[Work]:
        """Return the case's rows in the worklist."""
        return [work_of(row) for row in self._rows.all(self._queries.work, (case_id,))]

    def fields(self, case_id: str) -> Sequence[FieldValue]:
        """Return what the case is found by."""
        return [FieldValue(*row) for row in self._rows.all(self._queries.fields, (case_id,))]

    def outdated(self, limit: int, after: tuple[str, str]) -> Sequence[tuple[str, str, str]]:
        """Return cases whose derived rows are not those of their version: `SqlStore.outdated`."""
        return [tuple(row) for row in self._rows.all(self._queries.outdated, (*after, limit))]

    def counts(self) -> Sequence[tuple[str, int, str | None, str, int]]:
        """Return how many cases stand where."""
        return [tuple(row) for row in self._rows.all(self._queries.counts)]

    def opened(self, key: str) -> Event | None:
        """Return the event that opened a case under the key."""
        rows = self._rows.all(self._queries.opened, (key,))
        return event_of(*rows[0]) if rows else None

    def flows(self) -> Sequence[StoredFlow]:
        """Return every published flow version."""
        return [StoredFlow(*row) for row in self._rows.all(self._queries.flows)]

    def signals(self, case_id: str) -> Sequence[Signal]:
        """Return the signals that this case has not accepted yet."""
        return [Signal(*row) for row in self._rows.all(self._queries.signals, (case_id,))]

    def effects(self, case_id: str | None = None, state: EffectState | None = None) -> Sequence[Waiting]:
        """Return the effects of the outbox, in the order in which they were asked for."""
        text = self._queries.effects(case=case_id is not None, state=state is not None)
        return [
            effect_of(row) for row in self._rows.all(text, [given for given in (case_id, state) if given is not None])
        ]
