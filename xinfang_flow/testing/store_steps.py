"""What the store suite stands on: commits as the engine builds them, and a dump of everything a store holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

import pytest

from xinfang_flow.kernel import Case, EffectRequest, Event, Signal, evolve
from xinfang_flow.kernel.canonical import stamp
from xinfang_flow.kernel.event import seal
from xinfang_flow.kernel.frozen import EMPTY, freeze
from xinfang_flow.kernel.searchable import FieldValue
from xinfang_flow.kernel.work import Work
from xinfang_flow.store import Commit, Query, Store, StoredFlow
from xinfang_flow.testing.damage import Damage

START = datetime(2026, 3, 2, 1, 0, 0, 123456, tzinfo=UTC)
FAR = START + timedelta(days=36500)
RARE = "𠮷田䶮·阿卜杜热合曼·买买提 é é 😀 \u200b\\\"'\n\t;--"
Timers = Mapping[str, datetime | None] | None
PERSONAL = frozenset({"petitioner"})
_draws = count(1)


def entropy(size: int) -> bytes:
    """Give bytes that never repeat within a run, and are the same in every run."""
    return sha256(str(next(_draws)).encode()).digest()[:size]


def began(
    case_id: str, *, key: str | None = None, state: str = "new", flow: str = "errand", org: str | None = None,
    payload: Mapping[str, Any] | None = None, effects: Sequence[str] = (), timers: Timers = None,
    publish: StoredFlow | None = None, note: str | None = None, work: Sequence[Work] | None = None,
    fields: Sequence[FieldValue] | None = None, **changes: Any,
) -> Commit:  # fmt: skip
    """Return the commit that begins a case; further keywords are the event's changes."""
    payload = freeze(dict(payload or {}))
    given = {"flow": flow, "flow_version": 1, "digest": "d" * 64, "takes": sorted(payload), **changes}
    if org is not None:
        given["org"] = org
    event = Event(
        case_id, 1, "opened", None, None, state, "zhang", "clerk", org, START, START, payload, freeze(given), note,
        key or f"key-{case_id}-1",
    )  # fmt: skip
    event = seal(event, "", PERSONAL, entropy)
    requests = tuple(EffectRequest(name, case_id, 1) for name in effects)
    return Commit(evolve(None, event), 0, event, dict(timers or {}), requests, (), (), publish, work, fields)


def went(
    case: Case, dest: str | None = None, *, key: str | None = None, payload: Mapping[str, Any] | None = None,
    effects: Sequence[str] = (), timers: Timers = None, note: str | None = None,
    signals: Sequence[Signal] = (), settled: Sequence[Signal] = (),
    work: tuple[Sequence[Work], Sequence[Work]] | None = None,
    fields: tuple[Sequence[FieldValue], Sequence[FieldValue]] | None = None, **changes: Any,
) -> Commit:  # fmt: skip
    """Return the commit of one more step; further keywords are the event's changes.

    `work` and `fields` are what was listed before and what is listed now.
    """
    seq, at = case.version + 1, case.changed_at + timedelta(minutes=1)
    event = Event(
        case.id, seq, "fired", "step", case.state, dest or case.state, "zhang", "clerk", None, at, at,
        freeze(dict(payload or {})), freeze(changes) if changes else EMPTY, note, key or f"key-{case.id}-{seq}",
    )  # fmt: skip
    event = seal(event, case.head, PERSONAL, entropy)
    requests = tuple(EffectRequest(name, case.id, seq) for name in effects)
    listed_before, listed = work or ((), None)
    found_before, found = fields or ((), None)
    return Commit(
        evolve(case, event), case.version, event, dict(timers or {}), requests, tuple(signals), tuple(settled),
        work=listed, fields=found, work_before=listed_before, fields_before=found_before,
    )  # fmt: skip


def put(store: Store, *commits: Commit, session: Any = None) -> Case:
    """Write commits in one transaction and return the last one's case."""
    with store.transaction(session) as transaction:
        for commit in commits:
            transaction.append(commit)
    return commits[-1].case


def dump(store: Store) -> dict[str, Any]:
    """Return everything a store holds, through its own ports: what must be the same when nothing has happened."""
    read = store.read
    cases: list[Case] = []
    after: str | None = None
    while page := read.find(Query(limit=100, after=after)):
        cases += page
        after = page[-1].id
    with store.transaction() as transaction:
        timers = tuple(transaction.due(FAR, 10_000))
    return {
        "cases": cases,
        "events": {case.id: tuple(read.history(case.id)) for case in cases},
        "signals": {case.id: tuple(read.signals(case.id)) for case in cases},
        "work": {case.id: tuple(read.work(case.id)) for case in cases},
        "fields": {case.id: tuple(read.fields(case.id)) for case in cases},
        "effects": tuple(read.effects()),
        "flows": sorted(read.flows()),
        "counts": sorted(read.counts(), key=str),
        "timers": timers,
    }


def deadline(at: datetime, state: str = "armed") -> dict[str, Any]:
    """Return a deadline's record, as far as a store looks at it."""
    text = stamp(at)
    return {"at": text, "due": {}, "since": text, "state": state}


def task(*slots: Mapping[str, Any], state: str = "open") -> dict[str, Any]:
    """Return a task's record."""
    return {"since": "2026-03-02T01:00:00.000000Z", "slots": [dict(slot) for slot in slots], "state": state}


def signal_to(to: str, sender: str = "child", kind: str = "hearing") -> Signal:
    """Return the signal of a finished case to one that waits for it."""
    return Signal(to, kind, sender, "done", "conclusion")


def tie_to(other: str) -> dict[str, Any]:
    """Return a link's record."""
    return {"case_id": other, "kind": "hearing", "role": "child", "state": "open", "outcome": None}


class BaseSuite:
    """How a store is made; the questions are in the classes that inherit this."""

    def make_store(self) -> Store:
        """Return an empty store; called once a test."""
        raise NotImplementedError

    def session(self, store: Store) -> AbstractContextManager[Any] | None:
        """Return a session of the caller's, or None when the store joins none; leaving it must not commit."""
        return None

    def damage(self, store: Store) -> Damage | None:
        """Return a way to damage the store behind its back, or None when there is none."""
        return None

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        """An empty store, closed afterwards."""
        with closing(self.make_store()) as store:
            yield store
