"""The band along an outline, unrolled, and the part's own edge in it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.components import Contour, box_of, mask_of, outer_contour
from cvinspect.detect.outline import Outline
from cvinspect.detect.surface import Surface, sampled

Array = NDArray[np.float64]

SECTORS = 12
SECTOR_SHARE = 0.34  # of the outline that tells what is normal at one place
STEEP_SHARE = 0.3  # of the steepest slope: what belongs to an edge
LEAST_SLOPE_GRAY = 1.0  # grey levels per px


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """What lies along an outline: gray (depth + reach + 1, N), row `depth` is on the outline, the next 1 px beyond.

    shown (N,): columns whose whole band is in the frame. size: (width, height) of the frame.
    """

    outline: Outline
    depth: int
    gray: NDArray[np.float32]
    shown: NDArray[np.bool_]
    size: tuple[int, int]

    @classmethod
    def along(cls, surface: Surface, outline: Outline, depth: int, reach: int) -> Band:
        """Unroll the band from `depth` px within to `reach` px beyond the outline; lightly smoothed."""
        beyond = np.arange(-depth, reach + 1)[:, None, None]
        at = outline.points[None] + beyond * outline.normals[None]
        width, height = surface.frame.size
        ends = at[[0, -1]] if len(at) else at
        shown = ((ends >= 0) & (ends <= (width - 1, height - 1))).all(axis=(0, 2))
        smooth = cv2.GaussianBlur(surface.raw, (3, 3), 0)
        return cls(outline, depth, sampled(smooth, at).astype(np.float32), np.asarray(shown), surface.frame.size)

    @property
    def beyond(self) -> NDArray[np.float32]:
        """The rows from the outline outwards."""
        return self.gray[self.depth :]

    @property
    def within(self) -> NDArray[np.float32]:
        """The rows from the outline inwards."""
        return self.gray[self.depth :: -1]

    def edges_px(self) -> tuple[Array, NDArray[np.bool_]]:
        """How far beyond the outline each column's steepest place lies (N,), px, and which columns have a clear one.

        The place is the slope's centre of gravity about its top: a slow rise beside the edge, as a shadow's, does not
        move it.
        """
        slope = np.abs(cv2.Sobel(self.gray, cv2.CV_32F, 0, 1, ksize=1, scale=0.5))
        slope[[0, -1]] = 0
        top = np.argmax(slope, axis=0)
        peak = slope.max(axis=0)
        rows = np.clip(top + np.arange(-2, 3)[:, None], 0, len(slope) - 1)
        weight = np.maximum(slope[rows, np.arange(slope.shape[1])] - STEEP_SHARE * peak, 0)
        place = (weight * rows).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9) - self.depth
        usual = float(np.median(peak[self.shown])) if self.shown.any() else 0.0
        return place.astype(np.float64), self.shown & (peak > max(STEEP_SHARE * usual, LEAST_SLOPE_GRAY))

    def to_frame(self, contour: Contour, inwards: bool) -> Contour | None:
        """The outline in frame px of places (N, 2) column, px from the outline; None where none is in the frame."""
        columns, rows = contour.T
        away = -rows if inwards else rows
        points = self.outline.points[columns] + away[:, None] * self.outline.normals[columns]
        corners = np.round(points).astype(np.int32)
        x, y, width, height = box_of(corners)
        x1, y1 = min(x + width, self.size[0]), min(y + height, self.size[1])
        x, y = max(x, 0), max(y, 0)
        return outer_contour(mask_of(corners, (x, y, x1 - x, y1 - y)), (x, y)) if x1 > x and y1 > y else None


def by_sector(values: NDArray[np.float32], shown: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The usual value (R, SECTORS) of each row of (R, N) around SECTORS places: the median of what is shown there."""
    count = values.shape[1]
    half = max(int(count * SECTOR_SHARE / 2), 1)
    usual = []
    for middle in np.arange(SECTORS) * count // SECTORS:
        columns = np.arange(middle - half, middle + half) % count
        own = columns[shown[columns]]
        usual.append(np.median(values[:, own if own.size else columns], axis=1))
    return np.stack(usual, axis=1).astype(np.float32)


def around(usual: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Values (R, SECTORS) at SECTORS places as (R, count), linear in between."""
    closed = np.concatenate([usual, usual[:, :1]], axis=1)
    place = np.arange(count) * SECTORS / count
    low = np.minimum(place.astype(int), SECTORS - 1)
    share = (place - low).astype(np.float32)
    return np.asarray(closed[:, low] * (1 - share) + closed[:, low + 1] * share, np.float32)
