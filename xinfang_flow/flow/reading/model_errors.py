"""What the model refuses, said in two languages: pydantic's errors become problems with the path in the document."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Near, Problem
from xinfang_flow.flow.reading.known_keys import keys_at
from xinfang_flow.flow.reading.model_errors_zh import in_chinese
from xinfang_flow.text import Text

Detail = Mapping[str, Any]

_MODELS = {
    "PeriodSpec": ("时间（如 { days = 3 }）", "a period such as { days = 3 }"),
    "Tiers": ("分档 { by = …, cases = … }", "tiers { by = ..., cases = ... }"),
    "Quorum": ("人数 { n_of = 3 }", "a quorum { n_of = 3 }"),
}
_PLAIN = {
    "int": ("整数", "a whole number"),
    "bool": ("true 或 false", "true or false"),
    "str": ("带引号的文字", "text in quotes"),
}
_FIGURE = ('数值引用 "figures.名称"', 'a figure "figures.NAME"')
# Types of pydantic's errors, and of its models: every one that the model of a flow can raise, which a test holds.
_WRONG_TYPE = {
    "string_type": ("文字（请加引号）", "text (put it in quotes)"),
    "int_type": ("整数（不加引号）", "a whole number (without quotes)"),
    "bool_type": ("true 或 false（不加引号）", "true or false (without quotes)"),
    "tuple_type": ("列表 [ … ]", "a list [ ... ]"),
    "model_type": ("表 { … }", "a table { ... }"),
    "Text": ("文字（请加引号）或表 { zh = …, en = … }", "text (put it in quotes), or a table { zh = ..., en = ... },"),
    "FieldSpec": ('字段的类型（如 "date"）或表 { … }', 'the type of a field (such as "date"), or a table { ... },'),
    "dict_type": ("表 { … }", "a table { ... }"),
}
_BOUNDS = {
    "greater_than_equal": ("不能小于 {ge}", "must be at least {ge}"),
    "less_than_equal": ("不能大于 {le}", "must be at most {le}"),
    "too_short": ("至少要有 {min_length} 项", "needs at least {min_length} item(s)"),
    "string_too_short": ("不能为空", "must not be empty"),
    "string_too_long": ("不能超过 {max_length} 个字", "must not be longer than {max_length} characters"),
}


def problems_of(error: ValidationError, document: Any) -> list[Problem]:
    """Return every error as a problem, in the order of the document, once each."""
    groups: dict[Path, list[tuple[Path, str, Detail]]] = {}
    for detail in error.errors(include_url=False):
        if _is_consequence(detail):
            continue
        path, fork, branch = _in_document(detail, document)
        groups.setdefault(fork if branch else path, []).append((path, branch, detail))
    problems = [problem for fork, members in groups.items() for problem in _of_group(fork, members, document)]
    return list(dict.fromkeys(problems))


def _is_consequence(detail: Detail) -> bool:
    """Return whether a list is called too short only because what stands in it was refused by itself."""
    return bool(detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"])


def _in_document(detail: Detail, document: Any) -> tuple[Path, Path, str]:
    """Return the path in the document, and where and into what a union forked on the way."""
    path: Path = ()
    fork: Path = ()
    branch = ""
    location = detail["loc"]
    for index, part in enumerate(location):
        if _has(document, part):
            path, document = (*path, part), document[part]
        elif part == "[key]" or (isinstance(document, str) and part in Text._fields):
            continue  # one text stands for both languages
        elif index == len(location) - 1 and detail["type"] == "missing":
            path = (*path, part)
        elif isinstance(part, str) and not branch and isinstance(document, dict | list | str | int):
            fork, branch = path, part
    return path, fork, branch


def _has(document: Any, part: Any) -> bool:
    if isinstance(document, dict):
        return part in document
    return isinstance(document, list) and isinstance(part, int) and part < len(document)


def _of_group(fork: Path, members: list[tuple[Path, str, Detail]], document: Any) -> Iterator[Problem]:
    branches = dict.fromkeys(branch for _, branch, _ in members)
    if branches.keys() == {""}:
        yield from (_problem(path, detail) for path, _, detail in members)
        return
    given = members[0][2]["input"] if len(members) == 1 else _value(document, fork)
    tables = [branch for branch in branches if any(name in branch for name in _MODELS)]
    if isinstance(given, dict) and tables:
        likely = min(tables, key=lambda branch: sum(_misfit(detail) for _, name, detail in members if name == branch))
        yield from (_problem(path, detail) for path, branch, detail in members if branch == likely)
    elif len(branches) == 1 and not _literal(members[0][2]):
        yield from (_problem(path, detail) for path, _, detail in members)
    else:
        yield _none_fits(fork, given, members)


def _misfit(detail: Detail) -> bool:
    return detail["type"] in ("extra_forbidden", "missing", "model_type")


def _value(document: Any, path: Path) -> Any:
    for part in path:
        document = document[part]
    return document


def _literal(detail: Detail) -> bool:
    return bool(detail["type"] == "literal_error")


def _none_fits(path: Path, given: Any, members: list[tuple[Path, str, Detail]]) -> Problem:
    words = [word for _, _, detail in members if _literal(detail) for word in _words(detail)]
    branches = dict.fromkeys(branch for _, branch, detail in members if not _literal(detail))
    names = [option for branch in branches if (option := _option(branch, branches))]
    options_zh = "、".join([*(f'"{word}"' for word in words), *(zh for zh, _ in names)])
    options_en = ", ".join([*(f'"{word}"' for word in words), *(en for _, en in names)])
    return Problem(
        "XF013", path, f"{_shown(given)} 不可用于此处（可用：{options_zh}）",
        f"{_shown(given)} does not fit here (expected one of: {options_en})",
        near=Near(given, words) if isinstance(given, str) else None,
    )  # fmt: skip


def _option(branch: str, branches: Container[str]) -> tuple[str, str] | None:
    """Return the words for one branch of a union; text that is no literal among others refers to a figure."""
    for name, words in _MODELS.items():
        if name in branch:
            return words
    if branch.startswith("tuple"):
        return _WRONG_TYPE["tuple_type"]
    literals = "int" in branches and "bool" in branches
    return _FIGURE if branch == "str" and not literals else _PLAIN.get(branch.removeprefix("constrained-"))


def _problem(path: Path, detail: Detail) -> Problem:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(path, detail)
    if kind == "missing":
        return Problem("XF011", path, f"缺少 {path[-1]!r}", f"{path[-1]!r} is missing")
    if kind in _WRONG_TYPE:
        zh, en = _WRONG_TYPE.get(context.get("class_name", ""), _WRONG_TYPE[kind])
        shown = _shown(detail["input"])
        return Problem("XF012", path, f"此处应为{zh}，而不是 {shown}", f"{en} is expected here, not {shown}")
    if kind == "literal_error":
        return _none_fits(path, detail["input"], [(path, "", detail)])
    if kind in _BOUNDS:
        zh, en = _BOUNDS[kind]
        return Problem("XF013", path, zh.format(**context), en.format(**context))
    message = detail["msg"].removeprefix("Value error, ")
    code = "XF013" if "is not an identifier" in message else "XF014"
    return Problem(code, path, in_chinese(message), message)


def _unknown_key(path: Path, detail: Detail) -> Problem:
    known = keys_at(detail["loc"][:-1])
    key = str(path[-1]) if path else ""
    return Problem(
        "XF010", path, f"未知的键 {_shown(key)}", f"unknown key {_shown(key)}", near=Near(key, known, listed=True)
    )


def _words(detail: Detail) -> Iterable[str]:
    return re.findall(r"'([^']*)'", str(detail["ctx"]["expected"])) or [str(detail["ctx"]["expected"]).lower()]


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "{ … }"
    if isinstance(value, list | tuple):
        return "[ … ]"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004  a glance
