"""Contestants without our duties: `transitions`, a table written by hand, and other state machine libraries.

Each walks the same life; what it gives back is (transitions made, final state).  Libraries that are not installed are
left out, and the report says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

from transitions import Machine

from benchmarks.life import BEGIN, Arrow, Step
from benchmarks.racing import Contestant, expect

Walker = Callable[[], Callable[[], str]]  # one case: build it (untimed or timed by the caller), then walk it


class _Model:
    state: str
    trigger: Callable[[str], bool]


def machine(flow_states: Sequence[str], arrows: Sequence[Arrow], model: object | None) -> Machine:
    """Return a machine of `transitions` with the flow's states and arrows."""
    made = Machine(model=model, states=list(flow_states), initial=BEGIN, auto_transitions=False)
    for arrow in arrows:
        made.add_transition(arrow.trigger, arrow.source, arrow.dest)
    return made


class Course:
    """The course that every peer runs: states, arrows, and the triggers of one life."""

    def __init__(self, states: Sequence[str], arrows: Sequence[Arrow], life: Sequence[Step], cases: int) -> None:
        self.states, self.arrows, self.life, self.cases = states, arrows, life, cases
        self.triggers = [step.trigger for step in life]
        self.end = life[-1].dest

    def contestant(
        self, name: str, kind: str, prepare: Callable[[int], Callable[[], Any]], *, share: int = 1, part: int = 1
    ) -> Contestant:
        """Return a contestant that walks `cases // part` lives a round and gives back (transitions, final state)."""
        cases = max(1, self.cases // part)

        def check(end: Any) -> None:
            expect(end, (cases * len(self.life), self.end), name)

        return Contestant(name, kind, cases * len(self.life), lambda: prepare(cases), check, share)


def shared(course: Course) -> Contestant:
    """`transitions`: one machine, one model, whose state is set back before each life."""
    model: Any = _Model()
    machine(course.states, course.arrows, model)
    triggers = course.triggers

    def prepare(cases: int) -> Callable[[], Any]:
        def run() -> tuple[int, str]:
            made = 0
            for _ in range(cases):
                model.state = BEGIN
                fire = model.trigger
                for trigger in triggers:
                    made += fire(trigger)
            return made, model.state

        return run

    return course.contestant("transitions, shared machine", "peer", prepare)


def one_each(course: Course) -> Contestant:
    """`transitions`: one machine per case, as its documentation shows; making the machines is not counted."""

    def prepare(cases: int) -> Callable[[], Any]:
        models: list[Any] = [_Model() for _ in range(cases)]
        for model in models:
            machine(course.states, course.arrows, model)

        def run() -> tuple[int, str]:
            made = 0
            for model in models:
                fire = model.trigger
                for trigger in course.triggers:
                    made += fire(trigger)
            return made, models[-1].state

        return run

    return course.contestant("transitions, a machine per case", "peer", prepare, share=2, part=10)


def by_hand(course: Course) -> Contestant:
    """A dictionary from (state, trigger) to state: the floor."""
    table = {(arrow.source, arrow.trigger): arrow.dest for arrow in course.arrows}
    triggers = course.triggers

    def prepare(cases: int) -> Callable[[], Any]:
        def run() -> tuple[int, str]:
            made, state = 0, BEGIN
            for _ in range(cases):
                state = BEGIN
                for trigger in triggers:
                    state = table[state, trigger]
                    made += 1
            return made, state

        return run

    return course.contestant("a table by hand", "floor", prepare)


def statemachine(course: Course) -> Contestant:
    """python-statemachine: one machine per case."""
    from statemachine import State, StateMachine

    outward = {arrow.source for arrow in course.arrows}
    states = {name: State(initial=name == BEGIN, final=name not in outward) for name in course.states}
    events: dict[str, Any] = {}
    for arrow in course.arrows:
        way = states[arrow.source].to(states[arrow.dest])
        events[arrow.trigger] = events[arrow.trigger] | way if arrow.trigger in events else way
    made_class: Any = type("Petition", (StateMachine,), {**states, **events})

    def prepare(cases: int) -> Callable[[], Any]:
        machines = [made_class() for _ in range(cases)]

        def run() -> tuple[int, str]:
            made = 0
            for each in machines:
                for trigger in course.triggers:
                    each.send(trigger)
                    made += 1
            return made, next(iter(machines[-1].configuration)).id

        return run

    return course.contestant("python-statemachine", "peer", prepare, share=3, part=20)


def sismic(course: Course) -> Contestant:
    """Sismic: one interpreter per case over one statechart."""
    from sismic.interpreter import Interpreter
    from sismic.model import BasicState, CompoundState, Statechart, Transition

    chart = Statechart("petition")
    chart.add_state(CompoundState("root", initial=BEGIN), None)
    for name in course.states:
        chart.add_state(BasicState(name), "root")
    for arrow in course.arrows:
        chart.add_transition(Transition(arrow.source, arrow.dest, event=arrow.trigger))

    def prepare(cases: int) -> Callable[[], Any]:
        interpreters = [Interpreter(chart) for _ in range(cases)]
        for each in interpreters:
            each.execute()

        def run() -> tuple[int, str]:
            made = 0
            for each in interpreters:
                for trigger in course.triggers:
                    each.queue(trigger)
                    made += bool(each.execute_once())
            return made, interpreters[-1].configuration[-1]

        return run

    return course.contestant("sismic", "peer", prepare, share=3, part=20)


def spiff(course: Course) -> Contestant:
    """SpiffWorkflow: one workflow per case; it has no events, so the life is its sequence of manual tasks."""
    from SpiffWorkflow.specs.Simple import Simple
    from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
    from SpiffWorkflow.workflow import Workflow

    spec = WorkflowSpec("petition", addstart=True)
    last = spec.start
    names = [f"{place}_{trigger}" for place, trigger in enumerate(course.triggers)]
    for name in names:
        task = Simple(spec, name, manual=True)
        last.connect(task)
        last = task

    def prepare(cases: int) -> Callable[[], Any]:
        workflows = [Workflow(spec) for _ in range(cases)]
        for each in workflows:
            each.run_next()

        def run() -> tuple[int, str]:
            made = 0
            for each in workflows:
                for name in names:
                    each.get_tasks(spec_name=name)[0].run()
                    made += 1
            return made, course.end if all(each.is_completed() for each in workflows) else "not completed"

        return run

    return course.contestant("SpiffWorkflow", "peer", prepare, share=3, part=20)


def burr(course: Course) -> Contestant:
    """Burr: one application per case; each transition is an action that writes the state it leads to."""
    logging.getLogger("burr").setLevel(logging.ERROR)
    core: Any = import_module("burr.core")  # typed only in part, and not always there

    names = [f"{place}_{step.trigger}" for place, step in enumerate(course.life)]

    def acting(dest: str) -> Any:
        def act(state: Any) -> Any:
            return state.update(made=state["made"] + 1, stands=dest)

        return core.action(reads=["made"], writes=["made", "stands"])(act)

    actions = {name: acting(step.dest) for name, step in zip(names, course.life, strict=True)}
    follow = list(pairwise(names))

    def one() -> Any:
        return (
            core.ApplicationBuilder()
            .with_actions(**actions).with_transitions(*follow).with_state(made=0, stands=BEGIN)
            .with_entrypoint(names[0]).build()
        )  # fmt: skip

    def prepare(cases: int) -> Callable[[], Any]:
        applications = [one() for _ in range(cases)]

        def run() -> tuple[int, str]:
            for each in applications:
                for _ in names:
                    each.step()
            return sum(each.state["made"] for each in applications), applications[-1].state["stands"]

        return run

    return course.contestant("burr", "peer", prepare, share=3, part=20)


OPTIONAL = {"python-statemachine": statemachine, "sismic": sismic, "SpiffWorkflow": spiff, "burr": burr}


def optional(course: Course) -> tuple[list[Contestant], list[str]]:
    """Return the peers that are installed, and the names of those that are not."""
    found, missing = [], []
    for name, build in OPTIONAL.items():
        try:
            found.append(build(course))
        except ImportError:
            missing.append(name)
    return found, missing
