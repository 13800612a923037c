"""Least squares for many small pieces of a picture at once: an edge model each, fitted to the raw pixels.

A step that optics and pixel blur to a total standard deviation s has the profile erf(d / (s sqrt(2))) over the signed
distance d. The pixel's own square adds 1/12 px² to s² in every direction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

Array = NDArray[np.float64]
PIXEL_VARIANCE_PX2 = 1 / 12

_CHUNK = 200_000  # pixels at a time
_GROUP = 64  # pieces cut out at a time
_CLOSE = 1e-4
_LEAST_SIGMA, _MOST_SIGMA = 0.2, 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """The pixels of N pieces: places x, y relative to a middle of each, and gray, all (N, K); weight 0 = no pixel.
    known (N, E): what a model needs to know of each besides its parameters.
    """

    x: Array
    y: Array
    gray: Array
    weight: Array
    known: Array

    def of(self, some: slice | NDArray[np.int64]) -> Pieces:
        """Some of the pieces."""
        return Pieces(*(getattr(self, name)[some] for name in self.__slots__))


Model = Callable[[Array, Pieces], tuple[Array, Array]]
"""From parameters (N, P) to the pieces' grey levels (N, K) and their slopes (N, K, P)."""


def cut_out(
    gray: NDArray[np.uint8],
    middle: Array,
    reach: Array,
    known: Array,
    wanted: Callable[[Array, Array], NDArray[np.bool_]],
) -> Pieces:
    """The pixels within reach (N,) of middle (N, 2) that are wanted, told by x, y (N, K) from the middle."""
    height, width = gray.shape
    far = int(np.ceil(reach.max(initial=1.0)))
    whole = np.rint(middle)
    down, right = (axis.ravel() for axis in np.mgrid[-far : far + 1, -far : far + 1])
    columns, rows = whole[:, :1] + right, whole[:, 1:] + down
    x, y = columns - middle[:, :1], rows - middle[:, 1:]
    inside = (columns >= 0) & (rows >= 0) & (columns < width) & (rows < height)
    inside &= wanted(x, y)
    most = max(int(inside.sum(axis=1).max(initial=1)), 1)
    order = np.argsort(~inside, axis=1, kind="stable")[:, :most]
    x, y, columns, rows, inside = (np.take_along_axis(a, order, 1) for a in (x, y, columns, rows, inside))
    seen = gray[np.clip(rows, 0, height - 1).astype(np.intp), np.clip(columns, 0, width - 1).astype(np.intp)]
    return Pieces(x, y, seen.astype(np.float64), inside.astype(np.float64), known)


def by_size(reach: Array, run: Callable[[NDArray[np.int64]], Array]) -> Array:
    """(N, M) what `run` makes of the pieces, called with the numbers of some that reach about as far (N,)."""
    order = np.argsort(reach, kind="stable")
    parts = [run(order[first : first + _GROUP]) for first in range(0, len(order), _GROUP)]
    return np.asarray(np.concatenate(parts)[np.argsort(order, kind="stable")])


def fit(
    model: Model, start: Array, pieces: Pieces, largest_step: Array, rounds: int = 16
) -> tuple[Array, Array, Array]:
    """Parameters (N, P), the variances of each for noise of one grey level (N, P), and the residual rms (N,).

    Levenberg and Marquardt's method; no step is larger than largest_step (P,).
    """
    found, variances, rms = start.copy(), np.empty_like(start), np.empty(len(start))
    size = max(_CHUNK // max(pieces.x.shape[1] * start.shape[1], 1), 1)
    for first in range(0, len(start), size):
        some = slice(first, first + size)
        found[some], variances[some], rms[some] = _fit_some(model, start[some], pieces.of(some), largest_step, rounds)
    return found, variances, rms


def _fit_some(
    model: Model, start: Array, pieces: Pieces, largest_step: Array, rounds: int
) -> tuple[Array, Array, Array]:
    found, damping = start.copy(), np.full(len(start), 1e-4)
    cost, normal, pull = _weighed(model, found, pieces)
    for _ in range(rounds):
        scale = np.sqrt(np.maximum(np.diagonal(normal, axis1=1, axis2=2), 1e-12))
        scaled = normal / scale[:, :, None] / scale[:, None, :] + damping[:, None, None] * np.eye(start.shape[1])
        step = np.linalg.solve(scaled, (pull / scale)[:, :, None])[:, :, 0] / scale
        step = np.clip(step, -largest_step, largest_step)
        tried, further_normal, further_pull = _weighed(model, found + step, pieces)
        better = tried <= cost
        found[better] += step[better]
        cost, damping = np.where(better, tried, cost), np.clip(np.where(better, damping / 10, damping * 20), 1e-9, 1e6)
        normal = np.where(better[:, None, None], further_normal, normal)
        pull = np.where(better[:, None], further_pull, pull)
        if np.abs(step[:, :2]).max(initial=0.0) < _CLOSE:
            break
    scale = np.sqrt(np.maximum(np.diagonal(normal, axis1=1, axis2=2), 1e-12))
    inverse = np.linalg.inv(normal / scale[:, :, None] / scale[:, None, :] + 1e-9 * np.eye(start.shape[1]))
    free = np.maximum(pieces.weight.sum(axis=1) - start.shape[1], 1)
    return found, np.diagonal(inverse, axis1=1, axis2=2) / scale**2, np.sqrt(cost / free)


def _weighed(model: Model, parameters: Array, pieces: Pieces) -> tuple[Array, Array, Array]:
    """The sum of squares (N,), the normal matrix (N, P, P) and the pull (N, P) there."""
    gray, slopes = model(parameters, pieces)
    left = (pieces.gray - gray) * pieces.weight
    slopes = slopes * pieces.weight[:, :, None]
    turned = np.swapaxes(slopes, 1, 2)
    return (left**2).sum(axis=1), turned @ slopes, (turned @ left[:, :, None])[:, :, 0]


def step_profile(away: Array, sigma: Array) -> tuple[Array, Array, Array]:
    """The blurred step from -1 to 1, and its slopes along the distance and along sigma."""
    z = away / sigma
    bell = np.sqrt(2 / np.pi) * np.exp(-0.5 * z**2) / sigma
    return erf(z / np.sqrt(2)), bell, -bell * z


def sane_sigma(sigma: Array) -> Array:
    """Kept positive while it is looked for."""
    return np.clip(sigma, _LEAST_SIGMA, _MOST_SIGMA)


def line_through(shape: Array, pieces: Pieces) -> Array:
    """(N, 2) the level and the height with which a shape (N, K) comes closest to the pieces' grey levels."""
    whole = np.maximum(pieces.weight.sum(axis=1), 1)
    mean, level = ((a * pieces.weight).sum(axis=1) / whole for a in (shape, pieces.gray))
    from_mean = (shape - mean[:, None]) * pieces.weight
    height = (from_mean * pieces.gray).sum(axis=1) / np.maximum((from_mean**2).sum(axis=1), 1e-9)
    return np.stack([level - height * mean, height], axis=1)
