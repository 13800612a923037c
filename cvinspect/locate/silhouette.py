"""The part against its ground: a threshold that the picture itself tells, and the contour of what stands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.model import Points

Ground = Literal["auto", "dark", "bright"]

SMALL_PX = 500  # the longer side at which a silhouette is looked for: nothing of a part's shape is lost there
LEAST_CONTRAST_GRAY = 10.0
LEAST_CONTRAST_NOISE = 4.0
LEAST_SHARE = 1e-3  # of the picture: what is smaller is no part


@dataclass(frozen=True, slots=True, eq=False)
class Silhouette:
    """One connected piece that stands out: its outer contour (N, 2) in frame px, in steps of `step_px`."""

    contour_px: Points
    area_px2: float
    touches_border: bool


@dataclass(frozen=True, slots=True, eq=False)
class Segmented:
    """A frame parted in two. sign: +1 where the part is brighter than the ground, -1 darker."""

    pieces: tuple[Silhouette, ...]
    sign: int
    contrast_gray: float
    step_px: int


def segmented(gray: MatLike, ground: Ground = "auto") -> Segmented:
    """The pieces that stand out of the ground, the largest first; none where nothing does.

    The threshold parts the grey levels best (Otsu, 1979) at a reduced size. What the ground is, dark or bright, is
    told by the frame's border where the recipe does not say.
    """
    small, step = _reduced(gray)
    smooth = cv2.GaussianBlur(small, (0, 0), 1.0)
    level, mask = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    contrast = _contrast_gray(smooth, int(level))
    if contrast < max(LEAST_CONTRAST_GRAY, LEAST_CONTRAST_NOISE * _noise_gray(small)):
        return Segmented((), 1, contrast, step)
    sign = {"dark": 1, "bright": -1}.get(ground) or (-1 if _border(mask).mean() > 127 else 1)
    pieces = _pieces(mask if sign > 0 else cv2.bitwise_not(mask), step)
    return Segmented(pieces, sign, contrast, step)


def _reduced(gray: MatLike) -> tuple[MatLike, int]:
    """The picture halved as often as its size allows, and by how much."""
    step = 1
    while max(gray.shape) > 2 * SMALL_PX and min(gray.shape) >= 64:
        gray = cv2.resize(gray, (gray.shape[1] // 2, gray.shape[0] // 2), interpolation=cv2.INTER_AREA)
        step *= 2
    return gray, step


def _contrast_gray(smooth: MatLike, level: int) -> float:
    """Between the medians of what is above and what is not above the level; 0 where all is on one side."""
    counts = np.bincount(smooth.ravel(), minlength=256)
    sides = [counts[: level + 1], counts[level + 1 :]]
    if not all(side.sum() for side in sides):
        return 0.0
    below, above = (int(np.searchsorted(np.cumsum(side), side.sum() / 2)) for side in sides)
    return float(above + level + 1 - below)


def _noise_gray(small: MatLike) -> float:
    """Noise sigma of the reduced picture, from differences of its neighbours."""
    return 1.4826 * float(np.median(np.abs(np.diff(small[::8].astype(np.float32), axis=1)))) / 2**0.5


def _border(mask: MatLike) -> NDArray[np.uint8]:
    return np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])


def _pieces(mask: MatLike, step: int) -> tuple[Silhouette, ...]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    least = LEAST_SHARE * mask.size
    areas = [(cv2.contourArea(contour), np.asarray(contour[:, 0], np.float64)) for contour in contours]
    kept = sorted((pair for pair in areas if pair[0] >= least), key=lambda pair: -pair[0])
    return tuple(_silhouette(contour, area, mask.shape[:2], step) for area, contour in kept)


def _silhouette(contour: Points, area: float, shape: tuple[int, ...], step: int) -> Silhouette:
    at_border = (contour == 0).any() or (contour == (shape[1] - 1, shape[0] - 1)).any()
    return Silhouette((contour + 0.5) * step - 0.5, area * step**2, bool(at_border))
