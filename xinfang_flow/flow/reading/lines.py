"""Where each key of a document stands: an index of lines over TOML or JSON text.

`tomllib` and `json` give places only for what they cannot read.  This scanner runs over text that they have already
accepted, so it has to find keys, not to judge them; depth has been limited before, so it may recurse.
"""

from __future__ import annotations

import json
import re
import tomllib
from bisect import bisect_right
from typing import NamedTuple

from xinfang_flow.flow.findings.path import Path

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\])*"|\'[^\']*\'', re.DOTALL)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ATOM = re.compile(r"[^,\]}\n#]*")


def toml_lines(text: str) -> dict[Path, int]:
    """Return the line of every key, table and item of a TOML document that parses."""
    scanner = _Scanner(text, "=")
    scanner.document()
    return scanner.lines


def json_lines(text: str) -> dict[Path, int]:
    """Return the line of every key and item of a JSON document that parses."""
    scanner = _Scanner(text, ":")
    scanner.value(())
    return scanner.lines


class Twice(NamedTuple):
    """A key that was given twice, and both lines."""

    path: Path
    first: int
    second: int


def given_twice(text: str, *, is_json: bool) -> Twice | None:
    """Return the first key that stands in a document twice; the text before it must parse."""
    scanner = _Scanner(text, ":" if is_json else "=", unique=True)
    try:
        scanner.value(()) if is_json else scanner.document()
    except _TwiceError as found:
        return found.twice
    return None


class _TwiceError(Exception):
    def __init__(self, twice: Twice) -> None:
        super().__init__(twice)
        self.twice = twice


class _Scanner:
    def __init__(self, text: str, equals: str, *, unique: bool = False) -> None:
        self.text, self.equals, self.at = text, equals, 0
        self._once: dict[Path, int] | None = {} if unique else None
        self.lines: dict[Path, int] = {}
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._counts: dict[Path, int] = {}

    def document(self) -> None:
        """Read `[table]`, `[[array]]` and `key = value`, to the end."""
        table: Path = ()
        while self._skip(_SPACE):
            start = self.at
            brackets = 2 if self.text.startswith("[[", start) else int(self.text[start] == "[")
            if not brackets:
                self._pair(table)
                continue
            self.at += brackets
            table = self._header(self._key(), start, array=brackets > 1)
            self._skip(_BLANK)
            self.at += brackets

    def value(self, path: Path) -> None:
        """Read one value; what is inside it stands under `path`."""
        self._skip(_SPACE)
        opening = self.text[self.at]
        if opening == "[":
            self._items(path)
        elif opening == "{":
            self._pairs(path)
        else:
            self._take(_STRING) or self._take(_ATOM)

    def _items(self, path: Path) -> None:
        self.at += 1
        count = 0
        while self._skip(_SPACE) and self.text[self.at] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._mark((*path, count), self.at)
            self.value((*path, count))
            count += 1
        self.at += 1

    def _pairs(self, path: Path) -> None:
        self.at += 1
        while self._skip(_SPACE) and self.text[self.at] != "}":
            if self.text[self.at] == ",":
                self.at += 1
            else:
                self._pair(path)
        self.at += 1

    def _pair(self, path: Path) -> None:
        start = self.at
        for part in self._key():
            path = (*path, part)
            self._mark(path, start)
        self._only_once(path, start)
        self._skip(_SPACE)
        self.at += len(self.equals)
        self.value(path)

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._skip(_BLANK)
            quoted = self._take(_STRING)
            parts.append(self._unquoted(quoted) if quoted else self._take(_BARE))
            self._skip(_BLANK)
            if self.text[self.at : self.at + 1] != ".":
                return parts
            self.at += 1

    def _unquoted(self, quoted: str) -> str:
        if self.equals == ":":
            return str(json.loads(quoted))
        return str(tomllib.loads(f"key = {quoted}")["key"])

    def _header(self, parts: list[str], start: int, *, array: bool) -> Path:
        path: Path = ()
        for depth, part in enumerate(parts, start=1):
            path = (*path, part)
            self._mark(path, start)
            if array and depth == len(parts):
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
                self._mark(path, start)
        self._only_once(path, start)
        return path

    def _only_once(self, path: Path, start: int) -> None:
        if self._once is None:
            return
        line = self._line(start)
        if path in self._once:
            raise _TwiceError(Twice(path, self._once[path], line))
        self._once[path] = line

    def _mark(self, path: Path, start: int) -> None:
        self.lines.setdefault(path, self._line(start))

    def _line(self, start: int) -> int:
        return bisect_right(self._breaks, start) + 1

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        self._take(pattern)
        return self.at < len(self.text)
