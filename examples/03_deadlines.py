"""Time as the law counts it: due dates with their reasons, and what the clock does to a case."""

from datetime import date, datetime

import xinfang_flow as xf

china = xf.Calendar.china()

# Sixty days from acceptance on 2 March end on 1 May, a holiday: Wednesday 6 May is in time, the 7th is late.
due = china.due(date(2026, 3, 2), xf.Period(days=60))
print(*due.because.en, sep="\n")
assert (due.nominal, due.due, due.target) == (date(2026, 5, 1), date(2026, 5, 6), date(2026, 4, 30))
assert due.at == datetime.fromisoformat("2026-05-07T00:00:00+08:00")

# An extension lengthens the period from its base, never the rolled date.
longer = china.due(date(2026, 3, 2), xf.Period(days=60) + xf.Period(days=30))
assert longer.due == date(2026, 6, 1)  # 31 May is a Sunday

# Three days before a hearing on Tuesday 12 May: Saturday the 9th, which is worked.
assert china.before(date(2026, 5, 12), xf.Period(days=3)).due == date(2026, 5, 9)

# In a case: armed, warned, breached; each is an event of its own, once, however late the clock looks.
clock = xf.ManualClock("2026-03-02T09:00:00+08:00")
engine = xf.Engine.in_memory(clock=clock)
clerk = xf.Actor("li", roles={"clerk"})
centre = xf.Actor("wang", roles={"dispatcher"})
case = engine.open(
    "proxy_petition",
    {
        "intake": "first_letter",
        "register_no": "XJ20260002",
        "received_on": "2026-03-02",
        "township": "下各镇",
        "form": "online",
        "summary": "自来水水压不足",
    },
    actor=clerk,
)
engine.fire(case.id, "screen", actor=clerk)
case = engine.fire(case.id, "assign", {"to": "zhang", "pool": "rotating"}, actor=centre)
handling = case.deadlines["handling"]
assert (handling.state, handling.due.due) == ("armed", date(2026, 3, 23))

clock.set("2026-03-25T08:00:00+08:00")
engine.tick()
assert engine.tick() == 0
case = engine.get(case.id, actor=clerk)
assert case.deadlines["handling"].state == "breached"
assert [late.id for late in engine.find(actor=clerk, overdue=True).items] == [case.id]

breach = engine.history(case.id, actor=clerk)[-1]
print(breach.kind, breach.payload["deadline"], "at", breach.at, "noticed", breach.recorded_at)
assert (breach.kind, breach.at, breach.recorded_at) == ("breached", handling.due.at, clock.now())
