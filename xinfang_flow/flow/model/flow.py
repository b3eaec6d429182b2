"""The flow: one frozen model behind TOML, JSON and the Python builder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from typing import Any, Literal

from pydantic import Field

from xinfang_flow.errors import FlowError
from xinfang_flow.flow.model.base import Frozen, Identifier
from xinfang_flow.flow.model.fields import FieldSpec, Record
from xinfang_flow.flow.model.figures import Figure, PeriodSpec, name_of
from xinfang_flow.flow.model.parts import (
    BACKWARD,
    Deadline,
    Effect,
    Link,
    Opening,
    Role,
    Stage,
    State,
    Task,
    Transition,
)
from xinfang_flow.text import Language, Text, shown, titled

_Titled = FieldSpec | Task | Deadline | Link | Role | State | Transition | Effect


class Flow(Frozen):
    """A declarative lifecycle: frozen, versioned, with a content digest over its resolved text.

    A published version is never edited; a change is a new version, local variation an overlay (`extends`).
    """

    format: Literal[1] = 1
    id: Identifier
    version: int = Field(ge=1)
    title: Text
    basis: tuple[str, ...] = ()
    status: Text | None = Field(None, description="a warning that loading must show, e.g. whether still in force")
    extends: str | None = None
    lineage: tuple[str, ...] = Field((), description="the flows this one was laid over, nearest first; set by loading")
    calendar: Identifier = "china"
    initial: Identifier
    roles: dict[Identifier, Role]
    conceal_from: tuple[Identifier, ...] = Field((), description="organ fields whose organs may never see the case")
    figures: dict[Identifier, Figure] = Field(default_factory=dict)
    records: dict[Identifier, Record] = Field(default_factory=dict)
    fields: dict[Identifier, FieldSpec] = Field(default_factory=dict)
    stages: dict[Identifier, Stage] = Field(default_factory=dict)
    states: dict[Identifier, State] = Field(min_length=1)
    effects: dict[Identifier, Effect] = Field(default_factory=dict)
    opening: Opening = Field(alias="open")
    tasks: tuple[Task, ...] = Field((), alias="task")
    deadlines: tuple[Deadline, ...] = Field((), alias="deadline")
    links: tuple[Link, ...] = Field((), alias="link")
    transitions: tuple[Transition, ...] = Field((), alias="transition")

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the canonical text of the resolved flow, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def text(self) -> str:
        """The resolved flow as canonical JSON: sorted keys, defaults left out; `load_flow` reads it again."""
        document = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @cached_property
    def places(self) -> Mapping[str, Any]:
        """Where each part was written, for findings; empty for a flow made in Python, and no part of its value."""
        return {}

    @cached_property
    def searchable(self) -> Mapping[str, FieldSpec]:
        """The fields by which cases are found."""
        return {name: spec for name, spec in self.fields.items() if spec.searchable}

    @cached_property
    def family(self) -> str:
        """The id of the flow that all was laid over, else its own: within it a unique value is one."""
        return (self.lineage[-1] if self.lineage else self.id).partition("@")[0]

    @property
    def name(self) -> str:
        """`id@version`, the way other flows and stored cases refer to it."""
        return f"{self.id}@{self.version}"

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """Every trigger, in the order of the document."""
        return tuple(dict.fromkeys(transition.trigger for transition in self.transitions))

    @cached_property
    def walk(self) -> tuple[str, ...]:
        """The states as a case walks through them, by the arrows, final ones last: stored text keeps no other order."""
        order = [self.initial]
        for state in order:
            leads = (arrow.dest for arrow in self.transitions if state in self.sources_of(arrow))
            order += [
                dest for dest in dict.fromkeys(leads)
                if dest in self.states and dest not in order and not self.states[dest].final
            ]  # fmt: skip
        return (*order, *(name for name in sorted(self.states, key=self._first_led_to) if name not in order))

    def _first_led_to(self, state: str) -> tuple[bool, int, str]:
        place = next((nr for nr, arrow in enumerate(self.transitions) if arrow.dest == state), len(self.transitions))
        return self.states[state].final, place, state

    def task(self, name: str) -> Task:
        """Return the declared task of that name."""
        return next(task for task in self.tasks if task.name == name)

    def deadline(self, name: str) -> Deadline:
        """Return the declared deadline of that name."""
        return next(deadline for deadline in self.deadlines if deadline.name == name)

    def link(self, kind: str) -> Link | None:
        """Return the declared link of that kind, or None."""
        return next((link for link in self.links if link.kind == kind), None)

    @cached_property
    def open_states(self) -> tuple[str, ...]:
        """The states that are not final, in the order of the document."""
        return tuple(name for name, state in self.states.items() if not state.final)

    def sources_of(self, transition: Transition) -> tuple[str, ...]:
        """Return the states that a transition leaves, once each; "*" stands for every state that is not final."""
        return self.open_states if transition.anywhere else tuple(dict.fromkeys(transition.source))

    def dests_of(self, transition: Transition, source: str) -> tuple[str, ...]:
        """Return the states that a transition from `source` may lead to: for a way back, every other open state."""
        if transition.dest in BACKWARD:
            return tuple(name for name in self.open_states if name != source)
        return (transition.dest or source,)

    def label(self, kind: str, name: str, lang: Language) -> str:
        """Return what people call a part ("state", "trigger", "field", "task" …): its title, or else its name."""
        part = self._titled.get(kind, {}).get(name)
        return titled(part.title if part else None, name, lang)

    @cached_property
    def _titled(self) -> Mapping[str, Mapping[str, _Titled]]:
        return {
            "field": self.fields, "role": self.roles, "task": {task.name: task for task in self.tasks},
            "deadline": {deadline.name: deadline for deadline in self.deadlines},
            "link": {link.kind: link for link in self.links}, "state": self.states,
            "effect": self.effects,
            "trigger": {arrow.trigger: arrow for arrow in reversed(self.transitions)},  # of several the first
        }  # fmt: skip

    def _repr_html_(self) -> str:
        """Show the drawing in a notebook."""
        # By its name, as a room's door does: drawings are made from flows, and what a flow is needs no drawing.
        drawn: str = import_module("xinfang_flow.flow.draw").draw(self, "svg")
        return drawn

    def value(self, given: Any) -> Any:
        """Return what a period, a literal or `figures.NAME` stands for; an unset figure stands for None.

        Raises:
            FlowError: the figure is not declared.
        """
        if isinstance(given, PeriodSpec):
            return given.period
        name = name_of(given) if isinstance(given, str) else None
        if name is None:
            return given
        if name not in self.figures:
            raise FlowError(Text(f"{self.name}：没有数值“{shown(name)}”", f"{self.name}: there is no figure {name!r}"))
        return self.figures[name].amount
