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

from xinfang_flow.errors import InputError
from xinfang_flow.text import Text

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
            raise InputError(f"larger than {_LARGEST_FILE} bytes; a calendar is a few kilobytes", where=str(path))
        return tomllib.loads(data.decode())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"is no TOML in UTF-8: {error}", where=str(path)) from error


@contextmanager
def reading(source: str | Path | Mapping[str, Any]) -> Iterator[Table]:
    """Give the root table of `source` (a path or a mapping); raise one InputError with all problems at the end."""
    if isinstance(source, Mapping):
        name, content = "calendar", source
    elif isinstance(source, (str, Path)):
        name, content = str(source), read_toml(Path(source))
    else:
        raise InputError(f"give the path of a TOML file or a mapping, not {type(source).__name__}")
    problems: list[str] = []
    root = Table(content, "", problems)
    yield root
    root.close()
    if problems:
        raise InputError("\n".join(problems), where=name)


class Table:
    """One table of the file: each getter takes a key out, notes what is wrong with it and returns a stand-in."""

    def __init__(self, content: Mapping[str, Any], place: str, problems: list[str]) -> None:
        self._content, self._place, self._problems = content, place, problems
        self._known: set[str] = set()
        self._tables: list[Table] = []

    def has(self, key: str) -> bool:
        """Whether the key is given."""
        return key in self._content

    def problem(self, key: str, message: str) -> None:
        """Note what is wrong with a key; reading goes on."""
        self._problems.append(f"{self._at(key)}: {message}")

    def close(self) -> None:
        """Note every key that no getter asked for, with the nearest right word."""
        for key in self._content:
            if key not in self._known:
                self.problem(str(key), f"unknown key; {_hint(str(key), self._known)}")
        for table in self._tables:
            table.close()

    def text(self, key: str, default: str | None = None) -> str:
        """A text; `default` None makes it required."""
        return self._get(key, str, "a text", default, "")

    def flag(self, key: str, *, default: bool) -> bool:
        """Either true or false."""
        return self._get(key, bool, "true or false", default, default)

    def whole(self, key: str) -> int:
        """A required whole number."""
        return self._get(key, int, "a whole number", None, 0)

    def day(self, key: str, default: date | None = None) -> date:
        """A date without a time; `default` None makes it required."""
        return self._get(key, date, "a date like 2026-10-01", default, date.min)

    def days(self, key: str) -> tuple[date, ...]:
        """A list of dates, empty when the key is absent."""
        return self._list(key, date, "a list of dates like [2026-10-10]")

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of texts."""
        return self._list(key, str, "a list of texts") if self.has(key) else default

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
        content = self._get(key, _MAPPING, "a table", {}, {})
        return self._child(content, self._at(key))

    def tables(self, key: str) -> list[Table]:
        """A list of tables, `[[key]]`, empty when absent."""
        rows: tuple[Mapping[str, Any], ...] = self._list(key, _MAPPING, f"tables under [[{key}]]")
        return [self._child(row, f"{self._at(key)}[{number}]") for number, row in enumerate(rows, 1)]

    def _child(self, content: Mapping[str, Any], place: str) -> Table:
        child = Table(content, place, self._problems)
        self._tables.append(child)
        return child

    def _at(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

    def _get(self, key: str, kind: type[_T], wanted: str, default: _T | None, stand_in: _T) -> _T:
        self._known.add(key)
        if key not in self._content:
            if default is None:
                self.problem(key, f"missing; write {wanted}")
            return stand_in if default is None else default
        value = self._content[key]
        if _is(value, kind):
            return value  # type: ignore[no-any-return]
        self.problem(key, f"{value!r} is not {wanted}")
        return stand_in

    def _list(self, key: str, kind: type[_T], wanted: str) -> tuple[_T, ...]:
        values: Any = self._get(key, list, wanted, [], [])
        if all(_is(value, kind) for value in values):
            return tuple(values)
        self.problem(key, f"{values!r} is not {wanted}")
        return ()


def _hint(key: str, known: set[str]) -> str:
    from difflib import get_close_matches  # wanted only when something is misspelt

    near = get_close_matches(key, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known))}"


def _is(value: object, kind: type) -> bool:
    """Like isinstance, but true is no number and a moment is no date."""
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, datetime):
        return False
    return isinstance(value, kind)
