"""Whether what is named fits where it is named: kinds of figures, lengths of periods, names given twice, settling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel

from xinfang_flow.errors import InputError
from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Problem
from xinfang_flow.flow.model.figures import Figure, PeriodSpec, name_of
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Opening, Quorum, Task, Tiers
from xinfang_flow.flow.names.field_misfits import field_misfits
from xinfang_flow.flow.names.uses import uses
from xinfang_flow.law.facts import Policy
from xinfang_flow.nearest import did_you_mean

POLICIES = get_args(Policy)
CLOSING = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

_KINDS = {
    "period": ("一段时间", "a period"),
    "number": ("整数", "a whole number"),
    "list": ("列表", "a list"),
    "flag": ("true 或 false", "true or false"),
    "policy": ("civil 或 strict", "civil or strict"),
    "time": ("时刻 HH:MM", "a time HH:MM"),
    "literal": ("一个值", "a single value"),
}


def misfits(flow: Flow) -> Iterator[Problem]:
    """Yield everything that is named rightly and does not fit; what is not known at all is no matter of this file."""
    yield from _twice(flow)
    yield from _figures(flow)
    yield from _periods(flow)
    yield from _settling(flow)
    yield from _deadlines(flow)
    yield from field_misfits(flow)


def _twice(flow: Flow) -> Iterator[Problem]:
    sections: tuple[tuple[str, Iterable[str], str, str], ...] = (
        ("transition", (part.name for part in flow.transitions), "name", "；同一动作的几条须各有 `name`"),
        ("task", (part.name for part in flow.tasks), "name", ""),
        ("deadline", (part.name for part in flow.deadlines), "name", ""),
        ("link", (part.kind for part in flow.links), "kind", ""),
    )
    for section, names, key, zh in sections:
        en = "; each of several for one trigger needs its own `name`" if zh else ""
        yield from _repeated(names, (section,), (key,), zh, en)
    for index, task in enumerate(flow.tasks):
        yield from _repeated((item.name for item in task.items), ("task", index, "items"), ("name",))
    openings: list[tuple[Path, Opening]] = [(("open",), flow.opening)]
    openings += [(("transition", index), part) for index, part in enumerate(flow.transitions)]
    for path, part in openings:
        takes = [one.name for one in part.taken]
        yield from _repeated(takes, (*path, "takes"))
        if len(set(part.takes)) == len(part.takes):
            yield from _repeated((one.name for one in part.told), (*path, "tells"), seen=takes)


def _repeated(
    names: Iterable[str], path: Path, rest: Path = (), zh: str = "", en: str = "", *, seen: Iterable[str] = ()
) -> Iterator[Problem]:
    known = set(seen)
    for index, name in enumerate(names):
        if name in known:
            yield Problem("XF113", (*path, index, *rest), f"{name!r} 出现了两次{zh}", f"{name!r} is given twice{en}")
        known.add(name)


def _figures(flow: Flow) -> Iterator[Problem]:
    for use in uses(flow):
        figure = flow.figures.get(use.name)
        if use.kind == "figure" and figure is not None and not figure.unset and not _is_kind(figure, use.wanted):
            zh, en = _KINDS[use.wanted]
            yield Problem(
                "XF106",
                use.path,
                f"此处需要{zh}，而数值 {use.name} 是 {figure.amount}",
                f"{en} is needed here, but the figure {use.name!r} is {figure.amount}",
            )


def _is_kind(figure: Figure, wanted: str) -> bool:
    value = figure.value
    match wanted:
        case "period":
            return bool(figure.units)
        case "number":
            return isinstance(value, int) and not isinstance(value, bool)
        case "list":
            return isinstance(value, tuple)
        case "flag":
            return isinstance(value, bool)
        case "policy":
            return value in POLICIES
        case "time":
            return isinstance(value, str) and CLOSING.fullmatch(value) is not None
        case _:
            return value is not None and not isinstance(value, tuple)


def _periods(flow: Flow) -> Iterator[Problem]:
    """A period is at most a hundred years long, and an extension has the unit of what it extends."""
    for path, spec in _period_specs(flow, ()):
        try:
            if spec.units:
                spec.period  # noqa: B018  asked for its refusal
        except InputError:
            yield Problem("XF117", path, "时间超过一百年", "the period is longer than a hundred years")
    units = {deadline.name: _units(flow, deadline.period) for deadline in flow.deadlines}
    for index, transition in enumerate(flow.transitions):
        extension = transition.extends
        if extension is None:
            continue
        ours, theirs = _units(flow, extension.by), units.get(extension.deadline, set())
        if ours and theirs and not ours <= theirs:
            words = f"{', '.join(sorted(ours))} / {', '.join(sorted(theirs))}"
            yield Problem(
                "XF117",
                ("transition", index, "extends", "by"),
                f"延长的单位须与期限相同（{words}）",
                f"an extension needs the unit of its deadline ({words})",
            )


def _period_specs(value: Any, path: Path) -> Iterator[tuple[Path, PeriodSpec]]:
    if isinstance(value, PeriodSpec):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _period_specs(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, dict | tuple):
        pairs: Any = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            yield from _period_specs(item, (*path, key))


def _units(flow: Flow, given: Any) -> set[str]:
    """Return the units that a period may turn out to have; empty where that is not known."""
    if isinstance(given, Tiers):
        return {unit for tier in given.cases.values() for unit in _units(flow, tier)}
    if isinstance(given, str):
        given = flow.figures.get(name_of(given) or "")
    return set(given.units) if isinstance(given, PeriodSpec) else set()


def _settling(flow: Flow) -> Iterator[Problem]:
    for index, task in enumerate(flow.tasks):
        path: Path = ("task", index)
        if isinstance(task.settle, Quorum):
            yield from _quorum(flow, task, task.settle.n_of, (*path, "settle", "n_of"))
        if isinstance(task.at_most, int) and task.at_most < 1:
            yield Problem("XF114", (*path, "at_most"), "至少为 1", "must be at least 1")
    answering = {step.task.name for step in flow.transitions if step.task and step.task.do == "settle"}
    for index, task in enumerate(flow.tasks):
        if task.answers and task.name not in answering:
            yield Problem(
                "XF114",
                ("task", index, "answers"),
                f'任务 {task.name} 有可选意见，但没有动作可以完成它（do = "settle"）',
                f'task {task.name!r} has answers, and no transition settles it (do = "settle")',
            )


def _quorum(flow: Flow, task: Task, given: Any, path: Path) -> Iterator[Problem]:
    amount = given if isinstance(given, int) else getattr(flow.figures.get(name_of(given) or ""), "value", None)
    if not isinstance(amount, int):
        return
    slots = len(task.items) or len(task.of)
    if amount < 1:
        yield Problem("XF114", path, "至少为 1", "must be at least 1")
    elif slots and amount > slots:
        yield Problem(
            "XF114",
            path,
            f"需要 {amount} 个，而任务 {task.name} 只有 {slots} 个",
            f"{amount} are needed, and task {task.name!r} has only {slots}",
        )


def _deadlines(flow: Flow) -> Iterator[Problem]:
    before: list[str] = []
    for index, deadline in enumerate(flow.deadlines):
        path: Path = ("deadline", index)
        if deadline.policy not in POLICIES and name_of(deadline.policy) is None:
            zh, en = did_you_mean(deadline.policy, POLICIES)
            yield Problem(
                "XF106",
                (*path, "policy"),
                f"应为 civil、strict 或一个数值引用{zh}",
                f"civil, strict or a figure is expected here{en}",
            )
        if deadline.closes and name_of(deadline.closes) is None and not CLOSING.fullmatch(deadline.closes):
            yield Problem("XF106", (*path, "closes"), "应为 HH:MM 或一个数值引用", "HH:MM or a figure is expected here")
        if deadline.within in {later.name for later in flow.deadlines} and deadline.within not in before:
            yield Problem(
                "XF120",
                (*path, "within"),
                f"{deadline.within} 须写在 {deadline.name} 之前",
                f"{deadline.within!r} must stand before {deadline.name!r} in the document",
            )
        before.append(deadline.name)
