"""Sizes of many compact objects at once, from their half-contrast contours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.measure.contrast import Contrasts, edge_px
from cvinspect.measure.marching import Loops, loops
from cvinspect.measure.outline import (
    ALONG_VARIANCE,
    Complex,
    axis_angle,
    evenly,
    extents,
    noise_kept,
    reaches,
    restored,
)
from cvinspect.measure.sizes import Blur
from cvinspect.measure.windows import Floats, Windows

ONE_OBJECT = 0.8  # share of all contours' area that one must enclose
CHORD_VARIANCE = 0.055  # px² that straight chords of the contour take off like blur, fitted to rendered disks
ROUNDISH, CORNERED = 0.3, 0.8  # of the way from an ellipse to a rectangle: all round, and all angular
ANGULAR, LONG = 0.2, 1.3  # what is this angular, and at most so long over wide, has the sides of its rectangle
CORNERS = 0.318  # px² that four square corners lose beyond pi, per px² of blur
U_GRID_PX = 0.01  # what the grid of pixels does to the place of one px of contour
U_LEAST_PX = 0.01
U_SHAPE, U_UNEVEN = 0.07, 1.4  # of what is given back to an extent that blur took off it: of an ellipse, and more per
# share by which the area differs from that of the ellipse of the same extents


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
    soft = _softness(windows, even, rows, gray / steep)
    stray = soft * steep / gray * windows.kept_noise * windows.noise_gray[rows]
    level_psf = steep * contrasts.per_psf[rows] * blur.u_px / 2 * (1 + blur.u_px / blur.sigma_px)
    u_noise = soft * contrasts.u_shift_px[rows] * around
    u_psf = 2 * np.pi * blur.sigma_px * blur.u_px - around * level_psf
    u_area = np.sqrt(u_noise**2 + u_psf**2 + U_GRID_PX**2 * around)

    seen, whole = restored(even, around, lost)
    moved = np.hypot(stray, U_GRID_PX) * np.array(noise_kept(lost, windows.smooth_px2))[:, None]
    unsure = np.hypot(u_area, 0.6 * moved[1] * np.sqrt(area))
    angular, angle, u_corner = _angular(windows.straight(seen, rows), windows.straight(whole, rows), area, unsure)
    area += angular * lost * (CORNERS - edge * around / area / 2)
    calm, fine = (windows.straight(one, rows) for one in (seen, _scaled(whole, area)))
    lengths, u_lengths, given = _lengths(calm, fine, area, angular, angle, moved)
    level = soft * steep / gray * contrasts.u_gray[rows]
    sharpness = 2 * blur.sigma_px * blur.u_px * given / (lost + ALONG_VARIANCE) - 2 * level_psf
    u_lengths = np.sqrt(u_lengths**2 + level**2 + sharpness[[0, 1, 0]] ** 2 + u_corner**2)
    diameter = np.sqrt(4 * area / np.pi)
    return Contoured(
        outline=_scaled(whole + angular[:, None] * (seen - whole), area),
        area=area,
        u_area=u_area,
        lengths=np.vstack([diameter, lengths]).T,
        u_lengths=np.vstack([2 * u_area / np.pi / diameter, u_lengths]).T,
        stray=stray,
    )


def _lengths(
    calm: Complex, fine: Complex, area: Floats, angular: Floats, angle: Floats, moved: Floats
) -> tuple[Floats, Floats, Floats]:
    """(3, N) length, width and max dimension, what noise and shape leave open of them, and what was given back (2, N).

    Of a round object they are the extents of the restored outline `fine`, of an angular one, whose sides blur does not
    move, of the outline as seen, `calm`; both less what noise adds.
    """
    seen, true = extents(calm, angle), extents(fine, angle)
    given, noise = (true - seen) * (1 - angular), moved[1] + angular * (moved[0] - moved[1])
    order = np.argsort(-(seen + given), axis=0)
    given = np.take_along_axis(given, order, axis=0)
    sides = np.take_along_axis(seen, order, axis=0) + given
    sides -= np.minimum(_excess(sides, angular, moved), 0.1 * sides)
    length, width = np.maximum(_apart(sides, 1.7 * noise), 1e-3)
    beyond = np.maximum(reaches(fine) - true.max(axis=0), 0)
    round_reach = length + np.sqrt(np.maximum(beyond**2 - (1.5 * moved[1]) ** 2, 0))
    reach = round_reach + angular * (np.hypot(length, width) - round_reach)
    uneven = np.minimum(np.abs(area / (np.pi / 4 * length * width) - 1), 0.2)
    u_sides = np.sqrt((0.95 * noise) ** 2 + ((U_SHAPE + U_UNEVEN * uneven) * given) ** 2 + U_LEAST_PX**2)
    u_corners = 0.5 * angular * (1 - angular) * (reach - round_reach)
    u_round = 0.5 * (1 - angular) * np.minimum(beyond, 0.1 + 2 * moved[1])
    u_reach = np.sqrt(u_sides[0] ** 2 + u_corners**2 + u_round**2)
    return np.stack([length, width, np.maximum(reach, length)]), np.vstack([u_sides, u_reach]), given


def _softness(windows: Windows, even: Complex, rows: NDArray[np.intp], slope: Floats) -> Floats:
    """How much less steep the contours' edges are than `slope`, grey levels per px; at least 1."""
    high, wide = windows.calm.shape[1:]
    x, y = (np.round(part).astype(np.intp) for part in (even.real, even.imag))
    at, x, y = rows[:, None], np.clip(x, 1, wide - 2), np.clip(y, 1, high - 2)
    across = windows.calm[at, y, x + 1] - windows.calm[at, y, x - 1]
    down = windows.calm[at, y + 1, x] - windows.calm[at, y - 1, x]
    steep = np.asarray(np.median(np.hypot(across, down), axis=1)) / 2
    return np.asarray(np.maximum(slope / np.maximum(steep, 1e-3), 1.0))


def _angular(calm: Complex, fine: Complex, area: Floats, unsure: Floats) -> tuple[Floats, Floats, Floats]:
    """How angular objects are, 0 as an ellipse, 1 as a rectangle; the direction of their sides or principal axes; and
    how far noise leaves that open, px of their extents.

    An ellipse fills pi / 4 of the rectangle around its restored outline, a rectangle fills the one around the outline
    that is seen. Up to `unsure` px² more than an ellipse's is no corner.
    """
    boxes = [cv2.minAreaRect(one) for one in calm.astype(np.complex64).view(np.float32).reshape(*calm.shape, 2)]
    turned = np.radians([box[2] for box in boxes])
    seen = np.array([box[1] for box in boxes])
    true = extents(fine, turned)
    least, most = np.pi / 4 * true[0] * true[1] + unsure, seen[:, 0] * seen[:, 1]
    filled = np.where(most > least, (area - least) / np.maximum(most - least, 1e-3), 0.0)
    angular = np.clip((filled - ROUNDISH) / (CORNERED - ROUNDISH), 0, 1)
    square = (filled > ANGULAR) & (seen.max(axis=1) < LONG * seen.min(axis=1))
    open_px = np.minimum(unsure / np.maximum(most - least, 1e-3), 1) * (np.hypot(*seen.T) - seen.max(axis=1))
    return angular, np.where(square, turned, axis_angle(fine)), np.where(angular > 0, 0.36 * open_px, 0.0)


def _scaled(outline: Complex, area: Floats) -> Complex:
    """Each outline (N, M), grown to enclose its area."""
    within = np.abs((np.conj(outline) * np.roll(outline, -1, axis=1)).imag.sum(axis=1)) / 2
    middle = outline.mean(axis=1, keepdims=True)
    return np.asarray(middle + (outline - middle) * np.sqrt(area / np.maximum(within, 1e-6))[:, None])


def _excess(sides: Floats, angular: Floats, moved: Floats) -> Floats:
    """What noise adds to the extents (2, N), which are between the foremost points: the more, the flatter a side.

    It moves a point of the outline as seen, and of the restored one, by `moved` (2, N) px. Of a side of curvature k
    (an ellipse's) the points within 2 (2 moved / k)^0.5 px compete, of a straight one all but those near its corners.
    Fitted to rendered disks, ellipses and rectangles.
    """
    long, short = np.maximum(sides, 1.0)
    bend = np.stack([2 * long / short**2, 2 * short / long**2])
    straight = moved[0] * np.log(np.maximum((np.stack([short, long]) - 6) / 1.25, 1.0))
    curved = moved[1] * np.log(np.maximum(2 * np.sqrt(2 * moved[1] / bend) / 1.25, 1.0))
    return np.asarray(0.85 * (curved + angular * (straight - curved)))


def _apart(sides: Floats, noise: Floats) -> Floats:
    """Long and short side (2, N), as far apart as noise of that size does not explain."""
    middle, apart = sides.sum(axis=0) / 2, sides[0] - sides[1]
    apart = np.sqrt(np.maximum(apart**2 - noise**2, 0)) / 2
    return np.stack([middle + apart, middle - apart])
