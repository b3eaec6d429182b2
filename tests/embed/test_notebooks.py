"""What a notebook shows: tables and the drawing, in which every label is text and personal values are masked."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

import xinfang_flow as xf
from tests.flow_draw.flows import HOSTILE, labelled

CLERK = xf.Actor("li", roles={"clerk"}, org="<b>north</b>")
HARMLESS = {"table", "caption", "thead", "tbody", "tr", "th", "td"}
DRAWN = {"svg", "title", "desc", "style", "g", "rect", "path", "circle", "text"}
MATTER = {
    "intake": "first_visit", "register_no": "1", "received_on": "2026-03-02", "township": "<script>alert(1)</script>",
    "form": "visit", "summary": "canary", "petitioner": "canary",
}  # fmt: skip


class Elements(HTMLParser):
    """The elements of a text, with their attributes, and what stands between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        """Note what is text."""
        self.text += data


@pytest.fixture
def answers() -> dict[str, Any]:
    """A case with a deadline that has run out and a task, and what is made of it."""
    clock = xf.ManualClock("2026-03-02T09:00:00+08:00")
    with xf.Engine(xf.MemoryStore(), clock=clock) as engine:
        case = engine.open("proxy_petition", MATTER, actor=CLERK)
        early = case
        engine.fire(case.id, "screen", actor=CLERK)
        clock.set("2027-03-02T09:00:00+08:00")
        engine.tick()
        late = engine.get(case.id, actor=CLERK)
        page = engine.find(actor=CLERK, limit=1)
    return {"early": early, "late": late, "page": page, "due": early.deadlines["screening"].due}


def shown(answer: Any) -> Elements:
    """What a notebook shows of an answer."""
    return Elements(answer._repr_html_())


@pytest.mark.parametrize("name", ["early", "late", "page", "due"])
def test_tables_are_plain(name: str, answers: dict[str, Any]) -> None:
    """Nothing but tables without attributes; what somebody typed stands there as text; nothing personal."""
    found = shown(answers[name])

    assert found.names <= HARMLESS
    assert found.attributes == set()
    assert "canary" not in found.text
    if name in {"early", "late"}:
        assert "<script>alert(1)</script>" in found.text


def test_a_case_says_where_it_stands(answers: dict[str, Any]) -> None:
    """State, stage, deadlines with their lights, tasks, and masks for what is personal."""
    early, late = shown(answers["early"]).text, shown(answers["late"]).text

    assert all(word in early for word in ("received", "screening", "2026-03-05", "yellow", "***"))
    assert "red" in late


def test_a_page_has_a_line_for_each_item(answers: dict[str, Any]) -> None:
    """Cases by their fields, anything else in its plain form."""
    assert answers["late"].id in shown(answers["page"]).text
    assert "more" in shown(xf.Page((1,), "cursor")).text
    assert shown(xf.Page(())).names <= HARMLESS


def test_a_due_date_says_from_what(answers: dict[str, Any]) -> None:
    """The three dates, what was counted, and by which calendar."""
    assert all(word in shown(answers["due"]).text for word in ("2026-03-05", "3 working days", "china"))


@pytest.mark.parametrize("make", [lambda: xf.load_flow("proxy_petition"), lambda: labelled(list(HOSTILE))])
def test_a_flow_is_its_drawing(make: Callable[[], xf.Flow]) -> None:
    """The picture of the flow, whose labels are text whatever they say."""
    found = shown(make())

    assert "svg" in found.names
    assert found.names <= DRAWN
    assert not any(name.startswith("on") or name == "href" for name in found.attributes)
