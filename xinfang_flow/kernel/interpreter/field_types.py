"""What a value of a field may be: the one place that turns a declared field into a type that pydantic checks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, Required

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from xinfang_flow.flow.model.base import SAFE_INTEGER
from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.printable import PRINTABLE
from xinfang_flow.text import Language, titled

NAME_FORM = r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]{0,62}[^\s\x00-\x1f\x7f])?$"
MATERIAL_KEYS: dict[str, Any] = {
    "digest": Required[Annotated[str, StringConstraints(pattern=r"^(sha256|sm3):[0-9a-f]{64}$")]],
    "name": Required[Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]],
    "ref": NotRequired[Annotated[str, StringConstraints(max_length=500, pattern=PRINTABLE)]],
}


def closed(name: str, keys: dict[str, Any]) -> Any:
    """Return a typed mapping that refuses unknown keys and keeps what it was given out of its errors."""
    make: Any = TypedDict  # the keys come from the flow, which no type checker can read
    typed = make(name, keys)
    typed.__pydantic_config__ = ConfigDict(extra="forbid", hide_input_in_errors=True)
    return typed


MATERIAL = closed("Material", MATERIAL_KEYS)


class FieldTypes(NamedTuple):
    """The types of a flow's fields, for what is stored, or with `lang` for a form that people fill in.

    What is stored holds dates and moments as ISO 8601 text; a form holds them as such, and shows the fields' labels.
    """

    flow: Flow
    lang: Language | None = None

    def of(self, spec: FieldSpec) -> Any:
        """Return the type of a field's values."""
        match spec.type:
            case "list":
                return Annotated[list[self._inner(spec.of or "")], Field(max_length=spec.max_length)]  # type: ignore[misc]
            case "record":
                return self._record(spec.of or "")
            case "date":
                return Annotated[date, AfterValidator(date.isoformat)] if self.lang is None else date
            case "datetime":
                stored = Annotated[AwareDatetime, AfterValidator(datetime.isoformat)]
                return stored if self.lang is None else AwareDatetime
            case _:
                return _scalar(spec)

    def titled(self, spec: FieldSpec, name: str) -> Any:
        """Return the type of a field's values, in a form with the field's label."""
        return self.of(spec) if self.lang is None else Annotated[self.of(spec), Field(title=self.label(spec, name))]

    def label(self, spec: FieldSpec, name: str) -> str:
        """Return what people call the field."""
        return titled(spec.title, name, self.lang or "zh")

    def _inner(self, of: str) -> Any:
        return self._record(of) if of in self.flow.records else self.of(FieldSpec.model_validate(of))

    def _record(self, name: str) -> Any:
        record = self.flow.records[name]
        return closed(name, {field: Required[self.titled(record[field], field)] for field in sorted(record)})


def _scalar(spec: FieldSpec) -> Any:
    match spec.type:
        case "text":
            return Annotated[str, StringConstraints(min_length=1, max_length=spec.max_length, pattern=PRINTABLE)]
        case "integer" | "money":
            low = 0 if spec.type == "money" and spec.min is None else spec.min
            return Annotated[
                int,
                Field(ge=-SAFE_INTEGER if low is None else low, le=SAFE_INTEGER if spec.max is None else spec.max),
            ]
        case "boolean":
            return bool
        case "choice":
            return Literal[tuple(spec.choices)]
        case "organ" | "actor":
            return Annotated[str, StringConstraints(pattern=NAME_FORM)]
        case _:
            return MATERIAL
