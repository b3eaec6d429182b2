"""The JSON Schema of the flow format, for editors: published as docs/reference/flow.schema.json.

It says what a schema can say.  Names that are referred to, graphs and figures of law are for `check`.
"""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from typing import Any

from xinfang_flow.flow.model.base import IDENTIFIER
from xinfang_flow.flow.model.fields import SCALARS
from xinfang_flow.flow.model.figures import UNITS
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.subjects import SUBJECTS
from xinfang_flow.flow.reading.overlay import REMOVABLE, TABLES

Schema = dict[str, Any]

ID = "urn:xinfang-flow:flow-format:1"
# One text may stand for a list of one: the model takes both.
_ONE_OR_MANY = {
    "Condition": ("with", "is", "from"),
    "Quorum": ("with",),
    "Moment": ("enters", "fires"),
    "Task": ("states", "of"),
    "Opening": ("roles", "takes", "tells", "effects"),
    "Transition": ("source", "roles", "takes", "tells", "effects"),
}
# What an overlay may give in part, because the rest stands in the flow that it extends.
_PARTIAL = ("Deadline", "FieldSpec", "Figure", "Flow", "Link", "Opening", "State", "Task", "Text", "Transition")
_EXACTLY_ONE = {"Condition": (*SUBJECTS,), "PeriodSpec": UNITS, "Figure": (*UNITS, "value", "unset")}


def flow_schema() -> Schema:
    """Return the JSON Schema of a flow document, whole or overlay."""
    schema = _without_null(Flow.model_json_schema(by_alias=True))
    parts: dict[str, Schema] = schema.pop("$defs")
    parts["Flow"] = schema
    for name, keys in _ONE_OR_MANY.items():
        for key in keys:
            many = parts[name]["properties"][key]
            parts[name]["properties"][key] = {"anyOf": [many["items"], _untitled(many)]}
    for table in TABLES:
        schema["properties"][table]["propertyNames"] = {"pattern": f"^{IDENTIFIER.pattern}$"}
    overlay = _overlay(parts)
    for name, keys in _EXACTLY_ONE.items():
        parts[name]["oneOf"] = [{"required": [key]} for key in keys]
    parts["Moment"]["minProperties"] = 1
    parts |= overlay
    for name in ("Text", "PartOfText"):
        parts[name] = {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 400}, parts[name]]}
    plain = {"enum": sorted(SCALARS - {"choice"})}
    for name in ("FieldSpec", "PartOfFieldSpec"):
        parts[name] = {"anyOf": [plain, parts[name]]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "xinfang_flow: a flow, or an overlay of a flow",
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/PartOfFlow"},
        "else": {"$ref": "#/$defs/Flow"},
        "$defs": dict(sorted(parts.items())),
    }


def schema_text() -> str:
    """Return the JSON Schema as a file has it: docs/reference/flow.schema.json, and what the command line prints."""
    return json.dumps(flow_schema(), ensure_ascii=False, indent=2) + "\n"


def _overlay(parts: dict[str, Schema]) -> dict[str, Schema]:
    """Return the parts as an overlay may give them: nothing is required but its own name."""
    partial = {f"PartOf{name}": _redirected(deepcopy(parts[name])) for name in _PARTIAL}
    for part in partial.values():
        part.pop("required", None)
    flow = partial["PartOfFlow"]
    flow["title"] = "Overlay"
    flow["description"] = "A flow as a difference from another."
    flow["required"] = ["id", "version", "extends"]
    names = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    flow["properties"]["remove"] = {
        "type": "object", "properties": dict.fromkeys(REMOVABLE, names), "additionalProperties": False,
        "description": "names that the flow has and this overlay has not",
    }  # fmt: skip
    for properties in (flow["properties"], parts["Flow"]["properties"]):
        properties["$schema"] = {"type": "string"}
    del parts["Flow"]["properties"]["extends"]
    return partial


def _redirected(part: Any) -> Any:
    """Point references at the partial forms of what they name."""
    if isinstance(part, list):
        return [_redirected(item) for item in part]
    if not isinstance(part, dict):
        return part
    name = str(part.get("$ref", "")).rpartition("/")[2]
    if name in _PARTIAL:
        return {**part, "$ref": f"#/$defs/PartOf{name}"}
    return {key: _redirected(item) for key, item in part.items()}


def _without_null(part: Any) -> Any:
    """TOML has no null, and JSON documents may not use it: leave out what says so."""
    if isinstance(part, list):
        return [_without_null(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {key: _without_null(item) for key, item in part.items() if not (key == "default" and item is None)}
    choices = [choice for choice in kept.get("anyOf", ()) if choice != {"type": "null"}]
    if "anyOf" in kept and len(choices) < len(kept["anyOf"]):
        del kept["anyOf"]
        kept |= choices[0] if len(choices) == 1 else {"anyOf": choices}
    return kept


def _untitled(part: Schema) -> Schema:
    return {key: item for key, item in part.items() if key != "title"}


if __name__ == "__main__":
    sys.stdout.write(schema_text())
