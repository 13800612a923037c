"""Least squares: Levenberg and Marquardt's steps, outliers left out, and no number fitted that the points do not ask
for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.solve.bundle import (
    ASPECT,
    CENTER,
    FOCAL,
    K1,
    K2,
    K3,
    LENS,
    TANGENTIAL,
    Bundle,
    Matrix,
    Vector,
)

OUTLIER_SIGMAS = 5.0
FINEST_PX = 1e-4  # no point is believed to be better than this
_ROUNDS, _STEPS, _RIDGE = 8, 60, 1e-13
_RAYLEIGH_MEDIAN = 1.17741  # of the distance from the middle of a round normal cloud, in sigmas of one axis
_SHARPEST, _DULLEST = 0.5, 3.0  # a view's noise, against the middle one's, is believed within these bounds

_AXIS = np.r_[CENTER, TANGENTIAL]
_AT = np.arange(len(LENS))
GROUPS: dict[str, tuple[int, ...]] = {
    "k1": (K1,),
    "k2": (K2,),
    "tangential": tuple(int(at) for at in _AT[TANGENTIAL]),
    "aspect": (ASPECT,),
    "k3": (K3,),
}
_LEAST_FREEDOM = 4
# of a single view these are hard to tell from each other, and from an optical centre that is off: each held at its
# plain value would make the others look surer than they are
_HELD_OF_ONE = frozenset({"k1", "k2", "tangential"})
_NEEDED_BY = {"k1": "k2", "k2": "k3"}
_PLAIN = {"aspect": 1.0}  # what a number is where it is not fitted; else 0


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """numbers: the vector; groups: which of GROUPS are free; kept and sigmas_px: points believed, noise per view."""

    bundle: Bundle
    numbers: Vector
    groups: frozenset[str]
    kept: tuple[NDArray[np.bool_], ...]
    sigmas_px: Vector

    @property
    def free(self) -> NDArray[np.bool_]:
        """True where a number of the vector is free. The focal length is, unless it is only a unit."""
        free = np.ones(self.bundle.size, dtype=bool)
        free[: len(LENS)] = False
        free[_AT[CENTER]] = True
        free[FOCAL] = not self.bundle.is_homography
        for group in self.groups:
            free[list(GROUPS[group])] = True
        return free

    @property
    def last(self) -> str:
        """The free group that comes last in GROUPS: the first to go where there is too little to go by."""
        return [group for group in GROUPS if group in self.groups][-1]

    @property
    def weights(self) -> list[Vector]:
        """Per view (N,): 1 over the variance, 0 where a point is not believed."""
        return [kept / sigma**2 for kept, sigma in zip(self.kept, self.sigmas_px, strict=True)]

    @property
    def measured(self) -> int:
        """How many numbers were measured: two per point, and what is believed of the lens' axis before."""
        return int(2 * sum(kept.sum() for kept in self.kept)) + int(self.free[_AXIS].sum())

    @property
    def freedom(self) -> int:
        """Degrees of freedom."""
        return self.measured - int(self.free.sum())


def settle(fit: Fit) -> Fit:
    """The fit with the points that agree, the noise they have, and the numbers they ask for.

    Starts from all groups in fit.groups; outliers are looked for before a group is dropped, so that what a poorer model
    cannot follow is not taken for one.
    """
    while fit.groups and fit.freedom < _LEAST_FREEDOM:
        fit = without(fit, fit.last)
    fit = clean(fit)
    while (idle := _idle(fit)) is not None:
        fit = descend(without(fit, idle))
    return clean(fit)


def without(fit: Fit, group: str) -> Fit:
    """The same with `group` held at its plain value; not descended."""
    numbers = fit.numbers.copy()
    numbers[list(GROUPS[group])] = _PLAIN.get(group, 0.0)
    return replace(fit, numbers=numbers, groups=fit.groups - {group})


def descend(fit: Fit) -> Fit:
    """The nearest minimum."""
    free, weights, numbers = fit.free, fit.weights, fit.numbers
    cost, matrix, pull = fit.bundle.normals(numbers, weights)
    damping = 1e-4
    for _ in range(_STEPS):
        square = matrix[np.ix_(free, free)]
        step = np.zeros_like(numbers)
        step[free] = _step(square, pull[free], damping)
        if step @ pull < 1e-10 * cost:
            break
        tried, tried_matrix, tried_pull = fit.bundle.normals(numbers + step, weights)
        if tried < cost:
            numbers, cost, matrix, pull = numbers + step, tried, tried_matrix, tried_pull
            damping = max(damping / 10, 1e-12)
        elif damping > 1e8:
            break
        else:
            damping *= 10
    return replace(fit, numbers=numbers)


def _step(square: Matrix, pull: Vector, damping: float) -> Vector:
    scale = 1 / np.sqrt(np.diag(square))
    scaled = square * np.outer(scale, scale)
    scaled.flat[:: len(scaled) + 1] += damping
    return np.asarray(scale * np.linalg.solve(scaled, scale * pull))


def inverse(square: Matrix, ridge: float = _RIDGE) -> Matrix:
    """Of a symmetric matrix with units of every size, none of its values negative; what is not determined at all comes
    out huge, not cut off: up to 1 / ridge of what a number's own derivative alone would tell.
    """
    scale = 1 / np.sqrt(np.maximum(np.diag(square), 1e-300))
    scaled = square * np.outer(scale, scale)
    scaled.flat[:: len(scaled) + 1] += ridge
    return np.asarray(np.linalg.inv(scaled) * np.outer(scale, scale))


def clean(fit: Fit, rounds: int = _ROUNDS) -> Fit:
    """The same groups: descends, measures each view's noise, leaves out what is too far off, until nothing changes."""
    for _ in range(rounds):
        fit = descend(fit)
        lengths = [np.hypot(*off.T) for off in fit.bundle.residuals(fit.numbers)]
        spreads = spreads_px(fit, lengths)
        middle = np.median(spreads)
        sigmas = np.maximum(np.clip(spreads, _SHARPEST * middle, _DULLEST * middle), FINEST_PX)
        kept = tuple(length <= OUTLIER_SIGMAS * sigma for length, sigma in zip(lengths, sigmas, strict=True))
        same = all(np.array_equal(*pair) for pair in zip(kept, fit.kept, strict=True))
        close = np.allclose(sigmas, fit.sigmas_px, rtol=0.02)
        fit = replace(fit, kept=kept, sigmas_px=sigmas)
        if same and close:
            break
    return fit


def spreads_px(fit: Fit, lengths: list[Vector]) -> Vector:
    """(views,) one axis' sigma from residuals whose lengths are given, unmoved by outliers; degrees of freedom that the
    fit took up are made good for.
    """
    own = fit.bundle.block + int(fit.free[: len(LENS)].sum()) / len(lengths)
    counts = np.array([2 * len(length) for length in lengths])
    middles = np.array([np.median(length) for length in lengths]) / _RAYLEIGH_MEDIAN
    return np.asarray(middles * np.sqrt(counts / np.maximum(counts - own, 1)))


def view_spreads_px(fit: Fit) -> Vector:
    """(views,) `spreads_px` of a fit as it stands."""
    return spreads_px(fit, [np.hypot(*off.T) for off in fit.bundle.residuals(fit.numbers)])


def _idle(fit: Fit) -> str | None:
    """The group that explains least, where the points are explained as well without it: Akaike's criterion, corrected
    for few points (Hurvich and Tsai 1989)."""
    cost, matrix, _ = fit.bundle.normals(fit.numbers, fit.weights)
    free = fit.free
    covariance = np.zeros_like(matrix)
    covariance[np.ix_(free, free)] = inverse(matrix[np.ix_(free, free)])
    best: tuple[float, str] | None = None
    for group in fit.groups - (_HELD_OF_ONE if fit.bundle.is_homography else frozenset()):
        if _NEEDED_BY.get(group) in fit.groups:
            continue
        at = list(GROUPS[group])
        value = fit.numbers[at] - _PLAIN.get(group, 0.0)
        dearer = float(value @ inverse(covariance[np.ix_(at, at)]) @ value)
        gain = _penalty(fit, 0) - _penalty(fit, len(at)) - fit.measured * np.log1p(dearer / cost)
        if gain > 0 and (best is None or gain > best[0]):
            best = gain, group
    return best[1] if best else None


def _penalty(fit: Fit, fewer: int) -> float:
    count = int(fit.free.sum()) - fewer + 1
    return 2 * count * fit.measured / max(fit.measured - count - 1, 1)
