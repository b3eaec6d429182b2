"""Tables and timelines: how cases, deadlines and histories look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from xinfang_flow.casefile import tree as linked, words as said
from xinfang_flow.cli.labels import Words
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Case, Event, Task
from xinfang_flow.kernel.records import task as task_record
from xinfang_flow.kernel.records.slot import last_act, owed_by as owed_by_slot
from xinfang_flow.kernel.work import Work
from xinfang_flow.kernel.worklist import work_of
from xinfang_flow.text import Language, bracketed, joined, titled

STYLES = {"red": "bold red", "yellow": "yellow", "green": "green", "grey": "dim"}
UNBROKEN = 32
NOBODY = "—"
LAMPS = {"red": "●", "yellow": "●", "green": "●", "grey": "○"}


def heading(text: str) -> RenderableType:
    """Return a section's title with a blank line above it."""
    return Group(Text(), Text(text, style="bold"))


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[int] = ()) -> Table:
    """Return a plain table: columns fold rather than cut, those in `right` hold numbers."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for place, head in enumerate(heads):
        made.add_column(head, justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return made


def breakable(text: str) -> str:
    """Return a text with long lists in it that may be broken after every name."""
    return text.replace("、", "、 ")


def facts(rows: Iterable[tuple[str, Any]]) -> Table:
    """Return labels with their texts, two columns without a frame."""
    made = Table.grid(padding=(0, 2), pad_edge=False)
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for label, value in rows:
        made.add_row(label, value if isinstance(value, Text) else Text(str(value)))
    return made


def lamp(standing: said.Standing, words: Words) -> Text:
    """Return a deadline's light: its colour, its name for those who see no colours, and the words."""
    colour = words(f"light.{standing.light}")
    shown = " ".join(part for part in (LAMPS[standing.light], colour, standing.text) if part)
    return Text(shown, style=STYLES[standing.light])


def board(words: Words, flow: Flow, cases: Sequence[Case], now: datetime) -> RenderableType:
    """Return where the cases of a flow stand: stage, state, how many, how many late, since when the oldest."""
    rows: list[tuple[Any, ...]] = []
    stage_before: str | None = ""
    total_late = 0
    stages = said.stages_in_order(flow)
    walked = flow.walk
    for state in sorted(walked, key=lambda state: (stages.index(flow.states[state].stage), flow.states[state].final)):
        spec = flow.states[state]
        here = [case for case in cases if case.state == state]
        if not here:
            continue
        late = sum(bool(said.overdue(case, now)) for case in here)
        total_late += late
        stage = said.stage_title(flow, spec.stage, words.lang) if spec.stage != stage_before else ""
        stage_before = spec.stage
        oldest = "" if spec.final else _day(min(here, key=lambda case: case.opened_at))
        shown = Text(str(late), style=STYLES["red"]) if late else Text("")
        rows.append((stage, said.state_title(flow, state, words.lang), len(here), shown, oldest))
    rows.append(
        (
            Text(words("board.total"), style="bold"),
            "",
            Text(str(len(cases)), style="bold"),
            Text(str(total_late or ""), style="bold"),
            "",
        )
    )
    heads = [words(f"board.{key}") for key in ("stage", "state", "count", "overdue", "oldest")]
    return table(heads, rows, right=(2, 3))


def _day(case: Case) -> str:
    """The local day on which a case was opened."""
    return said.local(case.opened_at, said.zone_of(case))[:10]


def overdue(words: Words, pairs: Iterable[tuple[Case, Flow]], now: datetime) -> tuple[RenderableType, int]:
    """Return what is late, the longest first, and how many there are."""
    lines = []
    for case, flow in pairs:
        for deadline in said.overdue(case, now):
            standing = said.standing(deadline, now, words.lang)
            lines.append((
                deadline.at, said.name_of(case, flow), said.state_title(flow, case.state, words.lang),
                said.deadline_title(flow, deadline.name, words.lang), str(deadline.due.due),
                Text(standing.text, style=STYLES["red"]), owed_by(flow, case, words.lang),
            ))  # fmt: skip
    lines.sort(key=lambda line: (line[0], line[1]))
    heads = [words(f"overdue.{key}") for key in ("case", "state", "deadline", "due", "late", "holder")]
    return table(heads, [line[1:] for line in lines]), len(lines)


def holder(case: Case) -> str:
    """Return who by name owes the open shares of the case's tasks."""
    names = [owed_by_slot(slot).actor for task in case.tasks.values() for slot in task_record.owed(task.record)]
    return ", ".join(dict.fromkeys(name for name in names if name is not None)) or NOBODY


def owed_by(flow: Flow, case: Case, lang: Language) -> str:
    """Return for whom a case waits: the roles on the worklist, then who holds an open share of a task."""
    roles = [_waiter(flow, work, lang) for work in work_of(flow, case)]
    held = holder(case)
    return breakable(joined([*dict.fromkeys(roles), *([held] if held != NOBODY else [])], lang)) or NOBODY


def work_row(words: Words, flow: Flow, case: Case, work: Work, now: datetime) -> tuple[Any, ...]:
    """Return a row of the worklist: case, state, the steps that are waited for, by whom, since when, and the light."""
    lang = words.lang
    standings = (said.standing(one, now, lang) for one in case.deadlines.values() if one.at == work.due)
    due = next((standing for standing in standings if standing.light != "grey"), None)
    steps = [_step(flow, work, trigger, lang) for trigger in work.triggers]
    return (
        said.name_of(case, flow), said.state_title(flow, work.state, lang), breakable(joined(steps, lang)),
        _waiter(flow, work, lang), said.local(work.since, said.zone_of(case))[:10],
        lamp(due, words) if due else "",
    )  # fmt: skip


def _step(flow: Flow, work: Work, trigger: str, lang: Language) -> str:
    """A trigger in words: what its transitions from there, open to the role, are called."""
    titles = [
        titled(arrow.title, trigger, lang)
        for arrow in flow.transitions
        if arrow.trigger == trigger and arrow.work is not False and work.role in arrow.roles
        and work.state in flow.sources_of(arrow)
    ]  # fmt: skip
    return ("／" if lang == "zh" else " / ").join(dict.fromkeys(titles))


def _waiter(flow: Flow, work: Work, lang: Language) -> str:
    title = said.role_title(flow, work.role, lang)
    return title + bracketed(str(work.org), lang) if work.bound else title


def deadlines(words: Words, flow: Flow, case: Case, now: datetime) -> RenderableType:
    """Return the case's deadlines with their lights."""
    rows = []
    for name, deadline in case.deadlines.items():
        due = deadline.due
        date = f"{due.due}" + (words("show.provisional") if due.provisional else "")
        period = due.period.zh if words.lang == "zh" else due.period.en
        title = said.deadline_title(flow, name, words.lang)
        rows.append(
            (title, period, f"{due.start:%Y-%m-%d}", date, lamp(said.standing(deadline, now, words.lang), words))
        )
    return table([words(f"show.{key}") for key in ("deadline", "period", "start", "due", "light")], rows)


def task_rows(words: Words, flow: Flow, task: Task) -> Iterable[tuple[str, str, str, str]]:
    """Yield a task's shares: its name, who or what, how it stands, and who settled it."""
    for place, slot in enumerate(task_record.slots(task.record)):
        title = said.task_title(flow, task.name, words.lang) if place == 0 else ""
        act = last_act(slot)
        state = said.slot_state(slot, words.lang, ended=task.state == "cancelled")
        yield title, said.slot_name(flow, slot, words.lang), state, act[0] if act else ""


def links(words: Words, nodes: Iterable[Mapping[str, Any]]) -> Tree:
    """Return the linked cases as a tree: what each is to the case above it, which it is, and how it stands."""
    tree = Tree("", hide_root=True)
    _grow(words, tree, nodes)
    return tree


def _grow(words: Words, tree: Tree, nodes: Iterable[Mapping[str, Any]]) -> None:
    for node in nodes:
        tie, name, standing = linked.lines(node, words.lang)
        text = Text().append(f"{tie}  ", style="dim").append(name).append(f"  {standing}", style="cyan")
        _grow(words, tree.add(text), node["linked"])


def timeline(words: Words, flow: Flow, events: Sequence[Event], zone: ZoneInfo, *, reveal: bool) -> RenderableType:
    """Return the history: moment, what happened, by whom, and what it said and changed."""
    made = Table.grid(padding=(0, 2), pad_edge=False)
    for options in ({"justify": "right", "style": "dim"}, {"no_wrap": True}, {"overflow": "fold"}):
        made.add_column(**options)
    for event in events:
        made.add_row(str(event.seq), said.local(event.at, zone), _event(words, flow, event, zone, reveal=reveal))
    return made


def _event(words: Words, flow: Flow, event: Event, zone: ZoneInfo, *, reveal: bool) -> Text:
    lang = words.lang
    style = {"breached": "bold red", "warned": "yellow"}.get(event.kind, "bold")
    text = Text().append(said.event_title(flow, event, lang), style=style)
    text.append(f"  {said.doer(flow, event, lang)}", style="dim")
    if event.source is not None and event.source != event.dest:
        text.append(f"  → {said.state_title(flow, event.dest, lang)}", style="cyan")
    if event.recorded_at != event.at:
        text.append(f"  {words('show.recorded', at=said.local(event.recorded_at, zone))}", style="dim")
    colon = words.pick("：", ": ")
    lines = said.event_lines(flow, event, lang, zone, reveal=reveal)
    said_all = " · ".join(_whole(f"{label}{colon}{' '.join(value.split())}") for label, value in lines)
    return text.append(f"\n{said_all}", style="dim") if said_all else text


def _whole(text: str) -> str:
    """Return a short text that is not broken at its spaces."""
    return text.replace(" ", "\u00a0") if len(text) <= UNBROKEN else text
