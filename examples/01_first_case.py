"""One petition, from the counter to the archive, in memory: open, fire, be refused, read, verify."""

import xinfang_flow as xf

clock = xf.ManualClock("2026-03-02T09:00:00+08:00")
engine = xf.Engine.in_memory(clock=clock)

clerk = xf.Actor("li", roles={"clerk"}, org="xianju")
centre = xf.Actor("wang", roles={"dispatcher"}, org="xianju")
proxy = xf.Actor("zhang", roles={"proxy"}, org="xianju")
caller = xf.Actor("zhou", roles={"caller"}, org="xianju")
archivist = xf.Actor("sun", roles={"archivist"}, org="xianju")

case = engine.open(
    "proxy_petition",
    {
        "intake": "first_visit",
        "register_no": "XJ20260001",
        "received_on": "2026-03-02",
        "petitioner": "张三",
        "township": "横溪镇",
        "form": "visit",
        "summary": "村道路灯不亮",
    },
    actor=clerk,
    key="register:XJ20260001",
)

# Out of order: refused with the reason, and nothing changes.
codes: list[str] = []
try:
    engine.fire(case.id, "archive", actor=archivist)
except xf.RefusedError as refused:
    print(refused)
    codes = [reason.code for reason in refused.reasons]
assert codes == ["not_from_here"]
assert engine.get(case.id, actor=clerk) == case

engine.fire(case.id, "screen", {"level": "county", "opinion_owed": False}, actor=clerk)
engine.fire(case.id, "assign", {"to": "zhang", "pool": "resident"}, actor=centre)
assert [task.name for task in engine.tasks(actor=proxy).items] == ["proxy"]

clock.advance(xf.Period(working_days=3))
engine.fire(case.id, "match", {"department": "交通局"}, actor=proxy)
engine.fire(case.id, "accompany", {"record": "陪同到交通局，约定三日内检修"}, actor=proxy)
engine.fire(case.id, "feed_back", {"result": "路灯已修好"}, actor=proxy)
engine.fire(case.id, "call_back", {"satisfaction": "satisfied"}, actor=caller)
for item in ("intake_sheet", "errand_records", "result_sheet", "follow_up_sheet"):
    engine.fire(case.id, "tick", {"item": item}, actor=archivist)
case = engine.fire(case.id, "archive", actor=archivist)

for event in engine.history(case.id, actor=clerk):
    print(event.seq, f"{event.at:%Y-%m-%d}", event.trigger or event.kind, event.actor)

assert (case.state, case.done, case.version) == ("archived", True, 12)
assert engine.verify(case.id, actor=clerk).ok
