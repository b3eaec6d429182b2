"""A state machine of Hypothesis that runs the whole engine on a store, beside a memory store, and compares.

    TestMine = store_machine(lambda: MyStore()).TestCase

After every step: the history folds into the snapshot, `verify` finds nothing, both stores hold the same, and a call
that was refused has changed nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import ConflictError, InputError, NotFoundError, RefusedError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flows import load_flow
from xinfang_flow.kernel import SYSTEM, Actor, Case, EffectRequest, fold
from xinfang_flow.kernel.work import Work
from xinfang_flow.kernel.worklist import work_of
from xinfang_flow.store import MemoryStore, Query, Store
from xinfang_flow.testing.store_steps import FAR, dump

REFUSALS = (RefusedError, ConflictError, InputError, NotFoundError)
START = "2026-03-02T09:00:00+08:00"
KEYS = st.none() | st.sampled_from([f"key-{number}" for number in range(8)])
ROLES = ("clerk", "dispatcher", "proxy", "caller", "archivist", "supervisor")
ACTORS = (
    *(Actor(role, roles={role}, org="xianju") for role in ROLES),
    Actor("li", roles={"proxy", "caller"}), Actor("nobody", roles={"cleaner"}),
)  # fmt: skip
WORDS = st.sampled_from(["", "x", "𠮷田", "a\nb", "é", "x" * 64])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "note": WORDS, "who": WORDS, "count": st.integers(-1, 5),
    "ref": st.sampled_from(["1", "2", " 1", "é"]), "to": st.sampled_from(["proxy", "li", "x"]),
    "intake": st.sampled_from(["first_visit", "first_call", "repeat", "?"]), "register_no": WORDS, "township": WORDS,
    "received_on": st.just("2026-03-02"), "petitioner": WORDS, "form": st.just("visit"), "summary": WORDS,
    "opinion_owed": st.booleans(), "pool": st.sampled_from(["resident", "rotating"]), "department": st.just("rsj"),
    "record": WORDS, "result": WORDS, "reason": WORDS, "satisfaction": st.sampled_from(["satisfied", "dissatisfied"]),
    "item": st.sampled_from(["intake_sheet", "errand_records", "result_sheet", "follow_up_sheet", "sheet"]),
}  # fmt: skip
ERRAND: dict[str, Any] = {
    "id": "errand",
    "version": 1,
    "title": "跑腿",
    "initial": "new",
    "roles": {"clerk": {"title": "登记员"}, "proxy": {"title": "代访员", "sees": "own"},
              "dispatcher": {"title": "中心"}},
    "fields": {
        "note": {"title": "说明", "max_length": 60}, "who": {"title": "姓名", "personal": True},
        "count": {"type": "integer", "title": "人数", "min": 0, "find": True},
        "ref": {"title": "编号", "max_length": 60, "unique": True},
    },
    "states": {
        "new": {"title": "新", "stage": "first"}, "doing": {"title": "办理中", "stage": "second"},
        "done": {"title": "办结", "final": True, "outcome": "done"},
    },
    "stages": {"first": {"title": "一"}, "second": {"title": "二"}},
    "effects": {"tell": {"title": "告知"}, "fail": {"title": "告知失败"}},
    "open": {"roles": ["clerk"], "takes": ["who?", "count?", "ref?"], "effects": ["tell", "fail"]},
    "task": [{"name": "sign", "title": "会签", "states": ["doing"], "of": ["clerk", "proxy"], "settle": "all"}],
    "deadline": [{
        "name": "limit", "title": "期限", "period": {"days": 5}, "starts": {"fires": "start"},
        "met_by": {"enters": "done", "fires": "report"}, "warns": [{"before": {"days": 2}}, {"half": True}],
        "effects": ["tell"],
        "warn_effects": ["fail"],
    }],
    "link": [{"kind": "part", "flow": "errand", "title": "分办", "trigger": "hear"}],
    "transition": [
        {"trigger": "start", "title": "开始", "source": "new", "dest": "doing", "roles": ["clerk", "proxy"],
         "takes": ["note"]},
        {"trigger": "sign", "title": "签", "source": "doing", "roles": ["clerk", "proxy"],
         "task": {"name": "sign", "do": "settle"}},
        {"trigger": "hear", "title": "收", "source": "doing", "roles": ["system"], "effects": ["tell"]},
        {"trigger": "report", "title": "报", "source": "doing", "roles": ["clerk", "proxy"], "takes": ["ref?"]},
        {"trigger": "back", "title": "退回", "source": "doing", "dest": "new", "roles": ["clerk"]},
        {"trigger": "end", "title": "结束", "source": "doing", "dest": "done", "roles": ["clerk"], "effects": ["tell"]},
    ],
}  # fmt: skip


@cache
def errand() -> Flow:
    """Return a small flow with a task, a deadline with warnings, effects, a personal field and links to itself."""
    return Flow.model_validate(ERRAND)


class Draws:
    """Bytes that two engines draw alike."""

    def __init__(self) -> None:
        self._drawn = 0

    def __call__(self, size: int) -> bytes:
        """Give the next bytes."""
        self._drawn += 1
        return sha256(self._drawn.to_bytes(8, "big")).digest()[:size]


def quiet(effect: EffectRequest) -> None:
    """A handler to which nothing ever happens."""


def failing(effect: EffectRequest) -> None:
    """A handler that fails for every third case or so, always the same."""
    if effect.case_id[-1] in "01234":
        raise OSError(effect.name)


def engine_on(store: Store) -> Engine:
    """Return an engine on a store, with a clock, draws and handlers that another engine has alike."""
    return Engine(
        store, flows=[errand(), load_flow("proxy_petition")], clock=ManualClock(START), entropy=Draws(),
        effects={"tell": quiet, "fail": failing, "tell_petitioner_received": failing},
    )  # fmt: skip


def payloads() -> st.SearchStrategy[dict[str, Any]]:
    """Payloads: mostly of known fields, sometimes with one that nobody asked for."""
    return st.fixed_dictionaries({}, optional=VALUES) | st.fixed_dictionaries(VALUES) | st.just({"unknown": 1})


class StoreMachine(RuleBasedStateMachine):
    """Drives two engines through the same calls: one on the store in question, one on a memory store."""

    cases: Bundle[str] = Bundle("cases")

    def __init__(self) -> None:
        super().__init__()
        self.store = self.make_store()
        self.engines = (engine_on(self.store), engine_on(MemoryStore()))

    def make_store(self) -> Store:
        """Return an empty store."""
        raise NotImplementedError

    def both(self, call: Callable[[Engine], Any]) -> Any:
        """Make the call on both engines; they must answer alike, and a refusal must leave the store as it was."""
        before = dump(self.store)
        answers = []
        for engine in self.engines:
            try:
                answers.append(call(engine))
            except REFUSALS as error:
                answers.append((type(error).__name__, str(error)))
        ours, model = answers
        assert ours == model
        if isinstance(ours, tuple) and isinstance(ours[0], str) and ours[0].endswith("Error"):
            assert dump(self.store) == before
            return None
        return ours

    @initialize(target=cases)
    def first(self) -> Any:
        """Begin with one case of each flow, so that every later rule has something to work on."""
        return multiple(
            self._opened("errand", {}, ACTORS[0], None), self._opened("proxy_petition", FULL, ACTORS[0], None)
        )

    @rule(target=cases, flow=st.sampled_from(["errand", "proxy_petition", "nonsense@1"]), data=payloads(),
          actor=st.sampled_from(ACTORS), key=KEYS)  # fmt: skip
    def open(self, flow: str, data: dict[str, Any], actor: Actor, key: str | None) -> Any:
        """Open a case, or be refused."""
        if flow == "nonsense@1":
            return multiple()
        case_id = self._opened(flow, _fitting(flow, data), actor, key)
        return multiple() if case_id is None else case_id

    def _opened(self, flow: str, data: dict[str, Any], actor: Actor, key: str | None) -> str | None:
        case: Case | None = self.both(lambda engine: engine.open(flow, data, actor=actor, key=key))
        return None if case is None else case.id

    @rule(case_id=cases, data=st.data(), key=KEYS, stale=st.sampled_from([None, None, None, 0, 1]))
    def fire(self, case_id: str, data: st.DataObject, key: str | None, stale: int | None) -> None:
        """Fire something: what is possible more often than not, with what it asks for more often than not."""
        case = self.store.read.get(case_id)
        assert case is not None
        flow = self.engines[0].flow_of(case)
        fitting = [arrow for arrow in flow.transitions if case.state in arrow.source]
        arrow = data.draw(st.sampled_from(fitting or flow.transitions) | st.sampled_from(flow.transitions))
        able = [actor for actor in ACTORS if actor.roles & set(arrow.roles)]
        actor = data.draw(st.sampled_from(able or ACTORS) | st.sampled_from(ACTORS))
        payload = data.draw(_asked(arrow) | payloads())
        version = None if stale is None else case.version - stale
        note = data.draw(st.none() | st.just("备注𠮷"))
        self.both(lambda engine: engine.fire(
            case_id, arrow.trigger, payload, actor=actor, key=key, expected_version=version, note=note
        ))  # fmt: skip

    @rule(case_id=cases, other=cases, key=KEYS)
    def link(self, case_id: str, other: str, key: str | None) -> None:
        """Tie two cases, or be refused."""
        self.both(lambda engine: engine.link(case_id, other, "part", actor=ACTORS[0], key=key))

    @rule(hours=st.sampled_from([1, 30, 24 * 4, 24 * 20]))
    def wait(self, hours: int) -> None:
        """Let time pass, and do what it says."""
        for engine in self.engines:
            engine._clock.advance(timedelta(hours=hours))  # type: ignore[attr-defined]  # noqa: SLF001
        self.both(lambda engine: engine.tick())

    @rule()
    def deliver(self) -> None:
        """Hand over what waits."""
        self.both(lambda engine: engine.deliver())

    @invariant()
    def the_same(self) -> None:
        """Both stores hold the same, every history folds into its snapshot, and verification finds nothing."""
        ours, model = (dump(engine._store) for engine in self.engines)  # noqa: SLF001
        assert ours == model
        for case in ours["cases"]:
            assert fold(ours["events"][case.id]) == case
            assert self.engines[0].verify(case.id, actor=ACTORS[1]).ok

    @invariant()
    def the_same_reader(self) -> None:
        """Both stores answer every question alike: each condition by itself and together, in every order, by pages."""
        ours, model = (engine._store.read for engine in self.engines)  # noqa: SLF001
        now = self.engines[0]._clock.now()  # noqa: SLF001
        for asked in _questions(now):
            assert list(ours.find(asked)) == list(model.find(asked)), asked
            narrowed = asked._replace(flow="errand", done=False, overdue_at=now, limit=2)
            assert list(ours.find(narrowed)) == list(model.find(narrowed)), narrowed

    @invariant()
    def the_worklist(self) -> None:
        """The index gives, page by page, what walking all cases gives: to everybody their own, most urgent first."""
        engine = self.engines[0]
        every = sorted(
            (work for case in dump(self.store)["cases"] for work in work_of(engine.flow_of(case), case)),
            key=lambda work: (work.due or FAR, work.since, work.case_id, work.nr),
        )
        for actor in (SYSTEM, *ACTORS):
            mine = [
                work
                for work in every
                if actor is SYSTEM
                or (
                    work.role in actor.roles
                    and (not work.bound or work.org == actor.org)
                    and _seen(engine, work, actor)
                )
            ]
            pages = [engine.worklist(actor=actor, limit=2)]
            while pages[-1].next is not None:
                pages.append(engine.worklist(actor=actor, limit=2, after=pages[-1].next))
            assert [work for page in pages for work in page.items] == mine

    def teardown(self) -> None:
        """Let go of the store."""
        self.engines[0].close()


FULL = {
    "intake": "first_visit", "register_no": "1", "received_on": "2026-03-02", "petitioner": "张𠮷", "township": "x",
    "form": "visit", "summary": "欠薪",
}  # fmt: skip


def _questions(now: datetime) -> list[Query]:
    """Return a question for every field of a query."""
    some: dict[str, tuple[Any, ...]] = {
        "flow": ("errand", "proxy_petition"), "state": ("new", "doing", "done"), "org": ("xianju", "linhai"),
        "overdue_at": (now, now - timedelta(days=3), now + timedelta(days=9)), "done": (True, False),
        "holder": ("li", "proxy"), "roles": (frozenset({"clerk"}), frozenset({"proxy", "caller"})),
        "where": ({"ref": "1"}, {"count": "3"}), "order": ("due", "opened", "changed"), "limit": (1, 3),
    }  # fmt: skip
    return [
        *(Query(**{name: value}) for name, values in some.items() for value in values),
        Query(holder="li", settled=True), Query(holder="clerk", settled=True, order="changed"),
    ]  # fmt: skip


def _seen(engine: Engine, work: Work, actor: Actor) -> bool:
    try:
        engine.get(work.case_id, actor=actor)
    except NotFoundError:
        return False
    return True


def _fitting(flow: str, data: dict[str, Any]) -> dict[str, Any]:
    wanted = FULL if flow == "proxy_petition" else ("who", "count", "ref")
    return {name: value for name, value in data.items() if name in wanted or name == "unknown"}


def _asked(arrow: Any) -> st.SearchStrategy[dict[str, Any]]:
    names = [one.name for one in arrow.payload]
    if arrow.task is not None:
        names += {"assign": ["to"], "transfer": ["to", "reason"], "skip": ["item", "reason"]}.get(
            arrow.task.do, ["item"]
        )
        if arrow.task.name == "sign":
            names.remove("item")
    return st.fixed_dictionaries({name: VALUES[name] for name in names if name in VALUES})


def store_machine(make_store: Callable[[], Store]) -> type[StoreMachine]:
    """Return the machine for a store; its `.TestCase` is what pytest collects."""

    def made(_: StoreMachine) -> Store:
        return make_store()

    return type("StoreMachine", (StoreMachine,), {"make_store": made})
