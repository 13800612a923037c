"""The sub-pixel contour: where an object stands out by half of its own contrast."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from skimage.measure import find_contours

from cvinspect.measure.patch import Patch
from cvinspect.model import Points

CORE_PX = 12  # pixels away from the edge from which their median is the contrast
ONE_OBJECT = 0.8  # share of all contours' area that one must enclose
PIXEL_VARIANCE = 1 / 12
LEAST_RADIUS2_PX2 = 1.25**2
SMOOTHING = 1.0  # sigma in px of the picture that a small object's peak is read from


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """points: (N, 2) closed, frame px, without the blur's shrinkage undone. contrast_gray: above the plane, positive.

    u_contrast_gray: its standard uncertainty. blur2_px2: squared sigma of smoothing added here. slope_gray: median
    rise per px at the contour. plateau: the contrast is seen on a plateau; False: inferred from peak and grey volume.
    resolved: False where the size is the least that can be told, an upper bound.
    """

    points: Points
    contrast_gray: float
    u_contrast_gray: float
    blur2_px2: float
    slope_gray: float
    plateau: bool
    resolved: bool


def half_contour(patch: Patch, psf_sigma_px: float) -> Contour | None:
    """The contour at half contrast; None where there is none, or where the object falls into several."""
    own = patch.own > 0
    calm = cv2.GaussianBlur(patch.deviation, (0, 0), SMOOTHING)
    told = _plateau(patch, calm) or _bump(patch, calm, psf_sigma_px)
    contrast = told.gray
    if contrast <= 0:
        return None
    blur = _smoothing(contrast / patch.noise_gray, _edge_px(calm, own, contrast))
    picture = cv2.GaussianBlur(patch.deviation, (0, 0), blur) if blur else patch.deviation
    inner = np.pad(np.where(own, picture, np.minimum(picture, 0)), 1)
    found: list[Points] = find_contours(inner, contrast / 2)  # type: ignore[no-untyped-call]
    if not found:
        return None
    areas = [abs(polygon_area(contour)) for contour in found]
    best = int(np.argmax(areas))
    if areas[best] < ONE_OBJECT * sum(areas):
        return None
    points = found[best][:-1, ::-1] - 1
    slope = _slope(picture, points)
    return Contour(points + patch.origin, contrast, told.u_gray, blur**2, slope, told.plateau, told.resolved)


@dataclass(frozen=True, slots=True)
class _Contrast:
    gray: float
    u_gray: float
    plateau: bool
    resolved: bool


def _plateau(patch: Patch, calm: MatLike) -> _Contrast | None:
    """The median over the pixels two or more px inside half contrast; None where they are too few."""
    level = float(calm[patch.own > 0].max())
    for _ in range(2):
        solid = np.asarray((calm > level / 2) & (patch.own > 0), np.uint8)
        core = cv2.erode(solid, np.ones((5, 5), np.uint8), borderValue=0) > 0
        count = np.count_nonzero(core)
        if count < CORE_PX:
            return None
        level = float(np.median(patch.deviation[core]))
    return _Contrast(level, 1.25 * patch.noise_gray / float(np.sqrt(count)), True, True)


def _bump(patch: Patch, calm: MatLike, psf_sigma_px: float) -> _Contrast:
    """The contrast of the disk with the object's grey volume and blurred peak.

    The volume keeps contrast x area whatever the blur; a disk's peak is contrast x (1 - exp(-r² / 2 blur²)). Below
    2.5 px size and contrast can no longer be told apart, and the larger size is taken.
    """
    own = patch.own > 0
    peak, volume = float(calm[own].max()), float(patch.deviation[own].sum())
    if peak <= 0:
        return _Contrast(0.0, 0.0, False, False)
    blur2 = psf_sigma_px**2 + PIXEL_VARIANCE + SMOOTHING**2
    radius2 = np.geomspace(LEAST_RADIUS2_PX2, 400.0, 600)
    ratio = np.pi * radius2 / (1 - np.exp(-radius2 / 2 / blur2))
    best = float(np.interp(volume / peak, ratio, radius2))
    gray = peak / (1 - float(np.exp(-best / 2 / blur2)))
    u_volume = patch.noise_gray * float(np.sqrt(np.count_nonzero(own))) / max(volume, 1e-9)
    return _Contrast(gray, gray * float(np.hypot(0.03, min(2.5 * u_volume, 0.5))), False, volume / peak > ratio[0])


def _edge_px(calm: MatLike, own: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], contrast: float) -> float:
    """Width of the edge: the ring between 30 % and 70 % of the contrast over its girth."""
    inner, outer = (np.count_nonzero((calm > share * contrast) & own) for share in (0.7, 0.3))
    return float((outer - inner) / max(np.sqrt(4 * np.pi * (outer + inner) / 2), 1.0))


def _smoothing(contrast_to_noise: float, edge_px: float) -> float:
    """Sigma in px: none on a clear sharp edge, a third of the edge's width on a soft one."""
    need = 0.0 if contrast_to_noise >= 10 else 1.0 if contrast_to_noise >= 4 else 2.0
    return max(need, min(edge_px / 3, 4.0)) if edge_px > 4 else need


def _slope(picture: MatLike, points: Points) -> float:
    rows, columns = np.gradient(cv2.GaussianBlur(picture, (0, 0), 0.7))
    at = np.clip(np.round(points).astype(int), 0, np.array(picture.shape[::-1]) - 1)
    return max(float(np.median(np.hypot(rows, columns)[at[:, 1], at[:, 0]])), 1e-3)


def polygon_area(points: Points) -> float:
    """Signed area of a closed polygon (N, 2)."""
    x, y = (points - points[0]).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def girth(points: Points) -> float:
    """Length of a closed polygon (N, 2)."""
    return float(np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).sum())


def max_dimension(points: Points) -> float:
    """The largest distance between two points (maximum Feret diameter), over their convex hull."""
    hull = cv2.convexHull(points.astype(np.float32)).reshape(-1, 2).astype(np.float64)
    return float(np.linalg.norm(hull[:, None] - hull[None], axis=2).max())


def axis_sides(points: Points) -> tuple[float, float]:
    """Extents along and across the principal axis of the enclosed area."""
    moments = cv2.moments((points - points.mean(axis=0)).astype(np.float32))
    angle = 0.5 * np.arctan2(2 * moments["mu11"], moments["mu20"] - moments["mu02"])
    along = points @ np.array([np.cos(angle), np.sin(angle)])
    across = points @ np.array([-np.sin(angle), np.cos(angle)])
    return float(np.ptp(along)), float(np.ptp(across))


def rectangle(points: Points) -> tuple[float, float]:
    """Long and short side of the smallest rectangle around the points."""
    sides = cv2.minAreaRect(points.astype(np.float32))[1]
    return float(max(sides)), float(min(sides))
