"""The focal length behind a single view: from the camera's distance, or from the view's own tilt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cvinspect.calibration.solve.bundle import LENS, Matrix, Vector, plane_matrix
from cvinspect.calibration.solve.part import Sight
from cvinspect.calibration.solve.spread import slopes
from cvinspect.errors import CalibrationError

U_DISTANCE = 0.05  # relative, of a distance taken with a tape: nobody sees where in the lens it ends
CLEAR_TILT = 0.1  # relative u of the focal length up to which the tilt tells it


@dataclass(frozen=True, slots=True)
class Zoom:
    """The focal length over the lens' unit, its relative standard uncertainty, and the code of where it is from."""

    zoom: float
    u_relative: float
    note: str


def find_zoom(
    sight: Sight, covariance: Matrix, middle_px: Vector, distance_mm: float | None, is_needed: bool
) -> Zoom | None:
    """None where nothing tells it and no height needs it. covariance: of the lens and the block.

    Raises CalibrationError where a height needs it and nothing tells it.
    """
    if distance_mm is not None:
        one = replace(sight, height_mm=0.0)
        return Zoom(distance_mm / _distance_at_unit(one, middle_px), U_DISTANCE, "distance_given")
    squared = _zoom_squared(sight.block)
    if squared > 0:
        steps = np.sqrt(np.diag(covariance))[len(LENS) :]
        slope = slopes(lambda block: np.array([_zoom_squared(block)]), sight.block, steps)[:, 0]
        relative = float(np.sqrt(slope @ covariance[len(LENS) :, len(LENS) :] @ slope)) / squared / 2
        if relative <= CLEAR_TILT:
            return Zoom(float(np.sqrt(squared)), relative, "distance_from_tilt")
    if is_needed:
        raise CalibrationError(
            "the part's height over the target moves the scale by height over distance, and a single plane view does "
            "not tell the distance: give --distance (camera to target, mm), or tilted views"
        )
    return None


def _distance_at_unit(sight: Sight, middle_px: Vector) -> float:
    """How far away the target is where the frame's middle sees it, were the lens' unit its focal length: across the
    tilt a target is seen unshortened, so one px there is distance over focal length."""
    per_px = np.linalg.svd(sight.slopes(middle_px[None])[0], compute_uv=False)
    return float(per_px[-1] * sight.lens[0])


def _zoom_squared(block: Vector) -> float:
    """(focal length / unit)², from the squares' being square: the plane's two axes are equally long and at right angles
    (Zhang 2000, section 2.3); least squares over both conditions, whatever way the target is turned."""
    matrix = plane_matrix(block)
    axes = matrix[:, 0] + 1j * matrix[:, 1]
    flat, deep = complex(axes[0] ** 2 + axes[1] ** 2), complex(axes[2] ** 2)
    if abs(deep) == 0:
        return -1.0
    # flat / zoom² + deep = 0; the smaller residual is that of 1 / zoom²
    return -(abs(flat) ** 2) / (flat.conjugate() * deep).real if (flat.conjugate() * deep).real != 0 else -1.0
