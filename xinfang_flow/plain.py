"""Plain forms: values as JSON's own types, and the mask that stands where a personal value is not shown."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import UTC, date, datetime
from typing import Any

HIDDEN = "***"


def plain(value: Any, *, reveal: bool = False) -> Any:
    """Return a value in JSON's own types: dictionaries, lists, texts, numbers, truth values and None.

    What has a plain form of its own (`as_dict`) gives that; other named tuples become dictionaries of their fields,
    dates ISO 8601 text, and moments too, in UTC: the same moment reads the same wherever it came from.
    """
    if hasattr(value, "as_dict"):
        return value.as_dict(reveal=reveal)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return plain_dict(value, reveal=reveal)
    if isinstance(value, list | tuple):
        return [plain(item, reveal=reveal) for item in value]
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    return value.isoformat() if isinstance(value, date) else value


def plain_dict(
    values: Mapping[str, Any], *, hidden: Container[str] | None = (), reveal: bool = False
) -> dict[str, Any]:
    """Return values in plain form, those that are `hidden` as `***` unless revealed; None hides every one."""
    return {
        name: plain(value, reveal=reveal) if reveal or (hidden is not None and name not in hidden) else HIDDEN
        for name, value in values.items()
    }
