"""A length of time as a statute writes it: one unit, one whole number, never a mixture.

The rule of this file: a period knows its unit and its amount and nothing of calendars.  Sixty days are not two months
(Civil Code, Article 202), so units are never converted into each other.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final, Literal, NoReturn, final

from xinfang_flow.errors import InputError
from xinfang_flow.text import Text, shown

__all__ = ["Period", "Unit"]

Unit = Literal["days", "working_days", "hours", "months", "minutes"]

# The longest period that can be meant: one hundred years of each unit.  Beyond it somebody mistyped.
_LONGEST: Final[dict[Unit, int]] = {
    "days": 36_525,
    "working_days": 26_100,
    "hours": 876_600,
    "months": 1_200,
    "minutes": 52_596_000,
}
_ENGLISH: Final[dict[Unit, str]] = {
    "days": "day",
    "working_days": "working day",
    "hours": "hour",
    "months": "month",
    "minutes": "minute",
}
_CHINESE: Final[dict[Unit, str]] = {
    "days": "日",
    "working_days": "个工作日",
    "hours": "小时",
    "months": "个月",
    "minutes": "分钟",
}
_UNIT_OF: Final[dict[str, Unit]] = {word: unit for unit, word in _ENGLISH.items()}
_TEXT: Final = re.compile(r"\s*([0-9]{1,9})\s+(working[ _]day|day|hour|month|minute)s?\s*", re.ASCII)
_USE: Final = Text(
    "请写60日、10个工作日、4小时、6个月、15分钟",
    "write one of Period(days=60), Period(working_days=10), Period(hours=4), Period(months=6), Period(minutes=15)",
)


def _amount(unit: Unit, value: object) -> int:
    """Return `value` as a whole number of `unit`s, or raise InputError."""
    # A bool is an int to Python; "True days" is a mistake to everybody else.
    if type(value) is not int:
        raise InputError(
            Text(f"“{shown(value)}”不是整数；{_USE.zh}", f"{value!r} is no whole number; {_USE.en}"),
            where=Text("期限", unit),
        )
    if value < 1:
        raise InputError(
            Text(f"至少为 1，不是 {value}；{_USE.zh}", f"a period must be at least 1 long, not {value}; {_USE.en}"),
            where=Text("期限", unit),
        )
    if value > _LONGEST[unit]:
        raise InputError(
            Text(
                f"{value} 超过一百年（{_LONGEST[unit]}）：请缩短",
                f"{value} is more than a hundred years ({_LONGEST[unit]}); shorten it",
            ),
            where=Text("期限", unit),
        )
    return value


@final
class Period:
    """A length of time in exactly one unit: calendar days, working days, months, hours or minutes.

    Frozen and hashable.  `Period(days=60) + Period(days=30)` is the extended period, counted from the same base (an
    extension lengthens the period, never the rolled date).  Raises InputError for no unit, two units, or an amount
    that is not a positive whole number of at most a hundred years.
    """

    __slots__ = ("amount", "by_clock", "unit")

    amount: int
    """How many of the unit; at least 1."""
    unit: Unit
    """One of "days", "working_days", "months", "hours", "minutes"."""
    by_clock: bool
    """Whether it runs by the clock (hours, minutes) rather than by dates."""

    def __init__(
        self,
        *,
        days: int | None = None,
        working_days: int | None = None,
        months: int | None = None,
        hours: int | None = None,
        minutes: int | None = None,
    ) -> None:
        given: list[tuple[Unit, int]] = []
        if days is not None:
            given.append(("days", days))
        if working_days is not None:
            given.append(("working_days", working_days))
        if months is not None:
            given.append(("months", months))
        if hours is not None:
            given.append(("hours", hours))
        if minutes is not None:
            given.append(("minutes", minutes))
        if len(given) != 1:
            raise InputError(
                Text(
                    f"只能有一个单位，不是{len(given)}个；{_USE.zh}",
                    f"a period has exactly one unit, not {len(given)}; {_USE.en}",
                ),
                where=Text("期限", "Period"),
            )
        unit = given[0][0]
        object.__setattr__(self, "unit", unit)
        object.__setattr__(self, "amount", _amount(*given[0]))
        object.__setattr__(self, "by_clock", unit in {"hours", "minutes"})

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read "60 days", "10 working days", "4 hours", "6 months" or "15 minutes"; InputError for anything else."""
        try:
            found = _TEXT.fullmatch(text)
        except TypeError:
            found = None
        if found is None:
            raise InputError(
                Text(
                    f"“{shown(text)}”不是期限；请写60日、10个工作日、4小时、6个月",
                    f"cannot read {text!r} as a period; write it like '60 days' or '10 working days'",
                )
            )
        return cls(**{_UNIT_OF[found[2].replace("_", " ")]: int(found[1])})

    @property
    def elapsed(self) -> timedelta | None:
        """The exact length of a period of hours or minutes; None for units whose length depends on the date."""
        if self.unit == "hours":
            return timedelta(hours=self.amount)
        if self.unit == "minutes":
            return timedelta(minutes=self.amount)
        return None

    @property
    def zh(self) -> str:
        """The period in Chinese: 60日, 10个工作日, 4小时, 6个月, 15分钟."""
        return f"{self.amount}{_CHINESE[self.unit]}"

    @property
    def en(self) -> str:
        """The period in English, which is also its canonical text."""
        return f"{self.amount} {_ENGLISH[self.unit]}{'' if self.amount == 1 else 's'}"

    def __str__(self) -> str:
        return self.en

    def __repr__(self) -> str:
        return f"Period({self.unit}={self.amount})"

    def __add__(self, other: object) -> Period:
        if not isinstance(other, Period):
            return NotImplemented
        if other.unit != self.unit:
            raise InputError(
                Text(
                    f"{self.zh}与{other.zh}单位不同，不能相加；请按{_CHINESE[self.unit]}延长",
                    f"{self} and {other} have different units and cannot be added; extend in {self.unit}",
                )
            )
        return Period(**{self.unit: self.amount + other.amount})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Period):
            return NotImplemented
        return self.amount == other.amount and self.unit == other.unit

    def __hash__(self) -> int:
        return hash((self.unit, self.amount))

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Period.parse, (str(self),)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Period is frozen; make a new one instead of setting {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Period is frozen; {name} cannot be deleted")
