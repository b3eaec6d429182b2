"""Notes are text like every other: what cannot be printed is refused, what lies there already is shown safely."""

from __future__ import annotations

import pytest

import xinfang_flow as xf
from tests.engine.little import CLERK, engine
from xinfang_flow.casefile import words
from xinfang_flow.kernel.printable import NOTE_LENGTH

BAD = ["\x1b]0;x\x07\x1b[31m红", "a\x00b", "\x9b31m", "\x7f", "\ud800", "长" * (NOTE_LENGTH + 1), 7]


@pytest.mark.parametrize("note", BAD, ids=[f"{str(note)[:4]!a}" for note in BAD])
def test_a_note_that_cannot_be_printed_is_refused(note: str) -> None:
    """Control characters, half characters, more than 10,000: nothing is written, and the words repeat nothing of it."""
    engine_ = engine()
    with pytest.raises(xf.InputError, match="note") as told:
        engine_.open("little", {"subject": "x"}, actor=CLERK, note=note)
    assert "红" not in str(told.value)
    case = engine_.open("little", {"subject": "x"}, actor=CLERK)
    with pytest.raises(xf.InputError, match="note"):
        engine_.fire(case.id, "assign", {"to": "zhang"}, actor=CLERK, note=note)
    assert engine_.get(case.id, actor=CLERK) == case


@pytest.mark.parametrize("note", ["两行\n也行", "制表\t符", "𠮷\u2028", "x" * NOTE_LENGTH])
def test_a_note_of_plain_text_is_taken(note: str) -> None:
    """Lines, tabs, rare characters, and just as long as may be."""
    engine_ = engine()
    case = engine_.open("little", {"subject": "x"}, actor=CLERK, note=note)
    assert engine_.history(case.id, actor=CLERK)[0].note == note


def test_an_older_note_reaches_no_terminal_raw() -> None:
    """What was written before the rule held shows its codes instead of acting on them."""
    engine_ = engine()
    case = engine_.open("little", {"subject": "x"}, actor=CLERK, note="x")
    event = engine_.history(case.id, actor=CLERK)[0]._replace(note="a\x1b[31m红")
    lines = dict(words.event_lines(engine_.flow_of(case), event, "zh", words.HOME, reveal=True))
    assert lines["备注"] == "a\\x1b[31m红"
