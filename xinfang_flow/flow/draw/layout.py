"""The layered layout: which row everything stands in, and in which order within its row.

The rule of this file: rows only.  Boxes stand in even rows and labels in odd ones, stage below stage; an arrow that
passes a row has a cell of its own there, and an arrow that goes back up is laid like the others and drawn the other
way.  So no arrow runs through a box or a label, whatever the flow.  Coordinates are the matter of `placing`.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise
from typing import Final, NamedTuple

FAR: Final = 16  # an arrow that passes more ranks than this is a tag: nobody follows a line over so many boxes
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


Tie = tuple[str, str]  # from which box to which


class Ranks(NamedTuple):
    """The rank of each box, and the first and last rank of each band."""

    of: dict[str, int]
    spans: list[tuple[int, int]]

    def passed(self, tie: Tie) -> int:
        """Return how many ranks lie between the two ends of an arrow."""
        return abs(self.of[tie[0]] - self.of[tie[1]]) - 1


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
    heights: list[float]


def ranked(bands: Sequence[Sequence[str]], ties: Iterable[Tie]) -> Ranks:
    """Return the rank of each box and the ranks of each band: the bands lie below one another, in their order.

    Inside a band each box stands below those ranked before it that an arrow ties it to.
    """
    at = {name: number for number, band in enumerate(bands) for name in band}
    inside: list[list[Tie]] = [[] for _ in bands]
    for source, dest in dict.fromkeys(ties):
        if at[source] == at[dest]:
            inside[at[source]].append((source, dest))
    of: dict[str, int] = {}
    spans: list[tuple[int, int]] = []
    for band, tied in zip(bands, inside, strict=True):
        first = spans[-1][1] + 1 if spans else 0
        found = _ranks_inside(band, tied, first)
        of |= {name: found[name] for name in band}
        spans.append((first, max(of[name] for name in band)))
    return Ranks(of, spans)


def rows(ranks: Ranks, sizes: Mapping[str, Size], ways: Sequence[Way]) -> Rows:
    """Return the rows of a picture: a row for each rank, and one for the labels below it."""
    cells = [Cell(2 * rank, sizes[name], box=name) for name, rank in ranks.of.items()]
    result = Rows(cells, [], {cell.box: number for number, cell in enumerate(cells)}, [], [], ranks.spans, [])
    for way in ways:
        _lay(result, way, ranks.of[way.source], ranks.of[way.dest])
    result.order = [[] for _ in range(max((cell.row for cell in cells), default=0) + 1)]
    for number, cell in enumerate(cells):
        result.order[cell.row].append(number)
    result.heights = [max((cells[cell].size.height for cell in row), default=0.0) for row in result.order]
    _untangle(result)
    return result


def _ranks_inside(band: Sequence[str], ties: Iterable[Tie], first: int) -> dict[str, int]:
    """Rank a box once all that lead to it are ranked; a circle is cut where it is entered, else at its first box."""
    place = {name: number for number, name in enumerate(band)}
    after: dict[str, list[str]] = {name: [] for name in band}
    before: dict[str, list[str]] = {name: [] for name in band}
    for source, dest in ties:
        after[source].append(dest)
        before[dest].append(source)
    missing = {name: len(before[name]) for name in band}
    free, entered, waiting = [place[name] for name in band if not before[name]], list[int](), list(range(len(band)))
    ranks: dict[str, int] = {}
    while len(ranks) < len(band):
        heap = next(heap for heap in (free, entered, waiting) if heap)
        name = band[heappop(heap)]
        if name in ranks:
            continue
        near = (*before[name], *after[name])
        ranks[name] = max((ranks[other] + 1 for other in near if other in ranks), default=first)
        for other in after[name]:
            missing[other] -= 1
            heappush(entered if missing[other] else free, place[other])
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
