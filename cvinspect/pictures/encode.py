"""From pixels to a file's bytes, and to grey."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.model import Pixels
from cvinspect.pictures.header import MAX_PIXELS, MAX_SIDE
from cvinspect.pictures.refusals import refusal


def gray8(pixels: Pixels) -> NDArray[np.uint8]:
    """Grey (H, W) uint8 of (H, W) or B, G, R (H, W, 3): luma of ITU-R BT.601; of 16 bits the upper 8.

    Grey 8-bit pixels come back as they are, not copied. Raises PictureError for any other array.
    """
    check_pixels(pixels)
    gray = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    return _eight_bits(cast(Pixels, gray))


def encode_png(pixels: Pixels) -> bytes:
    """The bytes of a PNG that holds `pixels` (H, W) or B, G, R (H, W, 3), uint8 or uint16. Raises PictureError."""
    return _encoded(".png", pixels, [])


def encode_jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    """The bytes of a JPEG for people to look at, never to measure: of 16 bits the upper 8. Raises PictureError."""
    check_pixels(pixels)
    return _encoded(".jpg", _eight_bits(pixels), [cv2.IMWRITE_JPEG_QUALITY, quality])


def check_pixels(pixels: Pixels) -> None:
    """Raises PictureError unless `pixels` are (H, W) or (H, W, 3), uint8 or uint16, and small enough to be read."""
    known = pixels.dtype in (np.uint8, np.uint16) and (pixels.ndim == 2 or pixels.shape[2:] == (3,))
    if not known or not 0 < pixels.size <= 3 * MAX_PIXELS or max(pixels.shape) > MAX_SIDE:
        raise refusal(
            "picture_encoding",
            f"these pixels are {pixels.shape} of {pixels.dtype}; allowed are (H, W) or (H, W, 3), uint8 or uint16,"
            f" up to {MAX_SIDE} px a side and {MAX_PIXELS} px in all",
        )


def _eight_bits(pixels: Pixels) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    return cast(NDArray[np.uint8], pixels)


def _encoded(suffix: str, pixels: Pixels, options: list[int]) -> bytes:
    check_pixels(pixels)
    try:
        done, data = cv2.imencode(suffix, np.ascontiguousarray(pixels), options)
    except cv2.error as fault:
        raise refusal("picture_not_written", f"the picture could not be encoded ({fault.err})") from fault
    if not done:
        raise refusal("picture_not_written", "the picture could not be encoded")
    return data.tobytes()
