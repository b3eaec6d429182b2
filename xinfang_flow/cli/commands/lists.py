"""Lists: `tasks work board`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xinfang_flow.casefile import words as said
from xinfang_flow.cli import views
from xinfang_flow.cli.documents import work_document
from xinfang_flow.cli.face import Face
from xinfang_flow.errors import NotFoundError
from xinfang_flow.kernel.case import overdue_from

if TYPE_CHECKING:
    from xinfang_flow.engine.answers import Page
    from xinfang_flow.engine.engine import Engine
    from xinfang_flow.flow.model.flow import Flow
    from xinfang_flow.kernel import Actor, Case, Task
    from xinfang_flow.kernel.work import Work

PAGE = 500
LATE_SHOWN = 10


def _every(fetch: Callable[[str | None], Page[Any]]) -> list[Any]:
    items: list[Any] = []
    after = None
    while True:
        page = fetch(after)
        items += page.items
        if page.next is None:
            return items
        after = page.next


def tasks(
    face: Face,
    done: Annotated[bool, typer.Option("--done", help="opt.done")] = False,
) -> None:
    """List what the actor owes, or has settled."""
    actor = face.actor()
    with face.engine() as engine:
        found: list[Task] = _every(lambda after: engine.tasks(actor=actor, done=done, limit=PAGE, after=after))
        rows = []
        for task in found:
            case = engine.get(task.case_id, actor=actor)
            flow = engine.flow_of(case)
            rows.append((overdue_from(case) or "9", _task_row(face, flow, case, task)))
        rows.sort(key=lambda row: row[0])
        waiting: list[Work] = [] if done else _every(
            lambda after: engine.worklist(actor=actor, limit=PAGE, after=after)
        )  # fmt: skip
        table = _work_table(face, engine, waiting, actor)
    if rows:
        heads = [face.words(f"tasks.{key}") for key in ("case", "task", "state", "since", "deadline")]
        face.show(views.table(heads, [row for _, row in rows]))
    face.say("tasks.done" if done else "tasks.count", count=len(found), actor=actor.id)
    if table is not None:
        face.show(views.heading(face.words("work.of_role", count=len(waiting))), table)
    face.answer({"tasks": [task.as_dict() for task in found], "work": [work_document(work) for work in waiting]})


def work(
    face: Face,
    flow: Annotated[str, typer.Option("--flow", metavar="FLOW", help="opt.flow_only")] = "",
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="opt.limit")] = 50,
    after: Annotated[str, typer.Option("--after", metavar="CURSOR", help="opt.after")] = "",
) -> None:
    """List what waits for the actor's roles; without an actor, what waits for anybody, or with an organ."""
    actor = face.reader()
    org = None if face.options.get("as_") else face.options.get("org")
    with face.engine() as engine:
        page = engine.worklist(actor=actor, flow=flow or None, org=org, limit=limit, after=after or None)
        table = _work_table(face, engine, page.items, actor)
    if table is None:
        face.say("work.none")
    else:
        face.show(table)
        face.say("work.count" if page.next is None else "work.more", count=len(page.items), after=page.next or "")
    face.answer({"work": [work_document(one) for one in page.items], "next": page.next})


def _work_table(face: Face, engine: Engine, waiting: Sequence[Work], actor: Actor) -> Any:
    """Return what waits as a table, or None where nothing does."""
    rows = []
    for one in waiting:
        case = engine.get(one.case_id, actor=actor)
        rows.append(views.work_row(face.words, engine.flow_of(case), case, one, face.now))
    heads = [face.words(f"work.{key}") for key in ("case", "state", "step", "owed_by", "since", "deadline")]
    return views.table(heads, rows) if rows else None


def _task_row(face: Face, flow: Flow, case: Case, task: Task) -> tuple[Any, ...]:
    shining = [
        said.standing(deadline, face.now, face.lang)
        for deadline in sorted(case.deadlines.values(), key=lambda deadline: deadline.at)
    ]
    first = next((standing for standing in shining if standing.light != "grey"), None)
    return (
        said.name_of(case, flow),
        said.task_title(flow, task.name, face.lang),
        said.state_title(flow, case.state, face.lang),
        said.local(task.since, said.zone_of(case))[:10],
        views.lamp(first, face.words) if first else "",
    )


def board(
    face: Face,
    flow: Annotated[str, typer.Option("--flow", metavar="FLOW", help="opt.flow_only")] = "",
) -> None:
    """Show where the cases stand."""
    actor = face.reader()
    with face.engine() as engine:
        cases: list[Case] = _every(
            lambda after: engine.find(actor=actor, flow=flow or None, limit=PAGE, after=after)
        )  # fmt: skip
        by_flow: dict[str, list[Case]] = {}
        for case in cases:
            by_flow.setdefault(case.flow, []).append(case)
        if flow and not by_flow:
            raise NotFoundError(face.words("board.none_of", flow=flow))
        answer = [_board(face, engine, found) for _, found in sorted(by_flow.items())]
    if not cases:
        face.say("board.empty")
    face.answer({"at": face.now.isoformat(), "flows": answer})


def _board(face: Face, engine: Engine, cases: list[Case]) -> dict[str, Any]:
    words, now = face.words, face.now
    flow = engine.flow_of(max(cases, key=lambda case: case.flow_version))
    late = sorted((case for case in cases if said.overdue(case, now)), key=lambda case: said.overdue(case, now)[0].at)
    title = f"{flow.title.in_(face.lang)} {flow.name}  {said.local(now, said.HOME)}"
    face.show(views.heading(title), views.board(words, flow, cases, now))
    if late:
        face.show(views.heading(words("demo.overdue", count=len(late))))
        face.show(views.overdue(words, [(case, engine.flow_of(case)) for case in late[:LATE_SHOWN]], now)[0])
    if len(late) > LATE_SHOWN:
        face.say("demo.more", count=len(late) - LATE_SHOWN)
    states = [
        {
            "stage": spec.stage,
            "state": state,
            "cases": sum(case.state == state for case in cases),
            "overdue": sum(case.state == state for case in late),
            "oldest": min((case.opened_at for case in cases if case.state == state), default=None),
        }
        for state, spec in ((state, flow.states[state]) for state in flow.walk)
    ]
    return {
        "flow": flow.id,
        "cases": len(cases),
        "overdue": len(late),
        "states": [each for each in states if each["cases"]],
    }
