"""Histories as this library once wrote them: read, proved, and made again to the letter.

`golden_histories.json` holds flows, what was asked of an engine, what was refused, and every event that was written,
as `[body, hash, private part]`.  It is never made anew: what is on somebody's disk is not either.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import xinfang_flow as xf
from xinfang_flow.engine.reader import verify
from xinfang_flow.kernel import fold
from xinfang_flow.kernel.event import private_part, restore

GOLDEN = json.loads(Path(__file__).with_name("golden_histories.json").read_text("utf-8"))
# Decision 0009: a task that opens again tells its earlier rounds, which it did not then.
TOLD_MORE = [case["about"] for case in GOLDEN["cases"] if case["about"].startswith("Sent back: ")]
CASES = [pytest.param(case, id=case["about"][:40]) for case in GOLDEN["cases"]]


@cache
def flow(name: str) -> xf.Flow:
    """The flow as it was then."""
    return xf.Flow.model_validate_json(GOLDEN["flows"][name])


def actor(given: dict[str, Any] | None) -> xf.Actor:
    """Who asked; null for the engine itself."""
    return xf.SYSTEM if given is None else xf.Actor(given["id"], given["roles"], given["org"], given["name"])


class Replay:
    """An engine that is asked the same again, at the same moments, with the same random bytes."""

    def __init__(self, case: dict[str, Any]) -> None:
        china = xf.Calendar.china(as_of=date.fromisoformat(GOLDEN["calendar_as_of"]))
        drawn = count()
        self.clock = xf.ManualClock(case["calls"][0]["now"], china)
        flows = [flow(name) for name in case["flows"]]
        self.engine = xf.Engine(
            xf.MemoryStore(), flows=flows, clock=self.clock, calendars={"china": china},
            entropy=lambda size: hashlib.sha256(f"worked:{next(drawn)}".encode()).digest()[:size],
        )  # fmt: skip
        self.ids: list[str] = []
        self.answers = [self.answer(call) for call in case["calls"]]

    def answer(self, call: dict[str, Any]) -> Any:
        """Ask; return None when it was taken, else the sorted codes of the refusal or the name of the error."""
        self.clock.set(call["now"])
        try:
            self.ask(call)
        except xf.RefusedError as refusal:
            return sorted(why.code for why in refusal.reasons)
        except xf.XinfangError as error:
            return type(error).__name__
        return None

    def ask(self, call: dict[str, Any]) -> None:
        """Make one call of the engine."""
        key, note = call.get("key"), call.get("note")
        at = datetime.fromisoformat(call["at"]) if "at" in call else None
        if call["do"] == "tick":
            self.engine.tick()
            return
        who = actor(call.get("actor"))
        if call["do"] == "open":
            org = call.get("org")
            case = self.engine.open(call["flow"], call["data"], actor=who, key=key, org=org, at=at, note=note)
            self.ids.append(case.id)
        elif call["do"] == "link":
            self.engine.link(self.ids[call["case"]], self.ids[call["other"]], call["kind"], actor=who, key=key)
        else:
            case_id, data = self.ids[call["case"]], call.get("data")
            self.engine.fire(case_id, call["trigger"], data, actor=who, key=key, at=at, note=note)


@pytest.mark.parametrize("case", CASES)
def test_a_golden_history_verifies_and_folds(case: dict[str, Any]) -> None:
    """What was written then is proved and read now, with its personal values and without them."""
    for history in case["histories"]:
        events = [restore(body, hashed, private) for body, hashed, private in history]
        assert verify(fold(events), events).ok
        assert [[event.body, event.hash, private_part(event)] for event in events] == history
        erased = [restore(body, hashed, None) for body, hashed, _ in history]
        assert verify(fold(erased), erased).ok


@pytest.mark.parametrize("case", CASES)
def test_a_golden_history_is_made_again_to_the_letter(case: dict[str, Any]) -> None:
    """The same requests write the same bytes and hashes; what was refused is, for no reason that was not given then."""
    replay = Replay(case)
    for answer, call in zip(replay.answers, case["calls"], strict=True):
        then = call.get("refused")
        assert (answer is None) == (then is None)
        assert isinstance(then, str) or set(answer or ()) <= set(then or ())
    made = [
        [[event.body, event.hash, private_part(event)] for event in replay.engine.history(case_id, actor=xf.SYSTEM)]
        for case_id in replay.ids
    ]
    if case["about"] in TOLD_MORE:
        assert [[as_then(body) for body, _, _ in events] for events in made] == [
            [as_then(body) for body, _, _ in events] for events in case["histories"]
        ]
    else:
        assert made == case["histories"]


def as_then(body: Any) -> dict[str, Any]:
    """A hashed form without earlier rounds of a task, and without the hash before it, which depends on them."""
    document: dict[str, Any] = json.loads(body)
    del document["prev"]
    for record in document["changes"].get("tasks", {}).values():
        record.pop("rounds", None)
    return document
