"""A flow written out and read again is the same flow."""

import tomllib
from typing import Any

from hypothesis import HealthCheck, given, settings

from tests.flow.strategies import documents, flows
from xinfang_flow.flow import Flow, Source, define, read_flow, to_json, to_toml
from xinfang_flow.flow.model.flow import Flow as Model

SLOW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def nowhere(name: str) -> Source:
    """A flow that stands alone asks for nothing."""
    raise AssertionError(name)


def read(text: str, name: str = "flow.toml") -> Flow:
    """Read a document that stands alone."""
    return read_flow(Source(name, text), [], nowhere)


@SLOW
@given(flows())
def test_toml_gives_the_same_flow(flow: Flow) -> None:
    """Whatever a flow holds, its TOML reads back as an equal model with an equal digest."""
    again = read(to_toml(flow))

    assert (again, again.digest) == (flow, flow.digest)


@SLOW
@given(flows())
def test_json_gives_the_same_flow(flow: Flow) -> None:
    """So does its JSON, and the canonical text that stores keep."""
    assert read(to_json(flow), "flow.json") == read(flow.text, "flow.json") == flow


@SLOW
@given(documents())
def test_the_builder_gives_the_same_flow(document: dict[str, Any]) -> None:
    """What the builder is told, part by part, is the flow that the document says."""
    sections = {"initial", "roles", "figures", "records", "fields", "stages", "states", "effects", "open"}
    entries = {"transition", "task", "deadline", "link"}
    builder = define(**{key: value for key, value in document.items() if key not in sections | entries})
    for section in ("role", "figure", "stage", "effect"):
        for name, part in document[f"{section}s"].items():
            getattr(builder, section)(name, **part)
    for name, part in document["records"].items():
        builder.record(name, **part)
    for name, part in document["fields"].items():
        builder.field(name, **part)
    for name, part in document["states"].items():
        builder.state(name, initial=name == document["initial"], **part)
    builder.opening(**document["open"])
    for kind in entries:
        for part in document.get(kind, ()):
            getattr(builder, kind)(**part)

    flow = builder.build()

    assert (flow, flow.digest) == (expected := Model.model_validate(document), expected.digest)


def test_keys_of_tiers_are_free() -> None:
    """A tier is named by the value of a field: any text, so its key is quoted where TOML wants it."""
    builder = define("visit", title="Visit").role("clerk").state("a", initial=True).field("town").opening(roles="clerk")
    tiers = {"by": "town", "cases": {"横溪镇": {"days": 3}, 'a "b".c': {"days": 4}, "": {"days": 5}}}
    flow = builder.deadline("d", period=tiers, starts={"fires": "open"}).build()

    assert read(to_toml(flow)) == flow


def test_a_transition_says_its_name_only_where_it_differs() -> None:
    """The trigger names a transition; writing it twice would only be in the way."""
    builder = (
        define("visit", title="Visit")
        .role("clerk")
        .state("a", initial=True)
        .state("b", final=True)
        .opening(roles="clerk")
    )
    flow = builder.transition("go", "a", "b", roles="clerk").transition("go", "a", roles="clerk", name="stay").build()

    names = [transition.get("name") for transition in tomllib.loads(to_toml(flow))["transition"]]

    assert names == [None, "stay"]
