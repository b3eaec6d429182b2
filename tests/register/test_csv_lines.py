"""Lines of a CSV file: no quotation mark swallows a row in silence, and the rows add up to the lines."""

from pathlib import Path

import pytest

from tests.register.conftest import HEADER, Take, cases, row
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import InputError
from xinfang_flow.integrations.register.csv_file import read_csv


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Where a file is written to by hand."""
    return tmp_path / "raw.csv"


def write(path: Path, *lines: list[str], end: str = "\n") -> Path:
    """Write rows as they are, without a quotation mark of ours."""
    path.write_text(end.join(",".join(cells) for cells in (HEADER, *lines)) + end, encoding="utf-8", newline="")
    return path


def summaries(*texts: str) -> list[list[str]]:
    """Rows with these summaries."""
    return [row(number, 诉求概要=text) for number, text in enumerate(texts, start=1)]


def test_a_mark_that_is_never_closed_costs_its_own_row_only(take: Take, raw: Path, engine: Engine) -> None:
    """Six rows, the first of which opens a mark that a word of the last seems to close: five are taken."""
    report = take(write(raw, *summaries('"未闭合', *"甲乙丙丁", '他说"好"')))
    assert (report.rows, report.taken, report.lines) == (6, 5, 6)
    assert [(reject.line, reject.number, reject.reason) for reject in report.rejects] == [(2, "XJ1", "open_quote")]
    assert cases(engine)["XJ6"].data["summary"] == '他说"好"'


def test_a_mark_that_swallows_to_the_end_of_the_file(take: Take, raw: Path) -> None:
    """The rows below it are rows all the same, however many."""
    report = take(write(raw, *summaries("甲", '"未闭合', *["乙"] * 5_000)))
    assert (report.rows, report.taken, report.rejected) == (5_002, 5_001, 1)


def test_rows_inside_a_cell_are_not_taken_apart(take: Take, raw: Path, engine: Engine) -> None:
    """Marks that do close, with rows between them: nobody can say whether those are rows, so all of it is told."""
    report = take(write(raw, *summaries('"未闭合', "甲", "乙", '他说好"'), row(5)))
    [reject] = report.rejects
    assert (reject.line, reject.last_line, reject.reason) == (2, 5, "swallowed_rows")
    assert "第2至5行" in reject.words("zh")
    assert (report.rows, report.continued, report.lines) == (2, 3, 5)
    assert set(cases(engine)) == {"XJ5"}


def test_what_was_swallowed_is_not_taken_when_it_is_given_back(take: Take, raw: Path, tmp_path: Path) -> None:
    """In the file of rejects the record is as it was, and is rejected again."""
    rejects = tmp_path / "rejects.csv"
    take(write(raw, *summaries('"未闭合', "甲", '他说好"')), rejects=rejects)
    assert take(rejects).reasons == {"swallowed_rows": 1}


def test_a_petition_cannot_smuggle_in_a_row(take: Take, raw: Path, engine: Engine) -> None:
    """A line that reads like a row inside a cell that is written as it should be is no row."""
    forged = ",".join(row(99))
    take(write(raw, *summaries(f'"诉求\n{forged}\n完"', "甲")))
    assert set(cases(engine)) == {"XJ2"}


def test_a_record_over_several_lines_is_told(take: Take, raw: Path, engine: Engine) -> None:
    """An ordinary line break in a cell is taken, and said."""
    report = take(write(raw, *summaries("甲", '"第一行\n第二行"')))
    assert (report.taken, report.continued, report.lines) == (2, 1, 3)
    assert [(doubt.code, doubt.line) for doubt in report.doubts] == [("several_lines", 3)]
    assert cases(engine)["XJ2"].data["summary"] == "第一行\n第二行"


@pytest.mark.parametrize("text", ['"好"吗', '"甲" ', '"' + "长" * 200_000])
def test_marks_that_cannot_be_right(text: str, take: Take, raw: Path) -> None:
    """No character of such a cell is lost: the row is rejected as it stands."""
    report = take(write(raw, *summaries(text, "甲")))
    assert (report.reasons, report.taken) == ({"open_quote": 1}, 1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_and_empty_lines_add_up(end: str, take: Take, raw: Path) -> None:
    """Empty lines and lines of separators are counted, those at the end of the file are none of the register's."""
    write(raw, row(1), [""], [""] * len(HEADER), row(2), row(2), [""], [" "], end=end)
    report = take(raw)
    assert (report.rows, report.blank, report.continued, report.lines) == (3, 2, 0, 5)
    assert (report.taken, report.already, report.rejected) == (2, 0, 1)


def test_marks_in_the_header_stop_the_import(take: Take, raw: Path) -> None:
    """Nobody knows then which column is which."""
    raw.write_text('"登记编号"x,登记日期\n1,2\n', encoding="utf-8")
    with pytest.raises(InputError, match="quotation marks of the header"):
        take(raw)


def test_a_wrapped_title_is_the_title(take: Take, raw: Path) -> None:
    """Titles are wrapped in sheets and spaced out in tables: they read the same."""
    header = ['"登记\n编号"', "登记 日期", "信访形式\u200b", *HEADER[3:]]
    raw.write_text(",".join(header) + "\n" + ",".join(row(1)) + "\n", encoding="utf-8")
    assert take(raw).taken == 1


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_separator_is_seen_behind_a_wrapped_title(delimiter: str, raw: Path) -> None:
    """It is the one that makes the most columns of the header."""
    raw.write_text(delimiter.join(['"a\nb"', "c", "d"]) + "\n", encoding="utf-8")
    assert len(next(read_csv(raw, "utf-8")).cells) == 3
