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
_SEEDS = 24  # tried before giving up
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
    best, least = None, _REACH
    order = np.flatnonzero(left)
    order = order[np.argsort(np.abs(away[order, 1] - np.median(away[order, 1])))] if len(order) else order
    for index in order[:200]:
        found = _cross(points, tree, int(index), near[index, 1:])
        if found is not None and found[0] < least:
            least, best = found[0], (int(index), found[1], found[2])
            if least < 0.05:
                break
    return best


def _cross(points: Points, tree: cKDTree, index: int, near: NDArray[np.int64]) -> tuple[float, Points, Points] | None:
    """How uneven, and the two shortest steps from a point that lead to neighbours both ways."""
    here = points[index]
    steps = points[near] - here
    back, _ = tree.query(here - steps)
    lengths = np.linalg.norm(steps, axis=1)
    uneven = back / np.maximum(lengths, 1e-9)
    chosen: list[int] = []
    for one in range(len(steps)):  # from the nearest on
        if uneven[one] > _REACH or lengths[one] > _LONGEST * lengths[0]:
            continue
        if chosen and abs(_cross_product(steps[chosen[0]], steps[one])) < _PARALLEL * lengths[chosen[0]] * lengths[one]:
            continue
        chosen.append(one)
        if len(chosen) == 2:
            first, second = steps[chosen[0]], steps[chosen[1]]
            second = second if _cross_product(first, second) > 0 else -second
            return float(uneven[chosen].max()), first, second
    return None


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
