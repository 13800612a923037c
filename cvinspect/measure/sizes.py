"""Sizes in px with their standard uncertainties: one definition per quantity.

area: enclosed by the half-contrast contour, the blur's shrinkage undone. diameter: of the disk of that area. length:
from tip to tip, along the object. width: across it (of a line the mean width). max dimension: the largest distance
between two of its points.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from cvinspect.measure.contour import girth, max_dimension, polygon_area, rectangle
from cvinspect.measure.line import strip_sides
from cvinspect.model import Measured, Points, Region

U_FOOT_PX = 3.0


@dataclass(frozen=True, slots=True)
class Blur:
    """Sigma in px of the optics' blur, and its standard uncertainty."""

    sigma_px: float
    u_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Sizes of one object in px and px².

    outline_px: (N, 2) closed, frame px. contrast_gray: positive. resolved: False where the sizes are upper bounds.
    path_px: of a line its centre-line (N, 2), frame px, along which its length runs. straight: True where the sizes are
    those that a picture would show which sees the plane straight on, with pixels of the same area.
    """

    outline_px: Points
    area: Measured
    diameter: Measured
    length: Measured
    width: Measured
    max_dimension: Measured
    contrast_gray: float
    resolved: bool = True
    path_px: Points | None = None
    straight: bool = False


def root_sum(*parts: float) -> float:
    """Independent standard uncertainties together."""
    return float(np.linalg.norm(parts))


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
    u_length = root_sum(U_FOOT_PX, length_px / max(height.value, 1.0))
    length = max(length_px, height.value)
    reach = Measured(max(length, claimed.max_dimension.value), u_length)
    return replace(claimed, length=Measured(length, u_length), width=height, max_dimension=reach)
