"""Help in the chosen language: usage, what it does, an example, arguments and options, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from xinfang_flow.cli.labels import Words

SHARED = ("db", "now", "as_", "role", "org", "json", "lang", "help", "version")


class Command(TyperCommand):
    """A command that explains itself from the table of labels."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        words: Words = ctx.find_root().obj
        console = _console()
        _usage(console, words, ctx.command_path, self.params)
        console.print(Padding(words.known(self.help), (1, 2)))
        console.print(Text(words("help.example"), style="bold"))
        for line in words.known(self.epilog).splitlines():
            console.print(Padding(Text(line, style="cyan"), (0, 2)))
        arguments = [param for param in self.params if param.param_type_name == "argument"]
        own = [param for param in self.params if param not in arguments and param.name not in SHARED]
        shared = [param for param in self.params if param not in arguments and param.name in SHARED]
        for title, params in (("arguments", arguments), ("options", own), ("shared", shared)):
            _params(console, words, words(f"help.{title}"), params, more=title == "shared")
        console.print()
        console.print(Text(words("help.codes"), style="dim"))


class Group(TyperGroup):
    """The list of commands, by what they are for."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        words: Words = ctx.find_root().obj
        console = _console()
        console.print(Text(words("help.usage") + f"{ctx.command_path} {words('help.command')} …", style="bold"))
        console.print(Padding(words("help.root"), (1, 2)))
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.commands[name]
            first = words.known(command.help).split("\n\n")[0]
            panels.setdefault(getattr(command, "rich_help_panel", None) or "", []).append((name, first))
        for panel, lines in panels.items():
            _rows(console, words.known(panel), lines)
        _params(console, words, words("help.options"), self.params, more=True)
        console.print()
        console.print(Text(words("help.codes"), style="dim"))


def _console() -> Console:
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False)


def _usage(console: Console, words: Words, path: str, params: Iterable[Any]) -> None:
    parts = [path]
    for param in params:
        if param.param_type_name == "argument":
            shown = param.metavar or param.human_readable_name.upper()
            shown += "…" if param.nargs == -1 and not shown.endswith("…") else ""
            parts.append(shown if param.required else f"[{shown}]")
        elif param.required:
            parts.append(f"{param.opts[0]} {_metavar(param)}")
    parts.append(words("help.some_options"))
    console.print(Text(words("help.usage") + " ".join(parts), style="bold"))


def _params(console: Console, words: Words, title: str, params: Iterable[Any], *, more: bool = False) -> None:
    lines = []
    for param in params:
        name = param.metavar if param.param_type_name == "argument" else ", ".join([*param.opts, *param.secondary_opts])
        if param.param_type_name != "argument" and not getattr(param, "is_flag", False):
            name += f" {_metavar(param)}"
        lines.append((name or param.name, words.known(param.help)))
    if more:
        lines.append(("--help, -h", words("opt.help")))
    _rows(console, title, lines)


def _metavar(param: Any) -> str:
    if param.metavar:
        return str(param.metavar)
    return "zh|en" if param.name == "lang" else str(param.name).upper()


def _rows(console: Console, title: str, lines: Iterable[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(no_wrap=True, style="cyan")
    table.add_column(overflow="fold")
    rows = list(lines)
    for name, text in rows:
        table.add_row("  " + name, text)
    if rows:
        console.print()
        console.print(Text(title, style="bold"))
        console.print(table)
