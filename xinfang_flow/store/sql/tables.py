"""The tables, declared with SQLModel: one factory, no global metadata, and columns that every database keeps alike.

Instants are fixed-width UTC text (`kernel.event.stamp`): sortable, and the same on every database.  Hashed forms,
snapshots and flows are text, never a JSON column, because databases reorder keys and rewrite numbers.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Index, Integer, MetaData, String, Table, Text as TextType, UniqueConstraint, text
from sqlalchemy.dialects.mysql import LONGTEXT
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from xinfang_flow.errors import InputError
from xinfang_flow.text import Text, shown

SCHEMA_VERSION = 2
FLOOR = 2  # the lowest schema whose program may work with a database of this one
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
UNDELIVERED = "state <> 'delivered'"
_PREFIX = re.compile(r"[a-z_][a-z0-9_]{0,29}")
_SCHEMA = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
TABLE_OPTIONS = {
    f"{dialect}_{option}": value
    for dialect in ("mysql", "mariadb")
    for option, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}


def _word(length: int) -> Any:
    """Short text that is compared byte by byte everywhere (MySQL: by the table's collation)."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


ID, KEY, AT, HASH, WORD = _word(64), _word(160), _word(27), _word(128), _word(200)
LONG: Any = TextType().with_variant(LONGTEXT(), "mysql", "mariadb")
NUMBER: Any = BigInteger().with_variant(Integer(), "sqlite")


class CaseRow(SQLModel):
    """A case as it stands: what is searched for in columns, the whole in `snapshot`."""

    id: str = Field(primary_key=True, sa_type=ID)
    flow: str = Field(sa_type=ID)
    flow_version: int
    digest: str = Field(sa_type=HASH)
    org: str | None = Field(sa_type=ID)
    state: str = Field(sa_type=ID)
    stage: str | None = Field(sa_type=ID)
    version: int
    done: bool
    outcome: str | None = Field(sa_type=WORD)
    overdue_at: str | None = Field(sa_type=AT)
    opened_at: str = Field(sa_type=AT)
    changed_at: str = Field(sa_type=AT)
    head: str = Field(sa_type=HASH)
    snapshot: str = Field(sa_type=LONG)
    indexed: int | None


class EventRow(SQLModel):
    """One fact: its hashed form and hash, and beside them the personal values with their salts, which can be erased."""

    case_id: str = Field(primary_key=True, sa_type=ID)
    seq: int = Field(primary_key=True)
    kind: str = Field(sa_type=ID)
    key: str = Field(sa_type=KEY)
    at: str = Field(sa_type=AT)
    body: str = Field(sa_type=LONG)
    hash: str = Field(sa_type=HASH)
    private: str | None = Field(sa_type=LONG)


class TimerRow(SQLModel):
    """When the clock must look at a deadline again."""

    case_id: str = Field(primary_key=True, sa_type=ID)
    name: str = Field(primary_key=True, sa_type=ID)
    due_at: str = Field(sa_type=AT)


class OutboxRow(SQLModel):
    """An effect on its way; `nr` is the order in which they were asked for."""

    nr: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    case_id: str = Field(sa_type=ID)
    seq: int
    name: str = Field(sa_type=ID)
    state: str = Field(sa_type=_word(16))
    tries: int
    error: str | None = Field(sa_type=WORD)
    retry_at: str | None = Field(sa_type=AT)


class SlotRow(SQLModel):
    """待办, 已办: a share of a task that somebody owes (`open`) or has settled (`done`)."""

    case_id: str = Field(primary_key=True, sa_type=ID)
    task: str = Field(primary_key=True, sa_type=ID)
    nr: int = Field(primary_key=True)
    slot: str = Field(sa_type=WORD)
    holder: str | None = Field(sa_type=ID)
    role: str | None = Field(sa_type=ID)
    state: str = Field(sa_type=_word(16))


class WorkRow(SQLModel):
    """待办: what a case waits for; `due_at` is the last instant there is where no deadline runs."""

    case_id: str = Field(primary_key=True, sa_type=ID)
    nr: int = Field(primary_key=True)
    flow: str = Field(sa_type=ID)
    state: str = Field(sa_type=ID)
    role: str = Field(sa_type=ID)
    org: str | None = Field(sa_type=ID)
    bound: bool
    triggers: str = Field(sa_type=LONG)
    due_at: str = Field(sa_type=AT)
    since: str = Field(sa_type=AT)


class FieldRow(SQLModel):
    """What a case is found by; `scope` is null where the value need not be one of its kind."""

    case_id: str = Field(primary_key=True, sa_type=ID)
    name: str = Field(primary_key=True, sa_type=ID)
    flow: str = Field(sa_type=ID)
    value: str = Field(sa_type=WORD)
    scope: str | None = Field(sa_type=ID)


class SignalRow(SQLModel):
    """A linked case's outcome that its waiting case has not accepted yet."""

    nr: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    case_id: str = Field(sa_type=ID)
    kind: str = Field(sa_type=ID)
    sender: str = Field(sa_type=ID)
    state: str = Field(sa_type=ID)
    outcome: str | None = Field(sa_type=WORD)


class FlowRow(SQLModel):
    """A published flow version, never edited."""

    id: str = Field(primary_key=True, sa_type=ID)
    version: int = Field(primary_key=True)
    digest: str = Field(sa_type=HASH)
    text: str = Field(sa_type=LONG)


class MetaRow(SQLModel):
    """What the store knows about itself: `schema`, the lowest that may work with it (`floor`), a `step` being taken."""

    name: str = Field(primary_key=True, sa_type=ID)
    value: str = Field(sa_type=WORD)


class Tables(NamedTuple):
    """The tables of one store, in one metadata."""

    metadata: MetaData
    case: Table
    event: Table
    timer: Table
    outbox: Table
    slot: Table
    work: Table
    field: Table
    signal: Table
    flow: Table
    meta: Table

    @property
    def all(self) -> tuple[Table, ...]:
        """Every table."""
        return self[1:]


def _indexes(prefix: str) -> dict[str, tuple[Any, ...]]:
    """What each table has beside its columns; names are written out, for a host's metadata may have none to give."""
    return {
        "case": (
            Index(f"ix_{prefix}case_state", "state", "id"),
            Index(f"ix_{prefix}case_org", "org", "id"),
            Index(f"ix_{prefix}case_place", "flow", "flow_version", "stage", "state"),
            Index(f"ix_{prefix}case_opened", "opened_at", "id"),
            Index(f"ix_{prefix}case_changed", "changed_at", "id"),
            Index(
                f"ix_{prefix}case_overdue", "overdue_at",
                sqlite_where=text("overdue_at IS NOT NULL"), postgresql_where=text("overdue_at IS NOT NULL"),
            ),
        ),
        "event": (UniqueConstraint("kind", "key", name=f"uq_{prefix}event_key"),),
        "timer": (Index(f"ix_{prefix}timer_due", "due_at", "case_id", "name"),),
        "outbox": (
            UniqueConstraint("case_id", "seq", "name", name=f"uq_{prefix}outbox_effect"),
            Index(
                f"ix_{prefix}outbox_waiting", "state", "nr",
                sqlite_where=text(UNDELIVERED), postgresql_where=text(UNDELIVERED),
            ),
        ),
        "slot": (
            Index(f"ix_{prefix}slot_holder", "holder", "state", "case_id"),
            Index(f"ix_{prefix}slot_role", "role", "state", "case_id"),
        ),
        "work": (
            Index(f"ix_{prefix}work_role", "role", "due_at", "since", "case_id", "nr"),
            Index(f"ix_{prefix}work_org", "org", "due_at", "since", "case_id", "nr"),
        ),
        "field": (
            UniqueConstraint("scope", "name", "value", name=f"uq_{prefix}field_scope"),
            Index(f"ix_{prefix}field_value", "name", "value", "flow", "case_id"),
        ),
        "signal": (UniqueConstraint("case_id", "kind", "sender", name=f"uq_{prefix}signal_sender"),),
    }  # fmt: skip


ROWS: dict[str, type[SQLModel]] = {
    "case": CaseRow, "event": EventRow, "timer": TimerRow, "outbox": OutboxRow, "slot": SlotRow,
    "work": WorkRow, "field": FieldRow, "signal": SignalRow, "flow": FlowRow, "meta": MetaRow,
}  # fmt: skip
_MAKE: Any = type(SQLModel)
_COMPACT = ("timer", "slot", "work", "field", "meta")


def build_tables(metadata: MetaData | None = None, prefix: str = "xf_", schema: str | None = None) -> Tables:
    """Return the tables, named with `prefix`, in `schema` if one is given, in the host's `metadata` or in their own.

    Asked again for the same metadata, prefix and schema it returns the tables that are there.  Nothing lands in the
    global `SQLModel.metadata` unless that is what you hand in.

    Raises:
        InputError: a prefix or schema that is not a plain name.
    """
    if not _PREFIX.fullmatch(prefix):
        raise InputError(
            Text(
                f"“{shown(prefix)}”不能用作前缀：只用 a-z、0-9 和 _，至多30个，不以数字开头",
                f"{prefix!r} is not a prefix: a-z, 0-9 and _, at most 30, not beginning with a digit",
            ),
            where=Text("前缀", "prefix"),
        )
    if schema is not None and not _SCHEMA.fullmatch(schema):
        raise InputError(
            Text(
                f"“{shown(schema)}”不能用作模式：应为不含点的名称",
                f"{schema!r} is not a schema: a plain name, without a dot",
            ),
            where=Text("模式", "schema"),
        )
    metadata = MetaData(naming_convention=NAMING) if metadata is None else metadata
    named = {name: f"{schema}.{prefix}{name}" if schema else prefix + name for name in ROWS}
    if metadata.tables.keys() >= set(named.values()):  # a second store over the same metadata
        return Tables(metadata, **{name: metadata.tables[full] for name, full in named.items()})
    base: Any = _MAKE("Base", (SQLModel,), {"__module__": __name__}, registry=registry(metadata=metadata))
    base.metadata = metadata
    indexes = _indexes(prefix)
    options = {"schema": schema, **TABLE_OPTIONS}
    tables = {}
    for name, row in ROWS.items():
        own = {**options, "sqlite_with_rowid": False} if name in _COMPACT else options
        body = {
            "__module__": __name__, "__tablename__": f"{prefix}{name}",
            "__table_args__": (*indexes.get(name, ()), own),
        }  # fmt: skip
        model: Any = _MAKE(name.title(), (row, base), body, table=True)
        tables[name] = model.__table__
    return Tables(metadata, **tables)
