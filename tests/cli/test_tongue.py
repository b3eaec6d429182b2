"""An error reaches people in the one language that was asked for, whichever room it comes from."""

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from xinfang_flow.integrations.register.mapping import load_mapping

LI = ("--as", "li", "--role", "clerk", "--org", "xianju")
NEW = ("--db", "sqlite:///new.db")
QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|'[^']*'|`[^`]*`|--[a-z-]+|[\w./:@-]*[./@][\w./:@-]*")
ENGLISH = re.compile(r"(?:\b[A-Za-z]{2,}\b[ ,;:]+){2}\b[A-Za-z]{2,}")
CHINESE = re.compile("[\u4e00-\u9fff，。；：（）、]")

WRONG = (
    # law
    ("due", "0 days", "--from", "2026-03-02"),
    ("due", "six weeks", "--from", "2026-03-02"),
    ("due", "60 days", "--from", "2026-03-02T09:00"),
    ("due", "60 days", "--from", "yesterday"),
    ("due", "60 days", "--from", "9999-12-30"),
    ("due", "4 hours", "--from", "2026-03-02"),
    ("due", "4 hours", "--from", "2026-03-02T09:00:00+08:00", "--closes", "17:00"),
    ("due", "60 days", "--from", "2026-03-02", "--closes", "00:00"),
    ("due", "60 days", "--from", "2026-03-02", "--policy", "lax"),
    ("due", "99999 days", "--from", "2026-03-02"),
    # flow, flows, worked cases
    ("check", "mine"),
    ("check", "none.toml"),
    ("check", "broken.toml"),
    ("check", "qqqq"),
    ("check", "hearing", "--overlay", "broken.toml"),
    ("draw", "hearing", "--format", "png"),
    ("draw", "hearing", "--highlight", "nowhere"),
    ("draw", "hearing", "-o", "none/a.svg"),
    ("test", "broken.cases.toml"),
    ("test", "qqqq"),
    # case files
    ("verify", "none.html"),
    ("verify", "empty.html"),
    ("verify", "odd.json"),
    ("verify", "latin.html"),
    # the register
    ("import", "proxy_petition", "none.csv", *LI, *NEW),
    ("import", "proxy_petition", "mine", *LI, *NEW),
    ("import", "proxy_petition", "empty.csv", *LI, *NEW),
    ("import", "proxy_petition", "latin.html", *LI, *NEW),
    ("import", "proxy_petition", "damaged.xlsx", *LI, *NEW),
    ("import", "proxy_petition", "old.xls", *LI, *NEW),
    ("import", "proxy_petition", "head.csv", *LI, *NEW),
    ("import", "proxy_petition", "twice.csv", *LI, *NEW),
    ("import", "proxy_petition", "lines.csv", *LI, *NEW),
    ("import", "proxy_petition", "head.csv", "--map", "broken.toml", *LI, *NEW),
    ("import", "proxy_petition", "head.csv", "--map", "odd.toml", *LI, *NEW),
    ("import", "proxy_petition", "head.csv", "--map", "none.toml", *LI, *NEW),
    ("import", "hearing", "head.csv", *LI, *NEW),
    # the engine
    ("open", "qqqq", *LI, *NEW),
    ("open", "proxy_petition", "--as", "system", "--role", "clerk", *NEW),
    ("open", "proxy_petition", "--as", "li", "--role", "system", *NEW),
    ("open", "proxy_petition", "--as", "li", "--role", "clerk", "--org", " ", *NEW),
    ("open", "proxy_petition", "--key", "a b", *LI, *NEW),
    ("open", "proxy_petition", *LI, *NEW),
    ("open", "proxy_petition", "--now", "soon", *LI, *NEW),
    ("open", "proxy_petition", "level", *LI, *NEW),
    ("open", "proxy_petition", "--data", "{", *LI, *NEW),
    ("open", "proxy_petition", "--data", "@none.json", *LI, *NEW),
    # the store
    ("board", "--db", "."),
    ("board", "--db", "oracle://county"),
    ("board", "--db", "sqlite:///none.db"),
    ("board", "--db", "sqlite:///none/county.db"),
    ("open", "proxy_petition", "--db", "sqlite:///none/county.db", *LI),
    ("board", "--db", "sqlite:///empty.html"),
    ("board", "--db", "sqlite:///latin.html"),
    ("board", "--db", "://"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files with which something is wrong."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "broken.toml").write_text("id = \n", encoding="utf-8")
    (tmp_path / "broken.cases.toml").write_text("[[case\n", encoding="utf-8")
    (tmp_path / "odd.toml").write_text('flow = "proxy_petition"\nkey = { column = "X" }\nodd = 1\n', encoding="utf-8")
    (tmp_path / "odd.json").write_text("{", encoding="utf-8")
    (tmp_path / "empty.html").write_text("<html>", encoding="utf-8")
    (tmp_path / "latin.html").write_bytes(b"\xff" * 400)
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "old.xls").write_bytes(b"x")
    (tmp_path / "damaged.xlsx").write_bytes(b"PK")
    (tmp_path / "head.csv").write_text("登记编号,sender\nX1,A\n", encoding="utf-8")
    (tmp_path / "twice.csv").write_text("登记编号,登记编号\nX1,A\n", encoding="utf-8")
    (tmp_path / "lines.csv").write_text('"num\nber",sender\nX1,A\n', encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_an_error_is_said_in_the_language_asked_for(arguments: tuple[str, ...], cli: Cli) -> None:
    """Chinese without an English sentence, and English without a Chinese sign: what is quoted is somebody's own."""
    zh, en = cli(*arguments, "--lang", "zh"), cli(*arguments, "--lang", "en")
    said_zh, said_en = (said.err + said.out for said in (zh, en))
    assert zh.code == en.code
    assert zh.code in (1, 2, 3)
    assert CHINESE.search(said_zh)
    assert not ENGLISH.search(QUOTED.sub("", said_zh)), said_zh
    for name in load_mapping("proxy_petition").columns:
        said_en = said_en.replace(name, "")
    assert not CHINESE.search(QUOTED.sub("", said_en)), said_en
