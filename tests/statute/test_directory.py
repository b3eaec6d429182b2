"""The directory: two superiors, mergers, who lies under whom, and who may review whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.directory import Directory
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import InputError, NotFoundError, RefusedError
from xinfang_flow.kernel import Actor

ORGANS: dict[str, Any] = {
    "organs": {
        "province": {"level": "province"},
        "city": {"level": "city", "superiors": ["province"], "head": "mayor"},
        "county": {"level": "county", "superiors": ["city"]},
        "city_housing": {"level": "city", "superiors": ["city"]},
        "housing": {"level": "county", "superiors": ["county", "city_housing"], "head": "director"},
        "planning": {"level": "county", "superiors": ["county"], "successor": "housing"},
        "court": {"title": {"zh": "法院", "en": "Court"}},
    }
}


def test_a_department_has_two_superiors() -> None:
    """The government of its own level and the superior department."""
    directory = Directory.load(ORGANS)
    assert directory.superiors("housing") == ("county", "city_housing")
    assert directory.superiors("province") == ()


def test_a_merged_organ_is_answered_for() -> None:
    """Superiors, head and ladder of an abolished organ are those of its successor (Art 24)."""
    directory = Directory.load(ORGANS)
    assert directory.successor("planning") == "housing"
    assert directory.superiors("planning") == ("county", "city_housing")
    assert directory.head("planning") == "director"
    assert directory.ladder("planning") == {"handler": "housing", "superiors": ["county", "city_housing"]}


def test_a_superior_that_merged_into_the_handler_is_no_reviewer() -> None:
    """After such a merger the ladder is computed anew, and the handler is not on it."""
    merged = {name: dict(organ) for name, organ in ORGANS["organs"].items()}
    merged["city_housing"]["successor"] = "housing"
    assert Directory.load({"organs": merged}).superiors("housing") == ("county",)


def test_within_is_everything_below() -> None:
    """What is concealed from an organ is concealed from everything under it, merged organs too."""
    directory = Directory.load(ORGANS)
    assert directory.within("county") == {"county", "housing", "planning"}
    assert directory.within("nowhere") == {"nowhere"}


def test_common_superior() -> None:
    """The nearest organ above all; none at all is for the joint conference (Art 24)."""
    directory = Directory.load(ORGANS)
    assert directory.common_superior(["housing", "city_housing"]) == "city"
    assert directory.common_superior(["housing", "court"]) is None


@pytest.mark.parametrize(
    ("organs", "said"),
    [
        ({"a": {"superiors": ["b"]}}, "no organ 'b'"),
        ({"a": {"superiors": ["b"]}, "b": {"superiors": ["a"]}}, "circle"),
        ({"a": {"successor": "a"}}, "circle"),
        ({"a": {"boss": "b"}}, "a.boss"),
    ],
)
def test_bad_directories_are_refused(organs: dict[str, Any], said: str) -> None:
    """Unknown organs, circles and unknown keys are named."""
    with pytest.raises(InputError, match=said):
        Directory.load({"organs": organs})


def test_an_organ_that_is_not_listed() -> None:
    """Asking about it is an error with the nearest name, never a guess."""
    with pytest.raises(NotFoundError, match="housing"):
        Directory.load(ORGANS).superiors("hosing")


def test_it_loads_from_toml(tmp_path: Path) -> None:
    """The file form."""
    path = tmp_path / "organs.toml"
    path.write_text('[organs.city]\n[organs.county]\nsuperiors = ["city"]\n', "utf-8")
    assert Directory.load(path).superiors("county") == ("city",)
    with pytest.raises(InputError):
        Directory.load(tmp_path / "none.toml")


def test_the_ladder_feeds_the_review() -> None:
    """The flow takes the ladder as data: a reviewer off the ladder is refused, one on it is taken."""
    directory = Directory.load(ORGANS)
    clock = ManualClock("2026-04-02T09:00:00+08:00")
    clerk = Actor("li", roles={"clerk"}, org="city_housing")
    request = {"received_on": "2026-04-02", "request": "-", **directory.ladder("planning")}
    with Engine.in_memory(clock=clock, directory=directory) as engine:
        with pytest.raises(RefusedError):
            engine.open("review", {**request, "reviewing": "province"}, actor=clerk)
        case = engine.open("review", {**request, "reviewing": "city_housing"}, actor=clerk)
        assert case.data["superiors"] == ("county", "city_housing")


def test_the_accused_and_what_lies_under_it_see_nothing() -> None:
    """Concealment follows the directory, and comes before every role."""
    directory = Directory.load(ORGANS)
    clock = ManualClock("2026-03-02T09:00:00+08:00")
    discipline = Actor("qin", roles={"discipline"}, org="discipline")
    given = {
        "received_on": "2026-03-02", "managed_by": "own", "named": False, "passed_down": False,
        "accused_unit": "county", "content": "-",
    }  # fmt: skip
    with Engine.in_memory(clock=clock, directory=directory) as engine:
        case = engine.open("accusation", given, actor=discipline)
        assert engine.get(case.id, actor=discipline).id == case.id
        for org in ("county", "housing", "planning"):
            insider = Actor("zhou", roles={"discipline", "handler"}, org=org)
            with pytest.raises(NotFoundError):
                engine.get(case.id, actor=insider)
            assert engine.find(actor=insider).items == ()
