"""What happens to each petition of the demo register: who does what on which day, drawn from a fixed seed.

The same register gives the same story.  What happened before the system was there is entered on its first day, each
step under its own date; the rest happens as the clock goes on.  Each step has its own idempotency key, so that a
demonstration that was broken off goes on where it stopped.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from xinfang_flow.kernel import Actor, Case
from xinfang_flow.law import Calendar

SEED = 20260401
BEGIN, END = date(2026, 4, 1), date(2026, 4, 24)
ORG = "xianju"

CLERK = Actor("li", {"clerk"}, ORG)
DISPATCHER = Actor("wang", {"dispatcher"}, ORG)
CALLER = Actor("xu", {"caller"}, ORG)
ARCHIVIST = Actor("he", {"archivist"}, ORG)
SUPERVISOR = Actor("gao", {"supervisor"}, ORG)
PROXIES = {
    "resident": tuple(Actor(name, {"proxy"}, ORG) for name in ("chen", "zhao")),
    "rotating": tuple(Actor(name, {"proxy"}, ORG) for name in ("sun", "qian")),
    "township": tuple(Actor(name, {"proxy"}, ORG) for name in ("wu", "zheng", "feng")),
}
ITEMS = ("intake_sheet", "errand_records", "result_sheet", "follow_up_sheet")
TEXTS = {
    "record": ("陪同到窗口递交材料，窗口当场受理。", "代为查询办理进度，已告知信访人。", "到现场核实情况，拍照留存。"),
    "result": (
        "职能部门已答复并整改，信访人知晓。",
        "经协调，双方达成一致。",
        "已说明政策依据，补齐材料后办结。",
    ),
    "again": ("信访人认为整改不到位，要求再次核实。", "承诺事项未按时完成。"),
    "hand_over": ("轮驻期满，移交下一任。", "原代访员调休。"),
    "refer": ("诉求涉及行政机关履职，依法转入信访程序。",),
    "withdraw": ("信访人表示问题已自行解决。",),
    "missed": ("电话无人接听。", "号码已停机，已发短信。"),
    "urge": ("办理期限已过，请尽快反馈。",),
    "unreached": ("回访期内多次联系未果。",),
    "opinion": ("属申诉事项，依法须出具书面处理意见。", "咨询、求助类事项，口头答复即可。"),
    "redirect": ("属纪检监察机关受理范围，引导至有权机关。",),
}


class Step(NamedTuple):
    """One step: when it happens, on which case, what, with what, by whom."""

    at: datetime
    number: str
    trigger: str
    payload: Mapping[str, Any]
    actor: Actor
    order: int

    @property
    def key(self) -> str:
        """Its idempotency key."""
        return f"demo:{self.number}:{self.order}"


class Days:
    """Working days of the story."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._calendar, self._zone = Calendar.china(), zone

    def on(self, day: date, after: int, hour: int, minute: int = 0) -> datetime:
        """Return a moment so many working days after a day."""
        while after > 0 or not self._calendar.is_working_day(day):
            day += timedelta(days=1)
            after -= self._calendar.is_working_day(day)
        return datetime.combine(day, time(hour, minute), self._zone)


class Telling:
    """The story of one petition."""

    def __init__(self, case: Case, earlier: str | None, days: Days) -> None:
        self.data, self.earlier, self.days = case.data, earlier, days
        self.number = str(case.data["register_no"])
        self.random = random.Random(f"{SEED}:{self.number}")  # noqa: S311  repeatable chance
        self.steps: list[Step] = []
        self.now = case.opened_at.astimezone(days.on(BEGIN, 0, 9).tzinfo)
        self.owed = case.data.get("purpose") == "appeal"
        self.ordered = case.data.get("remark") == "请优先安排代访"

    def chance(self, percent: int) -> bool:
        """Draw."""
        return self.random.random() * 100 < percent

    def text(self, kind: str) -> str:
        """Draw one of the sentences."""
        return str(self.random.choice(TEXTS[kind]))

    def do(self, actor: Actor, trigger: str, wait: int = 0, **payload: Any) -> None:
        """Add a step, so many working days after the one before it."""
        if wait:
            self.now = self.days.on(self.now.date(), wait, 9 + self.random.randrange(8), self.random.randrange(60))
        else:
            self.now += timedelta(minutes=2)
        self.steps.append(Step(self.now, self.number, trigger, payload, actor, len(self.steps) + 1))

    def tell(self) -> list[Step]:
        """Tell it."""
        if self._leaves_at_once() or self.chance(3):
            return self.steps  # or nobody has looked at it yet
        self._screen()
        if self.chance(5):
            self.do(CLERK, "refer", 1, reason=self.text("refer"))
        elif self.chance(4):
            self.do(CLERK, "withdraw", 2, reason=self.text("withdraw"))
        elif not self.chance(2):
            self._handle()
        return self.steps

    def _leaves_at_once(self) -> bool:
        if self.data["intake"] == "repeat":
            self.do(CLERK, "mark_duplicate", 1, duplicate_of=self.earlier or "2025年登记件")
        elif self.data.get("purpose") == "accusation":
            self.do(CLERK, "redirect", 1, destination="县纪委县监委机关", reason=self.text("redirect"))
        return bool(self.steps)

    def _screen(self) -> None:
        payload: dict[str, Any] = {"opinion_owed": self.owed}
        if self.ordered:
            payload["ordered"] = True
        self.do(DISPATCHER, "screen", self.random.randrange(1, 3), **payload)

    def _handle(self) -> None:
        pool = "rotating" if self.ordered else str(self.random.choice(("resident", "rotating", "township", "township")))
        proxy = self.random.choice(PROXIES[pool])
        self.do(DISPATCHER, "assign", 1 if self.chance(90) else 4, pool=pool, to=proxy.id)
        if self.chance(8):
            other = next(each for each in PROXIES[pool] if each.id != proxy.id)
            self.do(DISPATCHER, "hand_over", 2, to=other.id, reason=self.text("hand_over"))
            proxy = other
        self.do(proxy, "match", 1, department=self.data.get("responsible", "县信访局"))
        for _ in range(self.random.randrange(1, 3)):
            self.do(proxy, "accompany", self.random.randrange(1, 4), record=self.text("record"))
        if self.chance(5):
            self.do(SUPERVISOR, "urge", 14, reason=self.text("urge"))  # and still nothing
            return
        late = self.chance(8)
        if late and self.chance(40):
            self.do(DISPATCHER, "extend", 1, reason="职能部门需现场复核。")
        self.do(
            proxy,
            "feed_back",
            self.random.randrange(12, 18) if late else self.random.randrange(1, 8),
            result=self.text("result"),
        )
        self._follow_up(proxy)

    def _follow_up(self, proxy: Actor) -> None:
        if self.chance(6):
            self._never_reached()
            return
        if self.chance(10):
            self._call("dissatisfied")
            self.do(CALLER, "reopen", reason=self.text("again"))
            self.do(proxy, "accompany", 2, record=self.text("record"))
            self.do(proxy, "feed_back", self.random.randrange(2, 5), result=self.text("result"))
        self._call("satisfied" if self.chance(72) else "basically_satisfied" if self.chance(80) else "unrated")
        if self.owed and self.chance(10):
            return  # the opinion has not been served, so the file stays open
        if self.owed:
            self.do(CLERK, "record_service", 1, opinion_served=self.now.date().isoformat())
        self._tick_all()
        self.do(ARCHIVIST, "archive", 1)

    def _call(self, word: str) -> None:
        self.do(CALLER, "call_back", self.random.randrange(1, 5), satisfaction=word)

    def _tick_all(self) -> None:
        for item in ITEMS:
            self.do(ARCHIVIST, "tick", int(item == ITEMS[0]), item=item)

    def _never_reached(self) -> None:
        """Two calls in vain; once the follow-up period is over and the clock has said so, the supervisor may close."""
        for wait in (2, 3):
            self.do(CALLER, "miss_call", wait, record=self.text("missed"))
        if self.owed or self.chance(40):
            return
        self._tick_all()
        self.now = max(self.days.on(self.now.date(), 8, 16), self.days.on(BEGIN, 2, 16))
        self.do(SUPERVISOR, "archive_unreached", reason=self.text("unreached"))


def tell(cases: Iterable[Case], zone: ZoneInfo) -> Iterator[Step]:
    """Yield every step of the story in the order of time, up to its end."""
    days = Days(zone)
    first: dict[tuple[Any, Any], str] = {}
    steps: list[Step] = []
    for case in sorted(cases, key=lambda case: str(case.data["register_no"])):
        number = str(case.data["register_no"])
        earlier = first.setdefault((case.data.get("petitioner"), case.data.get("category")), number)
        steps += Telling(case, earlier if earlier != number else None, days).tell()
    steps.sort(key=lambda step: (step.at, step.number, step.order))
    return (step for step in steps if step.at.date() <= END)
