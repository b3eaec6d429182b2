"""未导入清单: the file in which rejected rows are kept for those who must mend them, and from which they come back."""

from __future__ import annotations

import csv
import os
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from xinfang_flow.causes import file_cause
from xinfang_flow.errors import StoreError
from xinfang_flow.integrations.register.cells import DAY
from xinfang_flow.integrations.register.faults import Reject
from xinfang_flow.integrations.register.hygiene import clean, title
from xinfang_flow.integrations.register.row import NO_TEXT, Row
from xinfang_flow.text import Language, Text

HEADINGS: dict[Language, tuple[str, ...]] = {
    "zh": ("行号", "登记编号", "列", "原因代码", "原因"),
    "en": ("line", "number", "column", "reason", "in words"),
}
MARK = "'"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBERISH = re.compile(r"[0-9][0-9.,:/ \-eE+%]*")
_UNCHANGED = re.compile(r"0|[1-9][0-9]{0,10}")
_SHOWN = re.compile(
    r"(\\*)(?:([\x00-\x08\x0b\x0c\x0e-\x1f\x7f])|([\ud800-\udfff])|(?=x[0-9a-f]{2}|ud[89a-f][0-9a-f]{2}))"
)
_HIDDEN = re.compile(r"(\\+)(x[0-9a-f]{2}|ud[89a-f][0-9a-f]{2})")


def safe_cell(text: str) -> str:
    """Return a cell that a spreadsheet neither runs nor changes, with control characters made visible.

    What it would run or change (formulas, long numbers, zeros at the beginning, `1-2`) begins with an apostrophe, and
    so does what begins with one already: `restored` gives back exactly the text that was put in.
    """
    shown = _SHOWN.sub(_show, text)
    return MARK + shown if text.startswith((MARK, *_FORMULA)) or _is_changed(text) else shown


def restored(cell: str) -> str:
    """Return the text of which `safe_cell` made a cell."""
    return _HIDDEN.sub(_hide, cell.removeprefix(MARK))


def is_rejects_header(titles: Sequence[str]) -> bool:
    """Return whether these titles are those of a file of rejects."""
    return tuple(clean(title) for title in titles[: len(HEADINGS["zh"])]) in HEADINGS.values()


def _is_changed(text: str) -> bool:
    read = unicodedata.normalize("NFKC", clean(text))
    if read.startswith(_FORMULA):
        return True
    return bool(_NUMBERISH.fullmatch(read)) and not (_UNCHANGED.fullmatch(read) or DAY.fullmatch(read))


def _show(found: re.Match[str]) -> str:
    slashes, control, half = found.groups()
    sign = f"\\x{ord(control):02x}" if control else f"\\u{ord(half):04x}" if half else ""
    return slashes * 2 + sign


def _hide(found: re.Match[str]) -> str:
    slashes, code = found.groups()
    text = "\\" * (len(slashes) // 2)
    return text + (chr(int(code[1:], 16)) if len(slashes) % 2 else code)


class RejectsFile:
    """Writes rejects as they come, UTF-8 with BOM for Excel; the file takes its name when it is complete.

    It is for the eyes of the one who imports (mode 600), its draft has a name that nobody can foresee, and it takes the
    place of nothing but an earlier file of rejects.
    """

    def __init__(self, path: Path, header: Sequence[str], lang: Language) -> None:
        """Begin the file beside its place.

        Raises:
            StoreError: the folder is missing or cannot be written to, or another file has the name.
        """
        self.path = path
        self._lang: Language = lang
        self._titles = [title(cell) for cell in header]
        self._rows = 0
        try:
            _refuse_another(path)
            handle, draft = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
            self._draft = Path(draft)
            self._out = os.fdopen(handle, "w", encoding="utf-8-sig", newline="")
        except (OSError, ValueError) as error:
            cause = file_cause(error)
            raise StoreError(Text(f"{path} 无法写入：{cause.zh}", f"{path} cannot be written: {cause.en}")) from error
        self._writer = csv.writer(self._out, quoting=csv.QUOTE_ALL)
        self._writer.writerow([*HEADINGS[lang], *map(safe_cell, header)])

    def __enter__(self) -> Self:
        """Return the file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close, and give the file its name: an import that was broken off leaves what it found, if anything.

        Raises:
            StoreError: the disk is full, or has failed.
        """
        try:
            self._keep(broken_off=kind is not None)
        except OSError as failed:
            raise StoreError(
                Text(
                    f"{self.path} 无法写入：{file_cause(failed).zh}",
                    f"{self.path} cannot be written: {failed.strerror}",
                )
            ) from failed
        finally:
            self._out.close()
            with suppress(FileNotFoundError):
                self._draft.unlink()

    def add(self, reject: Reject, row: Row) -> None:
        """Write one row with everything that is wrong with it."""
        columns, codes = (fault.column or "" for fault in reject.faults), (fault.reason for fault in reject.faults)
        told = (str(reject.line), reject.number or "", "；".join(columns), ";".join(codes), reject.words(self._lang))
        self._writer.writerow([safe_cell(cell) for cell in (*told, *self._cells(reject, row))])
        self._rows += 1

    def _cells(self, reject: Reject, row: Row) -> list[str]:
        """Return the row's cells; what was no text, and is a fault, must not come back as one unless it is mended."""
        cells, at_fault = list(row.cells), {title(fault.column) for fault in reject.faults if fault.column}
        for place, mark in row.marks.items():
            if mark in NO_TEXT and place < len(self._titles) and self._titles[place] in at_fault:
                cells[place] = f"{NO_TEXT[mark]} {cells[place]}".rstrip()
        return cells

    def _keep(self, *, broken_off: bool) -> None:
        if broken_off and not self._rows:
            return
        self._out.flush()
        os.fsync(self._out.fileno())
        self._draft.replace(self.path)
        if os.name == "posix":
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _refuse_another(path: Path) -> None:
    """Refuse to take the place of a file that is no file of rejects; a link is replaced, not followed."""
    if path.is_symlink() or not path.exists():
        return
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as there:
        first = next(csv.reader([there.readline(4096)]), [])
    if first and not is_rejects_header(first):
        raise StoreError(
            Text(
                f"{path} 已经存在，且不是未导入清单：请另起文件名",
                f"{path} is there already and holds something else: name another file for the rejected rows",
            )
        )
