"""Contours of many windows at once (marching squares)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvinspect.measure.windows import Floats, Stack
from cvinspect.model import Points

Indices = NDArray[np.intp]

# by the corners of a cell that are inside (1 upper left, 2 upper right, 4 lower right, 8 lower left): by which edges
# (0 top, 1 right, 2 bottom, 3 left) the contour enters and leaves, the inside on its right; of two opposite corners
# each is cut off by itself
_CUTS = [
    (), ((0, 3),), ((1, 0),), ((1, 3),), ((2, 1),), ((0, 3), (2, 1)), ((2, 0),), ((2, 3),),
    ((3, 2),), ((0, 2),), ((1, 0), (3, 2)), ((1, 2),), ((3, 1),), ((0, 1),), ((3, 0),), (),
]  # fmt: skip
_FIRST = np.array([cuts[0] if cuts else (0, 0) for cuts in _CUTS])
_SECOND = np.array([cuts[1] if len(cuts) == 2 else (-1, -1) for cuts in _CUTS])


@dataclass(frozen=True, slots=True, eq=False)
class Loops:
    """L closed contours in a row: points (P, 2) in px of their windows; where each one starts, (L + 1,), the last is P;
    window: of each (L,); area: within each (L,), px²."""

    points: Points
    start: Indices
    window: Indices
    area: Floats

    def only(self, chosen: Indices) -> Loops:
        """Some of them."""
        lengths = np.diff(self.start)[chosen]
        start = np.concatenate([[0], np.cumsum(lengths)])
        taken = np.repeat(self.start[chosen] - start[:-1], lengths) + np.arange(start[-1])
        return Loops(self.points[taken], start, self.window[chosen], self.area[chosen])


def loops(stack: Stack) -> Loops:
    """The contours of what is above 0 in the windows `stack` (N, h, w), linear between pixels; beyond, all is -1."""
    count, high, wide = len(stack), stack.shape[1] + 2, stack.shape[2] + 2
    values = np.full((count, high, wide), -1, np.float32)
    values[:, 1:-1, 1:-1] = stack
    inside = (values > 0).ravel().view(np.uint8)
    corners = inside[: -wide - 1] | inside[1:-wide] << 1 | inside[wide + 1 :] << 2 | inside[wide:-1] << 3
    cells = np.flatnonzero((corners != 0) & (corners != 15))
    case = corners[cells]
    twice = _SECOND[case, 0] >= 0
    cuts = np.concatenate([_FIRST[case], _SECOND[case[twice]]])
    # an edge is named by its upper or left pixel, twice, and 1 if it runs down from there
    edges = 2 * np.concatenate([cells, cells[twice]])[:, None] + np.array([0, 3, 2 * wide, 1])[cuts]
    numbered = np.empty(2 * values.size, np.int32)
    numbered[edges[:, 0]] = np.arange(len(edges))
    order, start = _walked(numbered[edges[:, 1]].astype(np.intp))
    passed = edges[order, 0]
    points = _crossings(values, passed)
    return Loops(points, start, passed[start[:-1]] // (2 * high * wide), _areas(points, start))


def _crossings(values: Stack, edges: Indices) -> Points:
    """Where the values cross 0 on the edges."""
    _, high, wide = values.shape
    first, down = edges >> 1, edges & 1
    flat = values.ravel()
    one, two = flat[first].astype(np.float64), flat[first + np.where(down, wide, 1)]
    share = one / (one - two)
    x, y = first % wide, first // wide % high
    return np.stack([x + share * (1 - down), y + share * down], axis=1) - 1


def _walked(following: Indices) -> tuple[Indices, Indices]:
    """The cycles of a permutation (P,) one after the other, and where each starts, and the last ends.

    Every element looks twice as far ahead in each round (Wyllie 1979): first for the least element of its cycle, with
    which that begins, then back for how far it is from there.
    """
    every = np.arange(len(following))
    first, ahead = every, following
    while (first != first[following]).any():
        first, ahead = np.minimum(first, first[ahead]), ahead[ahead]
    back = np.empty_like(every)
    back[following] = every
    beginning = first == every
    back[beginning] = every[beginning]
    steps = (~beginning).astype(np.intp)
    while (back != first).any():
        steps, back = steps + steps[back], back[back]
    start = np.concatenate([[0], np.cumsum(np.bincount(first, minlength=len(every))[beginning])])
    order = np.empty_like(every)
    order[start[np.cumsum(beginning)[first] - 1] + steps] = every
    return order, start


def _areas(points: Points, start: Indices) -> Floats:
    """Within each loop."""
    if not len(points):
        return np.zeros(0)
    following = np.arange(1, len(points) + 1)
    following[start[1:] - 1] = start[:-1]
    (x, y), (next_x, next_y) = points.T, points[following].T
    return np.asarray(np.abs(np.add.reduceat(x * next_y - next_x * y, start[:-1])) / 2)
