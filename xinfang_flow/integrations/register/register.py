"""A register that has been read, under the mapping that says what its columns mean."""

from __future__ import annotations

from pathlib import Path

from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.integrations.register.mapping import Mapping
from xinfang_flow.integrations.register.rejects import RejectsFile
from xinfang_flow.integrations.register.row_reader import RowReader
from xinfang_flow.integrations.register.rows import Rows, read_rows
from xinfang_flow.law import Calendar
from xinfang_flow.text import Language, Text


class Register:
    """The rows of a file and who reads them.  It is imported once."""

    def __init__(self, path: Path, rows: Rows, reader: RowReader) -> None:
        self._path, self.rows, self.reader = path, rows, reader

    def rejects_file(self, path: str | Path, lang: Language) -> RejectsFile:
        """Begin the file for the rows of this register that cannot be taken.

        Raises:
            InputError: it is the register itself.
            StoreError: it cannot be written.
        """
        target = Path(path)
        if target.exists() and target.samefile(self._path):
            raise InputError(
                Text(
                    f"{target} 就是登记台账：请为未导入清单另起文件名",
                    f"{target} is the register: name another file for the rejected rows",
                ),
                where=Text("未导入清单", "rejects"),
            )
        return RejectsFile(target, self.rows.header, lang)


def open_register(path: str | Path, flow: Flow, mapping: Mapping) -> Register:
    """Read a register to its end, and find the mapping's columns in its header.

    Raises:
        InputError: the file, its header or the mapping cannot be used.
    """
    mapping.fits(flow)
    rows = read_rows(Path(path), mapping.sheet)
    return Register(Path(path), rows, RowReader(mapping, flow, rows.header, Calendar.china().zone))
