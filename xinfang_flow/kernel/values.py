"""The small values of the kernel: who asks, what is asked, and what is answered.

They are named tuples: immutable in C, and a quarter of the price of a frozen dataclass on the path of every fire.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, Self

from xinfang_flow.errors import InputError
from xinfang_flow.kernel.frozen import EMPTY
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.text import Text, shown

NAME_LENGTH = 64
MESSAGE_LENGTH = 400
_ACTOR = Text("经办人", "actor")
NAME = re.compile(
    r"[^\s\x00-\x1f\x7f\ud800-\udfff](?:[^\x00-\x1f\x7f\ud800-\udfff]{0,62}[^\s\x00-\x1f\x7f\ud800-\udfff])?"
)


class Actor(NamedTuple("_Actor", [("id", str), ("roles", frozenset[str]), ("org", str | None), ("name", str | None)])):
    """经办人: who asks.  `roles` are identifiers that flows know, `org` the organ the actor belongs to."""

    __slots__ = ()

    def __new__(cls, id: str, roles: Iterable[str] = (), org: str | None = None, name: str | None = None) -> Self:
        """Check the names; "system" is reserved for `SYSTEM`, as a name and as a role.

        Raises:
            InputError: an empty or unprintable name, or the reserved one, or the reserved role.
        """
        names: tuple[object, ...] = (id,) if org is None else (id, org)
        for given in names:
            if not (isinstance(given, str) and NAME.fullmatch(given)):
                raise InputError(
                    Text(
                        f"“{shown(given)}”不是合格的名称，应为1至64个可见字符",
                        f"{given!r} is not a name: 1 to 64 printable characters",
                    ),
                    where=_ACTOR,
                )
        if id == "system":
            raise InputError(
                Text("system 是系统自身，请写明经办人", '"system" is the engine itself; name the person who asks'),
                where=_ACTOR,
            )
        if isinstance(roles, str):
            raise InputError(
                Text(
                    f'角色应为名称的集合，不是文字“{shown(roles)}”：请写成 roles={{"{roles}"}}',
                    f'roles is a set of names, not the text {roles!r}: write roles={{"{roles}"}}',
                ),
                where=_ACTOR,
            )
        played = frozenset(roles)
        if "system" in played:
            raise InputError(
                Text(
                    "system 是系统自身的角色，请写明经办人自己的角色",
                    '"system" is the role of the engine itself; name the roles of the person',
                ),
                where=_ACTOR,
            )
        return tuple.__new__(cls, (id, played, org, name))


SYSTEM = tuple.__new__(Actor, ("system", frozenset({"system"}), None, None))


class Command(NamedTuple):
    """What is asked of a case: a trigger with its payload, by an actor, at a moment, under an idempotency key."""

    case_id: str
    trigger: str
    payload: Any = EMPTY
    actor: Actor = SYSTEM
    at: datetime | None = None
    key: str | None = None
    note: str | None = None
    expected_version: int | None = None

    def __repr__(self) -> str:
        """Say what is asked of which case, without the payload: reprs end up in logs."""
        return f"<Command {self.trigger} on {self.case_id} by {self.actor.id}>"


class Hint(NamedTuple):
    """Words with the nearest right word in them, which is looked for when they are read, not when a step is refused.

    Looking costs a hundred times what deciding does.
    """

    before: Text
    word: str
    known: tuple[str, ...]
    after: Text

    def told(self) -> Text:
        """Return the words."""
        zh, en = did_you_mean(self.word, self.known) if len(self.word) <= NAME_LENGTH else ("", "")
        return _cut(f"{self.before.zh}{zh}{self.after.zh}", f"{self.before.en}{en}{self.after.en}")


class Reason(NamedTuple("_Reason", [("code", str), ("said", Text | Hint), ("where", str | None)])):
    """Why a step is refused: a stable code, the words in both languages, and the field, guard or task it is about."""

    __slots__ = ()

    def __new__(cls, code: str, message: Text | Hint, where: str | None = None) -> Self:
        """Make a reason; `reason` cuts the words to size."""
        return tuple.__new__(cls, (code, message, where))

    @property
    def message(self) -> Text:
        """The words in both languages."""
        return self.said.told() if isinstance(self.said, Hint) else self.said

    def as_dict(self, *, reveal: bool = False) -> dict[str, Any]:
        """Return the plain form: the code, where, and the words in both languages."""
        return {"code": self.code, "where": self.where, "message": {"zh": self.message.zh, "en": self.message.en}}

    def __str__(self) -> str:
        """Both languages, for logs and exceptions."""
        message = self.message
        return f"{message.zh} / {message.en}"


def reason(code: str, zh: str, en: str, where: str | None = None) -> Reason:
    """Build a Reason; labels are cut to what a message may hold."""
    return Reason(code, _cut(zh, en), where)


def _cut(zh: str, en: str) -> Text:
    return Text(zh=zh[:MESSAGE_LENGTH], en=en[:MESSAGE_LENGTH])
