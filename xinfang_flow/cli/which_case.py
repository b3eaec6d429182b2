"""From what people type to the case they mean: id, the beginning of one, the key it was opened under, its number."""

from __future__ import annotations

import re
from contextlib import suppress

from xinfang_flow.cli.face import Face
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import InputError, NotFoundError
from xinfang_flow.kernel import Actor, Case
from xinfang_flow.text import Text, shown

KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
PREFIXES = ("", "register:")
SHORTEST = 4


def find_case(face: Face, engine: Engine, text: str, actor: Actor) -> Case:
    """Return the case.

    Raises:
        NotFoundError: there is none, for this actor.
        InputError: several begin like that.
    """
    if not KEY.fullmatch(text):
        raise _no_case(text)
    try:
        return engine.get(text, actor=actor)
    except NotFoundError:
        for prefix in PREFIXES:
            with suppress(NotFoundError):
                return engine.opened(prefix + text, actor=actor)
    return _by_beginning(face, engine, text, actor)


def _by_beginning(face: Face, engine: Engine, text: str, actor: Actor) -> Case:
    near = engine.find(actor=actor, after=text, limit=2).items if len(text) >= SHORTEST else ()
    found = [case for case in near if case.id.startswith(text)]
    if len(found) > 1:
        raise InputError(face.words("error.ambiguous", text=text, first=found[0].id, second=found[1].id))
    if not found:
        raise _no_case(text)
    return found[0]


def _no_case(text: str) -> NotFoundError:
    words = Text(f"没有编号为 {shown(text)} 的信访事项（或无权查看）", f"there is no case {text!r}")
    return NotFoundError(words, name=text)
