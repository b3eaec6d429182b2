"""Figures: every number of law or local practice, with its source, set in one place.

A flow refers to a figure as `"figures.NAME"`.  A figure is a period, a plain value, or `unset`: known to be needed,
not known in this county, and refused on use.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from xinfang_flow.flow.model.base import Frozen
from xinfang_flow.law import Period
from xinfang_flow.text import Text

UNITS = ("minutes", "hours", "days", "working_days", "months")
PREFIX = "figures."


class PeriodSpec(Frozen):
    """A length of time in exactly one unit; days are calendar days unless they are `working_days`."""

    minutes: int | None = Field(None, ge=1)
    hours: int | None = Field(None, ge=1)
    days: int | None = Field(None, ge=1)
    working_days: int | None = Field(None, ge=1)
    months: int | None = Field(None, ge=1)

    @property
    def units(self) -> dict[str, int]:
        """The units that are given, with their amounts."""
        return {unit: amount for unit in UNITS if (amount := getattr(self, unit)) is not None}

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        self._count_units()
        return self

    def _count_units(self) -> None:
        if len(self.units) != 1:
            raise ValueError("a period has exactly one of minutes, hours, days, working_days, months")

    @property
    def period(self) -> Period:
        """The period as a value."""
        return Period(**self.units)


class Figure(PeriodSpec):
    """A period or a plain value with its source.

    `bound` is the direction of a statutory figure: an overlay may lower what is `at_most` and raise what is
    `at_least`, never the reverse.  `example` marks a value that no source gives: a county must choose its own.
    """

    value: int | bool | str | tuple[str, ...] | None = None
    unset: bool = False
    title: Text | None = None
    source: str | None = None
    basis: str | None = Field(None, description="the article, where the figure is statutory")
    bound: Literal["at_most", "at_least"] | None = None
    example: bool = False

    def _count_units(self) -> None:
        given = len(self.units) + (self.value is not None) + self.unset
        if given != 1:
            raise ValueError("a figure is one period, or one `value`, or `unset = true`")
        if not self.unset and not self.source and not self.basis:
            raise ValueError("a figure needs its `source` or its `basis` (an article)")

    @property
    def amount(self) -> Any:
        """The period or the plain value; None when unset."""
        return self.period if self.units else self.value


Reference = str  # "figures.NAME"


def name_of(reference: str) -> str | None:
    """Return NAME for the text `figures.NAME`, else None."""
    return reference[len(PREFIX) :] if reference.startswith(PREFIX) else None
