"""What `find(where=…)` asks, as the canonical values that a store compares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from xinfang_flow.casefile.verdict import Verdict
from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Case
from xinfang_flow.kernel.searchable import FieldValue, fields_of, searched_value
from xinfang_flow.nearest import did_you_mean


def wanted(flows_with: Callable[[Collection[str]], Iterable[Flow]], where: Mapping[str, Any]) -> dict[str, str]:
    """Return each field's value as canonical text; `flows_with` gives the flows in which such fields are looked for.

    Raises:
        InputError: a field that no flow has or marks, a personal one, or a value of another type.
    """
    if not isinstance(where, Mapping):
        raise InputError(f"where is a mapping of fields to values, not {type(where).__name__}", where="where")
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
        raise InputError("flows that mark this field keep the value in several ways: say which, flow=", where=place)
    raise InputError(str(problem), where=place)


def _unmarked(flows: tuple[Flow, ...], name: str) -> str:
    specs = [spec for flow in flows for field, spec in flow.fields.items() if field == name]
    marked = list(dict.fromkeys(field for flow in flows for field in flow.searchable))
    known = f"(marked: {', '.join(marked) or 'none'})"
    if not specs:
        return f"no flow has a field {name!r}{did_you_mean(name, marked)[1]} {known}"
    if any(spec.personal for spec in specs):
        return f"{name!r} is personal, and stands in no index: cases are not found by it {known}"
    return f"no flow marks {name!r} with `find = true`: cases are not found by it {known}"


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
            f"{name}: another case has this value as well" for name in said if said[name].scope and not kept[name].scope
        )
        return verdict._replace(not_checked=(*verdict.not_checked, *doubled))
    return verdict._replace(ok=False, reason=f"the rows by which it is found are not its fields: {', '.join(wrong)}")
