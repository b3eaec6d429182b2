"""What became of a register, for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xinfang_flow.cli.face import Face
from xinfang_flow.cli.views import table

if TYPE_CHECKING:
    from xinfang_flow.integrations.register import Report

SHOWN = 10


def tell(face: Face, report: Report, target: Path) -> None:
    """Say what became of the rows, and the first of those that were not taken."""
    words = face.words
    face.say("import.done", rows=report.rows, taken=report.taken, already=report.already, rejected=report.rejected)
    if report.lines > report.rows:
        face.say("import.lines", lines=report.lines, blank=report.blank, continued=report.continued)
    if report.ignored:
        face.say("import.ignored", names="、".join(report.ignored))
    if report.sheets:
        face.say("import.sheets", names="、".join(report.sheets))
    if report.doubts:
        _tell_doubts(face, report)
    if report.rejects:
        heads = [words(f"import.{key}") for key in ("line", "number", "column", "reason")]
        rows = [
            (reject.line, reject.number or "", reject.column or words("import.whole_row"), reject.words(face.lang))
            for reject in report.rejects[:SHOWN]
        ]
        face.show(table(heads, rows, right=(0,)))
        if report.rejected > SHOWN:
            face.say("import.more", count=report.rejected - SHOWN)
        face.say("import.rejects", path=target)


def _tell_doubts(face: Face, report: Report) -> None:
    words = face.words
    face.say("import.doubts")
    heads = [words(f"import.{key}") for key in ("column", "reason", "cells", "first")]
    rows = [
        (doubt.column or words("import.whole_row"), doubt.words(face.lang), doubt.cells, doubt.line)
        for doubt in report.doubts
    ]
    face.show(table(heads, rows, right=(2, 3)))
