"""How strong a finding is as a whole: what ranks findings of all kinds and sizes against each other."""

from __future__ import annotations

from dataclasses import replace

import cv2
from cv2.typing import MatLike

from cvinspect.detect.components import Contour, box_of, mask_of
from cvinspect.detect.surface import BLOCK, Surface
from cvinspect.model import Kind, Region

ON_THE_SURFACE = (Kind.SCRATCH, Kind.DENT, Kind.FOREIGN_MATTER)


def weighed(region: Region, surface: Surface) -> Region:
    """The region, as strong as all of it is together: the root of the sum of the squares of its cells' deviations in
    noise sigmas, less what noise alone would sum up to; at least its peak.

    This is what a filter matched to the object gives at its place (D. O. North, 1943), if cells vary independently.
    A cell has 2 x 2 px; of a dent, also 8 x 8 px against the smooth surface.
    """
    if region.kind not in ON_THE_SURFACE:
        return region
    whole = _evidence(region.contour_px // 2, surface.sharp_half, surface.sharp_half_noise_gray)
    if region.kind is Kind.DENT:
        whole = max(whole, _evidence(region.contour_px // BLOCK, surface.soft_size, surface.soft_noise_gray))
    return replace(region, strength=max(whole**0.5, region.strength))


def _evidence(contour: Contour, size: MatLike, noise_gray: float) -> float:
    """The sum of (squares - 1) of deviations in sigmas within a contour, at least 0. size: their absolute values."""
    x, y, width, height = box = box_of(contour)
    mask = mask_of(contour, box)
    mean, spread = cv2.meanStdDev(size[y : y + height, x : x + width], mask=mask)
    square = (float(mean[0, 0]) ** 2 + float(spread[0, 0]) ** 2) / noise_gray**2
    return max(cv2.countNonZero(mask) * (square - 1), 0.0)
