"""`like`: a state that an overlay adds stands wherever the state stands that it is like."""

import pytest

import xinfang_flow as xf
from tests.flow.flows_at_hand import HEAD, read, said
from xinfang_flow.flow import Flow, Source, check, define, read_flow, to_toml
from xinfang_flow.flows import source_of

ADVISING = """
id      = "our_proxy"
version = 1
extends = "proxy_petition@1"
title   = { zh = "本县代访", en = "Our proxy petition" }

[states]
advising = { title = { zh = "征求意见中", en = "Asking for advice" }, stage = "handling"LIKE }

[[transition]]
trigger = "ask_advice"
title   = { zh = "征求意见", en = "Ask for advice" }
source  = "handling"
dest    = "advising"
roles   = "proxy"

[[transition]]
trigger = "advise"
title   = { zh = "答复意见", en = "Give advice" }
source  = "advising"
dest    = "handling"
roles   = "dispatcher"
"""
LIKE = ', like = "handling"'
STEP = '[[transition]]\ntrigger = "ask"\nsource = "handling"\ndest = "asking"\nroles = "handler"\n'
BACK = '[[transition]]\ntrigger = "advise"\nsource = "asking"\ndest = "handling"\nroles = "handler"\n'


def county(like: str = LIKE) -> Flow:
    """The county's proxy petition with its state of advice."""
    return read_flow(Source("our_proxy.toml", ADVISING.replace("LIKE", like)), [], source_of)


def stands(flow: Flow, state: str) -> set[str]:
    """Where a state stands: tasks, deadlines and transitions, by kind and name."""
    moments = {
        f"{deadline.name}.{key}"
        for deadline in flow.deadlines
        for key in ("starts", "met_by", "cancels", "suspends", "resumes")
        if (moment := getattr(deadline, key)) and state in moment.enters
    }
    return (
        {f"task {task.name}" for task in flow.tasks if state in task.states}
        | moments
        | {f"from {one.name}" for one in flow.transitions if state in one.source}
    )


def test_a_like_state_stands_in_every_list_in_which_the_other_stands() -> None:
    """Tasks, moments of deadlines and sources of steps: what is said of the one is said of the other."""
    flow = county()

    assert stands(flow, "advising") == stands(flow, "handling") - {"from ask_advice"} | {"from advise"}


def test_nothing_is_left_of_the_word_in_the_resolved_text() -> None:
    """The resolved text keeps what came of it: written out and read again, the flow has the same digest."""
    flow = county()

    assert '"like"' not in flow.text
    assert read(to_toml(flow)).digest == flow.digest
    assert flow.states["advising"].like is None


def test_the_documents_under_it_are_not_changed() -> None:
    """Another overlay of the same flow knows nothing of it."""
    before = xf.load_flow("proxy_petition").digest
    county()

    assert xf.load_flow("proxy_petition").digest == before


def test_a_state_may_be_like_one_that_is_like_another() -> None:
    """Likeness is handed on, in whichever order the states stand."""
    states = '[states]\nc = { like = "b" }\nb = { like = "handling" }\n'
    flow = read(HEAD + states)

    assert flow.task("opinion").states == ("handling", "b", "c")
    assert set(flow.deadline("handling").starts.enters) == {"handling", "b", "c"}


def test_a_state_that_stands_there_already_is_not_put_there_twice() -> None:
    """What an author wrote out stays as it is."""
    flow = read(HEAD + '[states]\nb = { like = "handling" }\n[[task]]\nname = "opinion"\nstates = ["b", "handling"]\n')

    assert flow.task("opinion").states == ("b", "handling")


def test_the_step_into_a_state_does_not_leave_it() -> None:
    """Asking for advice is not possible while advice is being asked for."""
    flow = read(HEAD + '[states]\nasking = { like = "handling" }\n' + STEP + BACK)

    assert next(one.source for one in flow.transitions if one.trigger == "ask") == ("handling",)
    assert next(one.source for one in flow.transitions if one.trigger == "close") == ("handling", "asking")


def test_every_state_that_is_not_final_stays_every_state() -> None:
    """A step from anywhere needs no list, and gets none."""
    flow = read(
        HEAD + '[states]\nb = { like = "handling" }\n'
        '[[transition]]\ntrigger = "drop"\nsource = "*"\ndest = "closed"\nroles = "clerk"\n'
    )

    assert next(one.source for one in flow.transitions if one.trigger == "drop") == ("*",)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ('b = { like = "handlng" }', [("XF101", "flow.toml:5: states.b.like")]),
        ('b = { like = "b" }', [("XF121", "flow.toml:5: states.b.like")]),
        ('b = { like = "c" }\nc = { like = "b" }', [("XF121", "flow.toml:5: states.b.like")]),
        ('a = { like = "b" }\nb = { like = "c" }\nc = { like = "b" }', [("XF121", "flow.toml:6: states.b.like")]),
        ("b = { like = 7 }", [("XF012", "flow.toml:5: states.b.like")]),
        ('b = { like = ["handling"] }', [("XF012", "flow.toml:5: states.b.like")]),
        ('b = { like = "C D" }', [("XF101", "flow.toml:5: states.b.like")]),
    ],
)
def test_a_likeness_that_cannot_be_is_found_where_it_is_said(states: str, expected: list[tuple[str, str]]) -> None:
    """A state that is not there, itself, a circle, no text: each with its place."""
    assert said(f"{HEAD}[states]\n{states}\n") == expected


def test_the_nearest_state_is_named() -> None:
    """A slip of the pen is mended in one look."""
    with pytest.raises(xf.FlowError) as caught:
        read(HEAD + '[states]\nb = { like = "handlng" }\n')

    assert "did you mean 'handling'?" in caught.value.findings[0].message.en
    assert "是否应为“handling”？" in caught.value.findings[0].message.zh


def test_a_flow_from_python_may_say_it_too() -> None:
    """The builder's document is resolved as any other."""
    visit = define("visit", title="Visit").role("clerk").state("a", initial=True).state("b", like="a")
    visit.state("end", final=True).opening(roles="clerk").task("look", "a", of="clerk")
    visit.transition("go", "a", "b", roles="clerk").transition("end", "a", "end", roles="clerk")
    flow = visit.build()

    assert flow.task("look").states == ("a", "b")
    assert next(one.source for one in flow.transitions if one.trigger == "end") == ("a", "b")


def test_a_case_keeps_its_proxy_and_its_file_while_advice_is_asked() -> None:
    """Through `handling`, `advising` and back: the proxy still holds the matter, and what was filed stays filed."""
    engine = xf.Engine.in_memory(flows=[county()], clock=xf.ManualClock("2026-03-02T10:00:00+08:00"))
    clerk, dispatcher = xf.Actor("a", frozenset({"clerk"})), xf.Actor("b", frozenset({"dispatcher"}))
    proxy, archivist = xf.Actor("c", frozenset({"proxy"})), xf.Actor("d", frozenset({"archivist"}))
    case = engine.open(
        "our_proxy",
        {"intake": "first_visit", "register_no": "1", "received_on": "2026-03-02", "township": "t", "form": "visit",
         "summary": "s"},
        actor=clerk,
    )  # fmt: skip
    for trigger, actor, payload in (
        ("screen", dispatcher, {}),
        ("assign", dispatcher, {"pool": "resident", "to": "c"}),
        ("match", proxy, {"department": "d"}),
        ("tick", archivist, {"item": "intake_sheet"}),
        ("ask_advice", proxy, {}),
        ("accompany", proxy, {"record": "r"}),
        ("advise", dispatcher, {}),
        ("feed_back", proxy, {"result": "r"}),
    ):
        case = engine.fire(case.id, trigger, actor=actor, payload=payload)

    assert case.state == "fed_back"
    assert [slot.record["state"] for slot in case.tasks["file"].slots].count("done") == 1
    assert [slot.record["state"] for slot in case.tasks["proxy"].slots] == ["open"]


def test_with_like_the_county_has_no_findings() -> None:
    """What `check` found in the state that was added is gone with one word."""
    assert not [finding for finding in check(county()) if finding.code in ("XF216", "XF217")]


def test_a_deadline_that_starts_on_entering_is_told_of_the_detour_all_the_same() -> None:
    """Coming back from a state that is like another is entering the other: `fires` says which step starts the time."""
    text = HEAD + '[states]\nasking = { like = "handling" }\n' + STEP + BACK
    mended = text + '[[deadline]]\nname = "handling"\nstarts = { fires = "accept" }\n'

    assert [finding.code for finding in check(read(text)) if finding.code in ("XF216", "XF217")] == ["XF217"]
    assert [finding.code for finding in check(read(mended)) if finding.code in ("XF216", "XF217")] == []
