"""How sharp and how noisy a picture is, told by the target in it.

The blur comes from the target's own edges: a Gaussian step is fitted to each, the pixel's square (1/12 px²) taken out.
The noise comes from the target's flat parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find import Found
from cvinspect.calibration.find.bent import Bent, fit_bent
from cvinspect.calibration.find.dots import gaps_px, seen_disks
from cvinspect.calibration.find.edges import fit_edges
from cvinspect.calibration.find.ellipses import fit_ellipses
from cvinspect.calibration.find.fitting import PIXEL_VARIANCE_PX2
from cvinspect.calibration.noise import flat_parts, noise_model
from cvinspect.calibration.target import Pattern, Target
from cvinspect.errors import CalibrationError

Array = NDArray[np.float64]

_MOST_EDGES, _FEWEST_EDGES = 160, 4
_BAND, _SKIP = 4.5, 3.0  # sigmas to either side of an edge, and left out at its ends
_NEXT, _LEAST_BAND = 2.5, 2.0  # sigmas kept from what is printed next; but at least so many are looked at
_ROUGH, _FAINT = 3.0, 0.5  # of the usual: a residual that is too large, a contrast that is too small
_LEAST_SIGMA_PX = 0.1


@dataclass(frozen=True, slots=True)
class Seen:
    """The optics' blur and the camera's noise.

    psf_sigma_px: of the Gaussian blur without the pixel's square; u_psf_sigma_px: how much that differs from edge to
    edge over the field and its directions, one standard deviation. white_gray, black_gray: the target's levels.
    noise_gray: standard deviation of a pixel midway between them; the variance at any grey level g is
    noise_variance_at_0 + g * noise_variance_per_gray, rounding to whole levels included. saturated_share: of the pixels
    between the target's points, how many are 0 or 255.
    """

    psf_sigma_px: float
    u_psf_sigma_px: float
    white_gray: float
    black_gray: float
    noise_gray: float
    noise_variance_at_0: float
    noise_variance_per_gray: float
    saturated_share: float


def look(gray: NDArray[np.uint8], target: Target, found: Found) -> Seen:
    """Blur and noise of gray (H, W), in which the target's points were found.

    Raises CalibrationError where too few of its edges can be measured.
    """
    bent, _ = fit_bent(target.points_mm[found.ids], found.points_px)
    rims = (_rims if target.pattern.is_dots else _sides)(gray, target, found, bent).clear()
    if len(rims.sigma_px) < _FEWEST_EDGES:
        raise CalibrationError(f"target {target.word}: only {len(rims.sigma_px)} edges can be measured for their blur")
    sigmas = np.sqrt(np.maximum(rims.sigma_px**2 - PIXEL_VARIANCE_PX2, _LEAST_SIGMA_PX**2))
    sigma, white, black, total, left = (
        float(np.median(values)) for values in (sigmas, rims.white_gray, rims.black_gray, rims.sigma_px, rims.rms_gray)
    )
    hull = np.zeros(gray.shape, np.uint8)
    cv2.fillConvexPoly(hull, np.rint(cv2.convexHull(found.points_px.astype(np.float32))).astype(np.int32), 1)
    flat = flat_parts(gray, hull, target, bent, total, white)
    at_0, per_gray = noise_model(gray, flat, (white + black) / 2, left**2)
    return Seen(
        psf_sigma_px=sigma,
        u_psf_sigma_px=1.4826 * float(np.median(np.abs(sigmas - sigma))),
        white_gray=white,
        black_gray=black,
        noise_gray=float(np.sqrt(max(at_0 + per_gray * (white + black) / 2, 0.0))),
        noise_variance_at_0=at_0,
        noise_variance_per_gray=per_gray,
        saturated_share=float(((gray == 0) | (gray == 255))[hull > 0].mean()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Rims:
    """Total blur, both levels and what the fit leaves, of edges (N,)."""

    sigma_px: Array
    white_gray: Array
    black_gray: Array
    rms_gray: Array

    def clear(self) -> _Rims:
        """Those with the contrast of the rest that are no more disturbed than the rest."""
        if not len(self.rms_gray):
            return self
        contrast = self.white_gray - self.black_gray
        good = (self.rms_gray < _ROUGH * np.median(self.rms_gray) + 1) & (contrast > _FAINT * np.median(contrast))
        return _Rims(*(getattr(self, name)[good] for name in self.__slots__))


def _some(count: int) -> NDArray[np.int64]:
    """The numbers of at most _MOST_EDGES of so many, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_EDGES)).astype(np.int64))


def _sides(gray: NDArray[np.uint8], target: Target, found: Found, bent: Bent) -> _Rims:
    """Along the lines between neighbouring corners."""
    begin, end = (ends[_some(len(ends))] for ends in _neighbours(target, found))
    if not len(begin):
        return _Rims(*np.empty((4, 0)))
    begin_mm, end_mm = target.points_mm[found.ids[begin]], target.points_mm[found.ids[end]]
    bend = bent.curves((begin_mm + end_mm) / 2, (end_mm - begin_mm) / 2)
    begin_px, end_px = found.points_px[begin], found.points_px[end]
    length, sigma = np.linalg.norm(end_px - begin_px, axis=1), 1.0
    for _ in range(3):
        clear = np.maximum(length * _free(target) - _NEXT * sigma, _LEAST_BAND * sigma)
        skip, band = np.minimum(_SKIP * sigma, length / 4), np.minimum(_BAND * sigma, clear)
        edges = fit_edges(gray, begin_px, end_px, bend, skip, band)
        sigma = float(np.median(edges.sigma_px))
    levels = np.stack([edges.left_gray, edges.right_gray])
    return _Rims(edges.sigma_px, levels.max(axis=0), levels.min(axis=0), edges.rms_gray)


def _free(target: Target) -> float:
    """How far beside an edge nothing else is printed, in lengths of the edge."""
    if target.pattern is Pattern.CHARUCO:
        return (target.pitch_mm - target.detail_mm) / 2 / target.pitch_mm
    return min(0.5, target.detail_mm / target.pitch_mm) if target.pattern is Pattern.SQUARES else 0.5


def _neighbours(target: Target, found: Found) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of the found points are the two ends of a printed edge."""
    columns, rows = target.grid
    where = np.full(columns * rows, -1)
    where[found.ids] = np.arange(len(found.ids))
    grid = where.reshape(rows, columns)
    step = 2 if target.pattern is Pattern.SQUARES else 1
    across = np.stack([grid[:, :-1:step].ravel(), grid[:, 1::step].ravel()], axis=1)
    down = np.stack([grid[:-1:step].ravel(), grid[1::step].ravel()], axis=1)
    pairs = np.concatenate([across, down])
    begin, end = pairs[(pairs >= 0).all(axis=1)].T
    return begin, end


def _rims(gray: NDArray[np.uint8], target: Target, found: Found, bent: Bent) -> _Rims:
    """Around the disks."""
    some = _some(len(found.ids))
    rough = seen_disks(target, bent, found.ids[some])
    fitted = fit_ellipses(gray, rough, gaps_px(target, rough))
    return _Rims(fitted.sigma_px, fitted.white_gray, fitted.black_gray, fitted.rms_gray)
