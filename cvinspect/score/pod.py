"""Probability of detection against size, from hits and misses (MIL-HDBK-1823A, 4.5.2 and appendix G).

POD(a) = 1 / (1 + exp(-(b0 + b1 ln a))), fitted by maximum likelihood. a90 is the size found in 90 of 100 cases, a90/95
its upper bound with 95 % confidence by the likelihood ratio: the largest size at which a curve through POD = 0.9 is
less likely than the best one by no more than chi² (one degree of freedom, one-sided) allows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.stats import chi2

LEAST = 60  # targets that the handbook asks for of hit/miss data
ONE_SIDED_95 = float(chi2.ppf(0.90, 1))
RISES_95 = float(chi2.ppf(0.95, 1))
BOUND_AT = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
FARTHEST = 60.0  # standard deviations of ln a: farther than any bound that means something

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pod:
    """The fitted curve: POD = expit(intercept + slope ln size). smallest, largest: the labelled sizes.

    a50, a90, a90_95: None beyond the largest labelled size, where nothing is known. bound: (size, POD) of the lower
    95 % bound of the curve, within the labelled sizes.
    """

    labels: int
    hits: int
    intercept: float
    slope: float
    smallest: float
    largest: float
    a50: float | None
    a90: float | None
    a90_95: float | None
    bound: tuple[tuple[float, float], ...]

    def at(self, size: float) -> float:
        """POD at `size`."""
        return float(1 / (1 + math.exp(-min(max(self.intercept + self.slope * math.log(size), -500), 500))))


@dataclass(frozen=True, slots=True)
class NoPod:
    """Why no curve can stand on these data; code: few, all_found, none_found, parted or flat."""

    labels: int
    hits: int
    code: str


def pod(sizes: Sequence[float], found: Sequence[bool]) -> Pod | NoPod:
    """The curve, or why there is none: fewer than 60 labels; all or none found; sizes that part the found from the
    missed without overlap (no finite slope fits best); or a POD that does not rise with size (95 %)."""
    a, hit = np.asarray(sizes, np.float64), np.asarray(found, bool)
    labels, hits = len(hit), int(hit.sum())
    if labels < LEAST:
        return NoPod(labels, hits, "few")
    if hits in (0, labels):
        return NoPod(labels, hits, "all_found" if hits else "none_found")
    middle, spread = float(np.log(a).mean()), float(np.log(a).std())
    if spread < 1e-9:
        return NoPod(labels, hits, "flat")
    if a[~hit].max() <= a[hit].min():
        return NoPod(labels, hits, "parted")
    x = (np.log(a) - middle) / spread
    fit = _Fit(x, hit)
    if fit.slope <= 0 or 2 * (fit.best - _loglike(np.full(labels, _logit(hits / labels)), hit)) < RISES_95:
        return NoPod(labels, hits, "flat")
    smallest, largest = float(a.min()), float(a.max())

    def size(place: float | None) -> float | None:
        told = None if place is None else math.exp(middle + spread * min(place, FARTHEST))
        return told if told is not None and told <= largest else None

    bounds = ((size(fit.bound(share)), share) for share in BOUND_AT)
    return Pod(
        labels,
        hits,
        fit.intercept - fit.slope * middle / spread,
        fit.slope / spread,
        smallest,
        largest,
        size(fit.place(0.5)),
        size(fit.place(0.9)),
        size(fit.bound(0.9)),
        tuple((told, share) for told, share in bounds if told is not None and told >= smallest),
    )


class _Fit:
    """The best curve over standardised x, and how likely others are."""

    def __init__(self, x: Array, hit: NDArray[np.bool_]) -> None:
        self._x, self._hit = x, hit
        start = [_logit(float(hit.mean())), 1.0]
        fitted = minimize(lambda b: -_loglike(b[0] + b[1] * x, hit), start, jac=self._slope_of, method="BFGS")
        self.intercept, self.slope = (float(value) for value in fitted.x)
        self.best = -float(fitted.fun)

    def _slope_of(self, b: Array) -> Array:
        excess = 1 / (1 + np.exp(-np.clip(b[0] + b[1] * self._x, -500, 500))) - self._hit
        return np.array([excess.sum(), excess @ self._x])

    def place(self, share: float) -> float:
        """Where the best curve reaches `share`."""
        return (_logit(share) - self.intercept) / self.slope

    def bound(self, share: float) -> float | None:
        """The upper bound of that place; None where the data set none."""
        place = self.place(share)
        far = place + 1.0
        while self._lost(far, share) < ONE_SIDED_95:
            far = place + 2 * (far - place)
            if far > FARTHEST:
                return None
        return float(brentq(lambda x: self._lost(x, share) - ONE_SIDED_95, place, far, xtol=1e-4))

    def _lost(self, place: float, share: float) -> float:
        """Twice the log-likelihood that the best curve through (place, share) falls short of the best one."""
        level, aside = _logit(share), self._x - place
        steepest = 20 * max(self.slope, 1.0)
        best = minimize_scalar(
            lambda b: -_loglike(level + b * aside, self._hit), bounds=(0.0, steepest), method="bounded"
        )
        return float(2 * (self.best + best.fun))


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _loglike(logits: Array, hit: NDArray[np.bool_]) -> float:
    """Of hits and misses; ln expit without overflow."""
    return float(-np.logaddexp(0, np.where(hit, -logits, logits)).sum())
