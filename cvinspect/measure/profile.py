"""A line's profile: a box of one contrast and width, seen through the blur of optics and pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SAMPLING_VARIANCE = 1 / 12  # the pixel's own box; cubic interpolation adds nothing to speak of
_ROUNDS = 20
_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class Profile:
    """Contrast and width of the box; residual_gray: rms misfit; u_psf_px: what an uncertain blur does to the width."""

    contrast_gray: float
    width_px: float
    residual_gray: float
    u_psf_px: float


def fit_profile(across_px: Floats, rise_gray: Floats, width_px: float, psf_sigma_px: float, u_psf_px: float) -> Profile:
    """Least squares of contrast, width, place and offset to a mean profile, from a first guess of the width."""
    best = _fit(across_px, rise_gray, width_px, psf_sigma_px)
    blurs = (max(psf_sigma_px - u_psf_px, 0.1), psf_sigma_px + u_psf_px)
    others = [_fit(across_px, rise_gray, best[1] + 2, blur)[1] for blur in blurs]
    misfit = rise_gray - _box(across_px, best, psf_sigma_px)
    residual = float(np.sqrt(np.mean(misfit**2)))
    return Profile(float(best[0]), float(best[1]), residual, float(np.abs(np.array(others) - best[1]).max()))


def _fit(across: Floats, rise: Floats, width: float, psf: float) -> Floats:
    guess = np.array([max(float(rise.max()), 1e-3), max(width - 2.0, 1.0), 0.0, 0.0])
    damping = 1e-3
    error = float(np.sum((rise - _box(across, guess, psf)) ** 2))
    for _ in range(_ROUNDS):
        now = _box(across, guess, psf)
        slopes = np.stack([(_box(across, guess + _STEP * unit, psf) - now) / _STEP for unit in np.eye(4)], axis=1)
        normal = slopes.T @ slopes
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-9), slopes.T @ (rise - now))
        tried = guess + np.clip(step, [-np.inf, -1, -1, -np.inf], [np.inf, 1, 1, np.inf])
        tried[1] = max(tried[1], 0.2)
        better = float(np.sum((rise - _box(across, tried, psf)) ** 2))
        if better < error:
            done = error - better < 1e-6 * error
            guess, error, damping = tried, better, damping / 5
            if done:
                break
        else:
            damping *= 8
    return guess


def _box(across: Floats, values: Floats, psf: float) -> Floats:
    contrast, width, place, offset = values
    sigma = np.sqrt(psf**2 + SAMPLING_VARIANCE)
    edges = [_normal((across - place + side * width / 2) / sigma) for side in (1, -1)]
    return np.asarray(offset + contrast * (edges[0] - edges[1]))


def _normal(x: Floats) -> Floats:
    """The normal distribution function (Abramowitz and Stegun 7.1.26, error under 1e-7)."""
    z = np.abs(x) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = series * np.exp(-z * z) / 2
    return np.asarray(np.where(x >= 0, 1 - tail, tail))
