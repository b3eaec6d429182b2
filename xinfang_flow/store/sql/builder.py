"""Statements as text: SQLAlchemy writes each once from the tables, the driver then runs it as it stands.

Every statement says which values it expects, in order; building fails when a table no longer agrees with that.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Table, and_, bindparam, delete, insert, literal_column, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.sql import ClauseElement

PARAMSTYLES = {"sqlite": "qmark", "postgresql": "format", "mysql": "format", "mariadb": "format"}
NONE: Any = literal_column("0")


class StatementBuilder:
    """Writes statements for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.name = dialect.name
        make: Any = type(dialect)
        self._dialect: Dialect = make(paramstyle=PARAMSTYLES[dialect.name])

    def text(self, statement: ClauseElement, *expected: str) -> str:
        """Return a statement as text, with its values in the expected order."""
        compiled: Any = statement.compile(dialect=self._dialect)
        if tuple(compiled.positiontup or ()) != expected:
            raise AssertionError(f"the statement takes {compiled.positiontup}, not {expected}: {compiled}")
        return str(compiled)

    def insert(self, table: Table, skip: tuple[str, ...] = ()) -> str:
        """Return the insertion of a whole row, but for the columns that the database fills."""
        names = tuple(column.name for column in table.columns if column.name not in skip)
        return self.text(insert(table).inline().values({name: bindparam(name) for name in names}), *names)

    def update(self, table: Table, names: tuple[str, ...], *keys: str) -> str:
        """Return the change of some columns in the row with the keys."""
        changed = update(table).values({name: bindparam(name) for name in names}).where(at(table, *keys))
        return self.text(changed, *names, *(f"b_{key}" for key in keys))

    def delete(self, table: Table, *keys: str) -> str:
        """Return the deletion of the rows with the keys."""
        return self.text(delete(table).where(at(table, *keys)), *(f"b_{key}" for key in keys))

    def upsert(self, table: Table, keys: tuple[str, ...], changed: tuple[str, ...], skip: tuple[str, ...] = ()) -> str:
        """Return the insertion of a row that changes some columns where one with the keys is there."""
        names = tuple(column.name for column in table.columns if column.name not in skip)
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        if self.name in ("sqlite", "postgresql"):
            make: Any = sqlite.insert if self.name == "sqlite" else postgresql.insert
            row = make(table).inline().values(values)
            set_ = {name: row.excluded[name] for name in changed}
            return self.text(row.on_conflict_do_update(index_elements=[*keys], set_=set_), *names)
        my = mysql.insert(table).values(values)
        return self.text(my.on_duplicate_key_update({name: my.inserted[name] for name in changed}), *names)

    def insert_new(self, table: Table) -> str:
        """Return the insertion of a row that does nothing where it is there."""
        names = tuple(column.name for column in table.columns)
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        if self.name in ("sqlite", "postgresql"):
            make: Any = sqlite.insert if self.name == "sqlite" else postgresql.insert
            return self.text(make(table).inline().values(values).on_conflict_do_nothing(), *names)
        return self.text(mysql.insert(table).prefix_with("IGNORE").values(values), *names)


def at(table: Table, *keys: str) -> Any:
    """Return the condition that columns have the bound values `b_COLUMN`."""
    return and_(*(table.c[key] == bindparam(f"b_{key}") for key in keys))
