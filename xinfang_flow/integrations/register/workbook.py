"""A sheet of an .xlsx workbook as rows of text: nothing is calculated, and a workbook that would swell is refused."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from xinfang_flow.errors import InputError
from xinfang_flow.integrations.register.row import Row

LARGEST = 100 * 1024 * 1024
MOST_MEMBERS = 10_000
MOST_RATIO = 100
SMALL = 1 << 20
WIDEST = 1_000
CHUNK = 1 << 20
PIP = 'pip install "xinfang_flow[xlsx]"'


def read_sheet(path: Path, sheet: str | None) -> Iterator[Row]:
    """Return the rows of the named sheet, or of the first, as text; empty cells at the end are left out.

    Raises:
        InputError: openpyxl is not installed, or the file is no workbook that is safe to unpack.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise InputError(f"reading .xlsx needs openpyxl: {PIP}", where="register") from error
    refuse_bomb(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # a broken workbook fails in many ways, none of them ours
        raise InputError(f"{path.name} is not a workbook that can be read", where="register") from error
    return _rows(path, book, sheet)


def _rows(path: Path, book: Any, sheet: str | None) -> Iterator[Row]:
    try:
        page = book[sheet] if sheet in book.sheetnames else book.worksheets[0]
        page.reset_dimensions()  # what a file says of its own size is not to be trusted
        for line, values in enumerate(page.iter_rows(values_only=True, max_col=WIDEST), start=1):
            cells = [_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            yield Row(line, cells)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{path.name} cannot be read on: the sheet is damaged", where="register") from error
    finally:
        book.close()


def _text(value: Any) -> str:
    """Return a cell as text: dates as ISO 8601, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


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
                    f"{path.name} would unpack to {size >> 20} MB in {len(members)} parts: refused", where="register"
                )
            for member in members:
                _refuse_entities(path, archive, member)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path.name} is not an .xlsx workbook", where="register") from error


def _refuse_entities(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    if not member.filename.endswith((".xml", ".rels", ".vml")):
        return
    with archive.open(member) as part:
        tail = b""
        while chunk := part.read(CHUNK):
            text = (tail + chunk).replace(b"\0", b"")
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise InputError(f"{path.name} declares XML entities: refused", where="register")
            tail = chunk[-32:]
