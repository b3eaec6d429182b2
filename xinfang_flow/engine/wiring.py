"""Which rules a case runs under: the flows handed in, the standard flows, and those published in the store.

A case is bound to one flow version by its digest.  Its flow can be **read** wherever its text is, handed in or in the
store; that is enough to see the case, to list it and to print it.  It can **run** here only if the guards and the
calendar that the flow names were handed in as well.  The rule of this file: `of_case` raises for a case that cannot run
here, because somebody asked for that case; `runs_here` and `readable` say no and write it to the log, because somebody
asked for many, and one must not hold up the others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress

from xinfang_flow.engine import telemetry
from xinfang_flow.errors import FlowError, WiringError
from xinfang_flow.flow.checks.check import errors_in
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flows import list_flows, load_flow
from xinfang_flow.kernel.case import Case
from xinfang_flow.kernel.interpreter.ground import missing_guards
from xinfang_flow.kernel.interpreter.guards import NamedGuard
from xinfang_flow.kernel.rules import Rules
from xinfang_flow.law import Calendar
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.store import Reader, StoredFlow
from xinfang_flow.text import Text, shown

CANNOT_RUN = (FlowError, WiringError)


class WiredFlows:
    """The flows of one engine with their guards and calendars; compiled on first use, then a dictionary look-up."""

    def __init__(
        self,
        flows: Iterable[Flow] | None,
        guards: Mapping[str, NamedGuard],
        calendars: Mapping[str, Calendar],
        reader: Callable[[], Reader],
        *,
        unchecked: bool = False,
    ) -> None:
        """Take the flows; all standard flows are at hand when none are given.

        `reader` gives the store's reading port once it is asked: flows are judged before a store is opened for them.

        Raises:
            FlowError: `check` finds errors in flows that were handed in, all at once, unless told `unchecked`; or two
                of one name and version differ.
            WiringError: a flow's guards or calendar are missing, all at once.
        """
        self._guards, self._calendars, self._reader = guards, calendars, reader
        self._standard = flows is None
        self._newest: dict[str, Flow] = {}
        self._texts: dict[str, Flow] = {}
        self._rules: dict[str, Rules] = {}
        self._handed: dict[tuple[str, int], Flow] = {}
        self._published: set[tuple[str, int]] = set()
        handed = tuple(flows or ())
        findings = () if unchecked else tuple(finding for flow in handed for finding in errors_in(flow))
        if findings:
            raise FlowError(
                Text(
                    "这些流程有错误（unchecked=True 可强行使用）",
                    "these flows do not hold together (unchecked=True runs them nevertheless)",
                ),
                findings=findings,
            )
        missing = [line for flow in handed for line in (*missing_guards(flow, guards), *self._missing_calendar(flow))]
        if missing:
            raise WiringError(Text("引擎不能启动", "the engine cannot be wired"), missing=missing)
        for flow in handed:
            if self._handed.get((flow.id, flow.version), flow).digest != flow.digest:
                raise FlowError(
                    Text(
                        f"{flow.name} 给了两次且内容不同：请另起版本号",
                        f"{flow.name} is handed in twice, with different contents: make one another version",
                    )
                )
            self._take(flow)
            self._compiled(flow)

    def newest(self, name: str) -> Rules:
        """Return the rules under which a new case of `name` ("hearing" or "hearing@1") begins.

        Raises:
            FlowError: there is no such flow.
            WiringError: its guards or its calendar were not handed in.
        """
        flow = self._newest.get(name)
        if flow is None:
            flow = self._named(*name.partition("@"))
        return self._compiled(flow)

    def warm(self, names: Iterable[object]) -> None:
        """Compile flows ahead of a transaction, in which others would wait; what is wrong with one is told later."""
        for name in names:
            if isinstance(name, str):
                with suppress(*CANNOT_RUN):
                    self.newest(name)

    def of_case(self, case: Case) -> Rules:
        """Return the rules that a case is bound to, to the letter: by their digest.

        Raises:
            FlowError: their text is neither handed in nor stored.
            WiringError: guards or a calendar that it names were not handed in.
        """
        return self._rules.get(case.digest) or self.bound(case.flow, case.flow_version, case.digest)

    def bound(self, identifier: str, version: int, digest: str) -> Rules:
        """Return the rules of the flow version with this digest; raises as `of_case`."""
        return self._rules.get(digest) or self._compiled(self._text(identifier, version, digest))

    def runs_here(self, case: Case) -> Rules | None:
        """Return the rules that a case is bound to, or None, and a line in the log, when it cannot run here."""
        try:
            return self.of_case(case)
        except CANNOT_RUN as error:
            telemetry.warn("case.unwired", case_id=case.id, flow=f"{case.flow}@{case.flow_version}", error=str(error))
            return None

    def flow_of(self, case: Case) -> Flow:
        """Return the flow that a case is bound to; to read it, neither guards nor a calendar are needed.

        Raises:
            FlowError: its text is neither handed in nor stored.
        """
        return self._texts.get(case.digest) or self._text(case.flow, case.flow_version, case.digest)

    def readable(self, case: Case) -> Flow | None:
        """Return the flow that a case is bound to, or None, and a line in the log, when its text is gone."""
        try:
            return self.flow_of(case)
        except FlowError as error:
            name = f"{case.flow}@{case.flow_version}"
            telemetry.warn("case.unreadable", case_id=case.id, flow=name, error=str(error))
            return None

    def unpublished(self, flow: Flow, besides: frozenset[tuple[str, int]]) -> StoredFlow | None:
        """Return what the store shall keep of a flow version, or None when it is known to be there, or is `besides`."""
        version = (flow.id, flow.version)
        if version in self._published or version in besides:
            return None
        return StoredFlow(flow.id, flow.version, flow.digest, flow.text)

    def published(self, versions: frozenset[tuple[str, int]]) -> None:
        """Remember flow versions that are in the store for good."""
        self._published |= versions

    def searched(self, identifier: str | None, names: Collection[str] = ()) -> list[Flow]:
        """Return the flows in which fields are looked for: handed in or published, all of them or those of one id.

        Cases lie under published flows alone, so the standard flows are read only for `names` that none of those marks.
        """
        flows = dict(self._newest)
        if identifier not in flows:
            for kept in sorted(self._reader().flows()):
                if kept.id not in self._newest and identifier in (None, kept.id):
                    flows[kept.id] = self._restored(kept)
        found = [flow for flow in flows.values() if identifier in (None, flow.id)]
        if not self._standard or all(any(name in flow.searchable for flow in found) for name in names):
            return found
        return found + [load_flow(name) for name in list_flows() if name not in flows and identifier in (None, name)]

    def _take(self, flow: Flow) -> Flow:
        known = self._newest.get(flow.id)
        if known is None or known.version < flow.version:
            self._newest[flow.id] = flow
        self._handed[flow.id, flow.version] = self._texts[flow.digest] = flow
        return flow

    def _named(self, identifier: str, sign: str, version: str) -> Flow:
        """Return the flow of a name that was not asked for before, or that gives a version."""
        if sign:
            if not (version.isdecimal() and len(version) < 10):  # noqa: PLR2004  no version has ten digits
                raise FlowError(
                    Text(
                        f"“{shown(version)}”不是版本号，请写成 {identifier}@1",
                        f"{version!r} is no version: write {identifier}@1",
                    )
                )
            return self._version(identifier, int(version))
        if self._standard and identifier in list_flows():
            return self._take(load_flow(identifier))
        known = [*self._newest, *(list_flows() if self._standard else ())]
        hint = did_you_mean(identifier, known)
        raise FlowError(
            Text(
                f"没有流程 {shown(identifier)}{hint[0]}（有：{'、'.join(known)}）",
                f"there is no flow {identifier!r}{hint[1]} (known: {', '.join(known)})",
            )
        )

    def _version(self, identifier: str, version: int) -> Flow:
        """Return one version, in which a case may begin: handed in, published, or standard."""
        found = self._handed.get((identifier, version))
        if found is not None:
            return found
        for kept in self._reader().flows():
            if (kept.id, kept.version) == (identifier, version):
                return self._restored(kept)
        if self._standard and identifier in list_flows():
            flow = load_flow(identifier)
            if flow.version == version:
                return self._take(flow)
        raise FlowError(
            Text(
                f"流程 {identifier}@{version} 既未交给引擎，也未在库中发布",
                f"flow {identifier}@{version} is neither handed in nor published in this store",
            )
        )

    def _text(self, identifier: str, version: int, digest: str) -> Flow:
        """Return the flow with this digest: what is handed in under its name may have another content by now."""
        found = self._texts.get(digest)
        if found is not None:
            return found
        if self._standard and identifier in list_flows() and identifier not in self._newest:
            self._take(load_flow(identifier))
            if digest in self._texts:
                return self._texts[digest]
        for kept in self._reader().flows():
            if kept.digest == digest:
                return self._restored(kept)
        raise FlowError(
            Text(
                f"流程 {identifier}@{version} 的文本既未交给引擎，也未在库中发布",
                f"the text of flow {identifier}@{version} is neither handed in nor published in this store",
            )
        )

    def _restored(self, kept: StoredFlow) -> Flow:
        """Return a flow from its published text; what `check` has against it today is said to the log, and no more."""
        known = self._texts.get(kept.digest)
        if known is not None:
            return known
        name = f"{kept.id}@{kept.version}"
        try:
            flow = Flow.model_validate(json.loads(kept.text))
        except ValueError as error:
            raise FlowError(
                Text(
                    f"流程 {name} 在库中发布的文本已无法读取",
                    f"the published text of flow {name} cannot be read any more: {error}",
                )
            ) from error
        codes = sorted({finding.code for finding in errors_in(flow)})
        if codes:
            telemetry.warn("flow.unsound", flow=name, findings=codes)
        self._texts[kept.digest] = flow
        return flow

    def _compiled(self, flow: Flow) -> Rules:
        rules = self._rules.get(flow.digest)
        if rules is None:
            rules = self._rules[flow.digest] = Rules(flow, self._guards, self.calendar(flow))
        return rules

    def calendar(self, flow: Flow) -> Calendar:
        """Return the calendar by which a flow counts.

        Raises:
            WiringError: it was not handed in.
        """
        if flow.calendar in self._calendars:
            return self._calendars[flow.calendar]
        if flow.calendar == "china":
            return Calendar.china()
        raise WiringError(missing=self._missing_calendar(flow))

    def _missing_calendar(self, flow: Flow) -> list[Text]:
        if flow.calendar == "china" or flow.calendar in self._calendars:
            return []
        hint = did_you_mean(flow.calendar, self._calendars)
        return [
            Text(
                f"{flow.name}：日历“{flow.calendar}”未交给引擎{hint[0]}",
                f"{flow.name}: calendar {flow.calendar!r} was not handed in{hint[1]}",
            )
        ]
