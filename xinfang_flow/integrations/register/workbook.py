"""A sheet of an .xlsx workbook as rows: nothing is calculated, and what is no text is marked as what it is."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, TypeVar
from xml.etree import ElementTree as ET

from xinfang_flow.errors import InputError
from xinfang_flow.integrations.register.faults import REGISTER
from xinfang_flow.integrations.register.merges import Range
from xinfang_flow.integrations.register.ooxml import CellText, Workbook, name_of, read_workbook, text_of, unescaped
from xinfang_flow.integrations.register.row import Mark, Row
from xinfang_flow.text import Text

LARGEST = 100 * 1024 * 1024
MOST_MEMBERS = 10_000
MOST_RATIO = 100
SMALL = 1 << 20
WIDEST = 1_000
DIGITS = 15  # that many a spreadsheet keeps of a number
CHUNK = 1 << 20
PIP = 'pip install "xinfang_flow[xlsx]"'
_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_PLAIN = re.compile(r"(?:General|@|#|0(?:_.)?)?")
_TRUTH = {"1": "TRUE", "true": "TRUE", "0": "FALSE", "false": "FALSE"}
_ZEROS = re.compile("0{2,}")

Item = TypeVar("Item")


class Sheet:
    """A sheet that is being read: its rows, the sheets beside it, and, when all are read, which cells are `merged`."""

    def __init__(self, path: Path, wanted: str | None) -> None:
        """Open the named sheet, or the first.

        Raises:
            InputError: openpyxl is not installed, or the file is no workbook that is safe to unpack.
        """
        try:
            import openpyxl
        except ImportError as error:
            raise InputError(
                Text(f"读取 .xlsx 需要 openpyxl：{PIP}", f"reading .xlsx needs openpyxl: {PIP}"), where=REGISTER
            ) from error
        self._numbers, self._dates = openpyxl.styles.numbers, openpyxl.utils.datetime
        self._path = path
        refuse_bomb(path)
        try:
            with zipfile.ZipFile(path) as archive:
                self._book: Workbook = read_workbook(archive, self._numbers.BUILTIN_FORMATS)
            name = wanted if wanted in self._book.sheets else next(iter(self._book.sheets))
        except Exception as error:  # a broken workbook fails in many ways, none of them ours
            raise InputError(
                Text(f"{path.name} 不是可读取的 .xlsx 工作簿", f"{path.name} is not a workbook that can be read"),
                where=REGISTER,
            ) from error
        self._part = self._book.sheets[name]
        self.others = tuple(other for other in self._book.sheets if other != name)
        self.merged: list[Range] = []

    def rows(self) -> Iterator[Row]:
        """Return the rows that are written down; what lies between them is empty.

        Raises:
            InputError: the sheet is damaged.
        """
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open(self._part) as part:
                yield from self._rows(part)
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                Text(
                    f"{self._path.name} 无法继续读取：工作表已损坏",
                    f"{self._path.name} cannot be read on: the sheet is damaged",
                ),
                where=REGISTER,
            ) from error

    def _rows(self, part: IO[bytes]) -> Iterator[Row]:
        line, inside = 0, None
        for happens, element in ET.iterparse(part, ("start", "end")):  # noqa: S314  entities are refused before
            name = name_of(element)
            if happens == "start":
                inside = element if name == "sheetData" else inside
            elif name == "row" and inside is not None:
                above, line = line, int(element.get("r", line + 1))
                if line <= above:
                    raise ValueError(line)
                yield self._row(line, element)
                inside.clear()
            elif name == "mergeCell":
                self.merged.append(_range(element.attrib["ref"]))

    def _row(self, line: int, element: ET.Element) -> Row:
        cells: list[str] = []
        marks: dict[int, Mark] = {}
        place = -1
        for cell in element:
            written = cell.get("r")
            place = min(_place(written)[1] if written else place + 1, WIDEST)
            text, mark = self._cell(cell)
            if text or mark:
                cells.extend([""] * (place + 1 - len(cells)))
                cells[place] = text
            if mark:
                marks[place] = mark
        return Row(line, cells, line, marks)

    def _cell(self, element: ET.Element) -> tuple[str, Mark | None]:
        kind = element.get("t", "n")
        parts = {name_of(child): child for child in element}
        if kind == "inlineStr":
            return _marked(text_of(parts["is"])) if "is" in parts else ("", None)
        value = parts["v"].text or "" if "v" in parts else ""
        if not value and "f" in parts and not (kind == "str" and "v" in parts):
            return f"={parts['f'].text or ''}", "formula"
        if not value:
            return "", None
        if kind == "s":
            return _marked(_item(self._book.texts, value))
        return _marked(unescaped(value)) if kind == "str" else self._value(kind, value, element.get("s"))

    def _value(self, kind: str, value: str, style: str | None) -> tuple[str, Mark | None]:
        if kind == "e":
            return value, "error"
        if kind == "b":
            return _TRUTH[value], "boolean"
        if kind == "d":
            return value.removesuffix("Z").removesuffix(".000").removesuffix("T00:00:00"), "date"
        form = _item(self._book.formats, style) if style else "General"
        return self._moment(value, form) if self._numbers.is_date_format(form) else _number(value, form)

    def _moment(self, value: str, form: str) -> tuple[str, Mark]:
        lapse = self._numbers.is_timedelta_format(form)
        epoch = self._dates.MAC_EPOCH if self._book.since_1904 else self._dates.WINDOWS_EPOCH
        try:
            found: Any = self._dates.from_excel(float(value), epoch, timedelta=lapse)
        except (OverflowError, ValueError):
            return value, "inexact"
        if isinstance(found, datetime):
            found = found.date() if found.time() == time.min else found
        return (found.isoformat() if type(found) is date else str(found)), "date"


def _item(items: Sequence[Item], number: str) -> Item:
    if not number.isdecimal():
        raise ValueError(number)
    return items[int(number)]


def _marked(text: CellText) -> tuple[str, Mark | None]:
    return text.text, None if text.whole else "escape"


def _number(value: str, form: str) -> tuple[str, Mark | None]:
    """Return the digits of a whole number, and whether the sheet shows it as those digits."""
    number = Decimal(value)
    if not number.is_finite() or number.adjusted() >= DIGITS or number != number.to_integral_value():
        return str(number), "inexact"
    text, shown = str(int(number)), form.partition(";")[0]
    if _ZEROS.fullmatch(shown) and number >= 0:
        return text.zfill(len(shown)), None
    if _PLAIN.fullmatch(shown):
        return text, "number"
    return (f"{text}00%", "inexact") if "%" in shown else (text, "formatted")


def _place(written: str) -> tuple[int, int]:
    """Return the row and the place in it, from 0, that `B7` names."""
    found = _PLACE.fullmatch(written)
    if found is None:
        raise ValueError(written)
    letters, row = found.groups()
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return int(row), place - 1


def _range(written: str) -> Range:
    first, _, last = written.partition(":")
    (top, left), (bottom, right) = _place(first), _place(last or first)
    return Range(top, bottom, left, right)


def refuse_bomb(path: Path) -> None:
    """Refuse a workbook that is no archive, or would unpack to too much, or declares XML entities.

    Raises:
        InputError: with what is wrong.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            packed = sum(member.compress_size for member in members) or 1
            if len(members) > MOST_MEMBERS or size > LARGEST or (size > SMALL and size / packed > MOST_RATIO):
                raise InputError(
                    Text(
                        f"{path.name} 解压后有 {size >> 20} MB、{len(members)}个部分，拒绝读取",
                        f"{path.name} would unpack to {size >> 20} MB in {len(members)} parts: refused",
                    ),
                    where=REGISTER,
                )
            for member in members:
                _refuse_entities(path, archive, member)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise InputError(
            Text(f"{path.name} 不是 .xlsx 工作簿", f"{path.name} is not an .xlsx workbook"), where=REGISTER
        ) from error


def _refuse_entities(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as part:
        tail = b""
        while chunk := part.read(CHUNK):
            text = (tail + chunk).replace(b"\0", b"")
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise InputError(
                    Text(f"{path.name} 含有 XML 实体声明，拒绝读取", f"{path.name} declares XML entities: refused"),
                    where=REGISTER,
                )
            tail = chunk[-32:]
