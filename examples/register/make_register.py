"""Write the demo register: petitions as a county would export them, real-life dirt included.

Every person is invented: telephone numbers lie in 1990000xxxx, identity numbers begin with 99 (no such
province) and carry a wrong check digit. The same script always writes the same tables:

    python examples/register/make_register.py [--out DIRECTORY]

`expected.json` is written from how the rows were made, not from reading them back.
"""

import argparse
import csv
import importlib
import json
import random
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SEED = 20260105
ROWS = 343  # before the exact duplicates are added
FIRST_DAY, LAST_DAY = date(2026, 1, 5), date(2026, 3, 31)
SPRING_FESTIVAL = (date(2026, 2, 15), date(2026, 2, 23))
SUMMARY_LIMIT = 5000
OVERLONG = 20_000
ENTRY = ("登记编号", "登记日期", "信访形式", "信访人姓名", "联系电话", "身份证号", "所属乡镇街道", "人数")
MATTER = ("信访目的", "内容分类", "诉求概要", "责任单位", "是否初次", "备注")
HEADER = (*ENTRY, *MATTER)
NUMBER, DAY, FORM, NAME, PHONE, IDENTITY, TOWNSHIP, PERSONS = ENTRY
SUMMARY, REMARK = "诉求概要", "备注"
REQUIRED = (NUMBER, DAY, FORM, NAME, TOWNSHIP, PERSONS, SUMMARY)
FORMS = ("来信", "来访", "来电", "网信")
ENCODINGS = {"register.csv": "utf-8-sig", "register.gb18030.csv": "gb18030"}
SHEET = "信访登记"
FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


@dataclass(frozen=True)
class Fault:
    """One kind of dirt: the cell it sits in, how it changes it, and the reason for which a reader rejects it."""

    kind: str
    column: str
    change: Callable[[str], str]
    reason: str = ""  # empty: the row is taken all the same
    also: dict[str, str] = field(default_factory=dict)
    width: int = 0  # cells too many (+) or too few (-)
    csv_only: bool = False


@dataclass(frozen=True)
class Row:
    """One line of the register: its cells, its date as a real date where the sheet holds one, and its fault."""

    cells: dict[str, str]
    day: date | None = None
    fault: Fault | None = None


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    name: str
    phone: str
    identity: str
    township: str


def becomes(value: str) -> Callable[[str], str]:
    """Replace the whole cell."""
    return lambda _: value


def faults() -> list[Fault]:
    """List all faults that are put into single rows, each of one kind and with one reason at most."""
    return [*taken_faults(), *missing_faults(), *wrong_faults(), *broken_faults()]


def taken_faults() -> list[Fault]:
    """List dirt that a reader puts right or bears with."""
    letter = {FORM: "来信", PHONE: "", IDENTITY: "", PERSONS: "1", REMARK: "匿名来信"}
    link = '=HYPERLINK("https://example.invalid/","查看附件")'
    return [
        *[Fault("missing_phone", PHONE, becomes("")) for _ in range(3)],
        *[Fault("anonymous_letter", NAME, becomes(""), also=letter) for _ in range(2)],
        *[Fault("full_width_phone", PHONE, lambda text: text.translate(FULL_WIDTH)) for _ in range(2)],
        Fault("trailing_space", NAME, lambda text: text + "  "),
        Fault("trailing_space", FORM, lambda text: text + " "),
        Fault("trailing_space", TOWNSHIP, lambda text: text + "\u3000"),
        *[Fault("newline_in_cell", SUMMARY, lambda text: text.replace("，", "，\n", 1) + "\n盼复。") for _ in range(3)],
        Fault("formula_text", REMARK, becomes("=SUM(1,2)")),
        Fault("formula_text", SUMMARY, becomes(link)),
    ]


def missing_faults() -> list[Fault]:
    """List cells that must not be empty and are."""
    return [
        *[Fault("empty_date", DAY, becomes(""), "missing") for _ in range(2)],
        Fault("missing_name", NAME, becomes(""), "missing", also={FORM: "来访"}),
        Fault("missing_name", NAME, becomes(""), "missing", also={FORM: "来电"}),
        *[Fault("missing_summary", SUMMARY, becomes(""), "missing") for _ in range(2)],
    ]


def wrong_faults() -> list[Fault]:
    """List cells that hold something, but nothing that the register knows."""
    dates = ("2026-02-30", "20226-03-01", "二月三日", "2026/13/1")
    return [
        *[Fault("wrong_date", DAY, becomes(text), "not_a_date") for text in dates],
        *[Fault("unknown_township", TOWNSHIP, becomes(text), "unknown_township") for text in ("蓬莱乡", "桃源镇")],
        *[Fault("unknown_form", FORM, becomes(text), "unknown_form") for text in ("传呼", "电报")],
        *[Fault("persons_in_words", PERSONS, becomes(text), "not_a_number") for text in ("三人", "五人")],
        *[Fault("persons_below_one", PERSONS, becomes(text), "not_a_number") for text in ("0", "-1")],
    ]


def broken_faults() -> list[Fault]:
    """List rows that are broken as text: far too long, control characters, the wrong number of columns."""
    short, long, control = "too_few_columns", "too_many_columns", "control_character"
    return [
        *[Fault("overlong_summary", SUMMARY, overlong, "too_long") for _ in range(2)],
        Fault(control, SUMMARY, lambda text: text[:6] + "\x00" + text[6:], control, csv_only=True),
        Fault(control, NAME, lambda text: text + "\x1a", control, csv_only=True),
        *[Fault(short, "", str, "wrong_column_count", width=width, csv_only=True) for width in (-3, -1)],
        *[Fault(long, "", str, "wrong_column_count", width=width, csv_only=True) for width in (1, 2)],
    ]


CONFLICT = Fault("number_conflict", NUMBER, str, "number_conflict")
DUPLICATE = Fault("duplicate_row", "", str, "duplicate_row")


def overlong(text: str) -> str:
    """Repeat a text until it has exactly `OVERLONG` characters."""
    return (text * (OVERLONG // len(text) + 1))[:OVERLONG]


class Maker:
    """Draws rows from the words. Only `Random.random` is used: its sequence is promised across Python versions."""

    def __init__(self, words: dict[str, Any], seed: int) -> None:
        """Keep the words and start the sequence."""
        self.words = words
        self.random = random.Random(seed)
        self.people: list[tuple[Person, dict[str, Any]]] = []

    def below(self, limit: int) -> int:
        """Draw a whole number from 0 to `limit` - 1."""
        return int(self.random.random() * limit)

    def pick(self, choices: Sequence[Any]) -> Any:
        """Take one of the choices."""
        return choices[self.below(len(choices))]

    def name(self) -> str:
        """Invent a name; now and then with a rare character or a middle dot."""
        chance = self.below(100)
        if chance < 2:
            return str(self.pick(self.words["long_names"]))
        given = self.pick(self.words["given_last"])
        if chance < 6:
            given = self.pick(self.words["rare_given"])
        elif chance < 75:
            given = self.pick(self.words["given_first"]) + given
        return str(self.pick(self.words["surnames"]) + given)

    def identity(self) -> str:
        """Invent eighteen characters of no existing province whose last one is not the check digit."""
        born = date(1946, 1, 1) + timedelta(days=self.below(21_000))
        stem = f"99{self.below(10_000):04d}{born:%Y%m%d}{self.below(1000):03d}"
        weighed = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(stem))
        marks = "10X98765432"
        return stem + marks[(weighed + 1 + self.below(10)) % 11]

    def person(self) -> Person:
        """Invent somebody new."""
        # 29 and 10,000 share no factor: no number is given twice
        phone = f"1990000{(len(self.people) * 29 + 1007) % 10_000:04d}"
        return Person(self.name(), phone, self.identity(), self.pick(self.words["townships"]))

    def who(self) -> tuple[Person, dict[str, Any], bool]:
        """Choose who comes, about what, and whether for the first time."""
        if len(self.people) > 20 and self.below(100) < 12:
            return *self.pick(self.people), False
        newcomer = (self.person(), self.pick(self.words["topic"]))
        self.people.append(newcomer)
        return *newcomer, True

    def form(self, day: date) -> str:
        """Choose how it came in: on weekends and in the Spring Festival only over the network."""
        if day.weekday() > 4 or SPRING_FESTIVAL[0] <= day <= SPRING_FESTIVAL[1]:
            return "网信"
        return str(self.pick(("来信", "来访", "来访", "来访", "来电", "来电", "网信")))

    def persons(self, form: str) -> int:
        """Choose how many people stand behind it; only visits are collective."""
        chance = self.below(100)
        if form == "来访" and chance < 6:
            return 5 + self.below(14)
        return 2 + self.below(3) if chance < 20 else 1

    def summary(self, topic: dict[str, Any]) -> str:
        """Write what is asked for, by a template of the topic."""
        return str(self.pick(topic["texts"])).format(
            village=self.pick(self.words["villages"]),
            road=self.pick(self.words["roads"]),
            months=2 + self.below(10),
            count=6 + self.below(60),
        )

    def row(self, number: int, day: date) -> Row:
        """Make a row without a fault."""
        person, topic, first = self.who()
        form = self.form(day)
        text, real = self.written(day)
        remark = self.pick(self.words["remarks"]) if self.below(100) < 25 else ""
        identity = person.identity if form != "来电" or self.below(2) else ""
        values = (f"XJ2026{number:04d}", text, form, person.name, person.phone, identity, person.township)
        matter = (str(self.persons(form)), topic["purpose"], topic["category"], self.summary(topic), topic["unit"])
        return Row(dict(zip(HEADER, (*values, *matter, "是" if first else "否", remark), strict=True)), real)

    def written(self, day: date) -> tuple[str, date | None]:
        """Write the day as text in one of the usual ways, and as a real date where the sheet shall hold one."""
        ways = (day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日")
        way = self.below(4)
        return (ways[way], None) if way < 3 else (ways[0], day)

    def places(self, count: int) -> list[int]:
        """Choose where the faults go: scattered over the register, one to a stretch, in no order of kind."""
        stretch = (ROWS - 10) // count
        found = [10 + place * stretch + self.below(stretch) for place in range(count)]
        return [found.pop(self.below(len(found))) for _ in range(count)]


def spoil(row: Row, fault: Fault) -> Row:
    """Put the fault into the row."""
    cells = {**row.cells, **fault.also}
    if fault.column:
        cells[fault.column] = fault.change(cells[fault.column])
    return replace(row, cells=cells, day=None if fault.column == DAY else row.day, fault=fault)


def read_words() -> dict[str, Any]:
    """Read the words that stand beside this script."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


def make_rows() -> list[Row]:
    """Make the whole register in its order."""
    maker = Maker(read_words(), SEED)
    span = (LAST_DAY - FIRST_DAY).days
    rows = [maker.row(number + 1, FIRST_DAY + timedelta(days=number * span // (ROWS - 1))) for number in range(ROWS)]
    kinds = faults()
    for place, fault in zip(maker.places(len(kinds)), kinds, strict=True):
        rows[place] = spoil(rows[place], fault)
    return with_repeats(rows)


def with_repeats(rows: list[Row]) -> list[Row]:
    """Give two rows the number of an earlier one, and write two rows twice: one at once, one much later."""
    clean = [place for place, row in enumerate(rows) if row.fault is None]
    for earlier, later in ((20, 21), (60, 180)):
        cells = {**rows[clean[later]].cells, NUMBER: rows[clean[earlier]].cells[NUMBER]}
        rows[clean[later]] = replace(rows[clean[later]], cells=cells, fault=CONFLICT)
    for original, position in ((150, clean[260]), (40, clean[40] + 1)):
        rows.insert(position, replace(rows[clean[original]], fault=DUPLICATE))
    return rows


def line(row: Row) -> list[str]:
    """Give the cells of a row as they stand in a CSV file."""
    cells = [row.cells[column] for column in HEADER]
    width = row.fault.width if row.fault else 0
    return cells[:width] if width < 0 else cells + ["多出一列"] * width


def for_sheet(rows: Iterable[Row]) -> list[Row]:
    """Keep the rows that a sheet can hold."""
    return [row for row in rows if row.fault is None or not row.fault.csv_only]


def write_csv(path: Path, rows: Iterable[Row], encoding: str) -> None:
    """Write one CSV file, with CRLF between rows as Excel writes it."""
    with path.open("w", encoding=encoding, newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        writer.writerows(line(row) for row in rows)


def write_xlsx(path: Path, rows: Sequence[Row]) -> None:
    """Write the same rows as a sheet: all text cells, but some dates real dates."""
    xlsxwriter = importlib.import_module("xlsxwriter")  # only the sheet needs it, and it has no types
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"title": SHEET, "created": datetime(2026, 4, 1, 1, tzinfo=UTC)})
        sheet = book.add_worksheet(SHEET)
        sheet.freeze_panes(1, 0)
        as_day = book.add_format({"num_format": "yyyy-mm-dd"})
        for column, title in enumerate(HEADER):
            sheet.write_string(0, column, title)
        for place, row in enumerate(rows, start=1):
            for column, title in enumerate(HEADER):
                if title == DAY and row.day is not None:
                    sheet.write_datetime(place, column, row.day, as_day)
                else:
                    sheet.write_string(place, column, row.cells[title])


def csv_lines(rows: Iterable[Row]) -> list[int]:
    """Count the physical line on which each row begins; the header is line 1."""
    starts: list[int] = []
    at = 2
    for row in rows:
        starts.append(at)
        at += 1 + sum(cell.count("\n") for cell in line(row))
    return starts


def finding(row: Row, fault: Fault, at: int, first: dict[str, int]) -> dict[str, Any]:
    """Note what a reader should say of a row with a fault."""
    number = row.cells[NUMBER]
    found: dict[str, Any] = {"line": at, "number": number, "column": fault.column or None, "kind": fault.kind}
    if fault.reason:
        found["reason"] = fault.reason
    if fault.reason in (DUPLICATE.reason, CONFLICT.reason):
        found["first_line"] = first[number]
    if fault.kind in ("full_width_phone", "trailing_space"):
        found["becomes"] = unicodedata.normalize("NFKC", row.cells[fault.column]).strip()
    return found


def expected_of(rows: Sequence[Row], starts: Sequence[int], **about: str) -> dict[str, Any]:
    """Note what a reader should find in one file."""
    first: dict[str, int] = {}
    for row, at in zip(rows, starts, strict=True):
        first.setdefault(row.cells[NUMBER], at)
    placed = zip(rows, starts, strict=True)
    dirty = [finding(row, row.fault, at, first) for row, at in placed if row.fault]
    rejected = [found for found in dirty if "reason" in found]
    return {
        **about,
        "rows": len(rows),
        "taken": len(rows) - len(rejected),
        "reasons": dict(sorted(Counter(found["reason"] for found in rejected).items())),
        "rejected": rejected,
        "taken_with_dirt": [found for found in dirty if "reason" not in found],
    }


def expected(rows: Sequence[Row]) -> dict[str, Any]:
    """Gather the whole of expected.json."""
    sheet, starts = for_sheet(rows), csv_lines(rows)
    files = {name: expected_of(rows, starts, encoding=encoding) for name, encoding in ENCODINGS.items()}
    files["register.xlsx"] = expected_of(sheet, range(2, len(sheet) + 2), sheet=SHEET)
    return {
        "header": list(HEADER),
        "required": list(REQUIRED),
        "forms": list(FORMS),
        "townships": read_words()["townships"],
        "limits": {SUMMARY: SUMMARY_LIMIT},
        "kinds": dict(sorted(Counter(row.fault.kind for row in rows if row.fault).items())),
        "files": files,
    }


def write_register(out: Path) -> None:
    """Write all files into a directory."""
    rows = make_rows()
    out.mkdir(parents=True, exist_ok=True)
    for name, encoding in ENCODINGS.items():
        write_csv(out / name, rows, encoding)
    write_xlsx(out / "register.xlsx", for_sheet(rows))
    text = json.dumps(expected(rows), ensure_ascii=False, indent=2) + "\n"
    (out / "expected.json").write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description="Write the demo register of invented petitions.")
    parser.add_argument("--out", type=Path, default=HERE, help="the directory to write to (default: beside the script)")
    write_register(parser.parse_args().out)


if __name__ == "__main__":
    main()
