"""References: every name that a part uses exists, once, and is of the kind that is needed there."""

from __future__ import annotations

from collections.abc import Iterator

from xinfang_flow.flow.findings.places import Near, Problem
from xinfang_flow.flow.model.fields import SCALARS
from xinfang_flow.flow.model.figures import PREFIX
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import BACKWARD
from xinfang_flow.flow.names.misfits import misfits
from xinfang_flow.flow.names.uses import OPEN, SYSTEM_ROLE, Known, Use, declared, uses

# kind: code, what it is called in Chinese and in English
_KINDS = {
    "state": ("XF101", "环节", "state"),
    "role": ("XF102", "角色", "role"),
    "field": ("XF103", "字段", "field"),
    "record": ("XF104", "记录", "record"),
    "figure": ("XF105", "数值", "figure"),
    "effect": ("XF107", "告知动作", "effect"),
    "task": ("XF108", "任务", "task"),
    "deadline": ("XF109", "期限", "deadline"),
    "trigger": ("XF110", "办理动作", "trigger"),
    "stage": ("XF111", "阶段", "stage"),
    "link": ("XF119", "关联", "link"),
}
_ALSO = {
    "role": frozenset({SYSTEM_ROLE}),
    "record": frozenset(SCALARS) - {"choice"},
}


def references(flow: Flow, also: Known | None = None) -> Iterator[Problem]:
    """Yield every name that is unknown, given twice, or of the wrong kind.

    `also` are names that count as known: those of parts that were left out because their shape is wrong.
    """
    known = {kind: names | (also or {}).get(kind, frozenset()) for kind, names in declared(flow).items()}
    for use in uses(flow):
        yield from _unknown(use, known)
    yield from misfits(flow)


def _unknown(use: Use, known: Known) -> Iterator[Problem]:
    if use.kind == "reference":
        figures = [f"{PREFIX}{name}" for name in known["figure"]]
        yield Problem(
            "XF106", use.path, f'{use.name!r} 不是数值引用，引用写作 "figures.名称"',
            f'{use.name!r} is no reference to a figure: write "figures.NAME"', near=Near(use.name, figures),
        )  # fmt: skip
        return
    names = known[use.kind] | _ALSO.get(use.kind, frozenset()) | ({OPEN} if use.wanted == OPEN else frozenset())
    if use.name in names:
        return
    code, zh_kind, en_kind = _KINDS[use.kind]
    if use.wanted == "dest" and use.name.startswith("@"):
        code, names = "XF112", frozenset(BACKWARD)
    yield Problem(
        code, use.path, f"没有名为 {use.name!r} 的{zh_kind}", f"there is no {en_kind} {use.name!r}",
        near=Near(use.name, names, listed=True),
    )  # fmt: skip
