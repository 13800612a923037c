"""A plane as a lens shows it: a homography, and on top a smooth polynomial in the picture. For prediction only."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.projection import Points

_ROUNDS = 4
_FAR_OFF = 6.0  # times the usual deviation
_FEWEST = 8
_HORIZON = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Bent:
    """From the plane's mm to px: the homography (3, 3), then the polynomial (K, 2) about center_px, in units of
    scale_px.
    """

    homography: NDArray[np.float64]
    polynomial: NDArray[np.float64]
    center_px: Points
    scale_px: float

    def __call__(self, points_mm: Points) -> Points:
        """Points (N, 2) in mm to px."""
        flat = _mapped(self.homography, points_mm)
        if not len(self.polynomial):
            return flat
        return flat + _terms((flat - self.center_px) / self.scale_px, len(self.polynomial)) @ self.polynomial

    def curves(self, points_mm: Points, way_mm: Points) -> NDArray[np.float64]:
        """(N,) 1/px: how much the images of straight lines bend at points along way_mm, both (N, 2); positive to the
        right of the way in the picture (y down), which is (-y, x) of the way's direction (x, y).
        """
        before, here, after = (self(points_mm + share * way_mm) for share in (-1.0, 0.0, 1.0))
        along, bend = (after - before) / 2, after - 2 * here + before
        cross = along[:, 0] * bend[:, 1] - along[:, 1] * bend[:, 0]
        return np.asarray(cross / np.linalg.norm(along, axis=1) ** 3)


def fit_bent(points_mm: Points, points_px: Points, slack_px: float = 0.15) -> tuple[Bent, NDArray[np.bool_]]:
    """The map from at least three pairs (N, 2), and which of them (N,) are no gross errors: those do not pull it.

    A pair that deviates by no more than slack_px is no gross error, however little the others deviate.
    """
    good = np.ones(len(points_mm), bool)
    for _ in range(_ROUNDS):
        bent = _fit(points_mm[good], points_px[good])
        off = np.linalg.norm(bent(points_mm) - points_px, axis=1)
        still = off <= max(_FAR_OFF * 1.4826 * float(np.median(off)), slack_px)
        if (still == good).all() or still.sum() < min(_FEWEST, len(points_mm)):
            break
        good = still
    return bent, good


def _fit(points_mm: Points, points_px: Points) -> Bent:
    homography = _homography(points_mm, points_px)
    flat = _mapped(homography, points_mm)
    center = flat.mean(axis=0)
    scale = float(np.abs(flat - center).max()) or 1.0
    count = _count(points_mm)
    terms = _terms((flat - center) / scale, count)
    polynomial = np.linalg.lstsq(terms, points_px - flat, rcond=None)[0] if count else np.empty((0, 2))
    return Bent(homography, np.asarray(polynomial, np.float64), center, scale)


def _homography(points_mm: Points, points_px: Points) -> NDArray[np.float64]:
    """The best one; of three points, or points in one line, of which there is none, an affine map."""
    found = cv2.findHomography(points_mm, points_px, 0)[0] if len(points_mm) > 3 else None
    if found is not None and np.isfinite(found).all():
        return np.asarray(found, np.float64)
    terms = np.column_stack([points_mm, np.ones(len(points_mm))])
    return np.vstack([np.linalg.lstsq(terms, points_px, rcond=None)[0].T, [0.0, 0.0, 1.0]])


def _count(points_mm: Points) -> int:
    """How many terms the points can carry: of the fifth, third or no degree."""
    across = min(len(np.unique(np.round(points_mm[:, axis], 6))) for axis in (0, 1))
    if len(points_mm) >= 100 and across >= 8:
        return 21
    return 10 if len(points_mm) >= 24 and across >= 4 else 0


def _terms(at: Points, count: int) -> NDArray[np.float64]:
    """(N, count) 1, x, y, xx, xy, yy ..., degree by degree."""
    x, y = at[:, 0], at[:, 1]
    powers = [(degree - down, down) for degree in range(6) for down in range(degree + 1)][:count]
    return np.stack([x**right * y**down for right, down in powers], axis=1) if powers else np.empty((len(at), 0))


def _mapped(homography: NDArray[np.float64], points: Points) -> Points:
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    depth = mapped[:, 2:]
    return np.asarray(mapped[:, :2] / np.where(np.abs(depth) < _HORIZON, _HORIZON, depth))
