"""From `field=value` and JSON on the command line to a payload, by the types that the flow declares."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xinfang_flow.causes import file_cause, syntax_cause
from xinfang_flow.cli.face import Face
from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.flow import Flow

LARGEST = 1024 * 1024
TRUE, FALSE = ("true", "yes", "是"), ("false", "no", "否")


def payload_of(face: Face, flow: Flow, fields: Sequence[str], data: str) -> dict[str, Any]:
    """Return the payload: what `--data` gives, then every `field=value` over it.

    Raises:
        InputError: neither JSON nor field=value.
    """
    payload = _document(face, data) if data else {}
    for field in fields:
        name, sign, text = field.partition("=")
        if not sign or not name:
            raise InputError(face.words("error.field", given=field))
        payload[name] = _value(face, flow, name, text)
    return payload


def _document(face: Face, data: str) -> dict[str, Any]:
    text = data
    if data.startswith("@"):
        try:
            text = sys.stdin.read(LARGEST + 1) if data == "@-" else _file(Path(data[1:]))
        except (OSError, UnicodeDecodeError) as error:
            what = file_cause(error).in_(face.lang)
            raise InputError(face.words("error.unreadable", path=data[1:], what=what)) from error
    if len(text) > LARGEST:
        raise InputError(face.words("error.too_large"))
    found = _json(face, text, "error.json")
    if not isinstance(found, dict):
        raise InputError(face.words("error.json_object"))
    return found


def _file(path: Path) -> str:
    with path.open(encoding="utf-8-sig") as file:
        return file.read(LARGEST + 1)


def _value(face: Face, flow: Flow, name: str, text: str) -> Any:
    spec = flow.fields.get(name)
    kind = spec.type if spec is not None else "text"
    if kind in ("integer", "money"):
        try:
            return int(text)
        except ValueError as error:
            raise InputError(face.words("error.integer", name=name, given=text)) from error
    if kind == "boolean" and text.lower() in (*TRUE, *FALSE):
        return text.lower() in TRUE
    if kind == "choice" and spec is not None:
        return next((code for code, label in spec.choices.items() if text in (label.zh, label.en)), text)
    if kind in ("list", "record", "material"):
        return _nested(face, name, text)
    return text


def _nested(face: Face, name: str, text: str) -> Any:
    return _json(face, text, "error.field_json", name=name)


def _json(face: Face, text: str, key: str, **facts: Any) -> Any:
    """Read JSON in which every key stands once: of two values neither is what was meant."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = next((name for name, count in Counter(name for name, _ in pairs).items() if count > 1), None)
        if twice is not None:
            raise InputError(face.words("error.json_twice", name=twice[:64]))
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(face.words(key, what=syntax_cause(error).in_(face.lang), **facts)) from error
