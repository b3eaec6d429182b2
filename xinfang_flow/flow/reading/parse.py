"""From text to a placed document: limits before parsing, then TOML or JSON, then what the format has no place for."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from xinfang_flow.causes import parser_words
from xinfang_flow.errors import FlowError
from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Problem, Table, dotted, placed, told, where
from xinfang_flow.flow.model.base import SAFE_INTEGER
from xinfang_flow.flow.reading.lines import given_twice, json_lines, toml_lines
from xinfang_flow.flow.reading.source import MAX_BYTES, Source, refused, too_large

MAX_DEPTH = 50
# Text and comments are stepped over whole; what is left tells the depth.
_TOML = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}.,=\n]', re.DOTALL
)
_JSON = re.compile(r'"(?:\\.|[^"\\])*"|[\[\]{}]', re.DOTALL)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_AT_LINE = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)", re.DOTALL)
_AT_END = " (at end of document)"
_SYNTAX = (
    (re.compile(r"[Cc]annot (overwrite|declare|redefine|mutate)|[Dd]uplicate"), "XF006", "重复的键", "duplicate key"),
    (re.compile(r"[Ii]nvalid (date|time)|out of range|must be in"), "XF008", "没有这一天或时刻", "no such day or time"),
    (re.compile(r"[Ee]xceeds the limit"), "XF007", "数字过大", "the number is too large"),
)  # fmt: skip


class DuplicateKeyError(ValueError):
    """A JSON object has one key twice."""


def parse(source: Source) -> Table:
    """Return the document with its places.

    Raises:
        FlowError: too large, too deep, not TOML or JSON, or with values that the format has no place for.
    """
    text = source.text.removeprefix("\ufeff")
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise too_large(source.name)
    is_json = source.is_json
    line = _too_deep_at(text, _JSON if is_json else _TOML)
    if line:
        raise _too_deep(f"{source.name}:{line}")
    try:
        value = _json(text) if is_json else tomllib.loads(text)
    except ValueError as error:  # what they raise for syntax, and for integers of 5,000 digits
        raise _syntax(source, text, error) from None
    if not isinstance(value, dict):
        raise refused("XF012", source.name, "文件应为一个对象 { … }", "the document must be one object { … }")
    if _deeper(value):
        raise _too_deep(source.name)
    document: Table = placed(value, source.name, json_lines(text) if is_json else toml_lines(text))
    document.pop("$schema", None)  # for editors of JSON
    problems = list(unfit(document))
    if problems:
        raise FlowError(findings=told(problems, lambda problem: where(document, problem.path)))
    return document


def _too_deep_at(text: str, tokens: re.Pattern[str]) -> int:
    """Return the line where brackets, or the parts of one key, are more than MAX_DEPTH deep; 0 when nowhere."""
    depth = parts = 0
    for found in tokens.finditer(text):
        mark = found.group()
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        parts = parts + 1 if mark == "." else parts if mark[0] in "\"'" else 0
        if depth > MAX_DEPTH or parts > MAX_DEPTH:
            return text.count("\n", 0, found.start()) + 1
    return 0


def _deeper(value: Any) -> bool:
    """Return whether tables lie more than MAX_DEPTH deep; dotted keys can do what brackets did not."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [item for part in level for item in _inside(part)]
        if not level:
            return False
    return True


def _inside(part: Any) -> Iterator[Any]:
    items = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return (item for item in items if isinstance(item, dict | list))


def _too_deep(place: str) -> FlowError:
    return refused("XF003", place, f"嵌套超过 {MAX_DEPTH} 层", f"nested deeper than {MAX_DEPTH} levels")


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            raise DuplicateKeyError(f"duplicate key {key!r}")
        table[key] = value
    return table


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _syntax(source: Source, text: str, error: Exception) -> FlowError:
    message, line, column = _told(str(error), text, error)
    place = f"{source.name}:{line}" if line else source.name
    at_zh, at_en = (f"（第 {column} 列）", f" (column {column})") if column else ("", "")
    for pattern, code, zh, en in _SYNTAX:
        if pattern.search(message):
            if code == "XF006":
                return _duplicate(source, text, message, line)
            return refused(code, place, f"{zh}{at_zh}", f"{en}{at_en}: {message}")
    kind = "JSON" if source.is_json else "TOML"
    return refused(
        "XF005", place, f"不是有效的 {kind}{at_zh}：{parser_words(message)}", f"not valid {kind}{at_en}: {message}"
    )


def _told(message: str, text: str, error: Exception) -> tuple[str, int, int]:
    """Return what a parser says, with line and column; 0 where it says none."""
    if isinstance(error, json.JSONDecodeError):
        return error.msg, error.lineno, error.colno
    if found := _AT_LINE.fullmatch(message):
        return found["what"], int(found["line"]), int(found["column"])
    if message.endswith(_AT_END):
        return message.removesuffix(_AT_END), text.rstrip("\n").count("\n") + 1, 0
    return message, 0, 0


def _duplicate(source: Source, text: str, message: str, line: int) -> FlowError:
    # Beyond the line that the parser refused, nothing is known to be well formed.
    known = text if source.is_json else "".join(text.splitlines(keepends=True)[:line])
    twice = given_twice(known, is_json=source.is_json)
    if twice is None:
        place = f"{source.name}:{line}" if line else source.name
        return refused("XF006", place, "重复的键", f"duplicate key: {message}")
    path = dotted(twice.path)
    return refused(
        "XF006", f"{source.name}:{twice.second}: {path}", f"重复的键 {path!r}，第 {twice.first} 行已有",
        f"duplicate key {path!r}, given before in line {twice.first}",
    )  # fmt: skip


def unfit(value: Any, path: Path = ()) -> Iterator[Problem]:
    """Yield what TOML and JSON allow and a flow has no place for: fractions, dates, control characters."""
    if isinstance(value, dict | list):
        pairs: Any = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            if isinstance(key, str) and _UNPRINTABLE.search(key):
                yield Problem("XF009", path, "键中有控制字符", "a key has control characters")
            else:
                yield from unfit(item, (*path, key))
        return
    problem = _unfit_scalar(value, path)
    if problem:
        yield problem


def _unfit_scalar(value: Any, path: Path) -> Problem | None:
    match value:
        case bool():
            return None
        case int() if abs(value) > SAFE_INTEGER:
            return Problem("XF007", path, "数字过大", f"the number is too large (beyond {SAFE_INTEGER})")
        case float():
            return Problem("XF007", path, "只接受整数，不接受小数", "whole numbers only, no fractions")
        case datetime() | date() | time():
            return Problem(
                "XF012", path, "此处应为文字：请给日期加上引号", "text is expected here: put the date in quotes"
            )
        case str() if _UNPRINTABLE.search(value):
            return Problem("XF009", path, "文字中有控制字符", "the text has control characters")
        case None:
            return Problem("XF012", path, "此处没有值：请删去该键", "there is no value here: leave the key out")
        case _:
            return None
