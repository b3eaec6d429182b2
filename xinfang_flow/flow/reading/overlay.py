"""Overlays: a flow as a difference from another, the one mechanism of local variation.

Tables are laid over each other name by name; `[[transition]]`, `[[task]]`, `[[deadline]]` and `[[link]]` entries meet
by their name.  Within an entry each key that the overlay gives replaces the old value whole (a list of conditions, a
period), except labels (`title`, `choices`, `answers`), which are laid over each other too.
"""

from __future__ import annotations

from typing import Any

from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Array, Near, Place, Problem, Table
from xinfang_flow.flow.model.figures import UNITS
from xinfang_flow.flow.names.floor import floor, governed

TABLES = ("roles", "figures", "records", "fields", "stages", "states", "effects")
ENTRIES = {"transition": "name", "task": "name", "deadline": "name", "link": "kind"}
OWN = ("id", "version", "extends", "remove", "lineage")
AMOUNTS = (*UNITS, "value", "unset")
# What `[remove]` calls the sections: the word for one of them.
REMOVABLE = {**{name.removesuffix("s"): name for name in TABLES}, **{name: name for name in ENTRIES}}

_LABELS = ("title", "choices", "answers")


class Laying:
    """One overlay being laid over a base; `problems` have their places in the overlay."""

    def __init__(self, base: Table, overlay: Table) -> None:
        self.base, self.overlay = base, overlay
        self.problems: list[Problem] = []

    def result(self) -> Table:
        """Return the resolved document; neither the base nor the overlay is changed."""
        for problem in (
            *floor(self.base.get("figures"), self.overlay.get("figures")),
            *governed(self.base, self.overlay),
        ):
            self._complain(problem)
        document = self._without_removed()
        for key, value in self.overlay.items():
            if key not in OWN:
                document.put(key, self._section(key, document.get(key), value), self.overlay.places[key])
        for key in ("id", "version"):
            document.pop(key, None)
            if key in self.overlay:
                document.put(key, self.overlay[key], self.overlay.places[key])
        document.here = self.overlay.here
        return document

    def _section(self, key: str, old: Any, new: Any) -> Any:
        if key in ENTRIES and isinstance(old, Array) and isinstance(new, Array):
            if key == "transition":
                self._by_trigger(old, new)
            return _entries(old, new, key)
        if key == "figures" and isinstance(old, Table) and isinstance(new, Table):
            return _figures(old, new)
        if (key in TABLES or key == "open") and isinstance(old, Table) and isinstance(new, Table):
            return _laid(old, new, deep=2 if key == "records" else 1 if key in TABLES else 0)
        return new

    def _by_trigger(self, old: Array, new: Array) -> None:
        """An entry that gives a trigger and no name is meant for the whole trigger: it must not meet one of several."""
        for index, entry in enumerate(new):
            name = _name(entry, "transition")
            if name is None or "name" in entry:
                continue
            several = [_name(one, "transition") for one in old if isinstance(one, Table) and one.get("trigger") == name]
            if len(several) > 1 and name in several:
                listed = ", ".join(map(str, several))
                self._complain(
                    Problem(
                        "XF025",
                        ("transition", index, "trigger"),
                        f"{name} 有几条：{listed}；此处只会改其中名为 {name} 的一条，请用 `name` 写明是哪一条",
                        f"{name!r} has several transitions: {listed}; this would change the one named {name!r} alone: "
                        f'say with `name` which is meant (name = "{name}")',
                    )
                )

    def _without_removed(self) -> Table:
        document = self.base.copy()
        remove = self.overlay.get("remove")
        if remove is None:
            return document
        if not isinstance(remove, Table):
            self._complain(Problem("XF012", ("remove",), "此处应为表 { … }", "a table { ... } is expected here"))
            return document
        for word, names in remove.items():
            section = REMOVABLE.get(word)
            if section is None:
                self._complain(
                    Problem(
                        "XF010",
                        ("remove", word),
                        f"不能移除 {word!r}",
                        f"{word!r} cannot be removed",
                        near=Near(word, REMOVABLE, listed=True),
                    )
                )
            elif section in document:
                place = document.places[section]
                document.put(section, self._left(document[section], section, word, names), place)
        return document

    def _left(self, items: Any, section: str, word: str, names: Any) -> Any:
        items = items.copy() if isinstance(items, Table) else _copied(items)
        for index, name in enumerate(names if isinstance(names, list) else [names]):
            path: Path = ("remove", word, index)
            known = list(items) if isinstance(items, Table) else [_name(item, section) for item in items]
            if name not in known:
                near = Near(str(name), [str(one) for one in known])
                self._complain(
                    Problem("XF024", path, f"没有可移除的 {name!r}", f"there is no {name!r} to remove", near=near)
                )
            elif isinstance(items, Table):
                if section == "figures" and "bound" in (items[name] if isinstance(items[name], dict) else {}):
                    self._complain(
                        Problem(
                            "XF303",
                            path,
                            f"法定数值 {name!r} 不能移除",
                            f"the statutory figure {name!r} cannot be removed",
                        )
                    )
                del items[name], items.places[name]
            else:
                at = known.index(name)
                del items[at], items.places[at]
        return items

    def _complain(self, problem: Problem) -> None:
        self.problems.append(problem)


def _laid(old: Table, new: Table, deep: int = 0) -> Table:
    """Lay a table over another; `deep` levels further in, tables are laid over each other too."""
    table = old.copy()
    for key, value in new.items():
        before = _long(table.get(key), key)
        if isinstance(before, Table) and isinstance(value, Table) and (deep or key in _LABELS):
            laid = _laid(before, value, deep - 1 if deep else 0)
            table.put(key, laid, new.places[key])
        else:
            table.put(key, value, new.places[key])
    return table


def _long(value: Any, key: str) -> Any:
    """Return the long form of a label or field that was written short, so that half of it can be laid over."""
    if not isinstance(value, str):
        return value
    nowhere = Place("")
    long = {"zh": value, "en": value} if key == "title" else {"type": value}
    return Table(nowhere, long, dict.fromkeys(long, nowhere))


def _entries(old: Array, new: Array, section: str) -> Array:
    entries = _copied(old)
    names = [_name(entry, section) for entry in entries]
    for entry, place in zip(new, new.places, strict=True):
        name = _name(entry, section)
        if name is None or name not in names:
            entries.append(entry)
            entries.places.append(place)
        else:
            at = names.index(name)
            entries[at], entries.places[at] = _laid(entries[at], entry), place
    return entries


def _copied(entries: Any) -> Array:
    return Array(entries, entries.places) if isinstance(entries, Array) else Array()


def _name(entry: Any, section: str) -> str | None:
    """Return the name of an entry; a transition's defaults to its trigger."""
    if not isinstance(entry, Table):
        return None
    name = entry.get(ENTRIES[section]) or (entry.get("trigger") if section == "transition" else None)
    return name if isinstance(name, str) else None


def _figures(old: Table, new: Table) -> Table:
    """Lay figures over figures: a new amount takes the old amount, its source and its mark as an example away."""
    figures = old.copy()
    for name, figure in new.items():
        before = figures.get(name)
        if isinstance(before, Table) and isinstance(figure, Table):
            kept = before.copy()
            if any(key in figure for key in AMOUNTS):
                for key in (*AMOUNTS, "source", "example"):
                    kept.pop(key, None)
            figure = _laid(kept, figure)  # noqa: PLW2901  the same figure, laid
        figures.put(name, figure, new.places[name])
    return figures
