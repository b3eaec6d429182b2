"""Flows that do not hold together, from the command line: told with their places, and not run."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Cli
from tests.engine.little import LITTLE

STEPS = [{**arrow, "conditions": []} for arrow in LITTLE["transition"]]
UNSOUND = {**LITTLE, "id": "unsound", "transition": STEPS, "states": {**LITTLE["states"], "lost": {"final": True}}}
OPEN = ("open", "unsound.json", "--db", "new.db", "--as", "li", "--role", "clerk", "subject=x")


def test_a_flow_with_errors_is_not_opened(cli: Cli) -> None:
    """`open` of a file tells what `check` tells, with the place, and makes no database; both languages."""
    Path("unsound.json").write_text(json.dumps(UNSOUND), encoding="utf-8")
    for lang, word in (("zh", "无法到达"), ("en", "cannot be reached")):
        said = cli(*OPEN, "--lang", lang)
        assert (said.code, word in said.err, "unsound.json" in said.err) == (1, True, True), said
    assert not Path("new.db").exists()


def test_a_flow_with_errors_can_still_be_looked_at(cli: Cli) -> None:
    """`check` lists its findings and its size, `draw` draws it: that is how it gets mended."""
    Path("unsound.json").write_text(json.dumps(UNSOUND), encoding="utf-8")
    document = cli("check", "unsound.json", "--json").document
    assert (document["flow"], document["ok"]) == ("unsound@1", False)
    assert [finding["code"] for finding in document["findings"]] == ["XF201"]
    assert "lost" in cli("draw", "unsound.json").out


def test_a_mended_flow_is_opened(cli: Cli) -> None:
    """The same file without the lost state runs."""
    mended = {**UNSOUND, "states": LITTLE["states"]}
    Path("unsound.json").write_text(json.dumps(mended), encoding="utf-8")
    said = cli(*OPEN)
    assert said.code == 0, said.err
