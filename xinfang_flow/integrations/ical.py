"""An iCalendar feed of deadlines and hearings, for the calendars people already have (extra `ical`).

Only cases that the actor may see, and nothing personal: a title from the flow, the case's id, the dates and their
basis.  UIDs are stable and SEQUENCE grows with the case, so that a moved date moves in every calendar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from xinfang_flow.errors import InputError
from xinfang_flow.text import Text, titled

if TYPE_CHECKING:
    from icalendar import Calendar as Feed, Event as Entry

    from xinfang_flow.engine.engine import Engine
    from xinfang_flow.flow.model.flow import Flow
    from xinfang_flow.kernel import Actor, Case, Deadline
    from xinfang_flow.text import Language

__all__ = ["feed"]

HEARINGS = {"hearing": "held_at"}
HOST = "xinfang-flow"
LAST_CALL = timedelta(minutes=30)
"""How long before the instant a deadline by the clock is shown: an entry without a length is hidden by many."""
_DAY = timedelta(days=1)
_PAGE = 200
_WORDS = {
    "zh": {"name": "信访期限", "provisional": "暂定：放假安排尚未公布", "target": "建议办结", "basis": "依据"},
    "en": {
        "name": "Petition deadlines", "provisional": "provisional: the year's holidays are not published yet",
        "target": "aim for", "basis": "basis",
    },
}  # fmt: skip


def feed(
    engine: Engine,
    actor: Actor,
    *,
    lang: Language = "zh",
    alarms: tuple[int, ...] = (3, 1),
    hearings: Mapping[str, str] = HEARINGS,
    hearing_length: timedelta = timedelta(hours=1),
) -> bytes:
    """Return the feed: a VEVENT for every running deadline and every hearing of the open cases the actor may see.

    `alarms` are whole days before; `hearings` maps a flow's id (overlays of it count too) to its datetime field;
    `hearing_length` is how long one is shown, for no flow says when it will end.

    Raises:
        InputError: the package `icalendar` is not installed, or `hearing_length` is not longer than nothing.
    """
    try:
        import icalendar
    except ImportError as error:
        raise InputError(
            Text(
                "日历订阅需要 icalendar：pip install 'xinfang_flow[ical]'",
                "calendar feeds need icalendar: pip install 'xinfang_flow[ical]'",
            )
        ) from error
    if hearing_length <= timedelta(0):
        raise InputError(
            Text(
                "听证的时长应大于零：timedelta(hours=1)",
                "a hearing is shown for longer than nothing: timedelta(hours=1)",
            ),
            where=Text("听证时长", "hearing_length"),
        )
    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//{HOST}//{lang.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _WORDS[lang]["name"])
    for case in _open_cases(engine, actor):
        flow = engine.flow_of(case)
        for deadline in case.deadlines.values():
            if deadline.state == "armed":
                _add(calendar, _deadline(icalendar, flow, case, deadline, lang), alarms)
        field = _hearing_field(flow, hearings)
        if field is not None and isinstance(case.data.get(field), str):
            _add(calendar, _hearing(icalendar, flow, case, field, lang, hearing_length), alarms)
    text: bytes = calendar.to_ical()
    return text


def _open_cases(engine: Engine, actor: Actor) -> Iterator[Case]:
    after: str | None = None
    while True:
        page = engine.find(actor=actor, done=False, limit=_PAGE, after=after)
        yield from page.items
        if page.next is None:
            return
        after = page.next


def _deadline(icalendar: Any, flow: Flow, case: Case, deadline: Deadline, lang: Language) -> Entry:
    spec, due, words = flow.deadline(deadline.name), deadline.due, _WORDS[lang]
    entry: Entry = _entry(icalendar, flow, case, deadline.name, lang)
    title = titled(spec.title, spec.name, lang)
    entry.add("summary", f"{title} · {flow.title.in_(lang)} · {case.id}")
    if due.period.by_clock or due.closes is not None:
        end = deadline.at.astimezone(UTC)
        entry.add("dtstart", max(end - LAST_CALL, deadline.since.astimezone(UTC)))
        entry.add("dtend", end)
    else:
        entry.add("dtstart", due.due)
        entry.add("dtend", due.due + _DAY)
    lines = [f"{due.start:%Y-%m-%d} + {due.period.zh if lang == 'zh' else due.period.en}"]
    if due.target != due.due:
        lines.append(f"{words['target']} {due.target}")
    if spec.basis:
        lines.append(f"{words['basis']}: {spec.basis}")
    if due.provisional:
        lines.append(words["provisional"])
    entry.add("description", "\n".join(lines))
    entry.add("status", "TENTATIVE" if due.provisional else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    return entry


def _hearing(icalendar: Any, flow: Flow, case: Case, field: str, lang: Language, length: timedelta) -> Entry:
    entry: Entry = _entry(icalendar, flow, case, field, lang)
    start = datetime.fromisoformat(case.data[field]).astimezone(UTC)
    entry.add("summary", f"{flow.title.in_(lang)} · {case.id}")
    entry.add("dtstart", start)
    entry.add("dtend", start + length)
    entry.add("status", "CONFIRMED")
    return entry


def _entry(icalendar: Any, flow: Flow, case: Case, name: str, lang: Language) -> Entry:
    entry: Entry = icalendar.Event()
    entry.add("uid", f"{case.id}.{name}@{HOST}")
    entry.add("dtstamp", case.changed_at.astimezone(UTC))
    entry.add("sequence", case.version)
    state = flow.states[case.state]
    entry.add("categories", [titled(state.title, case.state, lang)])
    return entry


def _add(calendar: Feed, entry: Entry, alarms: tuple[int, ...]) -> None:
    import icalendar

    for days in alarms:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", str(entry["summary"]))
        alarm.add("trigger", timedelta(days=-days))
        entry.add_component(alarm)
    calendar.add_component(entry)


def _hearing_field(flow: Flow, hearings: Mapping[str, str]) -> str | None:
    names = (flow.id, *(name.partition("@")[0] for name in flow.lineage))
    return next((hearings[name] for name in names if name in hearings), None)
