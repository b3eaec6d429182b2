"""A case file comes from anywhere: everything a reader sees is proved or named, and a hostile one is only a finding."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import xinfang_flow as xf
from tests.casefile.test_casefile import write
from tests.deadlines.small import CLERK, World, small_flow
from xinfang_flow.casefile import file as casefile
from xinfang_flow.casefile.file import verify_file
from xinfang_flow.errors import InputError
from xinfang_flow.kernel.canonical import canonical


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The machine part of a sound case file."""
    document: dict[str, Any] = json.loads(write(tmp_path_factory.mktemp("good") / "case.json").read_text("utf-8"))
    return document


def verdict_on(document: Any, folder: Path) -> xf.Verdict:
    """Verify a machine part."""
    path = folder / "case.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return verify_file(path)


def copied(document: dict[str, Any]) -> dict[str, Any]:
    """A copy that may be spoilt."""
    twin: dict[str, Any] = json.loads(json.dumps(document))
    return twin


def chained_anew(document: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Change the first body and compute every hash again, as whoever knows the format can."""
    spoilt, head = copied(document), ""
    for place, entry in enumerate(spoilt["events"]):
        body = json.loads(entry["body"])
        if place == 0:
            change(body)
        body["prev"] = head
        entry["body"] = canonical(body)
        entry["hash"] = head = hashlib.sha256(entry["body"].encode()).hexdigest()
    spoilt["head"] = head
    return spoilt


def test_a_reasoning_that_is_not_the_law_s_is_found(good: dict[str, Any], tmp_path: Path) -> None:
    """The days behind a deadline are counted again, in a page and in the machine part alone."""
    spoilt = copied(good)
    name = next(iter(spoilt["reasoning"]))
    spoilt["reasoning"][name]["zh"] = ["届满日为2099-01-01"]
    verdict = verdict_on(spoilt, tmp_path)
    assert not verdict.ok
    assert verdict.reason == f"the reasoning says something else than the events: {name}"


def test_a_reasoning_about_no_deadline_is_found(good: dict[str, Any], tmp_path: Path) -> None:
    """Neither one too many nor one too few."""
    more, fewer = copied(good), copied(good)
    more["reasoning"]["invented"] = {"zh": ["期限已届满"], "en": ["Late"]}
    fewer["reasoning"].popitem()
    assert not verdict_on(more, tmp_path).ok
    assert not verdict_on(fewer, tmp_path).ok


def test_another_zone_than_the_deadlines_is_found(good: dict[str, Any], tmp_path: Path) -> None:
    """Moments cannot be made to read otherwise by moving the clock of the file."""
    assert good["zone"] == "Asia/Shanghai"
    assert not verdict_on({**good, "zone": "Europe/Berlin"}, tmp_path).ok


def test_what_cannot_be_proved_is_named(good: dict[str, Any], tmp_path: Path) -> None:
    """When the file was written is told by the file alone."""
    verdict = verdict_on({**good, "written_at": "2099-01-01T00:00:00.000000Z"}, tmp_path)
    assert verdict.ok
    assert casefile.WRITTEN in verdict.not_checked


WRONG: list[Any] = [None, [], {}, 7, 7.5, True, "x", [{}], [7], {"text": 1}, [[]], {"#": 1}]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_wrong_types_are_findings(wrong: Any, good: dict[str, Any], tmp_path: Path) -> None:
    """Numbers for texts, lists for tables: in every place of the machine part, a verdict that is no, never a crash."""
    for key in good:
        if key in ("format", "format_version"):
            with pytest.raises(InputError, match="no case file"):
                verdict_on({**good, key: wrong}, tmp_path)
        elif not (key == "linked" and wrong == []) and not (key == "renderer" and wrong == 7):
            assert not verdict_on({**good, key: wrong}, tmp_path).ok, key
    for key in ("body", "hash", "private"):
        spoilt = copied(good)
        spoilt["events"][1][key] = wrong
        fine = key == "private" and wrong in (None, {})
        assert verdict_on(spoilt, tmp_path).ok == fine, key


def test_missing_and_unknown_keys_are_findings(good: dict[str, Any], tmp_path: Path) -> None:
    """A key left out, a key that nobody knows: a verdict that names it, or `no case file` where it does not say so."""
    for key in good:
        spoilt = {name: value for name, value in good.items() if name != key}
        if key in ("format", "format_version"):
            with pytest.raises(InputError, match="no case file"):
                verdict_on(spoilt, tmp_path)
        elif key not in ("linked", "zone"):
            verdict = verdict_on(spoilt, tmp_path)
            assert not verdict.ok
            assert key in str(verdict.reason)
    verdict = verdict_on({**good, "conclusion": "信访人息诉罢访"}, tmp_path)
    assert not verdict.ok
    assert "conclusion" in str(verdict.reason)


def test_doubled_keys_are_findings(good: dict[str, Any], tmp_path: Path) -> None:
    """Of two values for one key some readers take the first and others the last."""
    text = json.dumps(good, ensure_ascii=False)
    path = tmp_path / "case.json"
    path.write_text(text.replace('"lang": "zh"', '"lang": "en", "lang": "zh"', 1), encoding="utf-8")
    verdict = verify_file(path)
    assert not verdict.ok
    assert "'lang'" in str(verdict.reason)


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_a_history_chained_anew_with_rubbish_is_a_finding(wrong: Any, good: dict[str, Any], tmp_path: Path) -> None:
    """Hashes that hold over bodies that make no case: the verdict is no, whatever stands in them."""
    for key in json.loads(good["events"][0]["body"]):
        if key == "prev":
            continue

        def spoil(body: dict[str, Any], key: str = key) -> None:
            body[key] = wrong

        spoilt = chained_anew(good, spoil)
        if spoilt != chained_anew(good, lambda _: None):
            verdict = verdict_on(spoilt, tmp_path)
            assert key == "org" or not verdict.ok or key in ("actor", "dest", "key", "role", "source", "trigger"), key


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150)
@given(data=st.data())
def test_no_file_makes_verification_crash(
    data: st.DataObject, good: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any place of any depth replaced by anything: a verdict or `no case file`, never a traceback."""
    spoilt: Any = copied(good)
    here: Any = spoilt
    while True:
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        if not (isinstance(here[key], dict | list) and here[key]) or data.draw(st.booleans()):
            break
        here = here[key]
    here[key] = data.draw(SCRAPS)
    try:
        verdict_on(spoilt, tmp_path_factory.getbasetemp())
    except InputError as error:
        assert "case file" in str(error)  # noqa: PT017  either answer is right


@pytest.mark.parametrize("deadlines", [0, 1])
def test_moments_are_printed_where_the_case_lives(deadlines: int, tmp_path: Path) -> None:
    """A Berlin case opened on 2 March at 23:30 reads so on its page, and not as 3 March 06:30."""
    berlin = xf.Calendar.from_holidays("DE", years=[2026], zone="Europe/Berlin")
    period = {"name": "limit", "period": {"days": 5}, "starts": {"fires": "start"}}
    world = World(
        small_flow(*[period] * deadlines, calendar="berlin"), now="2026-03-02T23:30:00+01:00", calendar=berlin
    )
    case = world.fire(world.open(), "start")
    page = world.engine.case_file(case.id, tmp_path / "case.html", actor=CLERK)
    assert "2026-03-02 23:30" in page.read_text("utf-8")
    assert "2026-03-03 06:30" not in page.read_text("utf-8")
    verdict = verify_file(page)
    assert verdict.ok
    assert (casefile.ZONE in verdict.not_checked) == (not deadlines)


def test_another_renderer_s_page_is_named_as_not_proved(good: dict[str, Any], tmp_path: Path) -> None:
    """Whoever claims another version of the page is told what that leaves unproved."""
    verdict = verdict_on({**good, "renderer": 7}, tmp_path)
    assert verdict.ok
    assert casefile.OTHER_REASONING in verdict.not_checked
