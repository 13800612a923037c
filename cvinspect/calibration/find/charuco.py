"""Finds a ChArUco board's corners: OpenCV reads the markers, the corners are then measured by our own fit."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.bent import fit_bent
from cvinspect.calibration.find.crossings import crossings
from cvinspect.calibration.find.found import Found, unseen
from cvinspect.calibration.target import Target
from cvinspect.projection import Points

_FEWEST = 3  # markers; fewer say little, and may be misread
_FOREIGN = 2  # markers that the board does not have and that may be misread
_SLACK, _UNEVEN = 0.08, 0.06  # of a square: markers that lie worse in a plane are misread, or another board's
_TRUE = 0.75  # of the markers that are the board's must lie where it has them


def find_charuco(gray: NDArray[np.uint8], target: Target) -> Found:
    """The corners of gray (H, W), as many as are seen. Raises CalibrationError."""
    board = target.board()
    seen, ids, _ = cv2.aruco.ArucoDetector(board.getDictionary()).detectMarkers(gray)
    numbers = np.empty(0, np.int64) if ids is None else np.asarray(ids, np.int64).ravel()
    own = len(np.ravel(board.getIds()))
    known = numbers < own
    if (~known).sum() > _FOREIGN:
        raise unseen(target, 0, f"{(~known).sum()} markers are none of its 0 to {own - 1}: this is another board")
    least = min(_FEWEST, own)
    if known.sum() < least:
        why = f"{known.sum()} markers of {target.dictionary} can be read, at least {least} are needed"
        raise unseen(target, 0, why)
    places = _marker_corners(target, numbers[known])
    points = np.array(seen, dtype=np.float64).reshape(-1, 2)[np.repeat(known, 4)]
    bent, good = fit_bent(places, points, _SLACK * _square_px(target, places, points))
    off = np.linalg.norm(bent(places) - points, axis=1)[good]
    if good.mean() < _TRUE or np.sqrt(np.mean(off**2)) > _UNEVEN * _square_px(target, places, points):
        raise unseen(target, 0, "its markers stand in another order: this is another board")
    return crossings(gray, target, bent)


def _marker_corners(target: Target, numbers: NDArray[np.int64]) -> Points:
    """(4 N, 2) mm: the corners of the markers as printed, from the first inner corner of the board on."""
    corners = np.asarray(target.board().getObjPoints(), np.float64).reshape(-1, 4, 3)[numbers, :, :2]
    return np.asarray((corners - target.pitch_mm).reshape(-1, 2) * target.print_scale)


def _square_px(target: Target, places: Points, points: Points) -> float:
    """How large a square is seen, from the sides of the markers."""
    mm, px = (np.linalg.norm(np.diff(corners.reshape(-1, 4, 2), axis=1), axis=2) for corners in (places, points))
    return float(np.median(px / mm)) * target.pitch_mm * target.print_scale
