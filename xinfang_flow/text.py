"""Words that people read, in Chinese and English together, so that no sentence can exist in one language only."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

Language = Literal["zh", "en"]


class Text(NamedTuple):
    """The same thing said in Chinese and in English; a plain string in a document stands for both."""

    zh: str
    en: str

    def in_(self, lang: Language) -> str:
        """Return the words in `lang` ("zh" or "en")."""
        return self.zh if lang == "zh" else self.en

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """In a document both languages have 1 to 400 characters."""
        return _schema(handler)


def _schema(handler: GetCoreSchemaHandler) -> CoreSchema:
    from pydantic_core import core_schema

    return core_schema.no_info_after_validator_function(
        lambda label: Text(label.zh, label.en),
        core_schema.no_info_before_validator_function(_written_out, handler.generate_schema(_label())),
        serialization=core_schema.plain_serializer_function_ser_schema(lambda text: text._asdict()),
    )


def _written_out(value: Any) -> Any:
    if isinstance(value, Text):
        return value._asdict()
    return {"zh": value, "en": value} if isinstance(value, str) else value


@lru_cache(maxsize=1)
def _label() -> type[Any]:
    """The form of a text in a document; made when the first model asks, as `law` needs no pydantic."""
    from pydantic import BaseModel, ConfigDict, Field

    class Text(BaseModel):
        """One label in Chinese and English; a plain string in a document stands for both."""

        model_config = ConfigDict(frozen=True, extra="forbid")
        zh: str = Field(min_length=1, max_length=400)
        en: str = Field(min_length=1, max_length=400)

    return Text


def titled(title: Text | None, name: str, lang: Language = "zh") -> str:
    """Return the label, or the identifier where none was given."""
    return title.in_(lang) if title else name


def bracketed(text: str, lang: Language) -> str:
    """Return the text in the brackets of the language, with the space before them that English wants."""
    return f"（{text}）" if lang == "zh" else f" ({text})"


def joined(parts: Iterable[str], lang: Language) -> str:
    """Return the parts as a list in words."""
    return ("、" if lang == "zh" else ", ").join(parts)


def shown(value: object) -> str:
    """Return what was given as a message in Chinese shows it, control characters written out; quotes stand around."""
    written = repr(value)
    return written[1:-1] if isinstance(value, str) else written
