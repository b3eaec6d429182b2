"""Why rows are not taken, and what should be looked at in those that are: codes with their words."""

from __future__ import annotations

from typing import Any, NamedTuple

from xinfang_flow.text import Language, Text


def _words(*lines: tuple[str, str, str]) -> dict[str, Text]:
    return {code: Text(zh=zh, en=en) for code, zh, en in lines}


REGISTER = Text("登记台账", "register")
HEADER = Text("表头", "header")
MAPPING = Text("对照表", "mapping")
"""Where an error about a register as a whole lies."""

REASONS = _words(
    ("missing", "必填项缺失", "a required cell is empty"),
    ("not_a_date", "日期有误", "not a date"),
    ("unknown_township", "乡镇街道不在名单中", "no such township"),
    ("unknown_form", "信访形式不可用", "no such form of petition"),
    ("unknown_value", "不在可选值之内", "not one of the known values"),
    ("not_a_number", "应为整数", "not a whole number, or out of range"),
    ("not_a_moment", "时刻有误", "not a moment with its zone"),
    ("not_text", "单元格不是文本", "the cell is not text"),
    ("digits_lost", "数字已不完整", "digits of the number are lost"),
    ("error_value", "单元格是错误值", "the cell holds an error"),
    ("no_value", "公式没有保存结果", "a formula without its result"),
    ("merged_cell", "合并单元格", "a merged cell"),
    ("too_long", "内容过长", "too long"),
    ("control_character", "含控制字符", "a control character in the cell"),
    ("wrong_column_count", "列数不符", "the wrong number of columns"),
    ("open_quote", "引号不成对", "quotation marks that cannot be right"),
    ("swallowed_rows", "引号内含有其他行", "other rows stand inside its quotation marks"),
    ("duplicate_row", "整行重复", "the same as an earlier row"),
    ("number_conflict", "登记编号冲突", "the number belongs to another row or case"),
    ("refused", "不符合登记条件", "the flow refuses it"),
)
DOUBTS = _words(
    ("number", "是数字而不是文本，前面的零可能已丢失", "numbers, not text: zeros at their beginning may be lost"),
    ("several_lines", "一条记录占多行", "a record that runs over several lines"),
    ("invisible", "删去了不可见的字符", "characters that are not seen were taken out"),
    ("lost_character", "含“�”，原字已丢失", "the character � stands where another was lost"),
    ("date_like", "像是由表格软件改成的日期", "it looks like a date that a spreadsheet made of it"),
)


class Fault(NamedTuple):
    """One thing that is wrong with a row.  `column` is None where it is the row's; `detail` says what else there is."""

    column: str | None
    reason: str
    detail: Text | None = None

    def words(self, lang: Language) -> str:
        """Return the reason in words."""
        known = REASONS.get(self.reason)
        text = known.in_(lang) if known else self.reason
        if self.detail is not None:
            text += f"：{self.detail.zh}" if lang == "zh" else f": {self.detail.en}"
        return text


class Reject(NamedTuple):
    """One row that was not taken, with everything that is wrong with it.

    `first_line` is the line of the earlier row that it repeats; `last_line` where it ends, if not where it begins.
    """

    line: int
    number: str | None
    faults: tuple[Fault, ...]
    first_line: int | None = None
    last_line: int | None = None

    @property
    def column(self) -> str | None:
        """The column of the first fault."""
        return self.faults[0].column

    @property
    def reason(self) -> str:
        """The code of the first fault."""
        return self.faults[0].reason

    def words(self, lang: Language) -> str:
        """Return every fault in words; where there are several, each with its column."""
        parts = [fault.words(lang) for fault in self.faults]
        if len(parts) > 1:
            mark = "：" if lang == "zh" else ": "
            parts = [
                f"{fault.column}{mark}{text}" if fault.column else text
                for fault, text in zip(self.faults, parts, strict=True)
            ]
        text = ("；" if lang == "zh" else "; ").join(parts)
        if self.first_line is not None:
            text += f"（首次出现在第{self.first_line}行）" if lang == "zh" else f" (first on line {self.first_line})"
        if self.last_line is not None:
            zh, en = f"（第{self.line}至{self.last_line}行）", f" (lines {self.line} to {self.last_line})"
            text += zh if lang == "zh" else en
        return text

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "line": self.line, "number": self.number, "column": self.column, "reason": self.reason,
            "first_line": self.first_line, "last_line": self.last_line,
            "faults": [
                {"column": fault.column, "reason": fault.reason, "words": _both(fault)} for fault in self.faults
            ],
        }  # fmt: skip


class Doubt(NamedTuple):
    """What should be looked at in rows that were taken: `cells` of a column, the first of them on `line`."""

    column: str | None
    code: str
    cells: int
    line: int

    def words(self, lang: Language) -> str:
        """Return it in words."""
        return DOUBTS[self.code].in_(lang)

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**self._asdict(), "words": _both(self)}


def _both(told: Fault | Doubt) -> dict[str, str]:
    return {"zh": told.words("zh"), "en": told.words("en")}
