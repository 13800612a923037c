"""The largest number (or weight) of extents that one circle can touch, laid anywhere: exact.

A circle of radius R touches an extent when its centre lies within R of it. So the question is where the most of the
extents, each grown by R, overlap. The plane is halved again and again (branch and bound): within a cell of
half-diagonal h around q, an extent at distance d of q is touched everywhere (d + h <= R), nowhere (d - h > R), or its
border crosses the cell. Cells whose touched + crossing cannot beat the best place known are dropped; where few borders
are left, the lowest point of the densest overlap is among the lowest points of those borders and the points where two
of them meet (Helly), and all of these are tried.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass

import numpy as np

from cvinspect.judge.extent import Array, Extents, Indices

TOUCH_MM = 1e-9  # a circle that touches to within this counts, so that rounding never hides one
_CELL_MM = 1e-6  # below this a cell's borders are taken as met
_BORDERS = 24


@dataclass(frozen=True, slots=True, eq=False)
class Densest:
    """The densest circle: total weight it touches, which extents; exact = False where a denser one may exist."""

    weight: float
    members: Indices
    exact: bool = True


def densest_circle(extents: Extents, weights: Array, radius: float, enough: float) -> Densest:
    """The circle of `radius` mm that touches the largest total of `weights` (n,).

    With a finite `enough` it is only settled whether a circle exceeds it: the search stops at the first that does, or
    when none can; the weight is then a lower bound of the largest.
    """
    if not len(extents):
        return Densest(0.0, np.arange(0))
    if len(extents) == 2:
        return _of_two(extents, weights, radius)
    best = _best_of_centers(extents, weights, radius)
    heap = [_root(extents, weights, radius)]
    order = itertools.count(1)
    floor = 0.0 if np.isinf(enough) else enough
    while heap and -heap[0][0] > max(best.weight, floor) + 1e-12:
        if best.weight > enough:
            break
        _, _, center, half, crossing, sure = heapq.heappop(heap)
        for sub in _quarters(center, half / 2):
            found, cell = _look(extents, weights, radius, sub, half / 2, crossing, sure)
            if found is not None and found.weight > best.weight:
                best = found
            if cell is not None and -cell[0] > best.weight + 1e-12:
                heapq.heappush(heap, (cell[0], next(order), *cell[1:]))
    still_open = bool(heap) and -heap[0][0] > best.weight + 1e-12
    return Densest(best.weight, best.members, exact=not still_open)


def _of_two(extents: Extents, weights: Array, radius: float) -> Densest:
    """One circle touches both where they are no farther apart than its diameter."""
    if extents.between(0, 1) <= 2 * radius + TOUCH_MM:
        return Densest(float(weights.sum()), np.arange(2))
    heavier = int(np.argmax(weights))
    return Densest(float(weights[heavier]), np.array([heavier]))


Cell = tuple[float, int, Array, float, Indices, Indices]


def _best_of_centers(extents: Extents, weights: Array, radius: float) -> Densest:
    """The best circle among those laid around the centre of an extent: a lower bound, often the answer."""
    best = Densest(-1.0, np.arange(0))
    for rows in extents.in_rows():
        touched = extents.from_center(rows) <= radius
        totals = touched @ weights
        i = int(np.argmax(totals))
        if totals[i] > best.weight:
            best = Densest(float(totals[i]), np.flatnonzero(touched[i]))
    return best


def _root(extents: Extents, weights: Array, radius: float) -> Cell:
    reach = (extents.radius + radius)[:, None]
    low, high = (extents.center - reach).min(axis=0), (extents.center + reach).max(axis=0)
    half = float((high - low).max()) / 2 * 1.001 + 1e-3
    return -float(weights.sum()), 0, (low + high) / 2, half, np.arange(len(extents)), np.arange(0)


def _quarters(center: Array, half: float) -> list[Array]:
    return [center + half * np.array(corner) for corner in ((-1, -1), (-1, 1), (1, -1), (1, 1))]


def _look(
    extents: Extents, weights: Array, radius: float, center: Array, half: float, crossing: Indices, sure: Indices
) -> tuple[Densest | None, tuple[float, Array, float, Indices, Indices] | None]:
    """What a cell (a square of half side `half`) holds: a circle found in it, and the cell to divide further."""
    h = half * float(np.sqrt(2)) + TOUCH_MM
    nearest, farthest = extents.subset(crossing).reach(center, finer_than=h / 4)
    sure = np.concatenate([sure, crossing[farthest + h <= radius]])
    crossing = crossing[(nearest - h <= radius) & (farthest + h > radius)]
    upper = float(weights[sure].sum() + weights[crossing].sum())
    if not crossing.size or h < _CELL_MM:
        members = np.concatenate([sure, crossing])
        return Densest(upper, members), None
    borders = _borders(extents, radius, center, h, crossing) if crossing.size <= _BORDERS else []
    if 0 < len(borders) <= _BORDERS:
        points = _points(borders)
        points = points[np.hypot(*(points - center).T) <= h]
        return _try_points(extents, weights, radius, points, crossing, sure), None
    return Densest(float(weights[sure].sum()), sure), (-upper, center, half, crossing, sure)


# A border is (owner, is_arc, x, y, r, dx, dy): an arc's circle around (x, y), or a line from (x, y) to (x+dx, y+dy).
Border = tuple[int, bool, float, float, float, float, float]


def _borders(extents: Extents, radius: float, center: Array, h: float, crossing: Indices) -> list[Border]:
    """The pieces of the grown extents' borders that pass within h of `center`; breaks off when they are too many."""
    pieces: list[Border] = []
    for i in crossing:
        polygon = extents.polygons[i]
        if polygon is None:
            x, y = extents.center[i]
            pieces.append((int(i), True, float(x), float(y), float(extents.radius[i]) + radius, 0.0, 0.0))
            continue
        pieces += _polygon_borders(int(i), polygon, radius, center, h)
        if len(pieces) > _BORDERS:
            break
    return pieces


def _polygon_borders(owner: int, polygon: Array, radius: float, center: Array, h: float) -> list[Border]:
    apart = np.abs(np.hypot(*(polygon - center).T) - radius)
    arcs = [(owner, True, float(x), float(y), radius, 0.0, 0.0) for x, y in polygon[apart <= h]]
    along = np.roll(polygon, -1, axis=0) - polygon
    length = np.hypot(*along.T)
    keep = length > 0
    start, along, length = polygon[keep], along[keep], length[keep]
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / length[:, None] * radius
    lines = []
    for sign in (1.0, -1.0):
        begin = start + sign * normal
        share = np.clip(((center - begin) * along).sum(axis=1) / length**2, 0.0, 1.0)
        near = np.hypot(*(begin + share[:, None] * along - center).T) <= h
        lines += [
            (owner, False, float(b[0]), float(b[1]), 0.0, float(a[0]), float(a[1]))
            for b, a in zip(begin[near], along[near], strict=True)
        ]
    return arcs + lines


def _points(borders: list[Border]) -> Array:
    """Every point that can be the lowest one of an overlap: lowest points of borders, and where two borders meet."""
    points = [point for border in borders for point in _lowest(border)]
    for a, b in itertools.combinations(borders, 2):
        if a[0] != b[0]:
            points += _meet(a, b)
    return np.array(points, dtype=float).reshape(-1, 2)


def _lowest(border: Border) -> list[tuple[float, float]]:
    _, is_arc, x, y, r, dx, dy = border
    return [(x, y - r)] if is_arc else [(x, y), (x + dx, y + dy)]


def _meet(a: Border, b: Border) -> list[tuple[float, float]]:
    if a[1] and b[1]:
        return _circles_meet(a, b)
    if a[1] != b[1]:
        return _circle_meets_line(*((a, b) if a[1] else (b, a)))
    return _lines_meet(a, b)


def _circles_meet(a: Border, b: Border) -> list[tuple[float, float]]:
    dx, dy = b[2] - a[2], b[3] - a[3]
    d = float(np.hypot(dx, dy))
    if d == 0.0 or d > a[4] + b[4] + TOUCH_MM or d < abs(a[4] - b[4]) - TOUCH_MM:
        return []
    along = (d * d + a[4] ** 2 - b[4] ** 2) / (2 * d)
    across = float(np.sqrt(max(a[4] ** 2 - along**2, 0.0)))
    x, y = a[2] + along * dx / d, a[3] + along * dy / d
    return [(x - across * dy / d, y + across * dx / d), (x + across * dy / d, y - across * dx / d)]


def _circle_meets_line(circle: Border, line: Border) -> list[tuple[float, float]]:
    _, _, x, y, _, dx, dy = line
    fx, fy = x - circle[2], y - circle[3]
    a, b, c = dx * dx + dy * dy, 2 * (fx * dx + fy * dy), fx * fx + fy * fy - circle[4] ** 2
    disc = b * b - 4 * a * c
    if disc < -1e-9 * b * b:
        return []
    root = float(np.sqrt(max(disc, 0.0)))
    shares = ((-b - root) / (2 * a), (-b + root) / (2 * a))
    return [(x + t * dx, y + t * dy) for t in shares if -1e-9 <= t <= 1 + 1e-9]


def _lines_meet(a: Border, b: Border) -> list[tuple[float, float]]:
    cross = a[5] * b[6] - a[6] * b[5]
    if abs(cross) < 1e-300:
        return []
    ox, oy = b[2] - a[2], b[3] - a[3]
    t, s = (ox * b[6] - oy * b[5]) / cross, (ox * a[6] - oy * a[5]) / cross
    inside = -1e-9 <= t <= 1 + 1e-9 and -1e-9 <= s <= 1 + 1e-9
    return [(a[2] + t * a[5], a[3] + t * a[6])] if inside else []


def _try_points(
    extents: Extents, weights: Array, radius: float, points: Array, crossing: Indices, sure: Indices
) -> Densest:
    """The best of `points`, all of them in the cell that `sure` and `crossing` are told for."""
    base = float(weights[sure].sum())
    best = Densest(base, sure)
    if not len(points):
        return best
    touched = extents.subset(crossing).reach_all(points) <= radius + TOUCH_MM
    totals = touched @ weights[crossing]
    i = int(np.argmax(totals))
    if totals[i] > 0:
        best = Densest(base + float(totals[i]), np.concatenate([sure, crossing[touched[i]]]))
    return best
