"""Why a region's size may be wrong, as the picture itself shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cvinspect.detect.components import Box, Contour, box_of, mask_of, sides
from cvinspect.detect.ground import Mask
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
    window = surface.raw[y : y + high, x : x + wide]
    if (window.min() == 0 or window.max() == 255) and _clipped_share(window, region.contour_px, box) > CLIPPED_SHARE:
        doubt |= Doubt.SATURATED
    return region if doubt == region.doubt else replace(region, doubt=doubt)


def _clipped_share(window: Mask, contour: Contour, box: Box) -> float:
    gray = window[mask_of(contour, box) > 0]
    return float(np.mean((gray == 0) | (gray == 255)))
