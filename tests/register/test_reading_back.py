"""Random tables, written as CSV in each encoding and as a workbook, are read back cell by cell, or rejected."""

import csv
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
from hypothesis import given, settings, strategies as st

from tests.register.conftest import CLERK, HEADER, row
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.flows import load_flow
from xinfang_flow.integrations.register import Report, import_register, load_mapping
from xinfang_flow.integrations.register.hygiene import clean, plain
from xinfang_flow.integrations.register.rows import read_rows

FLOW, MAPPING = load_flow("proxy_petition"), load_mapping("proxy_petition")
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "xlsx")
XML = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff_", include_characters="\n\t")
CELL = st.one_of(
    st.text(XML, max_size=12),
    st.from_regex(r"[0-9'=+\-@\"# .,;E]{0,20}", fullmatch=True),
    st.sampled_from(
        ["", "横溪镇", "0571", "#N/A", "1E+17", "x" * 101, '他说"好"', "第一行\n第二行", "\u202ea", "\ufeff"]
    ),
)
CHANGED = ("信访人姓名", "联系电话", "内容分类", "诉求概要", "备注")
FIELDS = dict(zip(CHANGED, ("petitioner", "phone", "category", "summary", "remark"), strict=True))
PROSE = ("诉求概要", "备注")
TABLE = st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=6)
REGISTER = st.lists(st.fixed_dictionaries(dict.fromkeys(CHANGED, CELL)), min_size=1, max_size=6)


def write(folder: str, encoding: str, table: list[list[str]]) -> Path:
    """Write a table as a file."""
    if encoding != "xlsx":
        path = Path(folder) / "table.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows(table)
        return path
    path, book = Path(folder) / "table.xlsx", openpyxl.Workbook()
    assert book.active is not None
    for line, cells in enumerate(table, 1):
        for place, cell in enumerate(cells, 1):
            if cell:
                written = book.active.cell(line, place)
                written.value, written.data_type = cell, "s"
    book.save(path)
    return path


@settings(deadline=None, max_examples=60)
@given(TABLE, st.sampled_from(ENCODINGS))
def test_every_cell_is_read_back(table: list[list[str]], encoding: str) -> None:
    """The text that was put in comes out, whatever the encoding; only lines that hold nothing are left out."""
    wanted = [cells for cells in table if any(clean(cell) for cell in cells)]
    with tempfile.TemporaryDirectory() as folder:
        found = read_rows(write(folder, encoding, [["a", "b", "c"], *table]))
        rows = list(found.body)
    assert [[clean(cell) for cell in row.cells] for row in rows] == [[clean(cell) for cell in row] for row in wanted]
    assert found.count + found.blank + found.continued == found.lines
    if encoding != "xlsx":
        assert [list(row.cells) for row in rows] == wanted


@settings(deadline=None, max_examples=60)
@given(REGISTER, st.sampled_from(ENCODINGS))
def test_every_row_is_taken_as_it_stands_or_rejected_with_a_reason(
    changes: list[dict[str, str]], encoding: str
) -> None:
    """Rows add up; what is in a case is what the rule of hygiene makes of the cell, and nothing else."""
    table = [HEADER, *(row(number, **change) for number, change in enumerate(changes, start=1))]
    engine = Engine.in_memory(flows=[FLOW], clock=ManualClock("2026-04-01T08:00:00+08:00"))
    with tempfile.TemporaryDirectory() as folder:
        report = imported(engine, write(folder, encoding, table))
        again = imported(engine, Path(folder) / ("table.xlsx" if encoding == "xlsx" else "table.csv"))
    assert report.taken + report.already + report.rejected == report.rows == len(changes)
    assert report.rows + report.blank + report.continued == report.lines
    assert (again.taken, again.already, again.rejected) == (0, report.taken, report.rejected)
    assert all(reject.faults and reject.words("zh") and reject.words("en") for reject in report.rejects)
    there = {case.data["register_no"]: case.data for case in engine.find(actor=CLERK, limit=500).items}
    rejected = {reject.number for reject in report.rejects}
    for number, change in enumerate(changes, start=1):
        assert (f"XJ{number}" in there) != (f"XJ{number}" in rejected)
        for column, cell in change.items() if f"XJ{number}" in there else ():
            value = there[f"XJ{number}"].get(FIELDS[column])
            assert value == ((clean if column in PROSE else plain)(cell) or None)


TYPED = st.one_of(
    st.integers(-(10**20), 10**20),
    st.integers(10**14, 10**16),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**6), 10**6).map(float),
    st.booleans(),
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001  a cell has no zone
)
FORMS = st.sampled_from(["General", "0", "00000", "#,##0", "0.00", "0%", "0.00E+00", "000-0000"])


@settings(deadline=None, max_examples=150)
@given(TYPED, FORMS)
def test_what_is_no_text_is_taken_exactly_or_not_at_all(value: Any, form: str) -> None:
    """In a text column stands what the sheet shows of a whole number of 15 digits, else the row is rejected."""
    engine = Engine.in_memory(flows=[FLOW], clock=ManualClock("2026-04-01T08:00:00+08:00"))
    book = openpyxl.Workbook()
    assert book.active is not None
    for cells in (HEADER, row(1, 备注=value)):
        book.active.append(cells)
    if not isinstance(value, datetime):
        book.active.cell(2, len(HEADER)).number_format = form
    with tempfile.TemporaryDirectory() as folder:
        book.save(Path(folder) / "table.xlsx")
        report = imported(engine, Path(folder) / "table.xlsx")
    shown = {"General": "{:d}", "0": "{:d}", "00000": "{:05d}"}.get(form)
    number = not isinstance(value, bool | datetime) and value == int(value) and abs(value) < 10**15
    if number and shown and (value >= 0 or form != "00000"):
        assert [case.data["remark"] for case in engine.find(actor=CLERK).items] == [shown.format(int(value))]
    else:
        assert report.rejects[0].column == "备注"


def imported(engine: Engine, path: Path) -> Report:
    """Import a file by the shipped mapping."""
    return import_register(engine, FLOW, path, actor=CLERK, mapping=MAPPING)
