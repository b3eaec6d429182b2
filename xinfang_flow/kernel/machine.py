"""The flow as a `transitions` machine: the reference that the kernel's table is read from and is judged by.

A state is a state, final where the flow says so; what a transition of the flow asks for becomes conditions with names
of their own, one for each question, and `unless` stays `unless`.  Candidates stand in the order of the flow.  From
this structure `Rules` makes its arrows, which answer the same questions faster and with reasons; a property test holds
them to this machine's runner.  `machine` puts a user's object under such a machine, with all that its ecosystem offers.

This module alone imports `transitions`.  The library is only ever given resolved callables, never a string from a
document: it would import dotted paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from transitions import EventData, Machine, Transition

from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.conditions import Condition as Guarded
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.answers import Refused
from xinfang_flow.kernel.case import NO_DEADLINES, NO_TASKS, Case, Task
from xinfang_flow.kernel.fold import with_taken
from xinfang_flow.kernel.frozen import EMPTY, freeze
from xinfang_flow.kernel.interpreter.changes import Changes
from xinfang_flow.kernel.interpreter.comparison import UnsetFigureError
from xinfang_flow.kernel.interpreter.ground import Ground, ground_of
from xinfang_flow.kernel.interpreter.guards import Guard, NamedGuard, View
from xinfang_flow.kernel.interpreter.refusal import RefusalError
from xinfang_flow.kernel.interpreter.requirements import Requirements, requirements
from xinfang_flow.kernel.interpreter.task_steps import stepped
from xinfang_flow.kernel.values import Actor, Command
from xinfang_flow.law import Calendar
from xinfang_flow.text import Text

Condition = Callable[[EventData], bool]


class FlowTransition(Transition):
    """A transition of the machine that knows which one of the flow it is."""

    def __init__(self, *args: Any, asked: Requirements, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked


class FlowMachine(Machine):
    """The one machine of a flow, without a model."""

    transition_cls = FlowTransition


def flow_machine(ground: Ground) -> FlowMachine:
    """Return the machine of a flow."""
    made = FlowMachine(model=None, **_states(ground.flow))
    for asked, arrow in _arrows(ground):
        made.add_transition(**arrow, asked=asked)
    return made


def table(machine: FlowMachine) -> dict[tuple[str, str], tuple[FlowTransition, ...]]:
    """Read the machine's own table: from (state, trigger) to the candidates, in the order in which it tries them."""
    return {
        (source, trigger): tuple(each for each in candidates if isinstance(each, FlowTransition))
        for trigger, event in machine.events.items()
        for source, candidates in event.transitions.items()
    }


def machine(
    flow: Flow,
    model: Any,
    *,
    guards: Mapping[str, NamedGuard] | None = None,
    calendar: Calendar | None = None,
    **options: Any,
) -> Machine:
    """Put `model` under a `transitions.Machine` of the flow and return the machine.

    The model gets a method per trigger (`model.screen(actor=..., at=..., payload={...}, note=...)`) and a `state`.
    Roles, payloads and guards are judged over its own attributes, and what is taken is written back onto them;
    deadlines, tasks, effects and history belong to the Engine, so that guards which ask for them refuse here.  Further
    options go to `transitions.Machine`, as do subclasses through `machine_class=`.

    Raises:
        WiringError: the flow names guards that were not handed in.
        InputError: a trigger is called without `actor=` or `at=`.
    """
    ground = ground_of(flow, guards, calendar)
    states = _states(flow) | {"initial": getattr(model, "state", None) or flow.initial}
    made: Machine = options.pop("machine_class", Machine)(model=model, **states, **options)
    for _, arrow in _arrows(ground):
        made.add_transition(**arrow)
    return made


def _states(flow: Flow) -> dict[str, Any]:
    return {
        "states": [{"name": name, "final": state.final} for name, state in flow.states.items()],
        "initial": flow.initial, "auto_transitions": False, "send_event": True,
    }  # fmt: skip


@lru_cache(maxsize=256)
def _arrows(ground: Ground) -> tuple[tuple[Requirements, Mapping[str, Any]], ...]:
    """Return what `add_transition` is told of each arrow, with what its transition asks for."""
    return tuple((asked, arrow) for asked in requirements(ground) for arrow in _told(ground, asked))


def _told(ground: Ground, asked: Requirements) -> Iterator[Mapping[str, Any]]:
    flow, spec, questions = ground.flow, asked.transition, _questions(ground, asked)
    for source in flow.sources_of(spec):
        # To `transitions` what stays has no destination.
        for dest in (None,) if spec.dest is None else flow.dests_of(spec, source):
            yield {"trigger": spec.trigger, "source": source, "dest": dest, **questions}


def _questions(ground: Ground, asked: Requirements) -> dict[str, Any]:
    """What a transition asks for, as callbacks of `transitions`: each condition with its own name."""
    spec = asked.transition
    positive = len(spec.conditions)
    conditions = [
        _named("in_hand", lambda trial: not trial.case.held or spec.hold is False),
        _named(f"role {' or '.join(spec.roles)}", lambda trial: not trial.actor.roles.isdisjoint(spec.roles)),
        _named("payload", lambda trial: not isinstance(trial.read, Refused)),
    ]
    if asked.needs_note:
        conditions.append(_named("note", lambda trial: bool((trial.command.note or "").strip())))
    if asked.leads_back:
        conditions.append(_named("way_back", Trial.leads_back))
    if spec.task:
        conditions.append(_named(f"{spec.task.do} {spec.task.name}", Trial.steps))
    conditions += [_named(_name_of(guard.condition), _holds(guard)) for guard in asked.guards[:positive]]
    conditions.append(_named("changes", Trial.changes))
    unless = [
        _named(_name_of(condition), _fails(guard))
        for condition, guard in zip(spec.unless, asked.guards[positive:], strict=True)
    ]

    def prepare(event: EventData) -> None:
        event.kwargs["trial"] = Trial(ground, asked, event)

    def take(event: EventData) -> None:
        payload = _trial(event).payload
        for name in asked.takes:
            if name in payload:
                setattr(event.model, name, payload[name])

    # Callbacks without a list of their own: it would be shared, and what a user adds to one arrow be added to all.
    return {"prepare": prepare, "conditions": conditions, "unless": unless, "after": take}


class Trial:
    """One candidate being tried: what its conditions look at, each worked out when the first of them asks."""

    def __init__(self, ground: Ground, asked: Requirements, event: EventData) -> None:
        actor, at = event.kwargs.get("actor"), event.kwargs.get("at")
        if not isinstance(actor, Actor):
            raise InputError(
                Text("须写明由谁办理：actor=Actor(...)", "actor is required: who does this? write actor=Actor(...)"),
                where=Text("经办人", "actor"),
            )
        if not isinstance(at, datetime) or at.tzinfo is None:
            raise InputError(
                Text("须写明带时区的时刻", "at is required: the moment with its zone"), where=Text("时刻", "at")
            )
        self.ground, self.asked, self.actor, self.at = ground, asked, actor, at
        transition: Any = event.transition  # there is one whenever a candidate is tried
        self.source = transition.source
        self.dest = transition.dest or self.source
        self.case: Case = event.kwargs.get("case") or _case_of(ground.flow, event.model, self.source, at)
        self._given, self._note = event.kwargs.get("payload"), event.kwargs.get("note")

    @cached_property
    def read(self) -> Mapping[str, Any] | Refused:
        """The payload as it is read."""
        return self.asked.payload.read(self._given)

    @property
    def payload(self) -> Mapping[str, Any]:
        """The payload, once it is known to be one."""
        return EMPTY if isinstance(self.read, Refused) else self.read

    @property
    def command(self) -> Command:
        """What is asked, with the payload as it was read."""
        return Command(self.case.id, self.asked.transition.trigger, self.payload, self.actor, self.at, None, self._note)

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The case's data with what is taken."""
        return with_taken(self.case.data, self.payload, self.asked.takes)

    @cached_property
    def step(self) -> dict[str, Mapping[str, Any]]:
        """The record of the task as it will be.

        Raises:
            RefusalError, UnsetFigureError: the step cannot be taken.
        """
        step = self.asked.transition.task
        if step is None:
            return {}
        task, flow, calendar = self.case.tasks.get(step.name), self.ground.flow, self.ground.calendar
        record = stepped(
            flow, step, task, self.actor, self.payload, data=self.data, at=self.at, calendar=calendar
        )  # fmt: skip
        return {step.name: record}

    @cached_property
    def view(self) -> View:
        """What guards see."""
        tasks = {name: Task(self.case.id, name, record) for name, record in self.step.items()}
        return View(self.case, self.command, self.data, {**self.case.tasks, **tasks}, self.actor, self.at)

    def leads_back(self) -> bool:
        """Whether there is a way back to where this leads."""
        return self.asked.way_back(self.case, self.dest, self.payload)

    def steps(self) -> bool:
        """Whether the step of the task can be taken."""
        try:
            return bool(self.step)
        except (RefusalError, UnsetFigureError):
            return False

    def changes(self) -> bool:
        """Whether everything that moves can: due dates can be counted, tasks opened."""
        try:
            Changes(self.ground, self.asked, self.source, self.dest).of(self.case, self.data, self.step, self.at)
        except (RefusalError, UnsetFigureError):
            return False
        return True


def _trial(event: EventData) -> Trial:
    trial: Trial = event.kwargs["trial"]
    return trial


def _named(name: str, test: Callable[[Trial], bool]) -> Condition:
    """A condition that pictures and logs of `transitions` call by its name."""

    def condition(event: EventData) -> bool:
        return test(_trial(event))

    condition.__name__ = condition.__qualname__ = name
    return condition


def _name_of(condition: Guarded) -> str:
    return f"{condition.subject} {condition.about or ''}".rstrip()


def _holds(guard: Guard) -> Callable[[Trial], bool]:
    return lambda trial: guard.refuses(trial.view) is None


def _fails(guard: Guard) -> Callable[[Trial], bool]:
    """What `unless` must find false: a guard that was compiled as the contrary of what the flow says refuses."""
    return lambda trial: guard.refuses(trial.view) is not None


def _case_of(flow: Flow, model: Any, state: str, at: datetime) -> Case:
    data = {name: value for name in flow.fields if (value := getattr(model, name, None)) is not None}
    return Case(
        id="live", flow=flow.id, flow_version=flow.version, digest=flow.digest, org=getattr(model, "org", None),
        state=state, stage=flow.states[state].stage, version=1, data=freeze(data), deadlines=NO_DEADLINES,
        tasks=NO_TASKS, links=(), done=flow.states[state].final, outcome=None, opened_at=at, changed_at=at,
        trail=(state,),
    )  # fmt: skip
