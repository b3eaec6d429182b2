"""Every worked case beside a standard flow runs as it is written; and the runner sees what is not."""

import subprocess
import sys
from pathlib import Path

import pytest

import xinfang_flow as xf
import xinfang_flow.flows
from xinfang_flow.testing.plugin import Unreadable, assert_worked, worked_cases
from xinfang_flow.testing.worked import WorkedCase, WorkedResult, run_worked_cases

FLOWS = Path(xinfang_flow.flows.__file__).parent
ROOT = FLOWS.parents[1]


@pytest.mark.parametrize("case", worked_cases(FLOWS))
def test_worked_case(case: WorkedCase | Unreadable) -> None:
    """The engine does what the worked case says, refuses what it says, and the history verifies."""
    assert_worked(case)


# ---- the runner itself -----------------------------------------------------------------------------------------------

PART = """
id = "part"
version = 1
title = "Part"
initial = "here"
roles = { clerk = {}, helper = { sees = "own" } }
fields = { memo = "text", day = "date" }
[figures]
limit = { days = 10, source = "test" }
[states]
here = { stage = "early" }
gone = { stage = "late", final = true, outcome = "over" }
[stages]
early = {}
late = {}
[effects]
tell = {}
[open]
roles = ["clerk"]
takes = ["memo?", "day?"]
effects = ["tell"]
[[deadline]]
name = "limit"
period = "figures.limit"
starts = { fires = "open" }
[[transition]]
trigger = "end"
source = "here"
dest = "gone"
roles = ["clerk"]
takes = ["memo?"]
conditions = [{ present = "memo" }]
"""
WHOLE = (
    PART.replace('"part"', '"whole"')
    + """
[[transition]]
trigger = "hear"
source = "here"
roles = ["system"]
[[link]]
kind = "part"
flow = "part"
trigger = "hear"
"""
)
HEAD = """
[actors]
clerk = { roles = ["clerk"] }
helper = { roles = "helper" }
"""
CASE = """
[[case]]
title = "One"
open = { at = 2026-04-24T09:00:00+08:00, by = "clerk" }
"""


def run(folder: Path, text: str, name: str = "whole") -> list[WorkedResult]:
    """Run a text as the worked cases beside the little flows."""
    (folder / "part.toml").write_text(PART, encoding="utf-8")
    (folder / "whole.toml").write_text(WHOLE, encoding="utf-8")
    path = folder / f"{name}.cases.toml"
    path.write_text(text, encoding="utf-8")
    return run_worked_cases(path)


def said(folder: Path, opening: str = "", steps: str = "") -> list[str]:
    """What is wrong with one case that goes on like this, in English."""
    case = CASE.replace('by = "clerk" }', f'by = "clerk"{opening} }}') + (f"steps = [{steps}]" if steps else "")
    [result] = run(folder, HEAD + case)
    assert result.ok is not bool(result.problems)
    return [problem.message.en for problem in result.problems]


def test_what_is_right_is_right(tmp_path: Path) -> None:
    """Every kind of expectation can hold."""
    opening = (
        ', with = { day = 2026-04-24 }, key = "k", state = "here", stage = "early", done = false, effects = ["tell"],'
        " nominal = { limit = 2026-05-04 }, due = { limit = 2026-05-06 }, target = { limit = 2026-04-30 },"
        " late_from = { limit = 2026-05-06T16:00:00Z }, provisional = { limit = false },"
        ' deadlines = { limit = "armed" },'
        ' data = { day = "2026-04-24" }, links = {}, signals = 0, owes = { clerk = [] }'
    )
    steps = (
        '{ by = "clerk", not_allowed = ["hear"], allowed = "end" },'
        '{ by = "clerk", fire = "end", refused = "memo", effects = [] },'
        '{ at = 2026-05-07T00:00:00+08:00, tick = 1, deadlines = { limit = "breached" } },'
        '{ by = "clerk", fire = "end", with = { memo = "x" }, state = "gone", done = true, outcome = "over" },'
        '{ by = "clerk", fire = "end", refused = "closed" }'
    )
    assert said(tmp_path, opening, steps) == []


def pairs(text: str) -> list[tuple[str, str]]:
    """Lines, and below each, indented, what is said of it."""
    given, said = text.strip().split("\n")[::2], text.strip().split("\n")[1::2]
    return [(line, words.strip()) for line, words in zip(given, said, strict=True)]


WRONG = pairs("""
{ at = 2026-04-25T09:00:00+08:00, state = "gone" }
    step 1 (look): state should be gone, is here
{ due = { limit = 2026-05-05 } }
    step 1 (look): due limit should be 2026-05-05, is 2026-05-06
{ due = { unheard_of = 2026-05-05 } }
    step 1 (look): due unheard_of should be 2026-05-05, is —
{ data = { memo = "x" } }
    step 1 (look): data memo should be x, is —
{ by = "clerk", allowed = ["hear"] }
    step 1 (look): allowed hear should be True, is False
{ by = "helper", allowed = ["end"] }
    step 1 (look): allowed end should be True, is False
{ tick = 1 }
    step 1 (tick): should write 1 event(s), wrote 0
{ at = 2026-05-07T00:00:00+08:00, tick = 2 }
    step 1 (tick): should write 2 event(s), wrote 1
{ at = 2026-05-07T00:00:00+08:00, tick = true, effects = ["tell"] }
    step 1 (tick): effects should be ['tell'], is []
{ by = "clerk", fire = "end" }
    step 1 (fire end): was refused (guard, memo): 'memo' must be given
{ by = "clerk", fire = "end", refused = "limit" }
    step 1 (fire end): should be refused for limit, was for guard, memo: 'memo' must be given
{ by = "clerk", fire = "end", with = { memo = "x" }, refused = "memo" }
    step 1 (fire end): should be refused (memo), was taken
{ by = "helper", fire = "end", refused = "not_permitted" }
    step 1 (fire end): should be refused for not_permitted, was for not_found: there is no case
{ at = 2026-04-23T09:00:00+08:00 }
    step 1 (look): was refused (input): the clock stands at
""")


@pytest.mark.parametrize(("step", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_said(tmp_path: Path, step: str, message: str) -> None:
    """Each with the number of its step, what was expected and what was found."""
    [problem] = said(tmp_path, steps=step)
    assert problem.startswith(message)


def test_every_unmet_expectation_is_told(tmp_path: Path) -> None:
    """All of a step, and of the steps after it; only a step that goes wrong itself ends the case."""
    assert (
        len(
            said(
                tmp_path,
                ', state = "a", stage = "b"',
                '{ done = true }, { by = "clerk", fire = "end" }, { state = "z" }',
            )
        )
        == 4
    )


def test_cases_that_wait_for_cases(tmp_path: Path) -> None:
    """`also` opens further cases in their time; `link`, `links` and `signals` tell of the ties."""
    text = (
        HEAD
        + CASE
        + """
also = { p = { flow = "part.toml", open = { at = 2026-04-27T09:00:00+08:00, by = "clerk", state = "here" } } }
steps = [
  { at = 2026-04-26T09:00:00+08:00, by = "clerk", state = "here" },
  { at = 2026-04-28T09:00:00+08:00, by = "clerk", link = { to = "p", kind = "part" }, links = { p = "open" } },
  { by = "clerk", link = { to = "p", kind = "part" }, refused = "linked_already" },
  { case = "p", at = 2026-04-29T09:00:00+08:00, by = "clerk", fire = "end", with = { memo = "x" }, state = "gone" },
  { links = { p = "done" }, signals = 0 },
  { links = { p = "over" } },
]
"""
    )
    assert [result.problems for result in run(tmp_path, text)] == [()]


def test_entered_late(tmp_path: Path) -> None:
    """`happened` is when it happened, `at` when it was entered: the deadline counts from the former."""
    assert (
        said(
            tmp_path,
            ", happened = 2026-04-23T09:00:00+08:00, due = { limit = 2026-05-06 }, nominal = { limit = 2026-05-03 }",
        )
        == []
    )


def test_a_flow_stands_in(tmp_path: Path) -> None:
    """`flow=` is used instead of the one that the file names."""
    path = tmp_path / "nameless.cases.toml"
    path.write_text(HEAD + CASE, encoding="utf-8")
    (tmp_path / "part.toml").write_text(PART, encoding="utf-8")
    assert [result.ok for result in run_worked_cases(path, xf.load_flow(str(tmp_path / "part.toml")))] == [True]
    [lost] = run_worked_cases(path)
    assert "there is no standard flow 'nameless'" in lost.problems[0].message.en


BAD = pairs("""
open = { at = 2026-04-24T09:00:00+08:00, by = "clerk", stat = "here" }
    unknown key 'stat'; did you mean 'state'?
open = { at = 2026-04-24T09:00:00+08:00, by = "clark" }
    there is no 'clark'; did you mean 'clerk'?
open = { at = 2026-04-24T09:00:00, by = "clerk" }
    a moment needs its offset: 2026-03-02T09:00:00+08:00
open = { by = "clerk" }
    'at' is missing
basis = []
    'open' is missing
steps = [{ fire = "end" }]
    'by' is missing: who asks?
steps = [{ by = "clerk", fire = "end", tick = 1 }]
    a step does one thing, not fire and tick
steps = [{ case = "p" }]
    there is no 'p' (known: main)
steps = [{ refused = "x" }]
    `refused` goes with `fire` or `link`
steps = [{ tick = -1 }]
    -1 does not fit here
steps = [{ tick = false }]
    `tick` is true, or a number of events
steps = ,
    not valid TOML
""")


@pytest.mark.parametrize(("line", "message"), BAD, ids=[row[1] for row in BAD])
def test_a_file_that_cannot_be_read(tmp_path: Path, line: str, message: str) -> None:
    """Every complaint names file and line, and the nearest right word where there is one."""
    case = CASE if line.startswith("steps") else '[[case]]\ntitle = "One"\n'
    with pytest.raises(xf.FlowError) as error:
        run(tmp_path, HEAD + case + line)
    [finding] = error.value.findings
    assert message in finding.message.en
    assert "whole.cases.toml:" in finding.where
    assert finding.message.zh


def test_a_file_needs_a_case(tmp_path: Path) -> None:
    """A file that shows nothing is an error, not a success."""
    for text in (HEAD, "case = []" + HEAD):
        with pytest.raises(xf.FlowError, match="case"):
            run(tmp_path, text)


def test_pytest_collects_them(tmp_path: Path) -> None:
    """One test a case, named by its title; a file that cannot be read is one failing test."""
    (tmp_path / "whole.toml").write_text(WHOLE, encoding="utf-8")
    good, bad = tmp_path / "whole.cases.toml", tmp_path / "broken.cases.toml"
    good.write_text(HEAD + CASE + CASE.replace("One", "Two").replace(" }", ', state = "gone" }'), encoding="utf-8")
    bad.write_text("nothing", encoding="utf-8")
    options = ["-p", "xinfang_flow.testing.plugin", "-p", "no:cacheprovider", "-p", "no:randomly", "-rA"]
    command = [sys.executable, "-m", "pytest", *options, "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert "2 failed, 1 passed" in done.stdout
    assert "the opening (open): state should be gone, is here" in done.stdout
    assert "not valid TOML" in done.stdout
