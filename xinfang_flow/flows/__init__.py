"""The standard flows: TOML beside worked cases."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path

from xinfang_flow.errors import FlowError
from xinfang_flow.flow.documents import Source, read_flow
from xinfang_flow.flow.model import Flow
from xinfang_flow.flow.nearest import did_you_mean

_HERE = resources.files("xinfang_flow.flows")


@lru_cache(maxsize=1)
def list_flows() -> tuple[str, ...]:
    """Return the names of the standard flows."""
    return tuple(sorted(
        entry.name.removesuffix(".toml")
        for entry in _HERE.iterdir()
        if entry.name.endswith(".toml") and not entry.name.endswith(".cases.toml")
    ))  # fmt: skip


def load_flow(name: str | Path, overlays: Sequence[str | Path] = ()) -> Flow:
    """Return a flow, fully resolved: a standard flow by name, or a `.toml` or `.json` file by path.

    `overlays` are laid over it in order, each a path or a standard overlay's name.

    Raises:
        FlowError: the document cannot be read, or does not make a flow; with every finding and its place.
    """
    return read_flow(source_of(str(name)), [source_of(str(overlay)) for overlay in overlays], source_of)


def source_of(name: str) -> Source:
    """Return the document behind a standard flow's name ("hearing", "hearing@1") or a path.

    Raises:
        FlowError: there is no such flow or file.
    """
    if name.endswith((".toml", ".json")) or "/" in name:
        return Source.from_path(Path(name))
    bare = name.partition("@")[0]
    if bare not in list_flows():
        if Path(name).is_dir():
            raise FlowError(f"{name!r} is a folder: name the flow's file in it, such as {name}/my_flow.toml")
        known = ", ".join(list_flows())
        raise FlowError(f"there is no standard flow {name!r}{did_you_mean(bare, list_flows())[1]} (known: {known})")
    entry = _HERE / f"{bare}.toml"
    return Source(f"{bare}.toml", entry.read_text("utf-8"))
