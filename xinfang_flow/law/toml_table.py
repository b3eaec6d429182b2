"""Reading a calendar's file: every problem is found at once, each with its place.

The rule of this file: what is not understood is refused.  A misspelt key in holiday data would otherwise be a due date
that is silently wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from xinfang_flow.causes import file_cause, syntax_cause
from xinfang_flow.errors import InputError
from xinfang_flow.text import Text, shown

__all__ = ["Table", "read_toml", "reading"]

_LARGEST_FILE = 1_000_000  # bytes; a year of holidays has about two thousand
_T = TypeVar("_T")
_MAPPING: Any = Mapping


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file of at most one megabyte; InputError names the file when it cannot be read."""
    import tomllib  # 5 ms that `import xinfang_flow.law` need not spend

    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
        if len(data) > _LARGEST_FILE:
            raise InputError(
                Text(
                    f"超过 {_LARGEST_FILE} 字节，日历不过几千字节",
                    f"larger than {_LARGEST_FILE} bytes; a calendar is a few kilobytes",
                ),
                where=str(path),
            )
        return tomllib.loads(data.decode())
    except OSError as error:
        raise InputError(
            Text(f"无法读取：{file_cause(error).zh}", f"cannot be read: {file_cause(error).en}"), where=str(path)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            Text(f"不是 UTF-8 的 TOML：{syntax_cause(error).zh}", f"is no TOML in UTF-8: {error}"), where=str(path)
        ) from error


@contextmanager
def reading(source: str | Path | Mapping[str, Any]) -> Iterator[Table]:
    """Give the root table of `source` (a path or a mapping); raise one InputError with all problems at the end."""
    if isinstance(source, Mapping):
        name, content = "calendar", source
    elif isinstance(source, (str, Path)):
        name, content = str(source), read_toml(Path(source))
    else:
        raise InputError(
            Text(
                f"应给出 TOML 文件的路径或映射，不是 {type(source).__name__}",
                f"give the path of a TOML file or a mapping, not {type(source).__name__}",
            )
        )
    problems: list[Text] = []
    root = Table(content, "", problems)
    yield root
    root.close()
    if problems:
        zh, en = zip(*problems, strict=True)
        raise InputError(Text("\n".join(zh), "\n".join(en)), where=name)


class Table:
    """One table of the file: each getter takes a key out, notes what is wrong with it and returns a stand-in."""

    def __init__(self, content: Mapping[str, Any], place: str, problems: list[Text]) -> None:
        self._content, self._place, self._problems = content, place, problems
        self._known: set[str] = set()
        self._tables: list[Table] = []

    def has(self, key: str) -> bool:
        """Whether the key is given."""
        return key in self._content

    def problem(self, key: str, message: Text) -> None:
        """Note what is wrong with a key; reading goes on."""
        self._problems.append(Text(f"{self._at(key)}：{message.zh}", f"{self._at(key)}: {message.en}"))

    def close(self) -> None:
        """Note every key that no getter asked for, with the nearest right word."""
        for key in self._content:
            if key not in self._known:
                hint = _hint(str(key), self._known)
                self.problem(str(key), Text(f"没有这一项；{hint.zh}", f"unknown key; {hint.en}"))
        for table in self._tables:
            table.close()

    def text(self, key: str, default: str | None = None) -> str:
        """A text; `default` None makes it required."""
        return self._get(key, str, Text("文字", "a text"), default, "")

    def flag(self, key: str, *, default: bool) -> bool:
        """Either true or false."""
        return self._get(key, bool, Text("true 或 false", "true or false"), default, default)

    def whole(self, key: str) -> int:
        """A required whole number."""
        return self._get(key, int, Text("整数", "a whole number"), None, 0)

    def day(self, key: str, default: date | None = None) -> date:
        """A date without a time; `default` None makes it required."""
        return self._get(key, date, Text("2026-10-01 之类的日期", "a date like 2026-10-01"), default, date.min)

    def days(self, key: str) -> tuple[date, ...]:
        """A list of dates, empty when the key is absent."""
        return self._list(key, date, Text("[2026-10-10] 之类的日期列表", "a list of dates like [2026-10-10]"))

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of texts."""
        return self._list(key, str, Text("文字的列表", "a list of texts")) if self.has(key) else default

    def words(self, key: str, default: Text | None = None) -> Text:
        """A text in two languages, `{ zh = "…", en = "…" }`, or one text for both."""
        if isinstance(self._content.get(key), str):
            text = self.text(key)
            return Text(text, text)
        if default is not None and not self.has(key):
            self._known.add(key)
            return default
        table = self.table(key)
        return Text(table.text("zh"), table.text("en"))

    def table(self, key: str) -> Table:
        """A table; an empty one when the key is absent, so that what it must hold is noted."""
        content = self._get(key, _MAPPING, Text("表", "a table"), {}, {})
        return self._child(content, self._at(key))

    def tables(self, key: str) -> list[Table]:
        """A list of tables, `[[key]]`, empty when absent."""
        rows: tuple[Mapping[str, Any], ...] = self._list(
            key, _MAPPING, Text(f"[[{key}]] 之下的表", f"tables under [[{key}]]")
        )
        return [self._child(row, f"{self._at(key)}[{number}]") for number, row in enumerate(rows, 1)]

    def _child(self, content: Mapping[str, Any], place: str) -> Table:
        child = Table(content, place, self._problems)
        self._tables.append(child)
        return child

    def _at(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

    def _get(self, key: str, kind: type[_T], wanted: Text, default: _T | None, stand_in: _T) -> _T:
        self._known.add(key)
        if key not in self._content:
            if default is None:
                self.problem(key, Text(f"缺少这一项，请写{wanted.zh}", f"missing; write {wanted.en}"))
            return stand_in if default is None else default
        value = self._content[key]
        if _is(value, kind):
            return value  # type: ignore[no-any-return]
        self.problem(key, Text(f"“{shown(value)}”不是{wanted.zh}", f"{value!r} is not {wanted.en}"))
        return stand_in

    def _list(self, key: str, kind: type[_T], wanted: Text) -> tuple[_T, ...]:
        values: Any = self._get(key, list, wanted, [], [])
        if all(_is(value, kind) for value in values):
            return tuple(values)
        self.problem(key, Text(f"“{shown(values)}”不是{wanted.zh}", f"{values!r} is not {wanted.en}"))
        return ()


def _hint(key: str, known: set[str]) -> Text:
    from difflib import get_close_matches  # wanted only when something is misspelt

    near = get_close_matches(key, known, n=1)
    if near:
        return Text(f"是否应为“{near[0]}”？", f"did you mean {near[0]!r}?")
    return Text(f"此处可写：{'、'.join(sorted(known))}", f"known here: {', '.join(sorted(known))}")


def _is(value: object, kind: type) -> bool:
    """Like isinstance, but true is no number and a moment is no date."""
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, datetime):
        return False
    return isinstance(value, kind)
