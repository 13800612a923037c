"""Sizes of many compact objects at once, from their half-contrast contours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvinspect.measure.contrast import Contrasts, edge_px
from cvinspect.measure.marching import Loops, loops
from cvinspect.measure.outline import ALONG_VARIANCE, Complex, evenly, noise_kept, restored
from cvinspect.measure.shape import angular_as, lengths_of, scaled
from cvinspect.measure.sizes import Blur
from cvinspect.measure.windows import Floats, Windows

ONE_OBJECT = 0.8  # share of all contours' area that one must enclose
CHORD_VARIANCE = 0.055  # px² that straight chords of the contour take off like blur, fitted to rendered disks
CORNERS = 0.318  # px² that four square corners lose beyond pi, per px² of blur
U_GRID_PX = 0.01  # what the grid of pixels does to the place of one px of contour


@dataclass(frozen=True, slots=True, eq=False)
class Contoured:
    """Sizes of N objects, px: outline (N, M) as x + i y in its window; area (N,); lengths (N, 4) diameter, length,
    width, max dimension; their standard uncertainties; stray: how far noise moves a point of the contour (N,)."""

    outline: Complex
    area: Floats
    u_area: Floats
    lengths: Floats
    u_lengths: Floats
    stray: Floats


def half_contours(windows: Windows, contrasts: Contrasts) -> Loops:
    """The contours at half contrast, one a window; none where there is none, or several share the object."""
    half = np.maximum(contrasts.gray, 1e-3).astype(np.float32)[:, None, None] / 2
    found = loops(np.asarray(windows.calm * windows.own / half - 1, np.float32))
    together = np.bincount(found.window, found.area, minlength=len(windows.index))
    return found.only(np.flatnonzero(found.area > ONE_OBJECT * together[found.window]))


def sizes_within(windows: Windows, contrasts: Contrasts, paths: Loops, blur: Blur) -> Contoured:
    """Sizes of what the paths enclose.

    Area = area within + pi lost: blur of variance `lost` moves an outline of curvature k inwards by lost k / 2, and all
    around the curvature adds up to 2 pi, whatever the shape. To the second order a disk has lost pi² lost² / 6 area
    more, an object with four square corners (`CORNERS`) as well.
    """
    rows = paths.window
    even, around = evenly(paths)
    edge = edge_px(windows, blur.sigma_px)
    lost = edge**2 + CHORD_VARIANCE
    area = paths.area + np.pi * lost
    area += (np.pi * lost) ** 2 / 6 / area
    gray, steep = contrasts.gray[rows], float(np.sqrt(2 * np.pi)) * edge
    soft = _softness(windows, even[:, ::4], rows, gray / steep)
    stray = soft * steep / gray * windows.kept_noise * windows.noise_gray[rows]
    level_psf = steep * contrasts.per_psf[rows] * blur.u_px / 2 * (1 + blur.u_px / blur.sigma_px)
    u_noise = soft * contrasts.u_shift_px[rows] * around
    u_psf = 2 * np.pi * blur.sigma_px * blur.u_px - around * level_psf
    u_area = np.sqrt(u_noise**2 + u_psf**2 + U_GRID_PX**2 * around)

    seen, whole, other = restored(even, around, lost)
    moved = np.hypot(stray, U_GRID_PX) * np.array(noise_kept(lost, windows.smooth_px2))[:, None]
    angular, angle, u_corner = angular_as(
        windows.straight(seen, rows), windows.straight(whole, rows), other, area, u_area, moved[1]
    )
    area += angular * lost * (CORNERS - edge * around / area / 2)
    outline = scaled(whole, area)
    calm, fine = (windows.straight(one, rows) for one in (seen, outline))
    lengths, u_lengths, given = lengths_of(calm, fine, area, angular, angle, moved)
    level = soft * steep / gray * contrasts.u_gray[rows]
    sharpness = 2 * blur.sigma_px * blur.u_px * given / (lost + ALONG_VARIANCE) - 2 * level_psf
    u_lengths = np.sqrt(u_lengths**2 + level**2 + sharpness[[0, 1, 0]] ** 2 + u_corner**2)
    diameter = np.sqrt(4 * area / np.pi)
    if angular.any():
        outline = scaled(whole + angular[:, None] * (seen - whole), area)
    return Contoured(
        outline=outline,
        area=area,
        u_area=u_area,
        lengths=np.vstack([diameter, lengths]).T,
        u_lengths=np.vstack([2 * u_area / np.pi / diameter, u_lengths]).T,
        stray=stray,
    )


def _softness(windows: Windows, even: Complex, rows: NDArray[np.intp], slope: Floats) -> Floats:
    """How much less steep the contours' edges are than `slope`, grey levels per px; at least 1."""
    high, wide = windows.calm.shape[1:]
    x, y = (np.round(part).astype(np.intp) for part in (even.real, even.imag))

    def gray(right: int, down: int) -> NDArray[np.float32]:
        return windows.calm[rows[:, None], np.clip(y + down, 0, high - 1), np.clip(x + right, 0, wide - 1)]

    steep = np.asarray(np.median(np.hypot(gray(1, 0) - gray(-1, 0), gray(0, 1) - gray(0, -1)), axis=1)) / 2
    return np.asarray(np.maximum(slope / np.maximum(steep, 1e-3), 1.0))
