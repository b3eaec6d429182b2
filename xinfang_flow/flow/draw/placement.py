"""Coordinates: where each cell of the rows stands, and the line that each arrow draws.

The rule of this file: within a row the order is kept and so is the distance; subject to that, every cell stands as
near to its neighbours above and below as it can (least squares, solved exactly row by row, and swept up and down).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Final

from xinfang_flow.flow.draw.layout import Cell, Rows

APART: Final = 26.0  # between two boxes, or a box and a line
PORTS: Final = 16.0  # between two arrows on one side of a box
CORNER: Final = 12.0  # from a box's corner to the nearest arrow
PADDING: Final = 14.0  # from a stage's frame to its boxes
_SWEEPS: Final = 40
_LEAST: Final = 8
_PATIENCE: Final = 200_000  # cells moved: a flow of hundreds of states gets fewer sweeps, not minutes
_STRAIGHT: Final = 8.0  # how much more a passing line wants to be straight than a box wants to stand in the middle


@dataclass(frozen=True, slots=True)
class Route:
    """An arrow's line from top to bottom: upright strokes, joined by curves; and the top left of its label."""

    strokes: tuple[tuple[float, float, float], ...]  # x, from y, to y
    label: tuple[float, float]
    rising: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """The finished layout: the axis and top of each box, a route for each arrow, top and bottom of each band."""

    width: float
    height: float
    boxes: dict[str, tuple[float, float]]
    routes: tuple[Route, ...]
    bands: tuple[tuple[float, float], ...]


def place(rows: Rows) -> Placed:
    """Return coordinates for the rows, beginning at nought."""
    across = _across(rows)
    ports = _ports(rows, across)
    tops = _down(rows, across, ports)
    boxes = {
        name: (across[number], tops[rows.cells[number].row] + _lowered(rows, number))
        for name, number in rows.boxes.items()
    }
    routes = tuple(_route(rows, number, across, tops, ports) for number in range(len(rows.chains)))
    bands = tuple((tops[2 * first] - PADDING, tops[2 * last] + rows.heights[2 * last] + PADDING)
                  for first, last in rows.bands)  # fmt: skip
    width = max((across[number] + cell.size.right for number, cell in enumerate(rows.cells)), default=0.0)
    return Placed(width, tops[-1] + rows.heights[len(tops) - 1], boxes, routes, bands)


# ── across ───────────────────────────────────────────────────────────────────────────────────────


def _across(rows: Rows) -> list[float]:
    """The axis of every cell."""
    x = [0.0] * len(rows.cells)
    gaps = [[_gap(rows.cells[left], rows.cells[right]) for left, right in pairwise(row)] for row in rows.order]
    for row, apart in zip(rows.order, gaps, strict=True):
        for cell, at in zip(row, settled([0.0] * len(row), [1.0] * len(row), apart), strict=True):
            x[cell] = at
    last = len(rows.order)
    sweeps = max(_LEAST, min(_SWEEPS, _PATIENCE // (len(rows.cells) + 1)))
    for sweep in range(sweeps):
        numbers = range(last) if sweep % 2 == 0 else range(last - 1, -1, -1)
        for number in numbers:
            both = sweep >= sweeps // 2
            _settle_row(
                rows, x, rows.order[number], gaps[number], sides=(both or sweep % 2 == 0, both or sweep % 2 == 1)
            )
    for _ in range(3):
        _straighten(rows, x)
    least = min((x[number] - cell.size.left for number, cell in enumerate(rows.cells)), default=0.0)
    return [at - least for at in x]


def _gap(left: Cell, right: Cell) -> float:
    near = APART if left.box or right.box else PORTS
    return left.size.right + right.size.left + near


def _settle_row(
    rows: Rows, x: list[float], row: Sequence[int], gaps: Sequence[float], sides: tuple[bool, bool]
) -> None:
    """Move a row's cells towards their neighbours above, below, or both."""
    wishes, weights = [], []
    for number in row:
        cell = rows.cells[number]
        near = [*(cell.above if sides[0] else ()), *(cell.below if sides[1] else ())]
        pulls = [(x[other], _pull(cell, rows.cells[other])) for other in near]
        # A little towards the first box, so that what hangs together with nothing else does not drift away.
        pulls.append((x[0], 0.02 if cell.box else 0.001))
        weight = sum(pull for _, pull in pulls)
        wishes.append(sum(at * pull for at, pull in pulls) / weight)
        weights.append(weight)
    for number, at in zip(row, settled(wishes, weights, gaps), strict=True):
        x[number] = at


def _pull(one: Cell, other: Cell) -> float:
    if one.box and other.box:
        return 1.0
    return 2.0 if one.box or other.box else _STRAIGHT


def _straighten(rows: Rows, x: list[float]) -> None:
    """Pull each arrow straight over as many rows as the others in those rows leave it room."""
    places = {cell: (row, place) for row in rows.order for place, cell in enumerate(row)}
    for chain in sorted(rows.chains, key=len, reverse=True):
        rest = list(chain[1:-1])
        while rest:
            low, high, length = -inf, inf, 0
            for cell in rest:
                left, right = _room(rows, x, *places[cell])
                if max(low, left) > min(high, right):
                    break
                low, high, length = max(low, left), min(high, right), length + 1
            # A row's cells keep their distances up to a rounding error; such a cell stays where it is.
            run, rest = rest[: length or 1], rest[length or 1 :]
            if length:
                _pull_straight(rows, x, chain, run, (low, high))


def _pull_straight(
    rows: Rows, x: list[float], chain: Sequence[int], run: Sequence[int], room: tuple[float, float]
) -> None:
    """Give a run of an arrow's cells one axis: within the room, and within its boxes' sides where it meets them."""
    low, high = room
    for box, meets in ((chain[0], run[0] == chain[1]), (chain[-1], run[-1] == chain[-2])):
        half = max(rows.cells[box].size.left - CORNER, 0.0)
        left, right = max(low, x[box] - half), min(high, x[box] + half)
        if meets and left <= right:
            low, high = left, right
    at = min(max(sum(x[cell] for cell in run) / len(run), low), high)
    for cell in run:
        x[cell] = at


def _room(rows: Rows, x: Sequence[float], row: Sequence[int], place: int) -> tuple[float, float]:
    """How far to the left and right a cell can go without coming too near to its neighbours in the row."""
    cell = rows.cells[row[place]]
    left, right = -inf, inf
    if place:
        left = x[row[place - 1]] + _gap(rows.cells[row[place - 1]], cell)
    if place + 1 < len(row):
        right = x[row[place + 1]] - _gap(cell, rows.cells[row[place + 1]])
    return left, right


def settled(wishes: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """Return the positions nearest to the wishes (weighted least squares) that keep the order and the gaps.

    With the gaps subtracted this is isotonic regression, solved by pooling neighbours that are in each other's way.
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for wish, weight, offset in zip(wishes, weights, offsets, strict=False):
        mean, total, count = wish - offset, weight, 1
        while pools and pools[-1][0] >= mean:
            other, more, members = pools.pop()
            mean = (mean * total + other * more) / (total + more)
            total, count = total + more, count + members
        pools.append((mean, total, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=False)]


# ── ports ────────────────────────────────────────────────────────────────────────────────────────

Ports = dict[tuple[int, bool], float]  # (arrow, whether at its top) -> x


def _ports(rows: Rows, x: Sequence[float]) -> Ports:
    """Where each arrow meets its two boxes: as straight as their width allows."""
    ends: dict[tuple[int, bool], list[tuple[float, int, bool]]] = {}
    for arrow, chain in enumerate(rows.chains):
        ends.setdefault((chain[0], False), []).append((x[chain[1]], arrow, True))
        ends.setdefault((chain[-1], True), []).append((x[chain[-2]], arrow, False))
    ports: Ports = {}
    for (number, _), meeting in ends.items():
        meeting.sort()
        for (_, arrow, top), at in zip(meeting, _spread(rows.cells[number], x[number], meeting), strict=True):
            ports[arrow, top] = at
    return ports


def _spread(cell: Cell, axis: float, meeting: Sequence[tuple[float, int, bool]]) -> list[float]:
    """Positions along one side of a box, which reaches equally far to both sides of its axis."""
    half = max(cell.size.left - CORNER, 0.0)
    gap = min(PORTS, 2 * half / max(len(meeting) - 1, 1))
    last = len(meeting) - 1
    # Each keeps room for those to its left and to its right.
    wishes = [
        min(max(at, axis - half + number * gap), axis + half - (last - number) * gap)
        for number, (at, _, _) in enumerate(meeting)
    ]
    return settled(wishes, [1.0] * len(wishes), [gap] * last)


# ── down ─────────────────────────────────────────────────────────────────────────────────────────


def _lowered(rows: Rows, number: int) -> float:
    """How far below its row's top a cell begins: cells stand in the middle of their row."""
    cell = rows.cells[number]
    return (rows.heights[cell.row] - cell.size.height) / 2


def _down(rows: Rows, x: Sequence[float], ports: Ports) -> list[float]:
    """The top of every row: the further arrows must lean between two rows, the further these stand apart."""
    lean = [0.0] * len(rows.order)
    for arrow, chain in enumerate(rows.chains):
        points = [ports[arrow, True], *(x[cell] for cell in chain[1:-1]), ports[arrow, False]]
        for cell, (upper, lower) in zip(chain, pairwise(points), strict=False):
            row = rows.cells[cell].row
            lean[row] = max(lean[row], abs(upper - lower))
    ends = {2 * last for _, last in rows.bands}
    starts = {2 * first - 1 for first, _ in rows.bands}
    tops = [0.0]
    for number in range(len(rows.order) - 1):
        frame = PADDING * ((number in ends) + (number in starts))
        tops.append(tops[-1] + rows.heights[number] + frame + min(16.0 + 0.1 * lean[number], 44.0))
    return tops


def _route(rows: Rows, arrow: int, x: Sequence[float], tops: Sequence[float], ports: Ports) -> Route:
    first, *passed, last = rows.chains[arrow]
    strokes = [(ports[arrow, True], _bottom(rows, tops, first), _floor(rows, tops, first))]
    label = (0.0, 0.0)
    for number in passed:
        cell = rows.cells[number]
        strokes.append((x[number], tops[cell.row], _floor(rows, tops, number)))
        if cell.label:
            label = (x[number], tops[cell.row] + _lowered(rows, number))
    top = tops[rows.cells[last].row]
    strokes.append((ports[arrow, False], top, top + _lowered(rows, last)))
    return Route(tuple(strokes), label, rows.rising[arrow])


def _floor(rows: Rows, tops: Sequence[float], number: int) -> float:
    row = rows.cells[number].row
    return tops[row] + rows.heights[row]


def _bottom(rows: Rows, tops: Sequence[float], number: int) -> float:
    cell = rows.cells[number]
    return tops[cell.row] + _lowered(rows, number) + cell.size.height
