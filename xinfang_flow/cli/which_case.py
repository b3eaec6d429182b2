"""From what people type to the case they mean: id, the key it was opened under, its number, the beginning of its id.

The number is any field that a flow marks with `find` or `unique`.
"""

from __future__ import annotations

import re
from contextlib import suppress

from xinfang_flow.cli.face import Face
from xinfang_flow.engine.cursor import cursor_of
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import InputError, NotFoundError
from xinfang_flow.kernel import Actor, Case
from xinfang_flow.store import Query
from xinfang_flow.text import Text, shown

KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
PREFIXES = ("", "register:")
SHORTEST = 4


def find_case(face: Face, engine: Engine, text: str, actor: Actor) -> Case:
    """Return the case.

    Raises:
        NotFoundError: there is none, for this actor.
        InputError: several begin like that, or have that value.
    """
    if KEY.fullmatch(text):
        with suppress(NotFoundError):
            return engine.get(text, actor=actor)
        for prefix in PREFIXES:
            with suppress(NotFoundError):
                return engine.opened(prefix + text, actor=actor)
    found = _by_field(engine, text, actor) or _by_beginning(engine, text, actor)
    if len(found) > 1:
        raise InputError(face.words("error.ambiguous", text=text, first=found[0].id, second=found[1].id))
    if not found:
        raise _no_case(text)
    return found[0]


def _no_case(text: str) -> NotFoundError:
    words = Text(f"没有编号为 {shown(text)} 的信访事项（或无权查看）", f"there is no case {text!r}")
    return NotFoundError(words, name=text)


def _by_field(engine: Engine, text: str, actor: Actor) -> list[Case]:
    """Return cases in which a field that is marked for it has the value: a register number, a township."""
    found: dict[str, Case] = {}
    for name in engine.searchable():
        with suppress(InputError):  # the field can have no such value
            found |= {case.id: case for case in engine.find(actor=actor, where={name: text}, limit=2).items}
    return list(found.values())


def _by_beginning(engine: Engine, text: str, actor: Actor) -> list[Case]:
    if len(text) < SHORTEST or not KEY.fullmatch(text):
        return []
    near = engine.find(actor=actor, after=cursor_of(Query(), text), limit=2).items
    return [case for case in near if case.id.startswith(text)]
