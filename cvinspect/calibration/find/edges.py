"""Edges between dark and light, straight or evenly bent, fitted to the raw pixels along them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.fitting import (
    Array,
    Pieces,
    by_size,
    cut_out,
    fit,
    line_through,
    sane_sigma,
    step_profile,
)
from cvinspect.projection import Points

_STEPS = np.array([1.0, 0.1, 1.0, 60.0, 60.0, 0.02, 0.02])
_START_SIGMA_PX = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges through points middle (N, 2) px in the direction turn (N,) rad, bent by bend (N,) 1/px to the right of the
    way. sigma_px (N,) is the total blur, u_sigma_px that of noise of one grey level; left_gray and right_gray (N,) the
    levels beside them; rms_gray (N,) what the fit leaves.
    """

    middle: Points
    turn: Array
    bend: Array
    sigma_px: Array
    u_sigma_px: Array
    left_gray: Array
    right_gray: Array
    rms_gray: Array

    def of(self, which: NDArray[np.int64] | NDArray[np.bool_]) -> Edges:
        """Some of them."""
        return Edges(*(getattr(self, name)[which] for name in self.__slots__))

    def away(self, points: Points) -> tuple[Array, Array]:
        """(N,) px by which points (N, 2) lie to the right of their edges, and how steeply (N, 2) that grows."""
        x, y = (points - self.middle).T
        right, down = np.cos(self.turn), np.sin(self.turn)
        along, across = x * right + y * down, y * right - x * down
        slopes = np.stack([-down - self.bend * along * right, right - self.bend * along * down], axis=1)
        return across - self.bend * along**2 / 2, slopes


def fit_edges(
    gray: NDArray[np.uint8], begin: Points, end: Points, bend: Array, skip_px: Array, band_px: Array
) -> Edges:
    """Edges in gray (H, W) from about begin to end (N, 2); bend (N,) 1/px.

    skip_px (N,): what is left out at either end; band_px (N,): how far to either side is looked.
    """
    middle, way = (begin + end) / 2, end - begin
    half_length = np.maximum(np.linalg.norm(way, axis=1) / 2 - skip_px, 1.0)
    count = len(middle)
    start = np.zeros((count, 7))
    start[:, 1], start[:, 2] = np.arctan2(way[:, 1], way[:, 0]), _START_SIGMA_PX
    known = np.column_stack([bend, half_length, band_px])

    def run(some: NDArray[np.int64]) -> Array:
        return np.column_stack(_fitted(gray, middle[some], start[some], known[some]))

    table = by_size(half_length, run)
    offset, turn, sigma, level, half = table[:, :5].T
    moved = middle + offset[:, None] * np.stack([-np.sin(turn), np.cos(turn)], axis=1)
    return Edges(moved, turn, bend, sigma, np.sqrt(table[:, 9]), level - half, level + half, table[:, 14])


def _fitted(gray: NDArray[np.uint8], middle: Points, start: Array, known: Array) -> tuple[Array, Array, Array]:
    def wanted(x: Array, y: Array) -> NDArray[np.bool_]:
        along, away = _frame(start[:, 1], x, y)
        away = away - known[:, :1] * along**2 / 2
        return np.asarray((np.abs(along) <= known[:, 1:2]) & (np.abs(away) <= known[:, 2:]))

    pieces = cut_out(gray, middle, np.hypot(known[:, 1], known[:, 2]) + 1, known, wanted)
    along, away = _frame(start[:, 1], pieces.x, pieces.y)
    begun = start.copy()
    begun[:, 3:5] = line_through(step_profile(away - known[:, :1] * along**2 / 2, start[:, 2:3])[0], pieces)
    return fit(_edge, begun, pieces, _STEPS)


def _frame(turn: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Along a direction (N,) rad and to the right of it (y down)."""
    right, down = np.cos(turn)[:, None], np.sin(turn)[:, None]
    return x * right + y * down, y * right - x * down


def _edge(parameters: Array, pieces: Pieces) -> tuple[Array, Array]:
    """Parameters: offset to the right, turn, sigma, level, half contrast, the light's slopes right and down."""
    offset, turn, sigma, level, half, light_x, light_y = parameters.T[:, :, None]
    bend = pieces.known[:, :1]
    along, away = _frame(turn[:, 0], pieces.x, pieces.y)
    step, steep, wider = step_profile(away - offset - bend * along**2 / 2, sane_sigma(sigma))
    light = 1 + light_x * pieces.x + light_y * pieces.y
    seen = level + half * step
    slopes = [
        -half * steep * light,
        -half * steep * light * along * (1 + bend * away),
        half * wider * light,
        light,
        step * light,
        seen * pieces.x,
        seen * pieces.y,
    ]
    return seen * light, np.stack(np.broadcast_arrays(*slopes), axis=2)
