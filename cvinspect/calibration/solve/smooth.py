"""What the model cannot follow: a smooth pattern that is left in the plane view's residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from cvinspect.calibration.solve.bundle import Matrix
from cvinspect.calibration.solve.fitting import FINEST_PX, inverse
from cvinspect.projection import Points

_ORDERS = (5, 4, 3)
_POINTS_PER_TERM = 4
_CHANCE = 0.001
_RIDGE = 1e-9  # holds a polynomial that the points do not tell from the others, as of four columns the fourth power
_ABSORBED = 2.0  # a model bends to fit a bent target: it leaves about half of the pattern in the residuals


@dataclass(frozen=True, slots=True)
class Smooth:
    """place_px: rms of one axis of the pattern, what the fit has absorbed of it included; strain: rms of the relative
    change of a length that it means.
    """

    place_px: float
    strain: float


def smooth_pattern(points_px: Points, residuals_px: Points) -> Smooth:
    """The pattern in residuals (N, 2) at points (N, 2), noise taken out; zero where it may be chance (F test, 0.1 %).

    A polynomial of both coordinates is fitted; it does not correct the map, it says how far off the map is: a target
    that is not flat, a lens that the model does not describe, a biased detector.
    """
    order = next((order for order in _ORDERS if _POINTS_PER_TERM * _terms(order) <= len(points_px)), None)
    if order is None:
        return Smooth(0.0, 0.0)
    middle, reach = points_px.mean(axis=0), np.ptp(points_px, axis=0).max() / 2
    values, along_x, along_y = _polynomials((points_px - middle) / reach, order)
    solver = inverse(values.T @ values, _RIDGE) @ values.T
    terms = solver @ residuals_px
    pattern = values @ terms
    count, left = values.shape[1], len(points_px) - values.shape[1]
    noise = float(((residuals_px - pattern) ** 2).sum()) / (2 * left)
    explained = float((pattern**2).sum()) / (2 * count)
    if explained < FINEST_PX**2 or fdtrc(2 * count, 2 * left, explained / noise) > _CHANCE:
        return Smooth(0.0, 0.0)
    slopes = np.stack([along_x @ terms, along_y @ terms], axis=2) / reach
    wide, high, skew = slopes[:, 0, 0], slopes[:, 1, 1], (slopes[:, 0, 1] + slopes[:, 1, 0]) / 2
    strain = np.mean((3 * (wide**2 + high**2) + 2 * wide * high) / 8 + skew**2 / 2)
    of_noise = [noise * float(((basis @ solver) ** 2).sum(axis=1).mean()) / reach**2 for basis in (along_x, along_y)]
    by_chance = sum(3 / 8 * each + each / 8 for each in of_noise)
    place = float((pattern**2).mean()) - noise * count / len(points_px)
    return Smooth(*(_ABSORBED * float(np.sqrt(max(each, 0.0))) for each in (place, strain - by_chance)))


def _terms(order: int) -> int:
    return (order + 1) * (order + 2) // 2


def _polynomials(places: Points, order: int) -> tuple[Matrix, Matrix, Matrix]:
    """(N, terms) Legendre products up to a total degree, and their slopes along x and y."""
    legendre = np.polynomial.legendre
    powers = [(i, j) for i in range(order + 1) for j in range(order + 1 - i)]
    x, y = (legendre.legvander(places[:, axis], order) for axis in (0, 1))
    rise = [legendre.legder(np.eye(order + 1)[i]) for i in range(order + 1)]
    dx, dy = (np.column_stack([legendre.legval(places[:, axis], each) for each in rise]) for axis in (0, 1))
    values, along_x, along_y = (
        np.column_stack([one[:, i] * other[:, j] for i, j in powers]) for one, other in ((x, y), (dx, y), (x, dy))
    )
    return values, along_x, along_y
