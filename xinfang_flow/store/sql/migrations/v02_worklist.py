"""Schema 2: work and fields beside the case, and up to which version of it they are right.

In an application's own Alembic history:

    from alembic import op
    from xinfang_flow.store.sql.migrations import v02_worklist

    def upgrade() -> None:
        v02_worklist.upgrade(op)
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Integer, PrimaryKeyConstraint, UniqueConstraint

from xinfang_flow.store.sql.migrations.step import Step
from xinfang_flow.store.sql.tables import AT, ID, LONG, TABLE_OPTIONS, WORD

VERSION = 2
FLOOR = 2


def upgrade(operations: Any, *, prefix: str = "xf_", schema: str | None = None) -> None:
    """Take the step with Alembic's operations; what is there already is passed over, so that it may begin again.

    Cases keep a null in `indexed` until `xinfang-flow db upgrade` has made their rows.
    """
    step = Step(operations, prefix, schema)
    options = {**TABLE_OPTIONS, "sqlite_with_rowid": False}
    step.begin("v02_worklist")
    step.add_column("case", Column("indexed", Integer))
    step.create_index("case", "opened", "opened_at", "id")
    step.create_index("case", "changed", "changed_at", "id")
    step.create_table(
        "work",
        Column("case_id", ID, nullable=False),
        Column("nr", Integer, nullable=False),
        Column("flow", ID, nullable=False),
        Column("state", ID, nullable=False),
        Column("role", ID, nullable=False),
        Column("org", ID),
        Column("bound", Boolean, nullable=False),
        Column("triggers", LONG, nullable=False),
        Column("due_at", AT, nullable=False),
        Column("since", AT, nullable=False),
        PrimaryKeyConstraint("case_id", "nr", name=f"pk_{prefix}work"),
        **options,
    )
    step.create_index("work", "role", "role", "due_at", "since", "case_id", "nr")
    step.create_index("work", "org", "org", "due_at", "since", "case_id", "nr")
    step.create_table(
        "field",
        Column("case_id", ID, nullable=False),
        Column("name", ID, nullable=False),
        Column("flow", ID, nullable=False),
        Column("value", WORD, nullable=False),
        Column("scope", ID),
        PrimaryKeyConstraint("case_id", "name", name=f"pk_{prefix}field"),
        UniqueConstraint("scope", "name", "value", name=f"uq_{prefix}field_scope"),
        **options,
    )
    step.create_index("field", "value", "name", "value", "flow", "case_id")
    step.end(VERSION, FLOOR)
