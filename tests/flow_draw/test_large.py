"""Large flows: the work grows as the flow does, and what nobody could follow is not drawn as a line."""

import random
import sys
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any, get_args
from xml.etree import ElementTree as ET

import pytest

from tests.flow_draw.flows import flow
from xinfang_flow.flow.draw import DrawingFormat, draw, layout
from xinfang_flow.flow.draw.layout import Rows
from xinfang_flow.flow.model.flow import Flow

SVG = "{http://www.w3.org/2000/svg}"
FORMATS: tuple[DrawingFormat, ...] = get_args(DrawingFormat)


@lru_cache
def large(states: int) -> Flow:
    """A flow with four arrows from each state to anywhere."""
    dice = random.Random(states)
    names = [f"n{number}" for number in range(states)]
    ways = [(source, dice.choice(names)) for source in names for _ in range(4)]
    return flow({
        "id": "large", "version": 1, "title": "大", "initial": "n0", "roles": {"clerk": {}}, "open": {"roles": "clerk"},
        "stages": {"one": {}, "two": {}},
        "states": {name: {"stage": "one" if number < states // 2 else "two"} for number, name in enumerate(names)},
        "transition": [
            {"trigger": f"t{number}", "source": source, "dest": dest, "roles": "clerk"}
            for number, (source, dest) in enumerate(ways)
        ],
    })  # fmt: skip


def calls(work: Callable[[], object]) -> int:
    """How many functions are called while something is done: a measure that no busy machine changes."""
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("format", FORMATS)
def test_the_work_grows_as_the_flow_does(format: DrawingFormat) -> None:
    """Four times the states and arrows are drawn with little more than four times the work."""
    small, big = (calls(lambda states=states: draw(large(states), format)) for states in (60, 240))  # type: ignore[misc]

    assert big < 6 * small


def test_no_arrow_is_drawn_across_more_ranks_than_somebody_can_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cells of the layout are bounded by the arrows; a longer arrow is a tag that names where it leads."""
    laid: list[Rows] = []
    real = layout.rows

    def kept(*given: Any) -> Rows:
        laid.append(real(*given))
        return laid[-1]

    monkeypatch.setattr(layout, "rows", kept)
    root = ET.fromstring(draw(large(300), "svg"))  # noqa: S314  our own SVG is under test
    [rows] = laid

    longest = 2 * (layout.FAR + 1) + 1
    assert max(len(chain) for chain in rows.chains[1:]) <= longest  # the first one opens the case
    assert len(rows.cells) <= 301 + len(rows.chains[0]) + longest * len(rows.chains)
    tags = [group for group in root.iter(f"{SVG}g") if group.get("class") == "xf-out"]
    assert len(tags) > 100
    drawn = [group for group in root.iter(f"{SVG}g") if (group.get("class") or "").startswith("xf-arrow")]
    pairs = {(one.source[0], one.dest) for one in large(300).transitions if one.dest != one.source[0]}
    arrows, expected = len(drawn), len(pairs) + 1
    assert arrows == expected


def test_two_thousand_states_are_drawn() -> None:
    """As many as a flow may have, in a chain: Mermaid and DOT write each box and each arrow."""
    names = [f"n{number}" for number in range(2_000)]
    chain = flow({
        "id": "chain", "version": 1, "title": "链", "initial": "n0", "roles": {"clerk": {}}, "open": {"roles": "clerk"},
        "states": {name: {} for name in names},
        "transition": [
            {"trigger": "go", "name": f"t{number}", "source": source, "dest": dest, "roles": "clerk"}
            for number, (source, dest) in enumerate(pairwise(names))
        ],
    })  # fmt: skip

    assert draw(chain, "mermaid").count(" -->") == 2_000
    assert draw(chain, "dot").count(" -> ") == 2_000
