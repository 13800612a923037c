"""Dark ellipses, fitted to the raw pixels along their edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.fitting import (
    Array,
    Pieces,
    by_size,
    cut_out,
    fit,
    line_through,
    sane_sigma,
    step_profile,
)
from cvinspect.calibration.find.spots import Contour
from cvinspect.projection import Points

_BAND = 3.5  # sigmas to either side of the edge
_LEAST_BAND_PX = 2.5
_PASSES, _SETTLED = 5, 0.1  # until the blur that a pass begins with is the one that it finds
_LEAST_AXIS_PX = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Ellipses:
    """centers (N, 2) px; shapes (N, 3) the squared half axes' matrix xx, xy, yy px²; roundness (N,): the area of the
    outline over that of the ellipse. Of fitted ones also (N,) the edges' total blur, both levels, what the fit leaves.
    """

    centers: Points
    shapes: Array
    roundness: Array
    sigma_px: Array
    white_gray: Array
    black_gray: Array
    rms_gray: Array

    def of(self, which: NDArray[np.int64]) -> Ellipses:
        """Some of them."""
        return Ellipses(*(getattr(self, name)[which] for name in self.__slots__))

    @property
    def areas_px2(self) -> Array:
        """(N,)."""
        xx, xy, yy = self.shapes.T
        return np.asarray(np.pi * np.sqrt(np.maximum(xx * yy - xy * xy, 0)))

    @property
    def half_axes_px(self) -> Array:
        """(N, 2) the shorter and the longer one."""
        values = np.linalg.eigvalsh(np.stack([self.shapes[:, [0, 1]], self.shapes[:, [1, 2]]], axis=1))
        return np.asarray(np.sqrt(np.maximum(values, 0)))

    @property
    def radii_px(self) -> Array:
        """(N,) of the disks of the same area."""
        return np.asarray(np.sqrt(self.areas_px2 / np.pi))


def ellipses_of(contours: list[Contour]) -> Ellipses:
    """The ellipses with the moments of the outlines, which run through pixels' centres; those without area are left
    out.
    """
    rows = []
    for contour in contours:
        moments = cv2.moments(contour)
        area = moments["m00"]
        if area <= 0:
            continue
        xx, xy, yy = (4 * moments[name] / area for name in ("mu20", "mu11", "mu02"))
        hull = area / max(cv2.contourArea(cv2.convexHull(contour)), 1.0)
        spread = np.pi * np.sqrt(max(xx * yy - xy * xy, 1e-9))
        # a star or a ring has less area than its hull
        rows.append((moments["m10"] / area, moments["m01"] / area, xx, xy, yy, area / spread * min(hull / 0.97, 1.0)))
    table = np.array(rows, dtype=np.float64).reshape(-1, 6)
    none = np.zeros(len(table))
    return Ellipses(table[:, :2], _grown(table[:, 2:5], 0.5), table[:, 5], none, none, none, none)


def _grown(shapes: Array, by_px: float) -> Array:
    """Ellipses with both half axes longer by so much."""
    values, ways = np.linalg.eigh(np.stack([shapes[:, [0, 1]], shapes[:, [1, 2]]], axis=1))
    longer = (np.sqrt(np.maximum(values, 0)) + by_px) ** 2
    matrices = (ways * longer[:, None, :]) @ np.swapaxes(ways, 1, 2)
    return np.stack([matrices[:, 0, 0], matrices[:, 0, 1], matrices[:, 1, 1]], axis=1)


def fit_ellipses(gray: NDArray[np.uint8], rough: Ellipses, gap_px: Array) -> Ellipses:
    """The ellipses as they are in gray (H, W); gap_px (N,): how far beyond the edge of each the next one's edge is."""
    count = len(rough.centers)
    found = np.column_stack([np.zeros((count, 2)), rough.shapes, np.ones(count), np.zeros((count, 5))])
    middle, usual = rough.centers, 1.0
    for turn in range(_PASSES):
        found[:, :2], found[:, 5] = 0.0, np.clip(found[:, 5], usual / 2, usual * 2)
        found = _all_fitted(gray, middle, found[:, :-1], _band(usual, gap_px))
        middle = middle + found[:, :2]
        before, usual = usual, float(np.median(sane_sigma(found[:, 5])))
        if turn > 0 and abs(usual - before) < _SETTLED * before:
            break
    sigma, level, half, rms = found[:, [5, 6, 7, 10]].T
    return Ellipses(middle, found[:, 2:5], rough.roundness, sigma, level + half, level - half, rms)


def _band(sigma: float, gap_px: Array) -> Array:
    return np.asarray(np.clip(max(_BAND * sigma, _LEAST_BAND_PX) + 0.5, 1.5, np.maximum(gap_px / 2, 1.5)))


def _all_fitted(gray: NDArray[np.uint8], middle: Points, start: Array, band: Array) -> Array:
    reach = np.sqrt(np.maximum(start[:, 2], start[:, 4])) + band + 1
    return by_size(reach, lambda some: _fitted(gray, middle[some], start[some], band[some], reach[some]))


def _fitted(gray: NDArray[np.uint8], middle: Points, start: Array, band: Array, reach: Array) -> Array:
    def wanted(x: Array, y: Array) -> NDArray[np.bool_]:
        return np.asarray(np.abs(_outside(start[:, 2:5], x, y)[0]) <= band[:, None])

    pieces = cut_out(gray, middle, reach, np.empty((len(middle), 0)), wanted)
    begun = start.copy()
    begun[:, 6:8] = line_through(step_profile(_outside(start[:, 2:5], pieces.x, pieces.y)[0], start[:, 5:6])[0], pieces)
    size = np.sqrt(start[:, 2:5].max(axis=1).mean())
    most = np.array([1.0, 1.0, size, size, size, 1.0, 60.0, 60.0, 0.02, 0.02])
    found, _, rms = fit(_rim, begun, pieces, most)
    return np.column_stack([found, rms])


def _outside(shapes: Array, x: Array, y: Array) -> tuple[Array, Array, Array]:
    """(N, K) px beyond an ellipse's edge, negative inside, good near the edge; and its slopes along x and y."""
    xx, xy, yy = shapes.T[:, :, None]
    scale = np.maximum(xx * yy - xy * xy, _LEAST_AXIS_PX**4)
    right, down = (yy * x - xy * y) / scale, (xx * y - xy * x) / scale
    slope = np.maximum(np.hypot(right, down), 1e-9)
    ratio = np.sqrt(np.maximum(right * x + down * y, 1e-12))
    return (ratio - 1) * ratio / slope, right / slope, down / slope


def _rim(parameters: Array, pieces: Pieces) -> tuple[Array, Array]:
    """Parameters: x, y, the shape's xx, xy, yy, sigma, level, half contrast, and the light's slopes right and down."""
    place_x, place_y, xx, xy, yy, sigma, level, half, light_x, light_y = parameters.T[:, :, None]
    away, right, down = _outside(parameters[:, 2:5], pieces.x - place_x, pieces.y - place_y)
    step, steep, wider = step_profile(away, sane_sigma(sigma))
    light = 1 + light_x * pieces.x + light_y * pieces.y
    seen = level + half * step
    steep = half * steep * light
    # how the edge moves outwards with the shape: along the normal n by n' dS n / (2 n'S n) ** .5
    support = 2 * np.sqrt(np.maximum(xx * right**2 + 2 * xy * right * down + yy * down**2, 1e-9))
    slopes = [
        -steep * right,
        -steep * down,
        -steep * right**2 / support,
        -steep * 2 * right * down / support,
        -steep * down**2 / support,
        half * wider * light,
        light,
        step * light,
        seen * pieces.x,
        seen * pieces.y,
    ]
    return seen * light, np.stack(np.broadcast_arrays(*slopes), axis=2)
