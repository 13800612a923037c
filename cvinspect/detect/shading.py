"""What tells soft shading from a sharp object: how long its edges take to rise, and a bright lobe beside a dark one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cvinspect.detect.components import Contour, Piece, box_of, pieces_above, pixel_count
from cvinspect.detect.ground import Mask
from cvinspect.detect.surface import Surface

MARGIN = 4  # cells around an object: as far as its own edges reach
OPPOSITE_SIGMAS = 5.0  # from which a lobe of the other sign is no noise
BESIDE = 2  # cells: how far the two lobes of one dent may be apart
ALIKE = 8.0  # and how much larger one may be
_SHARP_PX = {2: 5.7, 4: 10.5}  # what a sharp edge takes to rise, lightly smoothed, by px per cell


@dataclass(frozen=True, slots=True)
class Relief:
    """softness: how long it takes from its darkest to its brightest, over what a sharp edge takes. opposite: its lesser
    lobe over its greater one (0: all darker, or all brighter, than its neighbourhood)."""

    softness: float
    opposite: float


@dataclass(frozen=True, slots=True, eq=False)
class Shading:
    """The deviation from the neighbourhood at a lower resolution.

    scale: px per cell. picture: the lightly smoothed means of scale x scale px. deviation: signed, grey levels, int16,
    0 outside the faces. noise_gray: its sigma.
    """

    scale: int
    picture: Mask
    deviation: NDArray[np.int16]
    noise_gray: float

    def relief(self, contour: Contour) -> Relief:
        """How the object within `contour` (N, 2), in cells, is shaded."""
        x, y, wide, high = box_of(contour)
        rows, columns = slice(max(y - MARGIN, 0), y + high + MARGIN), slice(max(x - MARGIN, 0), x + wide + MARGIN)
        axes, scale = ((1, 0), (0, 1)), 1 / (8 * self.scale)
        slopes = [cv2.Sobel(self.picture[rows, columns], cv2.CV_32F, *axis, ksize=3, scale=scale) for axis in axes]
        steepest = max(float(cv2.magnitude(*slopes).max()), 1e-3)
        deviation = self.deviation[rows, columns]
        bright, dark = max(float(deviation.max()), 0.0), max(-float(deviation.min()), 0.0)
        lesser = min(bright, dark)
        opposite = lesser / max(bright, dark) if lesser > OPPOSITE_SIGMAS * self.noise_gray else 0.0
        return Relief((bright + dark) / steepest / _SHARP_PX[self.scale], opposite)

    def objects(self, low: float, high: float) -> Iterator[tuple[Contour, float]]:
        """What deviates by more than `high`, as far as `low`, in cells, with its peak; lobes side by side are one."""
        zero = np.zeros(1, np.int16)
        bright, dark = (
            pieces_above(cv2.convertScaleAbs(clipped(self.deviation, zero)), low, high, None)
            for clipped in (np.maximum, np.minimum)
        )
        group = list(range(len(bright) + len(dark)))
        for one, other in _beside(bright, dark):
            group = [group[one] if at == group[len(bright) + other] else at for at in group]
        pieces = [*bright, *dark]
        for at in dict.fromkeys(group):
            own = [piece for piece, its in zip(pieces, group, strict=True) if its == at]
            contours = [piece.contour for piece in own]
            peak = max(piece.peak for piece in own)
            hull = cv2.convexHull(np.concatenate(contours)).reshape(-1, 2)
            yield contours[0] if len(own) == 1 else np.asarray(hull, np.int32), peak


def shading(surface: Surface, scale: int) -> Shading:
    """The surface at 1 / scale (2 or 4) of the resolution."""
    picture = cv2.GaussianBlur(surface.half if scale == 2 else surface.quarter, (3, 3), 0)
    level = cv2.resize(surface.local, picture.shape[::-1], interpolation=cv2.INTER_LINEAR)
    deviation = np.asarray(cv2.subtract(picture, level, dtype=cv2.CV_16S), np.int16)
    inside = surface.deep(scale)
    if inside is not None:
        deviation[inside == 0] = 0
    noise = surface.sharp_half_noise_gray if scale == 2 else surface.sharp_quarter_noise_gray
    return Shading(scale, picture, deviation, noise)


def _beside(bright: list[Piece], dark: list[Piece]) -> Iterator[tuple[int, int]]:
    """Which bright and dark pieces lie side by side and are of like size: the two sides of one dent."""
    if not bright or not dark:
        return
    one, other = (np.array([(*box[:2], box[0] + box[2], box[1] + box[3]) for box in boxes]) for boxes in (
        [piece.box for piece in bright], [piece.box for piece in dark]))  # fmt: skip
    gap = np.maximum(one[:, None, :2] - other[None, :, 2:], other[None, :, :2] - one[:, None, 2:]).max(axis=2)
    counts = [np.array([pixel_count(piece.contour) for piece in pieces]) for pieces in (bright, dark)]
    ratio = counts[0][:, None] / counts[1][None]
    for i, j in np.argwhere((gap <= BESIDE) & (ratio <= ALIKE) & (ratio >= 1 / ALIKE)):
        if _gap(bright[i], dark[j]) <= BESIDE + 1:
            yield int(i), int(j)


def _gap(one: Piece, two: Piece) -> float:
    """The distance between two contours' points, cells."""
    near = []
    for piece, other in ((one, two), (two, one)):
        low = np.array(other.box[:2]) - BESIDE - 1
        high = low + other.box[2:] + 2 * BESIDE + 2
        near.append(piece.contour[((piece.contour >= low) & (piece.contour <= high)).all(axis=1)])
    if not len(near[0]) or not len(near[1]):
        return np.inf
    return float(cKDTree(near[0]).query(near[1])[0].min())
