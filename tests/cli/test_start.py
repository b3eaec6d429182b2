"""How the program starts: quickly, without its extra, on any console."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Said
from xinfang_flow.__main__ import main


def python(code: str, cwd: Path, **environment: str) -> Said:
    """Run a line of Python in a new interpreter, as bytes would come from a console."""
    given = {**os.environ, **environment}
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, env=given, capture_output=True, check=False)
    return Said(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def test_version_imports_no_database_and_no_extra(tmp_path: Path) -> None:
    """`--version` answers without SQLModel, typer or rich."""
    said = python(
        "import sys, xinfang_flow.__main__ as m; m.main(['--version']);"
        "sys.exit(bool({'sqlmodel', 'sqlalchemy', 'typer', 'rich', 'pydantic'} & set(sys.modules)))",
        tmp_path,
    )
    assert said.code == 0
    assert said.out.startswith("xinfang_flow ")
    assert "SQLite" in said.out


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_the_pip_line(missing: str, tmp_path: Path) -> None:
    """The one line that mends it, on stderr, with exit code 2."""
    said = python(
        f"import sys; sys.modules['{missing}'] = None; import xinfang_flow.__main__ as m; sys.exit(m.main(['flows']))",
        tmp_path,
    )
    assert (said.code, said.out) == (2, "")
    assert 'pip install "xinfang_flow[cli]"' in said.err


def test_help_imports_no_database(tmp_path: Path) -> None:
    """Help and flows answer without the half second that SQLModel takes."""
    said = python(
        "import sys, xinfang_flow.__main__ as m; m.main(['show', '--help']); m.main(['check', 'proxy_petition']);"
        "sys.exit(bool({'sqlmodel', 'sqlalchemy', 'openpyxl'} & set(sys.modules)))",
        tmp_path,
    )
    assert said.code == 0, said.err


def test_a_gbk_console_gets_utf8(tmp_path: Path) -> None:
    """A character that GBK does not have is no traceback."""
    code = "import sys, xinfang_flow.__main__ as m; sys.exit(m.main(['show', '𠮷']))"
    said = python(code, tmp_path, PYTHONIOENCODING="gbk", PYTHONUTF8="0")
    assert said.code == 3
    assert "没有数据库" in said.err


def test_no_escape_codes_where_nobody_sees_colours(tmp_path: Path) -> None:
    """A pipe gets plain text; so does NO_COLOR on a terminal that is forced."""
    code = "import sys, xinfang_flow.__main__ as m; sys.exit(m.main(['check', 'proxy_petition']))"
    assert "\x1b" not in python(code, tmp_path).out
    forced = python(code, tmp_path, NO_COLOR="1", FORCE_COLOR="1", TERM="xterm-256color")
    assert "\x1b[3" not in forced.out


def test_main_takes_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script and `python -m` are the same."""
    monkeypatch.setattr(sys, "argv", ["xinfang-flow", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("xinfang_flow ")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("frob",), "没有命令 frob"),
        (("show",), "缺少参数 CASE"),
        (("show", "X", "--frob"), "没有选项 --frob"),
        (("show", "X", "Y"), "多余的参数"),
        (("fire", "X", "t", "--expect", "many"), "--expect"),
        (("due", "60 days"), "缺少选项 --from"),
        (("show", "X", "--db"), "--db"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], word: str, cli: Cli) -> None:
    """What the parser does not like is said in the chosen language, with the way to the help; exit code 2."""
    said = cli(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("用法有误：\n")
    assert word in said.err
    assert "--help" in said.err
    english = cli(*arguments, "--lang", "en") if arguments[-1] != "--db" else cli("--lang", "en", *arguments)
    assert english.err.startswith("wrong usage:\n")
    assert english.err.isascii()
