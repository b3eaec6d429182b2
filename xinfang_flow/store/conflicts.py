"""What every store says alike when a commit cannot be: the case has moved on, a key or a flow's version is taken."""

from __future__ import annotations

from xinfang_flow.errors import ConflictError, FlowError
from xinfang_flow.kernel import Event
from xinfang_flow.store.contract import StoredFlow
from xinfang_flow.text import Text, shown


def moved_on(case_id: str, expected: int, found: int) -> ConflictError:
    """Return the error for a case that has not the expected version."""
    words = Text(
        f"事项 {case_id} 已有{found}条留痕，您看到的是第{expected}条时的情形：请重新查看",
        f"case {case_id} has version {found}, not {expected}",
    )
    return ConflictError(words, case_id=case_id, expected=expected, found=found)


def key_taken(event: Event) -> ConflictError:
    """Return the error for an event whose key another one has."""
    words = Text(f"防重键“{shown(event.key)}”已被占用", f"the key {event.key!r} is taken")
    return ConflictError(words, case_id=event.case_id)


def published_otherwise(flow: StoredFlow) -> FlowError:
    """Return the error for a version of a flow that is published already, with another content."""
    name, other = f"{flow.id}@{flow.version}", flow.version + 1
    zh = f"{name} 已以另一内容发布：请另起第{other}版"
    return FlowError(Text(zh, f"{name} is already published with another content: make it version {other}"))
