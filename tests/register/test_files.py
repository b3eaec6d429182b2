"""Files that are no register: each a clear error, before anything is opened."""

import sys
import zipfile
from pathlib import Path

import pytest

from xinfang_flow.errors import InputError
from xinfang_flow.integrations.register import rows, workbook
from xinfang_flow.integrations.register.csv_file import encoding_of
from xinfang_flow.integrations.register.rows import read_rows

XLSX = Path(__file__).resolve().parents[2] / "examples" / "register" / "register.xlsx"


def written(path: Path, data: bytes) -> Path:
    """Write a file and return it."""
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        ("编号", "utf-8", "utf-8"),
        ("编号", "utf-8-sig", "utf-8-sig"),
        ("编号䶮", "gb18030", "gb18030"),
        ("编号", "utf-16", "utf-16"),
        ("id", "ascii", "utf-8"),
    ],
)
def test_encodings_are_seen(text: str, encoding: str, name: str, tmp_path: Path) -> None:
    """By the mark, else by whether every byte fits."""
    path = written(tmp_path / "a.csv", text.encode(encoding))
    assert encoding_of(path) == name
    assert read_rows(path).header == (text,)


def test_what_is_no_text(tmp_path: Path) -> None:
    """Bytes that fit no encoding are refused."""
    with pytest.raises(InputError, match="neither UTF-8 nor GB18030"):
        read_rows(written(tmp_path / "a.csv", b"\xff\xff\xff"))


def test_missing_directory_empty(tmp_path: Path) -> None:
    """A path that is no readable file says what it is."""
    with pytest.raises(InputError, match="cannot be read"):
        read_rows(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="is a directory"):
        read_rows(tmp_path)
    with pytest.raises(InputError, match="is empty"):
        read_rows(written(tmp_path / "a.csv", b""))


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and row counts have limits, tested at the limit and one above it."""
    path = written(tmp_path / "a.csv", b"a\n1\n2\n")
    monkeypatch.setattr(rows, "LARGEST", 6)
    monkeypatch.setattr(rows, "MOST_ROWS", 2)
    assert [row.cells for row in read_rows(path).body] == [["1"], ["2"]]
    monkeypatch.setattr(rows, "LARGEST", 5)
    with pytest.raises(InputError, match="at most"):
        read_rows(path)


def test_the_limit_is_known_before_the_first_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with too many rows is refused when it is opened: none of its rows can be taken."""
    monkeypatch.setattr(rows, "MOST_ROWS", 2)
    with pytest.raises(InputError, match="more than 2 rows"):
        read_rows(written(tmp_path / "a.csv", b"a\n1\n2\n3\n"))


def test_old_workbooks_are_sent_back(tmp_path: Path) -> None:
    """What openpyxl cannot read is asked for in another form."""
    with pytest.raises(InputError, match=r"save it as \.xlsx"):
        read_rows(written(tmp_path / "a.xls", b"x"))


def test_without_openpyxl_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named by the line that brings it."""
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError, match=r'pip install "xinfang_flow\[xlsx\]"'):
        read_rows(XLSX)


def test_what_is_no_workbook(tmp_path: Path) -> None:
    """Neither text nor an archive of something else."""
    with pytest.raises(InputError, match=r"not an \.xlsx workbook"):
        read_rows(written(tmp_path / "a.xlsx", b"not a zip"))
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(InputError, match="not a workbook"):
        read_rows(tmp_path / "b.xlsx")


def test_bombs_are_refused(tmp_path: Path) -> None:
    """Two megabytes of nothing, packed a thousandfold, are not unpacked."""
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet1.xml", b"0" * (2 << 20))
    with pytest.raises(InputError, match="would unpack"):
        read_rows(tmp_path / "bomb.xlsx")


def test_too_many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive of very many parts is refused."""
    monkeypatch.setattr(workbook, "MOST_MEMBERS", 3)
    with pytest.raises(InputError, match="parts: refused"):
        read_rows(XLSX)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(encoding: str, tmp_path: Path) -> None:
    """An entity declaration is refused before any parser sees it, whatever the encoding."""
    path = tmp_path / "entities.xlsx"
    text = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    with zipfile.ZipFile(XLSX) as good, zipfile.ZipFile(path, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, text.encode(encoding) if name.endswith("sheet1.xml") else good.read(name))
    with pytest.raises(InputError, match="XML entities"):
        read_rows(path)


def test_a_damaged_sheet(tmp_path: Path) -> None:
    """A sheet that breaks off in the middle is an error of ours, not of its parser."""
    path = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(XLSX) as good, zipfile.ZipFile(path, "w") as bad:
        for name in good.namelist():
            data = good.read(name)
            bad.writestr(name, data[: len(data) // 2] if name.endswith("sheet1.xml") else data)
    with pytest.raises(InputError, match="damaged"):
        read_rows(path)
