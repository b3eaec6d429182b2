"""What a reason cites: a notice that arranges days, and the rules by which days are counted.

The rule of this file: words come in two languages together, so that no reason can exist in one only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xinfang_flow.text import Text

__all__ = ["CIVIL_CODE", "PLAIN_RULES", "Notice", "Provisions"]


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
    def cited(self) -> Text:
        """A short form for a line of reasoning: its number, else its title."""
        name = self.number or self.title
        return Text(name, name) if self.sure else Text(f"{name}（文号待核）", f"{name} (number unverified)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisions:
    """The provisions that a calendar's reasons cite, one for each way of counting."""

    first_day: Text
    months: Text
    last_day: Text
    hours: Text


CIVIL_CODE = Provisions(
    first_day=Text("《民法典》第二百零一条第一款", "Civil Code, Art. 201(1)"),
    months=Text("《民法典》第二百零二条", "Civil Code, Art. 202"),
    last_day=Text("《民法典》第二百零三条", "Civil Code, Art. 203"),
    hours=Text("《民法典》第二百零一条第二款", "Civil Code, Art. 201(2)"),
)

# A calendar of another country or a user's own file that cites nothing must not be given China's articles.
PLAIN_RULES = Provisions(
    first_day=Text("本日历的计算规则", "the counting rule of this calendar"),
    months=Text("本日历的计算规则", "the counting rule of this calendar"),
    last_day=Text("本日历的计算规则", "the counting rule of this calendar"),
    hours=Text("本日历的计算规则", "the counting rule of this calendar"),
)
