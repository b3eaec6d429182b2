"""What a case may hold: a closed set of field types, records and lists of records.

Values live in cases and events as JSON: text, whole numbers, booleans, lists and records; never floats.  Dates and
moments are ISO 8601 text (a moment always with its offset), so that a history folds without knowing the flow.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from xinfang_flow.flow.model.base import Frozen, Identifier
from xinfang_flow.text import Text

FieldType = Literal[
    "text", "integer", "boolean", "date", "datetime", "choice", "organ", "actor", "money", "material", "record", "list"
]
SCALARS = frozenset(FieldType.__args__) - {"record", "list"}  # type: ignore[attr-defined]

SEARCHABLE = SCALARS - {"material"}


class FieldSpec(Frozen):
    """One declared field.

    `money` is whole fen; `material` is a document by reference and digest, never its bytes; `organ` and `actor` are
    identifiers in the directory.  `personal` values enter the hashed history only as salted commitments.
    """

    type: FieldType = "text"
    title: Text | None = None
    of: Identifier | None = Field(None, description="for a list: a scalar type or a record; for a record: its name")
    choices: dict[Identifier, Text] = Field(default_factory=dict, description="for a choice: its values with labels")
    personal: bool = False
    find: bool = Field(
        default=False, description="cases are found by it: never a personal field, a list, record or material"
    )
    unique: bool = Field(
        default=False, description="no second case of the flow and its overlays has the value; implies `find`"
    )
    min: int | None = None
    max: int | None = None
    max_length: int = Field(2000, ge=1, le=10_000, description="characters of a text, items of a list")

    @property
    def searchable(self) -> bool:
        """Whether cases are found by it: it is marked, and of a kind that may stand in an index in clear."""
        return (self.find or self.unique) and not self.personal and self.type in SEARCHABLE

    @model_validator(mode="before")
    @classmethod
    def _from_plain(cls, value: Any) -> Any:
        return {"type": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError('a field of type "choice" needs `choices`, and no other type takes them')
        if self.type in ("record", "list") and not self.of:
            raise ValueError(f'a field of type "{self.type}" needs `of`')
        if self.of and self.type not in ("record", "list"):
            raise ValueError(f'`of` belongs to lists and records, not to "{self.type}"')
        return self


Record = dict[Identifier, FieldSpec]
