"""Why a region's size may be wrong, as the picture itself shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cvinspect.detect.components import box_of, mask_of, sides
from cvinspect.detect.surface import Surface
from cvinspect.model import Doubt, Region

RESOLVED_PX = 3.0
CLIPPED_SHARE = 0.05


def doubted(region: Region, surface: Surface) -> Region:
    """The region with what the picture says against it: at the frame's edge, under 3 px, clipped at black or white."""
    doubt = region.doubt
    width, height = surface.frame.size
    x, y, wide, high = box = box_of(region.contour_px)
    if x <= 0 or y <= 0 or x + wide >= width or y + high >= height:
        doubt |= Doubt.TOUCHES_BORDER
    if sides(region.contour_px)[0] < RESOLVED_PX:
        doubt |= Doubt.BELOW_RESOLUTION
    gray = surface.raw[y : y + high, x : x + wide][mask_of(region.contour_px, box) > 0]
    if np.mean((gray == 0) | (gray == 255)) > CLIPPED_SHARE:
        doubt |= Doubt.SATURATED
    return replace(region, doubt=doubt)
