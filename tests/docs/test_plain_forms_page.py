"""The page of plain forms lists the keys that `as_dict` gives, and JSON can write every one of them."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import xinfang_flow as xf
from tests.architecture.tree import ROOT
from tests.cli.test_canary import DATA, PART, TASK_STEPS, WHOLE, clerk
from xinfang_flow import errors

PAGE = (ROOT / "docs/reference/plain-forms.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))

PROXY = xf.load_flow("proxy_petition")
CLOCK = xf.ManualClock("2026-03-02T09:00:00+08:00")


def listed(name: str) -> set[str]:
    """The keys that a section of the page lists."""
    cells = re.findall(r"^\| (`[^|]*) \|", SECTIONS[name], re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}


@pytest.fixture(scope="module")
def forms() -> dict[str, list[dict[str, Any]]]:
    """What a worked case, with a linked one and a deadline, answers in plain form, by the name of its class."""
    given: list[Any] = []
    with xf.Engine(xf.MemoryStore(), flows=[WHOLE, PART, PROXY], clock=CLOCK) as engine:
        ann = clerk("ann")
        case = engine.open("whole", DATA, actor=ann, note="seen")
        part = engine.open("part", {"memo": "x"}, actor=ann)
        engine.link(case.id, part.id, "part", actor=ann)
        for who, trigger, payload in TASK_STEPS:
            engine.fire(case.id, trigger, {**payload, "reason": "why"}, actor=clerk(who))
            tasks = engine.get(case.id, actor=ann).tasks.values()
            given += [slot for task in tasks for slot in task.slots]
        case = engine.get(case.id, actor=ann)
        end = xf.Command(case.id, "end", {}, ann, case.changed_at)
        no = end._replace(trigger="nothing")
        matter = {
            "intake": "first_visit", "register_no": "1", "received_on": "2026-03-02", "township": "x", "form": "visit",
            "summary": "x",
        }  # fmt: skip
        desk = xf.Actor("li", roles={"clerk"}, org="xianju")
        proxy = engine.open("proxy_petition", matter, actor=desk)
        given += [
            case, *case.tasks.values(), *case.links, *proxy.deadlines.values(), *engine.history(case.id, actor=ann),
            *engine.available(case.id, actor=ann), xf.decide(WHOLE, case, end), xf.decide(WHOLE, case, no),
            engine.find(actor=ann), *engine.fire_many([end, no], actor=ann), *engine.worklist(actor=desk).items,
        ]  # fmt: skip
        refused = xf.decide(WHOLE, case, no)
        assert isinstance(refused, xf.Refused)
        given += refused.reasons
    found: dict[str, list[dict[str, Any]]] = {}
    for each in given:
        found.setdefault(type(each).__name__, []).append(each.as_dict(reveal=True))
    return found


@pytest.mark.parametrize("name", sorted(SECTIONS.keys() - {"XinfangError"}))
def test_the_keys_are_those_on_the_page(name: str, forms: dict[str, list[dict[str, Any]]]) -> None:
    """Each form has the keys that the page lists, whoever asks; of a share those that say something."""
    seen = {key for form in forms[name] for key in form}

    assert seen <= listed(name)
    assert seen == listed(name) or name == "Slot"
    assert json.loads(json.dumps(forms[name])) == forms[name]


def test_no_form_is_missing_on_the_page(forms: dict[str, list[dict[str, Any]]]) -> None:
    """Whatever has a plain form has a section."""
    assert {name for name in xf.__all__ if hasattr(getattr(xf, name), "as_dict")} <= SECTIONS.keys() | vars(
        errors
    ).keys()
    assert forms.keys() <= SECTIONS.keys()


def facts_on_the_page() -> dict[str, set[str]]:
    """The facts of each class of errors, as the page of errors lists them with a dot."""
    page = (ROOT / "docs/reference/errors.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)`(.*)\|$", page.split("Reasons of a refusal")[0], re.MULTILINE)
    return {
        name: {fact.strip(".") for cell in re.findall(r"`(\.[^`]*)`", row) for fact in cell.split()}
        for name, row in rows
    }


@pytest.mark.parametrize("name", sorted(errors.__all__))
def test_errors_have_the_facts_on_their_page(name: str) -> None:
    """An error's form is its class, its message and each fact that the page of errors lists for it."""
    form = getattr(errors, name)().as_dict()

    assert form.keys() == listed("XinfangError") | facts_on_the_page()[name]
    assert form["error"] == name
    assert json.loads(json.dumps(form)) == form


def test_what_an_error_carries_is_plain_as_well(tmp_path: Path) -> None:
    """Reasons, findings and days come in their own plain form; a store's own class goes by the public name."""
    path = tmp_path / "broken.toml"
    path.write_text('id = "x"\n', encoding="utf-8")
    with pytest.raises(xf.FlowError) as broken:
        xf.load_flow(path)
    (first, *_) = broken.value.as_dict()["findings"]

    assert first.keys() == {"code", "severity", "message", "where", "witness"}
    assert first["message"].keys() == {"zh", "en"}
    assert json.dumps(broken.value.as_dict())

    class OwnError(xf.StoreError):
        """A store's own."""

    late = xf.CalendarHorizonError("late", calendar="china", day=date(2030, 1, 1), horizon=None)
    assert OwnError().as_dict() == {"error": "StoreError", "message": "A store's own."}
    assert late.as_dict()["day"] == "2030-01-01"
