"""From regions in pixels to blobs in millimetres, with uncertainties. Each quantity has one definition (see `sizes`).

Measuring looks at the raw pixels around each region; only contours are mapped to millimetres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.measure.contour import half_contour, max_dimension
from cvinspect.measure.faces import faces_of
from cvinspect.measure.height import measured_height
from cvinspect.measure.line import measured_line
from cvinspect.measure.patch import Patch, Picture
from cvinspect.measure.sizes import Sizes, sizes_of_contour, sizes_of_flash, sizes_of_line, sizes_of_outline
from cvinspect.model import Blob, Calibration, Doubt, Frame, Kind, Measured, Placement, Points, Region
from cvinspect.pictures import gray8

__all__ = ["measure"]

PSF_SIGMA_PX = 0.8  # assumed where the calibration does not know it,
U_PSF_UNKNOWN_PX = 0.25  # with this standard uncertainty
U_PSF_KNOWN_PX = 0.05
U_CLAIMED_PX = 1.0
U_DENT_PX = 4.0
SPUR_PX = 9
RESOLVED_PX = 3.0
OUTLINE_POINTS = 64


def measure(
    frame: Frame, regions: Sequence[Region], calibration: Calibration, placement: Placement
) -> tuple[Blob, ...]:
    """One blob per region, numbered from 1 in reading order (by the top of its outline, then from the left)."""
    gray = gray8(frame.pixels)
    picture = Picture(gray, regions, placement.outlines_px)
    ordered = sorted(regions, key=lambda region: (*cv2.boundingRect(region.contour_px)[1::-1], region.kind))
    return tuple(
        _blob(number, picture, region, calibration, placement) for number, region in enumerate(ordered, start=1)
    )


def _blob(number: int, picture: Picture, region: Region, calibration: Calibration, placement: Placement) -> Blob:
    height_px: Measured | None = None
    if region.kind is Kind.FLASH and region.nominal_px is not None:
        height_px, contrast = measured_height(picture.gray, region, region.nominal_px)
        sizes = sizes_of_flash(region, float(len(region.nominal_px)), height_px, contrast)
    else:
        sizes = _sizes(picture, region, calibration)
    doubt = region.doubt
    if not sizes.resolved or sizes.max_dimension.value < RESOLVED_PX:
        doubt |= Doubt.BELOW_RESOLUTION
    center = _centroid(sizes.outline_px)
    x, y, wide, high = cv2.boundingRect(region.contour_px)
    outline = _thinned(sizes.outline_px)
    claimed = region.contour_px[:: max(1, len(region.contour_px) // OUTLINE_POINTS)]
    return Blob(
        id=number,
        kind=region.kind,
        faces=faces_of((outline, claimed.astype(np.float64)), placement),
        center_mm=_pair(placement.to_mm(center[None])[0]),
        area_mm2=_scaled(sizes.area, calibration, power=2),
        diameter_mm=_scaled(sizes.diameter, calibration),
        length_mm=_scaled(sizes.length, calibration),
        width_mm=_scaled(sizes.width, calibration),
        max_dimension_mm=_scaled(sizes.max_dimension, calibration),
        height_mm=None if height_px is None else _scaled(height_px, calibration),
        outline_mm=tuple(_pair(point) for point in placement.to_mm(outline)),
        contrast_gray=sizes.contrast_gray * (region.polarity or 1),
        strength=region.strength,
        doubt=doubt,
        center_px=_pair(center),
        bbox_px=(x, y, x + wide, y + high),
    )


def _sizes(picture: Picture, region: Region, calibration: Calibration) -> Sizes:
    """By its profile where it is a line, by its half-contrast contour where one encloses it, else as claimed.

    A dent is measured as claimed, as far as its shading is seen: one side of it may be dark and the other bright.
    """
    known = calibration.psf_sigma_px is not None
    psf = calibration.psf_sigma_px if calibration.psf_sigma_px is not None else PSF_SIGMA_PX
    u_psf = U_PSF_KNOWN_PX if known else U_PSF_UNKNOWN_PX
    whole = region.kind is not Kind.DENT and not region.doubt & Doubt.MERGED
    line = measured_line(picture.gray, region, psf, u_psf) if whole else None
    if line is not None and _covers(line.path, region):
        return sizes_of_line(line, psf, u_psf)
    patch = picture.patch(region)
    contour = half_contour(patch, psf) if whole else None
    if contour is not None:
        return sizes_of_contour(contour, patch.noise_gray, psf, u_psf)
    if region.kind is Kind.DENT:
        return sizes_of_outline(_without_spurs(region.contour_px), _foremost(patch), U_DENT_PX)
    return sizes_of_outline(region.contour_px, _foremost(patch), U_CLAIMED_PX)


def _foremost(patch: Patch) -> float:
    """The contrast that a tenth of the object's pixels exceed."""
    return float(np.quantile(patch.deviation[patch.own > 0], 0.9))


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


def _covers(path: Points, region: Region) -> bool:
    """True where the measured line is about as long as the claimed pixels."""
    reach = np.linalg.norm(path[0] - path[-1]) if len(path) else 0.0
    claimed = max(cv2.minAreaRect(region.contour_px)[1])
    length = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
    return max(float(reach), length) >= 0.8 * claimed - 4


def _scaled(size: Measured, calibration: Calibration, power: int = 1) -> Measured:
    """A size in px (power 1) or px² (power 2) in mm, the scale's uncertainty included."""
    factor = calibration.mm_per_px**power
    u = np.hypot(size.u or 0.0, power * calibration.u_scale * size.value)
    return replace(size, value=float(size.value * factor), u=float(u * factor))


def _centroid(outline: Points) -> Points:
    """Of the area within the outline; of a degenerate one the mean of its points."""
    moments = cv2.moments((outline - outline[0]).astype(np.float32))
    if abs(moments["m00"]) < 1e-3:
        return np.asarray(outline.mean(axis=0))
    return np.asarray(outline[0] + [moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]])


def _thinned(outline: Points) -> Points:
    """At most OUTLINE_POINTS of its points, evenly taken."""
    if len(outline) <= OUTLINE_POINTS:
        return outline
    return np.asarray(outline[np.linspace(0, len(outline), OUTLINE_POINTS, endpoint=False).astype(int)])


def _pair(point: Points) -> tuple[float, float]:
    return float(point[0]), float(point[1])
