"""Guards as data: a small closed vocabulary of predicates with literal arguments.

No expressions: so a guard can be checked for overlap, explained in two languages, drawn, and run over columns.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, create_model, model_validator

from xinfang_flow.flow.model.base import Frozen, Identifier
from xinfang_flow.flow.model.deadline_states import DeadlineState
from xinfang_flow.flow.model.figures import PeriodSpec, Reference
from xinfang_flow.flow.model.subjects import COMPARISONS, OPTIONS, SUBJECTS, Subject, attribute
from xinfang_flow.text import Text

Literals = int | bool | str
_KEYS = {attribute(key): key for key in (*COMPARISONS, *OPTIONS)}


def _keys() -> dict[str, Any]:
    """A key for each subject: the name of what it is about, or the conditions inside."""
    return {
        name: ("tuple[Condition, ...] | None", Field(None, min_length=1, description=row.meaning))
        if row.joins
        else (Identifier | None, Field(None, description=row.meaning))
        for name, row in SUBJECTS.items()
    }


if TYPE_CHECKING:
    _Subjects = Frozen
else:
    _Subjects = create_model("_Subjects", __base__=Frozen, __module__=__name__, **_keys())


class Condition(_Subjects):
    """One predicate: exactly one of the `SUBJECTS`, with the comparisons and options that fit it."""

    equals: Literals | None = None
    one_of: tuple[Literals, ...] | Reference | None = None
    at_least: Literals | None = None
    at_most: Literals | None = None
    odd: bool | Reference | None = None
    over_half: Literal[True] | None = None
    with_: tuple[Identifier, ...] | None = Field(None, alias="with", description=OPTIONS["with"])
    where: dict[Identifier, Literals] | None = Field(None, description=OPTIONS["where"])
    from_: tuple[Identifier, ...] | None = Field(None, alias="from", min_length=1, description=OPTIONS["from"])
    is_: tuple[DeadlineState, ...] | None = Field(None, alias="is", description=OPTIONS["is"])
    by: PeriodSpec | Reference | None = Field(None, description=OPTIONS["by"])
    along: tuple[str, ...] | Reference | None = Field(None, description=OPTIONS["along"])
    ever: Literal[True] | None = Field(None, description=OPTIONS["ever"])
    args: dict[Identifier, Literals] = Field(default_factory=dict, description=OPTIONS["args"])
    message: Text | None = Field(None, description="the words that a person reads when it refuses")

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        if isinstance(value, dict):
            value = dict(value)
            for key in ("with", "is", "from"):
                if isinstance(value.get(key), str):
                    value[key] = (value[key],)
        return value

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        if sum(name in SUBJECTS for name in given) != 1:
            raise ValueError(f"a condition has exactly one of: {', '.join(SUBJECTS)}")
        subject, row = self.subject, self.row
        keys = {_KEYS[name] for name in given if name in _KEYS and (name != "args" or self.args)}
        if row.compares == keys.isdisjoint(COMPARISONS) and not (row.compares and row.bare):
            raise ValueError(_comparison_wanted(subject, row, keys))
        for key in sorted(keys.difference(row.options)):
            takers = ", ".join(sorted(name for name, other in SUBJECTS.items() if key in other.options))
            raise ValueError(f"`{key}` belongs to {takers}, not to `{subject}`")
        for key in row.needs:
            if not self.option(key):
                raise ValueError(f"`{subject}` needs `{key}`: {OPTIONS[key]}")
        return self

    def option(self, key: str) -> Any:
        """Return what is given for a comparison or an option, by its key in a document; None when nothing is."""
        return getattr(self, attribute(key)) or None if key == "args" else getattr(self, attribute(key))

    @cached_property
    def subject(self) -> str:
        """Which predicate this is."""
        return next(name for name in self.model_fields_set if name in SUBJECTS and getattr(self, name) is not None)

    @cached_property
    def row(self) -> Subject:
        """What is known of its subject."""
        return SUBJECTS[self.subject]

    @cached_property
    def about(self) -> str | None:
        """The field, task, deadline, link or function that it is about; None for a combination."""
        return None if self.row.joins else str(getattr(self, self.subject))

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The conditions that it is a combination of; none for any other."""
        return getattr(self, self.subject) if self.row.joins else ()

    @property
    def compares(self) -> bool:
        """Whether it has a comparison with one value or number."""
        return any(self.option(name) is not None for name in COMPARISONS if name != "over_half")

    @property
    def subjects(self) -> frozenset[str]:
        """Every predicate in it, those of its parts included."""
        return frozenset({self.subject}).union(*(part.subjects for part in self.parts))


def _comparison_wanted(subject: str, row: Subject, keys: set[str]) -> str:
    if row.compares:
        return f"`{subject}` needs a comparator: {', '.join(name for name in COMPARISONS if name in row.options)}"
    return f"`{subject}` takes no comparator ({', '.join(sorted(keys & COMPARISONS.keys()))})"
