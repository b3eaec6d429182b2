"""The JSON Schema of the flow format: published, valid, and of one mind with the reader as far as a schema can be."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from tests.flow.flows_at_hand import HEAD, PETITION, read
from tests.flow.strategies import documents, flows
from tests.flow.test_check_codes import examples
from xinfang_flow.flow import Flow, flow_schema, to_toml
from xinfang_flow.flows import list_flows, source_of

PUBLISHED = Path(__file__).resolve().parents[2] / "docs/reference/flow.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(flow_schema())
SLOW = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def complaints(text: str) -> list[str]:
    """What the schema has against a TOML document."""
    return [error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))]


def test_the_schema_is_a_schema() -> None:
    """It is valid JSON Schema, and named."""
    jsonschema.Draft202012Validator.check_schema(flow_schema())

    assert flow_schema()["$id"] == "urn:xinfang-flow:flow-format:1"


def test_the_published_schema_is_up_to_date() -> None:
    """What editors load is what the model says today.

    `python -m xinfang_flow.flow.writing.schema > docs/reference/flow.schema.json` writes it anew.
    """
    assert json.loads(PUBLISHED.read_text("utf-8")) == flow_schema()


@pytest.mark.parametrize("name", list_flows())
def test_it_takes_every_standard_flow(name: str) -> None:
    """The standard flows are right in every editor."""
    assert complaints(source_of(name).text) == []


@SLOW
@given(documents())
def test_it_takes_what_the_reader_takes(document: dict[str, Any]) -> None:
    """Random documents that make a flow are right by the schema."""
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


@SLOW
@given(flows())
def test_it_takes_what_is_written(flow: Flow) -> None:
    """So is every flow that we write out."""
    assert complaints(to_toml(flow)) == []


def test_it_takes_overlays() -> None:
    """An overlay gives parts of parts, and its own name."""
    overlay = (
        HEAD + '[states]\nhandling = { title = { zh = "承办" } }\n[remove]\ntransition = "close"\n'
        '[[transition]]\ntrigger = "accept"\n'
    )

    assert (complaints(overlay), read(HEAD).id) == ([], "county")
    assert complaints(HEAD.replace("version = 3\n", "")) != []


@pytest.mark.parametrize(
    "mended",
    [example for example in examples() if example.kind == "mended" and example.language == "toml"],
    ids=lambda example: example.code,
)
def test_it_takes_the_mended_examples(mended: Any) -> None:
    """The mended examples of the check codes are right by the schema too."""
    text = mended.text if mended.text.startswith("id ") else HEAD + mended.text

    assert complaints(text) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("title   =", "titel   ="),
        ('initial = "received"\n', ""),
        ("version = 1", 'version = "1"'),
        ("version = 1", "version = 0"),
        ('"petition"', '"Petition"'),
        ("received = {}", '"处理" = {}'),
        ("final = true", 'final = "yes"'),
        ('bound = "at_most"', 'bound = "most"'),
        ("days = 60", "days = 60, hours = 3"),
        ("days = 60, ", ""),
        ('{ enters = "handling" }', "{}"),
        ('{ enters = "handling" }', '{ enter = "handling" }'),
        ('name   = "opinion"\n', ""),
        ('roles   = "clerk"', "roles   = 3"),
        ('roles   = "clerk"', 'roles   = "clerk"\nconditions = [{ present = "kind", absent = "kind" }]'),
        ('roles   = "clerk"', 'roles   = "clerk"\nconditions = ["kind"]'),
        ('roles   = "clerk"', 'roles   = "clerk"\nnote = "maybe"'),
        ('"figures.handling_time"', "{ days = 0 }"),
        ('summary = "text"', 'summary = "txt"'),
        ('summary = "text"', 'summary = "choice"'),
    ],
)
def test_it_refuses_typical_mistakes(right: str, wrong: str) -> None:
    """An editor underlines what the reader would refuse."""
    assert right in PETITION
    assert complaints(PETITION) == []
    assert complaints(PETITION.replace(right, wrong, 1)) != []


def test_toml_has_no_null() -> None:
    """Nothing in the schema offers null."""
    assert '"null"' not in json.dumps(flow_schema())
