"""Receipts: whether a request was accepted before.  This is decided here, by one rule, and nowhere else.

A key belongs to the request that was accepted under it first.  Whoever comes with the key again gets the answer of that
time if it is **the same request**: the same verb on the same case (or the opening of the same flow), by the same actor
of the same organ, with the same payload and note and, where they are given, the same moment and organ.  All else is
`KeyReusedError`.  The payload is read as the flow version of that time reads it.  What has been erased since cannot be
compared and passes.  What a key belongs to is told to those alone who may see it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xinfang_flow.engine.access import Access
from xinfang_flow.engine.opening import Opening
from xinfang_flow.engine.unit_of_work import UnitOfWork
from xinfang_flow.engine.wiring import WiredFlows
from xinfang_flow.errors import KeyReusedError
from xinfang_flow.kernel import Actor, Case, Command, Event, Rules, fold
from xinfang_flow.kernel.records.commitment import is_commitment
from xinfang_flow.store import Reader, Store
from xinfang_flow.text import Text


class Receipts:
    """The answers given before, found by their keys; one for each engine."""

    def __init__(self, store: Store, flows: WiredFlows, access: Access) -> None:
        """Take where the events are, the flows by which they are read, and who may see them."""
        self._store, self._flows, self._access = store, flows, access

    def fired(self, unit: UnitOfWork, command: Command) -> Case | None:
        """Return the case as it stood after this very command, or None when the key is new, or none was given.

        Raises:
            KeyReusedError: the key belongs to another request.
            NotFoundError: it belongs to a step on the same case, which this actor may not see.
        """
        first = None if command.key is None else unit.transaction.event_by_key("fired", command.key)
        if first is None:
            return None
        case = self._store.read.get(first.case_id)
        if case is None or first.case_id != command.case_id:
            raise self._reused(first, command.actor)
        self._access.visible(case, first.case_id, command.actor)
        same = (
            first.trigger == command.trigger
            and _same_request(first, command.actor, command.at, command.note)
            and _same_step(self._flows.of_case(case), first, command.payload)
        )
        return self._answer(first, command.actor, same=same)

    def opened(self, unit: UnitOfWork, opening: Opening, actor: Actor) -> Case | None:
        """Return the case as this very opening began it, or None when the key is new, or none was given.

        Raises:
            KeyReusedError: the key belongs to another request.
        """
        first = None if opening.key is None else unit.transaction.event_by_key("opened", opening.key)
        if first is None:
            return None
        same = _same_request(first, actor, opening.at, opening.note) and self._same_opening(first, opening)
        return self._answer(first, actor, same=same)

    def linked(self, unit: UnitOfWork, tie: tuple[str, str, str], actor: Actor, key: str | None) -> Case | None:
        """Return the case as it stood after it was tied, or None; `tie` is the case's id, the other's, and the kind.

        Raises:
            KeyReusedError: the key belongs to another request.
            NotFoundError: one of the cases does not exist for this actor.
        """
        first = None if key is None else unit.transaction.event_by_key("linked", key)
        if first is None:
            return None
        case_id, other_id, kind = tie
        for name in (case_id, other_id):
            self._access.visible(unit.case(name), name, actor)
        ties = {(tied["case_id"], tied["kind"]) for tied in first.changes["links"]}
        same = first.case_id == case_id and (other_id, kind) in ties and _same_request(first, actor, None, None)
        return self._answer(first, actor, same=same)

    def already_open(self, reader: Reader, opening: Opening, actor: Actor, key: str) -> Case | None:
        """Return the case that was opened with the same content under the key, by whomever; None when the key is new.

        Raises:
            KeyReusedError: the key belongs to another opening, or to one that this actor may not see.
        """
        first = reader.opened(key)
        if first is None:
            return None
        case = reader.get(first.case_id)
        mine = (first.actor, first.org) == (actor.id, actor.org)
        if case is None or not (mine or self._access.may_see(case, actor)):
            raise self._reused(first, actor)
        moment = opening.at in (None, first.at)
        if not (moment and _same_note(first, opening.note) and self._same_opening(first, opening)):
            raise self._reused(first, actor)
        return case

    def _same_opening(self, first: Event, opening: Opening) -> bool:
        """Whether the first event began such a case; a newer version of the flow may have come since."""
        begun = first.changes
        if begun["flow"] != opening.flow.partition("@")[0]:
            return False
        rules = self._flows.bound(begun["flow"], begun["flow_version"], begun["digest"])
        ties = [(tie["case_id"], tie["kind"], tie["role"]) for tie in begun.get("links", ())]
        return (
            opening.org in (None, begun.get("org"))
            and ties == [(tie.case_id, tie.kind, tie.role) for tie in opening.links]
            and _same_payload(first.payload, rules.open_payload.read(opening.data))
        )

    def _answer(self, first: Event, actor: Actor, *, same: bool) -> Case:
        if not same:
            raise self._reused(first, actor)
        return fold(self._store.read.history(first.case_id, first.seq))

    def _reused(self, first: Event, actor: Actor) -> KeyReusedError:
        case = self._store.read.get(first.case_id)
        if case is None or not self._access.may_see(case, actor):
            return KeyReusedError(
                Text(f"防重键 {first.key} 已用于另一请求", f"key {first.key!r} already belongs to another request"),
                key=first.key,
            )
        what = first.trigger or first.kind
        return KeyReusedError(
            Text(
                f"防重键 {first.key} 已用于事项 {case.id} 的“{what}”",
                f"key {first.key!r} already belongs to {what!r} on case {case.id}",
            ),
            key=first.key,
            case_id=case.id,
        )


def _same_request(first: Event, actor: Actor, at: datetime | None, note: str | None) -> bool:
    """The part of the rule that all verbs share: who asks, of when, and with which note."""
    return (first.actor, first.org) == (actor.id, actor.org) and at in (None, first.at) and _same_note(first, note)


def _same_note(first: Event, note: str | None) -> bool:
    """Whether the note is the same; an erased one cannot be compared and passes."""
    return first.note == note or (first.note is None and json.loads(first.body)["note"] is not None)


def _same_step(rules: Rules, first: Event, payload: Any) -> bool:
    """Whether `payload`, read as the first request's transition reads it, is the same."""
    arrows = rules.table.get((first.source or "", first.trigger or ""), ())
    return any(_same_payload(first.payload, arrow.payload.read(payload)) for arrow in arrows)


def _same_payload(first: Mapping[str, Any], again: Mapping[str, Any] | tuple[Any, ...]) -> bool:
    """Whether a payload is the same; reasons for which it cannot be read are not, erased parts pass."""
    if isinstance(again, tuple):
        return False
    erased = {name for name, value in first.items() if is_commitment(value)}
    return {name: value for name, value in first.items() if name not in erased} == {
        name: value for name, value in again.items() if name not in erased
    }
