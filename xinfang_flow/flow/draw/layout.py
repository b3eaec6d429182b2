"""The layered layout: which row everything stands in, and in which order within its row.

The rule of this file: rows only.  Boxes stand in even rows and labels in odd ones, stage below stage; an arrow that
passes a row has a cell of its own there, and an arrow that goes back up is laid like the others and drawn the other
way.  So no arrow runs through a box or a label, whatever the flow.  Coordinates are the matter of `placing`.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

_SWEEPS: Final = 24
_PATIENCE: Final = 40_000  # cells visited: a flow of hundreds of states gets fewer sweeps, not minutes


@dataclass(frozen=True, slots=True)
class Size:
    """How far something reaches to both sides of its axis, and how tall it is."""

    left: float
    right: float
    height: float


@dataclass(frozen=True, slots=True)
class Way:
    """One arrow to be laid: from which box to which, and the size of its label, which hangs at its right side."""

    source: str
    dest: str
    label: Size


@dataclass(slots=True)
class Cell:
    """A place in a row: a box, a label on its arrow, or an arrow passing by (which has no height)."""

    row: int
    size: Size
    box: str = ""
    label: bool = False
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Rows:
    """All cells, row by row in their order; and for each arrow its cells from top to bottom, and whether it rises."""

    cells: list[Cell]
    order: list[list[int]]
    boxes: dict[str, int]
    chains: list[tuple[int, ...]]
    rising: list[bool]
    bands: list[tuple[int, int]]


def rows(bands: Sequence[Sequence[str]], sizes: dict[str, Size], ways: Sequence[Way]) -> Rows:
    """Return the rows of a picture: the bands lie below one another, each as many rows as its states need."""
    ranks, spans = _ranks(bands, ways)
    cells = [Cell(2 * ranks[name], sizes[name], box=name) for band in bands for name in band]
    result = Rows(cells, [], {cell.box: number for number, cell in enumerate(cells)}, [], [], spans)
    for way in ways:
        _lay(result, way, ranks[way.source], ranks[way.dest])
    result.order = [[] for _ in range(max((cell.row for cell in cells), default=0) + 1)]
    for number, cell in enumerate(cells):
        result.order[cell.row].append(number)
    _untangle(result)
    return result


def _ranks(bands: Sequence[Sequence[str]], ways: Sequence[Way]) -> tuple[dict[str, int], list[tuple[int, int]]]:
    """The rank of each box, and the first and last rank of each band."""
    ranks: dict[str, int] = {}
    spans: list[tuple[int, int]] = []
    for band in bands:
        first = spans[-1][1] + 1 if spans else 0
        ranks |= _ranks_inside(band, ways, first)
        spans.append((first, max(ranks[name] for name in band)))
    return ranks, spans


def _ranks_inside(band: Sequence[str], ways: Sequence[Way], first: int) -> dict[str, int]:
    """Each box below those ranked before it that an arrow ties it to; a circle is cut where it is entered."""
    inside = set(band)
    before: dict[str, set[str]] = {name: set() for name in band}
    after: dict[str, set[str]] = {name: set() for name in band}
    for way in ways:
        if way.source in inside and way.dest in inside:
            before[way.dest].add(way.source)
            after[way.source].add(way.dest)
    ranks: dict[str, int] = {}
    waiting = list(band)
    while waiting:
        free = [name for name in waiting if before[name] <= ranks.keys()]
        entered = [name for name in waiting if before[name] & ranks.keys()]
        name = next(iter(free or entered or waiting))
        waiting.remove(name)
        ranks[name] = max((ranks[near] + 1 for near in before[name] | after[name] if near in ranks), default=first)
    return ranks


def _lay(result: Rows, way: Way, source: int, dest: int) -> None:
    """Give an arrow a cell in each row that it passes; its label stands next to the box that it leaves."""
    rising = dest < source
    top, bottom = (way.dest, way.source) if rising else (way.source, way.dest)
    low, high = 2 * min(source, dest) + 1, 2 * max(source, dest)
    labelled = high - 1 if rising else low
    passing = Size(0, 0, 0)
    chain = [result.boxes[top]]
    for row in range(low, high):
        label = row == labelled
        chain.append(len(result.cells))
        result.cells.append(Cell(row, way.label if label else passing, label=label))
    chain.append(result.boxes[bottom])
    for upper, lower in pairwise(chain):
        result.cells[upper].below.append(lower)
        result.cells[lower].above.append(upper)
    result.chains.append(tuple(chain))
    result.rising.append(rising)


# ── order ────────────────────────────────────────────────────────────────────────────────────────


def _untangle(result: Rows) -> None:
    """Order each row so that few arrows cross: by the middle of their neighbours, down and up, the best one kept."""
    sweeps = max(2, min(_SWEEPS, _PATIENCE // (len(result.cells) + 1)))
    best, least = [list(row) for row in result.order], _crossings(result)
    for sweep in range(sweeps):
        if not least:
            break
        _sweep(result, downwards=sweep % 2 == 0)
        _swap(result)
        if (crossings := _crossings(result)) < least:
            best, least = [list(row) for row in result.order], crossings
    result.order = best


def _sweep(result: Rows, *, downwards: bool) -> None:
    numbers = range(1, len(result.order)) if downwards else range(len(result.order) - 2, -1, -1)
    for number in numbers:
        beside = result.order[number - 1 if downwards else number + 1]
        places = {cell: place for place, cell in enumerate(beside)}
        row = result.order[number]
        middles = {
            cell: _middle([places[near] for near in _near(result, cell, above=downwards)], place)
            for place, cell in enumerate(row)
        }
        row.sort(key=middles.__getitem__)


def _near(result: Rows, cell: int, *, above: bool) -> list[int]:
    return result.cells[cell].above if above else result.cells[cell].below


def _middle(places: Iterable[int], default: float) -> float:
    found = list(places)
    return sum(found) / len(found) if found else default


def _swap(result: Rows) -> None:
    """Exchange neighbours in a row wherever that undoes more crossings than it makes."""
    for number, row in enumerate(result.order):
        over = _places(result, number - 1)
        under = _places(result, number + 1)
        for place in range(len(row) - 1):
            left, right = row[place], row[place + 1]
            gain = _between(result, left, right, over, above=True) + _between(result, left, right, under, above=False)
            if gain > 0:
                row[place], row[place + 1] = right, left


def _places(result: Rows, number: int) -> dict[int, int]:
    row = result.order[number] if 0 <= number < len(result.order) else []
    return {cell: place for place, cell in enumerate(row)}


def _between(result: Rows, left: int, right: int, places: dict[int, int], *, above: bool) -> int:
    """How many crossings fewer there were if two neighbours changed places."""
    lefts = [places[cell] for cell in _near(result, left, above=above)]
    rights = [places[cell] for cell in _near(result, right, above=above)]
    return sum((one > other) - (one < other) for one in lefts for other in rights)


def _crossings(result: Rows) -> int:
    """How many pairs of arrows cross, over all rows."""
    total = 0
    for upper, lower in pairwise(result.order):
        places = {cell: place for place, cell in enumerate(lower)}
        seen: list[int] = []
        for cell in upper:
            ends = sorted(places[below] for below in result.cells[cell].below)
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total
