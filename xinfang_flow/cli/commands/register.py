"""`import`: a register becomes cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xinfang_flow.cli.face import Face
from xinfang_flow.cli.import_report import tell
from xinfang_flow.cli.progress import bar
from xinfang_flow.cli.troubles import REFUSED

if TYPE_CHECKING:
    from xinfang_flow.flow.model.flow import Flow
    from xinfang_flow.kernel import Actor


def import_(
    face: Face,
    flow: Annotated[str, typer.Argument(metavar="FLOW", help="arg.flow")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="arg.register")],
    mapping: Annotated[str, typer.Option("--map", metavar="FILE", help="opt.map")] = "",
    rejects: Annotated[str, typer.Option("--rejects", metavar="FILE", help="opt.rejects")] = "",
) -> None:
    """Import a register.

    The register is read and its rejects file begun before the database is opened: nothing is made for a file that
    cannot be imported, or for somebody who may not import it.
    """
    from xinfang_flow.flows import load_flow
    from xinfang_flow.integrations.register import import_register, load_mapping, open_register

    actor, loaded, described = face.actor(), load_flow(flow), load_mapping(mapping or flow)
    register = open_register(file, loaded, described)
    _refuse(loaded, actor)
    target = Path(rejects or f"{Path(file).stem}.rejects.csv")
    with (
        register.rejects_file(target, face.lang) as out,
        face.engine(loaded, make=True) as engine,
        bar(face, face.words("import.progress"), None) as progress,
    ):
        report = import_register(
            engine, loaded, register, actor=actor, mapping=described, rejects=out, lang=face.lang, progress=progress
        )  # fmt: skip
    tell(face, report, target)
    face.answer({
        **report._asdict(), "rejects": [reject.document() for reject in report.rejects],
        "doubts": [doubt.document() for doubt in report.doubts], "file": str(target),
    })  # fmt: skip
    if report.rejected:
        face.code = REFUSED


def _refuse(flow: Flow, actor: Actor) -> None:
    """Ask in memory whether the actor may open such a case at all.

    Raises:
        RefusedError: no.
    """
    from xinfang_flow.engine.engine import Engine
    from xinfang_flow.errors import RefusedError

    try:
        Engine.in_memory(flows=[flow]).open(flow.id, {}, actor=actor)
    except RefusedError as refusal:
        if refusal.reasons[0].code == "not_permitted":
            raise
