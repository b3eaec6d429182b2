"""What may be fired now, held to what firing does: on any flow, for anybody, with any payload."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hypothesis import given, strategies as st

from tests.kernel.commands import actors, payloads, stories
from tests.kernel.offers import holds_for
from tests.kernel.test_random_flows import MANY, Telling
from xinfang_flow.kernel import Command, explain
from xinfang_flow.kernel.interpreter.standing import FIELD_CODES


def test_the_page_of_errors_lists_what_may_still_be_said() -> None:
    """The codes with which an allowed option may be refused stand on the page, all of them and no others."""
    page = (
        (Path(__file__).parents[2] / "docs/reference/errors.md").read_text("utf-8").partition("the code is one of")[2]
    )
    listed = re.findall(r"`([\w<>]+)`", page.partition("A named guard")[0])
    assert set(listed) == {*FIELD_CODES, "<task>_lead"}


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
