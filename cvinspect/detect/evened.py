"""The picture with its light and the strength of its texture evened out: the same at every exposure and place."""

from __future__ import annotations

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

Floats = NDArray[np.float32]

DARK_GRAY = 8.0  # added before the logarithm, so that noise in black is not magnified
LIGHT_PX = 16.0  # sigma of the neighbourhood whose mean is the light
STRENGTH_PX = 24.0  # sigma of the neighbourhood whose mean deviation is the texture's strength
STRONGEST = 0.3  # contrast beyond which a pixel adds no more to that strength: an object is no texture
WEAKEST = 0.02
MOST_CONTRAST = 1.5


def logarithm(gray: MatLike) -> Floats:
    """ln of an 8-bit picture (H, W), noise in black damped."""
    return np.asarray(np.log(np.asarray(gray, np.float32) + np.float32(DARK_GRAY)), np.float32)


def contrast(gray: MatLike, inside: MatLike | None) -> Floats:
    """ln of each pixel (H, W) of the 8-bit picture over its neighbourhood's; 0 outside (inside 0)."""
    deviation = without_light(logarithm(gray), inside, STRONGEST)
    np.clip(deviation, -MOST_CONTRAST, MOST_CONTRAST, out=deviation)
    if inside is not None:
        deviation[inside == 0] = 0
    return np.asarray(deviation, np.float32)


def without_light(told: Floats, inside: MatLike | None, most: float) -> Floats:
    """`told` (H, W), ln, less its neighbourhood's mean, to which what is off by more than `most` adds nothing: an
    object casts no halo."""
    rest = told - neighbourhood(told, inside, LIGHT_PX)
    for _ in range(3):
        usual = np.asarray(np.abs(rest) <= most, np.uint8)
        if inside is not None:
            usual[inside == 0] = 0
        rest = rest - neighbourhood(np.where(usual > 0, rest, np.float32(0)), usual, LIGHT_PX)
    return np.asarray(rest, np.float32)


def evened(deviation: Floats, inside: MatLike | None) -> Floats:
    """A contrast (H, W) in multiples of its neighbourhood's own mean size."""
    size = neighbourhood(np.minimum(np.abs(deviation), STRONGEST), inside, STRENGTH_PX)
    return np.asarray(deviation / np.maximum(size, WEAKEST), np.float32)


def neighbourhood(picture: Floats, inside: MatLike | None, sigma_px: float) -> Floats:
    """Gaussian mean, of the pixels inside alone; at a quarter of the size, which such a sigma does not notice."""
    size = (max(picture.shape[1] // 4, 1), max(picture.shape[0] // 4, 1))
    weight = None if inside is None else np.asarray(inside > 0, np.float32)
    small = cv2.resize(picture if weight is None else picture * weight, size, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), sigma_px / 4, borderType=cv2.BORDER_REFLECT)
    if weight is not None:
        share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
        blurred = blurred / np.maximum(
            cv2.GaussianBlur(share, (0, 0), sigma_px / 4, borderType=cv2.BORDER_REFLECT), 1e-3
        )
    return np.asarray(cv2.resize(blurred, picture.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
