"""What a newcomer gets wrong: each a sentence that helps, in one language, and never a traceback."""

import re
from pathlib import Path

import pytest

import xinfang_flow as xf
from tests.cli.conftest import Cli

LI = ("--as", "li", "--role", "clerk", "--org", "xianju")
FLOW_FOLDER = "name the flow's file in it, such as mine/my_flow.toml"


@pytest.mark.parametrize(
    ("arguments", "code", "chinese", "english"),
    [
        (("check", "mine"), 2, "mine 是文件夹：请写明其中的流程文件，如 mine/my_flow.toml", FLOW_FOLDER),
        (("test", "mine"), 2, "mine 是文件夹：请写明其中的流程文件，如 mine/my_flow.toml", FLOW_FOLDER),
        (("check", "proxy_petitoin"), 2, "是否应为“proxy_petition”？", "did you mean 'proxy_petition'?"),
        (("check", "qqqq"), 2, "没有流程 qqqq（有：", "no standard flow 'qqqq' (known: "),
        (("open", "proxy_petition", "--data", "[1]", *LI), 2, '对象：{"字段": "值"}', 'object: {"field": "value"}'),
        (("board", "--db", "."), 3, ". 是文件夹，不是数据库文件", ". is a directory, not a database file"),
        (
            ("verify", "none.html"),
            2,
            "none.html 无法读取：没有这个文件或文件夹",
            "none.html cannot be read: No such file",
        ),
        (("verify", "big.html"), 2, "big.html 超过 64 MB，不是案卷文件", "big.html is larger than 64 MB"),
        (("draw", "petition", "-o", "none/a.svg"), 3, "无法写入：没有这个文件或文件夹", "cannot be written: No such"),
        (("due", "60 days"), 2, "缺少选项 --from", "Missing option '--from'"),
        (
            ("import", "proxy_petition", "head.csv", *LI),
            2,
            "信访人姓名（是否为 信访人？）、",
            "信访人姓名 (did you mean '信访人'?), ",
        ),
        (
            ("import", "proxy_petition", "head.csv", "--map", "nest.toml", *LI),
            2,
            "nest.toml 不是 TOML：嵌套过深",
            "nest.toml is not TOML: nested too deeply",
        ),
    ],
)
def test_a_sentence_that_helps(
    arguments: tuple[str, ...], code: int, chinese: str, english: str, cli: Cli, tmp_path: Path
) -> None:
    """The same mistake in both languages: one exit code, one clear line, nothing on stdout."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "head.csv").write_text("登记编号,信访人\nX1,董芷\n", encoding="utf-8")
    (tmp_path / "nest.toml").write_text("a = " + "[" * 20_000 + "]" * 20_000, encoding="utf-8")
    with (tmp_path / "big.html").open("wb") as big:
        big.truncate(65 * 1024 * 1024)
    for lang, words in (("zh", chinese), ("en", english)):
        said = cli(*arguments, "--lang", lang)
        assert (said.code, said.out) == (code, "")
        assert words in said.err


def test_a_case_file_needs_a_name(cli: Cli, demo: Path) -> None:
    """A folder is no file to write."""
    for folder in (".", "/"):
        said = cli("file", "XJ20260001", "--db", demo / "county.db", "-o", folder)
        assert (said.code, said.out) == (3, "")
        assert f"{folder} 是文件夹" in said.err


@pytest.mark.parametrize(
    ("chinese", "english"),
    [("60日", "60 days"), ("10个工作日", "10 working days"), ("6个月", "6 months"), ("30 天", "30 days")],
)
def test_a_period_is_read_as_it_is_printed(chinese: str, english: str, cli: Cli) -> None:
    """What our own pages print as a period is a period."""
    assert cli("due", chinese, "--from", "2026-03-02").out == cli("due", english, "--from", "2026-03-02").out
    assert cli("due", "六十日", "--from", "2026-03-02").code == 2


def test_help_says_what_must_be_given(cli: Cli) -> None:
    """A required option stands in the line on usage."""
    assert "due PERIOD --from DATE [OPTIONS]" in cli("due", "--help", "--lang", "en").out


def test_overlays_say_what_they_are_laid_over(cli: Cli) -> None:
    """The list of flows, for people and for machines."""
    assert re.search(r"xianju_proxy@1 .* proxy_petition@1", cli("flows").out)
    extends = {each["id"]: each["extends"] for each in cli("flows", "--json").document}
    assert (extends["xianju_proxy"], extends["proxy_petition"]) == ("proxy_petition@1", None)


def test_linked_cases_are_shown_as_a_tree(cli: Cli, tmp_path: Path) -> None:
    """State and outcome of each, below the case that waits; what the engine does by itself is nobody's next step."""
    lead = xf.Actor("lead", roles={"lead"}, org="bureau")
    part = {"department": "health", "asked": "核实", "reply_by": "2026-03-05T21:00:00+08:00"}
    with xf.Engine(f"sqlite:///{tmp_path}/county.db", clock=xf.ManualClock("2026-03-02T09:00:00+08:00")) as engine:
        matter = engine.open("joint_handling", {"matter": "物资供应"}, actor=lead, key="matter")
        tie = xf.Link(matter.id, "part", "parent", "open")
        waited = engine.open("department_part", part, actor=lead, org="health", links=[tie], key="part")
        health = xf.Actor("he", roles={"department"}, org="health")
        engine.fire(waited.id, "reply", {"reply": "已办"}, actor=health)
    zh, en = cli("show", "matter").out, cli("show", "matter", "--lang", "en").out
    assert f"{waited.id} · health  已反馈（已办结，结果尚待接收）" in zh
    assert "Replied (done, its outcome not accepted yet)" in " ".join(en.split())
    assert "part_done" not in zh
    [node] = cli("show", "matter", "--json").document["linked"]
    assert (node["case_id"], node["stands"]["outcome"], node["state"]) == (waited.id, "replied", "open")
    assert f"主事项 · 协办事项  联合办理 · {matter.id} · bureau  已受理" in cli("show", "part").out


@pytest.mark.parametrize("data", ['{"persons":1,"persons":2}', '{"a":{"b":1,"b":2}}'])
def test_a_key_that_stands_twice_is_refused(data: str, cli: Cli) -> None:
    """Of two values neither is what was meant: nothing is opened, and the key is named."""
    said = cli("open", "proxy_petition", "--as", "li", "--role", "clerk", "--data", data, "--lang", "en")
    assert said.code != 0
    assert "twice" in said.err
    assert ("'persons'" in said.err) or ("'b'" in said.err)
