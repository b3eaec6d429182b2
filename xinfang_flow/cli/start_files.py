"""`init`: write a flow to begin with, and its worked cases."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from xinfang_flow.causes import file_cause
from xinfang_flow.cli.face import Face
from xinfang_flow.errors import InputError, StoreError
from xinfang_flow.text import Text

NAMES = ("my_flow.toml", "my_flow.cases.toml")


def write_start(face: Face, folder: Path) -> None:
    """Write both files; nothing that exists is overwritten.

    Raises:
        InputError: one of them exists.
        StoreError: the folder cannot be written to.
    """
    source = resources.files("xinfang_flow.cli") / "start"
    paths = [folder / name for name in NAMES]
    for path in paths:
        if path.exists():
            raise InputError(face.words("error.exists", path=path))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            text = (source / f"{face.lang}.{path.name}").read_text("utf-8")
            with path.open("x", encoding="utf-8", newline="\n") as out:
                out.write(text)
    except OSError as error:
        raise StoreError(
            Text(f"{folder} 无法写入：{file_cause(error).zh}", f"{folder} cannot be written: {error.strerror}")
        ) from error
    for path in paths:
        face.say("init.done", path=path)
    face.say("init.next", flow=paths[0])
    face.answer({"files": paths})
