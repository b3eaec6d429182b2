"""The hearing's overlays: every figure with its source, unknown ones unset, nothing from elsewhere in the standard."""

from typing import Literal

import pytest

import xinfang_flow as xf

OVERLAYS = ("linhai_seed", "guangxi", "anhui_2017", "suzhou_anhui_2024", "shanxi_2020", "absence_waived")
EXAMPLES = ("linhai_example", "panel_example")
EVERY = ("hearing", "hearing_plain", *OVERLAYS, *EXAMPLES)
AMOUNTS = {
    "linhai_seed": {"exchange_lead": xf.Period(days=3)},
    "guangxi": {"notice_lead": xf.Period(days=7), "decide_time": xf.Period(days=15), "hold_time": xf.Period(days=30)},
    "anhui_2017": {
        "apply_time": xf.Period(working_days=5), "decide_time": xf.Period(working_days=5),
        "consent_time": xf.Period(working_days=5), "most_persons": 5,
    },
    "suzhou_anhui_2024": {},
    "shanxi_2020": {},
    "absence_waived": {
        "apply_time": xf.Period(days=10), "hold_time": xf.Period(days=30), "notice_lead": xf.Period(days=7),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_says_where_it_comes_from(name: str) -> None:
    """A number has a source; an invented one is marked as an example, and only in the example overlays."""
    for figure in xf.load_flow(name).figures.values():
        assert figure.unset or figure.source or figure.basis
        assert not figure.example or name in EXAMPLES


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_has_the_figures_of_its_text_and_no_others(name: str) -> None:
    """What the text does not give is unset, not guessed."""
    figures = xf.load_flow(name).figures
    assert {key: figure.amount for key, figure in figures.items() if not figure.unset} == AMOUNTS[name]
    assert {"notice_lead", "panel_min", "panel_odd", "quorum"} <= figures.keys()


@pytest.mark.parametrize("name", EVERY)
def test_it_checks_without_errors(name: str) -> None:
    """No error; the only warnings are about figures that are unset."""
    codes = {finding.code for finding in xf.check(xf.load_flow(name))}
    assert codes <= {"XF215"}


def test_the_standard_has_nothing_of_other_places() -> None:
    """No second-hearing rule, no waiver by absence, no silence as refusal; the seed's three mechanisms are there."""
    standard, plain = xf.load_flow("hearing"), xf.load_flow("hearing_plain")
    assert "waived" not in standard.states
    assert not standard.deadlines
    assert "deem_refused" not in standard.triggers
    assert {"pre_review", "evidence", "supervision"} <= {task.name for task in standard.tasks}
    assert not {"pre_review", "evidence", "supervision"} & {task.name for task in plain.tasks}


@pytest.mark.parametrize(
    ("name", "deadlines", "triggers", "states"),
    [
        ("guangxi", {"decide", "hold"}, set(), set()),
        ("anhui_2017", {"decide", "consent"}, {"deem_refused"}, set()),
        ("absence_waived", {"hold"}, set(), {"waived"}),
    ],
)
def test_what_only_one_place_does_stands_in_its_overlay(
    name: str, deadlines: set[str], triggers: set[str], states: set[str]
) -> None:
    """The difference from the common sequence is exactly what its text adds."""
    flow, plain = xf.load_flow(name), xf.load_flow("hearing_plain")
    assert {deadline.name for deadline in flow.deadlines} == deadlines
    assert set(flow.triggers) - set(plain.triggers) == triggers
    assert flow.states.keys() - plain.states.keys() == states
    assert flow.lineage == ("hearing_plain@1", "hearing@1")


def test_a_lapsed_rule_says_so() -> None:
    """Shanxi's rule ended with 2025: loading shows it."""
    status = xf.load_flow("shanxi_2020").status
    assert status is not None
    assert "2025-12-31" in status.zh
    assert "lapsed" in status.en


@pytest.mark.parametrize(("lang", "label"), [("zh", "回避审查"), ("en", "Recusal being")])
def test_it_can_be_drawn(lang: Literal["zh", "en"], label: str) -> None:
    """Its states have their labels in the picture, whatever guards stand on the arrows."""
    assert label in xf.draw(xf.load_flow("linhai_example"), format="mermaid", lang=lang)
