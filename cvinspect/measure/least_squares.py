"""Least squares with what is known beforehand: a few parameters, slopes at hand (Levenberg and Marquardt)."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ROUNDS = 30
_ENOUGH = 0.04  # of chi²: the last step moves no value by more than a fifth of its uncertainty, a next one far less
_GIVE_UP = 1e8


def standard(variance: float) -> float:
    """The standard uncertainty of a variance. Raises LinAlgError where the pixels do not tell the value."""
    if not 0 <= variance < inf:
        raise np.linalg.LinAlgError(f"variance {variance}: these pixels do not tell the value")
    return sqrt(variance)


def least_squares(
    weighed: Callable[[Floats], tuple[Floats, Floats]], start: Floats, prior: Floats, least: Floats
) -> tuple[Floats, Floats, float]:
    """The values (n,) that fit best, their normal matrix (n, n) without the prior, and chi² without the prior.

    weighed: gives slopes (N, n) and residuals (N,) at values (n,), both over the noise. prior: (n,) 1 / variance of
    what is known of each value beforehand, which is `start`. least: (n,) no value goes below it. Raises LinAlgError
    where the pixels do not tell the values apart.
    """
    values, damping = start, 0.0
    slopes, left = weighed(values)
    cost = float(left @ left)
    for _ in range(_ROUNDS):
        normal, pull = slopes.T @ slopes, slopes.T @ left + prior * (start - values)
        eased = normal.copy()
        eased.flat[:: len(start) + 1] += prior + damping * normal.diagonal() + 1e-12
        step = np.linalg.solve(eased, pull)
        tried = np.maximum(values + step, least)
        if float(pull @ (tried - values)) < _ENOUGH:
            return tried, normal, float(left @ left)
        next_slopes, next_left = weighed(tried)
        next_cost = float(next_left @ next_left + prior @ (tried - start) ** 2)
        if next_cost <= cost:
            values, slopes, left, cost, damping = tried, next_slopes, next_left, next_cost, damping / 10
        elif damping > _GIVE_UP:
            break
        else:
            damping = max(10 * damping, 1e-3)
    return values, slopes.T @ slopes, float(left @ left)
