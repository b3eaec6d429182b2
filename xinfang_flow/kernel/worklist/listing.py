"""The worklist of one case as rows: one for each role and organ.

Nothing is asked but the flow and the case: no clock, no calendar, no function of the engine's.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel.canonical import moment_of
from xinfang_flow.kernel.case import Case, Deadline, overdue_from
from xinfang_flow.kernel.identity import ByIdentity
from xinfang_flow.kernel.records import deadline as deadline_record
from xinfang_flow.kernel.work import Work
from xinfang_flow.kernel.worklist.facts import Facts, view_of
from xinfang_flow.kernel.worklist.rule import Place, Waits

REMEMBERED = 4096
_new = tuple.__new__


class Line(NamedTuple):
    """What waits for one role: `org` names the field with the organ it is bound to; `tasks` those that say since when.

    Without `tasks`, or where a step waits beside a slot, it waits since the case entered its state.
    """

    role: str
    org: str | None
    triggers: tuple[str, ...]
    meets: tuple[str, ...]
    tasks: tuple[str, ...]


class Worklist:
    """The rule for one flow; each state is compiled when a case first stands there."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._places: dict[str, tuple[Place, Facts]] = {}
        self._known: dict[tuple[Any, ...], tuple[Line, ...]] = {}

    def of(self, case: Case) -> tuple[Work, ...]:
        """Return what the case waits for, by the names of the roles; nothing once it is done."""
        if case.done:
            return ()
        place, facts = self._places.get(case.state) or self._compiled(case.state)
        key = (case.state, *facts.read(case))
        lines = self._known.get(key)
        if lines is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            lines = self._known[key] = self._lines(place, case)
        return _rows(lines, case) if lines else ()

    def _compiled(self, state: str) -> tuple[Place, Facts]:
        place = Place.of(self._flow, state)
        self._places[state] = place, Facts.of(self._flow, place)
        return self._places[state]

    def _lines(self, place: Place, case: Case) -> tuple[Line, ...]:
        waiting: dict[tuple[str, str | None], list[Waits]] = {}
        for one in place.waiting(view_of(case), case):
            waiting.setdefault((one.role, one.step.org), []).append(one)
        lines = []
        for role, org in sorted(waiting, key=lambda key: (key[0], key[1] or "")):
            found = waiting[role, org]
            triggers = {one.step.place: one.step.trigger for one in found}
            meets = sorted(frozenset[str]().union(*(one.step.meets for one in found)))
            slots = [] if any(one.task is None for one in found) else sorted({one.task for one in found if one.task})
            said = tuple(triggers[place] for place in sorted(triggers))
            lines.append(Line(role, org, said, tuple(meets), tuple(slots)))
        return tuple(lines)


def _rows(lines: tuple[Line, ...], case: Case) -> tuple[Work, ...]:
    rows: list[Work] = []
    entered = case.entered_at or case.opened_at
    last: tuple[str, ...] | None = None
    due: datetime | None = None
    for role, field, triggers, meets, tasks in lines:
        if meets != last:
            last, due = meets, _due(case, meets)
        since = entered if not tasks else max(entered, min(case.tasks[name].since for name in tasks))
        named = None if field is None else case.data.get(field)
        organs = (case.org,) if not named else named if isinstance(named, tuple) else (named,)
        for org in organs:
            place = (case.id, case.flow, case.state, role, org, triggers, due, since, bool(named), len(rows))
            rows.append(_new(Work, place))
    return tuple(rows)


def _due(case: Case, meets: tuple[str, ...]) -> datetime | None:
    """The most urgent of the deadlines that are met, else of all that the case still owes."""
    met = [case.deadlines[name] for name in meets if name in case.deadlines]
    at = min(filter(None, map(_owed_from, met)), default=None) or overdue_from(case)
    return None if at is None else moment_of(at)


def _owed_from(deadline: Deadline) -> str | None:
    return deadline_record.overdue_from(deadline.record)


@lru_cache(maxsize=256)
def _compiled(key: ByIdentity) -> Worklist:
    (flow,) = key.parts
    return Worklist(flow)


def work_of(flow: Flow, case: Case) -> tuple[Work, ...]:
    """Return what a case of the flow waits for: one row for each role and organ; nothing once it is done."""
    return _compiled(ByIdentity(flow)).of(case)
