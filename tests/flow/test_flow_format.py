"""The page of the format names every key there is, and its documents are right."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.flow.flows_at_hand import read
from xinfang_flow.flow import check
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.flow.model.figures import Figure
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import (
    Asked,
    Deadline,
    Extension,
    Lead,
    Link,
    Opening,
    Quorum,
    Role,
    State,
    Task,
    TaskStep,
    Transition,
)
from xinfang_flow.flow.model.subjects import COMPARISONS, SUBJECTS

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/flow-format.md").read_text(encoding="utf-8")
DOCUMENTS = dict(re.findall(r"```toml (\w+)\n(.*?)```", PAGE, re.DOTALL))
SECTIONS: dict[str, type[BaseModel]] = {
    "The head": Flow, "Role": Role, "Figure": Figure, "Record and field": FieldSpec, "Stage, state": State,
    "Opening and transition": Transition, "Condition": Condition, "Task": Task, "Deadline": Deadline, "Link": Link,
}  # fmt: skip


def section(title: str) -> str:
    """The part of the page under a heading, up to the next one of its level."""
    [found] = re.findall(rf"^(##+) {title}.*?\n(.*?)(?=^\1 |^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return str(found[1])


def keys(model: type[BaseModel]) -> set[str]:
    """The keys of a part, as documents write them."""
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize("title", SECTIONS)
def test_every_key_is_on_the_page(title: str) -> None:
    """The section of each part names each of its keys."""
    named = set(re.findall(r"\b\w+\b", " ".join(re.findall(r"`([^`]*)`", section(title)))))

    assert keys(SECTIONS[title]) - named == set()


def test_no_key_is_made_up() -> None:
    """The first column of every table holds keys that exist."""
    models: tuple[type[BaseModel], ...] = (*SECTIONS.values(), Opening, Quorum, Lead, TaskStep, Extension)
    known = {key for model in models for key in keys(model)}
    first = re.findall(r"^\| (`[^|]*`) \|", PAGE, re.MULTILINE)

    assert {name for cell in first for name in re.findall(r"`(\w+)`", cell)} - known == set()


def test_the_subjects_of_conditions_are_those_of_the_table() -> None:
    """The page says of each subject, in the same order, what its row says of it."""
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", section("Condition").partition("| comparison")[0], re.MULTILINE)

    assert rows == [(name, row.meaning) for name, row in SUBJECTS.items()]


def test_the_comparisons_are_those_of_the_table() -> None:
    """The page names the subjects that take a comparison, and each comparison."""
    [head] = re.findall(r"^\| comparison \| of (.*) \|$", section("Condition"), re.MULTILINE)
    named = re.findall(r"`(\w+)`", section("Condition").partition(head)[2].partition("`message`")[0])

    assert re.findall(r"`(\w+)`", head) == [name for name, row in SUBJECTS.items() if row.compares]
    assert {*COMPARISONS} <= {*named}


def test_the_example_is_sound() -> None:
    """The flow of the page loads, and has no findings."""
    assert check(read(DOCUMENTS["flow"])) == []


def test_the_overlay_is_laid() -> None:
    """The overlay of the page does what the page says."""
    flow = read(DOCUMENTS["overlay"], others={"visit": DOCUMENTS["flow"]})

    assert (flow.figures["handling_time"].days, flow.triggers) == (45, ("accept", "close"))
    assert flow.states["closed"].title is not None
    assert flow.states["closed"].title.zh == "已归档"


ROOT = Path(__file__).resolve().parents[2]


def test_a_payload_is_parsed_in_one_place() -> None:
    """Only the model reads the `?` after a name: everybody else asks which fields must be given."""
    reader = re.compile(r"""(removesuffix|endswith|rstrip)\(['"]\?['"]\)""")
    files = (ROOT / "xinfang_flow").rglob("*.py")
    owners = {path.name for path in files if reader.search(path.read_text("utf-8"))}

    assert owners == {"parts.py"}


def test_what_a_payload_asks_for() -> None:
    """Names in the order of the flow, with or without need; the document's own words stay what they are."""
    opening = Opening(roles=("clerk",), takes=("a", "b?"), tells=("c?",))

    assert opening.taken == (Asked("a", required=True), Asked("b", required=False))
    assert opening.payload == (*opening.taken, Asked("c", required=False))
    assert opening.model_dump(exclude_defaults=True) == {"roles": ("clerk",), "takes": ("a", "b?"), "tells": ("c?",)}
    assert opening == Opening(roles=("clerk",), takes=("a", "b?"), tells=("c?",))
