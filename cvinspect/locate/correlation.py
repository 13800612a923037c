"""Where a small picture is found again: normalised correlation, its peak to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.locate.edges import sampled
from cvinspect.model import Calibration, Points, Pose

CALM_PX = 1.0  # sigma
RIM_PX = 4  # round a window, so that its smoothing knows its neighbours
_TOGETHER = 4 * np.pi * CALM_PX**2  # px of noise that go together after it


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """How a mark should look: float32 pixels, the frame pixel of its upper left one, and where in it the mark's own
    place is, frame px."""

    pixels: NDArray[np.float32]
    corner: tuple[int, int]
    at_px: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """Where a mark was found, frame px, its standard uncertainty, and its correlation with the taught one."""

    at_px: tuple[float, float]
    u_px: float
    likeness: float


def looks_at(
    taught: MatLike, at_mm: tuple[float, float], size_mm: float, pose: Pose, calibration: Calibration, step: int = 1
) -> Look:
    """The mark as `pose` shows it, out of the taught picture; both pictures reduced by `step`."""
    center = (calibration.to_px(pose.to_plane(np.array([at_mm])))[0] + 0.5) / step - 0.5
    side = max(round(size_mm / calibration.mm_per_px / step), 5)
    corner = np.rint(center - (side - 1) / 2).astype(int)
    x, y = np.meshgrid(corner[0] + np.arange(side), corner[1] + np.arange(side))
    frame_px = (np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * step - 0.5
    taught_px = (calibration.to_px(pose.to_part(calibration.to_mm(frame_px))) + 0.5) / step - 0.5
    pixels = _calm_at(taught, taught_px).reshape(side, side)
    return Look(pixels, (int(corner[0]), int(corner[1])), center)


def correlated(gray: MatLike, look: Look, reach: int) -> NDArray[np.float32]:
    """(2 reach + 1, 2 reach + 1) correlation of the frame with the mark, moved by -reach to reach px each way."""
    side = look.pixels.shape[0] + 2 * reach
    window = _calm(_window(gray, look.corner[0] - reach, look.corner[1] - reach, side))
    return np.asarray(cv2.matchTemplate(window, look.pixels, cv2.TM_CCOEFF_NORMED), np.float32)


def found_near(gray: MatLike, look: Look, reach: int) -> Found:
    """The best place within `reach` px of where the mark is expected."""
    likeness = correlated(gray, look, reach)
    _, peak, _, (x, y) = cv2.minMaxLoc(likeness)
    side = look.pixels.shape[0]
    left, top = look.corner[0] + x - reach, look.corner[1] + y - reach
    seen = _calm(_window(gray, left - RIM_PX, top - RIM_PX, side + 2 * RIM_PX))[RIM_PX:-RIM_PX, RIM_PX:-RIM_PX]
    fine, u_px = _fine(look.pixels, seen)
    place = look.at_px + np.array([x - reach, y - reach]) + fine
    return Found((float(place[0]), float(place[1])), u_px, float(peak))


def _calm(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Smoothed so far that linear interpolation between its pixels is true to a hundredth of one."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), CALM_PX), np.float32)


def _calm_at(gray: MatLike, points_px: Points) -> NDArray[np.float32]:
    """(N,) the smoothed picture at points (N, 2) in px that lie close together."""
    left, top = np.floor(points_px.min(axis=0)).astype(int) - RIM_PX
    right, bottom = np.ceil(points_px.max(axis=0)).astype(int) + RIM_PX
    rows = np.clip(np.arange(top, bottom + 1), 0, gray.shape[0] - 1)
    columns = np.clip(np.arange(left, right + 1), 0, gray.shape[1] - 1)
    calm = _calm(gray[np.ix_(rows, columns)].astype(np.float32))
    return np.asarray(sampled(calm, (points_px - (left, top))[None])[0], np.float32)


def _window(gray: MatLike, left: int, top: int, side: int) -> NDArray[np.float32]:
    """A square of the frame; what lies beyond it repeats its border."""
    rows = np.clip(np.arange(top, top + side), 0, gray.shape[0] - 1)
    columns = np.clip(np.arange(left, left + side), 0, gray.shape[1] - 1)
    return np.asarray(gray[np.ix_(rows, columns)], np.float32)


def _fine(look: NDArray[np.float32], seen: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """By how much (x, y; at most a pixel) the mark lies beyond the whole pixels, and the u of the worse direction.

    Least squares of gain, level and shift (Lucas and Kanade, 1981); u is the rest of the match against the slopes.
    """
    flat = look.astype(np.float64) - look.mean()
    target = seen.astype(np.float64) - seen.mean()
    down, right = np.gradient(flat)
    terms = np.stack([-right.ravel(), -down.ravel(), flat.ravel(), np.ones(flat.size)], axis=1)
    normal = terms.T @ terms + 1e-9 * np.eye(4)
    found = np.linalg.solve(normal, terms.T @ target.ravel())
    gain = max(float(found[2]), 0.05)
    rest = target.ravel() - terms @ found
    slopes = np.linalg.eigvalsh(gain**2 * normal[:2, :2])[0]
    return np.clip(found[:2] / gain, -1, 1), float(np.sqrt(_TOGETHER * rest.var() / max(slopes, 1e-9)))
