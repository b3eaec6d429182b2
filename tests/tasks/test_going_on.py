"""After every step that people take with their tasks somebody can go on, or the case is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import Phase, event, given, settings, strategies as st

import xinfang_flow as xf
from tests.kernel.offers import holds_for
from tests.kernel.office import MONDAY, entropy
from xinfang_flow.kernel import Case, Command, Rules, Taken, evolve, explain
from xinfang_flow.kernel.decide import decide_open
from xinfang_flow.kernel.event import seal

NAMES = ("ann", "bob", "cai", "dan")
MANY = settings(  # a walk is long and made smaller only slowly, so what fails is shown as it was found
    max_examples=max(25, settings().max_examples // 4), phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
DOES = ("settle", "skip", "transfer", "delegate", "add", "remove", "remind", "copy", "retract")
SOURCES: list[dict[str, Any]] = [
    {"of_field": "people"}, {"of": ["officer", "clerk"]}, {"items": [{"name": "form"}, {"name": "sheet"}]},
]  # fmt: skip
SETTLES: list[Any] = ["all", "any", "in_turn", {"n_of": 2}, {"n_of": 2, "with": ["yes"]}]
lists = st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=4)


class Walk:
    """One case on its way, step by step, through the kernel alone."""

    def __init__(self, rules: Rules, data: dict[str, Any], source: st.DataObject, roles: tuple[str, ...]) -> None:
        self.rules, self.source, self.at, self.roles = rules, source, moment(), roles
        self.entropy = entropy()
        begun = decide_open(
            self.rules, "0" * 24, data, actor=self.person("ann"), at=self.at, recorded_at=self.at, key="k"
        )
        assert isinstance(begun, Taken), begun
        self.case: Case = evolve(None, seal(begun.event, "", self.rules.personal, self.entropy))

    def person(self, name: str) -> xf.Actor:
        """Somebody who has every role."""
        return xf.Actor(name, self.roles)

    def steps(self, number: int) -> Iterator[None]:
        """Take steps at random, of those that are on offer to somebody, and hold the offers to what firing does."""
        for _ in range(number):
            if self.case.done:
                return
            self.at += timedelta(minutes=1)
            actor = self.person(self.source.draw(st.sampled_from(NAMES)))
            options = explain(self.rules, self.case, actor, self.at)
            other = self.source.draw(st.sampled_from(options))
            holds_for(self.rules, self.case, other, self.command(other.trigger, actor), self.at)
            allowed = [option.trigger for option in options if option.allowed]
            command = self.command(self.source.draw(st.sampled_from(allowed or [other.trigger])), actor)
            decision = self.rules.decide(self.case, command, self.at, self.at)
            if isinstance(decision, Taken):
                event(command.trigger)
                sealed = seal(decision.event, self.case.head, self.rules.personal, self.entropy)
                self.case = evolve(self.case, sealed)
                yield

    def command(self, trigger: str, actor: xf.Actor) -> Command:
        """Somebody's request, with what the trigger asks for."""
        return Command(self.case.id, trigger, self.payload(trigger), actor, self.at, "k", "a word")

    def payload(self, trigger: str) -> dict[str, Any]:
        """What a trigger asks for, drawn from the people, the slots and the answers that there are."""
        arrow = self.rules.table[self.case.state, trigger][0]
        ids = [slot.id for task in self.case.tasks.values() for slot in task.slots] or ["nobody"]
        drawn: dict[str, st.SearchStrategy[Any]] = {
            "to": st.sampled_from(NAMES), "slot": st.sampled_from(ids), "before": st.sampled_from(ids),
            "item": st.sampled_from(["form", "sheet"]), "reason": st.just("why"), "text": st.just("text"),
            "answer": st.sampled_from(sorted({"yes", "no", "agree", "against"} & self.answers(arrow)) or ["yes"]),
            "to_state": st.sampled_from(list(self.rules.flow.states)),
        }  # fmt: skip
        return {
            name: self.source.draw(drawn[name])
            for name in arrow.payload.fields
            if name in arrow.payload.required or self.source.draw(st.integers(0, 2)) == 0
        }

    def answers(self, arrow: Any) -> set[str]:
        """The answers of the task that an arrow takes a step of."""
        step = arrow.transition.task
        return set(self.rules.flow.task(step.name).answers) if step else set()

    def who_can(self, *triggers: str) -> list[str]:
        """Who can fire one of these now, with some payload: they are told so, and it is taken."""
        return [name for name in NAMES if any(self._can(name, trigger) for trigger in triggers)]

    def _can(self, name: str, trigger: str) -> bool:
        arrows = self.rules.table.get((self.case.state, trigger), ())
        answer = next(iter(sorted(self.answers(arrows[0]))), "") if arrows else ""
        for slot in ("", *(slot.id for task in self.case.tasks.values() for slot in task.slots)) if arrows else ():
            asked = {"slot": slot, "item": slot, "answer": answer}
            payload = {key: value for key, value in asked.items() if value and key in arrows[0].payload.fields}
            command = Command(self.case.id, trigger, payload, self.person(name), self.at, "k", "a word")
            if isinstance(self.rules.decide(self.case, command, self.at, self.at), Taken):
                return True
        return False


def moment() -> datetime:
    """When every walk begins."""
    return datetime.fromisoformat(MONDAY)


@cache
def rules_of(text: str) -> Rules:
    """The rules of a flow, by its text."""
    return Rules(xf.Flow.model_validate_json(text), {}, xf.Calendar.china())


def flow_of(task: dict[str, Any]) -> xf.Flow:
    """A flow with one task and every step of it for whoever holds a slot; an office removes and hands over."""
    steps = [
        {"trigger": do, "source": "work", "roles": ["officer", "clerk"], "task": {"name": "job", "do": do}}
        for do in DOES
    ]
    office = [
        {
            "trigger": f"office_{do}", "source": "work", "roles": ["clerk"],
            "task": {"name": "job", "do": do, "anyone": True},
        }
        for do in ("remove", "transfer", "skip")
    ]  # fmt: skip
    again = [
        {"trigger": "back", "source": "work", "dest": "start", "roles": ["clerk"]},
        {"trigger": "go", "source": "start", "dest": "work", "roles": ["clerk"]},
    ]
    finish = {
        "trigger": "finish", "source": "work", "dest": "end", "roles": ["clerk"], "conditions": [{"settled": "job"}],
    }  # fmt: skip
    return xf.Flow.model_validate({
        "id": "walk", "version": 1, "title": "walk", "initial": "start",
        "roles": {"clerk": {}, "officer": {}}, "states": {"start": {}, "work": {}, "end": {"final": True}},
        "fields": {"people": {"type": "list", "of": "actor"}},
        "open": {"roles": ["clerk"], "takes": ["people"]},
        "task": [{"name": "job", "states": ["work"], **task}],
        "transition": [*steps, *office, *again, finish],
    })  # fmt: skip


@given(st.sampled_from(SOURCES), st.sampled_from(SETTLES), lists, st.booleans(), st.data())
@MANY
def test_after_every_step_somebody_can_go_on(
    source: dict[str, Any], settle: Any, people: list[str], asked: bool, data: st.DataObject
) -> None:
    """Whatever people have done with a task, somebody can settle a share of it, or it is settled and the case ends."""
    quorum = isinstance(settle, dict)
    answers = {"answers": {"yes": "yes", "no": "no"}} if asked or (quorum and "with" in settle) else {}
    many = [*people, *(name for name in NAMES if name not in people)][:2] if quorum else people
    flow = flow_of({**source, "settle": settle, **answers})
    walk = Walk(rules_of(flow.text), {"people": many}, data, ("clerk", "officer"))
    for _ in walk.steps(12):
        if walk.case.state == "work" and not walk.case.done:
            assert walk.who_can("settle", "finish")


@given(st.tuples(lists, lists, lists, lists), st.data())
@MANY
def test_an_approval_never_stands_still(people: tuple[list[str], ...], data: st.DataObject) -> None:
    """依次、会签、或签、票决、转办、委派、加签、减签、驳回、挂起 in any order: somebody can take the next step."""
    reviewers, signers, leaders, committee = people
    given_ = {
        "subject": "x", "text": "x", "author": "ann", "reviewers": reviewers, "signers": signers, "leaders": leaders,
        "committee": committee,
    }  # fmt: skip
    walk = Walk(rules_of(xf.load_flow("approval").text), given_, data, ("author", "officer", "registry"))
    for _ in walk.steps(16):
        if not walk.case.done:
            assert walk.who_can("activate" if walk.case.held else "submit", "pass", "sign", "approve", "vote")
