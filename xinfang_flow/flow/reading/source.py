"""A document before it is read: its name and its text; everything about files is refused here, with the reason."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import NamedTuple

from xinfang_flow.causes import file_cause
from xinfang_flow.errors import FlowError
from xinfang_flow.flow.findings.places import Problem

MAX_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class Source(NamedTuple):
    """The text of a flow document, and the name under which findings speak of it.

    `folder` is where a path in `extends` is looked up; None for documents that are not files.
    """

    name: str
    text: str
    folder: str | None = None

    @property
    def is_json(self) -> bool:
        """Whether it is JSON; everything else is TOML."""
        return self.name.endswith(".json")

    @classmethod
    def from_path(cls, path: FilePath | str) -> Source:
        """Read a file: UTF-8, at most 1 MiB.

        Raises:
            FlowError: it is missing, no file, too large, or not UTF-8.
        """
        path = FilePath(path)
        name = str(path)
        try:
            if path.is_dir():
                raise refused(
                    "XF001",
                    name,
                    "这是一个目录，需要的是 .toml 或 .json 文件",
                    "this is a directory; a .toml or .json file is needed",
                )
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            raise refused(
                "XF001", name, f"文件无法读取：{_why(error)[0]}", f"the file cannot be read: {_why(error)[1]}"
            ) from None
        if len(data) > MAX_BYTES:
            raise too_large(name)
        return cls(name, _decoded(data.removeprefix(_BOM), name), str(path.parent))


def refused(code: str, name: str, zh: str, en: str) -> FlowError:
    """Return the error for a document that cannot be read at all."""
    return FlowError(findings=[Problem(code, (), zh, en).finding(name)])


def too_large(name: str) -> FlowError:
    """Return the error for a document beyond the limit."""
    limit = MAX_BYTES // 1024 // 1024
    return refused("XF002", name, f"文件超过 {limit} MiB", f"the document is larger than {limit} MiB")


def _why(error: Exception) -> tuple[str, str]:
    match error:
        case FileNotFoundError():
            return "文件不存在", "there is no such file"
        case PermissionError():
            return "没有读取权限", "no permission to read it"
        case _:
            return file_cause(error).zh, getattr(error, "strerror", None) or str(error)


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        likely = _likely(data)
        hint_zh, hint_en = (f"（看起来是 {likely}）", f" (looks like {likely})") if likely else ("", "")
        place = f"{name}:{line}"
        raise refused(
            "XF004",
            place,
            f"文件不是 UTF-8 编码{hint_zh}，请另存为 UTF-8",
            f"file is not UTF-8{hint_en}; save it as UTF-8",
        ) from None


def _likely(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:64]:
        return "UTF-16"
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return "GB18030" if any("\u4e00" <= char <= "\u9fff" for char in text) else None
