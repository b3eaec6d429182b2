"""From the model back to a document: the one shape of TOML that a flow needs, and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.reading.overlay import ENTRIES, TABLES

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 100


def to_toml(flow: Flow) -> str:
    """Return the flow as TOML; `load_flow` reads the same model, with the same digest, out of it."""
    document = _document(flow)
    sections = {key: document.pop(key) for key in (*TABLES, "open", *ENTRIES) if key in document}
    blocks = ["\n".join(_pairs(document))]
    for key, section in sections.items():
        blocks += _section(key, section)
    return "\n\n".join(blocks) + "\n"


def to_json(flow: Flow) -> str:
    """Return the flow as JSON, for people to read; `Flow.text` is the canonical form that the digest covers."""
    return json.dumps(_document(flow), ensure_ascii=False, indent=2) + "\n"


def _document(flow: Flow) -> dict[str, Any]:
    document: dict[str, Any] = flow.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for transition in document.get("transition", ()):
        if transition.get("name") == transition["trigger"]:
            del transition["name"]
    return document


def _section(key: str, section: Any) -> Iterator[str]:
    if key in ENTRIES:
        for entry in section:
            yield "\n".join([f"[[{key}]]", *_pairs(entry)])
    elif key == "records":
        for name, record in section.items():
            yield "\n".join([f"[records.{_key(name)}]", *_pairs(record)])
    else:
        yield "\n".join([f"[{key}]", *_pairs(section)])


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{_key(key)} = {_block(value)}"


def _block(value: Any) -> str:
    """Return a value; a long array takes a line for each item, which is what a diff wants."""
    text = _value(value)
    if isinstance(value, list) and len(text) > _WIDTH:
        return "[\n" + "".join(f"  {_value(item)},\n" for item in value) + "]"
    return text


def _value(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else str(value)


def _text(value: str) -> str:
    # JSON's escapes are TOML's; only DEL must be escaped in TOML and not in JSON.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)
