"""What the engine says about itself is said when somebody listens, and only then."""

from __future__ import annotations

import logging
from typing import Any

import pytest

import xinfang_flow as xf
from tests.engine.little import CLERK, engine


def said(caplog: pytest.LogCaptureFixture, level: int) -> list[tuple[str, dict[str, Any]]]:
    """Open two cases, fire, tie them; return each line with those of its fields that the contract names."""
    caplog.clear()
    engine_ = engine()
    with caplog.at_level(level, "xinfang_flow"):
        first, second = (engine_.open("little", {"subject": name}, actor=CLERK) for name in ("x", "y"))
        engine_.fire(first.id, "assign", {"to": "zhang"}, actor=CLERK)
        engine_.link(first.id, second.id, "part", actor=CLERK)
    known = ("flow", "trigger", "kind", "actor")
    return [
        (line.message, {name: getattr(line, name) for name in known if hasattr(line, name)}) for line in caplog.records
    ]


def test_each_verb_says_one_line_to_whoever_listens(caplog: pytest.LogCaptureFixture) -> None:
    """Opened, fired, linked: with the fields of the contract, and nothing that a case holds."""
    lines = said(caplog, logging.INFO)
    assert [name for name, _ in lines] == ["case.opened", "case.opened", "case.fired", "case.linked"]
    assert lines[2][1]["trigger"] == "assign"
    assert lines[3][1]["kind"] == "part"
    assert all(fields["actor"] == CLERK.id for _, fields in lines)


def test_nobody_listening_costs_no_line(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only warnings are wanted nothing is put together."""

    def loud(*_: Any, **__: Any) -> None:
        raise AssertionError("a line was put together for nobody")

    monkeypatch.setattr("xinfang_flow.engine.telemetry.say", loud)
    assert said(caplog, logging.WARNING) == []


def test_an_outcome_in_plain_form_says_which_it_is() -> None:
    """Accepted, refused, or an error: a foreign one by its class alone, for its words may hold anything."""
    case = engine().open("little", {"subject": "x"}, actor=CLERK)
    assert xf.Outcome(case).as_dict()["error"] is None
    assert xf.Outcome(None, (), ValueError("张三")).as_dict()["error"] == {"error": "ValueError"}
    conflict = xf.Outcome(None, (), xf.ConflictError("moved on", case_id="c", expected=1, found=2)).as_dict()
    assert (conflict["ok"], conflict["error"]["error"]) == (False, "ConflictError")
