"""Worked cases: what a lawyer can read, and a machine runs, beside a flow (`hearing.cases.toml`).

Each is run through the real Engine over a memory store, under a clock that is told the time; after a refusal nothing
may have changed, and at the end every history must verify.  `document` has the format.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

from xinfang_flow.casefile.verdict import said_in
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import InputError, NotFoundError, RefusedError, XinfangError
from xinfang_flow.flow.findings.places import where
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flows import load_flow
from xinfang_flow.kernel import SYSTEM, Actor, Case
from xinfang_flow.kernel.interpreter.guards import NamedGuard
from xinfang_flow.law import Calendar
from xinfang_flow.store import MemoryStore
from xinfang_flow.testing.worked_format import MAIN, SUFFIX, Begun, Example, Expected, Step, read_document
from xinfang_flow.text import Text

DATES: dict[str, Callable[[Any], Any]] = {
    "due": lambda deadline: deadline.due.due,
    "nominal": lambda deadline: deadline.due.nominal,
    "target": lambda deadline: deadline.due.target,
    "late_from": lambda deadline: deadline.due.at,
    "provisional": lambda deadline: deadline.due.provisional,
    "deadlines": lambda deadline: deadline.state,
}


class WorkedProblem(NamedTuple):
    """What is not as the file says: after which step (0 is the opening), with what was expected and what was found."""

    step: int
    message: Text

    def __str__(self) -> str:
        """Return both languages."""
        return f"{self.message.zh} / {self.message.en}"


class WorkedResult(NamedTuple):
    """What became of one worked case; `name` is its title in Chinese."""

    name: str
    ok: bool
    problems: tuple[WorkedProblem, ...]
    title: Text

    def __str__(self) -> str:
        """Return the title and every problem, a line each."""
        return "\n  ".join([f"{self.title.zh} / {self.title.en}", *map(str, self.problems)])


class WorkedCase(NamedTuple):
    """One worked case, read and ready to run."""

    example: Example
    where: str
    begin: Callable[[Example], Run]

    @property
    def name(self) -> str:
        """Its title in Chinese."""
        return self.example.title.zh

    @property
    def label(self) -> str:
        """Its title in English, for test ids, which escape Chinese."""
        return self.example.title.en

    def run(self) -> WorkedResult:
        """Run it in a world of its own."""
        try:
            problems = tuple(self.begin(self.example).problems())
        except XinfangError as error:
            problems = (_problem(0, "无法运行", error.text.zh, "cannot be run", error.text.en),)
        return WorkedResult(self.name, not problems, problems, self.example.title)


def run_worked_cases(
    path: str | Path, flow: Flow | None = None, *, guards: Mapping[str, NamedGuard] | None = None,
    calendars: Mapping[str, Calendar] | None = None,
) -> list[WorkedResult]:  # fmt: skip
    """Run every worked case of a file and say what became of each.

    The file names its flow, or carries its name (`hearing.cases.toml` lies beside `hearing.toml`, or is about the
    standard flow); `flow` stands in for that one.  `guards` and `calendars` are what the flows need of an Engine.

    Raises:
        FlowError: the file cannot be read, with every finding and its place.
    """
    return [case.run() for case in read_worked_cases(path, flow, guards=guards, calendars=calendars)]


def read_worked_cases(
    path: str | Path, flow: Flow | None = None, *, guards: Mapping[str, NamedGuard] | None = None,
    calendars: Mapping[str, Calendar] | None = None,
) -> list[WorkedCase]:  # fmt: skip
    """Read a file of worked cases without running them; the arguments are those of `run_worked_cases`.

    Raises:
        FlowError: the file cannot be read, with every finding and its place.
    """
    path = Path(path)
    document, table = read_document(path)
    library = Library(path, document.flow, flow)
    actors = {name: Actor(who.id or name, who.roles, who.org, who.name) for name, who in document.actors.items()}

    def begin(example: Example) -> Run:
        return Run(example, actors, library, dict(guards or {}), dict(calendars or {}))

    return [
        WorkedCase(_with_given(example, document.given), where(table, ("case", index)), begin)
        for index, example in enumerate(document.examples)
    ]


def _with_given(example: Example, given: Mapping[str, Any]) -> Example:
    begun = example.begun.model_copy(update={"with_": {**given, **example.begun.with_}})
    return example.model_copy(update={"begun": begun})


class Library:
    """Where a file's flows come from: a standard name, or a path beside the file."""

    def __init__(self, path: Path, named: str | None, given: Flow | None) -> None:
        self._folder, self._given = path.parent, given
        stem = path.name.removesuffix(SUFFIX).removesuffix(".toml")
        beside = path.parent / f"{stem}.toml"
        self._default = named or (str(beside.resolve()) if beside.is_file() and beside != path else stem)
        self._loaded: dict[tuple[str, ...], Flow] = {}

    def flow(self, name: str | None, overlays: tuple[str, ...]) -> Flow:
        """Return a flow by its name, the file's own when left out."""
        if name is None and self._given is not None and not overlays:
            return self._given
        key = (self._place(name or self._default), *map(self._place, overlays))
        if key not in self._loaded:
            self._loaded[key] = load_flow(key[0], key[1:])
        return self._loaded[key]

    def _place(self, name: str) -> str:
        is_path = name.endswith((".toml", ".json")) or "/" in name
        return str(self._folder / name) if is_path else name


class Run:
    """One worked case being run: an engine of its own, a clock, and what was found to be wrong."""

    def __init__(
        self, example: Example, actors: Mapping[str, Actor], library: Library, guards: dict[str, NamedGuard],
        calendars: dict[str, Calendar],
    ) -> None:  # fmt: skip
        self._example, self._actors = example, {**actors, "system": SYSTEM}
        self._begun = {MAIN: example.begun, **{name: other.begun for name, other in example.also.items()}}
        self._flows = {
            MAIN: library.flow(example.flow, example.overlays),
            **{name: library.flow(other.flow, other.overlays) for name, other in example.also.items()},
        }
        china = Calendar.china(as_of=example.calendar_as_of)
        self._clock = ManualClock(min(begun.at for begun in self._begun.values()), china)
        self._store, self._ids = MemoryStore(), dict[str, str]()
        self._versions: dict[str, int] = {}
        drawn = count()
        self._engine = Engine(
            self._store, flows={flow.name: flow for flow in self._flows.values()}.values(), guards=guards,
            clock=self._clock, calendars={"china": china, **calendars},
            entropy=lambda size: hashlib.sha256(f"worked:{next(drawn)}".encode()).digest()[:size],
        )  # fmt: skip

    def problems(self) -> list[WorkedProblem]:
        """Run, and return what is not as the file says."""
        problems: list[WorkedProblem] = []
        for number, text, step, act in self._acts():
            wrong = [_problem(number, text, zh, text, en) for zh, en in self._taken(step, act)]
            if wrong:
                return problems + wrong  # what comes after a wrong turn says nothing
            for label, expected, actual in self._unlike(step):
                zh, en = f"{label} 应为 {expected}，实为 {actual}", f"{label} should be {expected}, is {actual}"
                problems.append(_problem(number, text, zh, text, en))
        return problems + list(self._unsound())

    def _acts(self) -> Iterator[tuple[int, str, Begun | Step, Callable[[], object]]]:
        """Yield every opening and step in its time: number, words, expectations, and what is to be done."""
        waiting = sorted(self._begun, key=lambda name: (self._begun[name].at, name != MAIN))
        while waiting and MAIN in waiting:
            yield self._opening(waiting.pop(0))
        for number, step in enumerate(self._example.steps, start=1):
            at = step.at or self._clock.now()
            wanted = {step.case, step.link.to if step.link else MAIN}
            while waiting and (self._begun[waiting[0]].at <= at or wanted & set(waiting)):
                yield self._opening(waiting.pop(0))
            yield number, self._words(step), step, self._act(step, at)

    def _opening(self, name: str) -> tuple[int, str, Begun, Callable[[], object]]:
        begun = self._begun[name]

        def act() -> None:
            self._clock.set(begun.at)
            case = self._engine.open(
                self._flows[name].id, _plain(begun.with_), actor=self._actors[begun.by], key=begun.key, org=begun.org,
                at=begun.happened, note=begun.note,
            )  # fmt: skip
            self._ids[name] = case.id

        return 0, "open" if name == MAIN else f"open {name}", begun, act

    def _act(self, step: Step, at: datetime) -> Callable[[], object]:
        def act() -> int | None:
            self._clock.set(at)
            actor = self._actors[step.by or "system"]
            if step.fire:
                self._engine.fire(
                    self._id(step.case), step.fire, _plain(step.with_) or None, actor=actor, key=step.key,
                    at=step.happened, note=step.note,
                )  # fmt: skip
            elif step.link:
                self._engine.link(
                    self._id(step.case), self._id(step.link.to), step.link.kind, actor=actor, key=step.key
                )  # fmt: skip
            return self._engine.tick() if step.tick is not None else None

        return act

    def _id(self, name: str) -> str:
        if name not in self._ids:
            raise NotFoundError(Text(f"事项“{name}”没有登记过", f"case {name!r} was not opened"), name=name)
        return self._ids[name]

    def _taken(self, step: Begun | Step, act: Callable[[], object]) -> Iterator[tuple[str, str]]:
        """Do it; yield where it was taken although it should be refused, or the other way round."""
        before = self._world()
        self._versions = {name: case.version for name, case in before[0].items()}
        try:
            answer = act()
        except XinfangError as error:
            yield from _about_refusal(step, error)
            if step.refused and self._world() != before:
                yield "被拒绝后事项有变化", "the refusal changed something"
            return
        if step.refused:
            wanted = ", ".join(step.refused)
            yield f"应被拒绝（{wanted}），却办理了", f"should be refused ({wanted}), was taken"
        events = step.tick if isinstance(step, Step) else None
        if events is not None and events is not True and answer != events:
            yield f"应有 {events} 条留痕，实有 {answer}", f"should write {events} event(s), wrote {answer}"

    def _world(self) -> tuple[dict[str, Case], list[Any]]:
        """Return everything that a refusal must leave alone."""
        cases = {name: self._engine.get(case_id, actor=SYSTEM) for name, case_id in self._ids.items()}
        store = self._store.read
        told = [(store.history(case.id), store.signals(case.id)) for case in cases.values()]
        return cases, [*told, store.effects(), store.counts()]

    def _unlike(self, step: Begun | Step) -> Iterator[tuple[str, str, str]]:
        """Yield what is not as expected: label, expected, actual."""
        name = step.case if isinstance(step, Step) else next(key for key, begun in self._begun.items() if begun is step)
        if name not in self._ids:
            return  # its opening was to be refused
        case = self._engine.get(self._ids[name], actor=SYSTEM)
        look = (_standing(step, case), _owed(step, case), self._around(step, name, case), self._options(step, case))
        for label, expected, actual in chain(*look):
            if _plain(expected) != _plain(actual):
                yield label, _shown(expected), _shown(actual)

    def _around(self, step: Begun | Step, name: str, case: Case) -> Iterator[tuple[str, Any, Any]]:
        if step.effects is not None:
            since = self._versions.get(name, 0)
            requests = [effect.request for effect in self._store.read.effects(case.id)]
            yield "effects", step.effects, tuple(request.name for request in requests if request.seq > since)
        for who, names in step.owes.items():
            tasks = self._engine.tasks(actor=self._actors[who], limit=500).items
            yield f"owes {who}", sorted(names), sorted(task.name for task in tasks if task.case_id == case.id)
        for other, wanted in step.links.items():
            tie = next((link for link in case.links if link.case_id == self._ids.get(other)), None)
            yield f"links {other}", wanted, tie and (tie.outcome if wanted == tie.outcome else tie.state)
        if step.signals is not None:
            yield "signals", step.signals, len(self._store.read.signals(case.id))

    def _options(self, step: Begun | Step, case: Case) -> Iterator[tuple[str, Any, Any]]:
        if not (step.allowed or step.not_allowed):
            return
        try:
            options = self._engine.available(case.id, actor=self._actors[step.by or "system"])
        except NotFoundError:
            options = []
        may = {option.trigger for option in options if option.allowed}
        for trigger in (*step.allowed, *step.not_allowed):
            yield f"allowed {trigger}", trigger in step.allowed, trigger in may

    def _unsound(self) -> Iterator[WorkedProblem]:
        for name, case_id in self._ids.items():
            verdict = self._engine.verify(case_id, actor=SYSTEM)
            if not verdict.ok:
                zh, en = f"{name}：{said_in(verdict.reason or '', 'zh')}", f"{name}: {verdict.reason}"
                yield _problem(len(self._example.steps), "核验", zh, "verify", en)

    def _words(self, step: Step) -> str:
        link = f"link {step.link.to}" if step.link else None
        does = f"fire {step.fire}" if step.fire else link or ("look" if step.tick is None else "tick")
        return does if step.case == MAIN else f"{does} ({step.case})"


def _standing(step: Expected, case: Case) -> Iterator[tuple[str, Any, Any]]:
    for name in ("state", "stage", "done", "outcome"):
        if getattr(step, name) is not None:
            yield name, getattr(step, name), getattr(case, name)
    for name, read in DATES.items():
        for deadline, expected in getattr(step, name).items():
            actual = read(case.deadlines[deadline]) if deadline in case.deadlines else None
            if isinstance(expected, datetime) and isinstance(actual, datetime):
                yield f"{name} {deadline}", expected.astimezone(actual.tzinfo), actual
            else:
                yield f"{name} {deadline}", expected, actual
    for field, expected in step.data.items():
        yield f"data {field}", expected, case.data.get(field)


def _owed(step: Expected, case: Case) -> Iterator[tuple[str, Any, Any]]:
    for name, expected in step.tasks.items():
        yield f"tasks {name}", expected, case.tasks[name].state if name in case.tasks else None
    for name, holders in step.holders.items():
        slots = case.tasks[name].slots if name in case.tasks else ()
        yield f"holders {name}", sorted(holders), sorted(slot.id for slot in slots if slot.state == "open")


def _about_refusal(step: Begun | Step, error: XinfangError) -> Iterator[tuple[str, str]]:
    if isinstance(error, RefusedError):
        reasons = error.reasons
        given = {reason.code for reason in reasons} | {reason.where for reason in reasons if reason.where}
        zh, en = "；".join(reason.message.zh for reason in reasons), "; ".join(reason.message.en for reason in reasons)
    else:
        given = {_code(error)} | ({error.where} if isinstance(error, InputError) and error.where else set())
        zh, en = error.text
    codes = ", ".join(sorted(given))
    if not step.refused:
        yield f"被拒绝（{codes}）：{zh}", f"was refused ({codes}): {en}"
    elif not given.issuperset(step.refused):
        wanted = ", ".join(step.refused)
        yield f"拒绝理由应为 {wanted}，实为 {codes}：{zh}", f"should be refused for {wanted}, was for {codes}: {en}"


def _code(error: XinfangError) -> str:
    """Return `not_found` for NotFoundError, and so on."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("_")


def _plain(value: Any) -> Any:
    """Return JSON's own types: dates and moments as ISO 8601 text, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _shown(value: Any) -> str:
    plain = _plain(value)
    return "—" if plain is None else str(plain)


def _problem(number: int, what_zh: str, zh: str, what_en: str, en: str) -> WorkedProblem:
    at = ("开始", "the opening") if number == 0 else (f"第 {number} 步", f"step {number}")
    return WorkedProblem(number, Text(zh=f"{at[0]}（{what_zh}）：{zh}"[:400], en=f"{at[1]} ({what_en}): {en}"[:400]))
