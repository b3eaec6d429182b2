"""A slot of a task: who owes it, who may act on it as their own, who has a hand in it, and what acting makes of it.

Nobody else reads or writes the keys of a slot.  A slot is owed by an actor (`holder`), by anyone of a `role`, or is an
item that nobody owes by name.  While it is delegated (委派) only the delegate owes it; their word comes back as advice,
and then it is owed as before.  A slot is never deleted, and nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set as AbstractSet
from datetime import datetime
from typing import Any, Literal, NamedTuple

from xinfang_flow.kernel.canonical import moment_of
from xinfang_flow.kernel.frozen import EMPTY, FrozenDict, freeze

SlotStatus = Literal["open", "done", "skipped", "removed", "transferred", "copied"]
Record = Mapping[str, Any]
COUNTED = ("open", "done")  # who counts when people are counted
SETTLED = ("done", "skipped")
ACTED = (*SETTLED, "removed", "transferred")
_ONE_TIME = ("advice", "answer", "at", "by", "delegate", "delegator", "reminded", "via")


class Owed(NamedTuple):
    """Who owes a slot: one actor, or anyone of one role, or (both None) nobody by name."""

    actor: str | None
    role: str | None


NOBODY = Owed(None, None)


# ---- who -------------------------------------------------------------------------------------------------------------


def owed_by(slot: Record) -> Owed:
    """Return who owes the slot now: the delegate while there is one, else the holder, else anyone of the role."""
    if slot["state"] != "open":
        return NOBODY
    actor = slot.get("delegate", slot.get("holder"))
    return Owed(actor, None) if actor is not None else Owed(None, slot.get("role"))


def owes(slot: Record, actor: str | None, roles: AbstractSet[str]) -> bool:
    """Return whether this actor, or anyone of these roles, owes the slot."""
    if slot["state"] != "open":
        return False
    owing = slot.get("delegate", slot.get("holder"))
    return bool(owing == actor) if owing is not None else slot.get("role") in roles


def open_for(slot: Record, actor: str, roles: AbstractSet[str]) -> bool:
    """Return whether the actor may act on the slot as their own: they owe it, or it is an item that nobody owes."""
    if slot["state"] != "open":
        return False
    owing = slot.get("delegate", slot.get("holder"))
    if owing is not None:
        return bool(owing == actor)
    role = slot.get("role")
    return role is None or role in roles


def principal(slot: Record, actor: str, roles: AbstractSet[str]) -> bool:
    """Return whether the slot is this actor's whatever was delegated: as its holder, or by its role."""
    holder = slot.get("holder")
    return bool(holder == actor) if holder is not None else slot.get("role") in roles


def holds(slot: Record, actor: str, roles: AbstractSet[str]) -> bool:
    """Return whether the actor holds the slot: whoever owes it while it is open, its principal once it is done."""
    if slot["state"] == "open":
        return owes(slot, actor, roles)
    return slot["state"] == "done" and principal(slot, actor, roles)


def ever_held(slot: Record, actor: str, roles: AbstractSet[str]) -> bool:
    """Return whether the actor holds the slot or once held it, as its principal or as a delegate."""
    if slot["state"] not in (*COUNTED, "transferred", "removed"):
        return False
    return principal(slot, actor, roles) or actor in (slot.get("delegate"), slot.get("advice", EMPTY).get("by"))


def settled_by(slot: Record) -> str | None:
    """Return the actor who settled or skipped the slot; None while nobody has."""
    return slot.get("by") if slot["state"] in SETTLED else None


def hands(slot: Record) -> tuple[str | None, ...]:
    """Return whoever has, or had, a hand in the slot; None stands for nobody."""
    return (
        slot.get("holder"), slot.get("delegate"), slot.get("delegator"), slot.get("by"),
        slot.get("advice", EMPTY).get("by"),
    )  # fmt: skip


def in_turn(slots: Iterable[Record]) -> Record | None:
    """Return the slot whose turn it is (依次): the first that is open."""
    return next((slot for slot in slots if slot["state"] == "open"), None)


def holder(slot: Record) -> str | None:
    """Return the actor whose slot it is; None where it is a role's, or an item."""
    return slot.get("holder")


def role(slot: Record) -> str | None:
    """Return the role whose slot it is, if it is a role's."""
    return slot.get("role")


def delegate(slot: Record) -> str | None:
    """Return the actor to whom it is delegated, while it is."""
    return slot.get("delegate")


def may_take_back(slot: Record, actor: str, roles: AbstractSet[str]) -> bool:
    """Return whether the actor may take a delegation back: who delegated, the holder, or anyone of the role."""
    return (
        slot["state"] == "open"
        and "delegate" in slot
        and (slot.get("delegator") == actor or principal(slot, actor, roles))
    )


def circle(slot: Record, by: str) -> tuple[str | None, ...]:
    """Return to whom `by` may not delegate the slot: themselves, and those from whom it comes."""
    return (by, slot.get("holder"), slot.get("delegator"))


def answer(slot: Record) -> str | None:
    """Return the answer given, where the task has answers."""
    return slot.get("answer")


def settled_at(slot: Record) -> datetime:
    """Return when a slot that is done was settled."""
    return moment_of(slot["at"])


def last_act(slot: Record) -> tuple[str, datetime] | None:
    """Return who last closed the slot or put it in, and when; None where the flow itself did and nobody has acted."""
    return (slot["by"], moment_of(slot["at"])) if "by" in slot else None


def acted(slot: Record) -> bool:
    """Return whether somebody acted on the slot, beyond being listed, added or reminded."""
    return slot["state"] in ACTED or "advice" in slot


# ---- what is made of it ----------------------------------------------------------------------------------------------


def _frozen(slot: Record) -> Record:
    record: Record = freeze(slot)
    return record


def of_item(name: str) -> Record:
    """Return an open slot for an item of a checklist."""
    return FrozenDict({"id": name, "state": "open"})


def of_role(name: str) -> Record:
    """Return an open slot that anyone of a role owes."""
    return FrozenDict({"id": name, "role": name, "state": "open"})


def of_actor(name: str) -> Record:
    """Return an open slot that one actor owes."""
    return FrozenDict({"holder": name, "id": name, "state": "open"})


def assigned(to: str, by: Record, *, added: bool = False) -> Record:
    """Return an open slot that somebody gave to an actor; `by` says who and when."""
    return _frozen({**of_actor(to), **by, **({"added": True} if added else {})})


def heir(slot: Record, to: str, by: Record) -> Record:
    """Return the open slot of whoever takes one over; an item stays that item, an added one an added one."""
    item = {} if ("holder" in slot and slot["holder"] == slot["id"]) or "role" in slot else {"id": slot["id"]}
    return _frozen({**assigned(to, by, added="added" in slot), **item, "via": slot["id"]})


def copied(to: str, by: Record, place: int) -> Record:
    """Return the slot of somebody who gets a copy and owes nothing."""
    return _frozen({"holder": to, "id": f"{to}#{place}", "state": "copied", **by})


def closed(slot: Record, state: SlotStatus, by: Record, answered: str | None = None) -> Record:
    """Return the slot done, skipped, removed or transferred."""
    given = {} if answered is None else {"answer": answered}
    return _frozen({**slot, "state": state, **by, **given})


def delegated(slot: Record, to: str, by: str) -> Record:
    """Return the slot with the delegate who owes it now; a slot without a holder also keeps who delegated it first."""
    first = {} if "holder" in slot or "delegate" in slot else {"delegator": by}
    return _frozen({**slot, **first, "delegate": to})


def taken_back(slot: Record) -> Record:
    """Return the slot as it is owed without its delegate."""
    return FrozenDict({key: value for key, value in slot.items() if key not in ("delegate", "delegator")})


def advised(slot: Record, by: Record, answered: str | None = None) -> Record:
    """Return the slot with the delegate's word, owed as before."""
    given = {} if answered is None else {"answer": answered}
    return _frozen({**taken_back(slot), "advice": {**by, **given}})


def reminded(slot: Record) -> Record:
    """Return the slot with one more reminder counted."""
    return _frozen({**slot, "reminded": slot.get("reminded", 0) + 1})


def reopened(slot: Record) -> Record:
    """Return a slot that was done as it was before it was settled."""
    rest = {key: value for key, value in slot.items() if key not in ("answer", "at", "by")}
    return FrozenDict({**rest, "state": "open"})


def is_kept(slot: Record) -> bool:
    """Return whether the slot survives when its task is opened anew: a copy, or an added one that still counts."""
    return slot["state"] == "copied" or ("added" in slot and slot["state"] not in ("removed", "transferred"))


def renewed(slot: Record) -> Record:
    """Return a kept slot as it stands in the new round: a copy as it is, an added one open again."""
    if slot["state"] == "copied":
        return slot
    return FrozenDict({**{key: value for key, value in slot.items() if key not in _ONE_TIME}, "state": "open"})
