"""The share of each pixel that an object covers, as a camera sees it: finely sampled, only near the object's edge."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Distance = Callable[[Array, Array], Array]
Box = tuple[float, float, float, float]

TILE = 32


def coverage(
    distance: Distance, box_mm: Box, size_px: tuple[int, int], mm_per_px: float, sigma_px: float, *, exact: bool
) -> tuple[tuple[slice, slice], Array]:
    """Where (rows, columns) and how much (0..1) of each pixel an object covers.

    distance: signed distance in mm at places x, y. box_mm: left, top, right, bottom around the object. exact: the
    distance is exact, so that tiles far from the edge need no sampling. The lens is a Gaussian of `sigma_px`, the
    pixel a square of side 1; both are integrated over each of the fine samples' places.
    """
    margin = _margin(sigma_px)
    left, top = (max(math.floor(edge / mm_per_px) - margin, 0) for edge in box_mm[:2])
    right, bottom = (
        min(math.ceil(edge / mm_per_px) + margin + 1, size) for edge, size in zip(box_mm[2:], size_px, strict=True)
    )
    share = np.zeros((max(bottom - top, 0), max(right - left, 0)))
    fine = _fineness(box_mm, mm_per_px)
    for y, x in _tiles(share.shape):
        tile = share[y : y + TILE, x : x + TILE]
        tile[:] = _tile(distance, left + x, top + y, mm_per_px, sigma_px, fine, exact)[: tile.shape[0], : tile.shape[1]]
    return (slice(top, top + share.shape[0]), slice(left, left + share.shape[1])), share


def _fineness(box_mm: Box, mm_per_px: float) -> int:
    """Samples per px: 16 for what is smaller than a tile, where a mistake shows most, else 8."""
    side = max(box_mm[2] - box_mm[0], box_mm[3] - box_mm[1])
    return 16 if side < TILE * mm_per_px else 8


def _tiles(shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    return ((y, x) for y in range(0, shape[0], TILE) for x in range(0, shape[1], TILE))


def _margin(sigma_px: float) -> int:
    return math.ceil(4.5 * sigma_px) + 1


def _tile(distance: Distance, left: int, top: int, mm_per_px: float, sigma_px: float, fine: int, exact: bool) -> Array:
    margin = _margin(sigma_px)
    if exact:
        middle = (TILE - 1) / 2
        at = distance(np.array([(left + middle) * mm_per_px]), np.array([(top + middle) * mm_per_px]))[0]
        if abs(at) > math.hypot(TILE, TILE) / 2 * mm_per_px + math.sqrt(2) * margin * mm_per_px:
            return np.full((TILE, TILE), float(at < 0))
    samples = (np.arange((TILE + 2 * margin) * fine) + 0.5) / fine - 0.5 - margin
    x, y = (left + samples)[None, :] * mm_per_px, (top + samples)[:, None] * mm_per_px
    inside = np.clip(0.5 - distance(x, y) * (fine / mm_per_px), 0.0, 1.0)
    weights = _weights(sigma_px, fine)
    return np.asarray(weights @ inside @ weights.T)


@cache
def _weights(sigma_px: float, fine: int) -> Array:
    """(TILE, samples): how much each fine sample gives to each pixel of a tile; rows sum to 1."""
    margin = _margin(sigma_px)
    offset = (np.arange(2 * margin * fine + fine) + 0.5) / fine - 0.5 - margin
    row = np.array([_seen(o + 0.5, sigma_px) - _seen(o - 0.5, sigma_px) for o in offset])
    weights = np.zeros((TILE, (TILE + 2 * margin) * fine))
    for pixel in range(TILE):
        weights[pixel, pixel * fine : pixel * fine + row.size] = row / row.sum()
    return weights


def _seen(offset: float, sigma_px: float) -> float:
    """The normal distribution function; a step where there is no blur."""
    if not sigma_px:
        return 0.5 * (1 + math.copysign(1.0, offset))
    return 0.5 * (1 + math.erf(offset / (sigma_px * math.sqrt(2))))
