"""留痕: one immutable fact in a case's history, hash-chained, with personal values as salted commitments.

The hashed form is canonical JSON text (RFC 8785 for the values we allow: no floats, sorted keys, UTF-8), kept as text
beside the event and never in a JSON column.  Whatever is personal enters it as `{"#": sha256(salt + ":" + value)}`;
salt and value lie beside it and can be erased without breaking the proof.  `docs/decisions/0002-event.md` is the
contract.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from xinfang_flow.kernel.canonical import in_order, moment_of, stamp
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict, freeze
from xinfang_flow.kernel.records.commitment import commitment, is_commitment
from xinfang_flow.kernel.records.event_kinds import EventKind
from xinfang_flow.plain import HIDDEN, plain, plain_dict

ALG = "sha256"
SALT_BYTES = 16
NOTE = "()note"  # no payload field has such a name


class Event(NamedTuple):
    """One fact.  `at` is when it happened, `recorded_at` when it was entered; both aware.

    `payload` is what was handed in, `changes` what it did to stage, deadlines, tasks and links: together they fold into
    the case without the flow at hand.  `salts` maps each personal part (payload fields, "note") to its salt; an erased
    part has no salt and no value any more.
    """

    case_id: str
    seq: int
    kind: EventKind
    trigger: str | None
    source: str | None
    dest: str
    actor: str
    role: str
    org: str | None
    at: datetime
    recorded_at: datetime
    payload: Mapping[str, Any]
    changes: Mapping[str, Any]
    note: str | None
    key: str
    alg: str = ALG
    prev_hash: str = ""
    hash: str = ""
    body: str = ""
    salts: Mapping[str, str] = EMPTY

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form, in JSON's own types; the note and personal values as `***` unless revealed.

        Of an event that is not sealed every value of the payload is masked: it does not know which are personal.
        """
        return {
            "case": self.case_id, "seq": self.seq, "at": plain(self.at),
            "recorded_at": plain(self.recorded_at), "kind": self.kind, "trigger": self.trigger,
            "source": self.source, "dest": self.dest, "actor": self.actor, "role": self.role, "org": self.org,
            "payload": plain_dict(self.payload, hidden=personal_parts(self, self.payload), reveal=reveal),
            "changes": plain_dict(self.changes),
            "note": self.note if reveal or self.note is None else HIDDEN, "key": self.key, "hash": self.hash,
        }  # fmt: skip

    def __repr__(self) -> str:
        """Say which event this is, and nothing of what it says: reprs end up in logs."""
        return f"<Event {self.case_id}/{self.seq} {self.kind} {self.trigger or ''}>"


def unsealed(
    *, case_id: str, seq: int, kind: EventKind, trigger: str | None, source: str | None, dest: str, actor: str,
    role: str, org: str | None, at: datetime, recorded_at: datetime, payload: Mapping[str, Any],
    changes: Mapping[str, Any], note: str | None, key: str,
) -> Event:  # fmt: skip
    """Return an event that is not on a chain yet; a function takes names at a third of what they cost the class."""
    return tuple.__new__(Event, (
        case_id, seq, kind, trigger, source, dest, actor, role, org, at, recorded_at, payload, changes, note, key,
        ALG, "", "", "", EMPTY,
    ))  # fmt: skip


def personal_parts(event: Event, names: Iterable[str]) -> list[str] | None:
    """Return those of the names of a payload whose values are personal; None when the event is not sealed: who knows.

    They are those with a salt, and those whose value was erased, of which the commitment is left.
    """
    if not event.hash:
        return None
    payload, salts = event.payload, event.salts
    return [
        name
        for name in names
        if name in salts or (payload.get(name).__class__ is FrozenDict and is_commitment(payload[name]))
    ]


def digest(body: str) -> str:
    """Return the hash of a hashed form, in hex."""
    return hashlib.sha256(body.encode()).hexdigest()


def seal(event: Event, prev_hash: str, personal: frozenset[str], entropy: Callable[[int], bytes]) -> Event:
    """Return the event with its hashed form, chained to `prev_hash`.

    `personal` names the payload fields to commit to; the note always is.  `entropy(n)` gives n random bytes.
    """
    salts = _salts(event, personal, entropy)
    payload: Mapping[str, Any] = event.payload
    note = None
    if salts:
        payload = {
            name: commitment(salts[name], value) if name in salts else value for name, value in event.payload.items()
        }
        note = commitment(salts[NOTE], event.note) if NOTE in salts else None
    # The keys stand in their order, as they do in whatever a decision has put into the payload and the changes.
    text = in_order({
        "actor": event.actor, "alg": ALG, "at": stamp(event.at), "case": event.case_id, "changes": event.changes,
        "dest": event.dest, "key": event.key, "kind": event.kind, "note": note, "org": event.org, "payload": payload,
        "prev": prev_hash, "recorded_at": stamp(event.recorded_at), "role": event.role, "seq": event.seq,
        "source": event.source, "trigger": event.trigger,
    })  # fmt: skip
    proof = (ALG, prev_hash, hashlib.sha256(text).hexdigest(), text.decode(), salts)
    return tuple.__new__(Event, event[: -len(proof)] + proof)


def _salts(event: Event, personal: frozenset[str], entropy: Callable[[int], bytes]) -> Mapping[str, str]:
    """Draw a salt for each personal part of an event."""
    parts = [] if personal.isdisjoint(event.payload) else [name for name in event.payload if name in personal]
    if event.note is not None:
        parts.append(NOTE)
    return FrozenDict({part: entropy(SALT_BYTES).hex() for part in parts}) if parts else EMPTY


def restore(body: str, hash_: str, private: Mapping[str, Any] | None) -> Event:
    """Return the event that a store kept as its hashed form, its hash and its private part.

    `private` maps each personal part to `[salt, value]`; a part that is missing there has been erased and reads as its
    commitment.
    """
    stored = json.loads(body)
    private = private or {}
    payload = stored["payload"]
    for name, (_, value) in private.items():
        if name != NOTE:
            payload[name] = value
    note = private[NOTE][1] if NOTE in private else None
    return Event(
        case_id=stored["case"], seq=stored["seq"], kind=stored["kind"], trigger=stored["trigger"],
        source=stored["source"], dest=stored["dest"], actor=stored["actor"], role=stored["role"], org=stored["org"],
        at=moment_of(stored["at"]), recorded_at=moment_of(stored["recorded_at"]), payload=freeze(payload),
        changes=freeze(stored["changes"]), note=note, key=stored["key"], alg=stored["alg"], prev_hash=stored["prev"],
        hash=hash_, body=body, salts=FrozenDict({name: salt for name, (salt, _) in private.items()}),
    )  # fmt: skip


def private_part(event: Event) -> dict[str, Any] | None:
    """Return `{part: [salt, value]}` for a store to keep beside the hashed form, or None."""
    if not event.salts:
        return None
    return {name: [salt, event.note if name == NOTE else event.payload[name]] for name, salt in event.salts.items()}
