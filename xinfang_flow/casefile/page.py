"""The readable page of a case file: plain HTML, made from the machine part alone, with nothing to fetch or to run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from xinfang_flow.casefile import tree as linked, words
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Case, Event
from xinfang_flow.kernel.canonical import moment_of
from xinfang_flow.kernel.records import slot as slot_record, task as task_record
from xinfang_flow.text import Language

RENDERER = 3
"""Counted up whenever the page of the same case would read differently, so that older files are not called false."""

_STYLE = """
:root{--ink:#1c2330;--soft:#5b6472;--line:#d7dce3;--wash:#f5f7fa}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:2rem 1.25rem 4rem;color:var(--ink);background:#fff;
font:15px/1.65 "Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif}
h1{font-size:1.6rem;margin:0}
h2{font-size:1.1rem;margin:2.2rem 0 .6rem;padding-bottom:.3rem;border-bottom:2px solid var(--ink)}
p.sub{color:var(--soft);margin:.2rem 0 1.2rem}p.warn{color:#8a1c1c;font-size:.88rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.38rem .6rem;
border-bottom:1px solid var(--line);overflow-wrap:anywhere;white-space:pre-line}
th{color:var(--soft);font-weight:600;white-space:nowrap}tbody th{width:9rem}
.facts{background:var(--wash);border:1px solid var(--line)}
code{font:12px/1.5 ui-monospace,Consolas,monospace;color:var(--soft);overflow-wrap:anywhere}
.red,.yellow,.green,.grey{display:inline-block;padding:0 .5rem;border-radius:.7rem;font-size:.85rem;white-space:nowrap}
.red{background:#fbe3e1;color:#8a1c1c}.yellow{background:#fdf1cf;color:#6d4c00}
.green{background:#e0f2e4;color:#175c2b}.grey{background:#eceff3;color:var(--soft)}
ol.line{list-style:none;margin:0;padding:0 0 0 1.1rem;border-left:2px solid var(--line)}
ol.line li{position:relative;margin:0 0 1rem}ol.line li::before{content:"";position:absolute;left:-1.47rem;top:.5rem;
width:.6rem;height:.6rem;border-radius:50%;background:var(--ink)}
.who{color:var(--soft)}
ul.tree,ul.tree ul{list-style:none;margin:.2rem 0;padding:0 0 0 1.1rem;border-left:2px solid var(--line)}
ul.tree li{margin:.5rem 0;overflow-wrap:anywhere}
ol.line dl{display:grid;grid-template-columns:max-content 1fr;gap:.05rem .8rem;margin:.2rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;white-space:pre-line}
details{margin:.4rem 0}summary{cursor:pointer}details ol{columns:2;font-size:.82rem;color:var(--soft);margin:.4rem 0}
details li{break-inside:avoid}
@media (max-width:40rem){details ol{columns:1}tbody th{width:auto}
table:has(thead){display:block;overflow-x:auto}table:has(thead) td{overflow-wrap:break-word}
ol.line dl{grid-template-columns:1fr}dd{padding-left:.8rem}}
@media print{body{max-width:none;padding:0;font-size:11pt}h2,li{break-after:avoid}li,tr{break-inside:avoid}
details::details-content{content-visibility:visible;block-size:auto}}
"""
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'"
)
_WORDS = {
    "file": ("一案一档", "Case file"),
    "personal": ("本档含个人信息，请依法保管。", "This file holds personal data: keep it as the law requires."),
    "case": ("编号", "Case"), "flow": ("流程", "Flow"), "state": ("环节", "State"), "stage": ("阶段", "Stage"),
    "opened": ("登记时间", "Opened"), "written": ("成档时间", "Written"), "org": ("所属单位", "Organ"),
    "version": ("留痕数", "Events"),
    "data": ("登记与办理数据", "Data"), "deadlines": ("期限", "Deadlines"), "tasks": ("任务", "Tasks"),
    "links": ("关联事项", "Linked cases"), "history": ("办理留痕", "History"), "proof": ("校验", "Proof"),
    "name": ("名称", "Name"), "period": ("期限", "Period"), "start": ("起算日", "Counted from"),
    "due": ("截止日", "Due"),
    "light": ("状态", "Standing"), "reasoning": ("计算过程", "Reasoning"), "holder": ("承担", "Owed by"),
    "by": ("经手", "By"), "recorded": ("补录于", "entered"), "provisional": ("暂定", "provisional"),
    "stood": (
        "关联事项为成档时所见，以其各自的案卷为准。",
        "Linked cases as they stood when this file was written; each is proved by its own case file.",
    ),
    "none": ("无", "none"), "head": ("末条摘要", "Head"), "digest": ("流程摘要", "Flow digest"),
    "how": (
        "每条留痕的摘要、链条、承诺值均可脱离数据库校验：xinfang-flow verify 本文件。末条摘要应与库外留存的比对。",
        "It verifies without a database: xinfang-flow verify THIS-FILE. Compare the head with one kept elsewhere.",
    ),
}  # fmt: skip


class _Page:
    """What every part of the page needs."""

    def __init__(self, document: Mapping[str, Any], case: Case, flow: Flow) -> None:
        self.document, self.case, self.flow = document, case, flow
        self.lang: Language = "en" if document["lang"] == "en" else "zh"
        self.written: datetime = moment_of(document["written_at"])
        self.zone = words.zone_of(case, ZoneInfo(document.get("zone", words.HOME.key)))

    def say(self, key: str) -> str:
        """Return a word of the page."""
        return words.pick(_WORDS[key], self.lang)

    def local(self, moment: datetime) -> str:
        """Return a moment as the local minute of the case."""
        return words.local(moment, self.zone)


def page(document: Mapping[str, Any], case: Case, events: Sequence[Event], flow: Flow, machine: str) -> str:
    """Return the whole page with the machine part embedded."""
    made = _Page(document, case, flow)
    title = f"{made.say('file')} {words.name_of(case, flow)}"
    parts = [
        _head(made), _data(made), _deadlines(made), _tasks(made), _links(made), _history(made, events), _proof(made),
    ]  # fmt: skip
    return "\n".join([
        "<!doctype html>",
        f'<html lang="{"zh-CN" if made.lang == "zh" else "en"}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        *(part for part in parts if part),
        machine,
        "</body>",
        "</html>",
        "",
    ])  # fmt: skip


def _table(rows: Iterable[Sequence[str]], heads: Sequence[str] = (), kind: str = "") -> str:
    """Return a table of cells that are HTML already; without heads the first cell of a row is its head."""
    top = "<thead><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr></thead>" if heads else ""
    first = "td" if heads else "th"
    body = "".join(
        f"<tr><{first}>{row[0]}</{first}>" + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>\n" for row in rows
    )
    return f'<table class="{kind}">{top}<tbody>\n{body}</tbody></table>'


def _section(made: _Page, key: str, body: str) -> str:
    return f"<h2>{made.say(key)}</h2>\n{body}"


def _head(made: _Page) -> str:
    case, flow, lang = made.case, made.flow, made.lang
    facts = [
        (made.say("case"), f"<code>{escape(case.id)}</code>"),
        (made.say("flow"), escape(f"{flow.title.in_(lang)} · {flow.name}")),
        (made.say("stage"), escape(words.stage_title(flow, case.stage, lang))),
        (made.say("state"), escape(words.state_title(flow, case.state, lang))),
        (made.say("opened"), made.local(case.opened_at)),
        (made.say("org"), escape(case.org or made.say("none"))),
        (made.say("version"), str(case.version)),
        (made.say("written"), f"{made.local(made.written)} ({made.zone.key})"),
    ]
    about = escape(f"{flow.title.in_(lang)} · {words.name_of(case, flow)}")
    return (
        f'<h1>{made.say("file")}</h1>\n<p class="sub">{about}</p>\n'
        + _table(facts, kind="facts")
        + f'\n<p class="warn">{made.say("personal")}</p>'
    )


def _data(made: _Page) -> str:
    flow, lang = made.flow, made.lang
    order = words.fields_in_order(flow, made.case.data)
    rows = [
        (
            escape(words.field_title(flow, name, lang)),
            escape(words.value_text(flow, name, made.case.data[name], lang, made.zone)),
        )
        for name in order
    ]
    return _section(made, "data", _table(rows)) if rows else ""


def _deadlines(made: _Page) -> str:
    rows, reasons = [], []
    for name, deadline in made.case.deadlines.items():
        standing = words.standing(deadline, made.written, made.lang)
        due, title = deadline.due, escape(words.deadline_title(made.flow, name, made.lang))
        period = due.period.zh if made.lang == "zh" else due.period.en
        doubt = f" ({made.say('provisional')})" if due.provisional else ""
        lamp = f'<span class="{standing.light}">{escape(standing.text)}</span>'
        rows.append((title, escape(period), f"{due.start:%Y-%m-%d}", f"{due.due}{doubt}", lamp))
        lines = made.document["reasoning"].get(name, {}).get(made.lang, ())
        listed = "".join(f"<li>{escape(str(line))}</li>\n" for line in lines)
        reasons.append(f"<details><summary>{made.say('reasoning')} · {title}</summary><ol>\n{listed}</ol></details>")
    heads = [made.say(key) for key in ("name", "period", "start", "due", "light")]
    return _section(made, "deadlines", _table(rows, heads) + "\n" + "\n".join(reasons)) if rows else ""


def _tasks(made: _Page) -> str:
    flow, lang, rows = made.flow, made.lang, []
    for name, task in made.case.tasks.items():
        for slot in task_record.slots(task.record):
            act = slot_record.last_act(slot)
            settled = f"{act[0]} · {made.local(act[1])}" if act else ""
            state = words.slot_state(slot, lang, ended=task.state == "cancelled")
            cells = (words.task_title(flow, name, lang), words.slot_name(flow, slot, lang), state, settled)
            rows.append(tuple(escape(cell) for cell in cells))
    heads = [made.say(key) for key in ("name", "holder", "light", "by")]
    return _section(made, "tasks", _table(rows, heads)) if rows else ""


def _links(made: _Page) -> str:
    nodes = linked.own(made.case, made.document.get("linked", ()))
    said = f'<p class="sub">{made.say("stood")}</p>\n'
    return _section(made, "links", said + _branches(made, nodes, "tree")) if nodes else ""


def _branches(made: _Page, nodes: Sequence[Mapping[str, Any]], kind: str = "") -> str:
    return f'<ul class="{kind}">\n' + "\n".join(_branch(made, node) for node in nodes) + "\n</ul>"


def _branch(made: _Page, node: Mapping[str, Any]) -> str:
    tie, name, standing = (escape(part) for part in linked.lines(node, made.lang))
    below = "\n" + _branches(made, node["linked"]) if node["linked"] else ""
    return (
        f'<li><span class="who">{tie}</span><br><strong>{name}</strong> — {standing}{_number(made, node)}{below}</li>'
    )


def _number(made: _Page, node: Mapping[str, Any]) -> str:
    """Return under which id, and at which head, a case that may be seen stood as it is told."""
    stands = node["stands"]
    if stands is None:
        return ""
    parts = [made.say("head"), stands["head"]]
    if stands["name"] != node["case_id"]:
        parts = [node["case_id"], "·", *parts]
    return f"<br><code>{escape(' '.join(parts))}</code>"


def _history(made: _Page, events: Sequence[Event]) -> str:
    return _section(
        made, "history", '<ol class="line">\n' + "\n".join(_event(made, event) for event in events) + "\n</ol>"
    )


def _event(made: _Page, event: Event) -> str:
    flow, lang = made.flow, made.lang
    late = f" · {made.say('recorded')} {made.local(event.recorded_at)}" if event.recorded_at != event.at else ""
    arrow = ""
    if event.source is not None and event.source != event.dest:
        arrow = f"{words.state_title(flow, event.source, lang)} → {words.state_title(flow, event.dest, lang)}"
    about = " · ".join(escape(part) for part in (words.doer(flow, event, lang), event.org or "", arrow) if part)
    lines = "".join(
        f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>\n"
        for label, text in words.event_lines(flow, event, lang, made.zone, reveal=True)
    )
    return (
        f"<li><strong>{event.seq}. {escape(words.event_title(flow, event, lang))}</strong> "
        f'{made.local(event.at)}{escape(late)}<br><span class="who">{about}</span>\n'
        f"<dl>\n{lines}</dl><code>{escape(event.hash)}</code></li>"
    )


def _proof(made: _Page) -> str:
    rows = [
        (made.say("head"), f"<code>{escape(made.case.head)}</code>"),
        (made.say("digest"), f"<code>{escape(made.flow.digest)}</code>"),
    ]
    return _section(made, "proof", _table(rows) + f"\n<p>{made.say('how')}</p>")
