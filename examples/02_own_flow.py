"""A flow of your own, written in Python; the same flow from a TOML document is equal, digest and all."""

from pathlib import Path
from tempfile import TemporaryDirectory

import xinfang_flow as xf

flow = (
    xf.define("suggestion", title=("意见建议", "Suggestion"), basis=["信访工作条例第29条"])
    .role("clerk", ("登记员", "Clerk"))
    .role("office", ("承办单位", "Office"))
    .figure("reply_time", working_days=10, source="example: a county sets its own", example=True)
    .field("summary", title=("内容", "Summary"))
    .field("adopted", "boolean", title=("是否采纳", "Adopted"))
    .state("received", initial=True, title=("已登记", "Received"))
    .state("studied", title=("研究中", "Being studied"))
    .state("replied", final=True, outcome="replied", title=("已回复", "Replied"))
    .opening(roles="clerk", takes=["summary"])
    .transition("study", "received", "studied", roles="office")
    .transition("reply", "studied", "replied", roles="office", takes=["adopted"])
    .deadline("reply", starts={"fires": "open"}, met_by={"enters": "replied"}, period="figures.reply_time")
    .build()
)
assert xf.check(flow) == []

TOML = """
id = "suggestion"
version = 1
title = { zh = "意见建议", en = "Suggestion" }
basis = ["信访工作条例第29条"]
initial = "received"

[roles]
clerk = { title = { zh = "登记员", en = "Clerk" } }
office = { title = { zh = "承办单位", en = "Office" } }

[figures]
reply_time = { working_days = 10, source = "example: a county sets its own", example = true }

[fields]
summary = { title = { zh = "内容", en = "Summary" } }
adopted = { type = "boolean", title = { zh = "是否采纳", en = "Adopted" } }

[states]
received = { title = { zh = "已登记", en = "Received" } }
studied = { title = { zh = "研究中", en = "Being studied" } }
replied = { final = true, outcome = "replied", title = { zh = "已回复", en = "Replied" } }

[open]
roles = ["clerk"]
takes = ["summary"]

[[transition]]
trigger = "study"
source = "received"
dest = "studied"
roles = ["office"]

[[transition]]
trigger = "reply"
source = "studied"
dest = "replied"
roles = ["office"]
takes = ["adopted"]

[[deadline]]
name = "reply"
period = "figures.reply_time"
starts = { fires = "open" }
met_by = { enters = "replied" }
"""
with TemporaryDirectory() as folder:
    path = Path(folder, "suggestion.toml")
    path.write_text(TOML, encoding="utf-8")
    assert xf.load_flow(str(path)).digest == flow.digest

engine = xf.Engine.in_memory(flows=[flow], clock=xf.ManualClock("2026-04-27T09:00:00+08:00"))
clerk = xf.Actor("li", roles={"clerk"})
office = xf.Actor("chen", roles={"office"})

case = engine.open("suggestion", {"summary": "增设夜间公交"}, actor=clerk)
print("\n".join(case.deadlines["reply"].due.because.zh))
assert case.deadlines["reply"].due.due.isoformat() == "2026-05-13"  # over Labour Day; Saturday 9 May is worked

engine.fire(case.id, "study", actor=office)
case = engine.fire(case.id, "reply", {"adopted": True}, actor=office)
assert (case.outcome, case.deadlines["reply"].state) == ("replied", "met")
print(xf.draw(flow))
