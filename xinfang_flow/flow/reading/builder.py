"""The same flow from Python: a builder that is closed once it is built.

>>> petition = define("petition", title=("信访", "Petition"))
>>> _ = petition.role("clerk").state("received", initial=True).state("closed", final=True)
>>> _ = petition.opening(roles=["clerk"]).transition("close", "received", "closed", roles=["clerk"])
>>> petition.build().name
'petition@1'

Data is the truth, and this is a convenience: it puts a document together and has it read like any other, so a mistake
is the same finding.  Labels are a text, a pair (Chinese, English), or a `Text`; periods a `Period`, a table such as
`{"days": 3}`, or "figures.NAME".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import BaseModel

from xinfang_flow.errors import FlowError
from xinfang_flow.flow.findings.places import Problem, placed, told, where
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.reading.parse import unfit
from xinfang_flow.flow.reading.validate import shaped
from xinfang_flow.law import Period
from xinfang_flow.text import Text

Label = str | tuple[str, str] | Text
Names = str | Iterable[str]
Table = Mapping[str, Any]

_LABELS = ("title", "message", "status")
_LABELLED = ("choices", "answers")


def define(id: str, *, version: int = 1, title: Label, **more: Any) -> FlowBuilder:
    """Begin a flow; `more` are the other keys of a document's head: `basis`, `status`, `calendar`, `conceal_from`."""
    return FlowBuilder(id=id, version=version, title=title, **more)


class FlowBuilder:
    """A flow in the making; every method returns the builder, and `build` the flow."""

    def __init__(self, **head: Any) -> None:
        self._document: dict[str, Any] = _table(head)
        self._problems: list[Problem] = []
        self._built = False

    def role(self, name: str, title: Label | None = None, **more: Any) -> Self:
        """Declare who may ask."""
        return self._named("roles", name, {"title": title, **more})

    def stage(self, name: str, title: Label | None = None) -> Self:
        """Declare a group of states."""
        return self._named("stages", name, {"title": title})

    def state(self, name: str, *, initial: bool = False, **more: Any) -> Self:
        """Declare where a case may stand; one state is the initial one."""
        if initial:
            if "initial" in self._document:
                self._twice(("initial",), name)
            self._document.setdefault("initial", name)
        return self._named("states", name, more)

    def figure(self, name: str, **more: Any) -> Self:
        """Declare a number of law or local practice: one unit, or `value`, or `unset=True`; with its `source`."""
        return self._named("figures", name, more)

    def field(self, name: str, type: str = "text", **more: Any) -> Self:
        """Declare what a case may hold."""
        return self._named("fields", name, {"type": type, **more})

    def record(self, name: str, **fields: Any) -> Self:
        """Declare a record by its fields, each a type or a table."""
        return self._named("records", name, fields)

    def effect(self, name: str, title: Label | None = None, **more: Any) -> Self:
        """Declare what the world is told."""
        return self._named("effects", name, {"title": title, **more})

    def opening(self, *, roles: Names, **more: Any) -> Self:
        """Say how a case begins."""
        self._open()
        if "open" in self._document:
            self._twice(("open",), "open")
        self._document["open"] = _table({"roles": roles, **more})
        return self

    def transition(self, trigger: str, source: Names, dest: str | None = None, *, roles: Names, **more: Any) -> Self:
        """Add an arrow; without `dest` the case stays where it is."""
        return self._entry("transition", {"trigger": trigger, "source": source, "dest": dest, "roles": roles, **more})

    def task(self, name: str, states: Names, **more: Any) -> Self:
        """Add who owes what in some states."""
        return self._entry("task", {"name": name, "states": states, **more})

    def deadline(self, name: str, *, starts: Table, **more: Any) -> Self:
        """Add a deadline; with its `period`, or the field `until`."""
        return self._entry("deadline", {"name": name, "starts": starts, **more})

    def link(self, kind: str, flow: str, **more: Any) -> Self:
        """Add a tie to cases of another flow."""
        return self._entry("link", {"kind": kind, "flow": flow, **more})

    def build(self) -> Flow:
        """Return the flow, and close the builder.

        Raises:
            FlowError: with every finding; the builder then stays open.
        """
        self._open()
        document = placed(self._document, "", {})
        problems = [*self._problems, *unfit(document)]
        flow = None
        if not problems:
            flow, problems = shaped(document)
        if flow is None:
            name = f"{self._document.get('id')}@{self._document.get('version')}"
            raise FlowError(findings=told(problems, lambda problem: f"{name}: {where(None, problem.path)}"))
        self._built = True
        return flow

    def _named(self, section: str, name: str, part: Table) -> Self:
        self._open()
        parts = self._document.setdefault(section, {})
        if name in parts:
            self._twice((section, name), name)
        parts[name] = _table(part)
        return self

    def _entry(self, section: str, part: Table) -> Self:
        self._open()
        self._document.setdefault(section, []).append(_table(part))
        return self

    def _twice(self, path: tuple[str, ...], name: str) -> None:
        self._problems.append(Problem("XF113", path, f"{name!r} 给出了两次", f"{name!r} is given twice"))

    def _open(self) -> None:
        if self._built:
            raise FlowError(
                Text(
                    f"{self._document['id']} 已经建成，流程不再变动：请另定义新版本",
                    f"{self._document['id']} is built: a flow does not change; define a new version",
                )
            )


def _table(part: Table) -> dict[str, Any]:
    """Return the part as a document has it: without what was not given."""
    return {key: _plain(key, value) for key, value in part.items() if value is not None}


def _plain(key: str, value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if isinstance(value, Period):
        return {value.unit: value.amount}
    if key in _LABELS and isinstance(value, tuple | list) and len(value) == 2:  # noqa: PLR2004  Chinese, English
        return {"zh": value[0], "en": value[1]}
    if key in _LABELLED and isinstance(value, Mapping):
        return {name: _plain("title", label) for name, label in value.items()}
    if isinstance(value, Mapping):
        return _table(value)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [_plain("", item) for item in value]
    return value
