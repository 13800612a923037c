"""Plane geometry of the brute-force judge: extents, their distances, and what a disk laid anywhere can touch.

An extent is a list of points in mm and a radius: one point and a radius for a disk, three points or more and no radius
for a filled polygon. Every answer is found by trying all candidates; nothing is pruned.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np

TOLERANCE_MM = 1e-9
ROUNDING_MM = 1e-11


@dataclass(frozen=True)
class Extent:
    """What a blob covers. points: (N, 2)."""

    points: np.ndarray
    radius_mm: float

    @property
    def edges(self):
        """Pairs of points: none of a disk, one of a segment, all sides of a polygon."""
        count = len(self.points)
        if count < 3:
            return [(self.points[0], self.points[1])] if count == 2 else []
        return [(self.points[i], self.points[(i + 1) % count]) for i in range(count)]


def extent_of(blob) -> Extent:
    """DECISIONS 5: the outline, else the disk of max_dimension_mm, else of the larger of diameter and length."""
    if blob.outline_mm:
        return Extent(np.array(blob.outline_mm, dtype=float), 0.0)
    sizes = [blob.max_dimension_mm] if blob.max_dimension_mm else [blob.diameter_mm, blob.length_mm]
    across = max((size.value for size in sizes if size is not None), default=0.0)
    return Extent(np.array([blob.center_mm], dtype=float), across / 2)


def point_to_segment(points, a, b):
    """Distances of `points` (N, 2) to the segment a-b."""
    along = b - a
    length2 = float(along @ along)
    share = np.clip((points - a) @ along / length2, 0.0, 1.0) if length2 > 0 else np.zeros(len(points))
    return np.hypot(*(points - (a + share[:, None] * along)).T)


def inside(points, extent: Extent):
    """Which of `points` lie in the polygon: an odd number of its edges stand to their right."""
    odd = np.zeros(len(points), dtype=bool)
    if len(extent.points) < 3:
        return odd
    x, y = points.T
    for (ax, ay), (bx, by) in extent.edges:
        if ay != by:
            crossing = ax + (y - ay) * (bx - ax) / (by - ay)
            odd ^= ((ay > y) != (by > y)) & (x < crossing)
    return odd


def distances_to(points, extent: Extent):
    """Distances of `points` (N, 2) to the extent; 0 inside it."""
    if not extent.edges:
        return np.maximum(np.hypot(*(points - extent.points[0]).T) - extent.radius_mm, 0.0)
    to_edges = np.min([point_to_segment(points, a, b) for a, b in extent.edges], axis=0)
    return np.where(inside(points, extent), 0.0, to_edges)


def segments_cross(a, b, c, d) -> bool:
    """True where the segments a-b and c-d cross properly; mere touching is found by the distances of the ends."""

    def side(p, q, r):
        return np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def gap_mm(one: Extent, other: Extent) -> float:
    """Distance from edge to edge; 0 where they touch or overlap."""
    if any(segments_cross(a, b, c, d) for a, b in one.edges for c, d in other.edges):
        return 0.0
    from_one = distances_to(one.points, other) - one.radius_mm
    from_other = distances_to(other.points, one) - other.radius_mm
    return max(0.0, min(from_one.min(), from_other.min()))


def circle_circle(circles):
    """Where any two of the circles (x, y, r) cross or touch."""
    for (ax, ay, ar), (bx, by, br) in itertools.combinations(circles, 2):
        apart = math.hypot(bx - ax, by - ay)
        if apart == 0 or apart > ar + br + ROUNDING_MM or apart < abs(ar - br) - ROUNDING_MM:
            continue
        along = (apart * apart + ar * ar - br * br) / (2 * apart)
        up = math.sqrt(max(ar * ar - along * along, 0.0))
        ux, uy = (bx - ax) / apart, (by - ay) / apart
        yield ax + along * ux - up * uy, ay + along * uy + up * ux
        yield ax + along * ux + up * uy, ay + along * uy - up * ux


def circle_segment(circles, segments):
    """Where any circle meets any segment."""
    for (cx, cy, r), ((ax, ay), (bx, by)) in itertools.product(circles, segments):
        dx, dy = bx - ax, by - ay
        length = math.hypot(dx, dy)
        ux, uy = dx / length, dy / length
        along, off = (cx - ax) * ux + (cy - ay) * uy, (cx - ax) * uy - (cy - ay) * ux
        if abs(off) <= r + ROUNDING_MM:
            half = math.sqrt(max(r * r - off * off, 0.0))
            for t in (along - half, along + half):
                if -ROUNDING_MM <= t <= length + ROUNDING_MM:
                    yield ax + t * ux, ay + t * uy


def segment_segment(segments):
    """Where any two segments that are not parallel meet."""
    for ((ax, ay), (bx, by)), ((cx, cy), (dx, dy)) in itertools.combinations(segments, 2):
        cross = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
        if cross != 0:
            t = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / cross
            s = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / cross
            if -TOLERANCE_MM <= t <= 1 + TOLERANCE_MM and -TOLERANCE_MM <= s <= 1 + TOLERANCE_MM:
                yield ax + t * (bx - ax), ay + t * (by - ay)


def pushed_out(extent: Extent, reach_mm: float):
    """The edges of the extent, moved by `reach_mm` to either side."""
    for a, b in extent.edges:
        length = math.hypot(*(b - a))
        if length > 0:
            normal = np.array([-(b - a)[1], (b - a)[0]]) / length * reach_mm
            yield tuple(a + normal), tuple(b + normal)
            yield tuple(a - normal), tuple(b - normal)


def centres_to_try(extents, reach_mm: float):
    """Centres of which one is best for every choice of extents.

    The centres from which a disk touches an extent fill a region whose border is made of arcs round the extent's points
    and of its edges pushed out. Where regions overlap, a corner of their borders, or one point of a whole arc, belongs
    to the overlap.
    """
    circles = [(x, y, e.radius_mm + reach_mm) for e in extents for x, y in e.points.tolist()]
    segments = [segment for e in extents for segment in pushed_out(e, reach_mm)]
    tried = [(x, y) for x, y, _ in circles]
    tried += [(x + r, y) for x, y, r in circles]
    tried += [end for segment in segments for end in segment]
    tried += circle_circle(circles)
    tried += circle_segment(circles, segments)
    tried += segment_segment(segments)
    return np.array(tried)


def touched_together(extents, radius_mm: float) -> list[frozenset[int]]:
    """The sets of extents (by index) that closed disks of this radius touch; every largest one is among them."""
    if not extents:
        return []
    reach = radius_mm + TOLERANCE_MM
    centres = centres_to_try(extents, reach)
    touch = np.array([distances_to(centres, extent) <= reach + ROUNDING_MM for extent in extents]).T
    return [frozenset(np.flatnonzero(row).tolist()) for row in np.unique(touch, axis=0)]


@dataclass
class Plane:
    """The blobs of one face: which stand nearer than what, and what one circle holds. Remembers what it has found."""

    blobs: list
    _gaps: dict = field(default_factory=dict)
    _touched: dict = field(default_factory=dict)

    def gap_mm(self, one, other) -> float:
        """Distance of two blobs, edge to edge."""
        key = frozenset((one.id, other.id))
        if key not in self._gaps:
            self._gaps[key] = gap_mm(extent_of(one), extent_of(other))
        return self._gaps[key]

    def apart(self, one, other, needed_mm: float) -> bool:
        """True where they stand that far apart; a distance that was typed in decimals keeps its limit."""
        return self.gap_mm(one, other) >= needed_mm - TOLERANCE_MM

    def circles(self, diameter_mm: float) -> list[frozenset[int]]:
        """The sets of blob ids that circles of this diameter touch."""
        if diameter_mm not in self._touched:
            sets = touched_together([extent_of(blob) for blob in self.blobs], diameter_mm / 2)
            self._touched[diameter_mm] = [frozenset(self.blobs[i].id for i in members) for members in sets]
        return self._touched[diameter_mm]

    def largest_count(self, ids: set[int], diameter_mm: float) -> int:
        """The most of `ids` that one circle touches."""
        return max((len(members & ids) for members in self.circles(diameter_mm)), default=0)

    def largest_sum(self, sizes: dict[int, float], diameter_mm: float) -> float:
        """The largest total of `sizes` (by id) that one circle touches."""
        totals = (math.fsum(sizes[i] for i in members & sizes.keys()) for members in self.circles(diameter_mm))
        return max(totals, default=0.0)
