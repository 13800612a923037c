"""The window around one region: how far each pixel stands out of the surface right around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.model import Points, Region

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]

REACH_PX = 3  # how far beyond the claimed pixels the object's edge may lie
_RING = 1500  # ring pixels that suffice for a plane
_LEAST_RING = 12
_MIN_NOISE = 0.35  # rounding to whole grey levels


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A window of the frame around one region.

    origin: (x, y) of its first pixel in the frame. deviation: (h, w) grey levels above the local plane, turned so that
    the object is positive (of a mixed one the size). own: 255 where the object may be. sign: +1, -1, or 0 for mixed.
    noise_gray: noise sigma around the object. plane: value = plane[0] x + plane[1] y + plane[2] in frame px.
    """

    origin: tuple[int, int]
    deviation: Floats
    own: MatLike
    sign: int
    noise_gray: float
    plane: NDArray[np.float64]


class Picture:
    """The frame and all its regions, as needed to see each region alone."""

    def __init__(self, gray: MatLike, regions: Sequence[Region], faces: Sequence[Points]) -> None:
        self.gray = gray
        self.regions = regions
        self.boxes = np.array([cv2.boundingRect(region.contour_px) for region in regions]).reshape(-1, 4)
        self.faces = [np.round(np.clip(face, -1e6, 1e6) * 16).astype(np.int32) for face in faces]

    def patch(self, region: Region) -> Patch:
        """The window around `region`; the plane is fitted to what is neither an object nor outside the faces."""
        box = self._window(region)
        x, y, width, height = box
        gray = self.gray[y : y + height, x : x + width].astype(np.float32)
        claimed = _mask(region, box)
        around = cv2.dilate(claimed, _disk(REACH_PX + 1))
        ring = self._free(region, box) & (around == 0)
        plane, noise = _plane(gray, ring if np.count_nonzero(ring) >= _LEAST_RING else around == 0, x, y)
        rows, columns = np.ogrid[y : y + height, x : x + width]
        rise = (gray - (plane[0] * columns + plane[1] * rows + plane[2])).astype(np.float32)
        deviation = np.abs(rise) if region.polarity == 0 else rise * np.float32(region.polarity)
        return Patch((x, y), deviation, cv2.dilate(claimed, _disk(REACH_PX)), region.polarity, noise, plane)

    def _window(self, region: Region) -> Box:
        x, y, width, height = cv2.boundingRect(region.contour_px)
        margin = int(np.clip(0.25 * max(width, height), 10, 40))
        x0, y0 = max(x - margin, 0), max(y - margin, 0)
        x1, y1 = min(x + width + margin, self.gray.shape[1]), min(y + height + margin, self.gray.shape[0])
        return x0, y0, x1 - x0, y1 - y0

    def _free(self, region: Region, box: Box) -> NDArray[np.bool_]:
        """True where there is the plain surface of a face."""
        x, y, width, height = box
        taken: MatLike = np.zeros((height, width), np.uint8)
        left, top, wide, high = self.boxes.T
        near = (left < x + width) & (x < left + wide) & (top < y + height) & (y < top + high)
        for index in np.flatnonzero(near):
            if self.regions[int(index)] is not region:
                taken = cv2.max(taken, _mask(self.regions[int(index)], box))
        free = cv2.dilate(taken, _disk(2)) == 0
        if self.faces:
            face_mask = np.zeros((height, width), np.uint8)
            for face in self.faces:
                cv2.fillPoly(face_mask, [face - np.array([x, y]) * 16], 255, shift=4)
            free &= face_mask > 0
        return np.asarray(free)


def _mask(region: Region, box: Box) -> MatLike:
    mask = np.zeros((box[3], box[2]), np.uint8)
    return cv2.drawContours(mask, [region.contour_px], -1, 255, cv2.FILLED, offset=(-box[0], -box[1]))


def _disk(radius: int) -> MatLike:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def _plane(gray: Floats, ring: NDArray[np.bool_], x: int, y: int) -> tuple[NDArray[np.float64], float]:
    """The plane through most of the ring's pixels and the noise sigma around it."""
    rows, columns = np.nonzero(ring)
    if rows.size < _LEAST_RING:
        return np.array([0.0, 0.0, float(np.median(gray))]), _MIN_NOISE
    step = max(1, rows.size // _RING)
    rows, columns = rows[::step], columns[::step]
    values = gray[rows, columns].astype(np.float64)
    terms = np.stack([columns + x, rows + y, np.ones(rows.size)], axis=1).astype(np.float64)
    middle = terms.mean(axis=0) * [1, 1, 0]
    keep = np.ones(rows.size, bool)
    for _ in range(3):
        factors = np.linalg.lstsq((terms - middle)[keep], values[keep], rcond=None)[0]
        residual = np.abs(values - (terms - middle) @ factors)
        noise = max(1.4826 * float(np.median(residual[keep])), _MIN_NOISE)
        keep = residual <= 3 * noise
    return np.array([factors[0], factors[1], factors[2] - middle @ factors]), noise


def sampled(picture: MatLike, points: Points, cubic: bool = False) -> NDArray[np.float64]:
    """The picture's values at points (..., x y) in px, the last pixel's beyond the edge."""
    x, y = (np.ascontiguousarray(points[..., axis], np.float32) for axis in (0, 1))
    flag = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    return cv2.remap(picture, x, y, flag, borderMode=cv2.BORDER_REPLICATE).astype(np.float64)
