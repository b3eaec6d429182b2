"""The demonstration from end to end, and what a person wants to see at its end."""

from __future__ import annotations

from datetime import date, datetime, time
from importlib import resources
from pathlib import Path
from typing import Any

from xinfang_flow.casefile import words as said
from xinfang_flow.casefile.file import verify_file
from xinfang_flow.causes import file_cause
from xinfang_flow.cli import views
from xinfang_flow.cli.demo.drive import Attempt, Drive, Try, all_cases, attempts, plan
from xinfang_flow.cli.demo.story import ARCHIVIST, BEGIN, CLERK, END, ORG
from xinfang_flow.cli.face import Face
from xinfang_flow.cli.import_report import tell
from xinfang_flow.cli.progress import bar
from xinfang_flow.cli.views import holder
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import StoreError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flows import load_flow
from xinfang_flow.integrations.register import import_register, load_mapping
from xinfang_flow.kernel import SYSTEM, Actor, Case
from xinfang_flow.law import Calendar
from xinfang_flow.text import Text, titled

FLOW = "proxy_petition"
REFUSED = (
    Try("received", "screen", lambda _: ARCHIVIST),
    Try("fed_back", "archive", lambda _: ARCHIVIST),
    Try("fed_back", "call_back", lambda case: Actor(holder(case), {"caller"}, ORG), {"satisfaction": "satisfied"}),
    Try("called_back", "archive", lambda _: ARCHIVIST, fits=lambda case: bool(case.data.get("opinion_owed"))),
)
SHOWN = 12
MARCH = date(2026, 3, 16)


def show_demo(face: Face, out: Path) -> None:
    """Import the register, drive it, and show where it stands; a second run finds everything there."""
    register = _prepare(out)
    flow, zone = load_flow(FLOW), Calendar.china().zone
    clock = ManualClock(datetime.combine(BEGIN, time(8), zone))
    database = out / "county.db"
    face.say("demo.intro", register=register, database=database)
    with Engine(f"sqlite:///{database}", flows=[flow], clock=clock) as engine:
        with bar(face, face.words("import.progress"), None) as progress:
            rejects = out / "rejects.csv"
            report = import_register(
                engine, flow, register, actor=CLERK, mapping=load_mapping(FLOW), rejects=rejects, lang=face.lang,
                progress=progress,
            )  # fmt: skip
        tell(face, report, rejects)
        steps = plan(engine, zone)
        with bar(face, face.words("demo.progress"), len(steps)) as progress:
            driven = Drive(engine, clock, zone, progress).run(steps)
        key = "demo.driven" if driven.taken else "demo.there"
        face.say(key, taken=driven.taken, already=driven.already, ticked=driven.ticked, begin=BEGIN, end=END)
        summary = _show(face, engine, flow, clock.now())
        file = _file(face, engine, summary.pop("example"), out)
    face.show(views.heading(face.words("demo.next")))
    for line in face.words("demo.commands", database=database, file=file, now=clock.now().isoformat()).splitlines():
        face.show(f"  {line}")
    face.answer({
        "register": register, "database": database, "rejects_file": rejects, "case_file": file,
        "import": {key: getattr(report, key) for key in ("rows", "taken", "already", "rejected", "reasons")},
        "driven": driven._asdict(), **summary,
    })  # fmt: skip


def _prepare(out: Path) -> Path:
    register = out / "register.csv"
    packaged = resources.files("xinfang_flow.integrations.register") / "demo.csv"
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not register.exists():
            register.write_bytes(packaged.read_bytes())
    except OSError as error:
        raise StoreError(
            Text(f"{out} 无法写入：{file_cause(error).zh}", f"{out} cannot be written: {error.strerror}")
        ) from error
    return register


def _show(face: Face, engine: Engine, flow: Flow, now: datetime) -> dict[str, Any]:
    words, cases = face.words, all_cases(engine)
    face.show(views.heading(words("demo.board", at=said.local(now, said.HOME))), views.board(words, flow, cases, now))
    late = sorted((case for case in cases if said.overdue(case, now)), key=lambda case: said.overdue(case, now)[0].at)
    listed, count = views.overdue(words, [(case, flow) for case in late[:SHOWN]], now)
    face.show(views.heading(words("demo.overdue", count=len(late))), listed)
    if len(late) > count:
        face.say("demo.more", count=len(late) - count)
    refused = attempts(engine, REFUSED)
    face.show(views.heading(words("demo.refused")), _refusals(face, flow, refused))
    example = max(cases, key=lambda case: (_eventful(case), str(case.data["register_no"])))
    face.show(views.heading(words("demo.timeline", number=example.data["register_no"])))
    face.show(views.timeline(words, flow, engine.history(example.id, actor=SYSTEM), said.HOME, reveal=False))
    states = {state: sum(case.state == state for case in cases) for state in flow.states}
    return {
        "cases": len(cases),
        "states": {state: number for state, number in states.items() if number},
        "overdue": len(late),
        "example": example,
    }


def _eventful(case: Case) -> tuple[bool, bool, bool]:
    """Prefer a case of the last weeks that changed hands and was archived in the end."""
    slots = case.tasks["proxy"].slots if "proxy" in case.tasks else ()
    return case.outcome == "archived", case.opened_at.date() >= MARCH, len(slots) > 1


def _refusals(face: Face, flow: Flow, refused: list[Attempt]) -> Any:
    lang = face.lang
    rows = []
    for case, actor, trigger, reason in refused:
        arrow = next(arrow for arrow in flow.transitions if arrow.trigger == trigger)
        title = titled(arrow.title, trigger, lang)
        rows.append((said.name_of(case, flow), actor.id, title, views.breakable(reason.message.in_(lang))))
    return views.table([face.words(f"demo.{key}") for key in ("case", "actor", "step", "why")], rows)


def _file(face: Face, engine: Engine, case: Case, out: Path) -> Path:
    path = engine.case_file(case.id, out / f"{case.data['register_no']}.html", actor=SYSTEM, lang=face.lang)
    verdict = verify_file(path)
    face.show(views.heading(face.words("demo.file")))
    face.say("demo.file_ok" if verdict.ok else "demo.file_broken", path=path, events=case.version)
    if not verdict.ok:
        face.code = 1
    return path
