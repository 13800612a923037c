"""Where a line runs, from the region that was claimed: a smooth first guess, which `following` moves onto the grey."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.measure.bends import Floats, smoothed
from cvinspect.model import Points

STEP_PX = 0.7  # between nodes: a grid of this pitch misses no pixel, however it is turned
RUN_OUT_PX = 10.0  # how far a path goes on beyond the claimed ends
END_PX = 8.0  # of the path that tell how it goes on
RAGGED_PX, RAGGED = 1.2, 0.2  # rms misfit that may be the claimed pixels' raggedness, px and per px of width
LONG = 4.0  # length over width of the part between the trimmed ends from which it tells a bend
BENT = 0.2  # sagitta over length from which the tips are looked for all along the outline
_COARSE, _PLACES = 48, 12  # pairs of places on the outline between which, and at which, its sides are compared first
_SAMPLES = (16, 24, 32, 48, 64, 96, 128, 192, 256)


def centre_line(contour_px: NDArray[np.int32], length: float, width: float) -> tuple[Points, float]:
    """The path (N, 2), and how far apart its two sides are on average, px.

    length, width: of the claimed pixels, px. The path runs midway between the two sides of the outline, each walked at
    its own even pace between the tips, but for its last `width` px, where the walkers turn around the tip: from there
    it goes straight on, RUN_OUT_PX beyond the claimed pixels. It is the polynomial of the lowest order that follows the
    claimed pixels, in steps of STEP_PX.
    """
    points = _even(contour_px)
    sagitta = float(min(cv2.minAreaRect(contour_px)[1])) + 1 - width
    tips = _far_ends(points) if sagitta <= BENT * length else _tips(points)
    gaps, middles = _walked(points, tips[None], next((n for n in _SAMPLES if n >= length), _SAMPLES[-1]))
    reach = run(middles[0])
    trim = min(width, float(reach[-1]) / 4)
    first, last = np.searchsorted(reach, [trim, reach[-1] - trim])
    least = 2 if reach[-1] - 2 * trim > LONG * width else 1
    smooth = smoothed(middles[0][first:last], float(reach[-1]), max(RAGGED_PX, RAGGED * width), least)
    return prolonged(smooth, trim + RUN_OUT_PX, trim + RUN_OUT_PX), float(gaps[0])


def run(path: Points) -> Floats:
    """How far along the path each of its points lies, px."""
    steps = path[1:] - path[:-1]
    reach = np.zeros(len(path))
    np.cumsum(np.hypot(steps[:, 0], steps[:, 1]), out=reach[1:])
    return reach


def at(path: Points, reach: Floats, places: Floats) -> Points:
    """The points of a path at `places` px along it."""
    points = np.empty((len(places), 2))
    points[:, 0], points[:, 1] = (np.interp(places, reach, path[:, axis]) for axis in (0, 1))
    return points


def prolonged(path: Points, before: float, after: float) -> Points:
    """The path in steps of STEP_PX, straight on for so many px at its ends."""
    reach = run(path)
    few = min(max(int(END_PX * len(path) / max(reach[-1], 1.0)), 1), len(path) - 1)
    whole = np.empty((len(path) + 2, 2))
    whole[1:-1] = path
    whole[0] = path[0] + _onward(path[few], path[0], before)
    whole[-1] = path[-1] + _onward(path[-1 - few], path[-1], after)
    reach = np.concatenate(([0.0], reach + before, [reach[-1] + before + after]))
    return at(whole, reach, np.arange(0, reach[-1] + STEP_PX / 2, STEP_PX))


def _onward(start: Points, stop: Points, length: float) -> Points:
    way = stop - start
    return np.asarray(way * (length / max(float(np.hypot(way[0], way[1])), 1e-9)))


def _even(contour_px: NDArray[np.int32]) -> Points:
    """The closed outline in equal steps of about 1 px."""
    closed = np.concatenate([contour_px, contour_px[:1]]).astype(np.float64)
    reach = run(closed)
    return at(closed, reach, np.linspace(0, reach[-1], min(max(int(reach[-1]), 8), 4000), endpoint=False))


def _far_ends(points: Points) -> Floats:
    """The places on the outline that lie farthest along its principal axis, one each way; in order."""
    x, y = (points - points.mean(axis=0)).T
    angle = 0.5 * np.arctan2(2 * (x @ y), x @ x - y @ y)
    along, aside = x * np.cos(angle) + y * np.sin(angle), np.abs(y * np.cos(angle) - x * np.sin(angle))
    low = np.where(along <= along.min() + 1.5, aside, np.inf).argmin()
    high = np.where(along >= along.max() - 1.5, aside, np.inf).argmin()
    return np.array([min(low, high), max(low, high)], np.float64)


def _tips(points: Points) -> Floats:
    """The two places between which the outline's two sides, each walked at its own even pace, stay closest."""
    coarse = len(points) / _COARSE
    pairs: Floats = np.stack(np.triu_indices(_COARSE, 1), axis=1).astype(np.float64) * coarse
    for reach in (coarse, coarse / 4, 0.0):
        tips = pairs[int(np.argmin(_walked(points, pairs, _PLACES)[0]))]
        aside = np.linspace(-1, 1, 9) * reach
        pairs = (tips + np.stack(np.meshgrid(aside, aside), axis=-1)).reshape(-1, 2)
    return np.asarray(tips)


def _walked(points: Points, tips: Floats, places: int) -> tuple[Floats, Points]:
    """Per pair of tips (N, 2 places on the outline): the sides' mean distance (N,) and the line midway (N, n, 2)."""
    count = len(points)
    share = np.linspace(0, 1, places)
    first, last = tips[:, :1], tips[:, 1:]
    one = points[np.rint(first + share * (last - first)).astype(int) % count]
    other = points[np.rint(first - share * (count - (last - first))).astype(int) % count]
    apart = one - other
    return np.hypot(apart[..., 0], apart[..., 1]).mean(axis=1), (one + other) / 2
