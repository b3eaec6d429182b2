"""What a reason cites: a notice that arranges days, and the rules by which days are counted.

The rule of this file: words come in two languages together, so that no reason can exist in one only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

__all__ = ["CIVIL_CODE", "PLAIN_RULES", "Notice", "Rules", "Words"]


class Words(NamedTuple):
    """The same thing said in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The publication that arranges holidays and make-up working days.

    `published` is the day from which the public could know it.  `sure` is False where number or day were not seen in
    the text itself, and `because` says so wherever it cites one.
    """

    title: str
    number: str = ""
    issuer: str = ""
    published: date | None = None
    source: str = ""
    sure: bool = True

    @property
    def cited(self) -> Words:
        """A short form for a line of reasoning: its number, else its title."""
        name = self.number or self.title
        return Words(name, name) if self.sure else Words(f"{name}（文号待核）", f"{name} (number unverified)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The provisions that a calendar's reasons cite, one for each way of counting."""

    first_day: Words
    months: Words
    last_day: Words
    hours: Words


CIVIL_CODE = Rules(
    first_day=Words("《民法典》第二百零一条第一款", "Civil Code, Art. 201(1)"),
    months=Words("《民法典》第二百零二条", "Civil Code, Art. 202"),
    last_day=Words("《民法典》第二百零三条", "Civil Code, Art. 203"),
    hours=Words("《民法典》第二百零一条第二款", "Civil Code, Art. 201(2)"),
)

# A calendar of another country or a user's own file that cites nothing must not be given China's articles.
PLAIN_RULES = Rules(
    first_day=Words("本日历的计算规则", "the counting rule of this calendar"),
    months=Words("本日历的计算规则", "the counting rule of this calendar"),
    last_day=Words("本日历的计算规则", "the counting rule of this calendar"),
    hours=Words("本日历的计算规则", "the counting rule of this calendar"),
)
