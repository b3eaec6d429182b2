"""The engine from outside: who sees what, what is delivered, what is verified, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

import xinfang_flow as xf
from tests.engine.little import CLERK, HELPER, engine, little
from xinfang_flow.kernel.event import digest
from xinfang_flow.store import Commit
from xinfang_flow.store.memory import MemoryTransaction, Tables
from xinfang_flow.testing.damage import MemoryDamage

if TYPE_CHECKING:
    from xinfang_flow.kernel import EffectRequest


class Below:
    """A directory in which the bureau has an office."""

    def within(self, organ: str) -> frozenset[str]:
        """Return the organ with what lies under it."""
        return frozenset({organ, "office"}) if organ == "bureau" else frozenset({organ})


def test_the_accused_organ_and_what_lies_under_it_see_nothing() -> None:
    """Regulation Art 30: by no reading verb, whatever the role, and not even that the case exists."""
    engine_ = engine(directory=Below())
    case = engine_.open("little", {"subject": "x", "accused": "bureau"}, actor=CLERK)

    for org in ("bureau", "office"):
        accused = xf.Actor("wu", roles={"clerk"}, org=org)
        for ask in (engine_.get, engine_.history, engine_.available, engine_.verify):
            with pytest.raises(xf.NotFoundError):
                ask(case.id, actor=accused)
        with pytest.raises(xf.NotFoundError):
            engine_.fire(case.id, "start", actor=accused)
        assert engine_.find(actor=accused).items == ()
    assert engine_.get(case.id, actor=CLERK).state == "open"


def test_roles_see_all_their_organ_or_their_own() -> None:
    """A role's `sees` decides; a helper sees a case once they have a hand in it."""
    engine_ = engine()
    case = engine_.open("little", {"subject": "x"}, actor=CLERK)
    near, far = (xf.Actor("sun", roles={"local"}, org=org) for org in ("north", "south"))

    assert engine_.get(case.id, actor=near).id == case.id
    for stranger in (far, HELPER, xf.Actor("nobody")):
        with pytest.raises(xf.NotFoundError):
            engine_.get(case.id, actor=stranger)

    engine_.fire(case.id, "assign", {"to": "zhang"}, actor=CLERK)

    assert engine_.get(case.id, actor=HELPER).id == case.id
    assert [task.name for task in engine_.tasks(actor=HELPER).items] == ["help"]


def test_pages_do_not_skip_or_repeat() -> None:
    """Paging walks every visible case once, and hidden ones neither show nor shorten a page."""
    engine_ = engine()
    mine = [
        engine_.open("little", {"subject": "x", **({"accused": "north"} if number % 3 == 0 else {})}, actor=CLERK).id
        for number in range(20)
    ]
    seen: list[str] = []
    after = None
    while True:
        page = engine_.find(actor=CLERK, limit=4, after=after)
        seen += [case.id for case in page.items]
        after = page.next
        if after is None:
            break

    assert sorted(seen) == sorted(case_id for number, case_id in enumerate(mine) if number % 3)
    with pytest.raises(xf.InputError):
        engine_.find(actor=CLERK, limit=0)


def test_effects_arrive_in_order_and_a_dead_letter_holds_only_its_own_case() -> None:
    """At least once, in order per case; a handler that always fails stops nobody else."""
    told: list[tuple[str, str]] = []

    def tell(effect: EffectRequest) -> None:
        if effect.case_id == bad.id:
            raise OSError("no line")
        told.append((effect.case_id, effect.name))

    clock, store = xf.ManualClock("2026-03-02T09:00:00+08:00"), xf.MemoryStore()
    engine_ = engine(
        store, clock=clock, effects={"tell": tell, "ask": lambda effect: told.append((effect.case_id, effect.name))}
    )
    bad, good = (engine_.open("little", {"subject": "x"}, actor=CLERK) for _ in range(2))
    for case in (bad, good):
        engine_.fire(case.id, "start", actor=CLERK)

    first = engine_.deliver()
    for _ in range(9):
        clock.advance(timedelta(days=1))
        engine_.deliver()
    last = engine_.deliver()

    assert (first.delivered, first.failed) == (3, 1)
    assert told == [(good.id, "tell"), (good.id, "tell"), (good.id, "ask")]
    assert last == xf.Delivery()
    assert [effect.state for effect in store.read.effects(bad.id)] == ["dead", "waiting", "waiting"]


def test_an_effect_without_a_handler_waits() -> None:
    """It is no error, and it is reported."""
    engine_ = engine()
    engine_.open("little", {"subject": "x"}, actor=CLERK)

    assert engine_.deliver().unhandled == ("tell",)


def test_missing_wiring_is_said_all_at_once() -> None:
    """A flow's guard and calendar must be there when the engine is made, with the nearest right word."""
    other = little().model_copy(update={"calendar": "moon"})

    with pytest.raises(xf.WiringError) as caught:
        xf.Engine.in_memory(flows=[other], guards={"alowed": lambda *_: True}, calendars={"mon": xf.Calendar.china()})

    assert len(caught.value.missing) == 2
    assert "'alowed'" in str(caught.value)
    assert "'mon'" in str(caught.value)


def test_a_guard_that_breaks_refuses() -> None:
    """Guards fail closed: an exception or an answer that is no answer is a refusal with a reason."""
    for guard in (lambda *_: 1 / 0, lambda *_: "yes", lambda *_: None):
        engine_ = engine(guards={"allowed": guard})
        case = engine_.open("little", {"subject": "x"}, actor=CLERK)

        with pytest.raises(xf.RefusedError) as refused:
            engine_.fire(case.id, "finish", actor=CLERK)

        assert refused.value.reasons[0].code == "guard_error"
        assert engine_.get(case.id, actor=CLERK) == case


def test_verify_finds_what_was_altered() -> None:
    """An event edited, rewritten with its hash or removed and a snapshot that lies are found, with the place."""
    harm = ((_edit, 2, "hash"), (_rehash, 3, "chain"), (_remove, 3, "chain"), (_lie, 3, "fold"))
    for damage, where, words in harm:
        store = xf.MemoryStore()
        engine_ = engine(store)
        case = engine_.open("little", {"subject": "x", "name": "王二"}, actor=CLERK)
        engine_.fire(case.id, "assign", {"to": "zhang"}, actor=CLERK, note="私")
        engine_.fire(case.id, "start", actor=CLERK)
        assert engine_.verify(case.id, actor=CLERK).ok

        damage(store, case.id)

        verdict = engine_.verify(case.id, actor=CLERK)
        assert (verdict.ok, verdict.broken_at) == (False, where)
        assert words in str(verdict.reason)
        assert verdict.not_checked


def _edit(store: xf.MemoryStore, case_id: str) -> None:
    event = store.read.history(case_id)[1]
    MemoryDamage(store).rewrite(case_id, 2, event.body.replace("zhang", "zhong"), event.hash)


def _rehash(store: xf.MemoryStore, case_id: str) -> None:
    body = store.read.history(case_id)[1].body.replace("zhang", "zhong")
    MemoryDamage(store).rewrite(case_id, 2, body, digest(body))


def _remove(store: xf.MemoryStore, case_id: str) -> None:
    MemoryDamage(store).remove(case_id, 2)


def _lie(store: xf.MemoryStore, case_id: str) -> None:
    case = store.read.get(case_id)
    assert case is not None
    MemoryDamage(store).restate(case._replace(state="done"))


def test_an_erased_name_leaves_a_chain_that_verifies() -> None:
    """Erasing the private part of an event erases the person and keeps the proof."""
    store = xf.MemoryStore()
    engine_ = engine(store)
    case = engine_.open("little", {"subject": "x", "name": "王二"}, actor=CLERK)
    MemoryDamage(store).erase(case.id, 1)
    erased = xf.evolve(None, store.read.history(case.id)[0])
    MemoryDamage(store).restate(erased)

    assert engine_.verify(case.id, actor=CLERK).ok
    assert "王二" not in repr(engine_.history(case.id, actor=CLERK))


def test_a_batch_answers_each_command_and_a_dry_run_keeps_nothing() -> None:
    """fire_many: one outcome for each; with dry_run the store is as before."""
    engine_ = engine()
    one, two = (engine_.open("little", {"subject": subject}, actor=CLERK) for subject in ("x", "stuck"))
    commands = [xf.Command(case_id, "finish", actor=CLERK) for case_id in (one.id, two.id, "nowhere")]

    dry = engine_.fire_many(commands, actor=CLERK, dry_run=True)
    assert [outcome.ok for outcome in dry] == [True, False, False]
    assert engine_.get(one.id, actor=CLERK) == one

    wet = engine_.fire_many(commands, actor=CLERK)
    assert [outcome.ok for outcome in wet] == [True, False, False]
    assert wet[1].reasons[0].where == "allowed"
    assert isinstance(wet[2].error, xf.NotFoundError)
    assert engine_.get(one.id, actor=CLERK).outcome == "settled"


class Hasty(xf.MemoryStore):
    """A store that takes some transactions back when they come to a certain case, as a server does in a deadlock."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times, self.victim = times, ""

    def transaction(self, session: Any = None) -> MemoryTransaction:
        """Return a transaction that may be taken back."""
        super().transaction(session)
        return HastyTransaction(self.tables, self)


class HastyTransaction(MemoryTransaction):
    def __init__(self, tables: Tables, store: Hasty) -> None:
        super().__init__(tables)
        self.store = store

    def case(self, case_id: str) -> xf.Case | None:
        """Return the case, or take the transaction back."""
        if case_id == self.store.victim and self.store.times:
            self.store.times -= 1
            raise xf.ConflictError("the database took the transaction back")
        return super().case(case_id)


@pytest.mark.parametrize(("times", "fails"), [(1, False), (4, False), (5, True)])
def test_a_batch_that_is_taken_back_is_done_again_as_a_whole_or_fails(times: int, fails: bool) -> None:
    """What the database takes back is no command's outcome: all is tried again, and after five times all has failed."""
    store = Hasty(times)
    engine_ = engine(store)
    one, two, three = (engine_.open("little", {"subject": "x"}, actor=CLERK) for _ in range(3))
    store.victim = two.id
    commands = (xf.Command(case.id, "start", key=f"start-{case.id}") for case in (one, two, three))
    if fails:
        with pytest.raises(xf.ConflictError, match="took the transaction back"):
            engine_.fire_many(commands, actor=CLERK)
    else:
        assert [outcome.ok for outcome in engine_.fire_many(commands, actor=CLERK)] == [True] * 3
    store.victim = ""
    for case in (one, two, three):
        keys = [event.key for event in engine_.history(case.id, actor=CLERK)]
        assert keys[1:] == ([] if fails else [f"start-{case.id}"])


def test_a_conflict_found_by_reading_is_the_outcome_of_its_command() -> None:
    """An old version and a key of another request stop nobody else in the batch."""
    engine_ = engine()
    one, two, three = (engine_.open("little", {"subject": "x"}, actor=CLERK) for _ in range(3))
    engine_.fire(one.id, "start", actor=CLERK, key="k-1")
    commands = [
        xf.Command(two.id, "start", key="k-1"), xf.Command(two.id, "start", expected_version=7),
        xf.Command(three.id, "start", expected_version=1),
    ]  # fmt: skip
    reused, stale, done = engine_.fire_many(commands, actor=CLERK)
    assert isinstance(reused.error, xf.KeyReusedError)
    assert isinstance(stale.error, xf.ConflictError)
    assert (stale.error.expected, stale.error.found, done.ok) == (7, 1, True)
    assert (engine_.get(two.id, actor=CLERK), engine_.get(three.id, actor=CLERK).state) == (two, "busy")


def test_a_finished_part_tells_the_whole_and_a_refused_signal_waits() -> None:
    """The outcome travels in the same transaction; what the whole cannot take yet stays visible and is retried."""
    engine_ = engine()
    whole, part = (engine_.open("little", {"subject": "x"}, actor=CLERK) for _ in range(2))
    engine_.link(whole.id, part.id, "part", actor=CLERK, key="tie-1")
    again = engine_.link(whole.id, part.id, "part", actor=CLERK, key="tie-1")
    assert again.links[0].case_id == part.id

    engine_.fire(part.id, "finish", actor=CLERK)
    assert [signal.sender for signal in engine_.signals(whole.id, actor=CLERK)] == [part.id]

    later = engine_.fire(whole.id, "start", actor=CLERK)

    assert later.links[0].state == "done"
    assert engine_.signals(whole.id, actor=CLERK) == []
    assert [event.kind for event in engine_.history(whole.id, actor=CLERK)] == [
        "opened",
        "linked",
        "fired",
        "signalled",
    ]
    assert engine_.verify(whole.id, actor=CLERK).ok


def test_a_late_tick_says_when_it_ran_out_and_when_that_was_noticed() -> None:
    """One event, once, however late: `at` is the instant that was missed, `recorded_at` the tick."""
    clock = xf.ManualClock("2026-03-02T09:00:00+08:00")
    engine_ = engine(clock=clock)
    case = engine_.open("little", {"subject": "x"}, actor=CLERK)
    clock.set("2026-06-01T08:00:00+08:00")

    assert (engine_.tick(), engine_.tick()) == (1, 0)

    event = engine_.history(case.id, actor=CLERK)[-1]
    assert event.kind == "breached"
    assert event.at.isoformat() == "2026-03-12T16:00:00+00:00"
    assert event.recorded_at == clock.now()
    late = engine_.fire(case.id, "finish", actor=CLERK)
    assert late.deadlines["limit"].state == "breached"


def test_keys_moments_and_actors_are_checked() -> None:
    """Each bad input is a typed error and changes nothing."""
    engine_ = engine()
    case = engine_.open("little", {"subject": "x"}, actor=CLERK, key="k-1")

    with pytest.raises(xf.KeyReusedError):
        engine_.open("little", {"subject": "y"}, actor=CLERK, key="k-1")
    with pytest.raises(xf.InputError, match="key"):
        engine_.fire(case.id, "start", actor=CLERK, key="with space")
    with pytest.raises(xf.InputError, match="zone"):
        engine_.fire(case.id, "start", actor=CLERK, at=engine_.get(case.id, actor=CLERK).opened_at.replace(tzinfo=None))
    with pytest.raises(xf.InputError, match="future"):
        engine_.fire(case.id, "start", actor=CLERK, at=case.opened_at + timedelta(days=1))
    with pytest.raises(xf.ConflictError):
        engine_.fire(case.id, "start", actor=CLERK, expected_version=7)
    with pytest.raises(xf.FlowError, match="little"):
        engine_.open("litle", {}, actor=CLERK)
    for name in ("", "system", "a\nb"):
        with pytest.raises(xf.InputError):
            xf.Actor(name, roles={"clerk"})
    with pytest.raises(xf.InputError):
        xf.Actor("li", roles="clerk")
    for roles in ({"system"}, ["clerk", "system"], iter(("system",))):
        with pytest.raises(xf.InputError, match="role of the engine itself"):
            xf.Actor("li", roles=roles)
    assert xf.SYSTEM.roles == {"system"}
    assert engine_.get(case.id, actor=CLERK) == case


def test_a_published_version_is_never_another() -> None:
    """The same id and version with another content is refused when a case would begin under it."""
    store = xf.MemoryStore()
    first = engine(store)
    first.open("little", {"subject": "x"}, actor=CLERK)
    edited = little().model_copy(update={"title": little().title._replace(en="Edited")}, deep=True)
    edited.__dict__.pop("digest", None)
    edited.__dict__.pop("text", None)
    second = xf.Engine(store, flows=[edited], guards={"allowed": lambda *_: True})

    with pytest.raises(xf.FlowError, match="already published"):
        second.open("little", {"subject": "x"}, actor=CLERK)


def test_a_stored_case_runs_without_its_document() -> None:
    """The flow's text is in the store: a case outlives the file it came from."""
    store = xf.MemoryStore()
    first = engine(store)
    case = first.open("little", {"subject": "x"}, actor=CLERK)
    second = xf.Engine(store, flows=[], guards={"allowed": lambda *_: True})

    assert second.fire(case.id, "finish", actor=CLERK).outcome == "settled"


def test_live_machine_on_my_own_object() -> None:
    """xf.machine puts a user's object under `transitions`, with roles and guards judged."""

    class Letter:
        subject = "x"
        state = "open"

    letter: Any = Letter()
    machine = xf.machine(little(), letter, guards={"allowed": lambda *_: True})
    at = xf.ManualClock("2026-03-02T09:00:00+08:00").now()

    assert letter.start(actor=HELPER, at=at) is False
    assert letter.start(actor=CLERK, at=at) is True
    assert letter.state == "busy"
    assert machine.get_triggers("busy")
    with pytest.raises(xf.InputError, match="who does this"):
        letter.finish(at=at)


def test_commit_is_a_value() -> None:
    """What a store is given cannot be changed on the way."""
    with pytest.raises(AttributeError):
        Commit(None, 0, None, {}).expected = 3  # type: ignore[misc,arg-type]


def test_a_case_that_cannot_run_here_holds_no_other_clock_up() -> None:
    """A tick passes over a case whose flow names a guard this engine lacks, and its timer stays."""
    store, clock = xf.MemoryStore(), xf.ManualClock("2026-03-02T09:00:00+08:00")
    stranger = engine(store, clock=clock).open("little", {"subject": "x"}, actor=CLERK)
    plain = little().model_dump(by_alias=True, exclude_defaults=True) | {"id": "plain"}
    plain["transition"] = [arrow for arrow in plain["transition"] if arrow["trigger"] != "finish"]
    plain["link"] = []
    other = xf.Engine(store, flows=[xf.Flow.model_validate(plain)], clock=clock, unchecked=True)
    mine = other.open("plain", {"subject": "x"}, actor=CLERK)
    clock.set("2026-06-01T08:00:00+08:00")

    assert other.tick() == 1
    assert other.get(mine.id, actor=xf.SYSTEM).deadlines["limit"].state == "breached"
    assert store.get(stranger.id) == stranger
    assert engine(store, clock=clock).tick() == 1
