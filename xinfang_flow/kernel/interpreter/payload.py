"""Payloads: what a trigger takes, validated once at the edge and turned into JSON-like values.

The fields of a flow become a pydantic type; what comes out is a frozen mapping with sorted keys, dates and moments as
ISO 8601 text, lists as tuples.  Unknown and missing fields are reasons with the field's name, never exceptions.

Whatever is sent, reading it costs little and what is said about it stays short: beyond the known fields at most
`KEYS_READ` keys are looked at, and at most `FINDINGS_TOLD` findings are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, NotRequired, Required

from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticSerializationError, ValidationError

from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import CHOSEN, Asked, Opening, Transition
from xinfang_flow.kernel.answers import Refused
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict, freeze
from xinfang_flow.kernel.interpreter.field_types import FieldTypes, closed
from xinfang_flow.kernel.interpreter.task_steps import step_fields
from xinfang_flow.kernel.values import NAME_LENGTH, Hint, Reason, reason
from xinfang_flow.text import Text, bracketed, titled

KEYS_READ = 1000
FINDINGS_TOLD = 20
LISTED = 12  # so many labels are read in one sentence
Specs = Mapping[str, tuple[FieldSpec, bool]]


def beside(flow: Flow, part: Opening) -> dict[str, FieldSpec]:
    """Return what a transition asks for beside its own fields: what its task step needs, the state chosen to go to."""
    fields: dict[str, FieldSpec] = {}
    if isinstance(part, Transition) and part.task:
        fields |= step_fields(flow.task(part.task.name), part.task)
    if isinstance(part, Transition) and part.dest == CHOSEN:
        choices = {name: state.title or Text(name, name) for name, state in flow.states.items()}
        fields["to_state"] = FieldSpec(type="choice", choices=choices, title=Text(zh="退回环节", en="Back to"))
    return fields


def specs_of(flow: Flow, asked: Iterable[Asked], extra: Mapping[str, FieldSpec]) -> Specs:
    """Return the fields of a payload in the order of their names, each with whether it must be given."""
    pairs = [(one, flow.fields[one.name]) for one in asked]
    pairs += [(Asked.written(name), spec) for name, spec in extra.items()]
    specs = {one.name: (spec, one.required) for one, spec in pairs}
    return {name: specs[name] for name in sorted(specs)}


class Payload:
    """One transition's payload: `read` validates, `schema` is its JSON Schema."""

    __slots__ = ("_adapter", "_checks", "_validate", "choices", "fields", "plain", "required", "titles")

    def __init__(self, flow: Flow, asked: Iterable[Asked], extra: Mapping[str, FieldSpec]) -> None:
        specs, types = specs_of(flow, asked, extra), FieldTypes(flow)
        self.fields = tuple(specs)
        self.required = frozenset(name for name, (_, required) in specs.items() if required)
        self.titles = {name: spec.title for name, (spec, _) in specs.items()}
        self.choices = {name: spec.choices for name, (spec, _) in specs.items() if spec.choices}
        self.plain = not any(spec.type in ("list", "record", "material") for spec, _ in specs.values())
        typed = closed(
            "Payload",
            {name: (Required if needed else NotRequired)[types.of(spec)] for name, (spec, needed) in specs.items()},
        )
        self._adapter = TypeAdapter(typed)
        self._validate = self._adapter.validator.validate_python
        self._checks = {name: _check(spec) for name, (spec, _) in specs.items()}

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the payload."""
        return self._adapter.json_schema()

    def read(self, given: Any) -> Mapping[str, Any] | Refused:
        """Return the payload as a frozen mapping, or the reasons why it cannot be taken."""
        if not given and not self.required and (given is EMPTY or given is None or given == {}):
            return EMPTY
        if given.__class__ is dict and self._fits(given):
            ordered = given if len(given) == 1 else {name: given[name] for name in self.fields if name in given}
            return FrozenDict(ordered)
        if isinstance(given, BaseModel):
            given = given.model_dump(exclude_none=True)
        unread = 0
        if isinstance(given, Mapping) and len(given) > KEYS_READ:
            given, unread = self._bounded(given)
        try:
            read = self._validate(given if given is not None else EMPTY)
        except ValidationError as error:
            return self._refused(error, unread)
        except (PydanticSerializationError, RecursionError) as error:
            zh = "内容无法读取：嵌套过深，或不是普通的值"
            return Refused((reason("payload", zh, f"the payload cannot be read: {error}"),))
        return FrozenDict(read) if self.plain else freeze(read)

    def _bounded(self, given: Mapping[Any, Any]) -> tuple[dict[Any, Any], int]:
        """Return the known fields with some of the unknown ones, and how many were left out."""
        read = {name: given[name] for name in self.fields if name in given}
        unknown = (name for name in given if name not in read)
        read |= dict.fromkeys(islice(unknown, KEYS_READ))
        return read, len(given) - len(read)

    def _refused(self, error: ValidationError, unread: int) -> Refused:
        """Return the first findings as reasons, and how many there are beside."""
        told = error.errors(include_url=False, include_input=False)[:FINDINGS_TOLD]
        more = error.error_count() - len(told) + unread
        reasons = [self._reason(detail) for detail in told]
        if more:
            reasons.append(reason("payload_more", f"另有{more}处问题未列出", f"and {more} more findings"))
        return Refused(tuple(reasons))

    def _fits(self, given: dict[Any, Any]) -> bool:
        """Whether every value is plainly what pydantic would let through unchanged; if in doubt, pydantic decides."""
        checks = self._checks
        for name, value in given.items():
            check = checks.get(name)
            if check is None or not check(value):
                return False
        return given.keys() >= self.required

    def _reason(self, detail: Mapping[str, Any]) -> Reason:
        path = ".".join([_short(str(part)) for part in detail["loc"]])
        top = str(detail["loc"][0]) if detail["loc"] else ""
        label_zh, label_en = (titled(self.titles.get(top), path or "payload", lang) for lang in ("zh", "en"))
        if detail["type"] == "missing":
            return reason("payload_missing", f"缺少“{label_zh}”（{path}）", f"{label_en!r} ({path}) is missing", path)
        if detail["type"] == "extra_forbidden":
            known_zh, known_en = _listed(self.titles)
            begin = Text(f"不接受字段“{path}”", f"unknown field {path!r}")
            end = Text(f"（可填：{known_zh}）", f" (taken: {known_en})")
            return Reason("payload_unknown", Hint(begin, top, self.fields, end), path)
        zh, en = _wording(detail)
        if detail["type"] == "literal_error" and path in self.choices:
            zh, en = _one_of(self.choices[path])
        return reason("payload_invalid", f"“{label_zh}”（{path}）{zh}", f"{label_en!r} ({path}): {en}", path)


def _short(name: str) -> str:
    """A name as a message repeats it; one that no flow can have declared is cut."""
    return name if len(name) <= NAME_LENGTH else f"{name[:NAME_LENGTH]}…"


def _listed(titles: Mapping[str, Text | None]) -> tuple[str, str]:
    """Return labels, each with what is to be typed for it, as a list in each language; a long one is cut."""
    told = [(name, titles[name]) for name in list(titles)[:LISTED]]
    zh, en = ([f"{titled(title, name, lang)}{bracketed(name, lang) if title else ''}" for name, title in told]
              for lang in ("zh", "en"))  # fmt: skip
    more = len(titles) > LISTED
    return "、".join(zh) + "……" * more or "无", ", ".join(en) + " …" * more or "nothing"


def _one_of(choices: Mapping[str, Text]) -> tuple[str, str]:
    zh, en = _listed(choices)
    return f"应为：{zh}", f"must be one of: {en}"


def _wording(detail: Mapping[str, Any]) -> tuple[str, str]:
    kind, message = detail["type"], detail["msg"]
    if kind == "string_pattern_mismatch":
        return "含有不允许的字符或格式不对", "contains characters that are not allowed, or has the wrong form"
    if kind == "timezone_aware":
        return "没有时区，请写成 2026-12-01T09:00:00+08:00", "has no zone: write 2026-12-01T09:00:00+08:00"
    words = {
        "date": "不是有效日期", "datetime": "不是有效时刻", "int": "不是整数", "literal": "不在可选值之内",
        "string_too_long": "过长", "string_too_short": "不能为空", "string": "应为文字", "bool": "应为是或否",
        "too_long": "项数过多", "greater": "过小", "less": "过大",
    }  # fmt: skip
    zh = next((word for prefix, word in words.items() if kind.startswith(prefix)), "填写有误")
    return zh, message[0].lower() + message[1:]


def _check(spec: FieldSpec) -> Callable[[Any], bool]:
    """Return a test for the values of a field that need no conversion and break no rule; false says nothing.

    Printable text has neither control characters nor any white space but the plain one, so that the patterns hold.
    """
    if spec.type == "text":
        longest = spec.max_length
        return lambda value: value.__class__ is str and 0 < len(value) <= longest and value.isprintable()
    if spec.type == "choice":
        choices = frozenset(spec.choices)
        return lambda value: value.__class__ is str and value in choices
    if spec.type in ("organ", "actor"):
        return lambda value: (
            value.__class__ is str and 0 < len(value) <= NAME_LENGTH and value.isprintable() and value == value.strip()
        )
    if spec.type == "boolean":
        return lambda value: value is True or value is False
    return lambda _: False
