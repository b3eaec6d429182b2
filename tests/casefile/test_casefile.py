"""一案一档: one file that people can read, that fetches and runs nothing, and that proves itself."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from xinfang_flow.casefile import file as casefile
from xinfang_flow.casefile.file import CLOSING, OPENING, verify_file
from xinfang_flow.casefile.machine_part import FORMAT
from xinfang_flow.casefile.page import RENDERER
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import InputError, StoreError
from xinfang_flow.flows import load_flow
from xinfang_flow.kernel import Actor
from xinfang_flow.kernel.event import NOTE

CLERK = Actor("li", {"clerk", "dispatcher"}, "xianju")
KEPT = Path(__file__).resolve().parents[1] / "cli" / "kept"
HOSTILE = "</script><script>alert(1)</script> &amp; \u2028 \"'<img src=x onerror=alert(1)>"


@pytest.fixture(params=["zh", "en"])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The file of a case with a hostile summary and note, some steps on."""
    return write(tmp_path / "case.html", request.param)


def write(path: Path, lang: Any = "zh") -> Path:
    """Write a case file."""
    clock = ManualClock("2026-03-02T09:00:00+08:00")
    engine = Engine.in_memory(flows=[load_flow("proxy_petition")], clock=clock)
    data = {
        "intake": "first_visit", "form": "visit", "register_no": "X1", "received_on": "2026-03-02",
        "township": "横溪镇", "summary": HOSTILE, "petitioner": "董芷", "category": HOSTILE[:80].replace("\u2028", " "),
    }  # fmt: skip
    case = engine.open("proxy_petition", data, actor=CLERK, note=HOSTILE)
    clock.set("2026-03-03T09:00:00+08:00")
    engine.fire(case.id, "screen", {"opinion_owed": True}, actor=CLERK)
    engine.fire(case.id, "assign", {"pool": "resident", "to": "chen"}, actor=CLERK)
    return engine.case_file(case.id, path, actor=CLERK, lang=lang)


def machine_of(path: Path) -> Any:
    """Return the machine part of a page."""
    text = path.read_text("utf-8")
    return json.loads(text[text.index(OPENING) + len(OPENING) : text.index(CLOSING, text.index(OPENING))])


def test_it_verifies(page: Path) -> None:
    """Every hash, the chain, every commitment, the flow and the page hold; what no file can show is said."""
    verdict = verify_file(page)
    assert verdict.ok, verdict
    assert "cut off" in verdict.not_checked[0]


def test_json_verifies(tmp_path: Path) -> None:
    """A path that ends in .json takes the machine part alone."""
    path = write(tmp_path / "case.json")
    assert json.loads(path.read_text("utf-8"))["format"] == FORMAT
    assert verify_file(path).ok


class Tags(HTMLParser):
    """Collects elements with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.seen.append((tag, dict(attrs)))


def test_nothing_is_fetched_and_nothing_runs(page: Path) -> None:
    """One script element, which holds data; no handler, link, image or frame; a policy that forbids the rest."""
    tags = Tags()
    tags.feed(page.read_text("utf-8"))
    assert [given for tag, given in tags.seen if tag == "script"] == [{"type": "application/json", "id": "case-file"}]
    assert not {tag for tag, _ in tags.seen} & {"img", "link", "iframe", "object", "embed", "a", "form", "base"}
    assert not [name for _, given in tags.seen for name in given if name.startswith("on") or name in ("src", "href")]
    policy = next(given["content"] for tag, given in tags.seen if given.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_people_find_what_they_need(tmp_path: Path) -> None:
    """State, deadlines with their reasoning, tasks, data and the steps are on the page, in the chosen language."""
    text = write(tmp_path / "zh.html").read_text("utf-8")
    for word in (
        "已派代访员",
        "代访办理期限",
        "2026-03-24",
        "起算日",
        "责任代访员",
        "chen",
        "董芷",
        "派代访员",
        "筛选入库",
    ):
        assert word in text
    english = write(tmp_path / "en.html", "en").read_text("utf-8")
    for word in ("Assigned", "Responsible proxy", "Screen in", "Counted from", '<html lang="en">'):
        assert word in english


def body(entry: dict[str, Any], old: str, new: str) -> None:
    """Change the hashed form."""
    assert old in entry["body"]
    entry["body"] = entry["body"].replace(old, new)


TAMPERINGS: dict[str, Callable[[Any], Any]] = {
    "a body": lambda file: body(file["events"][1], '"role":"clerk"', '"role":"dispatcher"'),
    "a hash": lambda file: file["events"][1].update(hash="0" * 64),
    "a private value": lambda file: file["events"][0]["private"]["petitioner"].__setitem__(1, "别人"),
    "a salt": lambda file: file["events"][0]["private"]["petitioner"].__setitem__(0, "00"),
    "the note": lambda file: file["events"][0]["private"][NOTE].__setitem__(1, "别的"),
    "a private value that was never there": lambda file: file["events"][1].update(
        private={"opinion_owed": ["", False]}
    ),
    "an event left out": lambda file: file["events"].pop(1),
    "the last event left out": lambda file: file["events"].pop(),
    "two events changed about": lambda file: file["events"].reverse(),
    "the flow": lambda file: file["flow"].update(text=file["flow"]["text"].replace("clerk", "clerc")),
    "the head": lambda file: file.update(head="0" * 64),
    "another case": lambda file: file.update(case="x"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(name: str, tmp_path: Path) -> None:
    """Whatever is changed in the machine part, the verdict is no."""
    path = write(tmp_path / "case.json")
    document = json.loads(path.read_text("utf-8"))
    TAMPERINGS[name](document)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    verdict = verify_file(path)
    assert not verdict.ok
    assert verdict.reason


@pytest.mark.parametrize(("old", "new"), [("已派代访员", "已归档"), ("2026-03-24", "2026-04-24"), ("董芷", "董止")])
def test_a_page_that_says_something_else_is_found(old: str, new: str, tmp_path: Path) -> None:
    """The page is made anew from the machine part: what people read is proved too."""
    path = write(tmp_path / "case.html")
    text = path.read_text("utf-8")
    place = text.index(OPENING)
    assert old in text[:place]
    path.write_text(text[:place].replace(old, new, 1) + text[place:], encoding="utf-8")
    verdict = verify_file(path)
    assert verdict.reason == "the readable page says something else than the events"


def test_erased_values_leave_the_proof(tmp_path: Path) -> None:
    """Without salt and value the commitment stands; the verdict says that something was erased."""
    path = write(tmp_path / "case.json")
    document = json.loads(path.read_text("utf-8"))
    del document["events"][0]["private"]
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    verdict = verify_file(path)
    assert verdict.ok
    assert casefile.ERASED in verdict.not_checked
    assert "董芷" not in path.read_text("utf-8")


def test_a_page_of_another_version_is_not_called_false(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When pages are made differently one day, older files still prove their events, and say what was not compared."""
    path = write(tmp_path / "case.html")
    monkeypatch.setattr(casefile, "RENDERER", 99)
    verdict = verify_file(path)
    assert verdict.ok
    assert casefile.OTHER_RENDERER in verdict.not_checked


def test_line_endings_of_another_system_do_no_harm(tmp_path: Path) -> None:
    """A mail program may turn the line ends; the verdict is the same."""
    path = write(tmp_path / "case.html")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert verify_file(path).ok


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[1]", b"<html>", b"\xff\xfe", b'{"format": "x"}', b"[" * 100_000, b"{" + b'"a":{' * 100_000],
)
def test_what_is_no_case_file(data: bytes, tmp_path: Path) -> None:
    """Anything else is an input error, never a verdict and never a traceback."""
    path = tmp_path / "other.html"
    path.write_bytes(data)
    with pytest.raises(InputError, match="no case file"):
        verify_file(path)


def test_garbled_parts_are_no_case_file(tmp_path: Path) -> None:
    """The right frame with wrong contents is refused or judged, whatever is put in."""
    path = write(tmp_path / "case.json")
    good = json.loads(path.read_text("utf-8"))
    for key in good:
        wrongs: list[Any] = [None, [], {}, 7, "x", [{}], {"text": 1}]
        for wrong in wrongs:
            path.write_text(json.dumps({**good, key: wrong}), encoding="utf-8")
            try:
                verify_file(path)
            except InputError:
                continue


def test_unwritable_places(tmp_path: Path) -> None:
    """A missing folder and a folder in the way are said in words; nothing half-written is left."""
    with pytest.raises(StoreError, match="no folder"):
        write(tmp_path / "nowhere" / "case.html")
    (tmp_path / "dir.html").mkdir()
    with pytest.raises(StoreError, match="is a folder"):
        write(tmp_path / "dir.html")
    assert [path.name for path in tmp_path.iterdir()] == ["dir.html"]


def test_an_old_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails half-way leaves the file that was there."""
    path = write(tmp_path / "case.html")
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        write(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["case.html"]


def test_the_machine_part_holds_the_events_as_they_were_hashed(page: Path) -> None:
    """Bodies, hashes and private parts are those of the history; moments are UTC with a Z."""
    document = machine_of(page)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", document["written_at"])
    assert [json.loads(entry["body"])["seq"] for entry in document["events"]] == [1, 2, 3]
    assert sorted(document["events"][0]["private"]) == [NOTE, "petitioner", "summary"]


@pytest.mark.parametrize("path", sorted(KEPT.glob("case-file-*.html")), ids=lambda path: path.stem)
def test_files_that_were_kept_from_earlier_verify(path: Path) -> None:
    """A case file of an earlier day holds, page and all; where the page is made otherwise now, count RENDERER up."""
    verdict = verify_file(path)
    assert verdict.ok, verdict
    renderer = machine_of(path)["renderer"]
    assert (casefile.OTHER_RENDERER in verdict.not_checked) == (renderer != RENDERER)
