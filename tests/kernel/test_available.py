"""What may be fired now, held to what firing does: on any flow, for anybody, with any payload."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st

from tests.kernel.commands import actors, payloads, stories
from tests.kernel.offers import holds_for
from tests.kernel.test_random_flows import MANY, Telling
from xinfang_flow.kernel import Command, explain


@given(stories())
@MANY
def test_what_is_on_offer_is_held_to_what_firing_does(story: Any) -> None:
    """Not allowed: refused with these reasons, whatever the payload.  Allowed: refused only for what was given."""
    telling = Telling(story)
    draw = telling.data.draw
    for _ in telling.steps(4):
        actor, rules, case = draw(actors()), telling.rules, telling.case
        for option in explain(rules, case, actor, telling.at):
            arrow = draw(st.sampled_from(rules.table[case.state, option.trigger]))
            payload, note = draw(payloads(arrow.payload)), draw(st.none() | st.just("a word"))
            command = Command(case.id, option.trigger, payload, actor, telling.at, "k", note)
            holds_for(rules, case, option, command, telling.at)
