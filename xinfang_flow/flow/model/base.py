"""What every part of a flow is made of: identifiers that machines read, and frozen models."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

SAFE_INTEGER = 2**53 - 1  # the largest that every reader of JSON keeps exact
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SHOWN = 64


def _identifier(value: str) -> str:
    if not IDENTIFIER.fullmatch(value):
        shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
        message = f"{shown!r} is not an identifier: lower-case letters, digits and _ , a letter first, at most 64"
        raise ValueError(message)
    return value


Identifier = Annotated[
    str, AfterValidator(_identifier), Field(json_schema_extra={"pattern": f"^{IDENTIFIER.pattern}$"})
]


def _exact(schema: Any) -> None:
    """Make every number and truth value in a core schema strict."""
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list | tuple) else ()
    for part in parts:
        _exact(part)
    if isinstance(schema, dict) and schema.get("type") in ("int", "bool"):
        schema["strict"] = True


class Frozen(BaseModel):
    """What every part of a flow is: immutable, and closed against unknown keys."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, strict=False
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Lists may stand for tuples and tables for parts; but "1" is no number, and "yes" is no truth value."""
        schema = handler(source)
        _exact(schema)
        return schema
