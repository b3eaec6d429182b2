"""Documents that know where they were written: tables and arrays that carry a place for each of their parts.

The places travel with the values, so a part that an overlay lays over another flow is still reported in the overlay's
own file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from xinfang_flow.flow.findings.finding import Finding
from xinfang_flow.flow.findings.path import Path
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.text import Text

MOST_FINDINGS = 100
MOST_CHARACTERS = 400
_LISTED = 12


class Place(NamedTuple):
    """A line of a file; 0 stands for the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Table(dict[str, Any]):
    """A table with the place of each key."""

    __slots__ = ("here", "places")

    def __init__(self, here: Place, items: Mapping[str, Any] = {}, places: Mapping[str, Place] = {}) -> None:
        super().__init__(items)
        self.here = here
        self.places = dict(places)

    def put(self, key: str, value: Any, place: Place) -> None:
        """Set one key, written at `place`."""
        self[key] = value
        self.places[key] = place

    def copy(self) -> Table:
        """Return another table with the same values and places."""
        return Table(self.here, self, self.places)


class Array(list[Any]):
    """An array with the place of each item."""

    __slots__ = ("places",)

    def __init__(self, items: Iterable[Any] = (), places: Iterable[Place] = ()) -> None:
        super().__init__(items)
        self.places = list(places)


@dataclass(frozen=True, slots=True)
class Near:
    """A word that is not among the known ones; the nearest of them is looked for when somebody is told."""

    word: str
    known: Collection[str] = field(compare=False)
    listed: bool = False

    def hint(self) -> tuple[str, str]:
        """Return what to append to a message: the nearest word; or, where `listed`, the first dozen known ones."""
        names = sorted(self.known)
        zh, en = did_you_mean(self.word, names)
        if en or not self.listed or not names:
            return zh, en
        return f"（可用：{'、'.join(names[:_LISTED])}）", f" (known: {', '.join(names[:_LISTED])})"


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding that knows its path and not yet its place."""

    code: str
    path: Path
    zh: str
    en: str
    severity: Literal["error", "warning"] = "error"
    witness: tuple[str, ...] | None = None
    near: Near | None = None

    def finding(self, where: str) -> Finding:
        """Return the finding, placed, with the nearest right word."""
        zh, en = self.near.hint() if self.near else ("", "")
        room = MOST_CHARACTERS
        message = Text(zh=self.zh[: room - len(zh)] + zh, en=self.en[: room - len(en)] + en)
        return Finding(self.code, self.severity, message, where, self.witness)


def placed(value: Any, file: str, lines: Mapping[Path, int], path: Path = ()) -> Any:
    """Return parsed TOML or JSON with the place of every part."""
    if isinstance(value, dict):
        table = Table(Place(file, lines.get(path, 0)))
        for key, item in value.items():
            inner = (*path, key)
            table.put(key, placed(item, file, lines, inner), Place(file, lines.get(inner, table.here.line)))
        return table
    if isinstance(value, list):
        inners = [(*path, index) for index in range(len(value))]
        return Array(
            [placed(item, file, lines, inner) for item, inner in zip(value, inners, strict=True)],
            [Place(file, lines.get(inner, 0)) for inner in inners],
        )
    return value


def place_of(document: Any, path: Path) -> Place | None:
    """Return the place of the deepest part of `path` that the document has."""
    place = document.here if isinstance(document, Table) else None
    for part in path:
        if isinstance(document, Table) and part in document:
            place, document = document.places[str(part)], document[str(part)]
        elif isinstance(document, Array) and isinstance(part, int) and part < len(document):
            place, document = document.places[part], document[part]
        else:
            break
    return place


def dotted(path: Path) -> str:
    """Return the path as people read it: `transition[3].dest`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def where(document: Any, path: Path) -> str:
    """Return `file:line: path`."""
    place = place_of(document, path)
    return ": ".join(part for part in (str(place) if place else "", dotted(path)) if part)


def told(problems: Iterable[Problem], place: Callable[[Problem], str]) -> list[Finding]:
    """Return at most MOST_FINDINGS findings, and one that says how many more there are; errors before warnings.

    Only what is told is placed, and compared with right words: a document with 60,000 faults costs no more than one
    with a hundred.
    """
    kept = list(dict.fromkeys(problems))
    if len(kept) > MOST_FINDINGS:
        kept.sort(key=lambda problem: problem.severity != "error")
    findings = [problem.finding(place(problem)) for problem in kept[:MOST_FINDINGS]]
    if more := len(kept) - len(findings):
        rest = Problem(
            "XF016", (), f"另有 {more} 处，请先改正以上各处", f"and {more} more: mend these first", "warning"
        )
        findings.append(rest.finding(findings[0].where.partition(":")[0]))
    return findings
