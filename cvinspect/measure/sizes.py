"""Sizes in px with their standard uncertainties: one definition per quantity.

area: enclosed by the half-contrast contour, the blur's shrinkage undone. diameter: of the disk of that area. length:
from tip to tip, along the object. width: across it (of a line the mean width). max dimension: the largest distance
between two of its points.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, log, pi, sqrt

import numpy as np

from cvinspect.measure.contour import Contour, girth, max_dimension, polygon_area, rectangle
from cvinspect.measure.line import Line, outline_of, strip_sides
from cvinspect.model import Measured, Points, Region

CHORD_PX2 = 0.28  # pixel box 1/12 and contour chords: area lost per pi, fitted on rendered disks
CORNER = 1.35  # how far a square corner's half-contrast contour stays inside it, in blur sigmas, both ends together
SMALL_PX2 = 4.0  # area below which size and contrast cannot be told apart


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
    whatever its shape, because its curvature adds up to 2 pi.
    """
    points = contour.points
    blur2 = psf_sigma_px**2 + contour.blur2_px2
    lost = blur2 + CHORD_PX2
    around = girth(points)
    area = abs(polygon_area(points)) + pi * lost
    stray, reach = _stray(contour, noise_gray)
    shift = contour.u_contrast_gray / 2 / contour.slope_gray
    u_blur = 2 * psf_sigma_px * u_psf_px
    u_area = float(np.linalg.norm([stray * sqrt(around * reach), around * shift, pi * u_blur, 0.02 * around]))
    diameter = sqrt(4 * area / pi)
    long, short = rectangle(points)
    ellipse = sqrt((long**2 + 4 * lost) * (short**2 + 4 * lost))
    fill = float(np.clip((area / ellipse - pi / 4) / (1 - pi / 4), 0, 1))
    excess = 1.4 * stray * fill
    grown = [
        sqrt(side**2 + 4 * lost * (1 - fill)) - excess * sqrt(2 * log(max(other / reach, 1.5)))
        for side, other in ((long, short), (short, long))
    ]
    angular = 0.0 if contour.plateau else 0.2 * min(long / max(short, 1.0) - 1, 1.0)
    u_side = float(np.linalg.norm([1.2 * stray, 2 * shift, u_blur / max(short, 2.0), 0.08, angular]))
    feret = max_dimension(points)
    round_feret = sqrt(feret**2 + 4 * lost) - 3.2 * stray
    corner_feret = feret + CORNER * sqrt(blur2 + 1 / 12)
    reached = round_feret + fill * (corner_feret - round_feret)
    u_feret = float(
        np.linalg.norm([u_side, 2 * angular, (0.2 if contour.plateau else 0.35) * (corner_feret - round_feret)])
    )
    return Sizes(
        points,
        Measured(area, u_area),
        Measured(diameter, 2 * u_area / pi / diameter),
        Measured(grown[0], u_side),
        Measured(grown[1], u_side),
        Measured(max(reached, grown[0]), u_feret),
        contour.contrast_gray,
        contour.resolved,
    )


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
    u_width = float(np.linalg.norm([1.5 * stray / sqrt(max(length, 1.0)), profile.u_psf_px, 0.03, 0.02 * width]))
    seen = min(1.0, width / 2.5 / blur) * sqrt(max(width, 1.0))
    u_length = float(np.linalg.norm([1.4 * stray / max(seen, 0.1), 0.17, 0.05 * width, 0.3 * u_psf_px]))
    outline = outline_of(line)
    square = max_dimension(outline)
    straight = max_dimension(line.path)
    area = length * width - 0.1 * width**2
    u_area = float(np.linalg.norm([length * u_width, width * u_length, 0.1 * width**2]))
    diameter = sqrt(4 * max(area, 1e-6) / pi)
    return Sizes(
        outline,
        Measured(area, u_area),
        Measured(diameter, 2 * u_area / pi / diameter),
        Measured(length, u_length),
        Measured(width, u_width),
        Measured((square + straight) / 2, hypot(u_length, 0.3 * (square - straight))),
        profile.contrast_gray,
    )


def sizes_of_outline(region: Region, contrast_gray: float) -> Sizes:
    """Sizes of a rough or composite object, which no single contour encloses: those of its claimed pixels, +-1 px."""
    contour = region.contour_px
    points = contour.astype(np.float64)
    length, width = strip_sides(contour)
    around = girth(points) if len(points) > 1 else 4.0
    area = length * width if len(points) < 3 else abs(polygon_area(points)) + len(points) / 2 + 1
    diameter = sqrt(4 * area / pi)
    u_area = max(around, 4.0)
    return Sizes(
        points,
        Measured(area, u_area),
        Measured(diameter, 2 * u_area / pi / diameter),
        Measured(length, 1.0),
        Measured(width, 1.0),
        Measured(max(max_dimension(points) + 1, length), 1.0),
        contrast_gray,
    )
