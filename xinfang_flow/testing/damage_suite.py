"""The part of the store suite that damages a store behind its back: `verify` must find all of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xinfang_flow.engine.engine import Engine
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import SYSTEM, Actor, Case, Event
from xinfang_flow.kernel.event import digest
from xinfang_flow.store import Store
from xinfang_flow.testing.damage import Damage
from xinfang_flow.testing.store_steps import BaseSuite

NOTES = {
    "id": "notes", "version": 1, "initial": "open", "title": {"zh": "记事", "en": "Notes"}, "roles": {"clerk": {}},
    "fields": {"text": {"max_length": 60}, "who": {"personal": True}, "no": {"unique": True}},
    "states": {"open": {}, "done": {"final": True}}, "open": {"roles": ["clerk"], "takes": ["no", "who"]},
    "transition": [
        {"trigger": "write", "source": "open", "roles": ["clerk"], "takes": ["text"], "work": True},
        {"trigger": "finish", "source": "open", "dest": "done", "roles": ["clerk"]},
    ],
}  # fmt: skip
CLERK = Actor("zhang", roles={"clerk"})
Harm = Callable[[Damage, Case, tuple[Event, ...]], None]


def _edited(damage: Damage, case: Case, events: tuple[Event, ...]) -> None:
    damage.rewrite(case.id, 2, events[1].body.replace("zhang", "zhong"), events[1].hash)


def _rehashed(damage: Damage, case: Case, events: tuple[Event, ...]) -> None:
    body = events[1].body.replace("zhang", "zhong")
    damage.rewrite(case.id, 2, body, digest(body))


def _swapped(damage: Damage, case: Case, events: tuple[Event, ...]) -> None:
    damage.rewrite(case.id, 2, events[2].body, events[2].hash)


def _removed(damage: Damage, case: Case, _: tuple[Event, ...]) -> None:
    damage.remove(case.id, 2)


def _cut_off(damage: Damage, case: Case, _: tuple[Event, ...]) -> None:
    damage.remove(case.id, 3)


def _restated(damage: Damage, case: Case, _: tuple[Event, ...]) -> None:
    damage.restate(case._replace(state="done"))


def _forgotten(damage: Damage, case: Case, _: tuple[Event, ...]) -> None:
    damage.forget(case.id)


HARM: dict[str, tuple[Harm, int | None, str]] = {
    "edited": (_edited, 2, "does not give the hash"), "rehashed": (_rehashed, 3, "chain is broken"),
    "swapped": (_swapped, 3, "chain is broken"), "removed": (_removed, 3, "chain is broken"),
    "cut off": (_cut_off, 3, "not the fold"), "restated": (_restated, 3, "not the fold"),
    "forgotten": (_forgotten, None, "rows"),
}  # fmt: skip


class DamageSuite(BaseSuite):
    """What is changed behind a store's back is found."""

    @pytest.fixture
    def engine(self, store: Store) -> Engine:
        """An engine on the store."""
        return Engine(store, flows=[Flow.model_validate(NOTES)])

    @pytest.fixture
    def harm(self, store: Store) -> Damage:
        """The way behind the store's back; skipped where the store gives none."""
        damage = self.damage(store)
        if damage is None:
            pytest.skip("this store gives no way to damage it")
        return damage

    @pytest.mark.parametrize("name", HARM)
    def test_damage_is_found_and_placed(self, engine: Engine, harm: Damage, name: str) -> None:
        """An edited, rewritten, swapped or missing event, another snapshot, missing rows: `verify` says where."""
        case = self._written(engine)
        other = self._written(engine, "2")
        damage, where, words = HARM[name]
        assert engine.verify(case.id, actor=SYSTEM).ok
        damage(harm, case, tuple(engine.history(case.id, actor=SYSTEM)))
        verdict = engine.verify(case.id, actor=SYSTEM)
        assert (verdict.ok, verdict.broken_at) == (False, where)
        assert words in str(verdict.reason)
        assert engine.verify(other.id, actor=SYSTEM).ok

    def test_an_erased_part_breaks_nothing(self, engine: Engine, harm: Damage) -> None:
        """The personal part of an event can be taken away, and the history still proves itself."""
        case = self._written(engine)
        harm.erase(case.id, 1)
        events = engine.history(case.id, actor=SYSTEM)
        assert set(events[0].payload["who"]) == {"#"}
        harm.restate(case._replace(data={**case.data, "who": events[0].payload["who"]}))
        assert engine.verify(case.id, actor=SYSTEM).ok

    @staticmethod
    def _written(engine: Engine, number: str = "1") -> Case:
        case = engine.open("notes", {"no": number, "who": "王二"}, actor=CLERK)
        for text in ("one", "two"):
            case = engine.fire(case.id, "write", {"text": text}, actor=CLERK)
        return case
