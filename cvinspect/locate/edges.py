"""Where the part's edge is to a fraction of a pixel: the half-level crossing along the outline's normals."""

from __future__ import annotations

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.locate.fit import Nominal, turned_normals
from cvinspect.model import Calibration, Points, Pose

Floats = NDArray[np.float64]

STEP_PX = 0.5
CLOSE, FAR = (1 / 3, 2 / 3), (1 / 2, 1.0)
CLEAR = 0.25  # of the usual step in grey: what is weaker is no edge of the part


def sampled(gray: MatLike, points_px: Points) -> Floats:
    """Grey levels at points (..., 2) in px, linear between pixels; the last pixel's beyond the frame."""
    x, y = (np.ascontiguousarray(points_px[..., axis], np.float32) for axis in (0, 1))
    return cv2.remap(gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float64)


def edge_beyond(
    gray: MatLike,
    sign: int,
    nominal: Nominal,
    pose: Pose,
    calibration: Calibration,
    reach_px: float,
    level_at: tuple[float, float] = CLOSE,
) -> Floats:
    """(N,) mm: how far beyond the laid outline, along its normal, the part's edge lies; NaN where none is within reach.

    The level is half-way between the part and the ground on either side, level_at (shares of the reach) from there.
    """
    t, profile, at = _profiles(gray, sign, nominal, pose, calibration, reach_px)
    near = (np.abs(t) >= level_at[0] * reach_px) & (np.abs(t) <= level_at[1] * reach_px)
    part, ground = (np.median(profile[:, near & (side * t < 0)], axis=1) for side in (1, -1))
    rise = part - ground
    usual = float(np.median(rise))
    crossing = _crossing(profile - ((part + ground) / 2)[:, None], t)
    size = np.array(calibration.size, np.float64)
    shown = ((at >= -0.5) & (at <= size - 0.5)).all(axis=(1, 2))
    return np.where(shown & (rise > max(CLEAR * usual, 3.0)), crossing * calibration.mm_per_px, np.nan)


def profiles(
    gray: MatLike, sign: int, nominal: Nominal, pose: Pose, calibration: Calibration, reach_px: float
) -> tuple[Floats, Floats]:
    """Places (T,) along the outline's normals, px outwards, and the grey levels there (N, T), times the sign."""
    return _profiles(gray, sign, nominal, pose, calibration, reach_px)[:2]


def _profiles(
    gray: MatLike, sign: int, nominal: Nominal, pose: Pose, calibration: Calibration, reach_px: float
) -> tuple[Floats, Floats, Points]:
    """As `profiles`, and where in the frame that is, (N, T, 2) px."""
    laid = pose.to_plane(nominal.points_mm)
    foot = calibration.to_px(laid)
    along = calibration.to_px(laid + calibration.mm_per_px * turned_normals(nominal, pose)) - foot
    t = np.arange(-reach_px, reach_px + STEP_PX / 2, STEP_PX)
    at = foot[:, None] + t[None, :, None] * along[:, None]
    return t, np.asarray(sign * cv2.GaussianBlur(sampled(gray, at), (3, 1), 0), np.float64), at


def _crossing(above: Floats, t: Floats) -> Floats:
    """Where each profile (N, T) falls below 0, nearest to the middle; NaN where it never does."""
    falls = (above[:, :-1] > 0) & (above[:, 1:] <= 0)
    middle = (t[:-1] + t[1:]) / 2
    nearest = np.argmin(np.where(falls, np.abs(middle), np.inf), axis=1)
    rows = np.arange(len(above))
    before, after = above[rows, nearest], above[rows, nearest + 1]
    at = t[nearest] + (t[1] - t[0]) * before / np.where(before > after, before - after, 1.0)
    return np.where(falls.any(axis=1), at, np.nan)
