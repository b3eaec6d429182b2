"""The machine part of a case file as a model: whatever is not of this form is damage, said with its place.

A file comes from anywhere, so nothing of it is believed before it has been read here: texts are texts, numbers are
numbers, every key is known and stands once.  `docs/reference/case-file.md` describes the form.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from xinfang_flow.causes import model_cause
from xinfang_flow.errors import InputError
from xinfang_flow.text import Text, shown

FORMAT = "xinfang_flow case file"


class DamagedError(Exception):
    """The machine part is not of its form; the text says where."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Entry(_Part):
    body: str
    hash: str
    private: dict[str, Annotated[list[Any], Field(min_length=2, max_length=2)]] | None = None

    @field_validator("private")
    @classmethod
    def _salted(cls, private: dict[str, list[Any]] | None) -> dict[str, list[Any]] | None:
        if any(not isinstance(salt, str) for salt, _ in (private or {}).values()):
            raise InputError(Text("盐值应为文字", "a salt is text"))
        return private


class _FlowText(_Part):
    digest: str
    text: str


class _Lines(_Part):
    zh: list[str]
    en: list[str]


class _Title(_Part):
    zh: str
    en: str


class _Stands(_Part):
    name: str
    org: str | None
    flow: str
    flow_title: _Title
    state: str
    state_title: _Title
    done: bool
    outcome: str | None
    version: int
    head: str


class _Node(_Part):
    case_id: str
    kind: str
    role: Literal["parent", "child"]
    state: str
    outcome: str | None
    title: _Title | None
    stands: _Stands | None
    again: bool
    more: bool
    linked: list[_Node]


class MachinePart(_Part):
    """What a case file is made from, and proves."""

    format: Literal["xinfang_flow case file"]
    format_version: Literal[1]
    renderer: int
    lang: Literal["zh", "en"]
    written_at: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
    zone: str = "Asia/Shanghai"
    case: str
    version: int
    head: str
    flow: _FlowText
    events: list[_Entry] = Field(min_length=1)
    reasoning: dict[str, _Lines]
    linked: list[_Node] = Field(default_factory=list)

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, ZoneInfoNotFoundError) as error:
            raise InputError(Text("没有这个时区", "this is no time zone")) from error
        return zone


class Body(BaseModel):
    """The hashed form of an event, as far as its shape goes; keys that later versions add are let through."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)
    actor: str
    alg: Literal["sha256"]
    at: str
    case: str
    changes: dict[str, Any]
    dest: str
    key: str
    kind: str
    note: dict[str, str] | None
    org: str | None
    payload: dict[str, Any]
    prev: str
    recorded_at: str
    role: str
    seq: int
    source: str | None
    trigger: str | None


def is_one(document: Any) -> bool:
    """Return whether a document says that it is a case file of this format."""
    if not isinstance(document, dict):
        return False
    version = document.get("format_version")
    return document.get("format") == FORMAT and version == 1 and version is not True


def read_machine_part(document: Any) -> MachinePart:
    """Read a document that says that it is a case file.

    Raises:
        DamagedError: it is not of its form.
    """
    try:
        return MachinePart.model_validate(document)
    except ValidationError as error:
        raise DamagedError(_first(error)) from error


def read_body(text: str) -> Body:
    """Read the hashed form of an event.

    Raises:
        DamagedError: it is not of its form.
    """
    try:
        return Body.model_validate(read_json(text))
    except ValidationError as error:
        raise DamagedError(_first(error)) from error
    except (ValueError, RecursionError) as error:
        raise DamagedError(Text("不是 JSON", "it is not JSON")) from error


def read_json(text: str) -> Any:
    """Read JSON in which every key stands once and every number is a number.

    Raises:
        DamagedError: a key stands twice.
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)[:64]
        raise DamagedError(Text(f"“{shown(twice)}”写了两次", f"a key stands twice: {twice!r}"))
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _first(error: ValidationError) -> Text:
    problem = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in problem["loc"])[:120]
    cause = model_cause(dict(problem))
    return Text(f"{place}：{cause.zh}", f"{place}: {cause.en}")
