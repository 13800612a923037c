"""The undisturbed surface behind the imperfections: fits and fills on small (1/8) pictures."""

from __future__ import annotations

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.polynomial.polynomial import polyval2d
from numpy.typing import NDArray

from cvinspect.model import Placement

Floats = NDArray[np.float32]
Mask = MatLike
Factors = NDArray[np.float64]

_SAMPLES = 1200
_ROUNDS = 6
_NOTHING = np.zeros((0, 0))  # to be added to a product
_LARGE = 128  # cells a side


def face_mask(placement: Placement, size: tuple[int, int]) -> Mask | None:
    """255 on the pixels of any face, 0 elsewhere, (H, W); None where the faces cover all of `size` (width, height)."""
    if any(_covers(np.asarray(outline, float), size) for outline in placement.outlines_px):
        return None
    mask = np.zeros((size[1], size[0]), np.uint8)
    for outline in placement.outlines_px:
        points = np.clip(np.asarray(outline, float), -1e6, 1e6)
        if len(points) >= 3:
            cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, shift=4)
    return None if mask.min() == 255 else mask


def _covers(outline: Factors, size: tuple[int, int]) -> bool:
    """Whether it is an upright rectangle around all pixels."""
    upright = ((outline == np.roll(outline, 1, axis=0)).sum(axis=1) == 1).all()
    if len(outline) != 4 or not upright or len({*map(tuple, outline.tolist())}) != 4:
        return False
    return bool((outline.min(axis=0) <= 0).all() and (outline.max(axis=0) >= np.array(size) - 1).all())


def smooth_surface(values: Floats, valid: Mask) -> Floats:
    """The smooth surface through most of `values` (H, W), fitted to the valid cells with least absolute deviations.

    Least absolute deviations (by iterated weights) follow the majority, so a large object does not bend the surface:
    first a quadric, then, where no more than 15 % of the cells stand out of that, a quartic; in a large picture one of
    the sixth order, which a lamp's dark corners need and whose waves are still wider than any dent.
    """
    places = np.flatnonzero(valid.ravel() > 0)
    if places.size < 20:
        return np.full(values.shape, np.median(values[valid > 0]) if places.size else np.median(values), np.float32)
    rows, columns = np.divmod(places[:: max(1, places.size // _SAMPLES)], values.shape[1])
    target = values[rows, columns].astype(np.float64)
    axes = [np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in values.shape]
    quadric = _fitted(target, axes[1][columns], axes[0][rows], 2)
    residual = np.abs(target - _at(quadric, axes[1][columns], axes[0][rows]))
    plain = residual <= max(6 * 1.4826 * float(np.median(residual)), 3.0)
    best = quadric
    if rows.size >= 200 and plain.mean() >= 0.85:
        order = 6 if min(values.shape) >= _LARGE else 4
        best = _fitted(target[plain], axes[1][columns][plain], axes[0][rows][plain], order, residual[plain])
    across, down = (np.vander(axis, len(best), increasing=True) for axis in axes[::-1])
    return np.asarray(down @ best.T @ across.T, np.float32)


def _at(factors: Factors, x: Factors, y: Factors) -> Factors:
    return np.asarray(polyval2d(x, y, factors))


def _fitted(target: Factors, x: Factors, y: Factors, order: int, residual: Factors | None = None) -> Factors:
    """Factors (order + 1, order + 1) of x**i y**j, i + j <= order, by least absolute deviations.

    residual: sizes of the deviations from a first fit, to begin with.
    """
    powers = [(i, j) for i in range(order + 1) for j in range(order + 1 - i)]
    across, down = (np.vander(axis, order + 1, increasing=True).T for axis in (x, y))
    known = np.stack([*(across[i] * down[j] for i, j in powers), target], axis=1)
    terms = np.ascontiguousarray(known[:, :-1])
    weights = np.ones(target.size) if residual is None else _weights(residual)
    ridge = 1e-9 * target.size * np.eye(len(powers))
    for _ in range(_ROUNDS):
        # all products at once, and by OpenCV: BLAS would start threads for them
        normal = cv2.gemm(known * weights[:, None], known, 1.0, _NOTHING, 0.0, flags=cv2.GEMM_1_T)
        found = np.linalg.solve(normal[:-1, :-1] + ridge, normal[:-1, -1])
        weights = _weights(np.abs(target - cv2.gemm(terms, found[:, None], 1.0, _NOTHING, 0.0).ravel()))
    factors = np.zeros((order + 1, order + 1))
    for (i, j), factor in zip(powers, found, strict=True):
        factors[i, j] = factor
    return factors


def _weights(residual: Factors) -> Factors:
    weights = 1.0 / np.maximum(residual, 0.3)
    return np.asarray(weights / weights.mean())


def filled(values: Floats, valid: Floats) -> Floats:
    """`values` (H, W) where `valid` is 1; elsewhere continued smoothly from around (averages of ever coarser grids)."""
    if not valid.any():
        return np.zeros_like(values)
    return _continued(values * valid, valid)


def _continued(total: Floats, weight: Floats) -> Floats:
    known = np.asarray(total / np.maximum(weight, 1e-6), np.float32)
    if weight.min() > 0 or max(weight.shape) == 1:
        return known
    height, width = weight.shape
    small = ((width + 1) // 2, (height + 1) // 2)
    coarse = _continued(
        cv2.resize(total, small, interpolation=cv2.INTER_AREA).reshape(small[::-1]),
        cv2.resize(weight, small, interpolation=cv2.INTER_AREA).reshape(small[::-1]),
    )
    wide = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).reshape(weight.shape)
    return np.asarray(np.where(weight > 0, known, wide), np.float32)
