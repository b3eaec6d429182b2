"""What is printed is what runs: every Python block of the READMEs and the documentation, in the order of its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import engine_reference

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:\s]+)\)")


@pytest.mark.parametrize("name", NAMES)
def test_blocks_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newcomer who pastes the blocks of a page one after the other gets what the page promises."""
    text = (ROOT / name).read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "page"}
    for block in BLOCK.finditer(text):
        above = "\n" * text.count("\n", 0, block.start(1))  # so that a traceback names the page's own line
        exec(compile(above + block[1], name, "exec"), namespace)  # noqa: S102  our own page

    assert "```python" not in BLOCK.sub("", text), "a block is not closed"


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link of a page leads to a file that is there."""
    page = ROOT / name

    missing = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]

    assert missing == []


def test_the_main_guides_exist_in_both_languages() -> None:
    """Chinese and English stand side by side, each linked from the index."""
    index = (ROOT / "docs/README.md").read_text("utf-8")
    guides = [page for folder in ("tutorial", "explanation") for page in (ROOT / "docs" / folder).glob("*.md")]
    english = {page.with_suffix("") for page in guides if not page.name.endswith(".zh.md")}
    chinese = {page.with_suffix("").with_suffix("") for page in guides if page.name.endswith(".zh.md")}

    assert english == chinese
    assert [page.name for page in guides if page.name not in index] == []


def test_every_page_is_reached_from_the_index() -> None:
    """Whoever begins at the index and follows its links, and those of the decisions, has seen every page."""
    reached = {
        (index.parent / link).resolve()
        for index in (ROOT / "docs/README.md", ROOT / "docs/decisions/README.md")
        for link in LINK.findall(index.read_text("utf-8"))
    }

    indexes = {(ROOT / "docs/README.md").resolve()}
    assert {page.resolve() for page in (ROOT / "docs").rglob("*.md")} - reached - indexes == set()


def test_the_reference_of_the_engine_is_what_the_code_says() -> None:
    """The page of the verbs is made from the docstrings: `python tools/engine_reference.py` writes it anew."""
    assert (ROOT / "docs/reference/engine.md").read_text("utf-8") == engine_reference.page()
