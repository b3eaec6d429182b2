"""`import`: a register becomes cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xinfang_flow.cli.face import Face
from xinfang_flow.cli.import_report import tell
from xinfang_flow.cli.progress import bar


def import_(
    face: Face,
    flow: Annotated[str, typer.Argument(metavar="FLOW", help="arg.flow")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="arg.register")],
    mapping: Annotated[str, typer.Option("--map", metavar="FILE", help="opt.map")] = "",
    rejects: Annotated[str, typer.Option("--rejects", metavar="FILE", help="opt.rejects")] = "",
) -> None:
    """Import a register."""
    from xinfang_flow.flows import load_flow
    from xinfang_flow.integrations.register import import_register, load_mapping

    actor, loaded, described = face.actor(), load_flow(flow), load_mapping(mapping or flow)
    target = Path(rejects or f"{Path(file).stem}.rejects.csv")
    with face.engine(loaded, make=True) as engine, bar(face, face.words("import.progress"), None) as progress:
        report = import_register(
            engine, loaded, file, actor=actor, mapping=described, rejects=target, lang=face.lang, progress=progress
        )  # fmt: skip
    tell(face, report, target)
    face.answer({**report._asdict(), "rejects": [reject._asdict() for reject in report.rejects], "file": str(target)})
