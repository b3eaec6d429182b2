"""Cases that wait for cases: ties, outcomes that arrive, and outcomes that must wait."""

from __future__ import annotations

from typing import Any

import pytest

import xinfang_flow as xf
from tests.kernel.office import CLERK, MONDAY, base, entropy, made, person

PART: dict[str, Any] = base(id="part")
WHOLE: dict[str, Any] = base(
    id="whole",
    link=[{"kind": "part", "flow": "part", "trigger": "hear", "carries": ["memo"]}, {"kind": "quiet", "flow": "part"}],
    transition=[
        {"trigger": "hear", "source": "there", "roles": ["system"], "takes": ["memo?"]},
        {
            "trigger": "close",
            "source": "there",
            "dest": "gone",
            "roles": ["clerk"],
            "conditions": [{"linked": "part", "with": "over"}, {"running": "quiet", "at_most": 0}],
        },
    ],
)


class World:
    """Two flows, and cases of them."""

    def __init__(self) -> None:
        self.clock = xf.ManualClock(MONDAY)
        self.engine = xf.Engine.in_memory(flows=[made(PART), made(WHOLE)], clock=self.clock, entropy=entropy())
        self.whole, self.part = self.opened("whole"), self.opened("part")

    def opened(self, flow: str) -> str:
        """Open a case and return its id."""
        return self.engine.open(flow, {}, actor=CLERK).id

    def fire(self, case_id: str, trigger: str, **payload: Any) -> xf.Case:
        """Fire as the clerk."""
        return self.engine.fire(case_id, trigger, payload, actor=CLERK)

    def case(self, case_id: str) -> xf.Case:
        """The case as it stands."""
        return self.engine.get(case_id, actor=xf.SYSTEM)

    def signals(self) -> list[xf.Signal]:
        """What the whole has not taken yet."""
        return self.engine.signals(self.whole, actor=CLERK)


def test_a_tie_stands_on_both_cases() -> None:
    """The one that waits knows its child, the other its parent; each has an event of it."""
    world = World()
    world.engine.link(world.whole, world.part, "part", actor=CLERK)
    [tie] = world.case(world.whole).links
    assert (tie.case_id, tie.role, tie.state) == (world.part, "child", "open")
    assert [(tie.case_id, tie.role) for tie in world.case(world.part).links] == [(world.whole, "parent")]
    for case_id in (world.whole, world.part):
        assert world.engine.history(case_id, actor=CLERK)[-1].kind == "linked"
        assert world.engine.verify(case_id, actor=CLERK).ok


def test_an_outcome_arrives_in_the_same_transaction() -> None:
    """The child's end fires the parent's trigger, with the fields that it carries."""
    world = World()
    world.fire(world.whole, "move")
    world.engine.link(world.whole, world.part, "part", actor=CLERK)
    world.fire(world.part, "set", memo="听证结论")
    world.fire(world.part, "end")
    whole = world.case(world.whole)
    assert (whole.links[0].state, whole.links[0].outcome, whole.data["memo"]) == ("done", "over", "听证结论")
    event = world.engine.history(world.whole, actor=CLERK)[-1]
    assert (event.kind, event.trigger, event.actor) == ("signalled", "hear", "system")
    assert world.signals() == []


def test_a_refused_signal_waits_and_is_tried_again() -> None:
    """Where the parent cannot take it yet the child stands, the signal is visible, and the next event brings it in."""
    world = World()
    world.engine.link(world.whole, world.part, "part", actor=CLERK)
    assert world.fire(world.part, "end").done
    assert [signal.sender for signal in world.signals()] == [world.part]
    assert world.case(world.whole).links[0].state == "open"
    world.fire(world.whole, "move")
    assert world.signals() == []
    assert world.case(world.whole).links[0].state == "done"
    assert [event.kind for event in world.engine.history(world.whole, actor=CLERK)][-2:] == ["fired", "signalled"]
    assert world.engine.verify(world.whole, actor=CLERK).ok


def test_a_kind_without_a_trigger_is_told_all_the_same() -> None:
    """The tie is updated, and nothing else happens."""
    world = World()
    world.engine.link(world.whole, world.part, "quiet", actor=CLERK)
    world.fire(world.part, "end")
    assert world.case(world.whole).links[0].state == "done"
    assert world.case(world.whole).state == "here"


def test_waiting_for_all() -> None:
    """`linked` and `running` hold only when every child of the kind is done."""
    world = World()
    world.fire(world.whole, "move")
    other = world.opened("part")
    quiet = world.opened("part")
    world.engine.link(world.whole, world.part, "part", actor=CLERK)
    world.engine.link(world.whole, other, "part", actor=CLERK)
    world.engine.link(world.whole, quiet, "quiet", actor=CLERK)
    for case_id in (world.part, other):
        with pytest.raises(xf.RefusedError):
            world.fire(world.whole, "close")
        world.fire(case_id, "end")
    with pytest.raises(xf.RefusedError):
        world.fire(world.whole, "close")
    world.fire(quiet, "end")
    assert world.fire(world.whole, "close").done


def test_one_case_may_serve_several() -> None:
    """One hearing for several matters: each is told."""
    world = World()
    second = world.opened("whole")
    for waiting in (world.whole, second):
        world.fire(waiting, "move")
        world.engine.link(waiting, world.part, "part", actor=CLERK)
    world.fire(world.part, "end")
    assert [world.case(waiting).links[0].outcome for waiting in (world.whole, second)] == ["over", "over"]


def test_a_tie_made_late_brings_the_outcome() -> None:
    """A child that is done already tells so at once, or when the one that waits can take it."""
    world = World()
    world.fire(world.part, "end")
    world.engine.link(world.whole, world.part, "quiet", actor=CLERK)
    assert [tie.outcome for tie in world.case(world.whole).links] == ["over"]
    world.engine.link(world.whole, world.part, "part", actor=CLERK)
    assert len(world.signals()) == 1
    world.fire(world.whole, "move")
    assert world.signals() == []
    assert [tie.outcome for tie in world.case(world.whole).links] == ["over", "over"]


@pytest.mark.parametrize(
    ("kind", "code"), [("unheard_of", "link_unknown"), ("part", "linked_already"), ("itself", "link_unknown")]
)
def test_a_tie_that_cannot_be(kind: str, code: str) -> None:
    """An unknown kind, a second tie, a case with itself: refused on both sides."""
    world = World()
    world.engine.link(world.whole, world.part, "part", actor=CLERK)
    other = world.whole if kind == "itself" else world.part
    before = world.case(world.whole), world.case(world.part)
    with pytest.raises(xf.RefusedError) as refusal:
        world.engine.link(world.whole, other, "part" if kind == "itself" else kind, actor=CLERK)
    assert refusal.value.reasons[0].code == code
    assert (world.case(world.whole), world.case(world.part)) == before


def test_what_is_done_waits_for_nothing() -> None:
    """A closed case takes no new tie."""
    world = World()
    world.fire(world.whole, "end")
    with pytest.raises(xf.RefusedError) as refusal:
        world.engine.link(world.whole, world.part, "part", actor=CLERK)
    assert refusal.value.reasons[0].code == "closed"


def test_a_tie_needs_sight_of_both() -> None:
    """Who may not see a case cannot tie anything to it, and learns nothing of it."""
    world = World()
    with pytest.raises(xf.NotFoundError):
        world.engine.link(world.whole, world.part, "part", actor=person("ann", "helper"))
    with pytest.raises(xf.NotFoundError):
        world.engine.link(world.whole, "f" * 24, "part", actor=CLERK)


def test_a_key_makes_a_tie_once() -> None:
    """The same key ties once; for other cases it is refused."""
    world = World()
    first = world.engine.link(world.whole, world.part, "part", actor=CLERK, key="tie-1")
    assert world.engine.link(world.whole, world.part, "part", actor=CLERK, key="tie-1") == first
    with pytest.raises(xf.KeyReusedError):
        world.engine.link(world.opened("whole"), world.part, "part", actor=CLERK, key="tie-1")


def test_any_role_name_leaves_a_readable_history() -> None:
    """Roles of an actor that no flow knows may be called anything: the hashed form stays canonical."""
    world = World()
    odd = xf.Actor("li", {'"', "clerk", "\\"}, "bureau")
    world.engine.link(world.whole, world.part, "part", actor=odd)
    assert world.engine.verify(world.whole, actor=CLERK).ok
