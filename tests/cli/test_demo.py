"""The demo: a register goes the whole way, twice, and what a person wants to see comes out."""

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import AS_OF, Cli
from xinfang_flow.casefile.file import verify_file
from xinfang_flow.engine.engine import Engine


def test_it_ends_with_what_a_person_wants_to_see(cli: Cli, demo: Path) -> None:
    """Where cases stand, what is late, what was refused, one whole timeline, the case file, and what to do next."""
    said = cli("demo", "--out", demo)
    assert said.code == 0
    for word in (
        "各环节件数",
        "已归档",
        "逾期未办：",
        "被拒绝的操作",
        "全部留痕",
        "反馈结果",
        "均校验无误",
        "未导入清单：",
        "接下来",
    ):
        assert word in said.out
    assert "\x1b" not in said.out
    english = cli("demo", "--out", demo, "--lang", "en")
    for word in (
        "Where the cases stand",
        "Archived",
        "Late: ",
        "What was refused",
        "whole history",
        "verified",
        "Next",
    ):
        assert word in english.out


def test_a_second_run_imports_nothing_and_shows_the_same(cli: Cli, tmp_path: Path) -> None:
    """Nothing is done twice; the tables are those of the first run."""
    first, again = (cli("demo", "--json").document for _ in range(2))
    assert (first["import"]["taken"], first["import"]["already"]) == (315, 0)
    assert (again["import"]["taken"], again["import"]["already"], again["driven"]["taken"]) == (0, 315, 0)
    assert again["driven"]["ticked"] == 0
    for key in ("states", "overdue", "cases", "case_file"):
        assert first[key] == again[key]
    assert verify_file(tmp_path / first["case_file"]).ok
    with (tmp_path / first["rejects_file"]).open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 31


def test_the_story_has_every_turn(cli: Cli, demo: Path) -> None:
    """Redirected, referred, duplicate, withdrawn, not reached, reopened, handed over, late: all occur."""
    board = cli("board", "--db", demo / "county.db", "--now", AS_OF, "--json").document["flows"][0]
    states = {line["state"]: line["cases"] for line in board["states"]}
    for state in ("redirected", "petition_procedure", "duplicate", "withdrawn", "unreached", "handling", "fed_back"):
        assert states[state] > 0, state
    assert 0 < board["overdue"] < 60
    assert sum(states.values()) == 315


def test_it_verifies(cli: Cli, demo: Path) -> None:
    """Every history of the demo holds."""
    said = cli("verify", "--all", "--db", demo / "county.db", "--json")
    assert said.code == 0
    assert said.document["checked"] == 315


def test_a_demo_that_was_broken_off_goes_on(cli: Cli, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle exits with 130; the next run goes on and ends where an unbroken one does."""
    real, steps = Engine.fire, 100
    count = 0

    def fire(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if count > steps:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "fire", fire)
        said = cli("demo", "--json")
    assert (said.code, said.out) == (130, "")
    assert "再次运行即继续" in said.err
    again = cli("demo", "--json").document
    assert again["import"]["already"] == 315
    assert steps < again["driven"]["already"] < 2695
    assert again["driven"]["already"] + again["driven"]["taken"] == 2695
    assert again["states"] == cli("demo", "--json", "--out", demo).document["states"]


def test_a_place_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    """A file where the folder should be is said in words."""
    (tmp_path / "out").write_text("x")
    said = cli("demo")
    assert said.code == 3
    assert "无法写入" in said.err
