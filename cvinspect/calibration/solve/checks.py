"""What is refused before anything is solved."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from cvinspect.calibration.solve.bundle import Matrix
from cvinspect.calibration.solve.values import View
from cvinspect.errors import CalibrationError
from cvinspect.projection import Points

LEAST_POINTS = 6
_LEAST = {"height_mm": -1e6, "distance_mm": 1e-3, "disk_diameter_mm": 1e-6}
_WORST_SHARE = 0.05  # of the target's extent: no lens bends a plane as much as numbers in a wrong order do


def check_view(view: View) -> None:
    """Raises CalibrationError where the points of a view cannot be those of a flat target.

    That is: too few, not finite, on one line, mirrored, or in a wrong order.
    """
    seen, printed = np.asarray(view.points_px), np.asarray(view.points_mm)
    if seen.shape != printed.shape or seen.ndim != 2 or seen.shape[1] != 2:
        raise CalibrationError(
            f"{view.name}: {seen.shape} points in px and {printed.shape} in mm; both must be (N, 2), point by point"
        )
    if len(seen) < LEAST_POINTS:
        raise CalibrationError(f"{view.name}: {len(seen)} points; at least {LEAST_POINTS} are needed")
    if not (np.isfinite(seen).all() and np.isfinite(printed).all()):
        raise CalibrationError(f"{view.name}: a point is not a finite number; leave that point out")
    for points, unit in ((seen, "px"), (printed, "mm")):
        spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
        if spread[1] < 1e-3 * max(spread[0], 1e-9):
            raise CalibrationError(f"{view.name}: the points ({unit}) lie on one line; two rows and columns are needed")
    _check_order(view, seen, printed)


def _check_order(view: View, seen: Points, printed: Points) -> None:
    matrix = homography(printed - printed.mean(axis=0), seen)
    places = np.column_stack([printed - printed.mean(axis=0), np.ones(len(printed))]) @ matrix.T
    extent = np.hypot(*np.ptp(seen, axis=0))
    off = np.hypot(*(places[:, :2] / places[:, 2:] - seen).T)
    if (places[:, 2] <= 0).any() or not np.sqrt(np.mean(off**2)) <= _WORST_SHARE * extent:
        raise CalibrationError(
            f"{view.name}: the points do not lie as on a flat target ({np.sqrt(np.mean(off**2)):.1f} px off): "
            "numbered in a wrong order, or another target"
        )
    if np.linalg.det(matrix) <= 0:
        raise CalibrationError(
            f"{view.name}: the target is seen mirrored: a flipped picture, a mirror in the light path, or columns "
            "counted from the wrong side"
        )


def homography(points: Points, seen: Points) -> Matrix:
    """(3, 3) from points to seen, all points alike; the last number is 1."""
    found = cv2.findHomography(points, seen, 0)[0]
    if found is None:
        raise CalibrationError("the points of a view lie so that no plane can be fitted to them")
    return np.asarray(found, dtype=np.float64)


def check_input(views: Sequence[View], plane: int, size_px: tuple[int, int], numbers: dict[str, float | None]) -> None:
    """Raises CalibrationError. numbers: the options of `solve` by name; their bounds are in _LEAST."""
    if not 0 <= plane < len(views):
        raise CalibrationError(f"plane = {plane}: there are {len(views)} views, counted from 0")
    if min(size_px) < 2:
        raise CalibrationError(f"size_px = {size_px}: a frame has at least 2x2 px")
    for name, number in numbers.items():
        if number is not None and not (np.isfinite(number) and _LEAST.get(name, 0.0) <= number):
            allowed = f"at least {_LEAST[name]:g}" if name in _LEAST else "not negative"
            raise CalibrationError(f"{name} = {number}: a finite number, {allowed}, is needed")
    for view in views:
        check_view(view)
        width, height = size_px
        x, y = np.asarray(view.points_px).T
        if min(x.min(), y.min()) < -0.5 or x.max() > width - 0.5 or y.max() > height - 0.5:
            raise CalibrationError(f"{view.name}: points lie outside the frame of {width}x{height} px: mixed sizes?")
