"""How a command is declared: its own parameters in its signature, the shared ones by the name of their group."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

import typer

from xinfang_flow.cli.face import Face
from xinfang_flow.cli.help import Command
from xinfang_flow.text import Language

Run = Callable[..., None]


class Lang(enum.StrEnum):
    """The languages."""

    zh = "zh"
    en = "en"


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


_SHARED: dict[str, tuple[inspect.Parameter, ...]] = {
    "db": (_option("db", Annotated[str, typer.Option("--db", metavar="URL", help="opt.db")], "county.db"),),
    "now": (_option("now", Annotated[str, typer.Option("--now", metavar="MOMENT", help="opt.now")], ""),),
    "actor": (
        _option("as_", Annotated[str, typer.Option("--as", metavar="NAME", help="opt.as")], ""),
        _option("role", Annotated[list[str], typer.Option("--role", metavar="ROLE", help="opt.role")], []),
        _option("org", Annotated[str, typer.Option("--org", metavar="ORGAN", help="opt.org")], None),
    ),
    "face": (
        _option("json", Annotated[bool, typer.Option("--json", help="opt.json")], False),  # noqa: FBT003
        _option("lang", Annotated[Lang, typer.Option("--lang", help="opt.lang")], Lang.zh),
    ),
}


class Commands:
    """Collects commands for one run in one language."""

    def __init__(self, app: typer.Typer, lang: Language) -> None:
        self._app, self._lang = app, lang
        self.face: Face | None = None

    def add(self, name: str, run: Run, *groups: str, group: str) -> None:
        """Add a command: `run(face, ...)`, whose keyword parameters are typer's; help is found under its name."""
        hints = get_type_hints(run, include_extras=True)
        own = [
            parameter.replace(annotation=hints[parameter.name])
            for parameter in list(inspect.signature(run).parameters.values())[1:]
        ]
        shared = [option for each in (*groups, "face") for option in _SHARED[each]]
        shared_names = {option.name for option in shared}

        def call(**given: Any) -> None:
            options = {key: given.pop(key) for key in shared_names}
            self.face = Face(self._lang, options)
            run(self.face, **given)

        parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own] + shared
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        self._app.command(
            name, cls=Command, help=f"help.{name}", epilog=f"example.{name}", rich_help_panel=group
        )(call)  # fmt: skip
