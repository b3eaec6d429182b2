"""Refusals are cheap and short, whatever was asked: what they cost is counted in words looked for, never in seconds."""

from __future__ import annotations

import pickle
from difflib import get_close_matches
from typing import Any

import pytest

import xinfang_flow as xf
from tests.kernel.commands import CALENDAR, START
from tests.kernel.office import CLERK, Desk, base, begun, entropy, made
from xinfang_flow.kernel import Command, Reason, Refused, Rules
from xinfang_flow.kernel.interpreter.payload import FINDINGS_TOLD, KEYS_READ
from xinfang_flow.kernel.values import Hint
from xinfang_flow.text import Text

RULES = Rules(made(base()), {}, CALENDAR)
FLOOD = {f"unheard_of_{number}": number for number in range(20_000)}


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every word that a nearest one is looked for."""
    looked: list[str] = []

    def counted(word: str, *args: Any, **options: Any) -> list[str]:
        looked.append(word)
        return get_close_matches(word, *args, **options)

    monkeypatch.setattr("xinfang_flow.nearest.get_close_matches", counted)
    return looked


def refused(trigger: str, payload: Any) -> tuple[Reason, ...]:
    """The reasons against a step."""
    case = begun(RULES, {}, CLERK, START, entropy())
    assert case is not None
    decision = RULES.decide(case, Command(case.id, trigger, payload, CLERK, START, "k"), START, START)
    assert isinstance(decision, Refused)
    return decision.reasons


def travelled(value: Any) -> Any:
    """The value in another process."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301  our own bytes


@pytest.mark.parametrize(
    ("trigger", "payload", "word", "right"), [("mvoe", {}, "mvoe", "move"), ("move", {"meno": "x"}, "meno", "memo")]
)
def test_a_hint_is_looked_for_when_it_is_read(
    trigger: str, payload: Any, word: str, right: str, searches: list[str]
) -> None:
    """Deciding looks for no nearest word; whoever reads the reason finds it there, in both languages."""
    [reason] = refused(trigger, payload)
    assert searches == []
    assert reason.where == word
    assert f"did you mean {right!r}?" in reason.message.en
    assert f"是否应为“{right}”？" in reason.message.zh
    assert str(reason) == f"{reason.message.zh} / {reason.message.en}"
    assert set(searches) == {word}


def test_an_engine_that_refuses_looks_for_no_hint(searches: list[str]) -> None:
    """A refused call costs no search either, until its message is read."""
    desk = Desk(made(base()))
    with pytest.raises(xf.RefusedError) as refusal:
        desk.fire("mvoe")
    assert searches == []
    assert "did you mean 'move'?" in str(refusal.value)
    assert travelled(refusal.value).reasons == refusal.value.reasons
    assert str(travelled(refusal.value)) == str(refusal.value)


def test_a_reason_with_a_hint_is_a_value() -> None:
    """Equal reasons are equal and hash alike, and travel between processes; another word is another reason."""
    [first], [again], [other] = refused("mvoe", {}), refused("mvoe", {}), refused("moev", {})
    assert first == again
    assert hash(first) == hash(again)
    assert first != other
    assert travelled(first) == first
    assert travelled(first).message == first.message


def test_a_payload_of_thousands_of_keys_is_answered_briefly() -> None:
    """Twenty thousand unknown keys: twenty findings are told, and how many there are beside."""
    reasons = refused("move", FLOOD)
    assert [why.code for why in reasons] == ["payload_unknown"] * FINDINGS_TOLD + ["payload_more"]
    assert reasons[-1].message == Text(f"另有{20_000 - FINDINGS_TOLD}处问题未列出", "and 19980 more findings")
    assert len(str(xf.RefusedError(reasons=reasons))) < 10_000


def test_what_is_missing_is_told_beside_thousands_of_keys() -> None:
    """The known fields are read wherever they stand among the others."""
    flow = made(base(transition=[{"trigger": "tell", "source": "here", "roles": ["clerk"], "takes": ["memo", "kind"]}]))
    payload = Rules(flow, {}, CALENDAR).table["here", "tell"][0].payload
    answer = payload.read({**FLOOD, "memo": "x"})
    assert isinstance(answer, Refused)
    assert [(why.code, why.where) for why in answer.reasons if why.code == "payload_missing"] == [
        ("payload_missing", "kind")
    ]


def test_no_more_keys_are_read_than_need_be() -> None:
    """Beyond the known fields a thousand keys are looked at, and not one value of theirs."""

    class Watched(dict[str, Any]):
        """A mapping that says what is read of it."""

        read: list[str]

        def __getitem__(self, key: str) -> Any:
            self.read.append(key)
            return super().__getitem__(key)

    given = Watched(FLOOD)
    given.read = []
    assert isinstance(RULES.table["here", "move"][0].payload.read(given), Refused)
    assert len(given.read) <= KEYS_READ


@pytest.mark.parametrize("length", [65, 1_000_000])
def test_a_name_of_any_length_is_repeated_briefly(length: int, searches: list[str]) -> None:
    """A trigger or a key too long to be one is cut, and nothing like it is looked for."""
    for reason in (*refused("x" * length, {}), *refused("move", {"x" * length: 1})):
        assert len(reason.message.zh) + len(reason.message.en) + len(reason.where or "") < 1000
        assert "…" in reason.message.en
    assert searches == []


def test_a_hint_is_cut_as_every_message_is() -> None:
    """However many triggers a flow has, a message keeps its size."""
    told = Hint(Text("甲" * 300, "a" * 300), "b", ("c",), Text("乙" * 300, "d" * 300)).told()
    assert (len(told.zh), len(told.en)) == (400, 400)
