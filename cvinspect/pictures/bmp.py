"""The header of a Windows bitmap (BITMAPINFOHEADER and its successors)."""

from __future__ import annotations

from cvinspect.pictures.header import Header
from cvinspect.pictures.refusals import AS_PNG, cut_off, damaged, numbers, refusal

_HEADERS = (40, 52, 56, 108, 124)
_PLAIN, _BITFIELDS = 0, 3
_BGR_MASKS = (0xFF0000, 0xFF00, 0xFF)


def walk(data: bytes) -> Header:
    """The header of an uncompressed BMP of 8, 24 or 32 bits whose rows lie inside the file. Raises PictureError."""
    start, size = numbers(data, 10, "<II")
    if size not in _HEADERS:
        raise refusal("picture_encoding", f"its header has {size} bytes; {_HEADERS} are read: {AS_PNG}")
    width, height, _, bits, packing = numbers(data, 18, "<iiHHI")
    by_masks = packing == _BITFIELDS and bits == 32
    standard = not by_masks or numbers(data, 54, "<III") == _BGR_MASKS
    if bits not in (8, 24, 32) or not (packing == _PLAIN or by_masks) or not standard:
        raise refusal(
            "picture_encoding",
            f"this is a BMP of {bits} bits, packing {packing}; 8, 24 and 32 bits without packing are read: {AS_PNG}",
        )
    header = Header("bmp", width, abs(height), 3 if bits > 8 else _palette_channels(data, size, start))
    needed = start + (width * bits + 31) // 32 * 4 * abs(height)
    if start < 14 + size:
        raise damaged(f"its pixels begin at byte {start}, inside its header")
    if needed > len(data):
        raise cut_off(data, needed)
    return header


def _palette_channels(data: bytes, size: int, start: int) -> int:
    """1 if every colour of the palette is grey, else 3."""
    used = numbers(data, 46, "<I")[0] or 256
    at, end = 14 + size, 14 + size + 4 * used
    if used > 256 or end > start:
        raise damaged(f"its palette claims {used} colours and does not fit before its pixels")
    if end > len(data):
        raise cut_off(data, end)
    palette = data[at:end]
    return 1 if palette[0::4] == palette[1::4] == palette[2::4] else 3
