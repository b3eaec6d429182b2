"""Whether fields have the types that their uses need, and literals and answers are among those that can occur."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Problem
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.fields import SCALARS, FieldSpec
from xinfang_flow.flow.model.figures import name_of
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Deadline, Quorum, Tiers
from xinfang_flow.flow.names.uses import Use, all_conditions, uses
from xinfang_flow.nearest import did_you_mean

WANTED: Mapping[str, frozenset[str]] = {
    "organ": frozenset({"organ"}),
    "actor": frozenset({"actor"}),
    "moment": frozenset({"date", "datetime"}),
    "list": frozenset({"list"}),
    "items": frozenset({"list", "record"}),
    "amount": frozenset({"integer"}),
    "tiers": frozenset({"choice", "text", "integer", "organ"}),
    "scalar": SCALARS - {"material"},
}
_ORDERED = frozenset({"integer", "money", "date", "datetime"})
_NUMBERS = frozenset({"integer", "money"})
_BOUNDED = frozenset({"integer", "money"})


def field_misfits(flow: Flow) -> Iterator[Problem]:
    """Yield every field of the wrong type for its use, and every literal that its field can never have."""
    for use in uses(flow):
        if use.kind == "field" and use.name in flow.fields:
            yield from _type(flow, use, flow.fields[use.name])
        elif use.kind == "record":
            yield from _of(flow, use)
    for path, condition in all_conditions(flow):
        yield from _condition(flow, condition, path)
    for index, task in enumerate(flow.tasks):
        yield from _where(flow, task.of_field, task.where, ("task", index, "where"))
        if isinstance(task.settle, Quorum):
            yield from _answers(flow, task.name, task.settle.with_, ("task", index, "settle", "with"))
    for index, deadline in enumerate(flow.deadlines):
        yield from _tiers(flow, deadline, ("deadline", index, "period", "cases"))
    yield from _specs(flow)
    yield from _circles(flow)


def _condition(flow: Flow, condition: Condition, path: Path) -> Iterator[Problem]:
    row, name = condition.row, condition.about or ""
    if row.weighed == "value" and name in flow.fields:
        yield from _comparison(condition, flow.fields[name], path)
    if row.about == "task":
        yield from _answers(flow, name, condition.with_ or (), (*path, "with"))
    yield from _where(flow, name, condition.where or {}, (*path, "where"))


def _tiers(flow: Flow, deadline: Deadline, path: Path) -> Iterator[Problem]:
    if isinstance(deadline.period, Tiers) and deadline.period.by in flow.fields:
        choices = flow.fields[deadline.period.by].choices
        if choices:
            yield from _not_among(((tier, (*path, tier)) for tier in deadline.period.cases), choices)


def _where(flow: Flow, name: str | None, where: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    """Yield what `where` asks of records that they do not have, or can never be."""
    spec = flow.fields.get(name or "")
    if spec is None:
        return
    record = flow.records.get(spec.of or "", {})
    for key, value in where.items():
        if key not in record:
            zh, en = did_you_mean(key, record)
            yield Problem(
                "XF103",
                (*path, key),
                f"记录 {spec.of} 没有字段 {key!r}{zh}",
                f"record {spec.of!r} has no field {key!r}{en}",
            )
        else:
            yield from _literal(value, record[key], (*path, key))


def _type(flow: Flow, use: Use, spec: FieldSpec) -> Iterator[Problem]:
    if use.wanted == "actors":
        fits = "actor" in (spec.type, spec.of) or _has_actor(flow, spec)
        wanted = "actor, list of actor, or records with an `actor`"
    else:
        allowed = WANTED.get(use.wanted)
        fits = allowed is None or spec.type in allowed
        wanted = ", ".join(sorted(allowed or ()))
    if not fits:
        yield Problem(
            "XF116",
            use.path,
            f"字段 {use.name} 的类型是 {spec.type}，此处需要 {wanted}",
            f"field {use.name!r} is of type {spec.type}; needed here: {wanted}",
        )


def _has_actor(flow: Flow, spec: FieldSpec) -> bool:
    actor = flow.records.get(spec.of or "", {}).get("actor")
    return actor is not None and actor.type == "actor"


def _of(flow: Flow, use: Use) -> Iterator[Problem]:
    if use.wanted == "record" and use.name in SCALARS and use.name not in flow.records:
        zh, en = did_you_mean(use.name, flow.records)
        yield Problem("XF104", use.path, f"没有名为 {use.name!r} 的记录{zh}", f"there is no record {use.name!r}{en}")


def _comparison(condition: Condition, spec: FieldSpec, path: Path) -> Iterator[Problem]:
    for key, types in (("at_least", _ORDERED), ("at_most", _ORDERED), ("odd", _NUMBERS)):
        if getattr(condition, key) is not None and spec.type not in types:
            yield Problem(
                "XF116",
                (*path, key),
                f"{spec.type} 类型的字段不能这样比较",
                f"a field of type {spec.type} cannot be compared like this",
            )
    one_of = condition.one_of if isinstance(condition.one_of, tuple) else ()
    literals = [((*path, "one_of", index), value) for index, value in enumerate(one_of)]
    literals += [
        ((*path, key), value)
        for key in ("equals", "at_least", "at_most")
        if (value := getattr(condition, key)) is not None
    ]
    for place, value in literals:
        if not (isinstance(value, str) and name_of(value)):
            yield from _literal(value, spec, place)


def _literal(value: Any, spec: FieldSpec, path: Path) -> Iterator[Problem]:
    if spec.choices:
        yield from _not_among([(value, path)], spec.choices)
        return
    wanted = {"boolean": bool, "integer": int, "money": int}.get(spec.type, str)
    if type(value) is not wanted:
        yield Problem(
            "XF116",
            path,
            f"{value!r} 不是 {spec.type} 类型的值",
            f"{value!r} is no value of a field of type {spec.type}",
        )


def _answers(flow: Flow, name: str, given: Iterable[str], path: Path) -> Iterator[Problem]:
    task = next((task for task in flow.tasks if task.name == name), None)
    if task is not None:
        yield from _not_among(((answer, (*path, index)) for index, answer in enumerate(given)), task.answers)


def _not_among(values: Iterable[tuple[Any, Path]], known: Iterable[str]) -> Iterator[Problem]:
    words = list(known)
    for value, path in values:
        if value not in words:
            zh, en = did_you_mean(str(value), words)
            listed = ", ".join(words) or "-"
            yield Problem(
                "XF115",
                path,
                f"{value!r} 不在可选值之内{zh}（可选：{listed}）",
                f"{value!r} is not among the values{en} (known: {listed})",
            )


def _specs(flow: Flow) -> Iterator[Problem]:
    tables: dict[Path, Mapping[str, FieldSpec]] = {("fields",): flow.fields}
    tables |= {("records", name): record for name, record in flow.records.items()}
    for path, table in tables.items():
        for name, spec in table.items():
            if (spec.find or spec.unique) and not (spec.searchable and path == ("fields",)):
                yield Problem(
                    "XF116",
                    (*path, name, "find" if spec.find else "unique"),
                    "`find`、`unique` 不用于个人信息、列表、记录、材料，也不用于记录中的字段",
                    "`find` and `unique` are not for personal fields, lists, records, materials or fields of a record",
                )
            if (spec.min is not None or spec.max is not None) and spec.type not in _BOUNDED:
                yield Problem(
                    "XF116",
                    (*path, name),
                    "`min`、`max` 只用于整数和金额",
                    "`min` and `max` belong to integer and money",
                )
            elif spec.min is not None and spec.max is not None and spec.min > spec.max:
                yield Problem("XF116", (*path, name), "`min` 大于 `max`", "`min` is greater than `max`")


def _circles(flow: Flow) -> Iterator[Problem]:
    """A record that holds itself could never be filled in."""
    inside = {
        name: {spec.of for spec in record.values() if spec.of in flow.records} for name, record in flow.records.items()
    }
    for name, first in inside.items():
        reached, frontier = set[str | None](), set(first)
        while frontier:
            reached |= frontier
            frontier = {further for one in frontier for further in inside[str(one)]} - reached
        if name in reached:
            yield Problem("XF118", ("records", name), f"记录 {name} 包含自身", f"record {name!r} contains itself")
