"""What holds of the kernel on any flow, for anybody, whatever is asked."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, assume, event, given, settings
from transitions import MachineError

import xinfang_flow as xf
from tests.kernel.commands import CALENDAR, START, Asked, requests, stories
from tests.kernel.office import CLERK, base, begun, entropy, made
from xinfang_flow.kernel import Command, Refused, Rules, Taken, evolve, explain, fold
from xinfang_flow.kernel.event import digest, private_part, restore, seal
from xinfang_flow.kernel.worklist import Worklist

LENGTH = 6
# A random flow costs far more to make than to run; `HYPOTHESIS_PROFILE=long` makes twenty times as many.
MANY = settings(
    max_examples=max(25, settings().max_examples // 4),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


class Telling:
    """A case that is being told: what is asked of it, and every event so far."""

    def __init__(self, story: Any) -> None:
        self.rules, data, actor, self.data = story
        self.draw = entropy()
        case = begun(self.rules, data, actor, START, self.draw)
        assume(case is not None)
        assert case is not None
        self.case, self.at = case, START
        self.events: list[xf.Event] = []

    def steps(self, length: int = LENGTH) -> Iterator[tuple[xf.Case, Command, Taken | Refused]]:
        """Ask at random; what is taken becomes the next event."""
        for _ in range(length):
            asked: Asked = self.data.draw(requests(self.rules, self.case.state))
            self.at += asked.later
            command = Command(self.case.id, asked.trigger, asked.payload, asked.actor, self.at, "k", asked.note)
            decision = self.rules.decide(self.case, command, self.at, self.at)
            yield self.case, command, decision
            if isinstance(decision, Taken):
                sealed = seal(decision.event, self.case.head, self.rules.personal, self.draw)
                self.events.append(sealed)
                self.case = evolve(self.case, sealed)


def model_of(rules: Rules, case: xf.Case) -> Any:
    """An object under the flow's own machine, where the case stands."""
    model = type("Model", (), {})()
    rules.machine.add_model(model, initial=case.state)
    return model


def by_the_runner(rules: Rules, case: xf.Case, command: Command) -> tuple[bool, str]:
    """What `transitions` itself does with the command: whether it was taken, and where the model then stands."""
    model = model_of(rules, case)
    try:
        taken = model.trigger(
            command.trigger, case=case, actor=command.actor, at=command.at, payload=command.payload, note=command.note
        )
    except (MachineError, AttributeError):  # no arrow from here; no such trigger
        taken = False
    finally:
        rules.machine.remove_model(model)
    return bool(taken), model.state


@given(stories())
@MANY
def test_the_runner_of_transitions_agrees(story: Any) -> None:
    """The oracle: `transitions`, asked with the same case and command, goes to the same place or refuses as we do."""
    telling = Telling(story)
    for case, command, decision in telling.steps():
        taken, state = by_the_runner(telling.rules, case, command)
        event("taken" if taken else "refused")
        assert taken == isinstance(decision, Taken)
        assert state == (decision.event.dest if isinstance(decision, Taken) else case.state)


@given(stories())
@MANY
def test_deciding_is_pure(story: Any) -> None:
    """The same input gives the same output, and the input is as it was; a refusal is therefore no change."""
    telling = Telling(story)
    for case, command, decision in telling.steps():
        before = pickle.dumps((case, command))
        again = telling.rules.decide(case, command, telling.at, telling.at)
        fresh = Rules(telling.rules.flow, {}, telling.rules.calendar).decide(case, command, telling.at, telling.at)
        assert again == decision == fresh
        assert pickle.dumps((case, command)) == before
        assert bool(decision) == isinstance(decision, Taken)


@given(stories())
@MANY
def test_the_fold_is_the_case(story: Any) -> None:
    """After every event the fold of all events, read back from their hashed forms, is the case."""
    telling = Telling(story)
    for _ in telling.steps():
        pass
    rules, data, actor, _ = story
    first = begun(rules, data, actor, START, entropy())
    assert first is not None
    case = first
    for number, sealed in enumerate(telling.events):
        case = evolve(case, restore(sealed.body, sealed.hash, private_part(sealed)))
        assert case.version == number + 2
        assert case.trail[-1] == case.state
    assert case == telling.case


@given(stories())
@MANY
def test_the_hashed_form_is_canonical(story: Any) -> None:
    """Every body is what RFC 8785 makes of it, its hash is its hash, and it chains to the one before."""
    telling = Telling(story)
    head = telling.case.head
    for _ in telling.steps():
        pass
    for sealed in telling.events:
        assert sealed.body.encode() == rfc8785.dumps(json.loads(sealed.body))
        assert digest(sealed.body) == sealed.hash
        assert sealed.prev_hash == head
        head = sealed.hash


@given(stories())
@MANY
def test_a_refusal_says_why_in_both_languages(story: Any) -> None:
    """Every refusal has at least one reason, each with a code and words in Chinese and English."""
    telling = Telling(story)
    for _, _, decision in telling.steps():
        if isinstance(decision, Refused):
            assert decision.reasons
            assert all(why.code and why.message.zh and why.message.en for why in decision.reasons)


@given(stories())
@MANY
def test_what_is_taken_was_on_offer(story: Any) -> None:
    """Whoever may fire a trigger is told so beforehand: `explain` never denies what `decide` takes."""
    telling = Telling(story)
    for case, command, decision in telling.steps():
        if isinstance(decision, Taken):
            options = {option.trigger: option for option in explain(telling.rules, case, command.actor, telling.at)}
            assert options[command.trigger].allowed, options[command.trigger].reasons


@given(stories())
@MANY
def test_what_is_over_is_over(story: Any) -> None:
    """A case that is done has an outcome, owes nothing, runs no deadline, and takes nothing more."""
    telling = Telling(story)
    for _ in telling.steps(10):
        pass
    case = telling.case
    if not case.done:
        return
    event("done")
    assert case.outcome
    assert all(deadline.state not in ("armed", "suspended") for deadline in case.deadlines.values())
    assert all(task.state != "open" for task in case.tasks.values())
    for trigger in telling.rules.flow.triggers:
        command = Command(case.id, trigger, {}, story[2], telling.at)
        refusal = telling.rules.decide(case, command, telling.at, telling.at)
        assert isinstance(refusal, Refused)
        assert refusal.reasons[0].code == "closed"


def test_a_history_that_does_not_hang_together_is_tampered_with() -> None:
    """Folding refuses an empty history, a beginning in the middle, a gap, and another case's event."""
    rules = Rules(made(base()), {}, CALENDAR)
    case = begun(rules, {}, CLERK, START, entropy())
    assert case is not None
    taken = rules.decide(case, Command(case.id, "move", {}, CLERK, START, "k"), START, START)
    assert isinstance(taken, Taken)
    for history in ([], [taken.event]):
        with pytest.raises(xf.TamperedError):
            fold(history)
    for wrong in (taken.event._replace(seq=3), taken.event._replace(case_id="f" * 24)):
        with pytest.raises(xf.TamperedError) as tampered:
            evolve(case, wrong)
        assert tampered.value.broken_at == wrong.seq


@given(stories())
@MANY
def test_what_waits_hangs_on_nothing_that_is_forgotten(story: Any) -> None:
    """A rule that remembers the lists it has given says of every case what one compiled anew says."""
    telling = Telling(story)
    known = Worklist(telling.rules.flow)
    for case, _, _ in telling.steps():
        for seen in (case, telling.case):
            assert known.of(seen) == Worklist(telling.rules.flow).of(seen)
            assert all(work.triggers and work.role != "system" for work in known.of(seen))
            assert not (seen.done and known.of(seen))
