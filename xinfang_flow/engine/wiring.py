"""Which rules a case runs under: the flows handed in, the standard flows, and those published in the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from xinfang_flow.errors import FlowError, WiringError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flows import list_flows, load_flow
from xinfang_flow.kernel.case import Case
from xinfang_flow.kernel.interpreter.guards import NamedGuard
from xinfang_flow.kernel.interpreter.rules import Rules, missing_guards
from xinfang_flow.law import Calendar
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.store import Reader, StoredFlow


class FlowBook:
    """Rules by flow id and version; compiled on first use, then a dictionary look-up."""

    def __init__(
        self,
        flows: Iterable[Flow] | None,
        guards: Mapping[str, NamedGuard],
        calendars: Mapping[str, Calendar],
        reader: Reader,
    ) -> None:
        """Take the flows; all standard flows are at hand when none are given.

        Raises:
            WiringError: a flow's guards or calendar are missing, all at once.
        """
        self._guards, self._calendars, self._reader = guards, calendars, reader
        self._standard = flows is None
        self._flows: dict[str, Flow] = {}
        self._rules: dict[tuple[str, int], Rules] = {}
        self._bound: dict[str, Rules] = {}
        missing: list[str] = []
        for flow in flows or ():
            known = self._flows.get(flow.id)
            if known is None or known.version < flow.version:
                self._flows[flow.id] = flow
            missing += missing_guards(flow, guards)
            missing += self._missing_calendar(flow)
            if not missing:
                self._compile(flow)
        if missing:
            raise WiringError("the engine cannot be wired", missing=missing)

    def newest(self, name: str) -> Rules:
        """Return the rules under which a new case of `name` ("hearing" or "hearing@1") begins.

        Raises:
            FlowError: there is no such flow.
        """
        identifier, sign, version = name.partition("@")
        if sign:
            if not (version.isdecimal() and len(version) < 10):  # noqa: PLR2004  no version has ten digits
                raise FlowError(f"{version!r} is no version: write {identifier}@1")
            return self.of(identifier, int(version))
        flow = self._flows.get(identifier)
        if flow is None:
            if not (self._standard and identifier in list_flows()):
                known = [*self._flows, *(list_flows() if self._standard else ())]
                raise FlowError(f"there is no flow {name!r}{did_you_mean(name, known)[1]} (known: {', '.join(known)})")
            flow = self._flows[identifier] = load_flow(identifier)
        return self._rules.get((flow.id, flow.version)) or self._compile(flow)

    def of(self, identifier: str, version: int) -> Rules:
        """Return the rules of one published version: a case runs on the version it was bound to.

        Raises:
            FlowError: that version is neither handed in nor stored.
        """
        rules = self._rules.get((identifier, version))
        return rules if rules is not None else self._look_up(identifier, version)

    def of_case(self, case: Case) -> Rules:
        """Return the rules that a case is bound to, to the letter: by their digest.

        Raises:
            FlowError: they are neither handed in nor stored.
        """
        rules = self._rules.get((case.flow, case.flow_version)) or self.of(case.flow, case.flow_version)
        return rules if rules.digest == case.digest else self._bound_to(case)

    def stored(self, rules: Rules) -> StoredFlow:
        """Return what a store keeps of a flow version."""
        flow = rules.flow
        return StoredFlow(flow.id, flow.version, flow.digest, flow.text)

    def flows(self) -> list[Flow]:
        """Return every flow at hand, the standard ones included."""
        if self._standard:
            for name in list_flows():
                self._flows.setdefault(name, load_flow(name))
        return list(self._flows.values())

    def searched(self, identifier: str | None) -> list[Flow]:
        """Return the flows in which a search looks for fields: at hand or published, all of them or those of one id."""
        flows = {flow.id: flow for flow in self.flows() if identifier in (None, flow.id)}
        for kept in self._reader.flows():
            if identifier in (None, kept.id) and kept.id not in flows:
                flows[kept.id] = Flow.model_validate(json.loads(kept.text))
        return list(flows.values())

    def _look_up(self, identifier: str, version: int) -> Rules:
        for kept in self._reader.flows():
            if (kept.id, kept.version) == (identifier, version):
                return self._compile(Flow.model_validate(json.loads(kept.text)))
        if self._standard and identifier in list_flows():
            flow = load_flow(identifier)
            if flow.version == version:
                return self._compile(flow)
        raise FlowError(f"flow {identifier}@{version} is neither handed in nor published in this store")

    def _bound_to(self, case: Case) -> Rules:
        """What is handed in under the case's version is not what the case was opened under: the published text is."""
        rules = self._bound.get(case.digest)
        if rules is None:
            kept = next((kept for kept in self._reader.flows() if kept.digest == case.digest), None)
            if kept is None:
                name = f"{case.flow}@{case.flow_version}"
                raise FlowError(f"{name} is handed in with another content than that of case {case.id}")
            flow = Flow.model_validate(json.loads(kept.text))
            rules = self._bound[case.digest] = Rules(flow, self._guards, self._calendar(flow))
        return rules

    def _compile(self, flow: Flow) -> Rules:
        rules = Rules(flow, self._guards, self._calendar(flow))
        self._rules[flow.id, flow.version] = rules
        return rules

    def _calendar(self, flow: Flow) -> Calendar:
        if flow.calendar in self._calendars:
            return self._calendars[flow.calendar]
        if flow.calendar == "china":
            return Calendar.china()
        raise WiringError(missing=self._missing_calendar(flow))

    def _missing_calendar(self, flow: Flow) -> list[str]:
        if flow.calendar == "china" or flow.calendar in self._calendars:
            return []
        hint = did_you_mean(flow.calendar, self._calendars)[1]
        return [f"{flow.name}: calendar {flow.calendar!r} was not handed in{hint}"]
