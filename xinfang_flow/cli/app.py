"""The application: built in one language, run once, and every error said in words."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from xinfang_flow.cli.commands import register
from xinfang_flow.cli.help import Group
from xinfang_flow.cli.labels import Words, language_of
from xinfang_flow.cli.registry import Commands, Lang
from xinfang_flow.cli.troubles import INTERRUPTED, OK, Trouble, trouble_of
from xinfang_flow.cli.usage import usage_words
from xinfang_flow.errors import XinfangError

NAME = "xinfang-flow"


def build(words: Words) -> tuple[Any, Commands]:
    """Return the command tree in a language, and what remembers the call."""
    app = typer.Typer(cls=Group, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
    commands = Commands(app, words.lang)
    register(commands)

    @app.callback()
    def root(
        version: Annotated[bool, typer.Option("--version", help="opt.version")] = False,
        lang: Annotated[Lang, typer.Option("--lang", help="opt.lang")] = Lang.zh,
    ) -> None:
        """help.root"""  # noqa: D400  a key of the table

    tree = typer.main.get_command(app)
    _translate_help_option(tree)
    return tree, commands


def _translate_help_option(tree: Any) -> None:
    for command in (tree, *tree.commands.values()):
        command.context_settings["help_option_names"] = ["--help", "-h"]


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    words = Words(language_of(arguments, os.environ))
    tree, commands = build(words)
    given = list(arguments) or ["--help"]
    try:
        code = tree.main(args=given, prog_name=NAME, standalone_mode=False, obj=words)
        if code == INTERRUPTED:
            return _interrupted(words)
        return code if isinstance(code, int) and code else (commands.face.code if commands.face else OK)
    except XinfangError as error:
        return _tell(trouble_of(error, words), arguments)
    except KeyboardInterrupt:
        return _interrupted(words)
    except typer.Abort:
        return _interrupted(words)
    except BrokenPipeError:
        sys.stderr.close()
        return OK
    except Exception as error:
        trouble = usage_words(error, words)
        if trouble is None:
            raise
        return _tell(trouble, arguments)


def _interrupted(words: Words) -> int:
    print(words("error.interrupted"), file=sys.stderr)
    return INTERRUPTED


def _tell(trouble: Trouble, arguments: Sequence[str]) -> int:
    if "--json" in arguments:
        print(json.dumps(trouble.document(), ensure_ascii=False, indent=2))
    else:
        mark = "" if not trouble.lines else "：" if not trouble.headline.isascii() else ":"
        print(trouble.headline + mark, file=sys.stderr)
        for line in trouble.lines:
            print(f"  {line}", file=sys.stderr)
    return trouble.code


__all__ = ["NAME", "build", "run"]
