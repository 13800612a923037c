"""Where the least squares begin."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from cvinspect.calibration.solve.bundle import LENS, Bundle, Vector
from cvinspect.calibration.solve.checks import homography
from cvinspect.calibration.solve.fitting import GROUPS, Fit
from cvinspect.calibration.solve.values import View
from cvinspect.projection import Points

# what is believed of a lens, 1 sigma: how far it sits off the frame's middle, in longer sides of the frame; how far
# each radial term, and the tangential ones, move the frame's corner, in shares of its radius; a pixel's height by width
_OFF_MIDDLE, _BENDS, _SWERVE, _OFF_SQUARE = 0.05, (0.1, 0.03, 0.01), 0.003, 0.02
_OPEN = 1e9


def many_start(views: Sequence[View], target: Sequence[Points], size_px: tuple[int, int]) -> Fit | None:
    """All views with a pose each, from OpenCV's calibrator; None where it finds no camera."""
    places = [np.column_stack([points, np.zeros(len(points))]).astype(np.float32) for points in target]
    seen = [np.asarray(view.points_px, dtype=np.float32) for view in views]
    flags = cv2.CALIB_ZERO_TANGENT_DIST | cv2.CALIB_FIX_K3
    try:
        _, camera, lens, turns, shifts = cv2.calibrateCamera(places, seen, size_px, np.eye(3), np.zeros(5), flags=flags)
    except cv2.error:
        return None
    numbers = np.concatenate(
        [
            [camera[0, 0], camera[1, 1] / camera[0, 0], camera[0, 2], camera[1, 2], *np.ravel(lens)[:5]],
            *(np.concatenate([turn.ravel(), shift.ravel()]) for turn, shift in zip(turns, shifts, strict=True)),
        ]
    )
    if not np.isfinite(numbers).all() or camera[0, 0] <= 0:
        return None
    bundle = Bundle(
        tuple(np.asarray(view.points_px, dtype=np.float64) for view in views),
        tuple(target),
        *_beliefs(size_px, float(camera[0, 0])),
        is_homography=False,
    )
    return _fit(bundle, numbers, frozenset(GROUPS))


def one_start(view: View, target: Points, size_px: tuple[int, int]) -> Fit:
    """One view with a homography; the focal length is the frame's longer side."""
    middle, unit = (np.array(size_px) - 1) / 2, float(max(size_px))
    seen = np.asarray(view.points_px, dtype=np.float64)
    numbers = np.zeros(len(LENS) + 8)
    numbers[:4] = unit, 1.0, *middle
    numbers[len(LENS) :] = homography(target, (seen - middle) / unit).ravel()[:8]
    bundle = Bundle((seen,), (target,), *_beliefs(size_px, unit), is_homography=True)
    return _fit(bundle, numbers, frozenset(GROUPS) - {"aspect"})


def _fit(bundle: Bundle, numbers: Points, groups: frozenset[str]) -> Fit:
    kept = tuple(np.ones(len(seen), dtype=bool) for seen in bundle.seen_px)
    return Fit(bundle, numbers, groups, kept, np.ones(len(kept)))


def _beliefs(size_px: tuple[int, int], focal_px: float) -> tuple[Vector, Vector]:
    """(9,) what the lens is believed to be, and how surely."""
    middle = (np.array(size_px) - 1) / 2
    corner = float(np.hypot(*middle)) / focal_px
    radial = [bend / corner**power for bend, power in zip(_BENDS, (2, 4, 6), strict=True)]
    tangential = _SWERVE / (3 * corner)
    off = _OFF_MIDDLE * max(size_px)
    believed = np.array([focal_px, 1.0, *middle, 0.0, 0.0, 0.0, 0.0, 0.0])
    u = [_OPEN * focal_px, _OFF_SQUARE, off, off, radial[0], radial[1], tangential, tangential, radial[2]]
    return believed, np.array(u)
