"""The inner corners of a chessboard or ChArUco board, measured where they are expected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.bent import Bent, fit_bent
from cvinspect.calibration.find.corners import Corners, fit_corners
from cvinspect.calibration.find.found import Found, blurred, unseen
from cvinspect.calibration.target import Pattern, Target
from cvinspect.projection import Points

_MARGIN_PX = 4.0
_FAINT = 0.3  # of the usual contrast: less is no corner of this board
_LEAST_HALF_GRAY = 3.0
_MOVED, _BLURRED = 0.12, 0.2  # of a step: how far from where it is expected; sigma of its edges
_SLACK_PX, _SLACK = 0.15, 0.01  # a corner this far off its neighbours is none; px, and of a step
_ROUGH = 4.0  # times the usual residual: something else lies on it
_FEWEST = 4
_ROUNDS = 4  # each begins from where the last one's corners let the others be expected


def crossings(gray: NDArray[np.uint8], target: Target, bent: Bent) -> Found:
    """The corners in gray (H, W) of a board that is seen as `bent`, as far as they are. Raises CalibrationError."""
    count = 0
    for turn in range(_ROUNDS):
        numbers = np.flatnonzero(_in_frame(bent(target.points_mm), gray.shape))
        if len(numbers) < _FEWEST:
            raise unseen(target, len(numbers), f"at least {_FEWEST} are needed")
        corners, step = _measured(gray, target, bent, numbers)
        good = _good(corners, step, target, numbers)
        if good.sum() < _FEWEST:
            raise unseen(target, int(good.sum()), "the others are no corners")
        sigma, usual = float(np.median(corners.sigma_px[good])), float(np.median(step))
        if sigma > _BLURRED * usual:
            raise blurred(target, sigma, _BLURRED * usual)
        numbers, points = numbers[good], corners.points_px[good]
        bent, straight = fit_bent(target.points_mm[numbers], points, max(_SLACK_PX, _SLACK * usual))
        before, count = count, int(straight.sum())
        if turn > 0 and count <= before:
            break
    return Found(points[straight], numbers[straight])


def _in_frame(points: Points, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    high = np.array(shape[::-1]) - 1 - _MARGIN_PX
    return np.asarray(((points > _MARGIN_PX) & (points < high)).all(axis=1))


def _measured(
    gray: NDArray[np.uint8], target: Target, bent: Bent, numbers: NDArray[np.int64]
) -> tuple[Corners, NDArray[np.float64]]:
    """The corners, and the shorter step (N,) in px from each to the next."""
    places, pitch = target.points_mm[numbers], target.pitch_mm * target.print_scale
    axes, bends = [], []
    for way in ([pitch, 0.0], [0.0, pitch]):
        axes.append(bent(places + np.array(way) / 2) - bent(places - np.array(way) / 2))
        bends.append(bent.curves(places, np.array(way)))
    steps = np.linalg.norm(np.stack(axes), axis=2).min(axis=0)
    clear = np.full(len(numbers), np.inf)
    if target.pattern is Pattern.CHARUCO:
        free = (target.pitch_mm - target.detail_mm) / 2 / target.pitch_mm
        across = np.abs(axes[0][:, 0] * axes[1][:, 1] - axes[0][:, 1] * axes[1][:, 0])
        clear = np.maximum(free * across / np.linalg.norm(np.stack(axes), axis=2).max(axis=0) - 1.5, 1.5)
    return fit_corners(gray, bent(places), np.stack(axes, axis=1), np.stack(bends, axis=1), clear), steps


def _good(corners: Corners, step: NDArray[np.float64], target: Target, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Those with the contrast of the rest, coloured as a chessboard's, and near where they were expected."""
    column, row = numbers % target.grid[0], numbers // target.grid[0]
    half = corners.half_gray * (-1) ** ((column + row) % 2)
    usual = float(np.median(half))
    bright = half * np.sign(usual) > max(_FAINT * abs(usual), _LEAST_HALF_GRAY)
    smooth = corners.rms_gray < _ROUGH * np.median(corners.rms_gray) + 1
    near = corners.moved_px < np.maximum(_MOVED * step, 1.0)
    return np.asarray(bright & smooth & near)
