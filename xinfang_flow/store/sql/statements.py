"""What a transaction runs, as text."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Dialect, bindparam, literal_column, or_, select

from xinfang_flow.store.sql.builder import NONE, StatementBuilder, at
from xinfang_flow.store.sql.queries import effect_columns
from xinfang_flow.store.sql.tables import UNDELIVERED, Tables

MOVED = (
    "flow_version", "digest", "state", "stage", "version", "done", "outcome", "overdue_at", "changed_at", "head",
    "snapshot", "indexed",
)  # fmt: skip
STAYED = ("version", "changed_at", "head", "snapshot", "indexed")
SETTLED = ("state", "tries", "error", "retry_at")


class Statements:
    """The statements of one store's transactions, for one dialect."""

    def __init__(self, tables: Tables, dialect: Dialect) -> None:
        self.tables, self._build = tables, StatementBuilder(dialect)
        build, case, event, flow = self._build, tables.case, tables.event, tables.flow
        self.case_insert = build.insert(case)
        self.case_moved = build.update(case, MOVED, "id", "version")
        self.case_stayed = build.update(case, STAYED, "id", "version")
        self.case_locked = build.text(
            select(case.c.snapshot, case.c.version, case.c.indexed).where(at(case, "id")).with_for_update(), "b_id"
        )
        self.case_version = build.text(select(case.c.version, case.c.indexed).where(at(case, "id")), "b_id")
        self.event_insert = build.insert(event)
        self.event_by_key = build.text(
            select(event.c.body, event.c.hash, event.c.private).where(at(event, "kind", "key")), "b_kind", "b_key"
        )
        self.flow_insert = build.insert_new(flow)
        self.flow_digest = build.text(select(flow.c.digest).where(at(flow, "id", "version")), "b_id", "b_version")
        self._build_beside()

    def _build_beside(self) -> None:
        build, tables = self._build, self.tables
        timer, slot, outbox, signal = tables.timer, tables.slot, tables.outbox, tables.signal
        self.timer_set = build.upsert(timer, ("case_id", "name"), ("due_at",))
        self.timer_drop = build.delete(timer, "case_id", "name")
        self.slots_drop, self.slot_insert = build.delete(slot, "case_id", "task"), build.insert(slot)
        self.work_drop, self.work_insert = build.delete(tables.work, "case_id"), build.insert(tables.work)
        self.fields_drop = build.delete(tables.field, "case_id")
        self.field_drop = build.delete(tables.field, "case_id", "name")
        self.field_insert = build.insert(tables.field)
        self.effect_insert = build.insert(outbox, skip=("nr",))
        self.effect_settle = build.update(outbox, SETTLED, "case_id", "seq", "name")
        self.signal_insert = build.upsert(signal, ("case_id", "kind", "sender"), ("state", "outcome"), skip=("nr",))
        self.signal_drop = build.delete(signal, "case_id", "kind", "sender")

    @cached_property
    def case_indexed(self) -> str:
        """The derived rows of a case are those of its version."""
        return self._build.update(self.tables.case, ("snapshot", "indexed"), "id", "version")

    @cached_property
    def field_holder(self) -> str:
        """The case that has a value of which there is but one in a family."""
        field = self.tables.field
        return self._build.text(
            select(field.c.case_id).where(at(field, "scope", "name", "value")), "b_scope", "b_name", "b_value"
        )

    @cached_property
    def timers_due(self) -> str:
        """The timers that are due, earliest first."""
        timer = self.tables.timer
        return self._build.text(
            select(timer.c.case_id, timer.c.name, timer.c.due_at)
            .where(timer.c.due_at <= bindparam("b_now"))
            .order_by(timer.c.due_at, timer.c.case_id, timer.c.name)
            .limit(bindparam("b_limit")).offset(NONE),
            "b_now", "b_limit",
        )  # fmt: skip

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
        chosen = select(*effect_columns(this)).where(
            this.c.state == literal_column("'waiting'"), literal_column(f"{this.name}.{UNDELIVERED}"), ready, ~earlier
        )
        return self._build.text(chosen.order_by(this.c.nr).limit(bindparam("b_limit")).offset(NONE), "b_now", "b_limit")
