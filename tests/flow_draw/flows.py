"""Flows to draw: one to look at, and any number of hostile ones."""

import tomllib
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from xinfang_flow.flow.model.flow import Flow

HOSTILE = (
    "<script>alert(1)</script>",
    '"]; click b "javascript:alert(1)"',
    "]]></style></text><script>alert(1)</script>",
    "&lt;b&gt; &amp; &#60; #lt; #60;",
    "<<b>bold</b>>",
    "a:b:c",
    "处理：中",
    "say \"yes\" 'no' `maybe`",
    "back\\slash \\N \\",
    "two\nlines\r\nand\ttabs",
    "长" * 300,
    "w" * 300,
    "𠮷野家 👩‍👩‍👧",
    "مرحبا \u202eabc\u202c שלום",
    "%%{init: {'securityLevel':'loose'}}%%",
    "--- end subgraph x; style s0 fill:#f00;",
    "1. one\n- two",
    "**bold** _it_ $$x^2$$ fa:fa-car",
    "ﬂ°°60¶ßscript",
    "{|x|} -->|y| z",
    "\x00\x07\x1b[31m\x7f\x85\ufffe\U0001ffff",
)


def proxy() -> Flow:
    """The proxy pipeline: 14 states, 26 transitions, loops, deadlines, tasks, withdrawal from anywhere."""
    return flow(tomllib.loads(Path(__file__).with_name("proxy.toml").read_text(encoding="utf-8")))


def flow(document: dict[str, Any]) -> Flow:
    """A flow from its document."""
    return Flow.model_validate(document)


def labelled(words: list[str]) -> Flow:
    """A flow that shows each kind of label once, with words taken from the list in turn."""
    turn = iter(words * 20)

    def word() -> str:
        return next(turn)[:400]

    step = {"source": "here", "roles": "clerk"}
    return flow({
        "id": "hostile", "version": 1, "title": word(), "status": word(), "initial": "here",
        "roles": {"clerk": {"title": word()}},
        "fields": {"kind": {"type": "choice", "title": word(), "choices": {"a": word(), "b": word()}}},
        "stages": {"one": {"title": word()}, "two": {"title": word()}},
        "states": {
            "here": {"stage": "one", "title": word()},
            "there": {"stage": "two", "title": word()},
            "done": {"title": word(), "final": True, "outcome": "done"},
        },
        "open": {"roles": "clerk", "title": word()},
        "task": [{"name": "owed", "title": word(), "states": "there", "of": "clerk", "settle": "any"}],
        "deadline": [{
            "name": "late", "title": word(), "starts": {"enters": "there"},
            "period": {"by": "kind", "cases": {"a": {"days": 3}, "b": {"working_days": 5}}},
        }],
        "transition": [
            {"trigger": "go", "dest": "there", "title": word(), **step},
            {"trigger": "run", "dest": "there", "title": word(), "conditions": [{"present": "kind"}], **step},
            {"trigger": "stay", "title": word(), **step},
            {"trigger": "return", "dest": "@previous", "title": word(), **step, "source": "there"},
            {"trigger": "again", "dest": "here", "title": word(), **step, "source": "there"},
            {"trigger": "end", "dest": "done", "title": word(), **step, "source": "*"},
        ],
    })  # fmt: skip


hostile_text = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(min_size=1, max_size=40),
    st.lists(st.sampled_from([*HOSTILE, *'"\\<>&#;:%`[](){}|-\n ']), min_size=1, max_size=6).map("".join),
)
hostile_flows = st.lists(hostile_text, min_size=1, max_size=22).map(labelled)


@st.composite
def tangled_flows(draw: st.DrawFn) -> Flow:
    """A flow of any shape: stages or none, loops, arrows to and fro, markers, longer and shorter words."""
    words = st.sampled_from(["办", "受理登记", "转送有权处理的机关办理", "Accept", "Send to the unit in charge", "x"])
    count = draw(st.integers(1, 12))
    names = [f"n{number}" for number in range(count)]
    stage = st.sampled_from([None, "one", "two", "three"])
    dest = st.sampled_from([None, "@previous", "@first", *names])
    arrows = st.tuples(st.sampled_from(["*", *names]), dest, words)
    return flow({
        "id": "tangled", "version": 1, "title": "乱", "initial": names[0], "roles": {"clerk": {"title": draw(words)}},
        "stages": {"one": {"title": "第一阶段"}, "two": {}, "three": {"title": "A third stage of some length"}},
        "states": {name: {"stage": draw(stage), "title": draw(words), "final": draw(st.booleans())} for name in names},
        "open": {"roles": "clerk"},
        "transition": [
            {"trigger": f"t{number}", "source": source, "dest": dest, "title": title, "roles": "clerk"}
            for number, (source, dest, title) in enumerate(draw(st.lists(arrows, max_size=24)))
        ],
    })  # fmt: skip
