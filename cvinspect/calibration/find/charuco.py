"""Finds a ChArUco board's corners: OpenCV reads the markers, the corners are then measured by our own fit."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.bent import fit_bent
from cvinspect.calibration.find.crossings import crossings
from cvinspect.calibration.find.found import Found, unseen
from cvinspect.calibration.target import Target

_FEWEST = 6  # corners; fewer say little, and may be chance
_FOREIGN = 2  # markers that the board does not have and that may be misread
_UNEVEN = 0.06  # of a square: corners that lie worse in a plane are another board's


def find_charuco(gray: NDArray[np.uint8], target: Target) -> Found:
    """The corners of gray (H, W). Raises CalibrationError."""
    board = target.board()
    corners, ids, _, markers = cv2.aruco.CharucoDetector(board).detectBoard(gray)
    own = len(np.ravel(board.getIds()))
    foreign = 0 if markers is None else int((np.ravel(markers) >= own).sum())
    if foreign > _FOREIGN:
        raise unseen(target, 0, f"{foreign} markers are none of its 0 to {own - 1}: this is another board")
    count = 0 if ids is None else len(ids)
    least = min(_FEWEST, len(target.points_mm))
    if count < least:
        read = 0 if markers is None else len(markers)
        raise unseen(
            target, count, f"{read} markers of {target.dictionary} can be read, at least {least} corners are needed"
        )
    points, numbers = np.asarray(corners, np.float64).reshape(-1, 2), np.asarray(ids, np.int64).ravel()
    _check_spread(target, numbers)
    bent, good = fit_bent(target.points_mm[numbers], points, 1.0)
    off = np.linalg.norm(bent(target.points_mm[numbers]) - points, axis=1)
    step = float(np.linalg.norm(bent(np.array([[target.pitch_mm, 0.0]])) - bent(np.zeros((1, 2)))))
    if good.sum() < 0.8 * count or np.sqrt(np.mean(off[good] ** 2)) > _UNEVEN * step:
        raise unseen(target, int(good.sum()), "its markers stand in another order: this is another board")
    return crossings(gray, target, bent)


def _check_spread(target: Target, numbers: NDArray[np.int64]) -> None:
    """Corners of one row only say nothing of the plane."""
    columns = target.grid[0]
    if min(len(np.unique(numbers % columns)), len(np.unique(numbers // columns))) < 2:
        raise unseen(target, len(numbers), "all in one row")
