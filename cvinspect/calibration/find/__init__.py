"""Finds a target's points in a picture, to a few thousandths of a pixel.

    find_target(gray, target) -> Found

Corners and dots are first found roughly and numbered by how they stand in rows, then measured in the raw pixels.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.charuco import find_charuco
from cvinspect.calibration.find.chess import find_chess
from cvinspect.calibration.find.dots import find_dots
from cvinspect.calibration.find.found import Found
from cvinspect.calibration.find.squares import find_squares
from cvinspect.calibration.target import Pattern, Target
from cvinspect.errors import CalibrationError

__all__ = ["Found", "find_target"]

_SMALLEST_PX = 32
_FLAT_GRAY = 8


def find_target(gray: NDArray[np.uint8], target: Target) -> Found:
    """The target's points in gray (H, W) uint8, dark on a lighter ground.

    Part of a target is enough where the rest lies outside the frame; its points are then numbered as one of the places
    where it fits. Raises CalibrationError with the reason where it is not seen, or where another target is.
    """
    if min(gray.shape) < _SMALLEST_PX:
        size = f"{gray.shape[1]} x {gray.shape[0]} px"
        raise CalibrationError(f"target {target.word}: a picture of {size} is too small, at least {_SMALLEST_PX} px")
    low, high = np.percentile(gray[::3, ::3], (0.1, 99.9))
    if high - low < _FLAT_GRAY:
        raise CalibrationError(
            f"target {target.word}: the picture shows nothing: all grey levels are {low:g} to {high:g}"
        )
    finders = {Pattern.CHARUCO: find_charuco, Pattern.CHESS: find_chess, Pattern.SQUARES: find_squares}
    try:
        return finders.get(target.pattern, find_dots)(np.ascontiguousarray(gray), target)
    except (np.linalg.LinAlgError, cv2.error) as odd:
        raise CalibrationError(f"target {target.word}: what is seen of it cannot be measured: {odd}") from odd
