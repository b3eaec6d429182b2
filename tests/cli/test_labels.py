"""Both languages come from one table, and the table is complete."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import xinfang_flow.cli
from tests.cli.conftest import Cli
from xinfang_flow.cli.app import build
from xinfang_flow.cli.labels import Words, language_of, table

CLI = Path(xinfang_flow.cli.__file__).parent
TREE = build(Words("zh"))[0]
COMMANDS = sorted(TREE.commands)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
OWN_NAMES = {"help", "json", "lang"}


def facts(text: str) -> set[str | None]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def keys_used() -> Iterator[str]:
    """Every label that the code names."""
    known = {key.partition(".")[0] for key in table()}
    for path in CLI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                section, dot, name = node.value.partition(".")
                if dot and section in known and re.fullmatch(r"[a-z_]+", name):
                    yield node.value


def test_every_label_has_both_languages_with_the_same_facts() -> None:
    """Nothing is said in one language only, and no fact gets lost in the other."""
    for key, texts in table().items():
        assert set(texts) == {"zh", "en"}, key
        assert facts(texts["zh"]) == facts(texts["en"]), key
        assert not CHINESE.search(texts["en"]), key


def test_every_label_that_is_used_exists() -> None:
    """A key in the code is a key of the table (demo.csv is a file)."""
    assert sorted(set(keys_used()) - set(table()) - {"demo.csv"}) == []


@pytest.mark.parametrize(
    ("arguments", "lang"),
    [
        ([], "zh"),
        (["--lang", "en"], "en"),
        (["show", "X", "--lang=en"], "en"),
        (["--lang", "en", "show", "--lang", "zh"], "zh"),
        (["show", "--note", "en"], "zh"),
        (["--lang"], "zh"),
        (["--lang", "fr"], "zh"),
    ],
)
def test_the_language_is_seen_anywhere(arguments: list[str], lang: str) -> None:
    """Before or after the command, with a space or an equals sign; the last one holds."""
    assert language_of(arguments, {}) == lang


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "POSIX"}, "zh"),
        ({"LANG": ""}, "zh"),
        ({"LANG": "zh_CN.GB18030"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE@euro"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "en_US", "LC_ALL": "zh_TW"}, "zh"),
    ],
)
def test_the_environment_is_asked_where_the_arguments_are_silent(environment: dict[str, str], lang: str) -> None:
    """LC_ALL before LC_MESSAGES before LANG, as everywhere; Chinese where nothing is said; an argument wins."""
    assert language_of(["flows"], environment) == lang
    assert language_of(["flows", "--lang", "en"], environment) == "en"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, lang: str, cli: Cli) -> None:
    """Each command explains itself with an example, every option in words, and the exit codes, in one language."""
    said = cli(command, "--help", "--lang", lang)
    assert (said.code, said.err) == (0, "")
    text = re.sub(r"\s+", " ", said.out)
    assert f"xinfang-flow {command}" in text
    assert not re.search(r"\b(?:help|opt|arg|example|group)\.[a-z_]+", text)
    assert "130" in text
    assert bool(CHINESE.search(said.out)) == (lang == "zh")
    for param in TREE.commands[command].params:
        shown = param.metavar if param.param_type_name == "argument" else param.opts[0]
        assert shown in said.out, param.name


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_the_list_of_commands(arguments: tuple[str, ...], lang: str, cli: Cli) -> None:
    """Without a command there is the list of all of them, in groups."""
    said = cli(*arguments, "--lang", lang) if arguments else cli()
    assert said.code == 0
    assert all(f"  {command} " in said.out for command in COMMANDS)


def test_every_command_takes_json_and_lang() -> None:
    """The two options that every command has."""
    for name, command in TREE.commands.items():
        assert {"json", "lang"} <= {param.name for param in command.params}, name


@pytest.mark.parametrize("width", ["20", "40", "80", "200"])
def test_any_width(width: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A narrow terminal folds; it never breaks."""
    monkeypatch.setenv("COLUMNS", width)
    assert cli("import", "--help").code == 0
    assert cli("flows").code == 0


def test_the_reference_names_every_option() -> None:
    """docs/reference/cli.md has every command and every option."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md").read_text("utf-8")
    for name, command in TREE.commands.items():
        assert f"`{name}" in page
        options: list[Any] = [param for param in command.params if param.param_type_name == "option"]
        for param in options:
            assert f"`{param.opts[0]}" in page, f"{name} {param.opts[0]}"
