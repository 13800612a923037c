"""Points that stand in rows: numbers for them, whatever the tilt and the lens, grown from one neighbour to the next."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cvinspect.projection import Points

Steps = NDArray[np.int64]

_REACH = 0.28  # how far from where it is expected a neighbour may be, in steps
_NEIGHBOURS = 8
_SEEDS, _LOOKED_AT = 24, 200  # tried before giving up, and points looked at for each
_EVEN = 0.05  # in steps: no better start is looked for
_ENOUGH = 0.55  # of all points: no better start is looked for
_FEWEST = 4
_PARALLEL = 0.4  # sine of the smallest angle between the two steps of a lattice: 24 degrees
_LONGEST = 2.6  # one step over the other


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """which (N,) of the points belong to it, and their steps (N, 2) along two axes that turn right (y down)."""

    which: NDArray[np.int64]
    steps: Steps

    def __len__(self) -> int:
        return len(self.which)


def grow(points: Points) -> Lattice:
    """The largest lattice among points (N, 2) in px; fewer than four points are none. Extra points do not matter."""
    best = Lattice(np.empty(0, np.int64), np.empty((0, 2), np.int64))
    if len(points) < _FEWEST:
        return best
    tree = cKDTree(points)
    away, near = tree.query(points, k=min(_NEIGHBOURS + 1, len(points)))
    left = np.ones(len(points), bool)
    for _ in range(_SEEDS):
        seed = _seed(points, tree, near, away, left)
        if seed is None:
            break
        lattice = _grown(points, tree, *seed)
        left[lattice.which] = left[seed[0]] = False
        if len(lattice) > len(best):
            best = lattice
        if len(best) >= _ENOUGH * len(points) or len(best) > left.sum():
            break
    return best


def _seed(
    points: Points, tree: cKDTree, near: NDArray[np.int64], away: NDArray[np.float64], left: NDArray[np.bool_]
) -> tuple[int, Points, Points] | None:
    """A point whose neighbours stand evenly about it, and its two shortest steps."""
    order = np.flatnonzero(left)
    usual = np.median(away[order, 1]) if len(order) else 0.0
    order = order[np.argsort(np.abs(away[order, 1] - usual), kind="stable")][:_LOOKED_AT]
    for start in (_cross, _corner):  # two rows have no point with neighbours on all sides
        best, least = None, _REACH
        for index in order:
            found = start(points, tree, int(index), near[index, 1:])
            if found is not None and found[0] < least:
                least, best = found[0], (int(index), found[1], found[2])
                if least < _EVEN:
                    break
        if best is not None:
            return best
    return None


_Start = tuple[float, Points, Points]
"""How uneven, in steps, and the two steps."""


def _cross(points: Points, tree: cKDTree, index: int, near: NDArray[np.int64]) -> _Start | None:
    """The two shortest steps from a point that lead to neighbours both ways."""
    here, steps = points[index], points[near] - points[index]
    uneven = tree.query(here - steps)[0] / np.maximum(np.linalg.norm(steps, axis=1), 1e-9)
    chosen = _two_ways(steps, np.flatnonzero(uneven < _REACH))
    return None if chosen is None else (float(uneven[list(chosen)].max()), *_turning_right(*steps[list(chosen)]))


def _corner(points: Points, tree: cKDTree, index: int, near: NDArray[np.int64]) -> _Start | None:
    """The two shortest steps from a point that make a parallelogram of neighbours."""
    here, steps = points[index], points[near] - points[index]
    chosen = _two_ways(steps, np.arange(len(steps)))
    if chosen is None:
        return None
    first, second = steps[list(chosen)]
    off = float(tree.query(here + first + second)[0])
    return off / max(float(np.linalg.norm(first)), 1e-9), *_turning_right(first, second)


def _two_ways(steps: Points, allowed: NDArray[np.int64]) -> tuple[int, int] | None:
    """The shortest of the steps allowed (from the nearest on) and the next that is not along it."""
    lengths = np.linalg.norm(steps, axis=1)
    if not len(allowed) or lengths[allowed[0]] > _LONGEST * lengths[0]:
        return None
    first = int(allowed[0])
    for other in allowed[1:]:
        if lengths[other] > _LONGEST * lengths[first]:
            return None
        if abs(_cross_product(steps[first], steps[other])) > _PARALLEL * lengths[first] * lengths[other]:
            return first, int(other)
    return None


def _turning_right(first: Points, second: Points) -> tuple[Points, Points]:
    return first, second if _cross_product(first, second) > 0 else -second


def _cross_product(one: Points, other: Points) -> float:
    return float(one[0] * other[1] - one[1] * other[0])


_WAYS = ((1, 0), (-1, 0), (0, 1), (0, -1))


def _grown(points: Points, tree: cKDTree, seed: int, first: Points, second: Points) -> Lattice:
    """Everything that can be reached from the seed, each next step as long as those beside it."""
    at = {(0, 0): seed}
    place = {seed: (0, 0)}
    local = {(0, 0): np.array([first, second])}
    waiting = deque([(0, 0)])
    while waiting:
        here = waiting.popleft()
        axes = _axes(here, at, points, local)
        local[here] = axes
        for way in _WAYS:
            there = (here[0] + way[0], here[1] + way[1])
            if there in at:
                continue
            step = way[0] * axes[0] + way[1] * axes[1]
            expected = points[at[here]] + step
            off, found = tree.query(expected)
            if off > _REACH * np.linalg.norm(axes, axis=1).min() or int(found) in place:
                continue
            at[there], place[int(found)] = int(found), there
            local[there] = axes
            waiting.append(there)
    steps = np.array(list(at), dtype=np.int64).reshape(-1, 2)
    return Lattice(np.array(list(at.values()), dtype=np.int64), steps)


def _axes(
    here: tuple[int, int], at: dict[tuple[int, int], int], points: Points, local: dict[tuple[int, int], Points]
) -> Points:
    """(2, 2) the step along either axis from here, from the neighbours known by now, else as where it came from."""
    axes = local[here].copy()
    for axis, way in enumerate(((1, 0), (0, 1))):
        steps = []
        for sign in (1, -1):
            beside = at.get((here[0] + sign * way[0], here[1] + sign * way[1]))
            if beside is not None:
                steps.append(sign * (points[beside] - points[at[here]]))
        if steps:
            axes[axis] = np.mean(steps, axis=0)
    return axes
