"""Commands about one case: `open fire show`."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from xinfang_flow.casefile import words as said
from xinfang_flow.casefile.tree import linked
from xinfang_flow.cli import views
from xinfang_flow.cli.documents import case_document, event_document, option_documents
from xinfang_flow.cli.face import Face
from xinfang_flow.cli.payload import payload_of
from xinfang_flow.cli.which_case import find_case
from xinfang_flow.text import titled

if TYPE_CHECKING:
    from xinfang_flow.flow.model.flow import Flow
    from xinfang_flow.kernel import Actor, Case, Option

CaseName = Annotated[str, typer.Argument(metavar="CASE", help="arg.case")]
Fields = Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE…", help="arg.fields")]
Data = Annotated[str, typer.Option("--data", metavar="JSON", help="opt.data")]
Key = Annotated[str, typer.Option("--key", metavar="KEY", help="opt.key")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="opt.note")]


def open_(
    face: Face,
    flow: Annotated[str, typer.Argument(metavar="FLOW", help="arg.flow")],
    fields: Fields = None,
    data: Data = "",
    key: Key = "",
    note: Note = "",
) -> None:
    """Open a case."""
    from xinfang_flow.flows import load_flow

    actor, loaded = face.actor(), load_flow(flow)
    payload = payload_of(face, loaded, fields or [], data)
    with face.engine(loaded, make=True) as engine:
        case = engine.open(loaded.id, payload, actor=actor, key=key or None, note=note or None)
        _tell(face, loaded, case, "open.done")


def fire(
    face: Face,
    case: CaseName,
    trigger: Annotated[str, typer.Argument(metavar="TRIGGER", help="arg.trigger")],
    fields: Fields = None,
    *,
    data: Data = "",
    key: Key = "",
    note: Note = "",
    expect: Annotated[int | None, typer.Option("--expect", metavar="N", help="opt.expect")] = None,
) -> None:
    """Fire a trigger."""
    actor = face.actor()
    with face.engine() as engine:
        found = find_case(face, engine, case, actor)
        flow = engine.flow_of(found)
        payload = payload_of(face, flow, fields or [], data)
        later = engine.fire(
            found.id, trigger, payload, actor=actor, key=key or None, expected_version=expect, note=note or None
        )
        _tell(face, flow, later, "fire.done")


def _tell(face: Face, flow: Flow, case: Case, key: str) -> None:
    now = face.now
    state = said.state_title(flow, case.state, face.lang)
    face.say(key, case=said.name_of(case, flow), id=case.id, state=state, version=case.version)
    running = [deadline for deadline in case.deadlines.values() if deadline.state == "armed"]
    for deadline in running:
        standing = said.standing(deadline, now, face.lang)
        title = said.deadline_title(flow, deadline.name, face.lang)
        face.show(Text(f"  {title}  {deadline.due.due}  ").append_text(views.lamp(standing, face.words)))
    if face.json:
        face.answer(case_document(case, now, face.lang))


def show(
    face: Face,
    case: CaseName,
    reveal: Annotated[bool, typer.Option("--reveal", help="opt.reveal")] = False,
) -> None:
    """Show a case."""
    actor = face.reader()
    with face.engine() as engine:
        found = find_case(face, engine, case, actor)
        flow, now = engine.flow_of(found), face.now
        options = engine.available(found.id, actor=_asker(face, flow))
        events = engine.history(found.id, actor=actor)
        tree = linked(found, lambda other: engine.get(other, actor=actor), engine.flow_of)
        hidden = said.masked_names(flow, events, reveal=reveal)
        if face.json:
            document = case_document(found, now, face.lang, reveal=reveal)
            document["linked"] = tree
            document["available"] = option_documents(options)
            document["history"] = [event_document(event, reveal=reveal) for event in events]
            face.answer(document)
            return
        _show_facts(face, flow, found, hidden)
        words = face.words
        if found.deadlines:
            face.show(views.heading(words("show.deadlines")), views.deadlines(words, flow, found, now))
        _show_tasks(face, flow, found)
        if tree:
            face.show(views.heading(words("show.links")), views.links(words, tree))
        _show_options(face, flow, options)
        face.show(
            views.heading(words("show.timeline")),
            views.timeline(words, flow, events, said.zone_of(found), reveal=reveal),
        )
        if not reveal:
            face.show(Text(words("show.masked"), style="dim"))


def _asker(face: Face, flow: Flow) -> Actor:
    """Return who would act: the person named, else one with every role of a person: only real reasons are shown."""
    from xinfang_flow.kernel import SYSTEM, Actor

    return face.actor() if face.options.get("as_") else Actor("—", flow.roles.keys() - SYSTEM.roles)


def _show_facts(face: Face, flow: Flow, case: Case, hidden: Container[str]) -> None:
    words, lang, zone = face.words, face.lang, said.zone_of(case)
    title = f"{flow.title.in_(lang)}  {said.name_of(case, flow)}"
    face.show(Text(title, style="bold"))
    state = Text(said.state_title(flow, case.state, lang), style="bold cyan")
    if case.held:
        state.append(f"  {words('show.held')}", style="yellow")
    rows = [
        (words("show.state"), state),
        (words("show.stage"), said.stage_title(flow, case.stage, lang)),
        (words("show.id"), case.id),
        (words("show.flow"), f"{case.flow}@{case.flow_version}"),
        (words("show.opened"), said.local(case.opened_at, zone)),
    ]
    rows += [
        (said.field_title(flow, name, lang), said.shown(flow, name, case.data[name], lang, zone, hidden=hidden))
        for name in said.fields_in_order(flow, case.data)
    ]
    face.show(views.facts(rows))


def _show_tasks(face: Face, flow: Flow, case: Case) -> None:
    rows = [row for task in case.tasks.values() for row in views.task_rows(face.words, flow, task)]
    if rows:
        heads = [face.words(f"show.{key}") for key in ("task", "owed_by", "light", "settled")]
        face.show(views.heading(face.words("show.tasks")), views.table(heads, rows))


def _show_options(face: Face, flow: Flow, options: Sequence[Option]) -> None:
    rows = []
    for option in options:
        title = titled(option.title, option.trigger, face.lang)
        sign = Text("✓", style="green") if option.allowed else Text("✗", style="red")
        reasons = face.words.pick("；", "; ").join(reason.message.in_(face.lang) for reason in option.reasons)
        roles = [role for arrow in flow.transitions if arrow.trigger == option.trigger for role in arrow.roles]
        if set(roles) == {"system"}:  # what the engine does by itself is nobody's next step
            continue
        who = face.words.pick("、", ", ").join(said.role_title(flow, role, face.lang) for role in dict.fromkeys(roles))
        rows.append((sign, option.trigger, title, views.breakable(reasons) or Text(who, style="dim")))
    if not rows:
        return
    heads = ["", *(face.words(f"show.{key}") for key in ("trigger", "step", "who_or_why"))]
    face.show(views.heading(face.words("show.available")), views.table(heads, rows))
