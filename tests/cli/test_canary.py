"""Personal values on every door of the command line: nothing prints one that was not asked to reveal it."""

import json
from pathlib import Path
from typing import Any

import pytest

import xinfang_flow as xf
from tests.cli.conftest import Cli

CANARY = "KANARIE"
DOES = ("settle", "skip", "transfer", "delegate", "add", "remove", "retract")
STEPS: list[dict[str, Any]] = [
    {"trigger": do, "source": "work", "roles": ["clerk"], "task": {"name": "job", "do": do, "anyone": do == "remove"}}
    for do in DOES
]
WHOLE = xf.Flow.model_validate({
    "id": "whole", "version": 1, "title": "whole", "initial": "work", "roles": {"clerk": {}},
    "states": {"work": {}, "end": {"final": True}},
    "records": {"person": {"called": {"personal": True}, "kin": {}}},
    "fields": {
        "people": {"type": "list", "of": "actor"}, "called": {"personal": True}, "memo": {}, "case_no": {},
        "guest": {"type": "record", "of": "person"}, "family": {"type": "list", "of": "person"},
    },
    "open": {"roles": ["clerk"], "takes": ["people", "case_no", "called?", "guest?", "family?"]},
    "task": [{"name": "job", "states": ["work"], "of_field": "people", "settle": "all", "answers": {"yes": "yes"}}],
    "link": [{"kind": "part", "flow": "part", "trigger": "hear", "carries": ["memo"]}],
    "transition": [
        *STEPS, {"trigger": "hear", "source": "work", "roles": ["system"], "takes": ["memo?"]},
        {"trigger": "end", "source": "work", "dest": "end", "roles": ["clerk"]},
    ],
})  # fmt: skip
PART = xf.Flow.model_validate({
    "id": "part", "version": 1, "title": "part", "initial": "work", "roles": {"clerk": {}},
    "states": {"work": {}, "end": {"final": True}}, "fields": {"memo": {"personal": True}},
    "open": {"roles": ["clerk"], "takes": ["memo"]},
    "transition": [{"trigger": "end", "source": "work", "dest": "end", "roles": ["clerk"]}],
})  # fmt: skip
TASK_STEPS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("ann", "transfer", {"to": "xia"}), ("ben", "delegate", {"to": "yan"}), ("yan", "settle", {"answer": "yes"}),
    ("cai", "add", {"to": "zhu"}), ("cai", "skip", {"slot": "cai"}), ("dan", "remove", {"slot": "zhu"}),
    ("dan", "settle", {"answer": "yes"}), ("dan", "retract", {}),
)  # fmt: skip
PERSON = {"called": f"{CANARY}-part", "kin": f"{CANARY}-kin"}
DATA = {
    "people": ["ann", "ben", "cai", "dan"], "case_no": "K1", "called": f"{CANARY}-field", "guest": PERSON,
    "family": [PERSON],
}  # fmt: skip
PLANTED = {"field", "part", "kin", "note", "carried", *(f"{who}-{do}" for who, do, _ in TASK_STEPS)}


def clerk(name: str) -> xf.Actor:
    """Return a clerk."""
    return xf.Actor(name, roles={"clerk"})


@pytest.fixture
def planted(cli: Cli) -> str:
    """The id of a case with a canary in every personal place, in `county.db`; some were planted by the commands."""
    Path("whole.json").write_text(WHOLE.text, encoding="utf-8")
    db = ("--db", "county.db", "--role", "clerk", "--json")
    said = cli(
        "open", "whole.json", "--data", json.dumps(DATA), "--note", f"{CANARY}-note", *db, "--as", "ann"
    )  # fmt: skip
    assert (said.code, CANARY in said.out + said.err) == (0, False), said
    case: str = said.document["id"]
    for who, do, payload in TASK_STEPS:
        given = {**payload, "reason": f"{CANARY}-{who}-{do}"}
        said = cli("fire", case, do, "--data", json.dumps(given), *db, "--as", who)
        assert (said.code, CANARY in said.out + said.err) == (0, False), said
    with xf.Engine("sqlite:///county.db", flows=[WHOLE, PART]) as engine:
        part = engine.open("part", {"memo": f"{CANARY}-carried"}, actor=clerk("ann"))
        engine.link(case, part.id, "part", actor=clerk("ann"))
        engine.fire(part.id, "end", actor=clerk("ann"))
        assert engine.get(case, actor=clerk("ann")).data["memo"] == f"{CANARY}-carried"
    return case


@pytest.mark.parametrize(
    "door",
    [
        ("show", "CASE"), ("show", "CASE", "--as", "dan", "--role", "clerk"), ("board",), ("tasks", "--as", "dan"),
        ("tasks", "--as", "cai", "--done"), ("tick",), ("deliver",), ("verify", "CASE"), ("verify", "--all"),
        ("file", "CASE"), ("file", "CASE", "-o", "file.json"), ("fire", "CASE", "nothing", "--as", "dan"),
        ("fire", "CASE", "skip", "--data", '{"reason": "KANARIE"}', "--as", "dan", "--role", "clerk"),
        ("fire", "CASE", "add", "--data", '{"to": "ann", "reason": "KANARIE"}', "--as", "dan", "--role", "clerk"),
        ("fire", "CASE", "end", "--as", "dan", "--role", "clerk"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_door_shows_what_is_personal(door: tuple[str, ...], form: tuple[str, ...], cli: Cli, planted: str) -> None:
    """Fields, parts of records, notes, reasons of task steps, what a linked case carried in: masked everywhere."""
    given = [planted if part == "CASE" else part for part in door]
    for lang in ("zh", "en"):
        said = cli(*given, "--db", "county.db", "--lang", lang, *form)
        assert said.out + said.err
        assert CANARY not in said.out + said.err


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_every_canary_is_there_for_who_asks(form: tuple[str, ...], cli: Cli, planted: str) -> None:
    """With --reveal all of them are shown, so that the test above looks for what is there."""
    said = cli("show", planted, "--reveal", "--db", "county.db", *form)
    assert {name for name in PLANTED if f"{CANARY}-{name}" in said.out.replace("\u00a0", " ")} == PLANTED


def test_a_case_file_is_meant_to_hold_them(cli: Cli, planted: str, tmp_path: Path) -> None:
    """The case file is the whole record: every value is in it, and its page warns of that."""
    assert cli("file", planted, "--db", "county.db").code == 0
    page = (tmp_path / "K1.html").read_text(encoding="utf-8")
    assert {name for name in PLANTED if f"{CANARY}-{name}" in page} == PLANTED
    assert "本档含个人信息" in page


def test_no_plain_form_shows_what_is_personal(planted: str) -> None:
    """The forms for web frameworks mask like every door: cases, events, pages, batches, errors; all when asked."""
    dan = clerk("dan")
    with xf.Engine("sqlite:///county.db", flows=[WHOLE, PART]) as engine:
        case = engine.get(planted, actor=dan)
        add = xf.Command(planted, "add", {"to": "eve", "reason": f"{CANARY}-new"}, dan)
        (outcome,) = engine.fire_many([add], actor=dan, dry_run=True)
        with pytest.raises(xf.RefusedError) as refused:
            engine.fire(planted, "add", {"to": "dan", "reason": f"{CANARY}-new"}, actor=dan)
        taken = xf.decide(WHOLE, case, add._replace(at=case.changed_at))
        forms = [
            case, *engine.history(planted, actor=dan), engine.find(actor=dan), engine.tasks(actor=dan), outcome, taken,
            *engine.available(planted, actor=dan),
        ]  # fmt: skip
        shown = json.dumps([form.as_dict() for form in forms] + [refused.value.as_dict()], ensure_ascii=False)
        assert outcome.ok
        assert isinstance(taken, xf.Taken)
        assert CANARY not in shown
        assert "K1" in shown
        told = json.dumps([form.as_dict(reveal=True) for form in forms], ensure_ascii=False)
        assert {name for name in PLANTED | {"new"} if f"{CANARY}-{name}" in told} == PLANTED | {"new"}
        unsealed = xf.evolve(case, taken.event._replace(changes={"takes": ("case_no",)}))
        assert unsealed.personal is None
        assert set(unsealed.as_dict()["data"].values()) == {"***"}
