"""Rows that cannot be taken: why, in words, and the file in which they are kept for those who must mend them."""

from __future__ import annotations

import csv
import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from xinfang_flow.errors import StoreError
from xinfang_flow.text import Language, Text

REASONS: dict[str, Text] = {
    code: Text(zh=zh, en=en)
    for code, zh, en in (
        ("missing", "必填项缺失", "a required cell is empty"),
        ("not_a_date", "日期有误", "not a date"),
        ("unknown_township", "乡镇街道不存在", "no such township"),
        ("unknown_form", "信访形式不存在", "no such form of petition"),
        ("unknown_value", "不在可选值之内", "not one of the known values"),
        ("not_a_number", "数字有误", "not a whole number, or out of range"),
        ("not_a_moment", "时刻有误", "not a moment with its zone"),
        ("too_long", "内容过长", "too long"),
        ("control_character", "含控制字符", "a control character in the cell"),
        ("wrong_column_count", "列数不符", "the wrong number of columns"),
        ("duplicate_row", "整行重复", "the same as an earlier row"),
        ("number_conflict", "登记编号冲突", "the number belongs to another row or case"),
        ("refused", "流程不予登记", "the flow refuses it"),
    )
}
HEADINGS = {
    "zh": ("行号", "登记编号", "列", "原因代码", "原因"),
    "en": ("line", "number", "column", "reason", "in words"),
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Reject(NamedTuple):
    """One row that was not taken.  `column` is None where the fault is the row's; `detail` says what else there is."""

    line: int
    number: str | None
    column: str | None
    reason: str
    first_line: int | None = None
    detail: Text | None = None

    def words(self, lang: Language) -> str:
        """Return the reason in words."""
        known = REASONS.get(self.reason)
        text = known.in_(lang) if known else self.reason
        if self.detail is not None:
            text += f"：{self.detail.zh}" if lang == "zh" else f": {self.detail.en}"
        if self.first_line is not None:
            text += f"（首次出现在第{self.first_line}行）" if lang == "zh" else f" (first on line {self.first_line})"
        return text


def safe_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, with control characters made visible."""
    shown = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    start = unicodedata.normalize("NFKC", text).lstrip(" \ufeff")
    return "'" + shown if start.startswith(_FORMULA) or text.startswith(_FORMULA) else shown


class RejectsFile:
    """Writes rejects as they come, UTF-8 with BOM for Excel; the file takes its name when it is complete."""

    def __init__(self, path: Path, header: Sequence[str], lang: Language) -> None:
        """Begin the file beside its place.

        Raises:
            StoreError: the folder is missing or cannot be written to.
        """
        self.path = path
        self._lang: Language = lang
        self._draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            self._out = self._draft.open("w", encoding="utf-8-sig", newline="", errors="replace")
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}") from error
        self._writer = csv.writer(self._out, quoting=csv.QUOTE_ALL)
        self._writer.writerow([*HEADINGS[lang], *map(safe_cell, header)])

    def __enter__(self) -> Self:
        """Return the file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close, and give the file its name: an import that was broken off leaves what it found."""
        self._out.close()
        self._draft.replace(self.path)

    def add(self, reject: Reject, row: Sequence[str]) -> None:
        """Write one row with what is wrong with it."""
        words = reject.words(self._lang)
        cells = (str(reject.line), reject.number or "", reject.column or "", reject.reason, words, *row)
        self._writer.writerow([safe_cell(cell) for cell in cells])
