"""From a TIFF's strips or tiles to pixels.

OpenCV ignores errors of LZW and deflate and turns pictures by itself, and Pillow makes 8 bits of 16-bit colour; so
the bytes are expanded strictly (deflate by zlib with its checksum, LZW and PackBits by Pillow) and arranged here.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cvinspect.model import Pixels
from cvinspect.pictures.refusals import AS_PNG, cut_off, damaged, refusal
from cvinspect.pictures.tiff import LZW, PACK_BITS, RAW, Layout

Bytes = NDArray[np.uint8]

_PILLOW_MOST = 89_000_000  # above it Pillow warns of a decompression bomb


def pixels_of(data: bytes, layout: Layout) -> Pixels:
    """The stored pixels, (H, W) or (H, W, channels) in the stored order, alpha included. Raises PictureError."""
    rows = _by_pillow(data, layout) if layout.packing in (LZW, PACK_BITS) else _by_chunks(data, layout)
    header = layout.header
    stored = rows.view(f"{layout.order}u{header.bits // 8}")
    pixels = cast(Pixels, stored.astype(np.uint16 if header.bits == 16 else np.uint8, copy=False))
    pixels = pixels.reshape(header.height, header.width, layout.samples)
    if layout.differenced:
        pixels = _summed(pixels, layout.chunk_width)
    if layout.white_is_zero:
        pixels[..., 0] = (1 << header.bits) - 1 - pixels[..., 0]
    return pixels[..., 0] if layout.samples == 1 else pixels


def _summed(pixels: Pixels, chunk_width: int) -> Pixels:
    """Horizontal differences added up again, strip by strip or tile by tile (TIFF 6.0, section 14)."""
    columns = range(0, pixels.shape[1], chunk_width)
    parts = [np.cumsum(pixels[:, at : at + chunk_width], axis=1, dtype=pixels.dtype) for at in columns]
    return np.concatenate(parts, axis=1)


def _by_chunks(data: bytes, layout: Layout) -> Bytes:
    header, across = layout.header, layout.across
    stride, row_bytes = layout.chunk_width * layout.pixel_bytes, header.width * layout.pixel_bytes
    rows = np.empty((header.height, row_bytes), np.uint8)
    for index, (place, size) in enumerate(layout.chunks):
        y, x = index // across * layout.chunk_height, index % across * stride
        height = min(layout.chunk_height, header.height - y)
        needed = stride * (layout.chunk_height if layout.tiled else height)
        chunk = data[place : place + size]
        whole = _inflated(chunk, needed, stride * layout.chunk_height) if layout.packing != RAW else chunk
        if len(whole) < needed:
            raise cut_off(data, place + needed)
        block = np.frombuffer(whole, np.uint8, height * stride).reshape(height, stride)
        rows[y : y + height, x : x + stride] = block[:, : row_bytes - x]
    return rows


def _inflated(chunk: bytes, needed: int, most: int) -> bytes:
    """`chunk` expanded to `needed` bytes at least and `most` at most, its stream whole and right by its checksum."""
    stream = zlib.decompressobj()
    try:
        whole = stream.decompress(chunk, most + 1)
    except zlib.error as bad:
        raise damaged(f"a strip or tile cannot be expanded ({bad})") from bad
    if not stream.eof or not needed <= len(whole) <= most:
        raise damaged(f"a strip or tile expands to {len(whole)} bytes instead of {needed}, or does not end")
    return whole


def _by_pillow(data: bytes, layout: Layout) -> Bytes:
    """The bytes of every row. Pillow is shown the file as bytes per channel, so that it only expands them."""
    height, samples = layout.header.height, 3 if layout.samples == 3 else 1
    repeat = layout.pixel_bytes // samples
    width = layout.header.width * repeat
    if width * height > _PILLOW_MOST:
        raise refusal("picture_too_large", f"a TIFF packed like this may have {_PILLOW_MOST} bytes a channel: {AS_PNG}")
    try:
        with Image.open(io.BytesIO(_as_bytes(data, layout, samples, repeat)), formats=("TIFF",)) as picture:
            expanded = np.array(picture)
    except (OSError, ValueError, SyntaxError, TypeError, struct.error, Image.DecompressionBombError) as bad:
        raise damaged(f"a strip or tile cannot be expanded ({bad})") from bad
    return expanded.reshape(height, width * samples)


def _as_bytes(data: bytes, layout: Layout, samples: int, repeat: int) -> bytes:
    """The TIFF `data` with a directory of its own: the same strips or tiles, as 8-bit pixels without prediction."""
    places, sizes = zip(*layout.chunks, strict=True)
    first = (322, 323, 324, 325) if layout.tiled else (278, 273, 279)
    chunk_width = layout.chunk_width * repeat
    chunk = ((chunk_width,), (layout.chunk_height,), places, sizes)
    values = {
        256: (layout.header.width * repeat,),
        257: (layout.header.height,),
        258: (8,) * samples,
        259: (layout.packing,),
        262: (2 if samples == 3 else 1,),
        277: (samples,),
        **dict(zip(first, chunk if layout.tiled else chunk[1:], strict=True)),
    }
    start = len(data) + len(data) % 2
    after = start + 2 + 12 * len(values) + 4
    entries, more = b"", b""
    for tag, numbers in sorted(values.items()):
        packed = struct.pack(f"<{len(numbers)}I", *numbers)
        place = packed if len(packed) == 4 else struct.pack("<I", after + len(more))
        entries += struct.pack("<HHI", tag, 4, len(numbers)) + place
        more += packed if len(packed) > 4 else b""
    head = b"II*\0" + struct.pack("<I", start)
    return head + data[8:].ljust(start - 8, b"\0") + struct.pack("<H", len(values)) + entries + bytes(4) + more
