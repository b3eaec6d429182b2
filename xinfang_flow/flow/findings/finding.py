"""A finding: one thing that is wrong, or doubtful, in a flow; with its place and the way out."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from xinfang_flow.text import Text

_CHINESE = {"error": "错误", "warning": "警告"}


class Finding(NamedTuple):
    """One problem.  `where` is file, line and path; `witness` a trace that shows it, or None."""

    code: str
    severity: Literal["error", "warning"]
    message: Text
    where: str = ""
    witness: Any = None

    def __str__(self) -> str:
        """Return one line as a compiler would print it."""
        return self.line("en")

    def line(self, lang: Literal["zh", "en"]) -> str:
        """Return one line in `lang`."""
        place = f"{self.where}: " if self.where else ""
        if lang == "en":
            return f"{place}{self.code} {self.severity}: {self.message.en}"
        return f"{place}{self.code} {_CHINESE[self.severity]}：{self.message.zh}"
