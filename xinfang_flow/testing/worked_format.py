"""The document of worked cases (`hearing.cases.toml`): its format, and reading it with every complaint placed.

Closed against unknown keys, like a flow.  `docs/reference/worked-cases.md` describes it for people.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError

from xinfang_flow.causes import syntax_cause
from xinfang_flow.errors import FlowError
from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Near, Problem, Table, placed, told, where
from xinfang_flow.flow.model.base import Frozen, Identifier
from xinfang_flow.flow.model.deadline_states import DeadlineState
from xinfang_flow.flow.reading.known_keys import keys_at
from xinfang_flow.flow.reading.lines import toml_lines
from xinfang_flow.flow.reading.model_errors import problems_of
from xinfang_flow.flow.reading.source import Source
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.text import Text

SUFFIX = ".cases.toml"
MAIN = "main"
NO_ZONE = "Input should have timezone info"
AT_LINE = re.compile(r"at line (\d+)")
SEVERAL = BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)
Names = Annotated[tuple[str, ...], SEVERAL]


class Person(Frozen):
    """Somebody who acts: the key in `[actors]` is the name in the file, `id` (the same when left out) in the case."""

    id: str | None = None
    roles: Names
    org: str | None = None
    name: str | None = None


class Expected(Frozen):
    """What must hold after a step; whatever is left out is not looked at."""

    state: str | None = None
    stage: str | None = None
    done: bool | None = None
    outcome: str | None = None
    due: dict[str, date] = Field(default_factory=dict)
    nominal: dict[str, date] = Field(default_factory=dict)
    target: dict[str, date] = Field(default_factory=dict)
    late_from: dict[str, AwareDatetime] = Field(default_factory=dict)
    provisional: dict[str, bool] = Field(default_factory=dict)
    deadlines: dict[str, DeadlineState] = Field(default_factory=dict)
    tasks: dict[str, Literal["open", "settled", "cancelled"]] = Field(default_factory=dict)
    holders: dict[str, Names] = Field(default_factory=dict)
    data: dict[str, Any] = Field(default_factory=dict)
    allowed: Names = ()
    not_allowed: Names = ()
    effects: Names | None = None
    owes: dict[str, Names] = Field(default_factory=dict)
    links: dict[str, str] = Field(default_factory=dict)
    signals: int | None = None


class Asked(Expected):
    """What opening and firing have in common."""

    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    key: str | None = None
    note: str | None = None
    happened: AwareDatetime | None = None
    refused: Names = ()


class Begun(Asked):
    """How a case is opened."""

    at: AwareDatetime
    by: str
    org: str | None = None


class Tie(Frozen):
    """Which case this one is to wait for."""

    to: str
    kind: Identifier


class Step(Asked):
    """One step: it fires, lets time pass, or links; without any of them it only looks."""

    case: str = MAIN
    at: AwareDatetime | None = None
    by: str | None = None
    fire: str | None = None
    tick: bool | Annotated[int, Field(ge=0)] | None = None
    link: Tie | None = None


class Other(Frozen):
    """A further case, for links."""

    flow: str | None = None
    overlays: Names = ()
    begun: Begun = Field(alias="open")


class Example(Frozen):
    """One worked case."""

    title: Text
    basis: Names = ()
    flow: str | None = None
    overlays: Names = ()
    calendar_as_of: date | None = None
    begun: Begun = Field(alias="open")
    also: dict[Identifier, Other] = Field(default_factory=dict)
    steps: tuple[Step, ...] = ()


class Document(Frozen):
    """A whole file."""

    flow: str | None = None
    actors: dict[Identifier, Person]
    given: dict[str, Any] = Field(default_factory=dict, description="what every opening is given, unless it says so")
    examples: tuple[Example, ...] = Field(alias="case")


def read_document(path: FilePath) -> tuple[Document, Table]:
    """Return the document, and its table with the place of every part.

    Raises:
        FlowError: with every finding and its place.
    """
    source = Source.from_path(path)
    try:
        given = tomllib.loads(source.text.removeprefix("\ufeff"))
        table: Table = placed(given, source.name, toml_lines(source.text))
    except (ValueError, RecursionError) as error:
        line = AT_LINE.search(str(error))
        place = f"{source.name}:{line[1]}" if line else source.name
        problem = Problem("XF005", (), f"不是有效的 TOML：{syntax_cause(error).zh}", f"not valid TOML: {error}")
        raise FlowError(findings=[problem.finding(place)]) from None
    try:
        document = Document.model_validate(table)
    except ValidationError as error:
        problems = [_mended(problem) for problem in problems_of(error, table)]
    else:
        problems = list(_unnamed(document))
        if not problems:
            return document, table
    raise FlowError(findings=told(problems, lambda problem: where(table, problem.path)))


def _mended(problem: Problem) -> Problem:
    if problem.en == NO_ZONE:
        zh, en = (
            "时刻没有时区，请写成 2026-03-02T09:00:00+08:00",
            "a moment needs its offset: 2026-03-02T09:00:00+08:00",
        )
        return replace(problem, zh=zh, en=en)
    if problem.code != "XF010":
        return problem
    key, known = str(problem.path[-1]), keys_at(problem.path[:-1], Document)
    return replace(problem, near=Near(key, known, listed=True))


def _unnamed(document: Document) -> Iterator[Problem]:
    """Yield names that stand for nobody, and steps that want two things or lack somebody who asks."""
    if not document.examples:
        yield Problem("XF013", ("case",), "至少要有一个 [[case]]", "there must be at least one [[case]]")
    people = (*document.actors, "system")
    for number, example in enumerate(document.examples):
        here = ("case", number)
        yield from _known((*here, "open", "by"), example.begun.by, people)
        for name, other in example.also.items():
            yield from _known((*here, "also", name, "open", "by"), other.begun.by, people)
        for index, step in enumerate(example.steps):
            yield from _of_step((*here, "steps", index), step, people, (MAIN, *example.also))


def _of_step(path: Path, step: Step, people: tuple[str, ...], cases: tuple[str, ...]) -> Iterator[Problem]:
    does = [name for name in ("fire", "tick", "link") if getattr(step, name) is not None]
    if len(does) > 1:
        zh, en = "、".join(does), " and ".join(does)
        yield Problem("XF014", path, f"一步只做一件事，不能同时有 {zh}", f"a step does one thing, not {en}")
    if step.by is None and (step.fire or step.link or step.allowed or step.not_allowed):
        yield Problem("XF011", (*path, "by"), "缺少 'by'：由谁办理？", "'by' is missing: who asks?")
    if step.tick is False:
        yield Problem("XF013", (*path, "tick"), "`tick` 写 true 或留痕条数", "`tick` is true, or a number of events")
    if step.refused and not (step.fire or step.link):
        zh, en = "`refused` 须与 `fire` 或 `link` 同用", "`refused` goes with `fire` or `link`"
        yield Problem("XF014", (*path, "refused"), zh, en)
    yield from _known((*path, "by"), step.by, people)
    yield from _known((*path, "case"), step.case, cases)
    yield from _known((*path, "link", "to"), step.link.to if step.link else None, cases)
    for key, names, known in (("owes", step.owes, people), ("links", step.links, cases)):
        for name in names:
            yield from _known((*path, key, name), name, known)


def _known(path: Path, name: str | None, known: Iterable[str]) -> Iterator[Problem]:
    if name is not None and name not in known:
        zh, en = did_you_mean(name, known)
        shown = ", ".join(known)
        yield Problem("XF015", path, f"没有 {name!r}{zh}（有：{shown}）", f"there is no {name!r}{en} (known: {shown})")
