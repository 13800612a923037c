"""The undisturbed surface behind the imperfections: fits and fills on small (1/8) pictures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.model import Placement

Floats = NDArray[np.float32]
Mask = NDArray[np.uint8]

_SAMPLES = 2500
_ROUNDS = 12


def face_mask(placement: Placement, size: tuple[int, int]) -> Mask | None:
    """255 on the pixels of any face, 0 elsewhere, (H, W); None where the faces cover all of `size` (width, height)."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    for outline in placement.outlines_px:
        points = np.clip(np.asarray(outline, float), -1e6, 1e6)
        if len(points) >= 3:
            cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, shift=4)
    return None if mask.min() == 255 else mask


def smooth_surface(values: Floats, valid: Mask) -> Floats:
    """The quartic surface through most of `values` (H, W), fitted to the valid cells with least absolute deviations.

    Least absolute deviations (by iterated weights) follow the majority, so an object of any size that covers less
    than about a quarter of the face does not bend the surface.
    """
    rows, columns = np.nonzero(valid)
    if not rows.size:
        return np.full(values.shape, np.median(values), np.float32)
    step = max(1, rows.size // _SAMPLES)
    rows, columns = rows[::step], columns[::step]
    target = values[rows, columns].astype(np.float64)
    x_axis, y_axis = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in values.shape[::-1])
    order = 4 if rows.size >= 200 else 1 if rows.size >= 20 else 0
    powers = [(i, j) for i in range(order + 1) for j in range(order + 1 - i)]
    terms = np.stack([x_axis[columns] ** i * y_axis[rows] ** j for i, j in powers], axis=1)
    weights = np.ones(target.size)
    for _ in range(_ROUNDS):
        weighted = terms * weights[:, None]
        ridge = 1e-6 * target.size * np.eye(len(powers))
        factors = np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ target)
        weights = 1.0 / np.maximum(np.abs(target - terms @ factors), 0.3)
        weights /= weights.mean()
    grid = np.zeros((order + 1, order + 1))
    for (i, j), factor in zip(powers, factors, strict=True):
        grid[i, j] = factor
    surface = np.vander(y_axis, order + 1, increasing=True) @ grid.T @ np.vander(x_axis, order + 1, increasing=True).T
    return surface.astype(np.float32)


def filled(values: Floats, valid: Floats) -> Floats:
    """`values` (H, W) where `valid` is 1; elsewhere continued smoothly from around (averages of ever coarser grids)."""
    if not valid.any():
        return np.zeros_like(values)
    return _continued(values * valid, valid)


def _continued(total: Floats, weight: Floats) -> Floats:
    known = total / np.maximum(weight, 1e-6)
    if weight.min() > 0 or max(weight.shape) == 1:
        return known
    height, width = weight.shape
    small = ((width + 1) // 2, (height + 1) // 2)
    coarse = _continued(
        cv2.resize(total, small, interpolation=cv2.INTER_AREA).reshape(small[::-1]),
        cv2.resize(weight, small, interpolation=cv2.INTER_AREA).reshape(small[::-1]),
    )
    wide = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).reshape(weight.shape)
    return np.where(weight > 0, known, wide)
