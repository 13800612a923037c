"""From the bytes of a buffer to pixels, by the names of the GenICam Pixel Format Naming Convention (PFNC)."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.errors import CameraError
from cvinspect.model import Pixels

Bytes = NDArray[np.uint8]


def pixels_of(data: bytes | memoryview | Bytes, size: tuple[int, int], pixel_format: str, camera: str) -> Pixels:
    """(H, W) or (H, W, 3) B, G, R, read-only; 8 bits, or 10 to 16 in the upper bits of 16.

    size: (width, height) in px. Bayer pictures are interpolated bilinearly. Raises CameraError where the buffer is
    too short or the format is not read.
    """
    read = FORMATS.get(pixel_format)
    if read is None:
        message = f"{camera}: pixels in {pixel_format}; read are {', '.join(FORMATS)}"
        raise CameraError(message, "camera_format", camera=camera)
    decode, bits = read
    width, height = size
    whole = width * height * bits
    raw = np.frombuffer(data, np.uint8)
    if whole % 8 or raw.size < whole // 8:
        message = f"{camera}: {raw.size} bytes of {whole / 8:g}"
        raise CameraError(message, "camera_incomplete", camera=camera)
    pixels = decode(raw[: whole // 8], size)
    pixels.flags.writeable = False
    return pixels


def _gray8(raw: Bytes, size: tuple[int, int]) -> Pixels:
    return raw.reshape(size[::-1]).copy()


def _gray16(bits: int) -> Callable[[Bytes, tuple[int, int]], Pixels]:
    def decode(raw: Bytes, size: tuple[int, int]) -> Pixels:
        return _raised(raw.view("<u2").reshape(size[::-1]), bits)

    return decode


def _raised(values: NDArray[np.uint16], bits: int) -> NDArray[np.uint16]:
    return np.asarray(values << np.uint16(16 - bits), np.uint16)


def _packed12p(raw: Bytes, size: tuple[int, int]) -> Pixels:
    low, middle, high = raw.reshape(-1, 3).astype(np.uint16).T
    pair = np.stack([low | (middle & 15) << 8, middle >> 4 | high << 4], axis=1)
    return _raised(pair.reshape(size[::-1]), 12)


def _packed12(raw: Bytes, size: tuple[int, int]) -> Pixels:
    first, middle, second = raw.reshape(-1, 3).astype(np.uint16).T
    pair = np.stack([first << 4 | middle & 15, second << 4 | middle >> 4], axis=1)
    return _raised(pair.reshape(size[::-1]), 12)


def _packed10p(raw: Bytes, size: tuple[int, int]) -> Pixels:
    a, b, c, d, e = raw.reshape(-1, 5).astype(np.uint16).T
    four = [a | (b & 3) << 8, b >> 2 | (c & 15) << 6, c >> 4 | (d & 63) << 4, d >> 6 | e << 2]
    return _raised(np.stack(four, axis=1).reshape(size[::-1]), 10)


def _colour(swap: bool, channels: int = 3) -> Callable[[Bytes, tuple[int, int]], Pixels]:
    def decode(raw: Bytes, size: tuple[int, int]) -> Pixels:
        colour = raw.reshape(size[1], size[0], channels)[:, :, :3]
        return np.ascontiguousarray(colour[:, :, ::-1] if swap else colour)

    return decode


def _bayer(code: int) -> Callable[[Bytes, tuple[int, int]], Pixels]:
    def decode(raw: Bytes, size: tuple[int, int]) -> Pixels:
        return np.asarray(cv2.cvtColor(raw.reshape(size[::-1]), code), np.uint8)

    return decode


FORMATS: dict[str, tuple[Callable[[Bytes, tuple[int, int]], Pixels], int]] = {
    "Mono8": (_gray8, 8),
    "Mono10": (_gray16(10), 16),
    "Mono12": (_gray16(12), 16),
    "Mono14": (_gray16(14), 16),
    "Mono16": (_gray16(16), 16),
    "Mono10p": (_packed10p, 10),
    "Mono12p": (_packed12p, 12),
    "Mono12Packed": (_packed12, 12),
    "BGR8": (_colour(swap=False), 24),
    "RGB8": (_colour(swap=True), 24),
    "BGRa8": (_colour(swap=False, channels=4), 32),
    "RGBa8": (_colour(swap=True, channels=4), 32),
    "BayerRG8": (_bayer(cv2.COLOR_BayerRGGB2BGR), 8),
    "BayerGR8": (_bayer(cv2.COLOR_BayerGRBG2BGR), 8),
    "BayerGB8": (_bayer(cv2.COLOR_BayerGBRG2BGR), 8),
    "BayerBG8": (_bayer(cv2.COLOR_BayerBGGR2BGR), 8),
}
"""Per format what reads it, and how many bits a pixel takes in the buffer."""
