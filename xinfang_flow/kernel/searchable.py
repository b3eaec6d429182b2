"""What a case is found by: the values of the fields that its flow marks with `find` or `unique`, as canonical text.

Equal values give equal text on every database; nothing personal is ever among them.
"""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import date
from typing import Any, NamedTuple

from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.canonical import moment_of, stamp
from xinfang_flow.kernel.case import Case
from xinfang_flow.kernel.values import Reason, reason
from xinfang_flow.text import Text, shown

LONGEST = 200  # characters of a value that is kept as it stands; of a longer one only the digest is


class FieldValue(NamedTuple):
    """A value by which a case is found; `scope` is the family of flows in which no second case has it, if any."""

    name: str
    value: str
    scope: str | None = None


def fields_of(flow: Flow, case: Case) -> tuple[FieldValue, ...]:
    """Return what the case is found by, in the order in which its flow declares the fields."""
    found = []
    for name, spec in flow.searchable.items():
        value = case.data.get(name)
        text = "" if value is None else canonical_value(spec, value)
        if text:
            found.append(FieldValue(name, text, flow.family if spec.unique else None))
    return tuple(found)


def canonical_value(spec: FieldSpec, value: Any) -> str:
    """Return a field's value as canonical text; empty where there is nothing to find it by.

    Text in NFC without white space at its ends, numbers in decimal, `true` and `false`, days as they are written,
    moments in UTC; a text of more than 200 characters as `sha256:` with its digest.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if spec.type == "datetime":
        return stamp(moment_of(value))
    text = unicodedata.normalize("NFC", str(value)).strip()
    if len(text) > LONGEST:
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return text


def searched_value(spec: FieldSpec, value: Any) -> str:
    """Return what somebody looks for in a field as canonical text.

    Raises:
        InputError: the field can have no such value.
    """
    given: Any = value.isoformat() if isinstance(value, date) else value
    if type(given) is not {"boolean": bool, "integer": int, "money": int}.get(spec.type, str):
        raise _misfit(spec, value)
    if spec.choices and given not in spec.choices:
        raise InputError(
            Text(
                f"“{shown(value)}”不在可选值之内（{'、'.join(spec.choices)}）",
                f"{value!r} is not among the values ({', '.join(spec.choices)})",
            )
        )
    try:
        whole = spec.type != "date" or date.fromisoformat(str(given)).isoformat() == given
        whole = whole and (spec.type != "datetime" or moment_of(str(given)).tzinfo is not None)
    except ValueError:
        whole = False
    text = canonical_value(spec, given) if whole else ""
    if not text:
        raise _misfit(spec, value)
    return text


def _misfit(spec: FieldSpec, value: Any) -> InputError:
    zh, en = f"“{shown(value)}”不是 {spec.type} 类型字段的值", f"{value!r} is no value of a field of type {spec.type}"
    return InputError(Text(zh, en))


def value_taken(flow: Flow, name: str) -> Reason:
    """Return why a step is refused whose value another case has; which case that is, it does not say."""
    label = flow.fields[name].title or Text(zh=name, en=name)
    zh, en = f"{label.zh}：另一事项已使用该值", f"{label.en}: another case has this value already"
    return reason("value_taken", zh, en, name)
