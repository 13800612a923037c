"""The Cramer-Rao bound: how well a size can be told from noisy pixels at all, by the Fisher information of the model.

A pixel is the shape's coverage through blur and pixel box, times the contrast, plus independent noise of variance
noise² + 1/12 (rounding). For unbiased estimates, cov >= F^-1 with F = J'J / variance, J the derivatives of all pixels
by the parameters (Kay, Fundamentals of Statistical Signal Processing: Estimation Theory, 1993, eq. 3.31).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cvinspect.bench.cells import Condition
from cvinspect.bench.render import coverage
from cvinspect.bench.shapes import Shape, disk, stroke

Array = NDArray[np.float64]

STEP_PX = 0.1  # wide enough to step over the samples, narrow against the blur
AROUND_PX = 8
FINE = 8
ROUNDING_VARIANCE = 1 / 12


@cache
def disk_bound(diameter_px: float, seen: Condition, phases: int = 6) -> float:
    """Least standard deviation of a disk's diameter, px: contrast, place and radius unknown, blur and ground known."""

    def picture(values: Array) -> Array:
        contrast, x, y, diameter = values
        return np.asarray(contrast * _on(disk(diameter), (x, y), 0.0, seen, diameter_px))

    rng = np.random.default_rng(0)
    start = [[seen.contrast_gray, *rng.uniform(-0.5, 0.5, 2), diameter_px] for _ in range(phases)]
    return _root_mean([_bound(picture, np.array(values), seen)[3] for values in start])


@cache
def line_bound(length_px: float, width_px: float, seen: Condition, phases: int = 4) -> dict[str, float]:
    """Least standard deviations of a straight line's length and width, px: contrast, width, length, place, angle and
    the ground's level unknown, blur known."""

    def picture(values: Array) -> Array:
        contrast, width, length, x, y, angle, offset = values
        return np.asarray(offset + contrast * _on(stroke(length, width), (x, y), angle, seen, length_px))

    rng = np.random.default_rng(0)
    bounds = []
    for _ in range(phases):
        place, angle = rng.uniform(-0.5, 0.5, 2), rng.uniform(0, math.pi)
        values = np.array([seen.contrast_gray, width_px, length_px, *place, angle, 0.0])
        bounds.append(_bound(picture, values, seen, turn=5, arm=length_px / 2))
    return {"width": _root_mean([one[1] for one in bounds]), "length": _root_mean([one[2] for one in bounds])}


def _on(shape: Shape, middle: tuple[float, float], angle: float, seen: Condition, size_px: float) -> Array:
    """Its coverage on pixels (n, n) around the origin."""
    half = math.ceil(size_px / 2) + AROUND_PX
    picture = np.zeros((2 * half + 1, 2 * half + 1))
    (x, y), share = coverage(shape, (middle[0] + half, middle[1] + half), angle, seen.psf_px, FINE)
    top, left = max(-y, 0), max(-x, 0)
    part = share[top : picture.shape[0] - y, left : picture.shape[1] - x]
    picture[max(y, 0) :, max(x, 0) :][: part.shape[0], : part.shape[1]] = part
    return picture


def _bound(
    picture: Callable[[Array], Array], values: Array, seen: Condition, turn: int | None = None, arm: float = 1.0
) -> Array:
    """The standard deviations of all parameters; the step of an angle (index `turn`) moves its `arm` by STEP_PX."""
    steps = np.full(len(values), STEP_PX)
    if turn is not None:
        steps[turn] /= arm
    slopes = [
        (picture(values + step * unit) - picture(values - step * unit)).ravel() / (2 * step)
        for step, unit in zip(steps, np.eye(len(values)), strict=True)
    ]
    jacobian = np.stack(slopes, axis=1)
    fisher = jacobian.T @ jacobian / (seen.noise_gray**2 + ROUNDING_VARIANCE)
    return np.asarray(np.sqrt(np.diag(np.linalg.inv(fisher))))


def _root_mean(deviations: list[float]) -> float:
    """The root of the mean variance."""
    return float(np.sqrt(np.mean(np.square(deviations))))
