"""The kinds of events, a closed set, each with its words."""

from __future__ import annotations

from typing import Literal, get_args

from xinfang_flow.text import Text

EventKind = Literal["opened", "fired", "linked", "signalled", "warned", "breached", "recalculated"]
EVENT_KINDS: tuple[EventKind, ...] = get_args(EventKind)
CLOCK: tuple[EventKind, ...] = ("warned", "breached")  # what only time does

_TITLES: dict[EventKind, Text] = {
    "opened": Text("登记", "Opened"), "fired": Text("办理", "Step taken"), "linked": Text("建立关联", "Linked"),
    "signalled": Text("关联事项有结果", "Linked case told"), "warned": Text("期限预警", "Deadline warning"),
    "breached": Text("期限届满", "Deadline breached"), "recalculated": Text("日历更新，重新计算期限", "Recalculated"),
}  # fmt: skip


def kind_title(kind: EventKind) -> Text:
    """Return what happened in an event of this kind, in a few words."""
    return _TITLES[kind]
