"""Canonical text: how moments and JSON-like values are written, so that they can be hashed.

RFC 8785 for the values we allow (text, whole numbers, true, false, null, lists, mappings with plain names): keys in
their order, no white space, UTF-8.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from xinfang_flow.kernel.frozen import freeze


def stamp(moment: datetime) -> str:
    """Return the moment as fixed-width UTC text with microseconds: sortable, and stable to hash."""
    # Of two moments that a clock going back shows alike, Python takes one for the other: the second is not looked up.
    return written(moment.astimezone(UTC)) if moment.fold else _remembered(moment)


def written(utc: datetime) -> str:
    """Return a moment in UTC as `stamp` does, for one that is asked for once."""
    return "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ" % (  # noqa: UP031  half the price of `isoformat`
        utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _remembered(moment: datetime) -> str:
    """One step stamps the same moment several times; equal moments are the same instant, in whatever zone."""
    return written(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


def moment_of(text: str) -> datetime:
    """Read back what `stamp` wrote."""
    return datetime.fromisoformat(text)


def canonical(value: Any) -> str:
    """Return canonical JSON; the documented form for hashing.

    Raises:
        ValueError: a value that JSON cannot hold (half a surrogate pair, an object of a class of its own).
    """
    return in_order(freeze(value)).decode()


def in_order(value: Any) -> bytes:
    """Return canonical JSON, in UTF-8, of a value whose keys are in their order already, as `freeze` leaves them."""
    # Numbers that are none cannot be handed in; one in a file that somebody else made must not look canonical.
    return to_json(value, inf_nan_mode="null")
