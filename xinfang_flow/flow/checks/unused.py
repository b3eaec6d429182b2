"""What is declared and never used, and figures that this county has not set."""

from __future__ import annotations

from collections.abc import Iterator

from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Problem
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.names.uses import uses

_SECTIONS = (
    ("role", "roles", "角色"),
    ("field", "fields", "字段"),
    ("record", "records", "记录"),
    ("effect", "effects", "告知动作"),
    ("stage", "stages", "阶段"),
)


def unused(flow: Flow) -> Iterator[Problem]:
    """Yield a warning for every declared name that nothing uses, and for every figure without a value."""
    used = {(use.kind, use.name) for use in uses(flow)}
    for kind, section, zh in _SECTIONS:
        for name in getattr(flow, section):
            if (kind, name) not in used and not (kind == "role" and _reads(flow, name)):
                yield Problem(
                    "XF214", (section, name), f"{zh} {name} 从未用到", f"{kind} {name!r} is never used", "warning"
                )
    for name, figure in flow.figures.items():
        path: Path = ("figures", name)
        if ("figure", name) not in used:
            yield Problem("XF214", path, f"数值 {name} 从未用到", f"figure {name!r} is never used", "warning")
        elif figure.unset:
            yield Problem(
                "XF215",
                path,
                f"数值 {name} 尚未设定，用到时办理会被拒绝：请在县级版的 [figures] 中注明数值和来源",
                f"figure {name!r} is unset: steps that need it are refused; set it, with its source, "
                "under [figures] of an overlay",
                "warning",
            )


def _reads(flow: Flow, role: str) -> bool:
    """Return whether the role is there to read cases: then nobody needs to ask for anything in it."""
    return "sees" in flow.roles[role].model_fields_set
