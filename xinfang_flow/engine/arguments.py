"""What callers hand in: each function returns it, checked, or says where it is wrong and what to hand in instead.

The message names the kind of what was given and not its value, unless the value is a name: reprs end up in logs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from xinfang_flow.engine.opening import Opening
from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Actor, Case, Command, Link
from xinfang_flow.kernel.printable import note_fault
from xinfang_flow.kernel.values import NAME
from xinfang_flow.store import Store

AHEAD = timedelta(minutes=5)
KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
MOST_ITEMS = 500
_ACTOR = 'hand in who asks: xf.Actor("li", roles={"clerk"}, org="xianju")'
_CASE = "hand in the case's id: case.id"
Item = TypeVar("Item")


def _wrong(where: str, wanted: str, given: object) -> InputError:
    return InputError(f"{wanted}, not {'None' if given is None else type(given).__name__}", where=where)


def checked_actor(actor: object) -> Actor:
    """Return who asks.

    Raises:
        InputError: it is no `Actor`.
    """
    if not isinstance(actor, Actor):
        raise _wrong("actor", _ACTOR, actor)
    return actor


def checked_id(case_id: object, where: str = "case_id") -> str:
    """Return the id of a case.

    Raises:
        InputError: it is no text, a case for example.
    """
    if not isinstance(case_id, str):
        raise _wrong(where, _CASE, case_id)
    return case_id


def checked_name(name: object, where: str, wanted: str) -> str:
    """Return a name that flows or organs know; whether there is such a one is asked elsewhere.

    Raises:
        InputError: it is no text.
    """
    if not isinstance(name, str):
        raise _wrong(where, wanted, name)
    return name


def checked_flow_name(name: object) -> str:
    """Return the name of a flow.

    Raises:
        InputError: it is no text, a flow for example.
    """
    return checked_name(name, "flow", 'hand in the flow\'s name, "hearing" or "hearing@1": flow.id')


def checked_org(org: object) -> str | None:
    """Return an organ, or None.

    Raises:
        InputError: it is no name.
    """
    if org is None or (isinstance(org, str) and NAME.fullmatch(org)):
        return org
    given = repr(org) if isinstance(org, str) else type(org).__name__
    raise InputError(f"{given} is not a name: 1 to 64 printable characters", where="org")


def checked_key(key: object) -> str:
    """Return an idempotency key.

    Raises:
        InputError: it has not the form of a key.
    """
    if isinstance(key, str) and KEY.fullmatch(key):
        return key
    given = repr(key) if isinstance(key, str) else type(key).__name__
    raise InputError(f"{given} is not a key: 1 to 128 of A-Z a-z 0-9 . _ : -", where="key")


def checked_moment(at: object, now: datetime) -> datetime:
    """Return the moment if it has a zone and does not lie in the future.

    Raises:
        InputError: it has no zone, or is more than five minutes ahead of the clock.
    """
    if not isinstance(at, datetime):
        raise _wrong("at", "a moment is a datetime with its zone", at)
    if at.tzinfo is None:
        raise InputError(f"{at.isoformat()!r} has no zone: write {at.isoformat()}+08:00", where="at")
    if at > now + AHEAD:
        raise InputError(f"{at.isoformat()} lies in the future (now: {now.isoformat()})", where="at")
    return at


def checked_note(note: str | None) -> None:
    """Check a note by the rules of text.

    Raises:
        InputError: it is no text, too long, or holds what cannot be printed.
    """
    fault = None if note is None else note_fault(note)
    if fault is not None:
        raise InputError(fault, where="note")


def checked_version(version: object) -> int | None:
    """Return the version that a case is expected to have, or None.

    Raises:
        InputError: it is no whole number.
    """
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise _wrong("expected_version", "a version is a whole number: case.version", version)
    return version


def checked_limit(limit: object) -> int:
    """Return how many items a page holds.

    Raises:
        InputError: it is no whole number between 1 and 500.
    """
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise _wrong("limit", f"a page holds 1 to {MOST_ITEMS} items: a whole number", limit)
    if not 1 <= limit <= MOST_ITEMS:
        raise InputError(f"a page holds 1 to {MOST_ITEMS} items, not {limit}", where="limit")
    return limit


def checked_count(count: object, where: str) -> int:
    """Return how many at most.

    Raises:
        InputError: it is no whole number from 0 on.
    """
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise InputError("hand in a whole number from 0 on", where=where)
    return count


def checked_truth(given: object, where: str) -> bool | None:
    """Return a condition that holds, does not hold, or (None) is not asked for.

    Raises:
        InputError: it is something else.
    """
    if given is not None and not isinstance(given, bool):
        raise _wrong(where, "hand in True, False or None", given)
    return given


def checked_text(given: object, where: str) -> str | None:
    """Return a condition on a name, or None where it is not asked for.

    Raises:
        InputError: it is no text.
    """
    return None if given is None else checked_name(given, where, "hand in a name as text, or None")


def checked_path(path: object) -> Path:
    """Return where a file shall be written.

    Raises:
        InputError: it is no path.
    """
    if not isinstance(path, str | os.PathLike) or "\0" in str(path):
        raise _wrong("path", "hand in the path of a file", path)
    return Path(path)


def checked_language(lang: object) -> None:
    """Check that a language is one of the two.

    Raises:
        InputError: it is another.
    """
    if lang not in ("zh", "en"):
        raise InputError(f'hand in "zh" or "en", not {lang!r}', where="lang")


def checked_after(after: object) -> str | None:
    """Return the cursor of a page.

    Raises:
        InputError: it is no text.
    """
    return None if after is None else checked_name(after, "after", "hand in the page's cursor: page.next")


def checked_links(links: object) -> tuple[Link, ...]:
    """Return the links with which a case is opened.

    Raises:
        InputError: they are no sequence of `Link`.
    """
    wanted = 'hand in a list of links: [xf.Link(case.id, "part", "child", "open")]'
    ties = _listed(links, Link, "links", wanted)
    for tie in ties:
        checked_id(tie.case_id, "links")
        if tie.role not in ("parent", "child") or not isinstance(tie.kind, str):
            raise InputError(f'{wanted}: a kind by its name, and "parent" or "child"', where="links")
    return ties


def checked_commands(commands: object) -> tuple[Command, ...]:
    """Return a batch of commands.

    Raises:
        InputError: they are no sequence of `Command`.
    """
    return _listed(commands, Command, "commands", 'hand in a list of commands: [xf.Command(case.id, "screen")]')


def checked_openings(openings: object) -> tuple[Opening, ...]:
    """Return a batch of openings.

    Raises:
        InputError: they are no sequence of `Opening`, or two of them have the same key.
    """
    wanted = 'hand in a list of openings: [xf.Opening("hearing", {...}, key="in-1")]'
    asked = _listed(openings, Opening, "openings", wanted)
    seen: dict[str, int] = {}
    for place, opening in enumerate(asked, 1):
        if isinstance(opening.key, str) and seen.setdefault(opening.key, place) != place:
            first = seen[opening.key]
            raise InputError(
                f"openings {first} and {place} have the same key {opening.key!r}: give each its own", where="openings"
            )
    return asked


def checked_flows(flows: object) -> tuple[Flow, ...] | None:
    """Return the flows that an engine shall run, or None for the standard ones.

    Raises:
        InputError: they are no sequence of flows.
    """
    return None if flows is None else _listed(flows, Flow, "flows", 'hand in flows: flows=[xf.load_flow("hearing")]')


def checked_named(given: object, where: str, wanted: str, fits: Callable[[Any], bool]) -> dict[str, Any]:
    """Return what an engine is handed in by names: guards, effects, calendars.

    Raises:
        InputError: it is no mapping from names to what fits.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise _wrong(where, wanted, given)
    for name, value in given.items():
        if not isinstance(name, str) or not fits(value):
            raise _wrong(f"{where}[{name!r}]", wanted, value)
    return dict(given)


def checked_part(given: Item, where: str, wanted: str, *verbs: str) -> Item:
    """Return a part of an engine (store, clock, directory) that has the verbs it needs.

    Raises:
        InputError: it has not.
    """
    if isinstance(given, type) or not all(callable(getattr(given, verb, None)) for verb in verbs):
        raise _wrong(where, wanted, given)
    return given


def checked_store(store: Store) -> Store:
    """Return a store.

    Raises:
        InputError: it is none, a path for example.
    """
    wanted = "hand in a database's URL, such as sqlite:///county.db, or a store"
    return checked_part(store, "store", wanted, "transaction", "read_in", "close")


def _listed(given: object, kind: type[Item], where: str, wanted: str) -> tuple[Item, ...]:
    if isinstance(given, kind | str | Mapping | Case) or not isinstance(given, Iterable):
        raise _wrong(where, wanted, given)
    items = tuple(given)
    for item in items:
        if not isinstance(item, kind):
            raise _wrong(where, wanted, item)
    return items
