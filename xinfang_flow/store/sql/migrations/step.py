"""What a step of the schema does with Alembic's operations: each only adds, and passes over what is there already."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, inspect

from xinfang_flow.store.sql.tables import Tables, build_tables


class Step:
    """One step over the tables of one store.

    Where the database takes no table back with its transaction (MariaDB), a step that was interrupted is known by the
    line `step` of the bookkeeping, which is there from `begin` to `end`.
    """

    def __init__(self, operations: Any, prefix: str, schema: str | None) -> None:
        self._operations, self._prefix, self._schema = operations, prefix, schema
        self._tables: Tables = build_tables(None, prefix, schema)

    def begin(self, name: str) -> None:
        """Say that the step is being taken."""
        self._note("step", name)

    def end(self, version: int, floor: int) -> None:
        """Say that the step is complete, and which program may work with the database from now on."""
        self._note("schema", str(version))
        self._note("floor", str(floor))
        self._forget("step")

    def add_column(self, table: str, column: Column[Any]) -> None:
        """Add a column that may be null or has a default."""
        name = f"{self._prefix}{table}"
        if column.name not in {known["name"] for known in self._inspector.get_columns(name, schema=self._schema)}:
            self._operations.add_column(name, column, schema=self._schema)

    def create_index(self, table: str, suffix: str, *columns: str) -> None:
        """Create an index."""
        name, index = f"{self._prefix}{table}", f"ix_{self._prefix}{table}_{suffix}"
        if index not in {known["name"] for known in self._inspector.get_indexes(name, schema=self._schema)}:
            self._operations.create_index(index, name, list(columns), schema=self._schema)

    def create_table(self, table: str, *parts: Any, **options: Any) -> None:
        """Create a table."""
        name = f"{self._prefix}{table}"
        if not self._inspector.has_table(name, schema=self._schema):
            self._operations.create_table(name, *parts, schema=self._schema, **options)

    @property
    def _inspector(self) -> Any:
        return inspect(self._operations.get_bind())

    def _note(self, name: str, value: str) -> None:
        self._forget(name)
        self._operations.execute(self._tables.meta.insert().values(name=name, value=value))

    def _forget(self, name: str) -> None:
        meta = self._tables.meta
        self._operations.execute(meta.delete().where(meta.c.name == name))
