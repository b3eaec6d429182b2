"""`demo` and `init`: what a newcomer runs first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xinfang_flow.cli.face import Face


def demo(
    face: Face,
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="opt.out")] = "out/demo",
) -> None:
    """Run the demonstration."""
    from xinfang_flow.cli.demo.show import show_demo

    show_demo(face, Path(out))


def init(
    face: Face,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="arg.folder")],
) -> None:
    """Write a flow to begin with."""
    from xinfang_flow.cli.start_files import write_start

    write_start(face, Path(folder))
