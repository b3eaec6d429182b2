"""A cell of a workbook is taken for what it says, or its row is rejected with the reason: nothing is invented."""

import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from tests.register.conftest import HEADER, Take, cases, read_rejects, row
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import InputError
from xinfang_flow.integrations.register.ooxml import text_of, unescaped

Book = Callable[..., Path]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Write a workbook of rows; `fix` does to the sheet what it wants."""

    def written(*rows: list[Any], fix: Callable[[Any], object] = lambda _: None, header: list[str] = HEADER) -> Path:
        made = openpyxl.Workbook()
        page = made.active
        assert page is not None
        page.title = "信访登记"
        for cells in (header, *rows):
            page.append(cells)
        fix(page)
        path = tmp_path / "book.xlsx"
        made.save(path)
        return path

    return written


def shown_as(column: str, form: str) -> Callable[[Any], None]:
    """Give the first row's cell of a column a number format."""

    def fix(page: Any) -> None:
        page.cell(2, HEADER.index(column) + 1).number_format = form

    return fix


@pytest.mark.parametrize(
    ("cell", "field", "text"),
    [
        (("联系电话", 19900001007, "General"), "phone", "19900001007"),
        (("联系电话", 19900001007.0, "0"), "phone", "19900001007"),
        (("联系电话", 57187770000, "000000000000"), "phone", "057187770000"),
        (("身份证号", 999534195704020, "0"), "id_number", "999534195704020"),
        (("身份证号", "999534195704020426", "General"), "id_number", "999534195704020426"),
        (("人数", 1234, "#,##0"), "persons", 1234),
        (("人数", 3.0, "0.00"), "persons", 3),
        (("登记日期", datetime(2026, 3, 2), "yyyy-mm-dd"), "received_on", "2026-03-02"),  # noqa: DTZ001  a cell has no zone
        (("登记日期", datetime(2026, 3, 2), 'yyyy"年"m"月"d"日"'), "received_on", "2026-03-02"),  # noqa: DTZ001
        (("备注", "0571", "General"), "remark", "0571"),
        (("备注", "'=1+1", "General"), "remark", "'=1+1"),
    ],
)
def test_what_is_exact_is_taken(
    cell: tuple[str, Any, str], field: str, text: Any, take: Take, book: Book, engine: Engine
) -> None:
    """Whole numbers of at most 15 digits, texts and dates say what they say; zeros that a format shows are kept."""
    column, value, form = cell
    report = take(book(row(1, **{column: value}), fix=shown_as(column, form)))
    assert report.rejects == ()
    assert cases(engine)["XJ1"].data[field] == text


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (("身份证号", 999534195704020426, "0"), "digits_lost"),
        (("身份证号", 9995341957040204, "0"), "digits_lost"),
        (("身份证号", "9.99534E+17", "General"), "digits_lost"),
        (("身份证号", "999534195704021000", "General"), "digits_lost"),
        (("备注", 1e17, "General"), "digits_lost"),
        (("备注", 0.1, "General"), "digits_lost"),
        (("备注", 0.5, "0%"), "digits_lost"),
        (("备注", 1234, "#,##0"), "not_text"),
        (("备注", True, "General"), "not_text"),
        (("登记编号", datetime(2026, 1, 1), "yyyy-m"), "not_text"),  # noqa: DTZ001
        (("人数", 3.5, "0"), "not_a_number"),
        (("人数", 3, "0%"), "not_a_number"),
        (("人数", True, "General"), "not_a_number"),
        (("人数", datetime(1900, 1, 3), "yyyy-mm-dd"), "not_a_number"),  # noqa: DTZ001
        (("人数", "10²", "General"), "not_a_number"),
        (("人数", "①", "General"), "not_a_number"),
        (("登记日期", 46083, "General"), "not_a_date"),
        (("登记日期", datetime(2026, 3, 2, 14, 30), "yyyy-mm-dd hh:mm"), "not_a_date"),  # noqa: DTZ001
        (("备注", "#N/A", "General"), "error_value"),
        (("备注", "#REF!", "General"), "error_value"),
        (("备注", "######", "General"), "error_value"),
        (("备注", "=A1+1", "General"), "no_value"),
        (("是否初次", "#VALUE!", "General"), "error_value"),
        (("是否初次", "不详", "General"), "unknown_value"),
        (("备注", "a_xD800_b", "General"), "control_character"),
        (("备注", "a_x0000_b", "General"), "control_character"),
        (("备注", "甲\u202e乙", "General"), "control_character"),
    ],
)
def test_what_is_not_exact_is_rejected(
    cell: tuple[str, Any, str], reason: str, take: Take, book: Book, tmp_path: Path
) -> None:
    """The reason and the column are told; given back as it was written down, the row is rejected again."""
    rejects, (column, value, form) = tmp_path / "rejects.csv", cell
    report = take(book(row(1, **{column: value}), fix=shown_as(column, form)), rejects=rejects)
    assert [(reject.column, reject.reason) for reject in report.rejects] == [(column, reason)]
    again = take(rejects)
    assert (again.rejected, again.rejects[0].column) == (1, column)


def test_a_number_in_a_text_cell_is_told(take: Take, book: Book) -> None:
    """Zeros at its beginning may have been lost: how many cells of which column, and the first line."""
    report = take(book(row(1), row(2, 联系电话=5718777000), row(3, 联系电话=5718777001)))
    [doubt] = report.doubts
    assert (doubt.column, doubt.code, doubt.cells, doubt.line) == ("联系电话", "number", 2, 3)


def test_a_formula_with_its_result_is_its_result(take: Take, book: Book, engine: Engine, tmp_path: Path) -> None:
    """What the program saved for it is taken, an empty text too; nothing is calculated here."""
    path, formula = book(row(1, 备注="=A1"), row(2, 备注="=A1")), "<f>A1</f><v />"
    saved = {"2": "<f>A1</f><v>附件</v>", "3": "<f>A1</f><v></v>"}
    changed = tmp_path / "saved.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name).decode()
            for line, text in saved.items():
                data = data.replace(f'<c r="N{line}">{formula}', f'<c r="N{line}" t="str">{text}')
            new.writestr(name, data)
    take(changed)
    assert cases(engine)["XJ1"].data["remark"] == "附件"
    assert "remark" not in cases(engine)["XJ2"].data


def rewritten(path: Path, old: str, new: str) -> Path:
    """Change the sheet's XML."""
    changed = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            data = source.read(name).decode()
            assert not name.endswith("sheet1.xml") or old in data
            target.writestr(name, data.replace(old, new) if name.endswith("sheet1.xml") else data)
    return changed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<row r="3"', '<row r="2"'),
        ('r="N2" t="n"><v>7</v>', 'r="N2" t="s"><v>-1</v>'),
        ('r="N2" t="n"><v>7</v>', 'r="N2" t="s"><v>0</v>'),
        ('r="N2" t="n"><v>7</v>', 'r="N2" s="-1"><v>7</v>'),
        ('r="N2" t="n"><v>7</v>', 'r="N2" t="b"><v>7</v>'),
        ('r="N2" t="n"><v>7</v>', 'r="N2"><v>sieben</v>'),
        ('r="N2"', 'r="2N"'),
        ("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A:B"/></mergeCells>'),
    ],
)
def test_what_points_nowhere_is_damage(old: str, new: str, take: Take, book: Book, engine: Engine) -> None:
    """A row twice, a text or a style that is not there: nothing is taken from such a sheet."""
    path = rewritten(book(row(1, 备注=7), row(2)), old, new)
    with pytest.raises(InputError, match="damaged"):
        take(path)
    assert cases(engine) == {}


def test_dates_are_counted_from_where_the_workbook_says(take: Take, book: Book, engine: Engine) -> None:
    """A workbook of another program may count its days from 1904."""
    path = book(row(1, 登记日期=46083), fix=shown_as("登记日期", "yyyy-mm-dd"))
    later = path.with_name("1904.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(later, "w") as target:
        for name in source.namelist():
            data = source.read(name).decode()
            target.writestr(name, data.replace("<workbookPr ", '<workbookPr date1904="1" '))
    assert take(later).reasons == {"not_a_date": 1}  # 2030
    take(path)
    assert cases(engine)["XJ1"].data["received_on"] == "2026-03-02"


def test_a_merged_cell_speaks_for_its_own_row_only(take: Take, book: Book) -> None:
    """The rows that it covers are rejected: what stands in the first is not what stands in them."""
    report = take(book(row(1), row(2), row(3), row(4), fix=lambda page: page.merge_cells("G2:G4")))
    assert report.taken == 2
    assert [(reject.line, reject.column, reject.reason) for reject in report.rejects] == [
        (3, "所属乡镇街道", "merged_cell"),
        (4, "所属乡镇街道", "merged_cell"),
    ]


def test_merged_titles_above_and_beside_do_not_matter(take: Take, book: Book) -> None:
    """A merged cell of a column that the mapping does not know changes nothing."""
    header = [*HEADER, "领导批示"]
    cells = [*row(1), "阅"], [*row(2), None]
    assert take(book(*cells, header=header, fix=lambda page: page.merge_cells("O2:O3"))).taken == 2


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("第一行_x000D_\n第二行", "第一行\r\n第二行"),
        ("_x0033_", "3"),
        ("_x005F_x000D_", "_x000D_"),
        ("_xD83D__xDE00_", "😀"),
        ("_x12_", "_x12_"),
        ("_X000D_", "_X000D_"),
    ],
)
def test_escapes_are_the_characters_they_stand_for(written: str, text: str) -> None:
    """As the standard has it, the escape of an escape too."""
    assert unescaped(written) == (text, True)


def test_half_an_escaped_character_is_none() -> None:
    """It is left as it stands, and said not to be whole."""
    assert unescaped("a_xD800_") == ("a_xD800_", False)


def test_rich_texts_are_read_without_their_pronunciation() -> None:
    """The runs of a text make the text; how it is pronounced is a note beside it."""
    si = ET.fromstring('<si xmlns="x"><r><t>董</t></r><rPh sb="0" eb="1"><t>dong</t></rPh><r><t>芷</t></r></si>')  # noqa: S314
    assert text_of(si).text == "董芷"


def test_escapes_in_a_register_are_line_breaks(take: Take, book: Book, engine: Engine) -> None:
    """A carriage return and a line feed are one line break in the case."""
    take(book(row(1, 诉求概要="第一行_x000D_\n第二行")))
    assert cases(engine)["XJ1"].data["summary"] == "第一行\n第二行"


def test_a_stray_cell_far_below_costs_nothing(take: Take, book: Book) -> None:
    """Rows are counted by what they hold, and a sheet is as long as its last row that holds anything."""
    begun = time.monotonic()
    report = take(book(row(1), row(2), fix=lambda page: page.__setitem__("A1048576", " ")))
    assert (report.rows, report.taken, report.lines) == (2, 2, 2)
    assert time.monotonic() - begun < 10


def test_a_stray_text_far_below_is_a_row(take: Take, book: Book) -> None:
    """What it says is told; what lies between is empty."""
    report = take(book(row(1), fix=lambda page: page.__setitem__("A1048576", "合计")))
    assert (report.rows, report.blank, report.rejected) == (2, 1_048_573, 1)


def test_a_cell_beside_the_table_is_told(take: Take, book: Book) -> None:
    """A note beyond the last title makes the row too wide."""
    report = take(book(row(1), row(2), fix=lambda page: page.__setitem__("XFD2", "见附件")))
    assert [(reject.line, reject.reason) for reject in report.rejects] == [(2, "wrong_column_count")]


def test_columns_without_a_title_are_told(take: Take, book: Book) -> None:
    """By their place, and only if anything stands there."""
    header = [*HEADER, "", "", "抄送"]
    report = take(book([*row(1), "", "见附件", "县委办"], header=header))
    assert (report.taken, report.ignored) == (1, ("抄送", "#16"))


def test_sheets_that_are_not_read_are_told(take: Take, book: Book) -> None:
    """A register with a sheet a month is not quietly half imported."""
    report = take(book(row(1), fix=lambda page: page.parent.create_sheet("二月").append(HEADER)))
    assert (report.taken, report.sheets) == (1, ("二月",))


def test_every_fault_of_a_row_is_named(take: Take, book: Book, tmp_path: Path) -> None:
    """Not the first alone: in the report, in words and in the file of rejects."""
    rejects = tmp_path / "rejects.csv"
    report = take(book(row(1, 登记日期="x", 人数=3.5, 所属乡镇街道="横溪", 诉求概要=None)), rejects=rejects)
    codes = ["not_a_date", "unknown_township", "not_a_number", "missing"]
    assert [fault.reason for fault in report.rejects[0].faults] == codes
    assert report.reasons == dict.fromkeys(sorted(codes), 1)
    told = read_rejects(rejects)[1]
    assert (told[2], told[3]) == ("登记日期；所属乡镇街道；人数；诉求概要", ";".join(codes))
    assert all(words in told[4] for words in ("登记日期：日期有误", "乡镇街道不在名单中：“横溪”", "人数：应为整数"))


def test_no_personal_value_stands_in_a_reason(take: Take, book: Book, tmp_path: Path) -> None:
    """The row itself stands in the file of rejects; its reasons are read aloud and printed."""
    rejects = tmp_path / "rejects.csv"
    changed = {
        "联系电话": 19900001007.5,
        "身份证号": 999534195704020426,
        "信访人姓名": "王\u202e五",
        "诉求概要": "秘" * 6000,
    }
    report = take(book(row(1, **changed)), rejects=rejects)
    again = take(rejects)
    for reject in (*report.rejects, *again.rejects):
        said = reject.words("zh") + reject.words("en")
        assert not any(secret in said for secret in ("1990000", "99953", "王", "秘"))
