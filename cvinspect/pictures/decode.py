"""From a file's bytes to pixels: recognised, walked, limited, decoded, and held against what the header claimed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from cvinspect.errors import PictureError
from cvinspect.model import Pixels
from cvinspect.pictures import bmp, jpeg, png, strips, tiff
from cvinspect.pictures.header import MAX_BYTES, Header, recognised
from cvinspect.pictures.refusals import AS_PNG, clean_text, damaged, refusal

_FILL = 128  # what libjpeg makes of blocks that are missing


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture as it was stored.

    pixels: (H, W) grey or (H, W, 3) B, G, R; uint8 or uint16; read-only; turned as EXIF asks. sha256: of the file's
    bytes. format: png, jpeg, tiff or bmp. exif_turn: the orientation that was applied, 1 (none) to 8. jpeg_quality:
    1 to 100, how much the lossy compression left; None = it was none. camera: maker and model as EXIF names them, or
    empty.
    """

    pixels: Pixels
    sha256: str
    format: str
    exif_turn: int
    jpeg_quality: int | None
    camera: str


def decode_picture(data: bytes, name: str) -> Picture:
    """The picture in the bytes of a file; `name` heads every message. Raises PictureError."""
    try:
        header, pixels = _decoded(data)
    except PictureError as fault:
        raise PictureError(f"{clean_text(name)}: {fault}", fault.code) from fault
    except MemoryError as fault:
        raise PictureError(f"{clean_text(name)}: there is no memory for it", "picture_too_large") from fault
    pixels.setflags(write=False)
    digest = hashlib.sha256(data).hexdigest()
    return Picture(pixels, digest, header.format, header.turn, header.jpeg_quality, header.camera)


def _decoded(data: bytes) -> tuple[Header, Pixels]:
    if not data:
        raise refusal("picture_truncated", "the file is empty; copy it again")
    if len(data) > MAX_BYTES:
        raise refusal("picture_too_large", f"it has {len(data)} bytes; {MAX_BYTES} are allowed")
    header, stored = {"png": _png, "jpeg": _jpeg, "tiff": _tiff, "bmp": _bmp}[recognised(data)](data)
    pixels = _without_alpha(stored, header)
    expected = (header.height, header.width) + ((3,) if header.channels == 3 else ())
    if pixels.shape != expected or pixels.dtype.itemsize * 8 != header.bits:
        raise damaged(f"it decodes to {pixels.shape} of {pixels.dtype} where its header claims {expected}")
    return header, turned(pixels, header.turn)


def _png(data: bytes) -> tuple[Header, Pixels]:
    return png.walk(data), _by_opencv(data)


def _bmp(data: bytes) -> tuple[Header, Pixels]:
    return bmp.walk(data), _by_opencv(data)


def _tiff(data: bytes) -> tuple[Header, Pixels]:
    layout = tiff.walk(data)
    pixels = strips.pixels_of(data, layout)
    if pixels.ndim == 3:  # R, G, B to B, G, R; grey with alpha to three greys with alpha, as OpenCV has them
        pixels = pixels[..., [2, 1, 0, 3][: layout.samples]] if layout.samples > 2 else pixels[..., [0, 0, 0, 1]]
    return layout.header, pixels


def _jpeg(data: bytes) -> tuple[Header, Pixels]:
    walked = jpeg.walk(data)
    pixels = _by_opencv(data)
    if walked.one_pass and (pixels[-8:, -8:] == _FILL).all():
        _check_filled(data[: walked.end])
    return walked.header, pixels


def _check_filled(data: bytes) -> None:
    """Refuse a JPEG whose data end before its last row.

    libjpeg fills up with grey when it meets the end marker too early; without a marker it waits for data instead.
    """
    try:
        _by_opencv(data + bytes(16))
    except PictureError:
        what = "the picture's data end before its last row: the file is damaged; copy it again"
        raise refusal("picture_truncated", what) from None


def _by_opencv(data: bytes) -> Pixels:
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as fault:
        raise damaged(f"its pixels cannot be decoded ({clean_text(fault.err or str(fault))})") from fault
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16):
        raise damaged("its pixels cannot be decoded")
    return cast(Pixels, pixels)


def _without_alpha(pixels: Pixels, header: Header) -> Pixels:
    """`pixels` less an alpha that is opaque everywhere; of a grey picture decoded as colour, its grey."""
    if pixels.ndim != 3 or pixels.shape[2] != 4:
        return pixels
    if (pixels[..., 3] != np.iinfo(pixels.dtype).max).any():
        raise refusal(
            "picture_colour", f"it is partly transparent; grey and RGB are read: {AS_PNG} without transparency"
        )
    return cast(Pixels, np.ascontiguousarray(pixels[..., :3] if header.channels == 3 else pixels[..., 0]))


def turned(pixels: Pixels, turn: int) -> Pixels:
    """`pixels` (H, W) or (H, W, 3) upright, given their EXIF orientation 1..8 (EXIF 2.3, tag 274)."""
    if turn >= 5:
        pixels = pixels.swapaxes(0, 1)
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if turn in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return cast(Pixels, np.ascontiguousarray(pixels))
