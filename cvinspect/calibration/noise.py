"""A camera's noise and how it grows with the light, from the flat parts of a target.

Second differences of pixels in a row tell it: neither shading nor the target's levels enter them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.bent import Bent
from cvinspect.calibration.target import Target

Array = NDArray[np.float64]

_EDGE_SIGMAS, _EDGE_PX = 3.5, 0.7  # this far from an edge nothing of it is left
_AROUND, _AS_LIGHT = 0.75, 0.2  # steps beyond the points; of the white
_FEWEST = 60
_APART = 2  # pixels between those that are compared: next neighbours share noise in many cameras' pictures
_BINS, _LEAST_RANGE_GRAY = 8, 20.0
_TOO_LARGE = 6.0  # times the variance at another level: then an edge is no Gaussian's
_FAR_OFF, _LEAST_VARIANCE = 4.5, 0.05


def flat_parts(
    gray: NDArray[np.uint8], hull: NDArray[np.uint8], target: Target, bent: Bent, sigma_px: float, white_gray: float
) -> NDArray[np.bool_]:
    """(H, W) where gray (H, W) shows only white or only black: within the hull (H, W) of the target's points, and about
    it as far as it is about as light as white_gray. sigma_px is the edges' total blur.
    """
    ink = np.zeros(hull.shape, np.uint8)
    for outline in _outlines(target, bent):  # one by one: where two overlap, fillPoly of both would leave white
        cv2.fillPoly(ink, [outline], 1)
    away = np.maximum(*(cv2.distanceTransform(side, cv2.DIST_L2, 3) for side in (ink, 1 - ink)))
    middle = target.points_mm.mean(axis=0)
    ends = bent(np.array([middle, middle + np.array([target.pitch_mm, 0.0])]))
    step = float(np.linalg.norm(ends[1] - ends[0]))
    reach = 2 * int(_AROUND * step) + 1
    around = cv2.dilate(hull, np.ones((reach, reach), np.uint8)) > 0
    light = np.abs(cv2.blur(gray, (5, 5)) - white_gray) < _AS_LIGHT * white_gray
    return np.asarray((away > _EDGE_SIGMAS * sigma_px + _EDGE_PX) & ((hull > 0) | (around & light & (ink == 0))))


def _outlines(target: Target, bent: Bent) -> list[NDArray[np.int32]]:
    """What is black, as polygons through px."""
    polygons = target.polygons_mm()
    if len(polygons):
        share = np.linspace(0, 1, 8, endpoint=False)[:, None]
        outlines = polygons[:, :, None] * (1 - share) + np.roll(polygons, -1, axis=1)[:, :, None] * share
    else:
        turn, disks = 2 * np.pi * np.arange(32) / 32, target.disks_mm()
        outlines = disks[:, None, :2] + disks[:, None, 2:] / 2 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    outlines = outlines.reshape(len(outlines), -1, 2)
    px = bent(outlines.reshape(-1, 2)).reshape(outlines.shape)
    return list(np.clip(np.rint(px), -30_000, 30_000).astype(np.int32))


def noise_model(
    gray: NDArray[np.uint8], flat: NDArray[np.bool_], middle_gray: float, variance_there: float
) -> tuple[float, float]:
    """The variance at level 0 and its growth per level, rounding to whole levels included.

    Where only white or only black has flat parts, or none, the variance at the middle level helps out, which is what
    the fits of the edges leave; where it is too large to be noise, the noise is taken to be the same at all levels.
    """
    both = [_differences(gray, flat), _differences(gray.T, flat.T)]
    levels, squares = (np.concatenate(parts) for parts in zip(*both, strict=True))
    if len(levels) < _FEWEST:
        return variance_there, 0.0
    level, variance, count = _by_level(levels, squares)
    if np.ptp(level) < _LEAST_RANGE_GRAY:
        here, usual = float(np.average(level, weights=count)), float(np.average(variance, weights=count))
        apart = middle_gray - here
        known = abs(apart) > _LEAST_RANGE_GRAY / 2 and variance_there < _TOO_LARGE * usual + 1
        per_gray = (variance_there - usual) / apart if known else 0.0
        return usual - per_gray * here, per_gray
    weight = np.sqrt(count) / np.maximum(variance, _LEAST_VARIANCE)
    terms = np.stack([np.ones_like(level), level], axis=1) * weight[:, None]
    at_0, per_gray = np.linalg.lstsq(terms, variance * weight, rcond=None)[0]
    return float(at_0), float(per_gray)


def _differences(gray: NDArray[np.uint8], flat: NDArray[np.bool_]) -> tuple[Array, Array]:
    """The mean level of three pixels in a row of a flat part (K,), and the variance that they show."""
    far = 2 * _APART
    whole = flat & (gray > 0) & (gray < 255)
    use = whole[:, :-far] & whole[:, _APART:-_APART] & whole[:, far:]
    parts = gray[:, :-far], gray[:, _APART:-_APART], gray[:, far:]
    left, middle, right = (part[use].astype(np.float64) for part in parts)
    return (left + middle + right) / 3, (left + right - 2 * middle) ** 2 / 6


def _by_level(levels: Array, squares: Array) -> tuple[Array, Array, Array]:
    """Mean level, variance and count (B,) of bins of neighbouring levels."""
    edges = np.quantile(levels, np.linspace(0, 1, _BINS + 1))
    which = np.clip(np.searchsorted(edges, levels, side="right") - 1, 0, _BINS - 1)
    bins = [(levels[which == number], squares[which == number]) for number in np.unique(which)]
    level, variance, count = np.array([(at.mean(), _without_outliers(square), len(at)) for at, square in bins]).T
    return level, variance, count


def _without_outliers(squares: Array) -> float:
    """The mean of squared normal deviations, dust left out."""
    mean = float(squares.mean())
    for _ in range(5):
        mean = float(squares[squares <= _FAR_OFF**2 * max(mean, _LEAST_VARIANCE)].mean())
    return mean
