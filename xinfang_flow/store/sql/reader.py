"""The SQL store's reading port: nothing here locks or writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xinfang_flow.errors import TamperedError
from xinfang_flow.kernel import Case, Event, Signal
from xinfang_flow.kernel.canonical import stamp
from xinfang_flow.store.contract import EffectState, Query, StoredFlow, Waiting
from xinfang_flow.store.sql.connection import Link, Pool, SingleLink
from xinfang_flow.store.sql.errors import ConnectionLostError
from xinfang_flow.store.sql.rows import case_of, effect_of, event_of
from xinfang_flow.store.sql.statements import Texts

ALL = 2**31 - 1


class Borrowed:
    """Whose connection a read goes over: that of the transaction which this thread has open, else a free one.

    So a read inside a transaction sees what that transaction has written, the caller's own session included.
    """

    def __init__(self, pool: Pool | SingleLink, local: Any) -> None:
        self._pool, self._local = pool, local

    def all(self, text: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return every row of a statement."""
        current: Link | None = getattr(self._local, "link", None)
        if current is not None:
            return current.all(text, values)
        try:
            return self._free(text, values)
        except ConnectionLostError:
            self._pool.forget()
            return self._free(text, values)

    def _free(self, text: str, values: Sequence[Any]) -> list[Any]:
        link = self._pool.take()
        try:
            rows = link.all(text, values)
        except ConnectionLostError:
            link.close()
            raise
        except BaseException:
            self._pool.give(link)
            raise
        self._pool.give(link)
        return rows


class SqlReader:
    """Reads cases, histories, flows and effects."""

    def __init__(self, texts: Texts, rows: Borrowed | Link) -> None:
        self._texts, self._rows = texts, rows

    def get(self, case_id: str) -> Case | None:
        """Return the case as it stands."""
        rows = self._rows.all(self._texts.get, (case_id,))
        return case_of(rows[0][0]) if rows else None

    def history(self, case_id: str, upto: int | None = None) -> Sequence[Event]:
        """Return the case's events in order.

        Raises:
            TamperedError: an event cannot be read any more.
        """
        events: list[Event] = []
        for body, hashed, private, seq in self._rows.all(self._texts.history, (case_id, ALL if upto is None else upto)):
            try:
                events.append(event_of(body, hashed, private))
            except TamperedError as error:
                raise TamperedError(
                    f"event {seq} of {case_id} cannot be read", case_id=case_id, broken_at=seq
                ) from error
        return tuple(events)

    def find(self, query: Query) -> Sequence[Case]:
        """Return the matching cases in the order of their ids."""
        given = {name: getattr(query, name) for name in ("flow", "state", "org", "done", "after")}
        given["overdue_at"] = None if query.overdue_at is None else stamp(query.overdue_at)
        values = {name: value for name, value in given.items() if value is not None}
        roles = () if query.settled else tuple(sorted(query.roles))
        owes = () if query.holder is None else ("holder",)
        if (query.holder is not None or query.roles) and not owes and not roles:
            return []
        settled = ("settled",) if query.settled else ()
        text = self._texts.find((*values, *owes, *settled), len(roles))
        holder = () if query.holder is None else (query.holder,)
        return [case_of(row[0]) for row in self._rows.all(text, (*values.values(), *holder, *roles, query.limit))]

    def counts(self) -> Sequence[tuple[str, int, str | None, str, int]]:
        """Return how many cases stand where."""
        return [tuple(row) for row in self._rows.all(self._texts.counts)]

    def opened(self, key: str) -> Event | None:
        """Return the event that opened a case under the key."""
        rows = self._rows.all(self._texts.event_by_key, ("opened", key))
        return event_of(*rows[0]) if rows else None

    def flows(self) -> Sequence[StoredFlow]:
        """Return every published flow version."""
        return [StoredFlow(*row) for row in self._rows.all(self._texts.flows)]

    def signals(self, case_id: str) -> Sequence[Signal]:
        """Return the signals that this case has not accepted yet."""
        return [Signal(*row) for row in self._rows.all(self._texts.signals, (case_id,))]

    def effects(self, case_id: str | None = None, state: EffectState | None = None) -> Sequence[Waiting]:
        """Return the effects of the outbox, in the order in which they were asked for."""
        text = self._texts.effects(case=case_id is not None, state=state is not None)
        return [
            effect_of(row) for row in self._rows.all(text, [given for given in (case_id, state) if given is not None])
        ]
