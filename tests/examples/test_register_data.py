"""The demo register is what it says it is: reproducible, of invented people, and as dirty as expected.json says."""

import csv
import importlib
import io
import json
import re
import runpy
import tomllib
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

REGISTER = Path(__file__).resolve().parents[2] / "examples" / "register"
SCRIPT = REGISTER / "make_register.py"
CSV_FILES = {"register.csv": "utf-8-sig", "register.gb18030.csv": "gb18030"}
FILES = (*CSV_FILES, "register.xlsx")
CSV_REASONS = {"control_character", "wrong_column_count"}
WRITTEN = re.compile(r"(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})日?")

Cell = str | datetime
Rows = list[tuple[int, list[Cell]]]


def read_expected() -> dict[str, Any]:
    """Read what the script says an importer must find."""
    found: dict[str, Any] = json.loads((REGISTER / "expected.json").read_text(encoding="utf-8"))
    return found


EXPECTED = read_expected()
HEADER: list[str] = EXPECTED["header"]


def read_csv(path: Path, encoding: str) -> Rows:
    """Read all rows of a CSV file, header first, each with the physical line on which it begins."""
    reader = csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""))
    rows: Rows = []
    start = 1
    for cells in reader:
        rows.append((start, list(cells)))
        start = reader.line_num + 1
    return rows


def read_xlsx(path: Path) -> Rows:
    """Read all rows of the sheet, header first, each with its number; an empty cell is an empty text."""
    book = importlib.import_module("openpyxl").load_workbook(path)
    rows = book.active.iter_rows(values_only=True)
    return [(at, ["" if cell is None else cell for cell in row]) for at, row in enumerate(rows, start=1)]


def read(name: str, directory: Path = REGISTER) -> Rows:
    """Read all rows of one of the three files."""
    return read_csv(directory / name, CSV_FILES[name]) if name in CSV_FILES else read_xlsx(directory / name)


def column(name: str, title: str) -> list[str]:
    """Give the cells of one column as text, of all rows that have the right number of cells."""
    place = HEADER.index(title)
    return [str(cells[place]) for _, cells in read(name)[1:] if len(cells) == len(HEADER)]


def day_of(cell: Cell) -> date | None:
    """Read the day that a cell names, or None."""
    if isinstance(cell, datetime):
        return cell.date()
    parts = WRITTEN.fullmatch(cell)
    try:
        return date(*map(int, parts.groups())) if parts else None
    except ValueError:
        return None


def whole(cells: list[Cell]) -> tuple[str, ...]:
    """Make a row to compare across files: every date that can be read in one form."""
    return tuple(str(day_of(cell) or cell) if place == 1 else str(cell) for place, cell in enumerate(cells))


def missing(row: Mapping[str, str]) -> str | None:
    """Find the first required column that is empty; a letter may be anonymous."""
    required = [title for title in EXPECTED["required"] if title != "信访人姓名" or row["信访形式"] != "来信"]
    return next((title for title in required if not row[title]), None)


def judge_cells(cells: list[Cell]) -> tuple[str | None, str] | None:
    """Find the column and the reason for which a row by itself must be rejected: a reader for this test alone."""
    if len(cells) != len(HEADER):
        return None, "wrong_column_count"
    row = dict(zip(HEADER, (str(cell).strip() for cell in cells), strict=True))
    for title, raw in zip(HEADER, cells, strict=True):
        if re.search(r"[\x00-\x09\x0b-\x1f\x7f]", str(raw)):
            return title, "control_character"
    if empty := missing(row):
        return empty, "missing"
    known = EXPECTED["forms"], EXPECTED["townships"]
    faults = {
        ("登记日期", "not_a_date"): day_of(cells[1]) is None,
        ("信访形式", "unknown_form"): row["信访形式"] not in known[0],
        ("所属乡镇街道", "unknown_township"): row["所属乡镇街道"] not in known[1],
        ("人数", "not_a_number"): not re.fullmatch(r"[1-9][0-9]*", row["人数"]),
        ("诉求概要", "too_long"): len(row["诉求概要"]) > EXPECTED["limits"]["诉求概要"],
    }
    return next((fault for fault, found in faults.items() if found), None)


def judge(rows: Rows) -> list[tuple[int, str | None, str]]:
    """Find all rows to be rejected, with line, column and reason."""
    seen: dict[str, list[Cell]] = {}
    found: list[tuple[int, str | None, str]] = []
    for at, cells in rows[1:]:
        number = str(cells[0])
        if fault := judge_cells(cells):
            found.append((at, *fault))
        elif number in seen:
            same = seen[number] == cells
            found.append((at, None, "duplicate_row") if same else (at, "登记编号", "number_conflict"))
        seen.setdefault(number, cells)
    return found


def check_digit(stem: str) -> str:
    """Reckon the right last character of an identity number (GB 11643)."""
    return "10X98765432"[sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(stem)) % 11]


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Have the script write into a fresh directory."""
    out = tmp_path_factory.mktemp("register")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", [str(SCRIPT), "--out", str(out)])
        runpy.run_path(str(SCRIPT), run_name="__main__")
    return out


@pytest.mark.parametrize("name", [*CSV_FILES, "expected.json"])
def test_regenerating_gives_the_same_bytes(regenerated: Path, name: str) -> None:
    """The committed tables are those that the script writes, byte for byte."""
    assert (regenerated / name).read_bytes() == (REGISTER / name).read_bytes()


def test_regenerating_gives_the_same_sheet(regenerated: Path) -> None:
    """The committed sheet holds the same cells, and the same date of making, as the one that the script writes."""
    assert read_xlsx(regenerated / "register.xlsx") == read_xlsx(REGISTER / "register.xlsx")
    book = importlib.import_module("openpyxl").load_workbook(REGISTER / "register.xlsx")
    assert book.properties.created.isoformat().startswith("2026-04-01T01:00:00")


def test_utf8_file_has_a_bom_and_crlf() -> None:
    """The UTF-8 file begins with a BOM and ends its rows with CRLF, as Excel writes it."""
    raw = (REGISTER / "register.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == 1 + EXPECTED["files"]["register.csv"]["rows"]


def test_both_csv_files_hold_the_same() -> None:
    """The two encodings carry the same rows on the same lines."""
    assert read("register.csv") == read("register.gb18030.csv")


def test_sheet_holds_the_rows_that_a_sheet_can_hold() -> None:
    """The sheet is the CSV without the rows that only a text file can hold."""
    rejected = EXPECTED["files"]["register.csv"]["rejected"]
    only_text = {found["line"] for found in rejected if found["reason"] in CSV_REASONS}
    held = [whole(cells) for at, cells in read("register.csv") if at not in only_text]
    assert [whole(cells) for _, cells in read("register.xlsx")] == held


@pytest.mark.parametrize("name", FILES)
def test_another_reader_rejects_what_is_expected(name: str) -> None:
    """A reader that knows only the rules finds exactly the lines, columns and reasons of expected.json."""
    rejected = EXPECTED["files"][name]["rejected"]
    assert judge(read(name)) == [(found["line"], found["column"], found["reason"]) for found in rejected]


@pytest.mark.parametrize("name", FILES)
def test_counts_add_up(name: str) -> None:
    """Rows, taken and rejected agree with one another and with the file; at least 300 rows can be taken."""
    found = EXPECTED["files"][name]
    assert found["rows"] == len(read(name)) - 1 >= 320
    assert found["taken"] == found["rows"] - len(found["rejected"]) >= 300
    assert found["reasons"] == Counter(each["reason"] for each in found["rejected"])


@pytest.mark.parametrize("name", FILES)
def test_repeats_point_to_their_first_row(name: str) -> None:
    """A duplicate or a conflict names the line of the earlier row with the same number."""
    rows = dict(read(name))
    repeats = [found for found in EXPECTED["files"][name]["rejected"] if "first_line" in found]
    assert Counter(found["reason"] for found in repeats) == {"duplicate_row": 2, "number_conflict": 2}
    for found in repeats:
        assert found["first_line"] < found["line"]
        assert rows[found["first_line"]][0] == rows[found["line"]][0] == found["number"]


DIRT_THAT_IS_TAKEN: dict[str, Callable[[str], bool]] = {
    "missing_phone": lambda cell: not cell,
    "anonymous_letter": lambda cell: not cell,
    "full_width_phone": lambda cell: re.fullmatch("[\uff10-\uff19]{11}", cell) is not None,
    "trailing_space": lambda cell: cell != cell.rstrip(),
    "newline_in_cell": lambda cell: cell.count("\n") == 2,
    "formula_text": lambda cell: cell.startswith("="),
}


@pytest.mark.parametrize("name", FILES)
def test_dirt_that_is_taken_is_where_expected(name: str) -> None:
    """Every row that is taken in spite of its dirt has that dirt in the cell named, and becomes what is said."""
    rows = dict(read(name))
    for found in EXPECTED["files"][name]["taken_with_dirt"]:
        cell = str(rows[found["line"]][HEADER.index(found["column"])])
        assert DIRT_THAT_IS_TAKEN[found["kind"]](cell), found
        if found["kind"] in ("full_width_phone", "trailing_space"):
            assert found["becomes"] == unicodedata.normalize("NFKC", cell).strip() != cell


@pytest.mark.parametrize("name", FILES)
def test_no_other_row_has_that_dirt(name: str) -> None:
    """Rows that are not listed are clean: no spaces at an end, no line breaks, no formulas, a name, a telephone."""
    listed = EXPECTED["files"][name]["taken_with_dirt"] + EXPECTED["files"][name]["rejected"]
    dirty = {found["line"] for found in listed}
    for at, cells in read(name)[1:]:
        texts = [str(cell) for cell in cells]
        unclean = [text for text in texts if text != text.strip() or "\n" in text or text.startswith("=")]
        assert at in dirty or (not unclean and texts[3] and texts[4].isascii() and texts[4]), at


def test_every_kind_of_dirt_is_there_twice() -> None:
    """Each kind of dirt stands in the register at least twice, and the listing by file agrees."""
    found = EXPECTED["files"]["register.csv"]
    kinds = Counter(each["kind"] for each in found["rejected"] + found["taken_with_dirt"])
    assert kinds == EXPECTED["kinds"]
    assert len(kinds) == 20
    assert min(kinds.values()) >= 2


def test_every_identity_number_fails_its_check_digit() -> None:
    """No identity number can be anybody's: no such province, and a wrong last character."""
    numbers = {cell for cell in column("register.csv", "身份证号") if cell}
    assert len(numbers) > 200
    for number in numbers:
        assert re.fullmatch(r"99[0-9]{15}[0-9X]", number)
        assert number[-1] != check_digit(number[:-1])


def test_the_check_digit_of_the_standard_is_known() -> None:
    """The rule used here gives the digits of the standard's own example, so failing it means something."""
    assert check_digit("11010519491231002") == "X"


def test_every_telephone_number_is_in_the_invented_range() -> None:
    """All telephone numbers, normalised, are 1990000 and four digits."""
    phones = {unicodedata.normalize("NFKC", cell) for cell in column("register.csv", "联系电话") if cell}
    assert len(phones) > 200
    assert all(re.fullmatch(r"1990000[0-9]{4}", phone) for phone in phones)


def test_one_telephone_number_is_one_person() -> None:
    """No two invented people share a telephone number, so that repeat petitions can be told from chance."""
    names: dict[str, set[str]] = {}
    for phone, name in zip(column("register.csv", "联系电话"), column("register.csv", "信访人姓名"), strict=True):
        key = unicodedata.normalize("NFKC", phone)
        names.setdefault(key, set()).update({name.strip(" \x1a")} - {""})
    assert all(len(found) <= 1 for phone, found in names.items() if phone)


@pytest.mark.parametrize("rare", ["𠮷", "䶮", "·"])
def test_rare_names_are_there(rare: str) -> None:
    """Names with characters outside GBK and with a middle dot come through in all three files."""
    for name in FILES:
        assert sum(rare in cell for cell in column(name, "信访人姓名")) >= 2


def test_known_places_and_words_only() -> None:
    """All twenty townships, four forms and six purposes occur."""
    words = tomllib.loads((REGISTER / "words.toml").read_text(encoding="utf-8"))
    assert len(words["townships"]) == 20
    assert set(words["townships"]) <= set(column("register.csv", "所属乡镇街道"))
    assert set(EXPECTED["forms"]) <= set(column("register.csv", "信访形式"))
    purposes = {"申诉", "求决", "揭发控告", "意见建议", "咨询", "其他"}
    assert set(column("register.csv", "信访目的")) == purposes


def test_dates_are_mixed_and_within_the_quarter() -> None:
    """Days run from 5 January to 31 March 2026, in three ways of writing; the sheet also holds real dates."""
    cells = column("register.csv", "登记日期")
    days = [day for cell in cells if (day := day_of(cell))]
    assert (min(days), max(days)) == (date(2026, 1, 5), date(2026, 3, 31))
    for written in (r"\d{4}-\d\d-\d\d", r"\d{4}/\d{1,2}/\d{1,2}", r"\d{4}年\d{1,2}月\d{1,2}日"):
        assert sum(re.fullmatch(written, cell) is not None for cell in cells) > 30
    assert sum(isinstance(row[1], datetime) for _, row in read("register.xlsx")) > 30


def test_overlong_summaries_have_twenty_thousand_characters() -> None:
    """The overlong summaries are far over the limit, all others far below."""
    lengths = sorted(len(cell) for cell in column("register.csv", "诉求概要"))
    assert lengths[-2:] == [20_000, 20_000]
    assert lengths[-3] < 200


def test_formulas_are_text_in_the_sheet() -> None:
    """A cell that begins with an equals sign is stored as text, not as a formula."""
    path = REGISTER / "register.xlsx"
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert sum(str(cell).startswith("=") for _, row in read("register.xlsx") for cell in row) == 2
