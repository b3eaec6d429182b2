"""A database as schema 1 left it: its own DDL for each dialect, and rows that its own program wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

FOLDER = Path(__file__).parent / "v1"
ROWS: dict[str, Any] = json.loads((FOLDER / "rows.json").read_text("utf-8"))


def make(url: str, prefix: str = "xf_", *, rows: bool = True) -> None:
    """Make the tables of schema 1, and fill them."""
    engine = create_engine(url)
    kind = engine.dialect.name
    with engine.begin() as connection:
        for statement in (
            (FOLDER / f"{'mariadb' if kind == 'mysql' else kind}.sql").read_text("utf-8").split("-- next\n")
        ):
            connection.exec_driver_sql(statement.replace("xf_", prefix).replace("%", "%%" if kind != "sqlite" else "%"))
        for table, kept in ROWS.items() if rows else ():
            _fill(connection, table.replace("xf_", prefix), kept["columns"], kept["rows"])
    engine.dispose()


def _fill(connection: Connection, table: str, columns: list[str], rows: list[list[Any]]) -> None:
    mark = "`" if connection.dialect.name in ("mysql", "mariadb") else '"'
    names = ", ".join(f"{mark}{column}{mark}" for column in columns)
    values = ", ".join(f":{column}" for column in columns)
    for row in rows:
        given = dict(zip(columns, row, strict=True))
        if "done" in given:
            given["done"] = bool(given["done"])
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), given)
