"""The error tree: one hierarchy, typed, and part of the API.

The place that raises an error owns its sentence, in Chinese and in English: `error.text`.  A class's docstring is its
default message.  Facts that a program may want are attributes, so that nobody has to parse a sentence.  A *refusal* of
a step is a value inside the kernel (`Refused`); only the Engine turns it into `RefusedError`, so that a script cannot
lose it by ignoring a return value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from xinfang_flow.plain import plain_dict
from xinfang_flow.text import Language, Text

if TYPE_CHECKING:
    from datetime import date

__all__ = [
    "CalendarHorizonError",
    "ConflictError",
    "FlowError",
    "InputError",
    "KeyReusedError",
    "NotFoundError",
    "OutcomeUnknownError",
    "RefusedError",
    "StoreError",
    "TamperedError",
    "WiringError",
    "XinfangError",
]


class XinfangError(Exception):
    """Something in xinfang_flow went wrong."""

    default_zh: ClassVar[str] = "程序出错"

    def __init__(self, message: str | Text | None = None) -> None:
        self._text = _both(message) if message else Text(self.default_zh, (type(self).__doc__ or "").strip())
        super().__init__(self._text.en)

    @property
    def text(self) -> Text:
        """The message in both languages; one that was given as a plain string stands for both."""
        return self._text

    def in_(self, lang: Language) -> str:
        """Return the message in `lang` ("zh" or "en")."""
        return self.text.in_(lang)

    def as_dict(self) -> dict[str, Any]:
        """Return the plain form, in JSON's own types: the class as `error`, the message, and each fact by its name.

        A class that is not part of the API (a store's own) is called by the nearest one of this tree.
        """
        kind = next(kind for kind in type(self).__mro__ if kind.__module__ == __name__)
        facts = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return {"error": kind.__name__, "message": str(self), **plain_dict(facts)}


class InputError(XinfangError, ValueError):
    """A value that was handed in cannot be taken.

    `where` names the argument, field or line; the message says how to mend it.  Where people meet that name it has two
    languages, and the attribute is the English one.
    """

    default_zh = "给出的内容不能使用"
    where: str | None

    def __init__(self, message: str | Text | None = None, *, where: str | Text | None = None) -> None:
        place = _both(where) if where else None
        if place and message:
            words = _both(message)
            message = Text(f"{place.zh}：{words.zh}", f"{place.en}: {words.en}")
        super().__init__(message)
        self.where = place.en if place else None


class FlowError(XinfangError):
    """A flow cannot be used as it is written.

    `findings` holds every problem at once, each with its place.
    """

    default_zh = "流程不能使用"
    findings: tuple[Any, ...]

    def __init__(self, message: str | Text | None = None, *, findings: Sequence[Any] = ()) -> None:
        self.findings = tuple(findings)
        super().__init__(_lines(message, (Text(finding.line("zh"), str(finding)) for finding in self.findings)))


class WiringError(XinfangError):
    """The engine lacks something that its flows name.

    `missing` lists every name without a function, all at once.
    """

    default_zh = "引擎缺少流程所需的条件或日历"
    missing: tuple[str, ...]

    def __init__(self, message: str | Text | None = None, *, missing: Iterable[str | Text] = ()) -> None:
        lines = [_both(line) for line in missing]
        self.missing = tuple(line.en for line in lines)
        super().__init__(_lines(message, lines))


class RefusedError(XinfangError):
    """The step was refused; nothing has changed.

    `reasons` are the same values that `decide` and `available` give.
    """

    default_zh = "不予办理，事项未变"
    reasons: tuple[Any, ...]

    def __init__(self, message: str | Text | None = None, *, reasons: Sequence[Any] = ()) -> None:
        self.reasons = tuple(reasons)
        self._message = message
        super().__init__(message)

    @property
    def text(self) -> Text:
        """The message, or every reason in its words."""
        if self._message or not self.reasons:
            return super().text
        messages = [reason.message for reason in self.reasons]
        return Text("；".join(each.zh for each in messages), "; ".join(each.en for each in messages))

    def __str__(self) -> str:
        """The message, or every reason in both languages, which are only made when somebody reads them."""
        return super().__str__() if self._message else "; ".join(map(str, self.reasons)) or super().__str__()


class ConflictError(XinfangError):
    """Somebody else changed the case in the meantime; read it again and decide anew."""

    default_zh = "其间有人办理过该事项，请重新查看后再办理"
    case_id: str | None
    expected: int | None
    found: int | None

    def __init__(
        self,
        message: str | Text | None = None,
        *,
        case_id: str | None = None,
        expected: int | None = None,
        found: int | None = None,
    ) -> None:
        self.case_id, self.expected, self.found = case_id, expected, found
        super().__init__(message)


class KeyReusedError(ConflictError):
    """The idempotency key already belongs to another request."""

    default_zh = "防重键已用于另一请求"
    key: str | None

    def __init__(
        self, message: str | Text | None = None, *, key: str | None = None, case_id: str | None = None
    ) -> None:
        self.key = key
        super().__init__(message, case_id=case_id)


class OutcomeUnknownError(XinfangError):
    """The answer to the commit was lost and could not be looked up; ask again with the same `key`."""

    default_zh = "提交结果不明，请用同一防重键重试"
    key: str | None

    def __init__(self, message: str | Text | None = None, *, key: str | None = None) -> None:
        self.key = key
        super().__init__(message)


class NotFoundError(XinfangError):
    """There is no such case for this actor."""

    default_zh = "没有这件信访事项，或无权查看"
    name: str | None

    def __init__(self, message: str | Text | None = None, *, name: str | None = None) -> None:
        self.name = name
        super().__init__(message)


class CalendarHorizonError(XinfangError):
    """The calendar does not know that day: its notice has not been published or loaded."""

    default_zh = "日历没有收录这一天：当年的放假安排尚未公布或尚未载入"
    calendar: str | None
    day: date | None
    horizon: date | None

    def __init__(
        self,
        message: str | Text | None = None,
        *,
        calendar: str | None = None,
        day: date | None = None,
        horizon: date | None = None,
    ) -> None:
        self.calendar, self.day, self.horizon = calendar, day, horizon
        super().__init__(message)


class TamperedError(XinfangError):
    """The stored history does not match its own hashes."""

    default_zh = "留痕与校验码不符"
    case_id: str | None
    broken_at: int | None

    def __init__(
        self, message: str | Text | None = None, *, case_id: str | None = None, broken_at: int | None = None
    ) -> None:
        self.case_id, self.broken_at = case_id, broken_at
        super().__init__(message)


class StoreError(XinfangError):
    """The database failed; the original error is the cause.  Nothing was half-written."""

    default_zh = "数据库出错，未写入任何内容"


def _both(words: str | Text) -> Text:
    return words if isinstance(words, Text) else Text(words, words)


def _lines(message: str | Text | None, lines: Iterable[Text]) -> Text | None:
    every = [*([_both(message)] if message else []), *lines]
    return Text("\n".join(line.zh for line in every), "\n".join(line.en for line in every)) if every else None
