"""What verifying a history or a case file says."""

from __future__ import annotations

from typing import NamedTuple, Self

from xinfang_flow.kernel.event import NOTE
from xinfang_flow.text import Language


class Said(str):
    """A sentence of a verdict: the English one, as which it compares and is stored, with the Chinese beside it."""

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, zh: str, en: str) -> Self:
        """Take the sentence in both languages."""
        said = super().__new__(cls, en)
        said.zh = zh
        return said

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # how it is copied and pickled
        return self.zh, str(self)


class Verdict(NamedTuple):
    """What verification found.  `not_checked` names what no chain can see from the inside."""

    ok: bool
    broken_at: int | None = None
    reason: str | None = None
    not_checked: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """True when nothing is broken."""
        return self.ok


def said_in(sentence: str, lang: Language) -> str:
    """Return a verdict's reason, or one of what it did not check, in `lang`; a plain string stands for both."""
    return sentence.zh if lang == "zh" and isinstance(sentence, Said) else str(sentence)


def unbound(name: str) -> Said:
    """Return what is said of a value, or the note, that is not the one that its commitment binds."""
    zh, en = ("意见", "the note") if name == NOTE else (f"“{name}”", name)
    return Said(f"{zh}与其个人信息校验码不符", f"{en} does not match its commitment")
