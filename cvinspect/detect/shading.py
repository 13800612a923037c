"""What tells soft shading from a sharp object: how long its edges take to rise, and a bright lobe beside a dark one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from cvinspect.detect.components import Contour, Piece, box_of, pieces_above, pixel_count
from cvinspect.detect.ground import Mask
from cvinspect.detect.surface import Surface

MARGIN = 4  # cells around an object: as far as its own edges reach
OPPOSITE_SIGMAS = 5.0  # from which a lobe of the other sign is no noise
BESIDE = 2  # cells: how far the two lobes of one dent may be apart
ALIKE = 8.0  # and how much larger one may be
FEW = 100_000  # distances that are faster computed than looked up
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

    scale: px per cell. picture: the lightly smoothed means of scale x scale px. bright, dark: by how much they are
    above and below the neighbourhood, grey levels, 0 outside the faces. noise_gray: the sigma of that.
    """

    scale: int
    picture: Mask
    bright: Mask
    dark: Mask
    noise_gray: float

    def relief(self, contour: Contour) -> Relief:
        """How the object within `contour` (N, 2), in cells, is shaded."""
        x, y, wide, high = box_of(contour)
        rows, columns = slice(max(y - MARGIN, 0), y + high + MARGIN), slice(max(x - MARGIN, 0), x + wide + MARGIN)
        right, down = (np.square(slope, dtype=np.int32) for slope in cv2.spatialGradient(self.picture[rows, columns]))
        steepest = max(float((right + down).max()) ** 0.5 / (8 * self.scale), 1e-3)
        bright, dark = (cv2.minMaxLoc(one[rows, columns])[1] for one in (self.bright, self.dark))
        lesser = min(bright, dark)
        opposite = lesser / max(bright, dark) if lesser > OPPOSITE_SIGMAS * self.noise_gray else 0.0
        return Relief((bright + dark) / steepest / _SHARP_PX[self.scale], opposite)

    def objects(self, low: float, high: float) -> Iterator[tuple[Contour, float]]:
        """What deviates by more than `high`, as far as `low`, in cells, with its peak; lobes side by side are one."""
        bright, dark = (pieces_above(one, low, high, None) for one in (self.bright, self.dark))
        group = list(range(len(bright) + len(dark)))
        for one, other in _beside(bright, dark):
            group = [group[one] if at == group[len(bright) + other] else at for at in group]
        members: dict[int, list[Piece]] = {}
        for piece, at in zip([*bright, *dark], group, strict=True):
            members.setdefault(at, []).append(piece)
        for own in members.values():
            yield _hull([piece.contour for piece in own]), max(piece.peak for piece in own)


def shading(surface: Surface, scale: int) -> Shading:
    """The surface at 1 / scale (2 or 4) of the resolution."""
    picture, ground = surface.smooth_half if scale == 2 else surface.smooth_quarter
    bright, dark = cv2.subtract(picture, ground), cv2.subtract(ground, picture)
    inside = surface.deep(scale)
    if inside is not None:
        bright, dark = (cv2.bitwise_and(one, inside) for one in (bright, dark))
    noise = surface.sharp_half_noise_gray if scale == 2 else surface.sharp_quarter_noise_gray
    return Shading(scale, picture, bright, dark, noise)


def _hull(contours: list[Contour]) -> Contour:
    """One contour as it is; the convex hull of several."""
    if len(contours) == 1:
        return contours[0]
    return np.asarray(cv2.convexHull(np.concatenate(contours)).reshape(-1, 2), np.int32)


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
    if len(near[0]) * len(near[1]) <= FEW:
        return float(cdist(near[0], near[1]).min())
    return float(cKDTree(near[0]).query(near[1])[0].min())
