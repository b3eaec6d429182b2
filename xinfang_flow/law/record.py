"""A Due as text: what is stored in a case's history, and how it is read back.

The rule of this file: the dates are read back as they were recorded, never computed anew; history keeps the edition it
was decided under.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from xinfang_flow.errors import InputError
from xinfang_flow.law.almanac import Label
from xinfang_flow.law.count import Span, merge
from xinfang_flow.law.facts import Facts
from xinfang_flow.law.period import Period
from xinfang_flow.text import Text, shown

__all__ = ["read_record", "write_record"]

_REQUIRED = frozenset(
    {"calendar", "edition", "zone", "start", "period", "policy", "nominal", "due", "target", "at"},
)
_KEYS = _REQUIRED | {"direction", "provisional", "excluded", "closes"}
_T = TypeVar("_T")


def write_record(due: Facts, at: datetime) -> dict[str, str | int | bool | None]:
    """Write a Due with JSON's own types; what is not said is the default."""
    record: dict[str, str | int | bool | None] = {
        "calendar": due.label.id,
        "edition": due.label.edition,
        "zone": due.label.zone.key,
        "start": due.start.isoformat(),
        "period": str(due.period),
        "policy": due.policy,
        "nominal": due.nominal.isoformat(),
        "due": due.due.isoformat(),
        "target": due.target.isoformat(),
        "at": at.isoformat(),
    }
    if due.direction != "forward":
        record["direction"] = due.direction
    if due.provisional:
        record["provisional"] = True
    if due.excluded:
        record["excluded"] = " ".join(f"{first}/{end}" for first, end in due.excluded)
    if due.closes is not None:
        record["closes"] = due.closes.isoformat()
    return record


def read_record(record: Mapping[str, Any]) -> tuple[dict[str, Any], datetime]:
    """Read what `write_record` wrote, as the facts of a Due and its `at`; InputError names the bad key."""
    if not isinstance(record, Mapping):
        raise InputError(
            Text(
                f"截止日的记录应为映射，不是 {type(record).__name__}",
                f"a due date's record is a mapping, not {type(record).__name__}",
            ),
            where=Text("截止日的记录", "record"),
        )
    keys = record.keys()
    if not _REQUIRED <= keys <= _KEYS:
        unknown, missing = sorted(map(str, keys - _KEYS)), sorted(_REQUIRED - keys)
        raise InputError(
            Text(f"记录中不认识 {unknown}，缺少 {missing}", f"unknown keys {unknown}, missing keys {missing}"),
            where=Text("截止日的记录", "record"),
        )
    zone = _read(record, "zone", ZoneInfo)
    facts = {
        "nominal": _read(record, "nominal", date.fromisoformat),
        "due": _read(record, "due", date.fromisoformat),
        "target": _read(record, "target", date.fromisoformat),
        "provisional": _one_of(record, "provisional", (False, True)),
        "start": _read(record, "start", lambda text: _start(text, zone)),
        "period": _read(record, "period", Period.parse),
        "policy": _one_of(record, "policy", ("civil", "strict")),
        "direction": _one_of(record, "direction", ("forward", "backward")),
        "excluded": _read(record, "excluded", _excluded) if record.get("excluded") else (),
        "closes": _read(record, "closes", time.fromisoformat) if record.get("closes") else None,
        "label": Label(_read(record, "calendar", str), _read(record, "edition", str), zone),
    }
    return facts, _read(record, "at", lambda text: _moment(text, zone))


def _read(record: Mapping[str, Any], key: str, parse: Callable[[str], _T]) -> _T:
    value = record[key]
    if not isinstance(value, str):
        raise InputError(Text(f"“{shown(value)}”不是文字", f"{value!r} is no text"), where=f"record.{key}")
    try:
        return parse(value)
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError) as error:
        raise InputError(
            Text(f"“{shown(value)}”写法有误", f"{value!r} cannot be read: {error}"), where=f"record.{key}"
        ) from error


def _one_of(record: Mapping[str, Any], key: str, values: tuple[_T, _T]) -> _T:
    """One of two values, the first being the default; `1` is not `True`."""
    value = record.get(key, values[0])
    for known in values:
        if value == known and type(value) is type(known):
            return known
    raise InputError(
        Text(
            f"“{shown(value)}”既不是“{shown(values[0])}”，也不是“{shown(values[1])}”",
            f"{value!r} is neither {values[0]!r} nor {values[1]!r}",
        ),
        where=f"record.{key}",
    )


def _start(text: str, zone: ZoneInfo) -> date | datetime:
    return _moment(text, zone) if "T" in text else date.fromisoformat(text)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset; write it like 2026-05-07T00:00:00+08:00")
    return moment.astimezone(UTC).astimezone(zone)


def _excluded(text: str) -> tuple[Span, ...]:
    pairs = [pair.split("/") for pair in text.split(" ")]
    return merge([(date.fromisoformat(first), date.fromisoformat(end)) for first, end in pairs])
