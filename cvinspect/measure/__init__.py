"""From regions in pixels to blobs in millimetres, with uncertainties. Each quantity has one definition (see `sizes`).

Measuring looks at the raw pixels around each region; only contours are mapped to millimetres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from cvinspect.measure.compression import added_noise_gray
from cvinspect.measure.contour import centroid
from cvinspect.measure.faces import faces_of
from cvinspect.measure.local_scale import in_mm
from cvinspect.measure.routes import Look, sizes_of
from cvinspect.measure.sizes import Blur, Sizes
from cvinspect.model import Blob, Calibration, Doubt, Frame, Kind, Placement, Points, Region
from cvinspect.pictures import gray8

__all__ = ["measure"]

PSF_SIGMA_PX = 0.8  # assumed where the calibration does not know it,
U_PSF_UNKNOWN_PX = 0.25  # with this standard uncertainty
U_PSF_KNOWN_PX = 0.05  # where it knows the blur but not how surely,
LEAST_U_PSF_PX = 0.02  # and never less: the part is not focused just as the target was
RESOLVED_PX = 3.0
OUTLINE_POINTS = 64


def measure(
    frame: Frame,
    regions: Sequence[Region],
    calibration: Calibration,
    placement: Placement,
    *,
    always_fit_disks: bool = False,
) -> tuple[Blob, ...]:
    """One blob per region, numbered from 1 in reading order (by the top of its outline, then from the left).

    Small round objects are fitted as disks; with `always_fit_disks` all round ones are (slower, a tenth more exact).
    """
    if not regions:
        return ()
    ordered = sorted(regions, key=lambda region: (*cv2.boundingRect(region.contour_px)[1::-1], region.kind))
    added_gray = added_noise_gray(frame.jpeg_quality)
    jacobian = None if calibration.projection is None else calibration.jacobian
    gray, faces = gray8(frame.pixels), placement.outlines_px
    look = Look(gray, faces, jacobian, _blur(calibration), added_gray, always_fit_disks)
    sizes = sizes_of(ordered, look)
    centers_px = np.array([centroid(one.outline_px) for one in sizes])
    sizes_mm = in_mm(sizes, calibration, calibration.u_scale_at(centers_px))
    outlines = [_thinned(one.outline_px) for one in sizes]
    ends = np.cumsum([len(outline) for outline in outlines])[:-1]
    outlines_mm = np.split(placement.to_mm(np.concatenate(outlines)), ends)
    resolved = [one.resolved and one.max_dimension.value >= RESOLVED_PX for one in sizes]
    facts = zip(ordered, sizes_mm, resolved, strict=True)
    places = zip(outlines, outlines_mm, centers_px.tolist(), placement.to_mm(centers_px).tolist(), strict=True)
    return tuple(
        replace(
            _blob(*fact),
            id=number,
            faces=faces_of((outline_px, _thinned(fact[0].contour_px.astype(np.float64))), placement),
            center_mm=(center_mm[0], center_mm[1]),
            outline_mm=tuple(map(tuple, outline_mm.tolist())),
            center_px=(center_px[0], center_px[1]),
        )
        for number, (fact, (outline_px, outline_mm, center_px, center_mm)) in enumerate(
            zip(facts, places, strict=True), start=1
        )
    )


def _blob(region: Region, sizes: Sizes, resolved: bool) -> Blob:
    """The blob of a region with its sizes in mm; where it lies is not said yet."""
    x, y, wide, high = cv2.boundingRect(region.contour_px)
    return Blob(
        id=0,
        kind=region.kind,
        faces=(),
        center_mm=(0.0, 0.0),
        area_mm2=sizes.area,
        diameter_mm=sizes.diameter,
        length_mm=sizes.length,
        width_mm=sizes.width,
        max_dimension_mm=sizes.max_dimension,
        height_mm=sizes.width if region.kind is Kind.FLASH and region.nominal_px is not None else None,
        contrast_gray=sizes.contrast_gray * (region.polarity or 1),
        strength=region.strength,
        doubt=region.doubt if resolved else region.doubt | Doubt.BELOW_RESOLUTION,
        bbox_px=(x, y, x + wide, y + high),
        may_be=region.may_be,
        light=region.light,
    )


def _blur(calibration: Calibration) -> Blur:
    if calibration.psf_sigma_px is None:
        return Blur(PSF_SIGMA_PX, U_PSF_UNKNOWN_PX)
    known = calibration.u_psf_sigma_px
    return Blur(calibration.psf_sigma_px, U_PSF_KNOWN_PX if known is None else max(known, LEAST_U_PSF_PX))


def _thinned(outline: Points) -> Points:
    """At most OUTLINE_POINTS of its points, evenly taken."""
    if len(outline) <= OUTLINE_POINTS:
        return outline
    return np.asarray(outline[np.linspace(0, len(outline), OUTLINE_POINTS, endpoint=False).astype(int)])
