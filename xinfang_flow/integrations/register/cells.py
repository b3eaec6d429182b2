"""One cell into one value of a flow's field, or the code of what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.integrations.register.hygiene import FORBIDDEN, plain
from xinfang_flow.integrations.register.mapping import Column
from xinfang_flow.integrations.register.row import NO_TEXT, Mark
from xinfang_flow.text import Text

DAY = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\.([0-9]{1,2})\.|年([0-9]{1,2})月)([0-9]{1,2})(?:日| 0?0:00(?::00)?)?"
)
WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
LARGEST = 2**53 - 1
SHORT = 100
SHOWN = 40
KEPT = 15  # digits of a number that a spreadsheet keeps
YES = frozenset({"是", "有", "y", "yes", "true", "1", "√"})
NO = frozenset({"否", "无", "n", "no", "false", "0", "×"})
CODES = {"date": "not_a_date", "integer": "not_a_number", "money": "not_a_number", "datetime": "not_a_moment"}
TEXTS = ("text", "organ", "actor")

# What spreadsheets write where a cell has no value, or no room to show it.
ERROR = re.compile(
    r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|GETTING_DATA|#+)"
    rf"|Err:[0-9]{{3}}|(?:{'|'.join(sorted(set(NO_TEXT.values())))})(?: .*)?",
    re.DOTALL,
)
SCIENTIFIC = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?[Ee][+-][0-9]{2,3}")
ID_NUMBER = re.compile(r"[0-9]{18}")
CUT = re.compile(rf"[0-9]{{{KEPT}}}0{{1,5}}")
DATE_LIKE = re.compile(
    r"[0-9]{1,2}月[0-9]{1,2}日|[0-9]{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-[0-9]{2}"
)
_WHY_NO_TEXT: dict[Mark, Text] = {
    "formatted": Text(zh="数字的显示格式与内容不同，请改为文本", en="a number that is shown otherwise: make it text"),
    "date": Text(zh="已被表格软件变成日期，请改为文本", en="the spreadsheet has made a date of it: make it text"),
    "boolean": Text(zh="是 TRUE/FALSE，请改为文本", en="it is TRUE or FALSE: make it text"),
}
_LOST = Text(
    zh="表格软件只保留15位数字，请把该列设为文本后重新填写",
    en="a spreadsheet keeps 15 digits: make the column text and enter it again",
)
_BROKEN: dict[Mark, tuple[str, Text | None]] = {
    "formula": ("no_value", Text(zh="请在表格软件中打开并保存", en="open and save it in a spreadsheet program")),
    "merged": ("merged_cell", Text(zh="请取消合并，逐行填写", en="take it apart and fill in every row")),
    "escape": ("control_character", None),
}


class CellError(ValueError):
    """A cell cannot be taken; `code` says why, `detail` what else there is to say."""

    def __init__(self, code: str, detail: Text | None = None) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def value_of(cell: str, mark: Mark | None, column: Column, spec: FieldSpec | None) -> Any:
    """Return the value of a cell that is not empty, already clean; without a field, the cell itself.

    Raises:
        CellError: it does not hold what the field needs.
    """
    _refuse_damage(cell, mark)
    quoted = "" if spec is None or spec.personal else f"“{cell[:SHOWN]}”"
    if column.known and plain(cell) not in column.known:
        raise CellError(column.reason or "unknown_value", _one_of(quoted, column.known))
    if spec is None:
        return cell
    if spec.type in TEXTS:
        return _text(cell, mark, spec)
    read = _READERS.get(spec.type)
    found = None if read is None or _another(mark, spec) else read(plain(cell), spec)
    if found is None:
        raise CellError(column.reason or CODES.get(spec.type, "unknown_value"), _needed(quoted, spec))
    return found


def doubts(cell: str, mark: Mark | None, spec: FieldSpec | None) -> Iterator[str]:
    """Return the codes of what should be looked at in a cell that was taken."""
    if spec is not None and spec.type in TEXTS:
        if mark == "number":
            yield "number"
        if spec.max_length <= SHORT and DATE_LIKE.fullmatch(cell):
            yield "date_like"
    if "\ufffd" in cell:
        yield "lost_character"


def read_day(text: str) -> date | None:
    """Return the day that `2026-03-02`, `2026/3/2`, `2026.3.2` or `2026年3月2日` names, if there is such a day."""
    found = DAY.fullmatch(text)
    if found is None:
        return None
    year, *months, day = found.groups()
    month = next(part for part in months if part is not None)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _refuse_damage(cell: str, mark: Mark | None) -> None:
    """Refuse what is no content, whatever the field: the mark of an error, of a number that was cut."""
    if mark in _BROKEN:
        raise CellError(*_BROKEN[mark])
    if FORBIDDEN.search(cell):
        raise CellError("control_character")
    if mark == "error" or (cell[0] in "#E" and ERROR.fullmatch(cell)):
        told = cell.partition(" ")[0][:SHOWN]  # what stands behind a mark of ours may be personal
        raise CellError("error_value", Text(zh=told, en=told))


def _text(cell: str, mark: Mark | None, spec: FieldSpec) -> str:
    # Prose stays as it is; in names and numbers, full-width signs become the usual ones and rare characters stay.
    text = plain(cell) if spec.max_length <= SHORT else cell
    if mark == "inexact" or SCIENTIFIC.fullmatch(text) or (spec.max_length <= SHORT and _cut(text)):
        raise CellError("digits_lost", _LOST)
    if mark in _WHY_NO_TEXT:
        raise CellError("not_text", _WHY_NO_TEXT[mark])
    if len(text) > spec.max_length:
        zh, en = f"{len(text)}字，至多{spec.max_length}字", f"{len(text)} characters, at most {spec.max_length}"
        raise CellError("too_long", Text(zh=zh, en=en))
    return text


def _cut(text: str) -> bool:
    """Return whether a long number ends in the zeros that a spreadsheet puts for what it does not keep."""
    return CUT.fullmatch(text) is not None and not (ID_NUMBER.fullmatch(text) and _checks(text))


def _checks(number: str) -> bool:
    """Return whether an identity number has its right last digit (GB 11643-1999, after ISO 7064 MOD 11-2)."""
    return sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number)) % 11 == 1


def _another(mark: Mark | None, spec: FieldSpec) -> bool:
    """Return whether a workbook's cell holds another kind of thing than the field."""
    return (
        (mark == "date" and spec.type not in ("date", "datetime"))
        or (mark == "boolean" and spec.type != "boolean")
        or mark == "inexact"
    )


def _one_of(quoted: str, known: tuple[str, ...]) -> Text | None:
    if len(known) > KEPT:
        return Text(zh=quoted, en=quoted) if quoted else None
    zh, en = f"应为{'、'.join(known)}", f"one of {', '.join(known)}"
    return Text(zh=f"{quoted}，{zh}" if quoted else zh, en=f"{quoted}, {en}" if quoted else en)


def _needed(quoted: str, spec: FieldSpec) -> Text | None:
    if spec.type == "choice":
        return _one_of(quoted, tuple(label.zh for label in spec.choices.values()))
    return Text(zh=quoted, en=quoted) if quoted else None


def _date(text: str, _: FieldSpec) -> str | None:
    day = read_day(text)
    return day.isoformat() if day else None


def _whole(text: str, spec: FieldSpec) -> int | None:
    if not WHOLE.fullmatch(text):
        return None
    number = int(text)
    low = (0 if spec.type == "money" else -LARGEST) if spec.min is None else spec.min
    return number if low <= number <= (LARGEST if spec.max is None else spec.max) else None


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
