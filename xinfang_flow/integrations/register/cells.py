"""One cell into one value of a flow's field, or the code of what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.integrations.register.mapping import Column

DAY = re.compile(r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})日?")
WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
SHORT = 100
YES = frozenset({"是", "有", "y", "yes", "true", "1", "√"})
NO = frozenset({"否", "无", "n", "no", "false", "0", "×"})
CODES = {"date": "not_a_date", "integer": "not_a_number", "money": "not_a_number", "datetime": "not_a_moment"}


class CellError(ValueError):
    """A cell cannot be taken; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean(cell: str) -> str:
    """Return a cell without the white space around it, half or full width, and with one kind of line break."""
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def plain(cell: str) -> str:
    """Return a short cell in normal form: full-width digits and letters become the usual ones."""
    return unicodedata.normalize("NFKC", cell).strip()


def value_of(cell: str, column: Column, spec: FieldSpec) -> Any:
    """Return the value of a cell that is not empty.

    Raises:
        CellError: it does not hold what the field needs.
    """
    code = column.reason or CODES.get(spec.type, "unknown_value")
    if column.known and plain(cell) not in column.known:
        raise CellError(code)
    if spec.type in ("text", "organ", "actor"):
        return _text(cell, spec)
    read = _READERS.get(spec.type)
    if read is None:
        raise CellError("unknown_value")
    found = read(plain(cell), spec)
    if found is None:
        raise CellError(code)
    return found


def read_day(text: str) -> date | None:
    """Return the day that `2026-03-02`, `2026/3/2`, `2026.3.2` or `2026年3月2日` names, if there is such a day."""
    found = DAY.fullmatch(text.removesuffix(" 00:00:00"))
    if found is None:
        return None
    year, *months, day = found.groups()
    month = next(part for part in months if part is not None)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _text(cell: str, spec: FieldSpec) -> str:
    # Prose stays as it is; in names and numbers, full-width signs become the usual ones and rare characters stay.
    text = cell.translate(HALF_WIDTH).strip() if spec.max_length <= SHORT else cell
    if len(text) > spec.max_length:
        raise CellError("too_long")
    return text


def _date(text: str, _: FieldSpec) -> str | None:
    day = read_day(text)
    return day.isoformat() if day else None


def _whole(text: str, spec: FieldSpec) -> int | None:
    if not WHOLE.fullmatch(text):
        return None
    number = int(text)
    low = 0 if spec.type == "money" and spec.min is None else spec.min
    return None if (low is not None and number < low) or (spec.max is not None and number > spec.max) else number


def _choice(text: str, spec: FieldSpec) -> str | None:
    return next((name for name, label in spec.choices.items() if text in (label.zh, label.en, name)), None)


def _boolean(text: str, _: FieldSpec) -> bool | None:
    lower = text.lower()
    return True if lower in YES else False if lower in NO else None


def _moment(text: str, _: FieldSpec) -> str | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.isoformat() if moment.tzinfo is not None else None


_READERS: dict[str, Callable[[str, FieldSpec], Any]] = {
    "date": _date, "integer": _whole, "money": _whole, "choice": _choice, "boolean": _boolean, "datetime": _moment,
}  # fmt: skip
