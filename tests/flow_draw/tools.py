"""The real parsers: Graphviz and Mermaid, each fed a batch in one process."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree as ET

import pytest

# Mermaid's own parser, and what it took the text for: a label that acts would add a vertex, a link or a callback.
READ = """
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";
const { window } = new JSDOM("<body></body>");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ securityLevel: "strict", startOnLoad: false });
const found = [];
for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    const { type, db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const vertices = [...db.getVertices().values()];
    found.push({
      type,
      vertices: vertices.length,
      edges: db.getEdges().length,
      groups: db.getSubGraphs().length,
      active: vertices.filter((vertex) => vertex.link || vertex.haveCallback || vertex.icon || vertex.img).length,
    });
  } catch (error) {
    found.push({ error: String(error.message) });
  }
}
console.log(JSON.stringify(found));
"""


def absent(what: str) -> NoReturn:
    """Skip for want of a tool; in continuous integration, fail."""
    message = f"{what} is not on this machine"
    if os.environ.get("XINFANG_CI"):
        pytest.fail(message)
    pytest.skip(message)


def read_by_mermaid(texts: list[str]) -> list[dict[str, Any]]:
    """What Mermaid makes of each text."""
    folder = Path(os.environ.get("XINFANG_MERMAID_DIR", "."))
    if not shutil.which("node") or not (folder / "node_modules" / "mermaid").is_dir():
        absent("Mermaid (node, and XINFANG_MERMAID_DIR)")
    command = ["node", "--input-type=module", "--eval", READ]
    result = subprocess.run(command, cwd=folder, input=json.dumps(texts).encode(), check=True, capture_output=True)
    found: list[dict[str, Any]] = json.loads(result.stdout.decode().strip().splitlines()[-1])
    return found


def drawn_by_graphviz(texts: list[str]) -> list[ET.Element]:
    """The SVG that Graphviz makes of each text, parsed; it may not even warn."""
    if not shutil.which("dot"):
        absent("Graphviz")
    result = subprocess.run(["dot", "-Tsvg"], input="".join(texts).encode(), check=True, capture_output=True)
    assert result.stderr.decode() == ""
    pieces = result.stdout.decode().split("<?xml")[1:]
    return [ET.fromstring(f"<?xml{piece}".encode()) for piece in pieces]  # noqa: S314  our own Graphviz wrote it
