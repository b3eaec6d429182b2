"""What `find(where=…)` asks, as the canonical values that a store compares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from xinfang_flow.casefile.verdict import Said, Verdict
from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Case
from xinfang_flow.kernel.searchable import FieldValue, fields_of, searched_value
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.text import Text


def wanted(flows_with: Callable[[Collection[str]], Iterable[Flow]], where: Mapping[str, Any]) -> dict[str, str]:
    """Return each field's value as canonical text; `flows_with` gives the flows in which such fields are looked for.

    Raises:
        InputError: a field that no flow has or marks, a personal one, or a value of another type.
    """
    if not isinstance(where, Mapping):
        raise InputError(
            Text(
                f"where 应为字段到值的映射，不是 {type(where).__name__}",
                f"where is a mapping of fields to values, not {type(where).__name__}",
            ),
            where="where",
        )
    known = tuple(flows_with(where))
    return {name: _wanted(known, name, value) for name, value in where.items()}


def _wanted(flows: tuple[Flow, ...], name: str, value: Any) -> str:
    place = f"where.{name}"
    specs = [spec for flow in flows for field, spec in flow.searchable.items() if field == name]
    if not specs:
        raise InputError(_unmarked(flows, name), where=place)
    values: set[str] = set()
    problem: InputError | None = None
    for spec in specs:
        try:
            values.add(searched_value(spec, value))
        except InputError as error:
            problem = error
    if len(values) == 1:
        return values.pop()
    if values:
        raise InputError(
            Text(
                "各流程保存这一字段的方式不同：请用 flow= 指明流程",
                "flows that mark this field keep the value in several ways: say which, flow=",
            ),
            where=place,
        )
    raise InputError(None if problem is None else problem.text, where=place)


def _unmarked(flows: tuple[Flow, ...], name: str) -> Text:
    specs = [spec for flow in flows for field, spec in flow.fields.items() if field == name]
    marked = list(dict.fromkeys(field for flow in flows for field in flow.searchable))
    known_zh, known = f"（可查：{'、'.join(marked) or '无'}）", f"(marked: {', '.join(marked) or 'none'})"
    if not specs:
        zh, en = did_you_mean(name, marked)
        return Text(f"没有流程有字段“{name}”{zh}{known_zh}", f"no flow has a field {name!r}{en} {known}")
    if any(spec.personal for spec in specs):
        zh = f"“{name}”是个人信息，不入索引，不能据此查找{known_zh}"
        return Text(zh, f"{name!r} is personal, and stands in no index: cases are not found by it {known}")
    zh = f"没有流程给“{name}”标注 `find = true`，不能据此查找{known_zh}"
    return Text(zh, f"no flow marks {name!r} with `find = true`: cases are not found by it {known}")


def found_rightly(verdict: Verdict, flow: Flow, case: Case, rows: Sequence[FieldValue]) -> Verdict:
    """Return the verdict on a case that is sound otherwise: what it is found by must be what its fields say.

    A row without its family is right too: another case, opened before, has the value, and keeps it.  That is said.
    """
    said = {value.name: value for value in fields_of(flow, case)}
    kept = {row.name: row for row in rows}
    wrong = sorted(
        name
        for name in said.keys() | kept.keys()
        if name not in said or name not in kept or kept[name] not in (said[name], said[name]._replace(scope=None))
    )
    if not wrong:
        doubled = tuple(
            Said(f"{name}：另一事项也有这个值", f"{name}: another case has this value as well")
            for name in said
            if said[name].scope and not kept[name].scope
        )
        return verdict._replace(not_checked=(*verdict.not_checked, *doubled))
    zh, en = "查找索引与事项的字段不符", "the rows by which it is found are not its fields"
    return verdict._replace(ok=False, reason=Said(f"{zh}：{'、'.join(wrong)}", f"{en}: {', '.join(wrong)}"))
