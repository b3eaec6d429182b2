"""The standard flows: TOML beside worked cases, in folders by subject; a name is found in whichever it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from xinfang_flow.errors import FlowError, InputError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.reading.documents import Source, read_flow
from xinfang_flow.nearest import did_you_mean

_CASES = ".cases.toml"


@lru_cache(maxsize=1)
def _documents() -> Mapping[str, Traversable]:
    """Every document of this room by its file's name, in whichever folder it lies."""
    folders = [folder for folder in resources.files("xinfang_flow.flows").iterdir() if folder.is_dir()]
    return {entry.name: entry for folder in folders for entry in folder.iterdir() if entry.name.endswith(".toml")}


@lru_cache(maxsize=1)
def list_flows() -> tuple[str, ...]:
    """Return the names of the standard flows."""
    return tuple(sorted(name.removesuffix(".toml") for name in _documents() if not name.endswith(_CASES)))


def worked_cases_of(name: str) -> Path:
    """Return the file of worked cases beside a standard flow ("hearing", "hearing@1").

    Raises:
        InputError: there is no such flow, or no worked cases beside it.
    """
    file = name.partition("@")[0] + _CASES
    if file not in _documents():
        raise InputError(f"no worked cases stand beside {name!r}: there is no {file}", where="name")
    return Path(str(_documents()[file]))


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
    return Source(f"{bare}.toml", _documents()[f"{bare}.toml"].read_text("utf-8"))
