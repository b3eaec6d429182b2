"""Which names the parts of a flow use, where, and for what: one walk, for references and for what is unused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.deadline_states import STEPS
from xinfang_flow.flow.model.fields import Record
from xinfang_flow.flow.model.figures import name_of
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import ANYWHERE, BACKWARD, Deadline, Moment, Opening, Quorum, Task, Tiers, Transition

SYSTEM_ROLE = "system"
OPEN = "open"

Known = Mapping[str, frozenset[str]]


class Use(NamedTuple):
    """One use of a name: of which kind of part, where, and what is expected of it there."""

    kind: str
    name: str
    path: Path
    wanted: str = ""


def uses(flow: Flow) -> Iterator[Use]:
    """Yield every use of a name in the flow."""
    yield Use("state", flow.initial, ("initial",))
    yield from _each("field", flow.conceal_from, ("conceal_from",), "organ")
    for name, state in flow.states.items():
        if state.stage:
            yield Use("stage", state.stage, ("states", name, "stage"))
    yield from _record_uses(flow)
    yield from _opening(flow.opening, ("open",))
    for index, transition in enumerate(flow.transitions):
        yield from _transition(transition, ("transition", index))
    for index, task in enumerate(flow.tasks):
        yield from _task(task, ("task", index))
    for index, deadline in enumerate(flow.deadlines):
        yield from _deadline(deadline, ("deadline", index))
    for index, link in enumerate(flow.links):
        if link.trigger:
            yield Use("trigger", link.trigger, ("link", index, "trigger"))
        yield from _each("field", link.carries, ("link", index, "carries"))


def declared(flow: Flow) -> dict[str, frozenset[str]]:
    """Return the names that the flow declares, by kind."""
    sections: dict[str, Iterable[str]] = {
        "state": flow.states, "role": flow.roles, "field": flow.fields, "record": flow.records,
        "figure": flow.figures, "effect": flow.effects, "stage": flow.stages, "trigger": flow.triggers,
        "task": (task.name for task in flow.tasks), "deadline": (deadline.name for deadline in flow.deadlines),
        "link": (link.kind for link in flow.links),
    }  # fmt: skip
    return {kind: frozenset(names) for kind, names in sections.items()}


def names_of(document: Any) -> dict[str, frozenset[str]]:
    """Return the names that a document declares, even where the parts behind them do not have the right shape."""
    tables = ("states", "roles", "fields", "records", "figures", "effects", "stages")
    names = {table.removesuffix("s"): _strings(document.get(table)) for table in tables}
    for section, kind, key in (
        ("transition", "trigger", "trigger"), ("task", "task", "name"), ("deadline", "deadline", "name"),
        ("link", "link", "kind"),
    ):  # fmt: skip
        entries = document.get(section)
        entries = entries if isinstance(entries, list) else ()
        names[kind] = _strings([entry.get(key) for entry in entries if isinstance(entry, dict)])
    return names


def all_conditions(flow: Flow) -> Iterator[tuple[Path, Condition]]:
    """Yield every condition of the flow, those inside others too, with its path."""
    yield from _guards(flow.opening, ("open",))
    for index, transition in enumerate(flow.transitions):
        yield from _guards(transition, ("transition", index))
    for index, deadline in enumerate(flow.deadlines):
        yield from _conditions(deadline.when, ("deadline", index, "when"))


def _guards(part: Opening, path: Path) -> Iterator[tuple[Path, Condition]]:
    yield from _conditions(part.conditions, (*path, "conditions"))
    yield from _conditions(part.unless, (*path, "unless"))


def _conditions(conditions: Iterable[Condition], path: Path) -> Iterator[tuple[Path, Condition]]:
    for index, condition in enumerate(conditions):
        here = (*path, index)
        yield here, condition
        yield from _conditions(condition.parts, (*here, condition.subject))


def _strings(names: Any) -> frozenset[str]:
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, dict | list) else frozenset()


def _each(kind: str, names: Iterable[str], path: Path, wanted: str = "") -> Iterator[Use]:
    for index, name in enumerate(names):
        yield Use(kind, name, (*path, index), wanted)


def _figure(value: Any, path: Path, wanted: str) -> Iterator[Use]:
    """Yield the use of a figure, where a reference stands instead of a value; other text only where it is allowed."""
    if not isinstance(value, str):
        return  # a literal, or nothing
    name = name_of(value)
    if name is not None:
        yield Use("figure", name, path, wanted)
    elif wanted in ("period", "number", "list", "flag"):
        yield Use("reference", value, path, wanted)


def _record_uses(flow: Flow) -> Iterator[Use]:
    tables: dict[Path, Record] = {("fields",): flow.fields}
    tables |= {("records", name): record for name, record in flow.records.items()}
    for path, table in tables.items():
        for name, spec in table.items():
            if spec.of:
                yield Use("record", spec.of, (*path, name, "of"), spec.type)


def _opening(part: Opening, path: Path) -> Iterator[Use]:
    yield from _each("role", part.roles, (*path, "roles"))
    yield from _each("field", (one.name for one in part.taken), (*path, "takes"))
    yield from _each("field", (one.name for one in part.told), (*path, "tells"))
    yield from _each("effect", part.effects, (*path, "effects"))
    for inner, condition in _guards(part, path):
        yield from _condition(condition, inner)


def _condition(condition: Condition, path: Path) -> Iterator[Use]:
    row = condition.row
    if condition.about is not None and row.about != "function":
        yield Use(row.about, condition.about, (*path, condition.subject), row.wanted)
    yield from _each("field", condition.from_ or (), (*path, "from"))
    for key in ("equals", "at_least", "at_most"):
        yield from _figure(getattr(condition, key), (*path, key), "number" if row.counts else "literal")
    yield from _figure(condition.one_of, (*path, "one_of"), "list")
    yield from _figure(condition.odd, (*path, "odd"), "flag")
    yield from _figure(condition.along, (*path, "along"), "list")
    yield from _figure(condition.by, (*path, "by"), "period")


def _transition(transition: Transition, path: Path) -> Iterator[Use]:
    yield from _opening(transition, path)
    for index, source in enumerate(transition.source):
        if source != ANYWHERE:
            yield Use("state", source, (*path, "source", index))
    if transition.dest is not None and transition.dest not in BACKWARD:
        yield Use("state", transition.dest, (*path, "dest"), "dest")
    if transition.task:
        yield Use("task", transition.task.name, (*path, "task", "name"))
    if transition.extends:
        yield Use("deadline", transition.extends.deadline, (*path, "extends", "deadline"))
        yield from _figure(transition.extends.by, (*path, "extends", "by"), "period")
        if transition.extends.amount:
            yield Use("field", transition.extends.amount, (*path, "extends", "amount"), "amount")


def _task(task: Task, path: Path) -> Iterator[Use]:
    yield from _each("state", task.states, (*path, "states"))
    yield from _each("role", task.of, (*path, "of"))
    if task.of_field:
        yield Use("field", task.of_field, (*path, "of_field"), "actors")
    if isinstance(task.settle, Quorum):
        yield from _figure(task.settle.n_of, (*path, "settle", "n_of"), "number")
    yield from _figure(task.at_most, (*path, "at_most"), "number")
    if task.lead:
        yield Use("field", task.lead.before, (*path, "lead", "before"), "moment")
        yield from _figure(task.lead.by, (*path, "lead", "by"), "period")


def _deadline(deadline: Deadline, path: Path) -> Iterator[Use]:
    yield from _length(deadline, path)
    for step in STEPS:
        yield from _moment(getattr(deadline, step.option), (*path, step.option))
    named = (
        ("since", "field", "moment"),
        ("until", "field", "moment"),
        ("within", "deadline", ""),
        ("on_breach", "trigger", ""),
    )
    for key, kind, wanted in named:
        if name := getattr(deadline, key):
            yield Use(kind, name, (*path, key), wanted)
    for inner, condition in _conditions(deadline.when, (*path, "when")):
        yield from _condition(condition, inner)
    yield from _each("effect", deadline.effects, (*path, "effects"))
    yield from _each("effect", deadline.warn_effects, (*path, "warn_effects"))


def _length(deadline: Deadline, path: Path) -> Iterator[Use]:
    period = deadline.period
    if isinstance(period, Tiers):
        yield Use("field", period.by, (*path, "period", "by"), "tiers")
        for tier, given in period.cases.items():
            yield from _figure(given, (*path, "period", "cases", tier), "period")
    else:
        yield from _figure(period, (*path, "period"), "period")
    yield from _figure(deadline.policy, (*path, "policy"), "policy")
    yield from _figure(deadline.closes, (*path, "closes"), "time")
    for index, warning in enumerate(deadline.warns):
        yield from _figure(warning.before, (*path, "warns", index, "before"), "period")


def _moment(moment: Moment | None, path: Path) -> Iterator[Use]:
    if moment:
        yield from _each("state", moment.enters, (*path, "enters"))
        yield from _each("trigger", moment.fires, (*path, "fires"), OPEN)
