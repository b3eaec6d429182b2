"""未导入清单: what is given out for mending can be given back, and the file is safe to write and to open."""

import csv
import os
import stat
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

from tests.register.conftest import HEADER, Sheet, Take, cases, read_rejects, row
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import InputError, StoreError
from xinfang_flow.integrations.register.faults import Fault, Reject
from xinfang_flow.integrations.register.rejects import RejectsFile, restored, safe_cell
from xinfang_flow.integrations.register.row import Row

TEXTS = {
    "信访人姓名": "'引号",
    "联系电话": "057187770000",
    "身份证号": "999534195704020426",
    "内容分类": "1-2",
    "诉求概要": '他说"好"\n第二行，\\x00 与 \'=1+1',
    "责任单位": "县住建局",
    "备注": "=1+1",
}
FIELDS = {
    "信访人姓名": "petitioner", "联系电话": "phone", "身份证号": "id_number", "内容分类": "category",
    "诉求概要": "summary", "责任单位": "responsible", "备注": "remark",
}  # fmt: skip


@given(st.text())
@example("'")
@example("''=1")
@example("\\x41")
@example("\\\\x00")
@example("\\\x00x41")
@example("\ud800\\ud800")
@example("0571")
@example("999534195704020426")
def test_a_cell_comes_back_as_it_was(text: str) -> None:
    """Whatever it is, and nothing in it is a formula or a control character for a spreadsheet."""
    shown = safe_cell(text)
    assert restored(shown) == text
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert "\x00" not in shown


@pytest.mark.parametrize("text", ["0571", "999534195704020426", "1-2", "3E5", "1.10", "12:30"])
def test_what_a_spreadsheet_would_change_is_protected(text: str) -> None:
    """Numbers that it would cut, and texts of which it would make dates or times."""
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["1", "19900001007", "2026-03-02", "横溪镇", "XJ1"])
def test_what_a_spreadsheet_leaves_alone_stands_as_it_is(text: str) -> None:
    """An apostrophe is put where it is needed only."""
    assert safe_cell(text) == text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_reject_mend_import(lang: str, take: Take, sheet: Sheet, engine: Engine, tmp_path: Path) -> None:
    """What was mended in the file is imported from the file, every other value as it was in the register."""
    rejects = tmp_path / "rejects.csv"
    assert take(sheet({**TEXTS, "所属乡镇街道": "横溪"}, {}), rejects=rejects, lang=lang).rejected == 1
    mended = tmp_path / "mended.csv"
    mended.write_bytes(rejects.read_bytes().replace('"横溪"'.encode(), '"横溪镇"'.encode()))
    report = take(mended)
    assert (report.rows, report.taken, report.ignored) == (1, 1, ())
    data = cases(engine)["XJ1"].data
    assert {column: data[field] for column, field in FIELDS.items()} == TEXTS
    assert data["township"] == "横溪镇"


def test_rejected_twice_the_row_is_still_the_row(take: Take, sheet: Sheet, tmp_path: Path) -> None:
    """A file of rejects made of a file of rejects has the same header and the same cells."""
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    take(sheet({**TEXTS, "人数": "x"}, {"备注": "a\x00b", "登记日期": ""}), rejects=once)
    take(once, rejects=twice)
    first, second = read_rejects(once), read_rejects(twice)
    assert first[0] == second[0]
    assert [cells[5:] for cells in first] == [cells[5:] for cells in second]


def test_a_file_of_rejects_may_come_back_as_a_workbook(take: Take, sheet: Sheet, tmp_path: Path) -> None:
    """Whoever mends it in a spreadsheet program may save it as one."""
    import openpyxl

    rejects, saved = tmp_path / "rejects.csv", tmp_path / "saved.xlsx"
    take(sheet({**TEXTS, "所属乡镇街道": "横溪"}), rejects=rejects)
    book = openpyxl.Workbook()
    assert book.active is not None
    for cells in read_rejects(rejects):
        book.active.append([cell.replace("横溪", "横溪镇") for cell in cells])
    book.save(saved)
    assert take(saved).taken == 1


class TestFile:
    def test_is_for_its_owner_alone(self, take: Take, sheet: Sheet, tmp_path: Path) -> None:
        """It holds whole rows, names and numbers of people among them."""
        rejects = tmp_path / "rejects.csv"
        take(sheet({"人数": "x"}), rejects=rejects)
        assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
        assert sorted(path.name for path in tmp_path.iterdir()) == ["rejects.csv", "small.csv"]

    def test_is_on_the_disk_before_it_has_its_name(
        self, take: Take, sheet: Sheet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The file is flushed before the change of names, the folder after it."""
        synced: list[bool] = []
        monkeypatch.setattr(os, "fsync", lambda handle: synced.append(stat.S_ISDIR(os.fstat(handle).st_mode)))
        take(sheet({"人数": "x"}), rejects=tmp_path / "rejects.csv")
        assert synced == [False, True]

    def test_two_at_once_do_not_tear_each_other(self, tmp_path: Path) -> None:
        """Each has a draft of its own; the one that ends last stands there, whole."""
        target = tmp_path / "rejects.csv"
        with RejectsFile(target, HEADER, "zh") as one, RejectsFile(target, HEADER, "zh") as other:
            for number in range(1, 101):
                for file, text in ((one, "甲"), (other, "乙")):
                    row_ = Row(number, row(number, 备注=text), number)
                    file.add(Reject(number, f"XJ{number}", (Fault("备注", "too_long"),)), row_)
        found = read_rejects(target)
        assert len(found) == 101
        assert {cells[-1] for cells in found[1:]} == {"甲"}
        assert [path.name for path in tmp_path.iterdir()] == ["rejects.csv"]

    def test_follows_no_link(self, take: Take, sheet: Sheet, tmp_path: Path) -> None:
        """A link that somebody has put in its place is replaced; what it points to stays as it is."""
        victim, rejects = tmp_path / "victim", tmp_path / "rejects.csv"
        victim.write_text("mine", encoding="utf-8")
        rejects.symlink_to(victim)
        take(sheet({"人数": "x"}), rejects=rejects)
        assert victim.read_text("utf-8") == "mine"
        assert not rejects.is_symlink()

    def test_takes_the_place_of_no_other_file(self, take: Take, sheet: Sheet, engine: Engine, tmp_path: Path) -> None:
        """Neither of the register nor of anything that is no file of rejects; no case is opened."""
        other = tmp_path / "notes.csv"
        other.write_text("a,b\n", encoding="utf-8")
        with pytest.raises(StoreError, match="holds something else"):
            take(sheet({}), rejects=other)
        register = sheet({})
        with pytest.raises(InputError, match="is the register"):
            take(register, rejects=register)
        with pytest.raises(StoreError, match="cannot be written"):
            take(register, rejects=tmp_path)
        assert cases(engine) == {}
        assert other.read_text("utf-8") == "a,b\n"

    def test_an_import_that_cannot_begin_leaves_the_last_one(self, take: Take, sheet: Sheet, tmp_path: Path) -> None:
        """What was found by the import before is not replaced by nothing."""
        rejects = tmp_path / "rejects.csv"
        take(sheet({"人数": "x"}), rejects=rejects)
        before = rejects.read_bytes()
        with pytest.raises(ZeroDivisionError):
            take(sheet({}), rejects=rejects, progress=lambda _: 1 // 0)
        assert rejects.read_bytes() == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["rejects.csv", "small.csv"]

    @pytest.mark.parametrize("name", ["长" * 80 + ".csv", "a" * 250 + ".csv", "a\0.csv"])
    def test_a_name_is_a_name_or_an_error_of_ours(self, name: str, take: Take, sheet: Sheet, tmp_path: Path) -> None:
        """The longest name works, one that the system does not take is said."""
        try:
            take(sheet({"人数": "x"}), rejects=tmp_path / name)
        except StoreError:
            assert "\0" in name
        else:
            assert os.path.exists(tmp_path / name)  # noqa: PTH110  the name as it is

    def test_csv_readers_agree_on_it(self, take: Take, sheet: Sheet, tmp_path: Path) -> None:
        """Every row has the columns of the header."""
        rejects = tmp_path / "rejects.csv"
        take(sheet({"备注": 'a\r"b"\n\r\nc', "人数": "x"}), rejects=rejects)
        with rejects.open(encoding="utf-8-sig", newline="") as file:
            assert {len(cells) for cells in csv.reader(file, strict=True)} == {5 + len(HEADER)}
