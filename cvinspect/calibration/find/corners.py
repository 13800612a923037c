"""Where four squares meet: two crossing edges fitted to the raw pixels along them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.fitting import Array, Pieces, cut_out, fit, line_through, sane_sigma, step_profile
from cvinspect.projection import Points

_LONGEST_PX = 20.0  # of an edge's half that is used; longer gains little
_ROUGH_PX = 8.0
_SHARE = 0.38  # of a step; further on the next corner's blur begins
_FREE = 0.42  # of a step: how far to either side of an edge is looked at most
_BAND = 3.5  # sigmas to either side of an edge
_PASSES, _SETTLED = 5, 0.1  # until the blur that a pass begins with is the one that it finds
_LEAST_BAND_PX = 3.0
_STEPS = np.array([1.0, 1.0, 0.1, 0.1, 1.0, 40.0, 40.0, 0.02, 0.02])


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """points_px (N, 2) with the noise of one grey level they have u_px (N,) along the worse axis; sigma_px (N,) is
    the edges' total blur, half_gray (N,) half the contrast (signed), rms_gray (N,) what the fit leaves, and moved_px
    (N,) how far from where it was looked for.
    """

    points_px: Points
    u_px: Array
    sigma_px: Array
    half_gray: Array
    rms_gray: Array
    moved_px: Array


def fit_corners(gray: NDArray[np.uint8], points: Points, axes: Array, bends: Array, clear_px: Array) -> Corners:
    """Corners near points (N, 2), where edges run along axes (N, 2, 2: a step along either edge, px).

    bends (N, 2): the edges' curvature in 1/px, to the right of the way. clear_px (N,): how far to either side of an
    edge nothing else is printed.
    """
    shortest, turns = np.linalg.norm(axes, axis=2).min(axis=1), np.arctan2(axes[:, :, 1], axes[:, :, 0])
    found = np.column_stack([np.zeros_like(points), turns, np.ones(len(points)), np.zeros((len(points), 4))])
    reach, free = np.minimum(_SHARE * shortest, _LONGEST_PX), np.minimum(_FREE * shortest, clear_px)
    middle, usual = points, 1.0
    for turn in range(_PASSES):
        band = np.minimum(max(_BAND * usual, _LEAST_BAND_PX), free)
        far = np.minimum(reach, _ROUGH_PX) if turn == 0 else np.maximum(reach, np.minimum(band, _SHARE * shortest))
        found[:, :2], found[:, 4] = 0.0, np.clip(found[:, 4], usual / 2, usual * 2)
        found, variances, rms = _fitted(gray, middle, found, far, band, bends)
        middle = middle + found[:, :2]
        before, usual = usual, float(np.median(sane_sigma(found[:, 4])))
        if turn > 0 and abs(usual - before) < _SETTLED * before:
            break
    u = np.sqrt(variances[:, :2].max(axis=1))
    return Corners(middle, u, found[:, 4], found[:, 6], rms, np.linalg.norm(middle - points, axis=1))


def _fitted(
    gray: NDArray[np.uint8], middle: Points, start: Array, reach: Array, band: Array, bends: Array
) -> tuple[Array, Array, Array]:
    def wanted(x: Array, y: Array) -> NDArray[np.bool_]:
        near = np.zeros(x.shape, bool)
        for turn in start[:, 2:4].T:
            along, away = _along(turn, x, y)
            near |= (np.abs(along) <= reach[:, None]) & (np.abs(away) <= band[:, None])
        return near

    pieces = cut_out(gray, middle, np.hypot(reach, band), bends, wanted)
    begun = start.copy()
    shape = _crossing(np.column_stack([start[:, :5], np.zeros(len(start)), np.ones(len(start)), start[:, 7:]]), pieces)
    begun[:, 5:7] = line_through(shape[0], pieces)
    return fit(_crossing, begun, pieces, _STEPS)


def _along(turn: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Along a direction (N,) rad and to the right of it (y down)."""
    right, down = np.cos(turn)[:, None], np.sin(turn)[:, None]
    return x * right + y * down, y * right - x * down


def _crossing(parameters: Array, pieces: Pieces) -> tuple[Array, Array]:
    """Parameters: x, y, both edges' turns, sigma, level, half contrast, and the light's slopes right and down."""
    place_x, place_y, turn_a, turn_b, sigma, level, half, light_x, light_y = parameters.T[:, :, None]
    x, y = pieces.x - place_x, pieces.y - place_y
    sane = sane_sigma(sigma)
    ways = []
    for turn, bend in ((turn_a, pieces.known[:, :1]), (turn_b, pieces.known[:, 1:2])):
        along, away = _along(turn[:, 0], x, y)
        ways.append((along, turn, *step_profile(away - bend * along**2 / 2, sane)))
    (along_a, _, a, slope_a, wide_a), (along_b, _, b, slope_b, wide_b) = ways
    light = 1 + light_x * pieces.x + light_y * pieces.y
    seen = level + half * a * b
    by_a, by_b = half * slope_a * b * light, half * slope_b * a * light
    slopes = [
        by_a * np.sin(turn_a) + by_b * np.sin(turn_b),
        -by_a * np.cos(turn_a) - by_b * np.cos(turn_b),
        -by_a * along_a,
        -by_b * along_b,
        half * (wide_a * b + wide_b * a) * light,
        light,
        a * b * light,
        seen * pieces.x,
        seen * pieces.y,
    ]
    return seen * light, np.stack(np.broadcast_arrays(*slopes), axis=2)
