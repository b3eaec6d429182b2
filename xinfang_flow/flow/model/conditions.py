"""Guards as data: a small closed vocabulary of predicates with literal arguments.

No expressions: so a guard can be checked for overlap, explained in two languages, drawn, and run over columns.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from xinfang_flow.flow.model.base import Frozen, Identifier
from xinfang_flow.flow.model.figures import PeriodSpec, Reference
from xinfang_flow.text import Text

SUBJECTS = (
    "present", "absent", "field", "count", "settled", "answered", "holds", "actor", "actor_org",
    "before", "after", "working_day", "apart", "linked", "running", "deadline", "rises", "named", "any", "all", "none",
)  # fmt: skip
COMPARATORS = ("equals", "one_of", "at_least", "at_most", "odd", "over_half")
TAKES_COMPARATOR = {"field", "count", "answered", "linked", "running"}

Literals = int | bool | str


class Condition(Frozen):
    """One predicate: exactly one subject, with the comparators that fit it.

    Subjects:
        present, absent: a field has (no) value.
        field: a field's value, compared.
        count: the number of items of a list field (of records: those whose parts are as `where` says), compared.
        settled: a task is settled (and, if it has a lead time, was settled in time for the moment as it now stands).
        answered: how many of a task's slots gave the answer `with`, compared; `over_half` counts against all slots.
        holds: the actor holds a slot of the task; with `ever`, holds one or held one before a hand-over.
        actor, actor_org: the actor's id, or organ, equals the field's value.
        before: now is before the moment in the field, by at least the period `by` (counted backwards, whole dates).
        after: now is after the moment in the field, by at least the period `by`.
        working_day: the date in the field is a working day of the calendar; not published yet, it refuses.
        apart: nobody and no organ in the field (in its records, if it has any) is also in one of the fields `from`.
        linked: how many linked cases of the kind are done (with an outcome in `with`, if given), compared;
            without a comparator: all of them, at least one.
        running: how many linked cases of the kind are not done yet, compared.
        deadline: the deadline's state is in `is`.
        rises: the field's new value stands further along the list `along` than the old one (upward only).
        named: a Python predicate handed to the engine, with literal `args`; it fails closed.
        any, all, none: combinations.
    """

    present: Identifier | None = None
    absent: Identifier | None = None
    field: Identifier | None = None
    count: Identifier | None = None
    settled: Identifier | None = None
    answered: Identifier | None = None
    holds: Identifier | None = None
    actor: Identifier | None = None
    actor_org: Identifier | None = None
    before: Identifier | None = None
    after: Identifier | None = None
    working_day: Identifier | None = None
    apart: Identifier | None = None
    linked: Identifier | None = None
    running: Identifier | None = None
    deadline: Identifier | None = None
    rises: Identifier | None = None
    named: Identifier | None = None
    any: tuple[Condition, ...] | None = Field(None, min_length=1)
    all: tuple[Condition, ...] | None = Field(None, min_length=1)
    none: tuple[Condition, ...] | None = Field(None, min_length=1)

    equals: Literals | None = None
    one_of: tuple[Literals, ...] | Reference | None = None
    at_least: Literals | None = None
    at_most: Literals | None = None
    odd: bool | Reference | None = None
    over_half: Literal[True] | None = None
    with_: tuple[Identifier, ...] | None = Field(None, alias="with")
    where: dict[Identifier, Literals] | None = None
    from_: tuple[Identifier, ...] | None = Field(None, alias="from", min_length=1)
    is_: tuple[Literal["armed", "met", "breached", "suspended", "cancelled"], ...] | None = Field(None, alias="is")
    by: PeriodSpec | Reference | None = None
    along: tuple[str, ...] | Reference | None = None
    ever: Literal[True] | None = Field(None, description="for `holds`: holds a slot, or held one before a hand-over")
    args: dict[Identifier, Literals] = Field(default_factory=dict)
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
        subjects = [name for name in SUBJECTS if getattr(self, name) is not None]
        if len(subjects) != 1:
            raise ValueError(f"a condition has exactly one of: {', '.join(SUBJECTS)}")
        subject = subjects[0]
        given = {name for name in COMPARATORS if getattr(self, name) is not None}
        if given and subject not in TAKES_COMPARATOR:
            raise ValueError(f"`{subject}` takes no comparator ({', '.join(sorted(given))})")
        if not given and subject in TAKES_COMPARATOR - {"linked"}:
            raise ValueError(f"`{subject}` needs a comparator: {', '.join(COMPARATORS)}")
        self._only("over_half", subject, {"answered"})
        self._only("with_", subject, {"answered", "linked"})
        self._only("is_", subject, {"deadline"})
        self._only("by", subject, {"before", "after"})
        self._only("from_", subject, {"apart"})
        self._only("where", subject, {"count"})
        self._only("along", subject, {"rises"})
        self._only("ever", subject, {"holds"})
        if subject == "rises" and not self.along:
            raise ValueError("`rises` needs `along`: the list, lowest first")
        if subject == "deadline" and not self.is_:
            raise ValueError("`deadline` needs `is`")
        if subject == "apart" and not self.from_:
            raise ValueError("`apart` needs `from`: the fields that it must have nobody in common with")
        if self.args and subject != "named":
            raise ValueError("`args` belongs to `named`")
        return self

    def _only(self, name: str, subject: str, subjects: set[str]) -> None:
        if getattr(self, name) is not None and subject not in subjects:
            raise ValueError(f"`{name.rstrip('_')}` belongs to {', '.join(sorted(subjects))}, not to `{subject}`")

    @property
    def subject(self) -> str:
        """Which predicate this is."""
        return next(name for name in SUBJECTS if getattr(self, name) is not None)

    @property
    def about(self) -> str | None:
        """The field, task, deadline, link or function that it is about; None for a combination."""
        value = getattr(self, self.subject)
        return value if isinstance(value, str) else None

    @property
    def subjects(self) -> frozenset[str]:
        """Every predicate in it, those of its parts included."""
        parts = (*(self.any or ()), *(self.all or ()), *(self.none or ()))
        return frozenset({self.subject}).union(*(part.subjects for part in parts))
