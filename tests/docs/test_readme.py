"""The READMEs' Python runs as it is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_readme_blocks_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A newcomer who pastes the block gets what the page promises."""
    blocks = BLOCK.findall((ROOT / name).read_text("utf-8"))

    assert blocks
    for block in blocks:
        exec(compile(block, name, "exec"), {})  # noqa: S102  our own page

    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_readme_links_exist(name: str) -> None:
    """Every relative link of a README leads somewhere."""
    text = (ROOT / name).read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not link.startswith("http")]

    missing = [link for link in links if not (ROOT / link).exists()]

    assert missing == []


def test_documentation_links_exist() -> None:
    """Every relative link of every page leads somewhere."""
    missing = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in sorted((ROOT / "docs").rglob("*.md"))
        for link in re.findall(r"\]\(([^)#:\s]+)\)", page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]

    assert missing == []
