"""Commands about flows and dates, which need no database: `flows check test draw schema due`."""

from __future__ import annotations

import re
import sys
from collections import Counter
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from xinfang_flow.causes import file_cause
from xinfang_flow.cli import views
from xinfang_flow.cli.face import Face
from xinfang_flow.cli.troubles import REFUSED
from xinfang_flow.errors import FlowError, InputError, StoreError
from xinfang_flow.text import Text

if TYPE_CHECKING:
    from xinfang_flow.flow.model.flow import Flow
    from xinfang_flow.law import Due

CASES = ".cases.toml"
CHINESE = {"工作日": "working days", "日": "days", "天": "days", "小时": "hours", "月": "months", "分钟": "minutes"}
Names = Annotated[list[str], typer.Argument(metavar="FLOW…", help="arg.flow")]
Output = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="opt.output")]
Name = Annotated[str, typer.Argument(metavar="FLOW", help="arg.flow")]


def flows(face: Face) -> None:
    """List the standard flows."""
    from xinfang_flow.flows import list_flows, load_flow

    loaded = [load_flow(name) for name in list_flows()]
    heads = [face.words(f"flows.{key}") for key in ("name", "title", "states", "steps", "extends")]
    rows = [
        (flow.name, flow.title.in_(face.lang), len(flow.states), len(flow.triggers), "".join(flow.lineage[:1]))
        for flow in loaded
    ]
    face.show(views.table(heads, rows, right=(2, 3)))
    face.answer([
        {"id": flow.id, "version": flow.version, "title": flow.title._asdict(), "digest": flow.digest,
         "extends": next(iter(flow.lineage), None), "states": len(flow.states), "triggers": len(flow.triggers)}
        for flow in loaded
    ])  # fmt: skip


def check(face: Face, names: Names) -> None:
    """Print findings as a compiler does."""
    answers = [_check(face, name) for name in names]
    face.answer(answers[0] if len(answers) == 1 else answers)


def _check(face: Face, name: str) -> dict[str, Any]:
    from xinfang_flow.flow.checks.check import check as findings_of
    from xinfang_flow.flows import load_flow

    flow: Flow | None = None
    try:
        flow = load_flow(name, unchecked=True)
        findings = findings_of(flow)
    except FlowError as error:
        if not error.findings:
            raise
        findings = list(error.findings)
    for finding in findings:
        face.show(finding.line(face.lang))
    severities = Counter(finding.severity for finding in findings)
    if flow is not None:
        facts = {"states": len(flow.states), "steps": len(flow.transitions), "deadlines": len(flow.deadlines)}
        face.say("check.size", name=flow.name, **facts)
    face.say("check.count" if findings else "check.ok", errors=severities["error"], warnings=severities["warning"])
    if severities["error"]:
        face.code = REFUSED
    listed = [
        {"code": finding.code, "severity": finding.severity, "where": finding.where,
         "message": finding.message._asdict(), "witness": finding.witness}
        for finding in findings
    ]  # fmt: skip
    return {"flow": flow.name if flow else name, "ok": not severities["error"], "findings": listed}


def test(face: Face, names: Names) -> None:
    """Run worked cases."""
    from xinfang_flow.testing.worked import run_worked_cases

    results = [(name, result) for name in names for result in run_worked_cases(cases_beside(face, name))]
    for _, result in results:
        face.show(f"{face.words('test.ok') if result.ok else face.words('test.failed')} {result.title.in_(face.lang)}")
        for problem in result.problems:
            face.show(f"     {face.words('test.step', number=problem.step)} {problem.message.in_(face.lang)}")
    failed = sum(not result.ok for _, result in results)
    face.say("test.count", passed=len(results) - failed, failed=failed)
    if failed:
        face.code = REFUSED
    face.answer([
        {"flow": name, "name": result.name, "ok": result.ok,
         "problems": [{"step": problem.step, "message": problem.message._asdict()} for problem in result.problems]}
        for name, result in results
    ])  # fmt: skip


def cases_beside(face: Face, name: str) -> Path:
    """Return the file of worked cases of a flow, or the file itself.

    Raises:
        InputError: there is none.
    """
    if Path(name).is_dir():
        raise InputError(face.words("error.folder", path=name))
    if name.endswith(CASES):
        path = Path(name)
    elif name.endswith((".toml", ".json")) or "/" in name:
        path = Path(name).with_name(Path(name).stem + CASES)
    else:
        from xinfang_flow.flows import worked_cases_of

        with suppress(InputError):
            return worked_cases_of(name)
        path = Path(name.partition("@")[0] + CASES)
    if not path.is_file():
        raise InputError(face.words("error.no_cases", name=name, path=path.name))
    return path


def draw(
    face: Face,
    name: Name,
    format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="opt.format")] = "mermaid",
    output: Output = "",
    highlight: Annotated[str, typer.Option("--highlight", metavar="STATE", help="opt.highlight")] = "",
) -> None:
    """Draw a flow."""
    from xinfang_flow.flow.draw import draw as drawn
    from xinfang_flow.flows import load_flow

    kind = cast("Literal['mermaid', 'dot', 'svg']", format)
    flow = load_flow(name, unchecked=True)
    picture = drawn(flow, kind, lang=face.lang, highlight=highlight or None).rstrip("\n") + "\n"
    _put_out(face, picture, output)
    face.answer({"format": format, "file": output or None, "picture": None if output else picture})


def schema(face: Face, output: Output = "") -> None:
    """Print the JSON Schema of the flow format."""
    from xinfang_flow.flow.writing.schema import flow_schema, schema_text

    _put_out(face, schema_text(), output)
    face.answer({"file": output} if output else flow_schema())


def _put_out(face: Face, text: str, output: str) -> None:
    """Write a text to a file, or to the console unless it wants one JSON document."""
    if output:
        try:
            Path(output).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise StoreError(
                Text(f"{output} 无法写入：{file_cause(error).zh}", f"{output} cannot be written: {error.strerror}")
            ) from error
        face.say("written.done", path=output)
    elif not face.json:
        sys.stdout.write(text)


def due(
    face: Face,
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="arg.period")],
    start: Annotated[str, typer.Option("--from", metavar="DATE", help="opt.from")],
    *,
    policy: Annotated[str, typer.Option("--policy", metavar="POLICY", help="opt.policy")] = "civil",
    before: Annotated[bool, typer.Option("--before", help="opt.before")] = False,
    closes: Annotated[str, typer.Option("--closes", metavar="HH:MM", help="opt.closes")] = "",
    why: Annotated[bool, typer.Option("--why", help="opt.why")] = False,
) -> None:
    """Compute a due date."""
    from xinfang_flow.law import Calendar, Period

    calendar, length, base = Calendar.china(), Period.parse(_in_english(period)), _base(face, start)
    rule = cast("Literal['civil', 'strict']", policy)
    if policy not in ("civil", "strict"):
        raise InputError(face.words("error.policy", given=policy))
    if before and closes:
        raise InputError(face.words("error.closes_before"))
    if before:
        found = calendar.before(base, length, rule)
    else:
        found = calendar.due(base, length, rule, closes=_closing(face, closes) if closes else None)
    _tell_due(face, found, why=why)


def _in_english(period: str) -> str:
    """Return a period as the law's own room reads it: 60日, which we print ourselves, is "60 days"."""
    found = re.fullmatch(r"\s*(\d+)\s*个?(工作日|日|天|小时|月|分钟)\s*", period)
    return f"{found[1]} {CHINESE[found[2]]}" if found else period


def _tell_due(face: Face, found: Due, *, why: bool) -> None:
    words = face.words
    rows = [(words(f"due.{key}"), _day(face, getattr(found, key))) for key in ("nominal", "due", "target")]
    late = f"{found.at:%Y-%m-%d %H:%M %z}" if found.direction == "forward" else ""
    rows += [(words("due.at"), late)] if late else []
    rows.append((words("due.provisional"), words("due.yes" if found.provisional else "due.no")))
    rows.append((words("due.edition"), found.edition))
    face.show(views.facts(rows))
    lines = found.because.zh if face.lang == "zh" else found.because.en
    if why:
        face.show("", *lines)
    reasoning = {"zh": list(found.because.zh), "en": list(found.because.en)} if why else None
    face.answer({
        "nominal": found.nominal, "due": found.due, "target": found.target, "at": found.at.isoformat(),
        "provisional": found.provisional, "policy": found.policy, "direction": found.direction,
        "calendar": found.calendar, "edition": found.edition, "because": reasoning,
    })  # fmt: skip


def _day(face: Face, day: date) -> str:
    weekday = "一二三四五六日"[day.weekday()] if face.lang == "zh" else f"{day:%a}"
    return f"{day}（星期{weekday}）" if face.lang == "zh" else f"{day} ({weekday})"


def _base(face: Face, text: str) -> date | datetime:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(face.words("error.start", given=text)) from error
    if moment.tzinfo is None:
        raise InputError(Text(f"{text} 没有时区，请写成 {text}+08:00", f"{text!r} has no zone: write {text}+08:00"))
    return moment


def _closing(face: Face, text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise InputError(face.words("error.closes", given=text)) from error
