"""How far off the solution may be: the fit's covariance carried to the local scale and to places on the plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from cvinspect.calibration.solve.bundle import K1, K2, K3, LENS, TANGENTIAL, Matrix, Vector
from cvinspect.calibration.solve.fitting import Fit, inverse
from cvinspect.calibration.solve.part import Sight
from cvinspect.projection import Points

COLUMNS, ROWS = 9, 7
LARGEST_U = 0.5  # beyond it a scale is not known at all, and a number says no more
_STEP = 0.1  # of a number's own standard uncertainty
_HALF_PX = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Unsure:
    """Standard uncertainties besides the fit's: the part's height, the focal length (relative), the print's scale."""

    height_mm: float
    zoom: float
    stretch: float


def slopes(function: Callable[[Vector], Vector], at: Vector, u: Vector) -> Matrix:
    """(len(at), ...) derivatives of `function`, over a tenth of each number's own uncertainty; 0 where that is 0."""
    rows = []
    for index, step in enumerate(_STEP * np.asarray(u)):
        away = np.zeros_like(at)
        away[index] = step
        rows.append((function(at + away) - function(at - away)) / (2 * step) if step > 0 else 0 * function(at))
    return np.array(rows)


def covariance(fit: Fit, plane: int, floor_px: float = 0.0, is_bold: bool = False) -> Matrix:
    """Of the lens and of the plane view's block, from the fit's normal equations.

    The noise is what the residuals show (or floor_px, if that is more), widened as Student's t is (GUM supplement 1,
    6.4.9.4). is_bold: the distortion terms of the next order count as free as well.
    """
    cost, matrix, _ = fit.bundle.normals(fit.numbers, fit.weights)
    free = fit.free
    if is_bold:
        radial = [K1, K2, K3]
        free[[*np.arange(len(LENS))[TANGENTIAL], *[at for at in radial if not free[at]][:1]]] = True
    noise = max(cost / fit.freedom, (floor_px / np.median(fit.sigmas_px)) ** 2)
    noise *= fit.freedom / max(fit.freedom - 2, 1)
    full = np.zeros_like(matrix)
    full[np.ix_(free, free)] = noise * inverse(matrix[np.ix_(free, free)])
    wanted = np.r_[0 : len(LENS), fit.bundle.part(plane)]
    return np.asarray(full[np.ix_(wanted, wanted)])


def nodes_px(size_px: tuple[int, int]) -> Points:
    """(ROWS * COLUMNS, 2) row by row, from the frame's first pixel to its last."""
    x, y = np.linspace(0, size_px[0] - 1, COLUMNS), np.linspace(0, size_px[1] - 1, ROWS)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def spreads(sight: Sight, of_fit: Matrix, unsure: Unsure, points_px: Points) -> Matrix:
    """(N, 2) at points (N, 2): relative standard uncertainty of the local scale, and of the place, in mm per axis.

    The scale's is that of a length in any direction: the root mean square over all directions.
    """
    numbers = np.concatenate([sight.lens, sight.block, [sight.height_mm, sight.zoom, sight.stretch]])
    full = np.zeros((len(numbers), len(numbers)))
    full[: len(of_fit), : len(of_fit)] = of_fit
    others = np.array([unsure.height_mm, unsure.zoom * sight.zoom, unsure.stretch])
    full[len(of_fit) :, len(of_fit) :] = np.diag(others**2)
    half = _HALF_PX * np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    around = (half[:, None] + points_px).reshape(-1, 2)

    def seen(tried: Vector) -> Points:
        return _with(sight, tried).projection().to_mm(around).reshape(5, -1, 2)

    moves = slopes(seen, numbers, np.sqrt(np.diag(full)))
    place = np.einsum("anx,ab,bnx->n", moves[:, 0], full, moves[:, 0]) / 2
    middle = seen(numbers)
    bases = np.stack([middle[1] - middle[2], middle[3] - middle[4]], axis=2)
    changes = np.stack([moves[:, 1] - moves[:, 2], moves[:, 3] - moves[:, 4]], axis=3)
    strain = changes @ np.linalg.inv(bases)
    return np.asarray(np.sqrt(np.stack([_length_variance(strain, full), place], axis=1)))


def _length_variance(strain: Matrix, full: Matrix) -> Vector:
    """(N,) variance of a length's relative change, mean over all directions, from strains (P, N, 2, 2) per number."""
    wide, high, skew = strain[..., 0, 0], strain[..., 1, 1], (strain[..., 0, 1] + strain[..., 1, 0]) / 2

    def mixed(one: Matrix, other: Matrix) -> Vector:
        return np.asarray(np.einsum("an,ab,bn->n", one, full, other))

    return np.asarray((3 * (mixed(wide, wide) + mixed(high, high)) + 2 * mixed(wide, high)) / 8 + mixed(skew, skew) / 2)


def _with(sight: Sight, numbers: Vector) -> Sight:
    end = len(LENS) + len(sight.block)
    height, zoom, stretch = (float(number) for number in numbers[end:])
    lens, block = numbers[: len(LENS)], numbers[len(LENS) : end]
    return replace(sight, lens=lens, block=block, height_mm=height, zoom=zoom, stretch=stretch)


def inside(covered_px: Points, points_px: Points) -> Vector:
    """(N,) True where points (N, 2) lie in the polygon (K, 2) or on its border."""
    polygon = np.asarray(covered_px, dtype=np.float32)
    return np.array([cv2.pointPolygonTest(polygon, (float(x), float(y)), False) >= 0 for x, y in points_px])
