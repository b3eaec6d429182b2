"""The standard flows: TOML beside worked cases, in folders by subject; a name is found in whichever it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from xinfang_flow.errors import FlowError, InputError
from xinfang_flow.flow.checks.check import errors_in
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.reading.documents import Source, read_flow
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.text import Text, shown

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
        raise InputError(
            Text(
                f"流程“{shown(name)}”没有自带的办理范例：没有 {file}",
                f"no worked cases stand beside {name!r}: there is no {file}",
            ),
            where=Text("名称", "name"),
        )
    return Path(str(_documents()[file]))


def load_flow(name: str | Path, overlays: Sequence[str | Path] = (), *, unchecked: bool = False) -> Flow:
    """Return a flow, fully resolved: a standard flow by name, or a `.toml` or `.json` file by path.

    `overlays` are laid over it in order, each a path or a standard overlay's name.  What is read from a path must pass
    `check`, unless told `unchecked`: to look at a flow that is still being written.

    Raises:
        FlowError: the document cannot be read, does not make a flow, or `check` finds errors in it; with every finding
            and its place.
    """
    names = [str(name), *map(str, overlays)]
    flow = read_flow(source_of(names[0]), [source_of(overlay) for overlay in names[1:]], source_of)
    findings = [] if unchecked or not any(map(_is_path, names)) else errors_in(flow)
    if findings:
        raise FlowError(findings=findings)
    return flow


def source_of(name: str) -> Source:
    """Return the document behind a standard flow's name ("hearing", "hearing@1") or a path.

    Raises:
        FlowError: there is no such flow or file.
    """
    if _is_path(name):
        return Source.from_path(Path(name))
    bare = name.partition("@")[0]
    if bare not in list_flows():
        if Path(name).is_dir():
            raise FlowError(
                Text(
                    f"{shown(name)} 是文件夹：请写明其中的流程文件，如 {name}/my_flow.toml",
                    f"{name!r} is a folder: name the flow's file in it, such as {name}/my_flow.toml",
                )
            )
        near, known, known_zh = did_you_mean(bare, list_flows()), ", ".join(list_flows()), "、".join(list_flows())
        raise FlowError(
            Text(
                f"没有流程 {shown(name)}{near[0]}（有：{known_zh}）",
                f"there is no standard flow {name!r}{near[1]} (known: {known})",
            )
        )
    return Source(f"{bare}.toml", _documents()[f"{bare}.toml"].read_text("utf-8"))


def _is_path(name: str) -> bool:
    return name.endswith((".toml", ".json")) or "/" in name
