"""The notations are what the real parsers take them for, whatever the labels say."""

from typing import get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from tests.flow_draw.flows import HOSTILE, hostile_flows, labelled, proxy, tangled_flows
from tests.flow_draw.tools import drawn_by_graphviz, read_by_mermaid
from xinfang_flow.flow.draw import draw
from xinfang_flow.flow.draw.picture import Picture, picture
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flows import list_flows, load_flow
from xinfang_flow.text import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
GRAPHVIZ = {"svg", "g", "title", "polygon", "path", "text", "ellipse", "polyline"}
# Each example is a batch in a process of its own, so they are few, and not made smaller when one fails.
BATCH = settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def counts(shown: Picture) -> tuple[int, int]:
    """How many nodes and edges a notation should have."""
    backs = sum(len(box.backs) for box in shown.boxes)
    return len(shown.boxes) + backs, len(shown.arrows) + backs


def mermaid_takes(flows: list[Flow]) -> None:
    """Mermaid finds in each flow the nodes and edges that are there, and nothing that acts."""
    found = read_by_mermaid([draw(flow, guards=True) for flow in flows])
    expected = []
    for flow in flows:
        shown = picture(flow, "zh", guards=True)
        nodes, edges = counts(shown)
        groups = sum(1 for band in shown.bands if band.title)
        expected.append({"type": "flowchart-v2", "vertices": nodes, "edges": edges, "groups": groups, "active": 0})
    assert found == expected


def graphviz_takes(flows: list[Flow]) -> None:
    """Graphviz finds in each flow the nodes and edges that are there, and draws nothing that acts."""
    for flow, root in zip(flows, drawn_by_graphviz([draw(flow, "dot", guards=True) for flow in flows]), strict=True):
        classes = [element.get("class") for element in root.iter()]
        assert (classes.count("node"), classes.count("edge")) == counts(picture(flow, "zh", guards=True))
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= GRAPHVIZ


@pytest.mark.parametrize("lang", LANGUAGES)
def test_mermaid_reads_the_pipeline(lang: Language) -> None:
    """The proxy pipeline with a case in it is a flowchart to Mermaid."""
    text = draw(proxy(), lang=lang, highlight="handling", visited=["received", "screened"], guards=True)
    [found] = read_by_mermaid([text])
    assert (found.get("type"), found.get("error")) == ("flowchart-v2", None)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_graphviz_draws_the_pipeline(lang: Language) -> None:
    """The proxy pipeline with a case in it is a drawing to Graphviz, with its labels as they are."""
    flow = proxy()
    [root] = drawn_by_graphviz([draw(flow, "dot", lang=lang, highlight="handling", visited=["received"], guards=True)])
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    titles = {state.title.in_(lang) for state in flow.states.values() if state.title}
    assert titles <= texts


def test_graphviz_draws_every_standard_flow() -> None:
    """Each standard flow is a drawing to Graphviz, with every state and arrow in it."""
    graphviz_takes([load_flow(name) for name in list_flows()])


def test_mermaid_takes_every_hostile_label_as_text() -> None:
    """No label of the collection adds a node, an edge, a link or a callback in Mermaid."""
    mermaid_takes([labelled([word]) for word in HOSTILE])


def test_graphviz_takes_every_hostile_label_as_text() -> None:
    """No label of the collection adds a node, an edge or a link in Graphviz."""
    graphviz_takes([labelled([word]) for word in HOSTILE])


def test_graphviz_shows_a_hostile_label_as_it_is() -> None:
    """Backslashes, quotes, ports and entities come out of Graphviz as they went in."""
    words = ["back\\slash \\N", 'a "b" c', "a:b", "<b>&lt;", "处理：中"]
    texts = [element.text for root in drawn_by_graphviz([draw(labelled(words), "dot")]) for element in root.iter()]
    assert set(words) <= set(texts)


@BATCH
@given(st.lists(st.one_of(hostile_flows, tangled_flows()), min_size=1, max_size=12))
def test_mermaid_parses_anything(flows: list[Flow]) -> None:
    """Whatever the words and the shape of a flow, Mermaid finds the nodes and edges that are there."""
    mermaid_takes(flows)


@BATCH
@given(st.lists(st.one_of(hostile_flows, tangled_flows()), min_size=1, max_size=12))
def test_graphviz_parses_anything(flows: list[Flow]) -> None:
    """Whatever the words and the shape of a flow, Graphviz finds the nodes and edges that are there."""
    graphviz_takes(flows)
