"""Linhai's hearings replayed: 43 sessions that help to settle 84 matters, several of them in one session.

The seed gives 43 sessions and "80 and more" matters since last year; the dates, the people and the 84 are invented.
The timeline of one hearing is printed and drawn as SVG: `python examples/linhai_hearing.py [folder]`.
"""

import sys
from collections import Counter
from datetime import datetime, time, timedelta
from html import escape
from pathlib import Path

import xinfang_flow as xf

HERE = Path(__file__).resolve().parent
OUT = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out")
SESSIONS, MATTERS = 43, 84
ITEMS = ("attendance", "recusal_asked", "rights", "statements", "questions", "debate", "last_words")
VOTES = ("change", "change", "uphold", "change", "uphold")
QUOTAS = {"legal_expert": 1, "professional": 1, "delegate": 1, "notable": 1}

backlog = xf.load_flow(HERE / "linhai_backlog.toml")
hearing = xf.load_flow("linhai_example")  # the seed's workflow; figures that the seed leaves open are made up
china = xf.Calendar.china()
clock = xf.ManualClock("2021-01-04T08:00:00+08:00")
engine = xf.Engine.in_memory(flows=[backlog, hearing], clock=clock)

bureau = xf.Actor("bureau", roles={"bureau", "organiser"}, org="petition_bureau")
third_party = xf.Actor("sun", roles={"organiser", "reviewer", "recorder"}, org="third_party")
judge = xf.Actor("judge_zhou", roles={"chair"}, org="retired")
discipline = xf.Actor("xu", roles={"supervisor"}, org="discipline")
unit = xf.Actor("unit_li", roles={"handling_unit"}, org="housing")
roster = [
    xf.Candidate(f"{kind}_{number}", kind, "housing" if number == 1 else f"{kind}_organ_{number}")
    for kind in QUOTAS
    for number in range(1, 9)
]


def at(day: datetime, clock_time: str) -> datetime:
    """That day, at a time of the day; the clock moves with it."""
    moment = datetime.combine(day.date(), time.fromisoformat(clock_time), day.tzinfo)
    clock.set(max(moment, clock.now()))
    return moment


def working_day(day: datetime) -> datetime:
    """The first working day on or after."""
    while not china.is_working_day(day):
        day += timedelta(days=1)
    return day


def fire(case: xf.Case, trigger: str, payload: object = None, actor: xf.Actor = third_party) -> None:
    """One step of a hearing."""
    engine.fire(case.id, trigger, payload, actor=actor)


def applied(number: int, matters: list[xf.Case], petitioners: list[xf.Actor]) -> xf.Case:
    """Application, consent and pre-review (事前审查); every matter waits for the hearing."""
    parties = [{"actor": who.id, "side": "petitioner"} for who in petitioners]
    parties.append({"actor": unit.id, "side": "handling_unit"})
    asked = {"applicant": "handling_unit", "phase": "handling", "matter": f"第{number}场", "handling_unit": "housing"}
    case = engine.open("linhai_example", {**asked, "parties": parties}, actor=third_party, key=f"hearing-{number}")
    for matter in matters:
        engine.link(matter.id, case.id, "hearing", actor=bureau)
    for who in petitioners:
        fire(case, "consent", {"answer": "agree"}, who)
    fire(case, "accept", {"exclusion": "none"})
    fire(case, "examine", {"item": "handling_opinion"})
    fire(case, "examine", {"item": "solution_plan"})
    fire(case, "pass_review")
    return case


def prepared(case: xf.Case, number: int, held: datetime, petitioners: list[xf.Actor]) -> list[xf.Actor]:
    """Panel drawn, date set, notice served, evidence exchanged three days before (听前证据交换)."""
    seed = f"{clock.now():%Y-%m-%d} lottery {number:04d}"
    drawn = xf.draw_panel(roster, 5, seed=seed, kinds=QUOTAS, conflicts=["housing"])
    assert xf.verify_draw(drawn, roster), "anybody can draw again and see the same panel"
    named = {
        "chair": {"actor": judge.id, "kind": "retired_judge", "organ": "retired"},
        "panel": [{"actor": who.id, "kind": who.kind, "organ": who.organ} for who in drawn.members],
        "supervisor": {"actor": discipline.id, "organ": "discipline"},
        "discipline_organ": "discipline",
        "draw": drawn.text,
    }
    fire(case, "name_panel", named)
    fire(case, "schedule", {"held_at": held.replace(hour=9).isoformat(), "venue": "社会治理中心", "public": True})
    for party in (*petitioners, unit):
        fire(case, "notify", {"slot": party.id})
    last = china.before(held, xf.Period(days=3)).due
    at(held.replace(year=last.year, month=last.month, day=last.day), "16:30")
    for party in (*petitioners, unit):
        fire(case, "exchange", actor=party)
    return [xf.Actor(who.id, roles={"member"}, org=who.organ) for who in drawn.members]


def heard(case: xf.Case, held: datetime, members: list[xf.Actor]) -> None:
    """The supervised session (听证监督), its steps in their order, and the vote with its dissent."""
    at(held, "08:50")
    fire(case, "supervise", actor=discipline)
    for member in members:
        fire(case, "check_in", actor=member)
    at(held, "09:00")
    fire(case, "open_session", actor=judge)
    for number, item in enumerate(ITEMS):
        at(held, f"09:{number * 8:02d}")
        fire(case, "proceed", {"item": item}, judge)
    at(held, "10:00")
    fire(case, "deliberate", actor=judge)
    for member, answer in zip(members, VOTES, strict=True):
        why = {"reason": "程序无瑕疵"} if answer == "uphold" else {}
        fire(case, "vote", {"answer": answer, **why}, member)


def hold(number: int, matters: list[xf.Case], day: datetime) -> xf.Case:
    """One hearing, from the application to its conclusion."""
    petitioners = [xf.Actor(f"petitioner_{matter.id[-6:]}", roles={"petitioner"}) for matter in matters]
    at(day, "09:00")
    case = applied(number, matters, petitioners)
    held = working_day(day + timedelta(days=10))
    members = prepared(case, number, held, petitioners)
    heard(case, held, members)
    at(held, "11:00")
    fire(case, "conclude", {"conclusion": "change", "opinion": "建议变更；两名听证员不同意"}, judge)
    for who in petitioners:
        fire(case, "sign", actor=who)
    fire(case, "note_refusal", {"slot": unit.id, "reason": "拒绝签字"})
    fire(case, "publish")
    return engine.fire(case.id, "close", actor=third_party)


def timeline(events: list[xf.Event]) -> list[tuple[datetime, str]]:
    """Each moment of a hearing with what happened then, the same ones together."""
    moments: dict[datetime, Counter[str]] = {}
    for event in events:
        moments.setdefault(event.at, Counter())[event.trigger or event.kind] += 1
    return [
        (moment, ", ".join(f"{word} ×{times}" if times > 1 else word for word, times in words.items()))
        for moment, words in moments.items()
    ]


def svg(rows: list[tuple[datetime, str]], title: str) -> str:
    """A timeline as SVG: one line a moment, one colour a day."""
    height = 70 + 28 * len(rows)
    days = list(dict.fromkeys(moment.date() for moment, _ in rows))
    marks = "".join(
        f'<circle cx="190" cy="{70 + 28 * place}" r="6" fill="hsl({days.index(moment.date()) * 70 % 360},60%,45%)"/>'
        f'<text x="175" y="{75 + 28 * place}" text-anchor="end">{moment:%Y-%m-%d %H:%M}</text>'
        f'<text x="208" y="{75 + 28 * place}">{escape(words)}</text>'
        for place, (moment, words) in enumerate(rows)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="{height}" font-family="sans-serif">'
        f'<title>{escape(title)}</title><text x="20" y="30" font-size="18">{escape(title)}</text>'
        f'<line x1="190" y1="60" x2="190" y2="{height - 20}" stroke="#999"/>{marks}</svg>'
    )


matters = [engine.open("linhai_backlog", {"matter": f"积案{n + 1}"}, actor=bureau) for n in range(MATTERS)]
groups = [matters[n::SESSIONS] for n in range(SESSIONS)]  # two matters in most sessions, one in a few
concluded: list[xf.Case] = []
for number, group in enumerate(groups, start=1):
    first_day = working_day(clock.now() + timedelta(days=1))
    concluded.append(hold(number, group, first_day))
    for matter in group:
        told = engine.get(matter.id, actor=bureau)
        # The conclusion has arrived, and ends nothing by itself.
        assert (told.state, told.data["conclusion"], told.done) == ("heard", "change", False)
        engine.fire(matter.id, "settle", {"agreement": "息访罢诉协议书"}, actor=bureau)

sessions = engine.find(actor=third_party, flow="linhai_example", done=True, limit=500).items
settled = engine.find(actor=bureau, flow="linhai_backlog", done=True, limit=500).items
assert len(sessions) == SESSIONS
assert len(settled) == MATTERS > 80
assert max(len([link for link in case.links if link.role == "parent"]) for case in concluded) == 2
assert all(engine.verify(case.id, actor=third_party) for case in concluded)

shown = engine.history(concluded[0].id, actor=third_party)
rows = [(moment.astimezone(china.zone), words) for moment, words in timeline(shown)]
print(f"{len(sessions)} sessions, {len(settled)} matters settled, until {clock.now():%Y-%m-%d}")
for moment, words in rows:
    print(f"{moment:%Y-%m-%d %H:%M}  {words}")
exchanged = next(moment for moment, words in rows if "exchange" in words)
opened = next(moment for moment, words in rows if "open_session" in words)
assert (opened.date() - exchanged.date()).days >= 3
OUT.mkdir(parents=True, exist_ok=True)
picture = OUT / "linhai_hearing.svg"
picture.write_text(svg(rows, "信访听证 · 第1场 / Petition hearing, session 1"), encoding="utf-8")
print(picture)
