"""Lines: the centre-line of an elongated region and the picture straightened along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.polynomial import Chebyshev
from numpy.typing import NDArray

from cvinspect.measure.patch import sampled
from cvinspect.measure.profile import Profile, fit_profile
from cvinspect.model import Points, Region

ELONGATED = 2.0  # length over width of the claimed pixels from which a thin region is measured as a line,
ELONGATED_WIDE = 3.5  # and one wider than
THIN_PX = 10.0
STRAIGHT_PX = 0.25  # rms misfit of claimed pixels that is their raggedness, not the line's bend
SIDE_PX = 8.0  # plain surface seen on each side of a line
RUN_OUT_PX = 8  # and beyond each end
COARSE_PLACES = 96  # on the outline, where its tips are looked for first


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line: its centre-line in frame px from end to end (N, 2), its length and its mean profile across."""

    path: Points
    length_px: float
    profile: Profile
    noise_gray: float


def measured_line(gray: MatLike, region: Region, psf_sigma_px: float, u_psf_px: float) -> Line | None:
    """The line that the region is; None where it is none (compact, branched, mixed)."""
    length, width = strip_sides(region.contour_px)
    elongated = ELONGATED if width <= THIN_PX else ELONGATED_WIDE
    if region.polarity == 0 or length < elongated * width or length < 6:
        return None
    path, gap = _middle(region.contour_px.astype(np.float64))
    if gap > 2 * width + 2:
        return None
    half = width / 2 + SIDE_PX
    path = _resampled(path, width)
    strip = _strip(gray, path, half) * region.polarity
    path = _paced(path + _wander(strip, half, width)[:, None] * _normals(path))
    strip = _strip(gray, path, half) * region.polarity
    return _fitted(path, strip, half, width, psf_sigma_px, u_psf_px)


def strip_sides(contour: NDArray[np.int32]) -> tuple[float, float]:
    """Length and width of the strip that has the region's girth and pixel count; of a compact one of its rectangle."""
    count = float(cv2.contourArea(contour)) + len(contour) / 2 + 1
    long, short = (side + 1 for side in sorted(cv2.minAreaRect(contour)[1], reverse=True))
    if long >= 3 * short:
        return long, count / long
    half = (cv2.arcLength(contour, True) + np.pi) / 2
    strip = (half + float(np.sqrt(max(half**2 - 4 * count, 0.0)))) / 2
    return (strip, count / strip) if strip**2 >= 6 * count else (long, count / long)


def _middle(contour: Points) -> tuple[Points, float]:
    """The centre-line, from tip to tip, and the mean distance of the two sides.

    The tips are the two places of the outline between which its two sides, each walked at its own even pace, stay
    closest together; the centre-line runs midway between the walkers.
    """
    points = _evenly(np.vstack([contour, contour[:1]]))[:-1]
    tips = np.stack(np.triu_indices(COARSE_PLACES, 1), axis=1) * len(points) / COARSE_PLACES
    tips = tips[int(np.argmin(_gaps(points, tips)[0]))]
    reach = np.linspace(-1, 1, 9) * len(points) / COARSE_PLACES
    near = (tips + np.stack(np.meshgrid(reach, reach), axis=-1)).reshape(-1, 2)
    best = near[[int(np.argmin(_gaps(points, near)[0]))]]
    gaps, middles = _gaps(points, best, places=min(max(len(points) // 6, 16), 256))
    return middles[0], float(gaps[0])


def _gaps(points: Points, tips: Points, places: int = 24) -> tuple[NDArray[np.float64], Points]:
    """Per pair of tips (N, 2 places on the outline): the sides' mean distance (N,) and the line midway (N, n, 2)."""
    count = len(points)
    share = np.linspace(0, 1, places)
    first, last = tips[:, :1], tips[:, 1:]
    sides = [
        points[np.round(walked).astype(int) % count]
        for walked in (first + share * (last - first), first - share * (count - (last - first)))
    ]
    return np.linalg.norm(sides[0] - sides[1], axis=2).mean(axis=1), (sides[0] + sides[1]) / 2


def _evenly(path: Points) -> Points:
    """The path in equal steps of about half a px, of at least a thousandth of its length."""
    walked = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    places = np.linspace(0, walked[-1], int(np.clip(2 * walked[-1], 8, 4000)) + 1)
    return np.stack([np.interp(places, walked, path[:, axis]) for axis in (0, 1)], axis=1)


def _resampled(path: Points, trim: float) -> Points:
    """The path smoothed, in steps of 1 px, continued by RUN_OUT_PX at both ends.

    Its last `trim` px, where the walkers turn around the tip, are put straight.
    """
    walked = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    total = float(walked[-1])
    trim = min(trim, total / 4)
    body = (walked >= trim) & (walked <= total - trim)
    places = np.arange(-RUN_OUT_PX, total + RUN_OUT_PX + 0.5)
    held = np.clip(places, trim, total - trim)
    fits = _smoothest(walked[body], path[body], (1, 2, 3, 4, 5, 6, 8, 10, 12))
    return np.stack([fit(held) + fit.deriv()(held) * (places - held) for fit in fits], axis=1)


def _smoothest(at: NDArray[np.float64], values: NDArray[np.float64], orders: Sequence[int]) -> list[Chebyshev]:
    """Per column of `values`, the polynomial of the lowest order that fits well, or nearly as well as the highest."""
    usable = [order for order in orders if order == orders[0] or 8 * order <= len(at)]
    fits = [[Chebyshev.fit(at, column, order) for column in values.T] for order in usable]
    errors = [
        float(np.sqrt(np.mean([(fit(at) - column) ** 2 for fit, column in zip(group, values.T, strict=True)])))
        for group in fits
    ]
    return next(group for group, error in zip(fits, errors, strict=True) if error <= max(STRAIGHT_PX, 1.3 * errors[-1]))


def _paced(path: Points) -> Points:
    """The path in steps of 1 px."""
    walked = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    places = np.arange(0, walked[-1])
    return np.stack([np.interp(places, walked, path[:, axis]) for axis in (0, 1)], axis=1)


def _normals(path: Points) -> Points:
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    return np.stack([-along[:, 1], along[:, 0]], axis=1)


def _strip(gray: MatLike, path: Points, half: float) -> NDArray[np.float64]:
    """The picture straightened: rows across the path (-half..half, steps of half a px), columns along it."""
    across = np.arange(-half, half + 0.25, 0.5)
    at = path[None] + across[:, None, None] * _normals(path)[None]
    low = np.maximum(np.floor(at.min(axis=(0, 1))).astype(int) - 3, 0)
    high = np.ceil(at.max(axis=(0, 1))).astype(int) + 4
    window = np.ascontiguousarray(gray[low[1] : high[1], low[0] : high[0]], np.float32)
    return sampled(window, at - low, cubic=True)


def _wander(strip: NDArray[np.float64], half: float, width: float) -> NDArray[np.float64]:
    """How far beside the path the line runs, per column: its centre of grey, smooth along the line."""
    across = np.arange(-half, half + 0.25, 0.5)
    rise = cv2.blur(strip - _sides(strip), (9, 1))
    near = np.abs(across) <= width / 2 + 2
    weight = np.maximum(rise[near] - 0.3 * rise[near].max(axis=0), 0)
    mass = weight.sum(axis=0)
    offset = (weight * across[near, None]).sum(axis=0) / np.maximum(mass, 1e-9)
    strong = mass >= 0.5 * np.median(mass)
    place = np.arange(strip.shape[1], dtype=np.float64)
    (fit,) = _smoothest(place[strong], offset[strong, None], (1, 2, 3, 4, 6, 8))
    first, last = np.flatnonzero(strong)[[0, -1]]
    return np.asarray(np.clip(fit(np.clip(place, first, last)), -2, 2))


def _sides(strip: NDArray[np.float64]) -> NDArray[np.float64]:
    """The plain surface under the line, per column (smooth along it)."""
    edge = 8
    level = np.median(np.vstack([strip[:edge], strip[-edge:]]), axis=0)
    return np.asarray(cv2.blur(level.reshape(1, -1), (21, 1)).ravel(), np.float64)


def _fitted(
    path: Points, strip: NDArray[np.float64], half: float, width: float, psf_sigma_px: float, u_psf_px: float
) -> Line | None:
    across = np.arange(-half, half + 0.25, 0.5)
    rise = strip - _sides(strip)
    noise = max(1.4826 * float(np.median(np.abs(np.vstack([rise[:8], rise[-8:]])))), 0.35)
    along = cv2.blur(rise[np.abs(across) <= max(width / 4, 0.5)].mean(axis=0).reshape(1, -1), (3, 1)).ravel()
    inner = slice(RUN_OUT_PX, len(path) - RUN_OUT_PX) if len(path) > 3 * RUN_OUT_PX else slice(None)
    level = 0.5 * float(np.quantile(along[inner], 0.6))
    above = np.flatnonzero(along >= level)
    if level <= 0 or not above.size:
        return None
    first, last = _crossing(along, level, int(above[0]), -1), _crossing(along, level, int(above[-1]), 1)
    trim = min(max(width / 2 + 1, 2.0), (last - first) / 4)
    body = rise[:, int(np.ceil(first + trim)) : int(np.floor(last - trim)) + 1]
    body = body[:, along[int(np.ceil(first + trim)) : int(np.floor(last - trim)) + 1] >= level]
    if not body.shape[1]:
        return None
    profile = fit_profile(across, body.mean(axis=1), width, psf_sigma_px, u_psf_px)
    places = np.linspace(first, last, max(int(last - first) + 1, 2))
    steps = np.arange(len(path))
    ends = np.stack([np.interp(places, steps, path[:, axis]) for axis in (0, 1)], axis=1)
    length = float(np.linalg.norm(np.diff(ends, axis=0), axis=1).sum())
    return Line(ends, length, profile, noise)


def _crossing(along: NDArray[np.float64], level: float, at: int, way: int) -> float:
    """Where the profile along the line falls below `level` beyond its place `at`."""
    beyond = at + way
    if not 0 <= beyond < len(along):
        return float(at)
    return at + way * float((along[at] - level) / max(along[at] - along[beyond], 1e-9))


def outline_of(line: Line) -> Points:
    """The closed outline of a line with square ends, frame px."""
    aside = _normals(line.path) * line.profile.width_px / 2 if len(line.path) > 1 else np.zeros_like(line.path)
    return np.vstack([line.path + aside, (line.path - aside)[::-1]])
