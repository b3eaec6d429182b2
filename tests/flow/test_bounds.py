"""Documents with very many faults: what is told, and what is looked up for it, does not grow with them."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import pytest

import xinfang_flow.nearest
from tests.flow.flows_at_hand import HEAD, PETITION, findings
from xinfang_flow.flow import check, define
from xinfang_flow.flow.findings import places
from xinfang_flow.flow.findings.places import MOST_FINDINGS, Near, Problem, told

STEP = PETITION + '[[transition]]\ntrigger = "a"\nsource = "received"\nroles = "clerk"\n'
FAULTS: dict[str, Callable[[int], str]] = {
    "tables": lambda many: "".join(f"[t{n}]\n" for n in range(many)),
    "keys": lambda many: PETITION + "[states.other]\n" + "".join(f"k{n} = 1\n" for n in range(many)),
    "values": lambda many: PETITION + "".join(f'[roles.r{n}]\nsees = "x"\n' for n in range(many)),
    "names": lambda many: STEP.removesuffix('"clerk"\n') + f"{[f'r{n}' for n in range(many)]}\n",
    "states": lambda many: STEP.replace('"received"\nroles', f"{[f's{n}' for n in range(many)]}\nroles"),
    "fractions": lambda many: PETITION + "[x]\n" + "".join(f"k{n} = 1.5\n" for n in range(many)),
    "removed": lambda many: HEAD + f"[remove]\nstate = {[f's{n}' for n in range(many)]}\n",
    "entries": lambda many: PETITION + "[[task]]\n" * many,
}


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words for which a nearest one was looked for."""
    words: list[str] = []

    def counted(word: str, known: list[str], **how: Any) -> list[str]:
        words.append(word)
        return get_close_matches(word, known, **how)

    monkeypatch.setattr(xinfang_flow.nearest, "get_close_matches", counted)
    return words


@pytest.mark.parametrize("kind", FAULTS)
def test_a_document_of_very_many_faults_is_told_a_hundred_and_how_many_more(kind: str, looked_up: list[str]) -> None:
    """A hundred findings and one that counts the rest; no more near words are looked for than are told."""
    few, many = findings(FAULTS[kind](300)), findings(FAULTS[kind](3_000))

    assert [len(few), len(many)] == [MOST_FINDINGS + 1] * 2
    assert [found[-1].code for found in (few, many)] == ["XF016"] * 2
    counts = [int(found[-1].message.en.split()[1]) for found in (few, many)]
    assert counts[1] - counts[0] in {2_700, 5_400}  # an entry without name and states has two faults
    assert len(looked_up) <= 2 * MOST_FINDINGS
    assert sum(len(str(finding)) for finding in many) < MOST_FINDINGS * 1_000


def test_a_hundred_findings_are_told_without_a_word_about_more() -> None:
    """The bound itself is no reason to be silent, or to speak of nothing."""
    problems = [Problem("XF010", ("k", n), "未知", "unknown") for n in range(MOST_FINDINGS)]

    assert len(told(problems, lambda _: "")) == MOST_FINDINGS
    assert len(told([*problems, problems[0]], lambda _: "")) == MOST_FINDINGS


def test_errors_are_told_before_warnings_where_not_all_are() -> None:
    """A flow with more warnings than are told does not pass for one without errors."""
    builder = define("visit", title="Visit").role("clerk").state("a", initial=True).state("end", final=True)
    builder.opening(roles="clerk").transition("end", "a", "end", roles="clerk").state("lost")
    for number in range(2 * MOST_FINDINGS):
        builder.field(f"f{number}")
    found = check(builder.build())

    assert found[0].code == "XF201"
    assert {finding.code for finding in found[1:-1]} == {"XF214"}
    assert found[-1].message == ("另有 101 处，请先改正以上各处", "and 101 more: mend these first")


def test_a_message_keeps_its_hint_however_long_its_words() -> None:
    """What does not fit is cut out of the words before the hint."""
    problem = Problem("XF101", (), "没有" + "字" * 500, "no " + "x" * 500, near=Near("handlng", ["handling"]))

    message = problem.finding("").message
    assert message.zh.endswith("；是否应为“handling”？")
    assert message.en.endswith("; did you mean 'handling'?")
    assert len(message.zh) == len(message.en) == places.MOST_CHARACTERS


def test_no_nearest_word_is_looked_for_where_nobody_wrote_one(looked_up: list[str]) -> None:
    """A word of thousands of characters, or thousands of known words, are no slip of the pen."""
    assert xinfang_flow.nearest.nearest("x" * 101, ["x" * 100]) is None
    assert xinfang_flow.nearest.nearest("wordd", [f"word{n}" for n in range(1_001)]) is None
    assert looked_up == []
    assert xinfang_flow.nearest.nearest("wordd", ["word"]) == "word"
