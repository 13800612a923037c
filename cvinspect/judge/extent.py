"""Where blobs reach: their extents on one face, and the distances between them (DECISIONS 5).

An extent is the blob's outline (a filled polygon) or else the disk of its largest dimension. Distances are edge to
edge, in mm, and 0 where two extents overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvinspect.model import Blob

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True, eq=False)
class Extents:
    """The extents of n blobs on one face.

    center: (n, 2) mm. radius: (n,) mm; the disk itself, or the smallest disk around `center` that holds the polygon.
    polygons: per blob (k, 2) vertices, or None for a disk.
    """

    center: Array
    radius: Array
    polygons: tuple[Array | None, ...]

    @classmethod
    def of(cls, blobs: Sequence[Blob]) -> Extents:
        """The extents of `blobs`, in their order."""
        polygons = tuple(np.array(b.outline_mm, dtype=float) if b.outline_mm else None for b in blobs)
        center = np.array([b.center_mm for b in blobs], dtype=float).reshape(-1, 2)
        radius = np.array([_disk_radius(b) for b in blobs], dtype=float)
        for i, polygon in enumerate(polygons):
            if polygon is not None:
                center[i] = (polygon.min(axis=0) + polygon.max(axis=0)) / 2
                radius[i] = np.hypot(*(polygon - center[i]).T).max()
        return cls(center, radius, polygons)

    def __len__(self) -> int:
        return len(self.radius)

    def subset(self, members: Indices) -> Extents:
        """The extents of some of the blobs."""
        return Extents(self.center[members], self.radius[members], tuple(self.polygons[i] for i in members))

    def reach(self, point: Array, finer_than: float = 0.0) -> tuple[Array, Array]:
        """Lower and upper bounds (n,) on the distance from `point` (2,) to each extent; 0 inside.

        Both are exact for disks and for polygons whose radius exceeds `finer_than`: a bound is enough for what is
        small against the place looked at, and much cheaper.
        """
        apart = np.hypot(*(self.center - point).T)
        lower = np.maximum(apart - self.radius, 0.0)
        upper = lower.copy()
        for i, polygon in enumerate(self.polygons):
            if polygon is None:
                continue
            if self.radius[i] > finer_than:
                lower[i] = upper[i] = distance_to_polygon(point[None, :], polygon)[0]
            else:
                upper[i] = apart[i] + self.radius[i]
        return lower, upper

    def reach_all(self, points: Array) -> Array:
        """Distances (m, n) from points (m, 2) to each extent; 0 inside."""
        apart = np.hypot(points[:, None, 0] - self.center[None, :, 0], points[:, None, 1] - self.center[None, :, 1])
        distance: Array = np.maximum(apart - self.radius[None, :], 0.0)
        for i, polygon in enumerate(self.polygons):
            if polygon is not None:
                distance[:, i] = distance_to_polygon(points, polygon)
        return distance

    def from_center(self, rows: slice) -> Array:
        """Upper bounds (rows, n) on the distance from some extents' centres to all extents; exact for disks."""
        x, y = self.center.T
        apart = np.sqrt((x[rows, None] - x[None, :]) ** 2 + (y[rows, None] - y[None, :]) ** 2)
        shaped = np.array([polygon is not None for polygon in self.polygons])
        # the centre of a polygon's box may lie outside it, but one of its points is no farther than the radius
        signed = np.where(shaped, self.radius, -self.radius)
        bound: Array = np.maximum(apart + signed[None, :], 0.0)
        return bound

    def between(self, i: int, j: int) -> float:
        """Edge-to-edge distance of two extents."""
        a, b = self.polygons[i], self.polygons[j]
        if a is None and b is None:
            gap = float(np.hypot(*(self.center[i] - self.center[j]))) - float(self.radius[i] + self.radius[j])
            return max(gap, 0.0)
        if a is not None and b is not None:
            return _between_polygons(a, b)
        disk, polygon = (i, b) if a is None else (j, a)
        assert polygon is not None
        return max(float(distance_to_polygon(self.center[disk][None, :], polygon)[0] - self.radius[disk]), 0.0)

    def bounds(self, rows: slice) -> tuple[Array, Array]:
        """Lower and upper bounds (rows, n) on the edge-to-edge distances; equal where both are disks."""
        x, y = self.center.T
        apart = np.sqrt((x[rows, None] - x[None, :]) ** 2 + (y[rows, None] - y[None, :]) ** 2)
        shaped = np.array([polygon is not None for polygon in self.polygons])
        signed = np.where(shaped, self.radius, -self.radius)
        lower: Array = np.maximum(apart - self.radius[rows, None] - self.radius[None, :], 0.0)
        upper: Array = np.maximum(apart + signed[rows, None] + signed[None, :], 0.0)
        return lower, upper

    def in_rows(self) -> list[slice]:
        """Slices over the blobs, small enough for (rows, n) arrays."""
        return [slice(start, min(start + _ROWS_AT_ONCE, len(self))) for start in range(0, len(self), _ROWS_AT_ONCE)]


def _disk_radius(blob: Blob) -> float:
    if blob.max_dimension_mm is not None:
        return blob.max_dimension_mm.value / 2
    sizes = [size.value for size in (blob.diameter_mm, blob.length_mm) if size is not None]
    return max(sizes, default=0.0) / 2


def distance_to_polygon(points: Array, polygon: Array) -> Array:
    """Distances (n,) from points (n, 2) to a filled polygon (k, 2); 0 inside."""
    start, end = polygon, np.roll(polygon, -1, axis=0)
    along = end - start
    length2 = np.maximum((along**2).sum(axis=1), 1e-300)
    offset = points[:, None, :] - start[None, :, :]
    share = np.clip((offset * along).sum(axis=2) / length2, 0.0, 1.0)
    nearest = offset - share[:, :, None] * along
    distance = np.hypot(nearest[:, :, 0], nearest[:, :, 1]).min(axis=1)
    boxes_meet = (points.min(axis=0) <= polygon.max(axis=0)).all() and (polygon.min(axis=0) <= points.max(axis=0)).all()
    outside: Array = np.where(_inside(points, start, end), 0.0, distance) if boxes_meet else distance
    return outside


def _inside(points: Array, start: Array, end: Array) -> NDArray[np.bool_]:
    """Even-odd rule; points (n, 2), edges (k, 2) to (k, 2)."""
    y = points[:, None, 1]
    crosses = (start[None, :, 1] > y) != (end[None, :, 1] > y)
    rise = end[:, 1] - start[:, 1]
    share = (y - start[None, :, 1]) / np.where(rise == 0, 1.0, rise)
    x = start[None, :, 0] + share * (end - start)[None, :, 0]
    odd: NDArray[np.bool_] = (crosses & (points[:, None, 0] < x)).sum(axis=1) % 2 == 1
    return odd


def _between_polygons(a: Array, b: Array) -> float:
    apart = np.sqrt(((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2))
    # a corner farther off than the nearest pair and an edge's length cannot be the nearest to that edge
    near_a = a[apart.min(axis=1) <= apart.min() + _longest_edge(b)]
    near_b = b[apart.min(axis=0) <= apart.min() + _longest_edge(a)]
    gap = distance_to_polygon(near_a, b).min()
    gap = min(gap, distance_to_polygon(near_b, a).min()) if gap > 0 else gap
    boxes_meet = (a.min(axis=0) <= b.max(axis=0)).all() and (b.min(axis=0) <= a.max(axis=0)).all()
    return 0.0 if gap == 0.0 or (boxes_meet and _edges_cross(a, b)) else float(gap)


def _longest_edge(polygon: Array) -> float:
    return float(np.sqrt(((polygon - np.roll(polygon, 1, axis=0)) ** 2).sum(axis=1).max()))


def _edges_cross(a: Array, b: Array) -> bool:
    a0, a1 = a[:, None, :], np.roll(a, -1, axis=0)[:, None, :]
    b0, b1 = b[None, :, :], np.roll(b, -1, axis=0)[None, :, :]
    return bool(((_side(a0, a1, b0) * _side(a0, a1, b1) < 0) & (_side(b0, b1, a0) * _side(b0, b1, a1) < 0)).any())


def _side(start: Array, end: Array, point: Array) -> Array:
    along, to = end - start, point - start
    return np.asarray(along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0])
