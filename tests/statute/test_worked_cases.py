"""Every worked case of the statutory road runs, and every limit names its article."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from xinfang_flow.errors import FlowError
from xinfang_flow.flow.checks.check import check
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flows import load_flow, worked_cases_of
from xinfang_flow.testing.worked import WorkedCase, read_worked_cases

ROAD = (
    "accusation", "jurisdiction", "level_transfer", "national_2022", "petition", "petition_frame", "rereview", "review",
    "simple_handling", "supervision", "urgent_report",
)  # fmt: skip
HISTORICAL = ("beijing_2006", "henan_2012", "shandong_2015", "shandong_2015_review", "zhejiang_2016")


@cache
def road() -> tuple[Flow, ...]:
    """The flows that link to each other, read once."""
    return tuple(load_flow(other) for other in (*ROAD, "hearing"))


def cases() -> list[WorkedCase]:
    """All worked cases of the statutory road."""
    return [case for name in (*ROAD, *HISTORICAL) for case in read_worked_cases(worked_cases_of(name))]


def test_there_are_worked_cases() -> None:
    """An empty folder would pass everything below."""
    assert len(cases()) >= 55


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_worked_case(case: WorkedCase) -> None:
    """What the file says is what happens."""
    result = case.run()
    assert result.ok, str(result)


@pytest.mark.parametrize("name", [*ROAD, *HISTORICAL])
def test_checks_find_nothing(name: str) -> None:
    """The library's own checks have nothing against a standard flow, except figures left open on purpose."""
    assert [str(each) for each in check(load_flow(name), others=road()) if each.code != "XF215"] == []


@pytest.mark.parametrize("name", ROAD)
def test_every_limit_has_its_article(name: str) -> None:
    """A bound figure has its article, and every deadline says on what it rests."""
    flow = load_flow(name)
    assert [key for key, figure in flow.figures.items() if figure.bound and not figure.basis] == []
    assert [deadline.name for deadline in flow.deadlines if not deadline.basis and not _example(flow, deadline)] == []


def _example(flow: Flow, deadline: object) -> bool:
    period = str(getattr(deadline, "period", "")).removeprefix("figures.")
    return period in flow.figures and flow.figures[period].example


@pytest.mark.parametrize("name", ["petition", "review", "rereview"])
def test_the_numbers_of_2005_are_not_cited(name: str) -> None:
    """Sixty days are Art 34 (not 33), review 35 (not 34), re-review 36 (not 35), supervision 40 (not 36)."""
    flow = load_flow(name)
    cited = {deadline.name: deadline.basis or "" for deadline in flow.deadlines}
    expected = {
        "handling": "第34条", "forward": "第22条", "notice": "第23条", "objection": "第23条", "ask_review": "第35条",
        "review": "第35条", "ask_rereview": "第36条", "rereview": "第36条",
    }  # fmt: skip
    assert {key: article in cited[key] for key, article in expected.items() if key in cited} == dict.fromkeys(
        set(expected) & set(cited), True
    )


@pytest.mark.parametrize("name", HISTORICAL)
def test_a_historical_text_says_so(name: str) -> None:
    """A text of which nobody knows whether it is in force loads with that warning."""
    status = load_flow(name).status
    assert status is not None
    assert "不详" in status.zh
    assert "not known" in status.en


def test_a_historical_text_cannot_loosen_the_national_flow() -> None:
    """Zhejiang's sixty days of extension are refused as an overlay of the flow in force, with the article."""
    with pytest.raises(FlowError) as caught:
        load_flow("petition", overlays=["zhejiang_2016"])
    loosened = [str(finding) for finding in caught.value.findings if finding.code == "XF301"]
    assert any("extension_time" in line and "第34条" in line for line in loosened)


def test_a_county_may_tighten(tmp_path: Path) -> None:
    """A county that handles in 45 days is welcome; one that takes 61 is refused, and so is one that halves a right."""
    base = 'id = "county"\nversion = 1\nextends = "petition@1"\ntitle = "county"\n[figures]\n'
    tighter = tmp_path / "tighter.toml"
    tighter.write_text(base + 'handling_time = { days = 45, source = "county" }\n', "utf-8")
    assert load_flow(tighter).figures["handling_time"].days == 45
    for line in ('handling_time = { days = 61, source = "x" }', 'ask_review_time = { days = 15, source = "x" }'):
        looser = tmp_path / "looser.toml"
        looser.write_text(base + line + "\n", "utf-8")
        with pytest.raises(FlowError) as caught:
            load_flow(looser)
        assert {finding.code for finding in caught.value.findings} == {"XF301"}
