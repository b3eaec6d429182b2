"""The statements, as text: SQLAlchemy writes each once from the tables, the driver then runs it as it stands.

Every statement says which values it expects, in order; building fails when a table no longer agrees with that.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Dialect, Table, and_, bindparam, delete, func, insert, literal_column, or_, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.sql import ClauseElement, Select

from xinfang_flow.store.sql.tables import UNDELIVERED, Tables

PARAMSTYLES = {"sqlite": "qmark", "postgresql": "format", "mysql": "format", "mariadb": "format"}
MOVED = (
    "flow_version", "digest", "state", "stage", "version", "done", "outcome", "overdue_at", "changed_at", "head",
    "snapshot",
)  # fmt: skip
STAYED = ("version", "changed_at", "head", "snapshot")
_NONE: Any = literal_column("0")


class Texts:
    """The statements of one store, for one dialect."""

    def __init__(self, tables: Tables, dialect: Dialect) -> None:
        self.tables, self.name = tables, dialect.name
        make: Any = type(dialect)
        self._dialect: Dialect = make(paramstyle=PARAMSTYLES[dialect.name])
        case, event, flow = tables.case, tables.event, tables.flow
        self.case_insert = self._insert(case)
        self.case_moved = self._case_update(MOVED)
        self.case_stayed = self._case_update(STAYED)
        self.case_locked = self.write(
            select(case.c.snapshot).where(case.c.id == bindparam("b_id")).with_for_update(), "b_id"
        )
        self.case_version = self.write(select(case.c.version).where(case.c.id == bindparam("b_id")), "b_id")
        self.event_insert = self._insert(event)
        self.event_by_key = self.write(
            select(event.c.body, event.c.hash, event.c.private).where(
                event.c.kind == bindparam("b_kind"), event.c.key == bindparam("b_key")
            ),
            "b_kind", "b_key",
        )  # fmt: skip
        self.flow_insert = self._ignored(flow)
        self.flow_digest = self.write(
            select(flow.c.digest).where(flow.c.id == bindparam("b_id"), flow.c.version == bindparam("b_version")),
            "b_id", "b_version",
        )  # fmt: skip
        self._build_small()

    def _build_small(self) -> None:
        timer, slot, outbox, signal = self.tables.timer, self.tables.slot, self.tables.outbox, self.tables.signal
        self.timer_set = self._upsert(timer, ("case_id", "name"), ("due_at",))
        self.timer_drop = self._delete(timer, "case_id", "name")
        self.timers_due = self.write(
            select(timer.c.case_id, timer.c.name, timer.c.due_at)
            .where(timer.c.due_at <= bindparam("b_now"))
            .order_by(timer.c.due_at, timer.c.case_id, timer.c.name)
            .limit(bindparam("b_limit")).offset(_NONE),
            "b_now", "b_limit",
        )  # fmt: skip
        self.slots_drop = self._delete(slot, "case_id", "task")
        self.slot_insert = self._insert(slot)
        self.effect_insert = self._insert(outbox, skip=("nr",))
        settled = ("state", "tries", "error", "retry_at")
        self.effect_settle = self.write(
            update(outbox)
            .values({name: bindparam(name) for name in settled})
            .where(*_at(outbox, "case_id", "seq", "name")),
            *settled, "b_case_id", "b_seq", "b_name",
        )  # fmt: skip
        self.signal_insert = self._upsert(signal, ("case_id", "kind", "sender"), ("state", "outcome"), skip=("nr",))
        self.signal_drop = self._delete(signal, "case_id", "kind", "sender")

    # ---- reading ----------------------------------------------------------------------------------------------------

    @cached_property
    def get(self) -> str:
        """The snapshot of a case."""
        case = self.tables.case
        return self.write(select(case.c.snapshot).where(case.c.id == bindparam("b_id")), "b_id")

    @cached_property
    def history(self) -> str:
        """The events of a case up to a sequence number."""
        event = self.tables.event
        chosen = select(event.c.body, event.c.hash, event.c.private, event.c.seq).where(
            event.c.case_id == bindparam("b_id"), event.c.seq <= bindparam("b_upto")
        )
        return self.write(chosen.order_by(event.c.seq), "b_id", "b_upto")

    @cached_property
    def counts(self) -> str:
        """How many cases stand where."""
        case = self.tables.case
        place = (case.c.flow, case.c.flow_version, case.c.stage, case.c.state)
        return self.write(select(*place, func.count()).group_by(*place))

    @cached_property
    def flows(self) -> str:
        """Every published flow version."""
        flow = self.tables.flow
        return self.write(select(flow).order_by(flow.c.id, flow.c.version))

    @cached_property
    def signals(self) -> str:
        """The signals that wait for a case, oldest first."""
        signal = self.tables.signal
        chosen = select(signal.c.case_id, signal.c.kind, signal.c.sender, signal.c.state, signal.c.outcome)
        return self.write(chosen.where(signal.c.case_id == bindparam("b_id")).order_by(signal.c.nr), "b_id")

    @cached_property
    def waiting(self) -> str:
        """The next undelivered effect of each case, if it may be tried now.

        The literal condition is the one of the partial index, so that the planner can use it.
        """
        this, before = self.tables.outbox, self.tables.outbox.alias("earlier")
        earlier = (
            select(literal_column("1"))
            .where(
                before.c.case_id == this.c.case_id,
                before.c.nr < this.c.nr,
                before.c.state != literal_column("'delivered'"),
            )
            .exists()
        )
        ready = or_(this.c.retry_at.is_(None), this.c.retry_at <= bindparam("b_now"))
        chosen = self._effects().where(
            this.c.state == literal_column("'waiting'"), literal_column(f"{this.name}.{UNDELIVERED}"), ready, ~earlier
        )
        return self.write(chosen.order_by(this.c.nr).limit(bindparam("b_limit")).offset(_NONE), "b_now", "b_limit")

    @lru_cache(maxsize=8)  # noqa: B019  as long-lived as the store
    def effects(self, *, case: bool, state: bool) -> str:
        """Return the statement for effects, of one case or of one state."""
        outbox, chosen = self.tables.outbox, self._effects()
        names: list[str] = []
        if case:
            chosen, names = chosen.where(outbox.c.case_id == bindparam("b_case_id")), [*names, "b_case_id"]
        if state:
            chosen, names = chosen.where(outbox.c.state == bindparam("b_state")), [*names, "b_state"]
        return self.write(chosen.order_by(outbox.c.nr), *names)

    def _effects(self) -> Select[Any]:
        outbox = self.tables.outbox
        return select(
            outbox.c.name,
            outbox.c.case_id,
            outbox.c.seq,
            outbox.c.state,
            outbox.c.tries,
            outbox.c.error,
            outbox.c.retry_at,
        )

    @lru_cache(maxsize=256)  # noqa: B019  as long-lived as the store
    def find(self, conditions: tuple[str, ...], roles: int) -> str:
        """Return the statement for a query with these conditions and so many roles; values in that order."""
        case, names = self.tables.case, []
        chosen = select(case.c.snapshot)
        for name in conditions:
            if name not in ("holder", "settled"):
                chosen = chosen.where(_condition(case, name))
                names.append(f"b_{name}")
        owed, more = self._owed("holder" in conditions, "settled" in conditions, roles)
        if owed is not None:
            chosen = chosen.where(case.c.id.in_(owed))
        ordered = chosen.order_by(case.c.id).limit(bindparam("b_limit")).offset(_NONE)
        return self.write(ordered, *names, *more, "b_limit")

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

    # ---- writing them -----------------------------------------------------------------------------------------------

    def write(self, statement: ClauseElement, *expected: str) -> str:
        """Return the statement's text, having checked that it takes the expected values in this order."""
        compiled: Any = statement.compile(dialect=self._dialect)
        if tuple(compiled.positiontup or ()) != expected:
            raise AssertionError(f"the statement takes {compiled.positiontup}, not {expected}: {compiled}")
        return str(compiled)

    def _insert(self, table: Table, skip: tuple[str, ...] = ()) -> str:
        names = tuple(column.name for column in table.columns if column.name not in skip)
        return self.write(insert(table).inline().values({name: bindparam(name) for name in names}), *names)

    def _case_update(self, names: tuple[str, ...]) -> str:
        case = self.tables.case
        changed = update(case).values({name: bindparam(name) for name in names}).where(*_at(case, "id", "version"))
        return self.write(changed, *names, "b_id", "b_version")

    def _delete(self, table: Table, *keys: str) -> str:
        return self.write(delete(table).where(*_at(table, *keys)), *(f"b_{key}" for key in keys))

    def _upsert(self, table: Table, keys: tuple[str, ...], changed: tuple[str, ...], skip: tuple[str, ...] = ()) -> str:
        names = tuple(column.name for column in table.columns if column.name not in skip)
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        if self.name == "sqlite":
            lite = sqlite.insert(table).inline().values(values)
            return self.write(
                lite.on_conflict_do_update(
                    index_elements=[*keys], set_={name: lite.excluded[name] for name in changed}
                ),
                *names,
            )
        if self.name == "postgresql":
            post = postgresql.insert(table).inline().values(values)
            return self.write(
                post.on_conflict_do_update(
                    index_elements=[*keys], set_={name: post.excluded[name] for name in changed}
                ),
                *names,
            )
        my = mysql.insert(table).values(values)
        return self.write(my.on_duplicate_key_update({name: my.inserted[name] for name in changed}), *names)

    def _ignored(self, table: Table) -> str:
        names = tuple(column.name for column in table.columns)
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        if self.name == "sqlite":
            return self.write(sqlite.insert(table).values(values).on_conflict_do_nothing(), *names)
        if self.name == "postgresql":
            return self.write(postgresql.insert(table).inline().values(values).on_conflict_do_nothing(), *names)
        return self.write(mysql.insert(table).prefix_with("IGNORE").values(values), *names)


def _at(table: Table, *keys: str) -> tuple[Any, ...]:
    return (and_(*(table.c[key] == bindparam(f"b_{key}") for key in keys)),)


def _condition(case: Table, name: str) -> Any:
    if name == "after":
        return case.c.id > bindparam("b_after")
    if name == "overdue_at":
        return case.c.overdue_at <= bindparam("b_overdue_at")
    return case.c[name] == bindparam(f"b_{name}")
