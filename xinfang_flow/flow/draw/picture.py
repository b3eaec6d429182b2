"""The picture before it is written down: boxes, arrows and bands with their words, the same for every format.

The rule of this file: it decides what is shown, the writers decide how.  All words are in one language and `plain`
already; identifiers are our own (s0, s1 …), so no author's word ever becomes part of a notation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, Literal

from xinfang_flow.flow.draw import labels as words
from xinfang_flow.flow.draw.text import plain
from xinfang_flow.flow.model.amounts import amount
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import ANYWHERE, BACKWARD, Moment, Opening, State, Transition
from xinfang_flow.text import Language, titled

OPEN, ANY = "open", "any"
SHARED: Final = 3  # an end to which so many states lead is a tag at each of them

Kind = Literal["open", "state", "final", "any"]
Mark = Literal["", "visited", "current"]


@dataclass(frozen=True, slots=True)
class Line:
    """A small line inside a box: a deadline that starts here, a task that is owed, an action that stays here."""

    kind: Literal["deadline", "task", "action"]
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """What an arrow is called, and in small: who may, and under which guards."""

    title: str
    note: str


@dataclass(frozen=True, slots=True)
class Back:
    """A small tag beside a box with the one dashed arrow that leads to it, instead of an arrow across the picture.

    It stands for wherever the case came from, or (`dest` is its box) for an end that many states have in common.
    """

    id: str
    title: str
    labels: tuple[Label, ...]
    dest: str = ""

    @property
    def sign(self) -> str:
        """What stands before the title."""
        return "→" if self.dest else "↩"


@dataclass(frozen=True, slots=True)
class Box:
    """A state, or one of two markers: where a case is opened, and "any open state"."""

    id: str
    kind: Kind
    title: str
    outcome: str = ""
    lines: tuple[Line, ...] = ()
    backs: tuple[Back, ...] = ()
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """Every way from one box to another, drawn as one arrow."""

    source: str
    dest: str
    labels: tuple[Label, ...]
    travelled: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A stage with its states; without a title, states between two stages that belong to none."""

    id: str
    title: str
    boxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything there is to draw, in order."""

    title: str
    subtitle: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    bands: tuple[Band, ...]

    def box(self, id: str) -> Box:
        """Return the box of that identifier."""
        return next(box for box in self.boxes if box.id == id)

    @property
    def description(self) -> str:
        """The arrows in words, for those who cannot see the picture."""
        titles = {box.id: box.title for box in self.boxes}
        ways = [(arrow.source, titles[arrow.dest], arrow.labels) for arrow in self.arrows]
        ways += [(box.id, back.title, back.labels) for box in self.boxes for back in box.backs]
        return "\n".join(
            f"{titles[source]} → {dest}: {'; '.join(label.title for label in labels)}" for source, dest, labels in ways
        )


def picture(
    flow: Flow, lang: Language, *, guards: bool = False, highlight: str | None = None, visited: Sequence[str] = ()
) -> Picture:
    """Return what is to be drawn of a flow, with the current state and the trail of a case where they are given."""
    return _Painter(flow, lang, guards, highlight, tuple(visited)).picture()


@dataclass
class _Painter:
    flow: Flow
    lang: Language
    guards: bool
    highlight: str | None
    visited: tuple[str, ...]
    states: dict[str, str] = field(init=False)
    leaving: dict[str, list[Transition]] = field(init=False)
    lines: dict[str, list[Line]] = field(init=False)

    def __post_init__(self) -> None:
        # A state that is named and not declared is drawn all the same: a picture helps to find the mistake.
        named = [name for one in self.flow.transitions for name in (*one.source, one.dest) if name]
        names = dict.fromkeys([*self.flow.states, self.flow.initial, *named])
        real = [name for name in names if name != ANYWHERE and name not in BACKWARD]
        self.states = {name: f"s{number}" for number, name in enumerate(real)}
        self.leaving = {}
        for one in self.flow.transitions:
            for name in self.sources(one):
                self.leaving.setdefault(name, []).append(one)
        self.lines = {}
        for name, line in (*self.deadlines(), *self.tasks(), *self.actions()):
            self.lines.setdefault(name, []).append(line)

    def sources(self, one: Transition) -> tuple[str, ...]:
        """Where a transition starts; "*" where it names every open state, of more than two, one by one."""
        open_ = self.flow.open_states
        everywhere = 2 < len(open_) <= len(one.source) and {*open_} <= {*one.source}  # noqa: PLR2004
        return (ANYWHERE,) if everywhere or one.anywhere else self.flow.sources_of(one)

    def picture(self) -> Picture:
        """The whole, put together."""
        boxes = [Box(OPEN, "open", words.word("opens", self.lang))]
        boxes += [self.box(name) for name in self.states]
        if ANYWHERE in self.leaving:
            lines, backs = tuple(self.lines.get(ANYWHERE, ())), self.backs(ANYWHERE, ANY)
            boxes.append(Box(ANY, "any", words.word("any state", self.lang), "", lines, backs))
        status = f" · {plain(self.flow.status.in_(self.lang))}" if self.flow.status else ""
        title = plain(self.flow.title.in_(self.lang))
        tagged, arrows = _shared(boxes, self.arrows())
        return Picture(title, f"{self.flow.name}{status}", tagged, arrows, self.bands())

    def box(self, name: str) -> Box:
        """A state with what is inside it."""
        state = self.flow.states.get(name, State())
        mark: Mark = "current" if name == self.highlight else "visited" if name in self.visited else ""
        outcome = words.headed("outcome", state.outcome, self.lang) if state.outcome else ""
        lines = tuple(self.lines.get(name, ()))
        title = plain(titled(state.title, name, self.lang))
        kind: Kind = "final" if state.final else "state"
        return Box(self.states[name], kind, title, outcome, lines, self.backs(name, self.states[name]), mark)

    def deadlines(self) -> Iterator[tuple[str, Line]]:
        """The deadlines that start in a state, with their periods."""
        for deadline in self.flow.deadlines:
            title = titled(deadline.title, deadline.name, self.lang)
            period = amount(self.flow, deadline.period, self.lang)
            line = Line("deadline", plain(f"{title}{words.colon(self.lang)}{period}"))
            yield from ((name, line) for name in self.begins(deadline.starts))

    def begins(self, moment: Moment) -> set[str]:
        """The states in which a case is when something has happened to it."""
        states = set(moment.enters)
        if OPEN in moment.fires:
            states.add(self.flow.initial)
        for one in self.flow.transitions:
            if one.trigger in moment.fires:
                states.update([one.dest] if one.dest in self.states else one.source)
        return states

    def tasks(self) -> Iterator[tuple[str, Line]]:
        """The tasks that are owed in a state."""
        for task in self.flow.tasks:
            title = titled(task.title, task.name, self.lang)
            line = Line("task", plain(title + words.settling(self.flow, task, self.lang)))
            yield from ((name, line) for name in dict.fromkeys(task.states))

    def actions(self) -> Iterator[tuple[str, Line]]:
        """What may be done in a state without leaving it, once each."""
        for name, leaving in self.leaving.items():
            stays = (one for one in leaving if one.dest in (None, name))
            labels = {self.label(one, one.trigger).title: None for one in stays}
            yield from ((name, Line("action", title)) for title in labels)

    def backs(self, name: str, id: str) -> tuple[Back, ...]:
        """The dashed arrows from a state to wherever the case came from."""
        found: dict[str, list[Label]] = {}
        for one in self.leaving.get(name, ()):
            if one.dest in BACKWARD:
                found.setdefault(one.dest or "", []).append(self.label(one, one.trigger))
        return tuple(
            Back(f"{id}_b{number}", words.word(dest, self.lang), _once(labels))
            for number, (dest, labels) in enumerate(found.items())
        )

    def arrows(self) -> tuple[Arrow, ...]:
        """Every way between two boxes, those between the same two as one."""
        found: dict[tuple[str, str], list[Label]] = {
            (OPEN, self.states[self.flow.initial]): [self.label(self.flow.opening, OPEN)]
        }
        for one in self.flow.transitions:
            for source in self.sources(one):
                if one.dest in self.states and one.dest != source:
                    pair = (self.states.get(source, ANY), self.states[one.dest])
                    found.setdefault(pair, []).append(self.label(one, one.trigger))
        trail = self.trail()
        return tuple(
            Arrow(source, dest, _once(labels), (source, dest) in trail) for (source, dest), labels in found.items()
        )

    def trail(self) -> set[tuple[str, str]]:
        """The arrows that a case has gone along, as far as its states tell."""
        here = (self.highlight,) if self.highlight and self.visited[-1:] != (self.highlight,) else ()
        ids = [self.states[name] for name in (*self.visited, *here)]
        return {(OPEN, self.states[self.flow.initial])} | set(pairwise(ids)) if ids else set()

    def label(self, one: Opening, trigger: str) -> Label:
        """What an arrow says."""
        title = one.title.in_(self.lang) if one.title else "" if trigger == OPEN else trigger
        if isinstance(one, Transition) and one.extends:
            title += f" +{amount(self.flow, one.extends.by, self.lang)}"
        notes = [words.roles(self.flow, one.roles, self.lang)]
        if self.guards:
            notes += words.guards(self.flow, one.conditions, one.unless, self.lang)
        return Label(plain(title or words.word("opens", self.lang)), plain(" · ".join(notes)))

    def bands(self) -> tuple[Band, ...]:
        """The stages in their order; a state of no stage follows the stage of the state declared before it."""
        return tuple(self.band(*group) for group in enumerate(_grouped(self.flow, self.states)))

    def band(self, number: int, group: tuple[str | None, Sequence[str]]) -> Band:
        """One stage."""
        stage, names = group
        declared = self.flow.stages.get(stage) if stage else None
        title = plain(titled(declared.title if declared else None, stage, self.lang)) if stage else ""
        return Band(f"g{number}", title, tuple(self.states[name] for name in names))


def _grouped(flow: Flow, states: Mapping[str, str]) -> list[tuple[str | None, list[str]]]:
    """The names of the states by stage, in the order of the stages, each followed by its stageless ones."""
    declared = {name: flow.states.get(name, State()) for name in states}
    stages = dict.fromkeys([None, *flow.stages, *(state.stage for state in declared.values())])
    inside: dict[str | None, list[str]] = {stage: [] for stage in stages}
    after: dict[str | None, list[str]] = {stage: [] for stage in stages}
    last: str | None = None
    for name, state in declared.items():
        if state.stage:
            last = state.stage
            inside[last].append(name)
        else:
            # What ends a case outside every stage, a withdrawal say, stands below them all.
            after[list(stages)[-1] if state.final else last].append(name)
    groups = [group for stage in stages for group in ((stage, inside[stage]), (None, after[stage]))]
    return [(stage, names) for stage, names in groups if names]


def _shared(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> tuple[tuple[Box, ...], tuple[Arrow, ...]]:
    """Put a tag at each of many states that lead to one end, for the arrow to it; not where a case has gone along."""
    ends = {box.id for box in boxes if box.kind == "final"}
    leading = Counter(arrow.dest for arrow in arrows if arrow.dest in ends)
    tagged = [arrow for arrow in arrows if leading[arrow.dest] >= SHARED and not arrow.travelled]
    gone = set(tagged)
    return with_tags(boxes, tagged), tuple(arrow for arrow in arrows if arrow not in gone)


def with_tags(boxes: Sequence[Box], arrows: Iterable[Arrow]) -> tuple[Box, ...]:
    """Return the boxes with a tag for each of the arrows, at the box that the arrow leaves."""
    titles = {box.id: box.title for box in boxes}
    tags: dict[str, list[Back]] = {}
    for arrow in arrows:
        tag = Back(f"{arrow.source}_{arrow.dest}", titles[arrow.dest], arrow.labels, arrow.dest)
        tags.setdefault(arrow.source, []).append(tag)
    return tuple(replace(box, backs=(*box.backs, *tags.get(box.id, ()))) for box in boxes)


def _once(labels: Sequence[Label]) -> tuple[Label, ...]:
    return tuple(dict.fromkeys(labels))
