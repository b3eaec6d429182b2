"""The parts of a flow: states, transitions, tasks, deadlines, links, and what surrounds them."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from xinfang_flow.flow.model.base import Frozen, Identifier
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.deadline_states import STEPS, DeadlineStep
from xinfang_flow.flow.model.figures import PeriodSpec, Reference
from xinfang_flow.flow.model.subjects import ABOUT_DATA
from xinfang_flow.law.facts import Policy
from xinfang_flow.text import Text

PREVIOUS, FIRST, CHOSEN = "@previous", "@first", "@chosen"
BACKWARD = (PREVIOUS, FIRST, CHOSEN)
ANYWHERE = "*"

TaskAction = Literal[
    "settle", "skip", "assign", "transfer", "delegate", "add", "remove", "remind", "copy", "retract"
]  # fmt: skip
PeriodSource = PeriodSpec | Reference


def _plural(value: Any, *keys: str) -> Any:
    if isinstance(value, dict):
        value = dict(value)
        for key in keys:
            if isinstance(value.get(key), str):
                value[key] = (value[key],)
    return value


class Role(Frozen):
    """Who may ask, and what they see: every case, those of their own organ, or those they have a hand in."""

    title: Text | None = None
    sees: Literal["all", "org", "own"] = "all"


class State(Frozen):
    """Where a case stands.  A final state has an outcome and lets nothing more happen."""

    stage: Identifier | None = None
    title: Text | None = None
    final: bool = False
    outcome: Identifier | None = None
    basis: str | None = None
    like: Identifier | None = Field(
        None, description="a state beside which this one stands in every list of states; resolved by loading"
    )

    @model_validator(mode="after")
    def _outcome_is_final(self) -> Self:
        if self.outcome and not self.final:
            raise ValueError("only a final state has an `outcome`")
        return self


class Stage(Frozen):
    """Groups states for people."""

    title: Text | None = None


class Effect(Frozen):
    """What the world must be told after the commit, delivered through the outbox."""

    title: Text | None = None
    basis: str | None = None


class Moment(Frozen):
    """Something that happens to a case: it enters a state, or a trigger is fired."""

    enters: tuple[Identifier, ...] = ()
    fires: tuple[Identifier, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return _plural(value, "enters", "fires")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.enters or self.fires):
            raise ValueError("say which states it `enters` or which triggers it `fires`")
        return self

    def happens(self, trigger: str | None, enters: str | None) -> bool:
        """Return whether firing the trigger, and entering a state where it leads to another one, is the moment."""
        return trigger in self.fires or enters in self.enters


class Tiers(Frozen):
    """A period chosen by the value of a data field."""

    by: Identifier
    cases: dict[str, PeriodSource] = Field(min_length=1)


class Warning(Frozen):  # noqa: A001  the field's word; the module's own namespace keeps it apart
    """When to warn: so long before the due date, or when half the time has gone with nothing recorded."""

    before: PeriodSource | None = None
    half: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.before is None) == (self.half is None):
            raise ValueError("a warning is either `before` a period or at `half` the time")
        return self


class Deadline(Frozen):
    """A period that the flow starts, meets, suspends and extends; with its legal basis.

    The day of the base event is not counted (Civil Code 201).  `since` names a data field with the base date or moment
    when it is not the event itself (received by the petitioner, say); `until` a field with the end itself, where
    somebody sets a date instead of a length (an assigner, a superior).  Both are followed when the field is corrected.
    `when` says for which cases it runs at all, by their data.  `within` names another deadline that it never outlasts:
    the legs of a chain stay inside the whole.
    `suspends`/`resumes` bound an excluded interval: its first day is not counted, its last is.
    """

    name: Identifier
    title: Text | None = None
    basis: str | None = None
    period: PeriodSource | Tiers | None = None
    until: Identifier | None = Field(
        None, description="a date or datetime field: the last day, or the first late moment"
    )
    starts: Moment
    when: tuple[Condition, ...] = Field((), description="it starts only if these hold; they look at data alone")
    since: Identifier | None = None
    within: Identifier | None = Field(None, description="another deadline, earlier in the document, that caps this one")
    met_by: Moment | None = None
    cancels: Moment | None = None
    suspends: Moment | None = None
    resumes: Moment | None = None
    policy: Policy | Reference = "civil"
    closes: str | Reference | None = Field(None, description="local closing time HH:MM, or a figure")
    warns: tuple[Warning, ...] = ()
    on_breach: Identifier | None = Field(None, description="the trigger that the breach fires, if it is possible")
    effects: tuple[Identifier, ...] = Field((), description="told when the deadline is breached")
    warn_effects: tuple[Identifier, ...] = Field((), description="told at each warning")

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if (self.suspends is None) != (self.resumes is None):
            raise ValueError("`suspends` and `resumes` come together")
        if (self.period is None) == (self.until is None):
            raise ValueError("a deadline has either a `period` or, set by somebody, a date `until`")
        if self.until is not None and (self.since is not None or self.closes is not None or self.policy != "civil"):
            raise ValueError("`until` is itself the end: `since`, `policy` and `closes` do not go with it")
        for condition in self.when:
            odd = condition.subjects - ABOUT_DATA
            if odd:
                raise ValueError(
                    f"`when` looks at data alone ({', '.join(sorted(ABOUT_DATA))}), not at {', '.join(sorted(odd))}"
                )
        return self

    def steps(self, trigger: str | None, enters: str | None) -> tuple[DeadlineStep, ...]:
        """Return what an arrow does to it, in the order in which it is done.

        `trigger` is what is fired ("open" at the opening), `enters` the state that is entered, None where it stays.
        """
        return tuple(step for step, moment in self._moments if moment.happens(trigger, enters))

    @cached_property
    def _moments(self) -> tuple[tuple[DeadlineStep, Moment], ...]:
        moments = ((step, getattr(self, step.option)) for step in STEPS)
        return tuple((step, moment) for step, moment in moments if moment is not None)


class Lead(Frozen):
    """What must have happened at least so long before a set moment, whole local dates counted backwards."""

    before: Identifier
    by: PeriodSource


class Item(Frozen):
    """One item of a checklist."""

    name: Identifier
    title: Text | None = None


class Quorum(Frozen):
    """Settled when so many slots are done; with `with`, also when so many such answers can no longer be reached."""

    n_of: int | Reference
    with_: tuple[Identifier, ...] = Field((), alias="with", description="only these answers count towards `n_of`")

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return _plural(value, "with")


class Task(Frozen):
    """Who owes what in some states, and how it is settled.

    Its slots come from `of` (roles), `of_field` (a list of actors, or of records with an `actor` field), `items` (a
    checklist), or are assigned one by one.  It opens on entering one of `states` and is cancelled on leaving them.
    """

    name: Identifier
    title: Text | None = None
    basis: str | None = None
    states: tuple[Identifier, ...] = Field(min_length=1)
    of: tuple[Identifier, ...] = ()
    of_field: Identifier | None = None
    where: dict[Identifier, str] = Field(default_factory=dict, description="of a list of records, only those")
    items: tuple[Item, ...] = ()
    settle: Literal["all", "any", "in_turn"] | Quorum = "all"
    answers: dict[Identifier, Text] = Field(default_factory=dict)
    at_most: int | Reference | None = Field(None, description="how many slots may be open or done at one time")
    lead: Lead | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return _plural(value, "states", "of")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(map(bool, (self.of, self.of_field, self.items))) > 1:
            raise ValueError("a task's slots come from one of `of`, `of_field`, `items`")
        return self


class TaskStep(Frozen):
    """What a transition does to a task: the vocabulary of 会签, 转办, 委派, 加签, 减签, 催办, 抄送."""

    name: Identifier
    do: TaskAction
    anyone: bool = Field(
        default=False, description="the actor need not hold the slot: a supervisor acts on another's slot"
    )


class Extension(Frozen):
    """Lengthens a deadline's period from its base, at most `times` times, and only before it is breached.

    `amount` names an integer field with the length that was approved, in the unit of `by`, which is then the most that
    may be approved; without it the whole of `by` is added.
    """

    deadline: Identifier
    by: PeriodSource
    amount: Identifier | None = Field(None, description="an integer field that this transition takes")
    times: int = Field(1, ge=1)


class Asked(NamedTuple):
    """A field of a payload: its name, and whether it must be given."""

    name: str
    required: bool

    @classmethod
    def written(cls, text: str) -> Asked:
        """Return what a name in a flow asks for: one that ends in `?` need not be given."""
        return cls(text.removesuffix("?"), not text.endswith("?"))


class Opening(Frozen):
    """How a case begins: who may open it, with which data, under which guards."""

    roles: tuple[Identifier, ...] = Field(min_length=1)
    takes: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    effects: tuple[Identifier, ...] = ()
    title: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return _plural(value, "roles", "takes", "tells", "effects")

    @cached_property
    def taken(self) -> tuple[Asked, ...]:
        """The fields of the payload that become the case's data, in the order of the flow."""
        return tuple(map(Asked.written, self.takes))

    @cached_property
    def told(self) -> tuple[Asked, ...]:
        """The fields of the payload that stay in the event."""
        return tuple(map(Asked.written, self.tells))

    @property
    def payload(self) -> tuple[Asked, ...]:
        """Every field that the payload may have, but for what a task step adds."""
        return (*self.taken, *self.told)


class Transition(Opening):
    """An arrow: who may fire the trigger from where, with what, under which guards, and what follows.

    `dest` may be left out (the case stays where it is), or be @previous, @first or @chosen (驳回).  `takes` are payload
    fields written to the case's data, `tells` stay in the event; a name ending in `?` is optional.
    """

    trigger: Identifier
    name: Identifier = Field("", validate_default=False, description="needed where several share a trigger")
    source: tuple[str, ...] = Field(min_length=1)
    dest: str | None = None
    note: Literal["optional", "required"] = "optional"
    task: TaskStep | None = None
    extends: Extension | None = None
    hold: bool | None = Field(None, description="true suspends the case (挂起), false activates it again")
    work: bool | None = Field(
        None, description="true: it waits for its roles wherever it is possible; false: never; absent: by the rule"
    )
    basis: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        value = _plural(value, "source", "roles", "takes", "tells", "effects")
        if isinstance(value, dict) and not value.get("name"):
            value = {**value, "name": value.get("trigger", "")}
        return value

    @property
    def anywhere(self) -> bool:
        """Whether it leaves every state that is not final; `Flow.sources_of` says which those are."""
        return ANYWHERE in self.source


class Link(Frozen):
    """A tie to cases of another flow, seen from the case that waits.

    When the linked case is done, `trigger` is fired here in the same transaction, with the fields it `carries`.
    """

    kind: Identifier
    flow: Identifier
    title: Text | None = None
    trigger: Identifier | None = None
    carries: tuple[Identifier, ...] = ()
