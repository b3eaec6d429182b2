"""What the reading port runs, as text; each is written when it is first asked."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Dialect, Table, bindparam, func, literal_column, or_, select, true, tuple_

from xinfang_flow.store.contract import Order
from xinfang_flow.store.sql.builder import NONE, StatementBuilder, at
from xinfang_flow.store.sql.tables import Tables

ORDERED_BY = {"opened": "opened_at", "changed": "changed_at", "due": "overdue_at"}
PLACE = ("due_at", "since", "case_id", "nr")


class Queries:
    """The questions of one store's reading port, for one dialect."""

    def __init__(self, tables: Tables, dialect: Dialect) -> None:
        self.tables, self._build = tables, StatementBuilder(dialect)

    @cached_property
    def get(self) -> str:
        """The snapshot of a case."""
        case = self.tables.case
        return self._build.text(select(case.c.snapshot).where(at(case, "id")), "b_id")

    @cached_property
    def history(self) -> str:
        """The events of a case up to a sequence number."""
        event = self.tables.event
        chosen = select(event.c.body, event.c.hash, event.c.private, event.c.seq).where(
            at(event, "case_id"), event.c.seq <= bindparam("b_upto")
        )
        return self._build.text(chosen.order_by(event.c.seq), "b_case_id", "b_upto")

    @cached_property
    def opened(self) -> str:
        """The event that opened a case under a key."""
        event = self.tables.event
        chosen = select(event.c.body, event.c.hash, event.c.private)
        return self._build.text(chosen.where(event.c.kind == literal_column("'opened'"), at(event, "key")), "b_key")

    @cached_property
    def counts(self) -> str:
        """How many cases stand where."""
        case = self.tables.case
        place = (case.c.flow, case.c.flow_version, case.c.stage, case.c.state)
        return self._build.text(select(*place, func.count()).group_by(*place))

    @cached_property
    def flows(self) -> str:
        """Every published flow version."""
        flow = self.tables.flow
        return self._build.text(select(flow).order_by(flow.c.id, flow.c.version))

    @cached_property
    def signals(self) -> str:
        """The signals that wait for a case, oldest first."""
        signal = self.tables.signal
        chosen = select(signal.c.case_id, signal.c.kind, signal.c.sender, signal.c.state, signal.c.outcome)
        return self._build.text(chosen.where(at(signal, "case_id")).order_by(signal.c.nr), "b_case_id")

    @lru_cache(maxsize=8)  # noqa: B019  as long-lived as the store
    def effects(self, *, case: bool, state: bool) -> str:
        """Return the statement for effects, of one case or of one state."""
        outbox = self.tables.outbox
        keys = (("case_id",) if case else ()) + (("state",) if state else ())
        chosen = select(*effect_columns(outbox)).where(at(outbox, *keys) if keys else true())
        return self._build.text(chosen.order_by(outbox.c.nr), *(f"b_{key}" for key in keys))

    @cached_property
    def outdated(self) -> str:
        """The cases whose derived rows are not those of their version, oldest first, after an instant and an id."""
        case = self.tables.case
        place: Any = tuple_(case.c.opened_at, case.c.id)
        last = tuple_(bindparam("b_at"), bindparam("b_after"))
        stale = or_(case.c.indexed.is_(None), case.c.indexed != case.c.version)
        chosen = select(case.c.id, case.c.digest, case.c.opened_at).where(stale, place > last)
        return self._build.text(
            chosen.order_by(case.c.opened_at, case.c.id).limit(bindparam("b_limit")).offset(NONE),
            "b_at", "b_after", "b_limit",
        )  # fmt: skip

    # ---- work and fields --------------------------------------------------------------------------------------------

    @cached_property
    def work(self) -> str:
        """A case's rows in the worklist."""
        work = self.tables.work
        return self._build.text(select(work).where(at(work, "case_id")).order_by(work.c.nr), "b_case_id")

    @cached_property
    def fields(self) -> str:
        """What a case is found by."""
        field = self.tables.field
        chosen = select(field.c.name, field.c.value, field.c.scope)
        return self._build.text(chosen.where(at(field, "case_id")).order_by(field.c.name), "b_case_id")

    @lru_cache(maxsize=64)  # noqa: B019  as long-lived as the store
    def worklist(self, conditions: tuple[str, ...]) -> str:
        """Return the statement for work under these conditions, most urgent first; values in that order.

        `bound` takes the actor's organ; `after` a place, and its first column once more before it, for an index that a
        comparison of rows alone would not use on every database.
        """
        work, names = self.tables.work, list[str]()
        chosen = select(work)
        for name in conditions:
            if name == "bound":
                mine = or_(work.c.bound.is_(False), work.c.org == bindparam("b_actor_org"))
                chosen, names = chosen.where(mine), [*names, "b_actor_org"]
            elif name == "after":
                place = tuple_(*(work.c[column] for column in PLACE))
                last: Any = tuple_(*(bindparam(f"b_{column}") for column in PLACE))
                chosen = chosen.where(work.c.due_at >= bindparam("b_from"), place > last)
                names += ["b_from", *(f"b_{column}" for column in PLACE)]
            else:
                chosen, names = chosen.where(at(work, name)), [*names, f"b_{name}"]
        ordered = chosen.order_by(*(work.c[column] for column in PLACE)).limit(bindparam("b_limit")).offset(NONE)
        return self._build.text(ordered, *names, "b_limit")

    # ---- cases ------------------------------------------------------------------------------------------------------

    @lru_cache(maxsize=256)  # noqa: B019  as long-lived as the store
    def find(self, conditions: tuple[str, ...], roles: int, where: int, order: Order, late: bool | None) -> str:  # noqa: FBT001
        """Return the statement for a query with these conditions, so many roles and fields; values in that order.

        In the order "due", `late` chooses between the cases that have a deadline and those without.
        """
        case, names = self.tables.case, list[str]()
        chosen = select(case.c.snapshot)
        column = None if order == "id" or late is False else case.c[ORDERED_BY[order]]
        for name in conditions:
            if name not in ("holder", "settled"):
                condition, bound = _condition(case, name, column)
                chosen, names = chosen.where(condition), [*names, *bound]
        owed, more = self._owed("holder" in conditions, "settled" in conditions, roles)
        if owed is not None:
            chosen, names = chosen.where(case.c.id.in_(owed)), [*names, *more]
        for number in range(where):
            chosen, names = chosen.where(case.c.id.in_(self._having(number))), [*names, f"b_f{number}", f"b_v{number}"]
        if late is not None:
            chosen = chosen.where(case.c.overdue_at.is_not(None) if late else case.c.overdue_at.is_(None))
        columns = [case.c.id] if column is None else [column, case.c.id]
        ordered = chosen.order_by(*columns).limit(bindparam("b_limit")).offset(NONE)
        return self._build.text(ordered, *names, "b_limit")

    def _having(self, number: int) -> Any:
        field = self.tables.field
        return select(field.c.case_id).where(
            field.c.name == bindparam(f"b_f{number}"), field.c.value == bindparam(f"b_v{number}")
        )

    def _owed(self, holder: bool, settled: bool, roles: int) -> tuple[Any, list[str]]:  # noqa: FBT001
        """Return the cases in which somebody owes or has settled something, each branch over its own index."""
        slot = self.tables.slot
        state: Any = literal_column("'done'" if settled else "'open'")
        mine = select(slot.c.case_id).where(slot.c.holder == bindparam("b_holder"), slot.c.state == state)
        names = [f"b_role_{number}" for number in range(roles)]
        ours = select(slot.c.case_id).where(slot.c.role.in_([bindparam(name) for name in names]), slot.c.state == state)
        if holder and roles:
            return mine.union(ours), ["b_holder", *names]
        if holder:
            return mine, ["b_holder"]
        return (ours, names) if roles else (None, [])


def effect_columns(outbox: Table) -> tuple[Any, ...]:
    """Return the columns of an effect, in the order in which they are read."""
    names = ("name", "case_id", "seq", "state", "tries", "error", "retry_at")
    return tuple(outbox.c[name] for name in names)


def _condition(case: Table, name: str, column: Any) -> tuple[Any, list[str]]:
    """Return a condition on a case, and the values that it takes.

    `after` takes an id; in the order of a column it takes that instant twice before it, as `worklist` does.
    """
    if name == "after":
        if column is None:
            return case.c.id > bindparam("b_after"), ["b_after"]
        beyond = tuple_(column, case.c.id) > tuple_(bindparam("b_at"), bindparam("b_after"))
        return (column >= bindparam("b_from")) & beyond, ["b_from", "b_at", "b_after"]
    if name == "overdue_at":
        return case.c.overdue_at <= bindparam("b_overdue_at"), ["b_overdue_at"]
    return case.c[name] == bindparam(f"b_{name}"), [f"b_{name}"]
