"""The golden part: what good parts look like at each place, and by how much they differ there.

It stands on the grid of a frame in which the part lies as the recipe draws it; a part that lies elsewhere is compared
through its placement. Printed texture, logos, holes and edges are part of it. What remains of the light is taken out
of the difference, so that another exposure is no finding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.detect.evened import WEAKEST, Floats, logarithm, without_light
from cvinspect.model import AS_DRAWN, Placement, Points

NODE_PX = 16  # places are mapped exactly so often, and linearly in between
USUAL_CONTRAST = 0.06  # of good parts' grain; what is off by more is an object, and tells nothing of the light
SMOOTH_PX = 1.5  # sigma over which spreads are pooled
BLIND_SPREAD = 0.1  # three times so much is a contrast of 30 %: what good parts differ by so much hides any defect
CLEAR_PX = 3  # a blind spot that is nowhere so wide hides nothing that is wider
MOST_SIGMAS = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Golden:
    """mean (H, W): ln of the grey level; spread (H, W): standard deviation of good parts from it (robust)."""

    mean: Floats
    spread: Floats


@dataclass(frozen=True, slots=True, eq=False)
class AgainstGolden:
    """A frame's differences: contrast (H, W), ln; evened: in multiples of the spread; corrected (H, W) uint8: the
    frame as it would look on a plain part."""

    contrast: Floats
    evened: Floats
    corrected: NDArray[np.uint8]


def seen_by(golden: Golden, gray: MatLike, placement: Placement, inside: MatLike | None) -> AgainstGolden:
    """The 8-bit picture (H, W) against the golden part; 0 outside (inside 0)."""
    mean, spread = as_placed(golden.mean, placement), as_placed(golden.spread, placement)
    contrast = difference(logarithm(gray), mean, inside)
    evened = np.clip(contrast / spread, -MOST_SIGMAS, MOST_SIGMAS)
    plain = float(np.median(gray if inside is None else gray[inside > 0])) if gray.size else 0.0
    usual = float(np.median(golden.spread))
    corrected = np.clip(np.rint(plain * np.exp(usual * evened)), 0, 255)
    return AgainstGolden(contrast, np.asarray(evened, np.float32), np.asarray(corrected, np.uint8))


def difference(told: Floats, mean: Floats, inside: MatLike | None) -> Floats:
    """ln of a picture over the golden part, the light's share taken out; 0 outside."""
    raw = without_light(told - mean, inside, USUAL_CONTRAST)
    if inside is not None:
        raw[inside == 0] = 0
    return np.asarray(raw, np.float32)


def golden_of(pictures: NDArray[np.float32], inside: MatLike | None) -> Golden:
    """From good pictures (N, H, W), ln, drawn as the recipe draws the part: the median, and the median deviation."""
    mean = np.asarray(np.median(pictures, axis=0), np.float32)
    evened = np.stack([mean + without_light(picture - mean, inside, USUAL_CONTRAST) for picture in pictures])
    mean = np.asarray(np.median(evened, axis=0), np.float32)
    spread = 1.4826 * np.median(np.abs(evened - mean), axis=0)
    pooled = np.sqrt(cv2.GaussianBlur(np.asarray(spread**2, np.float32), (0, 0), SMOOTH_PX))
    return Golden(mean, np.asarray(np.maximum(pooled, WEAKEST), np.float32))


def as_drawn(picture: Floats, placement: Placement) -> Floats:
    """A frame's values (H, W) where the recipe draws the part: place by place of a part that was not moved."""
    if placement.pose == AS_DRAWN:
        return picture
    calibration = placement.calibration
    return _mapped(picture, lambda points: placement.to_px(calibration.to_mm(points)))


def as_placed(picture: Floats, placement: Placement) -> Floats:
    """The golden part's values (H, W) where this frame shows the part."""
    if placement.pose == AS_DRAWN:
        return picture
    calibration = placement.calibration
    return _mapped(picture, lambda points: calibration.to_px(placement.to_mm(points)))


def blind(golden: Golden) -> NDArray[np.bool_]:
    """Where good parts differ by so much that no defect could be told (H, W), as drawn."""
    wide = np.asarray(golden.spread > BLIND_SPREAD, np.uint8)
    return np.asarray(cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones((CLEAR_PX, CLEAR_PX), np.uint8)) > 0)


def _mapped(picture: Floats, place: Callable[[Points], Points]) -> Floats:
    """The picture's values at place(x, y) of every pixel, linear between pixels, the last one's beyond the edge."""
    height, width = picture.shape
    across, down = np.arange(0, width + NODE_PX, NODE_PX), np.arange(0, height + NODE_PX, NODE_PX)
    nodes = np.stack(np.meshgrid(across, down), axis=-1).astype(np.float64)
    at = np.asarray(place(nodes.reshape(-1, 2)), np.float32).reshape(*nodes.shape)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    column, row = x / np.float32(NODE_PX), y / np.float32(NODE_PX)
    maps = [cv2.remap(np.ascontiguousarray(at[..., axis]), column, row, cv2.INTER_LINEAR) for axis in (0, 1)]
    return np.asarray(
        cv2.remap(picture, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
