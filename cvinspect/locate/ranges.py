"""Whether a part lies within what its recipe allows, and has the shape that it draws."""

from __future__ import annotations

import math

import cv2
import numpy as np

from cvinspect.errors import PictureError
from cvinspect.model import Points, Pose


def check_range(pose: Pose, turn_deg: float, shift_mm: float, scale: float) -> None:
    """Raises PictureError where the part is turned, shifted or scaled by more than that, each way."""
    if abs(pose.turn_deg) > turn_deg and turn_deg > 0:
        raise PictureError(
            f"the part is turned by {pose.turn_deg:.2f} degrees, {turn_deg:g} are allowed",
            "locate_turned",
            turn=round(pose.turn_deg, 2),
            allowed=turn_deg,
        )
    away = math.hypot(*pose.shift_mm)
    if away > shift_mm:
        raise PictureError(
            f"the part lies {away:.3g} mm from its place, {shift_mm:g} mm are allowed",
            "locate_shifted",
            shift=away,
            allowed=shift_mm,
        )
    if abs(pose.scale - 1) > scale > 0:
        raise PictureError(
            f"the part is seen at {100 * pose.scale:.2f} % of its size, 100 ± {100 * scale:g} % are allowed",
            "locate_scaled",
            percent=100 * pose.scale,
            allowed=100 * scale,
        )


def other_share(nominal_mm: Points, seen_mm: Points, misfit_mm: float) -> float:
    """The share of the nominal outline's area that only one of the two closed outlines (N, 2) encloses.

    What is thinner than twice the misfit, as the edge's own band is, does not count.
    """
    both = np.concatenate([nominal_mm, seen_mm])
    low, side = both.min(axis=0), float(np.ptp(both, axis=0).max())
    unit = side / _RASTER
    masks = [np.zeros((_RASTER + 3, _RASTER + 3), np.uint8) for _ in range(2)]
    for mask, outline in zip(masks, (nominal_mm, seen_mm), strict=True):
        cv2.fillPoly(mask, [np.rint((outline - low) / unit + 1).astype(np.int32)], 1)
    band = 2 * math.ceil(misfit_mm / unit) + 1
    differ = cv2.morphologyEx(masks[0] ^ masks[1], cv2.MORPH_OPEN, np.ones((band, band), np.uint8))
    return float(differ.sum()) / max(float(masks[0].sum()), 1.0)


_RASTER = 256
