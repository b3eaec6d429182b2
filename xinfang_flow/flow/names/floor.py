"""Law is a floor: what an overlay may do to a figure that the law gives.

A figure `bound = "at_most"` may only be lowered, one `bound = "at_least"` only raised, in the same unit; its article
and its bound stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Problem
from xinfang_flow.flow.model.figures import UNITS, name_of

_FIXED = ("bound", "basis")


def floor(base: Any, overlay: Any) -> Iterator[Problem]:
    """Yield what the figures of an overlay may not do to those of its base (tables of a document)."""
    if not (isinstance(base, Mapping) and isinstance(overlay, Mapping)):
        return
    for name, new in overlay.items():
        old = base.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _figure(("figures", name), name, old, new)


def governed(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield deadlines whose length the law gives, and which an overlay would cut loose from the figure."""
    statutory = {
        str(deadline["name"]): deadline["period"]
        for deadline in _tables(base.get("deadline"))
        if "name" in deadline and _is_bound(base.get("figures"), deadline.get("period"))
    }
    for index, deadline in enumerate(_tables(overlay.get("deadline"))):
        period = statutory.get(str(deadline.get("name")))
        if period is not None and "period" in deadline and deadline["period"] != period:
            yield _cut_loose(("deadline", index, "period"), str(deadline["name"]), period)
    removed = overlay.get("remove")
    names = removed.get("deadline", ()) if isinstance(removed, Mapping) else ()
    for index, name in enumerate(names if isinstance(names, list) else [names]):
        if str(name) in statutory:
            yield _cut_loose(("remove", "deadline", index), str(name), statutory[str(name)])


def _cut_loose(path: Path, name: str, period: str) -> Problem:
    return Problem(
        "XF303",
        path,
        f"期限 {name} 由法定数值 {period} 决定，不能改用别的或移除",
        f"deadline {name!r} has its length from the statutory {period}: it cannot be changed for another or removed",
    )


def _tables(entries: Any) -> list[Mapping[str, Any]]:
    """Return the entries of a section; those of a wrong shape count as empty, so that places stay right."""
    return [entry if isinstance(entry, Mapping) else {} for entry in entries] if isinstance(entries, list) else []


def _is_bound(figures: Any, period: Any) -> bool:
    name = name_of(period) if isinstance(period, str) else None
    figure = figures.get(name) if isinstance(figures, Mapping) and name else None
    return isinstance(figure, Mapping) and "bound" in figure


def _figure(path: Path, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Problem]:
    amount = _amount(new)
    if amount is not None and amount[0] != "unset" and not (new.get("source") or new.get("basis")):
        yield Problem(
            "XF304",
            path,
            f"{name} 改变了数值，须注明自己的 `source`（来源）",
            f"{name!r} sets another amount and needs its own `source`",
        )
    if "bound" not in old:
        return
    for key in _FIXED:
        if key in new and new[key] != old.get(key):
            yield Problem(
                "XF303",
                (*path, key),
                f"法定数值 {name} 的 `{key}` 不能更改（{_article(old)}）",
                f"the `{key}` of the statutory figure {name!r} cannot be changed ({_article(old)})",
            )
    before = _amount(old)
    if amount is not None and before is not None and before[0] != "unset":
        yield from _compared(path, name, old, before, amount)


def _compared(
    path: Path, name: str, old: Mapping[str, Any], before: tuple[str, Any], after: tuple[str, Any]
) -> Iterator[Problem]:
    if before[0] != after[0] or not _number(before[1]) or not _number(after[1]):
        if before != after:
            yield Problem(
                "XF302",
                path,
                f"{name} 为 {_shown(after)}，无法与 {_shown(before)} 比较，请用同一单位（{_article(old)}）",
                f"{name!r} is {_shown(after)}, which cannot compare with {_shown(before)}: "
                f"use the same unit ({_article(old)})",
            )
        return
    lowered = after[1] < before[1]
    if after[1] == before[1] or lowered == (old["bound"] == "at_most"):
        return
    zh, en = (
        ("只能缩短或降低", "may only be lowered")
        if old["bound"] == "at_most"
        else ("只能延长或提高", "may only be raised")
    )
    yield Problem(
        "XF301",
        path,
        f"{name} 由 {_shown(before)} 改为 {_shown(after)}，放宽了法定要求：{zh}（{_article(old)}）",
        f"{name!r} goes from {_shown(before)} to {_shown(after)} and loosens what the law sets: "
        f"it {en} ({_article(old)})",
    )


def _amount(figure: Mapping[str, Any]) -> tuple[str, Any] | None:
    """Return unit and amount; None when the figure says nothing of it."""
    if figure.get("unset") is True:
        return "unset", True
    return next(((unit, figure[unit]) for unit in (*UNITS, "value") if figure.get(unit) is not None), None)


def _number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(amount: tuple[str, Any]) -> str:
    unit, value = amount
    return "unset" if unit == "unset" else f"{value}" if unit == "value" else f"{value} {unit}"


def _article(figure: Mapping[str, Any]) -> str:
    return str(figure.get("basis") or figure.get("source") or "-")
