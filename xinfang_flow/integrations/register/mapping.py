"""The mapping: which column of a register becomes which field of a flow, as a frozen model behind a TOML file."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping as MappingOf
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from xinfang_flow.causes import file_cause, model_cause, syntax_cause
from xinfang_flow.errors import FlowError, InputError
from xinfang_flow.flow.model.base import Frozen, Identifier
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.integrations.register.faults import MAPPING
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.text import Text, shown

LARGEST = 256 * 1024


def _local_time(text: str) -> str:
    try:
        dt.time.fromisoformat(text)
    except ValueError as error:
        raise InputError(Text(f"“{shown(text)}”不是时间，请写成 09:00", str(error))) from error
    return text


class When(Frozen):
    """A cell that equals a text, both put into normal form."""

    column: str
    equals: str


class Unless(Frozen):
    """Required except when a cell has that value."""

    unless: When


class Column(Frozen):
    """One column: the field it fills and what its cells must hold.  Without a field it only serves `derived`."""

    field: Identifier | None = None
    required: bool | Unless = False
    known: tuple[str, ...] = ()
    also: dict[str, str] = Field(default_factory=dict, description="other words for a cell, and what they are read as")
    reason: Identifier | None = Field(None, description="the code of a rejected cell, instead of the usual one")


class Choice(Frozen):
    """One line of a derived field: the value, when the cell equals; without `column` it always fits."""

    value: str | int | bool
    column: str | None = None
    equals: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.column is None) != (self.equals is None):
            raise InputError(Text("`column` 与 `equals` 须同时写", "`column` and `equals` come together"))
        return self


class Key(Frozen):
    """The column that numbers the rows, and the prefix that makes its numbers idempotency keys."""

    column: str
    prefix: str = Field("register:", pattern=r"^[A-Za-z0-9._:-]{0,64}$")


class At(Frozen):
    """The column with the day on which the matter was received, and the local time to be recorded."""

    column: str
    time: Annotated[str, AfterValidator(_local_time)] = "09:00"


class Mapping(Frozen):
    """How the rows of a register become cases of a flow."""

    flow: Identifier
    key: Key
    at: At | None = None
    sheet: str | None = None
    columns: dict[str, Column] = Field(min_length=1)
    derived: dict[Identifier, tuple[Choice, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        named = [self.key.column, *([self.at.column] if self.at else [])]
        named += [choice.column for choices in self.derived.values() for choice in choices if choice.column]
        required = [column.required for column in self.columns.values()]
        named += [need.unless.column for need in required if isinstance(need, Unless)]
        for name in named:
            if name not in self.columns:
                hint = did_you_mean(name, self.columns)
                raise InputError(Text(f"没有列“{shown(name)}”{hint[0]}", f"there is no column {name!r}{hint[1]}"))
        return self

    def fits(self, flow: Flow) -> None:
        """Check the mapping against the flow.

        Raises:
            InputError: a field that opening a case of the flow does not take, or one that it needs and nobody fills.
        """
        taken = {one.name: one.required for one in flow.opening.payload}
        filled = {column.field for column in self.columns.values() if column.field} | set(self.derived)
        for name in sorted(filled - set(taken)):
            hint = did_you_mean(name, taken)
            raise InputError(
                Text(
                    f"流程 {flow.id} 登记时没有字段 {name}{hint[0]}",
                    f"opening {flow.id!r} takes no field {name!r}{hint[1]}",
                ),
                where=MAPPING,
            )
        lacking = sorted(name for name, required in taken.items() if required and name not in filled)
        if lacking:
            raise InputError(
                Text(
                    f"流程 {flow.id} 登记时需要 {'、'.join(lacking)}，对照表中没有对应的列",
                    f"opening {flow.id!r} needs {', '.join(lacking)}, which no column fills",
                ),
                where=MAPPING,
            )


def load_mapping(source: str | Path) -> Mapping:
    """Return the mapping for a standard flow by its name, or from a `.toml` file.

    Raises:
        InputError: there is none, it cannot be read, or it does not make a mapping.
    """
    name = str(source)
    if name.endswith(".toml") or "/" in name:
        return _read(name, _text_of(Path(name)))
    shipped = resources.files(__package__) / f"{name.partition('@')[0]}.toml"
    if not shipped.is_file():
        raise InputError(
            Text(
                f"流程 {shown(name)} 没有自带的对照表：请自行编写并用 --map 指定",
                f"no mapping is shipped for flow {name!r}: write one, hand it over with --map",
            ),
            where=MAPPING,
        )
    return _read(shipped.name, shipped.read_text("utf-8"))


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(
                Text(
                    f"{path} 超过 {LARGEST // 1024} KB，不是对照表",
                    f"{path} is larger than {LARGEST // 1024} KB: that is no mapping",
                ),
                where=MAPPING,
            )
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        cause = file_cause(error)
        raise InputError(
            Text(f"{path} 无法读取：{cause.zh}", f"{path} cannot be read: {cause.en}"), where=MAPPING
        ) from error


def _read(name: str, text: str) -> Mapping:
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except ValidationError as error:
        lines = [_line(detail) for detail in error.errors(include_url=False, include_input=False)]
        zh, en = zip(Text(f"{name} 不是对照表：", f"{name} is not a mapping:"), *lines, strict=True)
        raise FlowError(Text("\n".join(zh), "\n".join(en))) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        cause = syntax_cause(error)
        raise InputError(
            Text(f"{name} 不是 TOML：{cause.zh}", f"{name} is not TOML: {cause.en}"), where=MAPPING
        ) from error


def _line(detail: MappingOf[str, Any]) -> Text:
    place, cause = ".".join(map(str, detail["loc"])), model_cause(detail)
    return Text(f"  {place or '对照表'}：{cause.zh}", f"  {place or 'mapping'}: {cause.en}")
