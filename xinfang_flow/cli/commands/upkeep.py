"""Running and proving: `tick deliver verify file`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xinfang_flow.casefile import words as said
from xinfang_flow.casefile.verdict import said_in
from xinfang_flow.cli import views
from xinfang_flow.cli.face import Face
from xinfang_flow.cli.progress import bar
from xinfang_flow.cli.troubles import REFUSED
from xinfang_flow.cli.which_case import find_case
from xinfang_flow.errors import FlowError
from xinfang_flow.text import Language, bracketed

if TYPE_CHECKING:
    from xinfang_flow.casefile.verdict import Verdict
    from xinfang_flow.engine.engine import Engine
    from xinfang_flow.flow.model.flow import Flow
    from xinfang_flow.kernel import Case
    from xinfang_flow.kernel.answers import EffectRequest

PAGE = 500
FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")


def tick(face: Face) -> None:
    """Do what is due."""
    with face.engine() as engine:
        written = engine.tick()
    face.say("tick.done", count=written)
    face.answer({"events": written})


def deliver(face: Face) -> None:
    """Report what waits in the outbox."""
    with face.engine() as engine:
        delivery = engine.deliver()
        effects = face.store.read.effects()
        waiting = Counter((effect.request.name, effect.state) for effect in effects)
        requests = {effect.request.name: effect.request for effect in effects}
        labels = {} if face.json else _labels(engine, requests, face.lang)
    left = {name: count for (name, state), count in sorted(waiting.items()) if state == "waiting"}
    dead = {name: count for (name, state), count in sorted(waiting.items()) if state == "dead"}
    face.say("deliver.done", delivered=delivery.delivered, waiting=sum(left.values()), dead=sum(dead.values()))
    if left:
        heads = [face.words("deliver.effect"), face.words("deliver.count")]
        face.show(views.table(heads, [(labels.get(name, name), count) for name, count in left.items()], right=(1,)))
        face.say("deliver.no_handlers")
    face.answer({**delivery._asdict(), "waiting": left, "dead_letters": dead})


def _labels(engine: Engine, requests: Mapping[str, EffectRequest], lang: Language) -> dict[str, str]:
    """What people call each effect, with the name under which a handler is wired in brackets."""
    from xinfang_flow.kernel import SYSTEM

    labels: dict[str, str] = {}
    for name, request in requests.items():
        try:
            label = engine.flow_of(engine.get(request.case_id, actor=SYSTEM)).label("effect", name, lang)
        except FlowError:  # the text of that flow is gone; the name is what is left
            label = name
        labels[name] = label if label == name else f"{label}{bracketed(name, lang)}"
    return labels


def verify(
    face: Face,
    target: Annotated[str, typer.Argument(metavar="CASE|FILE", help="arg.target")] = "",
    every: Annotated[bool, typer.Option("--all", help="opt.all")] = False,
) -> None:
    """Verify histories, or a case file."""
    if target.lower().endswith((".html", ".htm", ".json")):
        from xinfang_flow.casefile.file import verify_file

        _tell_all(face, [(target, verify_file(target))])
        return
    reader = face.reader()
    with face.engine() as engine:
        if target and not every:
            case = find_case(face, engine, target, reader)
            _tell_all(face, [(case.id, engine.verify(case.id, actor=reader))])
            return
        verdicts: list[tuple[str, Verdict]] = []
        after = None
        with bar(face, face.words("verify.progress"), None) as progress:
            while True:
                page = engine.find(actor=reader, limit=PAGE, after=after)
                for case in page.items:
                    verdicts.append((case.id, engine.verify(case.id, actor=reader)))
                    progress(len(verdicts))
                after = page.next
                if after is None:
                    break
    _tell_all(face, verdicts)


def _tell_all(face: Face, verdicts: list[tuple[str, Verdict]]) -> None:
    broken = [(name, verdict) for name, verdict in verdicts if not verdict.ok]
    for name, verdict in broken:
        where = face.words("verify.at", seq=verdict.broken_at) if verdict.broken_at is not None else ""
        reason = said_in(verdict.reason or "", face.lang)
        face.say("verify.broken", name=name, where=where, reason=reason)
    if len(verdicts) == 1 and not broken:
        face.say("verify.ok_one", name=verdicts[0][0])
    else:
        face.say("verify.count", ok=len(verdicts) - len(broken), broken=len(broken))
    rest = dict.fromkeys(item for _, verdict in verdicts for item in verdict.not_checked)
    for item in rest:
        face.say("verify.not_checked", what=said_in(item, face.lang))
    if broken:
        face.code = REFUSED
    told = verdicts if len(verdicts) == 1 else broken
    face.answer({
        "ok": not broken, "checked": len(verdicts), "verdicts": [_verdict(*pair) for pair in told],
        "not_checked": list(rest),
    })  # fmt: skip


def _verdict(name: str, verdict: Verdict) -> dict[str, Any]:
    return {"name": name, "ok": verdict.ok, "broken_at": verdict.broken_at, "reason": verdict.reason}


def file(
    face: Face,
    case: Annotated[str, typer.Argument(metavar="CASE", help="arg.case")],
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="opt.case_file")] = "",
) -> None:
    """Write the case file."""
    from xinfang_flow.casefile.file import verify_file

    reader = face.reader()
    with face.engine() as engine:
        found = find_case(face, engine, case, reader)
        path = Path(output or _file_name(found, engine.flow_of(found)))
        written = engine.case_file(found.id, path, actor=reader, lang=face.lang)
    verdict = verify_file(written)
    face.say("file.done", path=written, events=found.version, head=found.head[:16])
    if not verdict.ok:
        face.say("verify.broken", name=written, where="", reason=said_in(verdict.reason or "", face.lang))
        face.code = REFUSED
    face.answer(
        {"file": written, "case": found.id, "events": found.version, "head": found.head, "verified": verdict.ok}
    )


def _file_name(case: Case, flow: Flow) -> str:
    """Return the name of a case file: the register number only if plain, for a petitioner may have typed it."""
    name = said.name_of(case, flow)
    return f"{name if FILE_NAME.fullmatch(name) else case.id}.html"
