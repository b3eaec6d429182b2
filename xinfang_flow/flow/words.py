"""Words that people read, in Chinese and English, and the identifiers that machines read."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema

Language = Literal["zh", "en"]

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _identifier(value: str) -> str:
    if not IDENTIFIER.fullmatch(value):
        message = f"{value!r} is not an identifier: lower-case letters, digits and _ , a letter first, at most 64"
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


class Text(Frozen):
    """One label in Chinese and English; a plain string in a document stands for both."""

    zh: str = Field(min_length=1, max_length=400)
    en: str = Field(min_length=1, max_length=400)

    @model_validator(mode="before")
    @classmethod
    def _from_plain(cls, value: Any) -> Any:
        return {"zh": value, "en": value} if isinstance(value, str) else value

    def in_(self, lang: Language) -> str:
        """Return the label in `lang` ("zh" or "en")."""
        return self.zh if lang == "zh" else self.en


def titled(title: Text | None, name: str, lang: Language = "zh") -> str:
    """Return the label, or the identifier where none was given."""
    return title.in_(lang) if title else name
