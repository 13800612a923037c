"""From px to mm: a plain scale, or what the projection makes of each object where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cvinspect.measure.contour import axis_sides, max_dimension, polygon_area
from cvinspect.measure.sizes import Sizes
from cvinspect.model import Calibration, Measured, Points

Floats = NDArray[np.float64]


def in_mm(sizes: Sequence[Sizes], calibration: Calibration, u_scale: Floats) -> list[Sizes]:
    """The sizes in mm and mm² (the outlines stay in px); u_scale: the relative uncertainty of each one's scale (N,).

    A plain scale multiplies. A projection stretches an object by the direction: each size is multiplied by what the
    same size of its outline, or the length of its centre-line, is in mm over what it is in px.
    """
    factors = np.full((len(sizes), 4), calibration.mm_per_px)
    if calibration.projection is not None:
        factors = np.array([_factors(one, calibration) for one in sizes]).reshape(-1, 4)
    return [_scaled(one, row, u) for one, row, u in zip(sizes, factors.tolist(), u_scale.tolist(), strict=True)]


def _scaled(one: Sizes, factors: Sequence[float], u_scale: float) -> Sizes:
    round_, long, wide, reach = factors
    return replace(
        one,
        area=_times(one.area, round_**2, 2 * u_scale),
        diameter=_times(one.diameter, round_, u_scale),
        length=_times(one.length, long, u_scale),
        width=_times(one.width, wide, u_scale),
        max_dimension=_times(one.max_dimension, reach, u_scale),
    )


def _times(size: Measured, factor: float, u_relative: float) -> Measured:
    """A size times a factor that is known to u_relative."""
    return Measured(float(size.value * factor), float(np.hypot(size.u or 0.0, u_relative * size.value) * factor))


def _factors(one: Sizes, calibration: Calibration) -> tuple[float, float, float, float]:
    """mm per px for the diameter (the root of the area's), the length, the width and the max dimension."""
    outline_mm = calibration.to_mm(one.outline_px)
    if len(one.outline_px) < 3 or polygon_area(one.outline_px) == 0:
        plain = float(np.sqrt(np.abs(np.linalg.det(calibration.jacobian(one.outline_px[:1])[0]))))
        return plain, plain, plain, plain
    area = abs(polygon_area(outline_mm) / polygon_area(one.outline_px))
    if one.straight:
        return area**0.5, area**0.5, area**0.5, area**0.5
    reach = max_dimension(outline_mm) / max_dimension(one.outline_px)
    if one.path_px is not None and len(one.path_px) > 1:
        long = _length(calibration.to_mm(one.path_px)) / _length(one.path_px)
        return area**0.5, long, area / long, reach
    sides_mm, sides_px = sorted(axis_sides(outline_mm)), sorted(axis_sides(one.outline_px))
    return area**0.5, sides_mm[1] / sides_px[1], sides_mm[0] / max(sides_px[0], 1e-6), reach


def _length(path: Points) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
