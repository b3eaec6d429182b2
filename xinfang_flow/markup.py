"""Small tables for notebooks: plain HTML in which every word is escaped, with nothing to fetch and nothing to run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any


def facts(title: str, rows: Iterable[tuple[str, Any]]) -> str:
    """Return a table of labels with their values, under a title."""
    lines = "".join(f"<tr><th>{_text(label)}</th><td>{_text(value)}</td></tr>" for label, value in rows)
    return f"<table><caption>{_text(title)}</caption><tbody>{lines}</tbody></table>"


def grid(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a table with a line for each row and a column for each of their keys; what holds more is left out."""
    heads = dict.fromkeys(key for row in rows for key, value in row.items() if not isinstance(value, dict | list))
    top = "".join(f"<th>{_text(head)}</th>" for head in heads)
    lines = "".join("<tr>" + "".join(f"<td>{_text(row.get(head))}</td>" for head in heads) + "</tr>" for row in rows)
    return f"<table><caption>{_text(title)}</caption><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"


def _text(value: Any) -> str:
    return "" if value is None else escape(str(value))
