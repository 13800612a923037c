"""Sizes in px with their standard uncertainties: one definition per quantity.

area: enclosed by the half-contrast contour, the blur's shrinkage undone. diameter: of the disk of that area. length:
from tip to tip, along the object. width: across it (of a line the mean width). max dimension: the largest distance
between two of its points.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from cvinspect.measure.contour import Contour, axis_sides, girth, max_dimension, polygon_area, rectangle
from cvinspect.measure.line import Line, outline_of, strip_sides
from cvinspect.model import Measured, Points, Region

CHORD_PX2 = 0.28  # pixel box 1/12 and contour chords: area lost per pi, fitted on rendered disks
CORNER = 1.35  # how far a square corner's half-contrast contour stays inside it, in blur sigmas, both ends together
ANGULAR = 0.5  # from this `_fill` on, and up to this length over width,
LONG = 1.3  # an object's sides are those of its smallest rectangle
U_FOOT_PX = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """outline_px: (N, 2) closed, frame px; sizes in px and px²; contrast_gray positive. resolved: False
    where the sizes are upper bounds."""

    outline_px: Points
    area: Measured
    diameter: Measured
    length: Measured
    width: Measured
    max_dimension: Measured
    contrast_gray: float
    resolved: bool = True


def sizes_of_contour(contour: Contour, noise_gray: float, psf_sigma_px: float, u_psf_px: float) -> Sizes:
    """Sizes of a compact object.

    Area = area within the contour + pi (psf² + added blur² + 0.28): a blurred convex outline shrinks by pi sigma²,
    whatever its shape, because its curvature adds up to 2 pi. Length and width are the extents along the principal
    axes (of an angular object without a clear axis, the sides of the smallest rectangle), of a round object grown as a
    disk's diameter is, both less what noise adds to an extent. The max dimension of an angular object is
    grown by what blur takes off two corners.
    """
    points = contour.points
    lost = psf_sigma_px**2 + contour.blur2_px2 + CHORD_PX2
    around = girth(points)
    area = abs(polygon_area(points)) + pi * lost
    stray, reach = _stray(contour, noise_gray)
    shift = contour.u_contrast_gray / 2 / contour.slope_gray
    u_blur = 2 * psf_sigma_px * u_psf_px
    u_area = _root_sum(stray * sqrt(around * reach), around * shift, pi * u_blur, 0.02 * around)
    diameter = sqrt(4 * area / pi)
    long, short = rectangle(points)
    fill = _fill(area, long, short, lost)
    if fill <= ANGULAR or long >= LONG * short:
        long, short = axis_sides(points)
    sure_stray = min(stray, 0.05 * short)
    length, width = (
        sqrt(side**2 + 4 * lost * (1 - fill)) - sure_stray * _excess(fill, other / reach)
        for side, other in ((long, short), (short, long))
    )
    feret = max_dimension(points)
    round_feret = sqrt(feret**2 + 4 * lost) - 3.2 * sure_stray
    corner_feret = feret + CORNER * sqrt(lost - CHORD_PX2 + 1 / 12)
    reached = round_feret + fill * (corner_feret - round_feret)
    unsure = 0.0 if contour.plateau else 0.2 * min(long / max(short, 1.0) - 1, 1.0)
    u_side = _root_sum(1.2 * stray, 2 * shift, u_blur / max(short, 2.0), 0.08, unsure)
    u_feret = _root_sum(u_side, 2 * unsure, (0.2 if contour.plateau else 0.35) * (corner_feret - round_feret))
    return Sizes(
        points,
        Measured(area, u_area),
        Measured(diameter, 2 * u_area / pi / diameter),
        Measured(max(length, width), u_side),
        Measured(min(length, width), u_side),
        Measured(max(reached, length, width), u_feret),
        contour.contrast_gray,
        contour.resolved,
    )


def _fill(area: float, long: float, short: float, lost: float) -> float:
    """How angular an object is, by its share of the rectangle around it: 0 an ellipse (pi / 4), 1 a rectangle."""
    around = sqrt((long**2 + 4 * lost) * (short**2 + 4 * lost))
    return float(np.clip((area / around - pi / 4) / (1 - pi / 4), 0, 1))


def _excess(fill: float, independent: float) -> float:
    """What noise adds to an extent, per px that it moves a point: more on a straight side, which has more extremes.

    Fitted on rendered disks and bars; `independent` counts the points of a side that move by themselves.
    """
    many = log(max(independent, 1.5))
    return (1 - fill) * (0.48 * many - 0.2) + fill * 1.4 * sqrt(2 * many)


def _root_sum(*parts: float) -> float:
    """Independent standard uncertainties together."""
    return float(np.linalg.norm(parts))


def _stray(contour: Contour, noise_gray: float) -> tuple[float, float]:
    """How far noise moves a point of the contour, px, and over how many px of the contour it moves together."""
    blur = sqrt(contour.blur2_px2)
    noise = noise_gray / (2 * sqrt(pi) * blur) if blur > 0.5 else noise_gray
    return noise / contour.slope_gray, max(1.0, 2 * sqrt(pi) * blur)


def sizes_of_line(line: Line, psf_sigma_px: float, u_psf_px: float) -> Sizes:
    """Sizes of a line: length along its centre-line between the half-contrast ends, width from its mean profile."""
    profile, length = line.profile, line.length_px
    width = profile.width_px
    blur = sqrt(psf_sigma_px**2 + 1 / 12)
    stray = line.noise_gray * blur * 2.5 / max(profile.contrast_gray, 1e-3)
    u_width = _root_sum(1.5 * stray / sqrt(max(length, 1.0)), profile.u_psf_px, 0.03, 0.02 * width)
    seen = min(1.0, width / 2.5 / blur) * sqrt(max(width, 1.0))
    u_length = _root_sum(1.4 * stray / max(seen, 0.1), 0.17, 0.05 * width, 0.3 * u_psf_px)
    outline = outline_of(line)
    square = max_dimension(outline)
    straight = max_dimension(line.path)
    area = length * width - 0.1 * width**2
    u_area = _root_sum(length * u_width, width * u_length, 0.1 * width**2)
    diameter = sqrt(4 * max(area, 1e-6) / pi)
    return Sizes(
        outline,
        Measured(area, u_area),
        Measured(diameter, 2 * u_area / pi / diameter),
        Measured(length, u_length),
        Measured(width, u_width),
        Measured((square + straight) / 2, _root_sum(u_length, 0.3 * (square - straight))),
        profile.contrast_gray,
    )


def sizes_of_outline(contour: NDArray[np.int32], contrast_gray: float, u_px: float) -> Sizes:
    """Sizes of what no single contour encloses (rough, composite or soft): those of its claimed pixels, +-u_px."""
    points = contour.astype(np.float64)
    area = abs(polygon_area(points)) + len(points) / 2 + 1 if len(points) > 2 else float(len(points))
    around = girth(points) if len(points) > 2 else 4.0
    long, short = (side + 1 for side in rectangle(points))
    length, width = strip_sides(contour) if long >= 3 * short else (long, short)
    diameter = sqrt(4 * area / pi)
    u_area = u_px * max(around, 4.0)
    return Sizes(
        points,
        Measured(area, u_area),
        Measured(diameter, 2 * u_area / pi / diameter),
        Measured(length, u_px),
        Measured(width, u_px),
        Measured(max(max_dimension(points) + 1, length), u_px),
        contrast_gray,
    )


def sizes_of_flash(region: Region, length_px: float, height: Measured, contrast_gray: float) -> Sizes:
    """Sizes of flash: length along the nominal outline, width = height; its foot is hidden in the edge's blur."""
    claimed = sizes_of_outline(region.contour_px, contrast_gray, U_FOOT_PX)
    u_length = _root_sum(U_FOOT_PX, length_px / max(height.value, 1.0))
    length = max(length_px, height.value)
    reach = Measured(max(length, claimed.max_dimension.value), u_length)
    return replace(claimed, length=Measured(length, u_length), width=height, max_dimension=reach)
