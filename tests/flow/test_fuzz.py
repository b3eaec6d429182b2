"""Whatever is read, the answer is a flow or findings: never another exception, never the words of a library."""

import json
import re
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from tests.flow.flows_at_hand import HEAD, PETITION, findings, read
from tests.flow.strategies import documents
from xinfang_flow.flow import check

SLOW = settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
JARGON = re.compile(r"pydantic|validat|Input should|\[type=|NoneType|Traceback|object at 0x")
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=8)
    | st.just("figures.few"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path of a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in pairs for found in ((*path, key), *spots(item, (*path, key)))]


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with something else at a path."""
    document = deepcopy(document)
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return document


def sensible(text: str, name: str = "flow.toml") -> None:
    """Reading ends in a flow, or in findings that people can read."""
    found = findings(text, name=name)

    assert not [finding for finding in found if JARGON.search(finding.message.en + finding.message.zh)]
    assert all(finding.where.startswith(name) or finding.where.startswith("petition.toml") for finding in found)
    if not found:
        check(read(text, name=name))


@SLOW
@given(st.data())
def test_a_flow_with_anything_anywhere(data: st.DataObject) -> None:
    """A value of any kind in any place of a right document gives a flow or findings."""
    document = data.draw(documents())
    path = data.draw(st.sampled_from(spots(document)))

    sensible(json.dumps(replaced(document, path, data.draw(ANYTHING))), "flow.json")


@settings(max_examples=150)
@given(st.integers(0, len(PETITION)), st.integers(0, 30), st.text('[]{}"=\n.,# a1\\', max_size=6), st.booleans())
def test_a_flow_with_a_slip_of_the_keyboard(at: int, cut: int, typed: str, overlay: bool) -> None:
    """Characters lost and others typed give a flow or findings, in a flow and in an overlay."""
    text = PETITION[:at] + typed + PETITION[at + cut :]

    sensible(HEAD + text[text.index("[roles]") :] if overlay and "[roles]" in text else text)


@SLOW
@given(
    st.dictionaries(st.sampled_from(["figures", "remove", "task", "transition", "states", "open", "title"]), ANYTHING)
)
def test_an_overlay_of_anything(parts: dict[str, Any]) -> None:
    """Whatever an overlay gives, laying it gives a flow or findings."""
    overlay = {"id": "county", "version": 3, "extends": "petition@1", **parts}

    sensible(json.dumps(overlay), "flow.json")
