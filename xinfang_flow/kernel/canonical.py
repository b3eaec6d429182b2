"""Canonical text: how moments and JSON-like values are written, so that they can be hashed.

RFC 8785 for the values we allow: no floats, sorted keys, UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring as quoted
from typing import Any

from xinfang_flow.kernel.frozen import FrozenDict, Shared, SharedList

SHAPES = 4096


def stamp(moment: datetime) -> str:
    """Return the moment as fixed-width UTC text with microseconds: sortable, and stable to hash."""
    global _stamped  # noqa: PLW0603  one step stamps the same moment several times; a lost race only costs the work
    last, text = _stamped
    if last is moment:
        return text
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    begins, ends, minute = _minute
    if not begins <= utc < ends:
        minute = _another_minute(utc)
    text = "%s%02d.%06dZ" % (minute, utc.second, utc.microsecond)  # noqa: UP031  half the price of an f-string here
    _stamped = (moment, text)
    return text


def written(utc: datetime) -> str:
    """Return a moment in UTC as `stamp` does, for one that is asked for once; `isoformat` takes twice as long."""
    return "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ" % (  # noqa: UP031  half the price of an f-string here
        utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond,
    )  # fmt: skip


def _another_minute(utc: datetime) -> str:
    """Writing a moment out costs as much as hashing an event; moments that come close together share the minute."""
    global _minute  # noqa: PLW0603  as above
    begins = utc.replace(second=0, microsecond=0)
    text = begins.isoformat()[:17]
    # The last minute there is has no next one: then every moment in it is written anew.
    ends = begins + timedelta(minutes=1) if begins < _LAST else begins
    _minute = (begins, ends, text)
    return text


_LAST = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)


_stamped: tuple[datetime | None, str] = (None, "")


_minute: tuple[datetime, datetime, str] = (_LAST, _LAST, "")


def moment_of(text: str) -> datetime:
    """Read back what `stamp` wrote."""
    return datetime.fromisoformat(text)


def canonical(value: Any) -> str:
    """Return canonical JSON: sorted keys, no white space, UTF-8; the documented form for hashing."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def shared_list(items: Sequence[Any]) -> SharedList:
    """Return a list that many events share, written once."""
    shared = SharedList(items)
    shared.text = canonical(items)
    return shared


def fast_canonical(value: Any) -> str:
    """Write canonical JSON; a mapping that is shared brings its text along."""
    kind = value.__class__
    if kind is str:
        return quoted(value)
    if kind is Shared or kind is SharedList:
        text: str = value.text
        return text
    if kind is FrozenDict:
        shape = _shapes.get(tuple(value)) or _shape(tuple(value))
        return "{" + ",".join([
            label + (
                quoted(item) if (kind := (item := value[key]).__class__) is str
                else item.text if kind is Shared
                else fast_canonical(item)
            )
            for label, key in shape
        ]) + "}"  # fmt: skip
    if kind is tuple:
        return "[" + ",".join([fast_canonical(item) for item in value]) + "]"
    if kind is int:
        return str(value)
    return _WORDS[value] if kind is bool or value is None else canonical(value)


_WORDS: dict[bool | None, str] = {True: "true", False: "false", None: "null"}


def _shape(keys: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the keys of a mapping in canonical order, each as it is written; mappings have few shapes."""
    shape = tuple((f"{quoted(key)}:", key) for key in sorted(keys))
    if len(_shapes) < SHAPES:
        _shapes[keys] = shape
    return shape


_shapes: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}
