"""The share of each pixel that a shape covers, through the lens's Gaussian blur and the pixel's own square.

As `cvinspect.synth` draws (the tests compare the two), but only the shape itself is sampled, not the blur around it:
a bench draws tens of thousands of objects.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from cvinspect.bench.shapes import Shape

Array = NDArray[np.float64]

TILE = 8
SMALL_PX = 8.0


def margin_px(psf_sigma_px: float) -> int:
    """How far beyond a shape its blur is drawn."""
    return math.ceil(4.5 * psf_sigma_px) + 1


def coverage(
    shape: Shape, center_px: tuple[float, float], angle_rad: float, psf_sigma_px: float, fine: int = 0
) -> tuple[tuple[int, int], Array]:
    """((x, y) of the first pixel, the share (h, w) of each pixel from there on, 0..1).

    fine: samples per px and axis; 0 = 16 for shapes under 8 px, else 8. A sample is weighed by how much of it lies
    inside, so that an edge's place is not quantised.
    """
    low, high = _box(shape, center_px, angle_rad)
    fine = fine or (16 if float((high - low).max()) < SMALL_PX else 8)
    left, top = (math.floor(edge + 0.5) for edge in low)
    across, down = (math.ceil((edge + 0.5 - first) / TILE) for edge, first in zip(high, (left, top), strict=True))
    margin = margin_px(psf_sigma_px)
    share = np.zeros((down * TILE + 2 * margin, across * TILE + 2 * margin))
    weights = _weights(psf_sigma_px, fine)
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    samples = (np.arange(TILE * fine) + 0.5) / fine - 0.5
    for row, column in _tiles(shape, (left - center_px[0], top - center_px[1]), (down, across), cos, sin):
        x = (left + column * TILE + samples - center_px[0])[None, :]
        y = (top + row * TILE + samples - center_px[1])[:, None]
        inside = np.clip(0.5 - shape.distance(x * cos + y * sin, y * cos - x * sin) * fine, 0.0, 1.0)
        seen = weights @ inside @ weights.T
        share[row * TILE :, column * TILE :][: seen.shape[0], : seen.shape[1]] += seen
    return (left - margin, top - margin), share


def _box(shape: Shape, center_px: tuple[float, float], angle_rad: float) -> tuple[Array, Array]:
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    points = shape.spine @ np.array([[cos, sin], [-sin, cos]]) + center_px
    return points.min(axis=0) - shape.pad - 0.1, points.max(axis=0) + shape.pad + 0.1


def _tiles(
    shape: Shape, first: tuple[float, float], count: tuple[int, int], cos: float, sin: float
) -> list[tuple[int, int]]:
    """(row, column) of the tiles that the shape may touch."""
    rows, columns = np.indices(count)
    if shape.exact:
        x, y = first[0] + columns * TILE + (TILE - 1) / 2, first[1] + rows * TILE + (TILE - 1) / 2
        near = shape.distance(x * cos + y * sin, y * cos - x * sin) <= TILE * 0.75
        rows, columns = rows[near], columns[near]
    return list(zip(rows.ravel().tolist(), columns.ravel().tolist(), strict=True))


@cache
def _weights(psf_sigma_px: float, fine: int) -> Array:
    """(TILE + 2 margins, samples): how much each sample of a tile gives to each pixel in and around it."""
    margin = margin_px(psf_sigma_px)
    pixels = np.arange(-margin, TILE + margin)[:, None]
    samples = ((np.arange(TILE * fine) + 0.5) / fine - 0.5)[None, :]
    right, left = (ndtr((pixels + side - samples) / psf_sigma_px) for side in (0.5, -0.5))
    return np.asarray((right - left) / fine)
