"""A label: what is true of one place of a picture, as pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon
from skimage.morphology import skeletonize

from cvinspect.errors import ConfigurationError
from cvinspect.model import Kind, Points
from cvinspect.score.classes import Meaning

Form = Literal["outline", "box", "place"]
"""What a label's pixels are: the object's own, a rectangle around it, or a disk that holds it whichever way it lies."""

Box = tuple[int, int, int, int]  # x0, y0, x1, y1; x1 and y1 exclusive
Mask = NDArray[np.uint8]

LINES = (Kind.SCRATCH, Kind.CRACK)
LINE_ELONGATION = 5.0
STRAIGHT = 3.0  # length over width of its rectangle from which a line is measured by that
ENLARGED, SMALL_PX = 3, 40_000  # widths of small masks are told to a third of a px
_SHIFT = 4
_CIRCLE = np.linspace(0, 2 * np.pi, 48, endpoint=False)


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """One labelled place.

    box and mask: its pixels in the frame; mask (h, w) is 255 on them. size_px: of a line its length, of flash its
    height where the truth states one (by_height), else the largest dimension. area_px2: None where the truth does not
    tell the object's own. axis_px: of a box its longer middle line, (2, 2).
    """

    meaning: Meaning
    form: Form
    box: Box
    mask: Mask
    size_px: float
    is_line: bool
    area_px2: float | None = None
    axis_px: Points | None = None
    by_height: bool = False

    @property
    def center_px(self) -> Points:
        """(1, 2): the middle of its box."""
        x0, y0, x1, y1 = self.box
        return np.array([[(x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2]])

    @property
    def outlines_px(self) -> list[Points]:
        """The outer outlines of its pixels, in frame px."""
        contours = cv2.findContours(self.mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=self.box[:2])[0]
        return [np.asarray(contour, np.float64).reshape(-1, 2) for contour in contours]


def raster(polygon_px: Points, size: tuple[int, int], edge: bool = False) -> tuple[Box, Mask] | None:
    """The pixels whose centres a closed polygon (N, 2) holds, within a picture of `size` (w, h); None where none is
    inside. edge: those that it runs through too, which are also taken where it holds none."""
    low = np.maximum(np.floor(polygon_px.min(axis=0) + 0.5).astype(int), 0)
    high = np.minimum(np.floor(polygon_px.max(axis=0) + 0.5).astype(int) + 1, size)
    if (high <= low).any():
        return None
    (x0, y0), (x1, y1) = low.tolist(), high.tolist()
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    at = np.clip(polygon_px, -1e5, 1e5) - low
    mask[polygon(at[:, 1], at[:, 0], mask.shape)] = 255  # type: ignore[no-untyped-call]
    if edge or not mask.any():
        cv2.polylines(mask, [np.rint(at * (1 << _SHIFT)).astype(np.int32)], True, 255, 1, cv2.LINE_8, _SHIFT)
    return _cropped((x0, y0), mask)


def _cropped(corner: tuple[int, int], mask: Mask) -> tuple[Box, Mask] | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    box = (corner[0] + left, corner[1] + top, corner[0] + right, corner[1] + bottom)
    return box, np.ascontiguousarray(mask[top:bottom, left:right])


def of_outline(meaning: Meaning, polygon_px: Points, size: tuple[int, int], where: str) -> Label:
    """The object's own outline as a polygon (N, 2). Raises ConfigurationError where it lies outside the picture."""
    box, mask = _inside(polygon_px, size, where)
    label = of_mask(meaning, box, mask)
    extent = max(largest_extent(polygon_px), 1.0)
    area = float(cv2.contourArea(polygon_px.astype(np.float32)))
    return replace(label, size_px=max(label.size_px, extent) if label.is_line else extent, area_px2=max(area, 1.0))


def of_mask(meaning: Meaning, box: Box, mask: Mask) -> Label:
    """The object's own pixels: one connected piece, 255 in `mask`."""
    contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    contour = max((np.asarray(one, np.int32).reshape(-1, 2) for one in contours), key=len)
    area = float(np.count_nonzero(mask))
    extent = largest_extent(contour.astype(np.float64)) + 1 if len(contour) > 1 else 1.0
    widest, usual = _widths(mask)
    is_line = meaning.kind in LINES or area >= LINE_ELONGATION * widest**2
    bent = max(min(area / usual, strip_length(contour)), extent)
    long, short = (side + 1 for side in sorted(cv2.minAreaRect(contour)[1], reverse=True))
    length = max(long, extent) if long >= STRAIGHT * short else bent
    return Label(meaning, "outline", box, mask, length if is_line else extent, is_line, area)


def largest_extent(points: Points) -> float:
    """The largest distance between two of the points (N, 2)."""
    corners = cv2.convexHull(points.astype(np.float32)).reshape(-1, 2).astype(np.float64)
    apart = corners[:, None] - corners[None]
    return float(np.hypot(apart[..., 0], apart[..., 1]).max())


def strip_length(outline: Points | NDArray[np.int32]) -> float:
    """The longer side of the strip that has the outline's girth and area, px."""
    closed = outline.astype(np.float32)
    half = float(cv2.arcLength(closed, True)) / 2
    return (half + float(np.sqrt(max(half**2 - 4 * float(cv2.contourArea(closed)), 0.0)))) / 2


def _widths(mask: Mask) -> tuple[float, float]:
    """The largest width, and the mean along the middle line, px; a ragged edge makes no thin thing of a broad one."""
    times = ENLARGED if mask.size < SMALL_PX else 1
    fine = np.pad(np.kron(mask, np.ones((times, times), np.uint8)), 1)
    widths = 2 * cv2.distanceTransform(fine, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) - 1
    bones = skeletonize(fine > 0)  # type: ignore[no-untyped-call]
    return float(widths.max()) / times, float(widths[bones].mean()) / times


def of_box(meaning: Meaning, corners_px: Points, size: tuple[int, int], where: str, upright: bool) -> Label:
    """A rectangle (4, 2) around the object. A line in an upright one is taken to run from corner to corner.

    Raises ConfigurationError where it lies outside the picture.
    """
    box, mask = _inside(corners_px, size, where)
    first, second = (corners_px[1] - corners_px[0], corners_px[3] - corners_px[0])
    long, short = sorted((first, second), key=lambda side: -float(np.hypot(*side)))
    middle = corners_px.mean(axis=0)
    longer = float(np.hypot(*long))
    is_line = meaning.kind in LINES
    extent = math.hypot(longer, float(np.hypot(*short))) if is_line and upright else longer
    axis = np.stack([middle - long / 2, middle + long / 2])
    return Label(meaning, "box", box, mask, max(extent, 1.0), is_line, axis_px=axis)


def of_place(
    meaning: Meaning, center_px: Sequence[float], sizes_px: dict[str, float], size: tuple[int, int], where: str
) -> Label:
    """An object of known sizes (length, width, max_dimension, height, area; px, px²) whose turn is not known: the disk
    around it. Raises ConfigurationError where it lies outside the picture."""
    extent = max(sizes_px.get("max_dimension", 0.0), sizes_px.get("height", 0.0), 1.0)
    circle = np.asarray(center_px) + extent / 2 * np.stack([np.cos(_CIRCLE), np.sin(_CIRCLE)], axis=1)
    box, mask = _inside(circle, size, where)
    length, width = sizes_px.get("length", extent), sizes_px.get("width", extent)
    is_line = meaning.kind in LINES or (length >= LINE_ELONGATION * width and meaning.kind is not Kind.FLASH)
    height = sizes_px.get("height") if meaning.kind is Kind.FLASH else None
    told = height if height is not None else (length if is_line else extent)
    return Label(
        meaning, "place", box, mask, told, is_line, area_px2=sizes_px.get("area"), by_height=height is not None
    )


def _inside(polygon_px: Points, size: tuple[int, int], where: str) -> tuple[Box, Mask]:
    found = raster(polygon_px, size)
    if found is None:
        low, high = polygon_px.min(axis=0), polygon_px.max(axis=0)
        raise ConfigurationError(
            f"{where}: lies outside the picture: x {low[0]:.0f} to {high[0]:.0f}, y {low[1]:.0f} to {high[1]:.0f} px, "
            f"the picture is {size[0]}x{size[1]} px; is it the truth of another picture?"
        )
    return found
