"""The nominal outline of a part, beyond which there is flash and within which material is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.surface import Surface, sampled
from cvinspect.model import Points

BESIDE_PX = 3.0  # a face this close beyond an outline borders on it


@dataclass(frozen=True, slots=True)
class Nominal:
    """An outline as it is drawn or learnt: closed polygons in part mm, the outer one first, then holes.

    spread_mm: of a learnt one, the standard deviation of good parts' edges at its points, per polygon; () = none.
    """

    contours_mm: tuple[tuple[tuple[float, float], ...], ...]
    spread_mm: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A closed outline in steps of about 1 px.

    points (N, 2) in frame px; normals (N, 2), of unit length, out of the material; spread_px (N,): how far good
    parts' edges wander about it, standard deviation. whole: False where a part of it was left out.
    """

    points: Points
    normals: Points
    spread_px: NDArray[np.float64]
    whole: bool = True

    def moved(self, by_px: NDArray[np.float64]) -> Outline:
        """The outline with each point moved by (N,) px along its normal."""
        return Outline(self.points + by_px[:, None] * self.normals, self.normals, self.spread_px, self.whole)


def face_outlines(surface: Surface) -> list[Outline]:
    """The faces' own outlines, but for what borders on another face."""
    outlines = [stepped(points) for points in surface.placement.outlines_px if len(points) >= 3]
    if surface.inside is None:
        return outlines
    free = [sampled(surface.inside, one.points + BESIDE_PX * one.normals).ravel() == 0 for one in outlines]
    return [_part_of(one, kept) for one, kept in zip(outlines, free, strict=True) if kept.any()]


def nominal_outlines(surface: Surface, nominal: Nominal) -> list[Outline]:
    """The drawn or learnt outline where the part lies in the frame; a hole's normals point into the hole."""
    outlines = []
    for index, contour in enumerate(nominal.contours_mm):
        points = surface.placement.to_px(np.array(contour, np.float64))
        spread = np.array(nominal.spread_mm[index]) if nominal.spread_mm else np.zeros(len(points))
        outlines.append(stepped(points, spread / surface.mm_per_px, hole=index > 0))
    return outlines


def stepped(corners: Points, spread_px: NDArray[np.float64] | None = None, hole: bool = False) -> Outline:
    """The polygon (N, 2) in steps of about 1 px, with normals outwards (of a hole: inwards)."""
    corners = np.asarray(corners, np.float64)
    spread = np.zeros(len(corners)) if spread_px is None else spread_px
    x, y = corners.T
    if (float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) < 0) != hole:
        corners, spread = corners[::-1], spread[::-1]
    steps = np.roll(corners, -1, axis=0) - corners
    lengths = np.maximum(np.linalg.norm(steps, axis=1), 1e-9)
    ends = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.arange(max(round(ends[-1]), 3)) * ends[-1] / max(round(ends[-1]), 3)
    owner = np.minimum(np.searchsorted(ends, at, side="right") - 1, len(corners) - 1)
    share = (at - ends[owner]) / lengths[owner]
    along = steps[owner] / lengths[owner, None]
    wander = spread[owner] * (1 - share) + np.roll(spread, -1)[owner] * share
    points = corners[owner] + steps[owner] * share[:, None]
    return Outline(points, np.stack([along[:, 1], -along[:, 0]], axis=1), wander)


def _part_of(outline: Outline, kept: NDArray[np.bool_]) -> Outline:
    """The outline's kept points, from behind a gap on, so that no kept stretch is torn apart."""
    start = 0 if kept.all() else int(np.argmin(kept))
    order = np.roll(np.arange(len(kept)), -start)
    order = order[kept[order]]
    whole = bool(kept.all())
    return Outline(outline.points[order], outline.normals[order], outline.spread_px[order], whole)
