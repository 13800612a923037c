"""Which way each region is measured: as a line, as a compact object, as flash, or as claimed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.measure.compact import sizes_of_compact
from cvinspect.measure.compression import noise_factor
from cvinspect.measure.contour import max_dimension
from cvinspect.measure.height import measured_height
from cvinspect.measure.line import Line, measured_line, strip_sides
from cvinspect.measure.line_sizes import sizes_of_line
from cvinspect.measure.sizes import Blur, Sizes, sizes_of_flash, sizes_of_outline
from cvinspect.measure.windows import Windows, windows_of
from cvinspect.model import Doubt, Kind, Points, Region

U_CLAIMED_PX = 1.0
U_DENT_PX = 4.0
SPUR_PX = 9
LONG = 3.0  # length over width of claimed pixels from which a line is looked for before anything else,
SLIM = 2.0  # and of a compact object from which a line is looked for after all,
EVEN = 0.85  # where it fills this share of its length times its width (an ellipse: 0.79)
CONVEX = 0.93  # share of its hull that a straight object fills


@dataclass(frozen=True, eq=False)
class Look:
    """How the picture is looked at.

    gray (H, W); faces: outlines in px; jacobian: of mm over px (see `windows_of`); blur; added_gray: noise that
    compression adds where it cannot be seen; always_fit: all round objects are fitted as disks.
    """

    gray: NDArray[np.uint8]
    faces: Sequence[Points]
    jacobian: Callable[[Points], NDArray[np.float64]] | None
    blur: Blur
    added_gray: float
    always_fit: bool

    @cached_property
    def noise_factor(self) -> float:
        """By how much noise that is seen understates that on an object."""
        return noise_factor(self.gray, self.added_gray)


def sizes_of(regions: Sequence[Region], look: Look) -> list[Sizes]:
    """Sizes of every region: by its profile where it is a line, by contour or fit where it is compact, else as claimed.

    A dent is measured as claimed, as far as its shading is seen: one side of it may be dark and the other bright.
    """
    sizes = [_flash_or_line(region, look) for region in regions]
    compact = [i for i, region in enumerate(regions) if sizes[i] is None and _is_whole(region)]
    for windows in windows_of(look.gray, regions, look.faces, compact, look.added_gray, look.jacobian):
        told = sizes_of_compact(windows, look.blur, look.always_fit)
        for index, found in zip(windows.index.tolist(), told, strict=True):
            line = _line(regions[index], look) if found is None or _is_slim(found) else None
            sizes[index] = line or found
    rest = [i for i, one in enumerate(sizes) if one is None]
    for windows in windows_of(look.gray, regions, look.faces, rest):
        for row, index in enumerate(windows.index.tolist()):
            sizes[index] = _as_claimed(regions[index], windows, row)
    return [one for one in sizes if one is not None]


def _is_whole(region: Region) -> bool:
    return region.kind is not Kind.DENT and not region.doubt & Doubt.MERGED


def _flash_or_line(region: Region, look: Look) -> Sizes | None:
    if region.nominal_px is not None:
        height, contrast = measured_height(look.gray, region, region.nominal_px, look.blur.sigma_px)
        return sizes_of_flash(region, float(len(region.nominal_px)), height, contrast)
    return _line(region, look) if _is_whole(region) and _is_long(region.contour_px) else None


def _is_long(contour: NDArray[np.int32]) -> bool:
    """True where the claimed pixels are much longer than wide, and no ellipse."""
    length, width = strip_sides(contour)
    if length < LONG * width:
        return False
    count, hull = length * width, cv2.convexHull(contour)
    long, short = (side + 1 for side in cv2.minAreaRect(contour)[1])
    return count >= EVEN * long * short or cv2.contourArea(contour) < CONVEX * cv2.contourArea(hull)


def _is_slim(found: Sizes) -> bool:
    """True where a compact object may be a short line."""
    length, width = found.length.value, found.width.value
    return length >= SLIM * width and found.area.value >= EVEN * length * width


def _line(region: Region, look: Look) -> Sizes | None:
    line = measured_line(look.gray, region, look.blur.sigma_px, look.blur.u_px, look.noise_factor)
    return sizes_of_line(line) if line is not None and _covers(line, region) else None


def _as_claimed(region: Region, windows: Windows, row: int) -> Sizes:
    """Sizes of the claimed pixels; the contrast is what a tenth of the object's pixels exceed."""
    contrast = float(np.quantile(windows.rise[row][windows.own[row]], 0.9))
    if region.kind is Kind.DENT:
        return sizes_of_outline(_without_spurs(region.contour_px), contrast, U_DENT_PX)
    return sizes_of_outline(region.contour_px, contrast, U_CLAIMED_PX)


def _without_spurs(contour: NDArray[np.int32]) -> NDArray[np.int32]:
    """The contour without short branches narrower than SPUR_PX; a longer branch is a part of the imperfection."""
    x, y, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height + 2, width + 2), np.uint8)
    cv2.drawContours(mask, [contour], -1, 255, cv2.FILLED, offset=(1 - x, 1 - y))
    round_px = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (SPUR_PX, SPUR_PX))
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, round_px)
    found = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE, offset=(x - 1, y - 1))[0]
    trimmed = max((np.asarray(one, np.int32).reshape(-1, 2) for one in found), key=cv2.contourArea, default=contour)
    lost = max_dimension(contour.astype(np.float64)) - max_dimension(trimmed.astype(np.float64))
    return trimmed if lost <= 2 * SPUR_PX else contour


def _covers(line: Line, region: Region) -> bool:
    """True where the measured line is about as long as the claimed pixels, but for those that show nothing."""
    return line.length_px + line.empty_px >= 0.8 * max(cv2.minAreaRect(region.contour_px)[1]) - 4
