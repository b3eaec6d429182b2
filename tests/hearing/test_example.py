"""The replay of Linhai's figures runs as a script."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_linhai_is_replayed_and_drawn(tmp_path: Path) -> None:
    """43 sessions, 84 matters; the timeline is drawn as well-formed SVG; offline, and without a warning."""
    script = ROOT / "examples" / "linhai_hearing.py"
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(tmp_path)],
        capture_output=True, check=False, timeout=60, env=settings, encoding="utf-8", cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("43 sessions, 84 matters settled")
    drawn = ET.parse(tmp_path / "linhai_hearing.svg").getroot()  # noqa: S314  our own file
    assert drawn.tag.endswith("svg")
