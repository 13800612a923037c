"""Whether a frame shows anything at all: what cannot be seen was not inspected, and must not pass as clean."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cvinspect.detect.detector import Detector
from cvinspect.detect.surface import Surface
from cvinspect.errors import PictureError
from cvinspect.model import Kind

SMALLEST_SIDE_PX = 16
DARKEST_GRAY, BRIGHTEST_GRAY = 6.0, 250.0  # beyond them too few grey levels are left for a defect on one side
MOST_NOISE_GRAY = 150.0  # where only what differs by more could be found, nothing was inspected
FULL_16_BIT = 4096


def check_fit(surface: Surface, detectors: Mapping[Kind, Detector]) -> None:
    """Raises PictureError where the frame is too small, dark, bright or noisy for anything to be seen on its faces."""
    width, height = surface.frame.size
    if min(width, height) < SMALLEST_SIDE_PX:
        raise PictureError(f"{width}x{height} px; at least {SMALLEST_SIDE_PX} px a side are needed", "picture_small")
    pixels = surface.frame.pixels
    if pixels.dtype == np.uint16 and int(pixels.max()) < FULL_16_BIT:
        raise PictureError(
            f"16 bits a pixel, but no value above {int(pixels.max())}: it looks like 12 bits or fewer; "
            "scale it to the full 16 bits, or save it with 8",
            "picture_dark",
        )
    level = _level(surface)
    if level < DARKEST_GRAY:
        raise PictureError(f"half of the face is darker than grey level {level:g} of 255", "picture_dark")
    if level > BRIGHTEST_GRAY:
        raise PictureError(f"half of the face is brighter than grey level {level:g} of 255", "picture_bright")
    sigmas = min((one.noise_sigmas for kind, one in detectors.items() if kind is not Kind.FLASH), default=0.0)
    if sigmas * surface.sharp_noise_gray > MOST_NOISE_GRAY:
        raise PictureError(
            f"the surface varies by {surface.sharp_noise_gray:.0f} grey levels from place to place; only what "
            f"differs by more than {sigmas * surface.sharp_noise_gray:.0f} could be found",
            "picture_noisy",
        )


def _level(surface: Surface) -> float:
    """Median grey level on the faces."""
    gray = surface.raw[::8, ::8].ravel() if surface.within is None else surface.raw[surface.within > 0][::7]
    number = np.cumsum(np.bincount(gray, minlength=256))
    middle = np.searchsorted(number, [(gray.size - 1) // 2, gray.size // 2], side="right")
    return float(middle.mean()) if gray.size else 128.0
