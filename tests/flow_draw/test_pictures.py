"""What is shown, the same in every format."""

from typing import Any, get_args

import pytest

from tests.flow_draw.flows import flow, proxy
from xinfang_flow.errors import InputError
from xinfang_flow.flow.draw import DrawingFormat, draw
from xinfang_flow.flow.draw.picture import Arrow, Back, Box, Label, Line, Picture, picture
from xinfang_flow.flow.draw.text import plain, width, wrapped

FORMATS: tuple[DrawingFormat, ...] = get_args(DrawingFormat)


@pytest.fixture(scope="module")
def shown() -> Picture:
    """The proxy pipeline in Chinese, with guards."""
    return picture(proxy(), "zh", guards=True)


def box(shown: Picture, title: str) -> Box:
    """The box of that title."""
    [found] = [box for box in shown.boxes if box.title == title]
    return found


def arrow(shown: Picture, source: str, dest: str) -> Arrow:
    """The one arrow between two boxes."""
    ends = (box(shown, source).id, box(shown, dest).id)
    [found] = [arrow for arrow in shown.arrows if (arrow.source, arrow.dest) == ends]
    return found


def small(**more: Any) -> Picture:
    """A flow of three states, with what a test adds."""
    document: dict[str, Any] = {
        "id": "small", "version": 1, "title": "小", "initial": "a", "roles": {"clerk": {}},
        "states": {"a": {}, "b": {}, "z": {"final": True}}, "open": {"roles": "clerk"}, **more,
    }  # fmt: skip
    return picture(flow(document), "en")


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_flow_gives_the_same_text(format: DrawingFormat) -> None:
    """Drawing twice gives one text, in each format."""
    assert draw(proxy(), format) == draw(proxy(), format)


@pytest.mark.parametrize("format", FORMATS)
def test_a_flow_without_transitions_can_be_drawn(format: DrawingFormat) -> None:
    """A flow of one lonely state has a picture."""
    lonely = flow({"id": "x", "version": 1, "title": "单", "initial": "a", "roles": {}, "states": {"a": {}},
                   "open": {"roles": "clerk"}})  # fmt: skip
    assert "a" in draw(lonely, format)


def test_mermaid_is_the_default() -> None:
    """Without a format the picture is Mermaid's."""
    assert draw(proxy()).startswith("flowchart TB\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"format": "mermade"}, ["format: 'mermade'", "did you mean 'mermaid'"]),
        ({"format": "png"}, ["mermaid, dot, svg"]),
        ({"lang": "fr"}, ["lang: 'fr' is none of zh, en"]),
        ({"highlight": "handlin"}, ["highlight: 'handlin'", "did you mean 'handling'"]),
        ({"visited": ["recieved"]}, ["visited: 'recieved'", "did you mean 'received'"]),
    ],
)
def test_an_unknown_word_is_named_with_the_nearest_right_one(arguments: dict[str, Any], words: list[str]) -> None:
    """A format, language or state that does not exist is an input error that helps."""
    with pytest.raises(InputError) as caught:
        draw(proxy(), **arguments)
    assert [word for word in words if word not in str(caught.value)] == []


def test_stages_are_bands_in_order(shown: Picture) -> None:
    """The stages come in the flow's order; what ends a case outside every stage comes last."""
    assert [band.title for band in shown.bands] == ["事项筛选入库", "代访分类处置", "流转反馈结果", "回访留存档案", ""]
    assert shown.bands[-1].boxes == (box(shown, "已撤回").id,)


def test_final_states_say_their_outcome(shown: Picture) -> None:
    """A final state is of its own kind and says how the case ended."""
    assert (box(shown, "已归档").kind, box(shown, "已归档").outcome) == ("final", "结果：archived")


def test_parallel_arrows_are_one(shown: Picture) -> None:
    """Two ways between the same two states are one arrow with two labels, each with its roles."""
    labels = arrow(shown, "已入库", "已派代访员").labels
    assert labels == (Label("派单", "代访回访中心"), Label("群众点单", "信访人"))


def test_guards_are_short_words(shown: Picture) -> None:
    """A guard is shown in a few words, beside the roles, when it is asked for."""
    assert arrow(shown, "代访办理中", "已反馈").labels[0].note == "代访员 · 有办理结果 · 除非办理 已逾期"
    assert arrow(shown, "回访中", "已归档").labels[0].note == "档案员 · 满意度 = 满意"
    assert arrow(shown, "已反馈", "回访中").labels[0].note == "回访员 · 非（责任代访员本人）"
    assert arrow(picture(proxy(), "zh"), "代访办理中", "已反馈").labels[0].note == "代访员"


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"present": "kind"}, "Kind given"),
        ({"absent": "when"}, "no when"),
        ({"field": "kind", "one_of": ["a", "b"]}, "Kind ∈ Plain, b"),
        ({"field": "kind", "one_of": "figures.kinds"}, "Kind ∈ Plain"),
        ({"field": "ok", "equals": True}, "ok = yes"),
        ({"count": "panel", "at_least": "figures.most"}, "number of panel ≥ not set"),
        ({"count": "panel", "odd": True}, "number of panel is odd"),
        ({"answered": "vote", "with": "yes", "over_half": True}, "Vote answers over half Agree"),
        ({"settled": "vote"}, "Vote settled"),
        ({"holds": "vote"}, "holder of Vote"),
        ({"actor_org": "unit"}, "of unit"),
        ({"before": "when", "by": {"days": 3}}, "before when 3 days"),
        ({"after": "when", "by": "figures.nowhere"}, "after when not set"),
        ({"linked": "hearing", "with": "held"}, "Hearing done held"),
        ({"deadline": "late", "is": ["armed", "breached"]}, "Late running, breached"),
        ({"named": "chair_is_outside"}, "chair_is_outside"),
        ({"any": [{"present": "when"}, {"named": "x"}]}, "when given or x"),
        ({"none": [{"present": "when"}]}, "not (when given)"),
    ],
)
def test_every_guard_has_short_words(condition: dict[str, Any], words: str) -> None:
    """Each predicate of the vocabulary is shown in a few words, with the flow's own labels."""
    document: dict[str, Any] = {
        "id": "guarded", "version": 1, "title": "x", "initial": "a", "roles": {"clerk": {}},
        "figures": {"kinds": {"value": ["a"], "source": "x"}, "most": {"unset": True}},
        "fields": {"kind": {"type": "choice", "title": "Kind", "choices": {"a": "Plain"}}, "when": "datetime"},
        "states": {"a": {}, "b": {}}, "open": {"roles": "clerk"},
        "task": [{"name": "vote", "title": "Vote", "states": "a", "of": "clerk", "answers": {"yes": "Agree"}}],
        "deadline": [{"name": "late", "title": "Late", "period": {"days": 1}, "starts": {"enters": "a"}}],
        "link": [{"kind": "hearing", "flow": "hearing", "title": "Hearing"}],
        "transition": [{"trigger": "go", "source": "a", "dest": "b", "roles": "clerk", "conditions": [condition]}],
    }  # fmt: skip
    [label] = picture(flow(document), "en", guards=True).arrows[-1].labels
    assert label.note == f"clerk · {words}"


def test_a_backward_step_is_one_dashed_arrow(shown: Picture) -> None:
    """Sending back to the previous state is a marker beside the box, not an arrow to every state."""
    [back] = box(shown, "部门会商").backs
    assert (back.title, back.labels) == ("上一环节", (Label("驳回", "效能监督"),))
    assert isinstance(back, Back)


def test_from_anywhere_comes_from_one_marker(shown: Picture) -> None:
    """Withdrawal from anywhere is one arrow; what may be done anywhere stands in its marker."""
    assert arrow(shown, "任一未办结环节", "已撤回").labels == (Label("撤回申请", "信访人、代访员"),)
    assert box(shown, "任一未办结环节").lines == (Line("action", "督办提醒"),)


def test_naming_every_open_state_is_from_anywhere() -> None:
    """A transition that lists all open states is drawn like one from anywhere."""
    end = {"trigger": "end", "source": ["a", "b", "c"], "dest": "z", "roles": "clerk"}
    found = small(states={"a": {}, "b": {}, "c": {}, "z": {"final": True}}, transition=[end])
    assert [(arrow.source, arrow.dest) for arrow in found.arrows] == [("open", "s0"), ("any", "s3")]


def ends(*states: str, **more: Any) -> Picture:
    """A flow in which each of the states leads to the one end."""
    end = {"trigger": "end", "source": list(states), "dest": "z", "roles": "clerk"}
    inside: dict[str, Any] = {name: {} for name in ("a", "b", "c", "d")}
    return small(states={**inside, "z": {"final": True, "title": "End"}}, transition=[end], **more)


def test_an_end_that_many_states_share_is_a_tag_at_each() -> None:
    """Three states that lead to one end have a tag each, and no arrow across the picture; two have arrows."""
    many, few = ends("a", "b", "c"), ends("a", "b")

    assert [(box.id, [(back.sign, back.title, back.dest) for back in box.backs]) for box in many.boxes[1:4]] == [
        (id, [("→", "End", "s4")]) for id in ("s0", "s1", "s2")
    ]
    assert many.boxes[1].backs[0].labels == (Label("end", "clerk"),)
    assert [(arrow.source, arrow.dest) for arrow in many.arrows] == [("open", "s0")]
    assert [(arrow.source, arrow.dest) for arrow in few.arrows] == [("open", "s0"), ("s0", "s4"), ("s1", "s4")]
    assert [box.backs for box in few.boxes if box.backs] == []


def test_the_way_that_a_case_has_gone_stays_an_arrow() -> None:
    """Where a case came to its end its arrow is drawn; the other states have their tags."""
    end = {"trigger": "end", "source": ["a", "b", "c"], "dest": "z", "roles": "clerk"}
    states = {"a": {}, "b": {}, "c": {}, "d": {}, "z": {"final": True}}
    document = {"id": "small", "version": 1, "title": "小", "initial": "a", "roles": {"clerk": {}}, "states": states,
                "open": {"roles": "clerk"}, "transition": [end]}  # fmt: skip
    found = picture(flow(document), "en", highlight="z", visited=["a"])

    assert [(arrow.source, arrow.dest) for arrow in found.arrows if arrow.travelled] == [("open", "s0"), ("s0", "s4")]
    assert [box.id for box in found.boxes if box.backs] == ["s1", "s2"]


def test_a_tag_is_read_out_as_an_arrow_is() -> None:
    """Who cannot see the picture is told of the shared end at each state."""
    assert ends("a", "b", "c").description.split("\n")[1:] == ["a → End: end", "b → End: end", "c → End: end"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_tag_is_drawn_in_every_format(format: DrawingFormat) -> None:
    """The three tags of an end and the end itself bear its title."""
    end = {"trigger": "end", "source": ["a", "b", "c"], "dest": "z", "roles": "clerk"}
    states = {"a": {}, "b": {}, "c": {}, "d": {}, "z": {"final": True, "title": "Goodbye"}}
    document = {"id": "small", "version": 1, "title": "小", "initial": "a", "roles": {"clerk": {}}, "states": states,
                "open": {"roles": "clerk"}, "transition": [end]}  # fmt: skip
    text = draw(flow(document), format).partition("</desc>")[2 if format == "svg" else 0]

    assert text.count("Goodbye") == (5 if format == "svg" else 4)  # an SVG box is also named for screen readers


def test_what_stays_is_a_line_and_not_a_loop(shown: Picture) -> None:
    """Deadlines with their periods and actions that lead nowhere stand inside the state."""
    assert box(shown, "代访办理中").lines == (
        Line("deadline", "办理：一般 15个工作日、复杂 60日"),
        Line("action", "记录代访过程"),
        Line("action", "延期 +10个工作日"),
    )
    assert [arrow for arrow in shown.arrows if arrow.source == arrow.dest] == []


def test_tasks_are_lines(shown: Picture) -> None:
    """A task stands in its states, with how it is settled where that is not by all."""
    assert box(shown, "部门会商").lines == (Line("task", "部门会签（至少2）"),)


def test_an_unset_figure_says_so(shown: Picture) -> None:
    """A period that the county has not chosen is shown as not set."""
    assert box(shown, "回访中").lines == (Line("deadline", "回访：未定"),)


def test_a_deadline_from_the_opening_stands_in_the_first_state() -> None:
    """A deadline that starts when the case is opened is shown where the case then is."""
    late = {"name": "late", "period": {"days": 60}, "starts": {"fires": "open"}}
    assert small(deadline=[late]).boxes[1].lines == (Line("deadline", "late: 60 days"),)


def test_a_case_is_marked() -> None:
    """The current state and the trail are marked, with the arrows between them."""
    found = picture(proxy(), "zh", highlight="pooled", visited=["received", "screened"])
    assert [box.title for box in found.boxes if box.mark == "visited"] == ["已登记", "筛选审核"]
    assert [box.title for box in found.boxes if box.mark == "current"] == ["已入库"]
    assert [arrow.dest for arrow in found.arrows if arrow.travelled] == ["s0", "s1", "s6"]


def test_a_state_that_is_not_declared_is_drawn() -> None:
    """A flow with a dangling arrow can be looked at, to find the mistake."""
    go = {"trigger": "go", "source": "a", "dest": "nowhere", "roles": "stranger"}
    found = small(transition=[go])
    assert (found.boxes[-1].title, found.arrows[-1].labels) == ("nowhere", (Label("go", "stranger"),))


def test_text_is_cleaned() -> None:
    """Line breaks become spaces; control characters and overrides of direction do not get through."""
    assert plain(" a\n\tb\u202ec\x00 ") == "a bc\ufffd"
    assert plain("\u202e") == "\ufffd"


def test_text_is_measured_and_wrapped() -> None:
    """A Chinese character is as wide as it is high, and a line breaks before it is too long."""
    assert (width("信访"), width("𠮷")) == (2.0, 1.0)
    assert wrapped("信访事项受理登记", 4, 3) == ("信访事项", "受理登记")
    assert wrapped("信访事项受理登记", 4, 1) == ("信访事…",)
    assert wrapped("two words", 4, 2) == ("two", "words")
    assert wrapped("一二三四、五", 4, 2) == ("一二三", "四、五")
    assert wrapped("（一二）、三", 4, 2) == ("（一", "二）、三")
    assert wrapped("、、、、、、", 4, 2) == ("、、、、", "、、")
