"""What a picture's header claims, and the limits it must keep before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from cvinspect.pictures.refusals import damaged, refusal

MAX_BYTES = 256_000_000
"""Largest file that is read."""

MAX_PIXELS = 1 << 26
"""Largest picture: 67.1 megapixels, which an 8192 x 8192 frame just fills."""

MAX_SIDE = 1 << 14
"""Longest side in px."""


@dataclass(frozen=True, slots=True)
class Header:
    """What is claimed before decoding. channels: 1 grey, 3 colour. bits: 8 or 16 per channel. turn: EXIF, 1..8.

    jpeg_quality: 1 to 100; None = nothing was lost in compression. camera: as EXIF names it.
    """

    format: str
    width: int
    height: int
    channels: int
    bits: int = 8
    turn: int = 1
    jpeg_quality: int | None = None
    camera: str = ""

    def __post_init__(self) -> None:
        """Raises PictureError where the claimed size is nothing or more than is allowed."""
        if self.width < 1 or self.height < 1:
            raise damaged(f"its header claims {self.width} x {self.height} px")
        if max(self.width, self.height) > MAX_SIDE or self.width * self.height > MAX_PIXELS:
            raise refusal(
                "picture_too_large",
                f"its header claims {self.width} x {self.height} px; allowed are {MAX_SIDE} px a side and"
                f" {MAX_PIXELS / 1e6:.1f} million in all: cut it into parts or make it smaller",
            )


_FORMATS = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg"), (b"II*\0", "tiff"), (b"MM\0*", "tiff"), (b"BM", "bmp"))

_RAW = "a camera raw file: develop it and save it as PNG or TIFF"
_FILM = "a film, not a picture: save one frame as PNG"
_CONVERT = "open it and save it as PNG"

_FOREIGN = (
    (8, b"CR\x02", _RAW),
    (0, b"IIRO", _RAW),
    (0, b"IIRS", _RAW),
    (0, b"MMOR", _RAW),
    (0, b"IIU\0", _RAW),
    (0, b"FUJIFILMCCD-RAW", _RAW),
    (0, b"FOVb", _RAW),
    (4, b"ftypcrx", _RAW),
    *((4, b"ftyp" + brand, f"a HEIC picture, as phones store it: {_CONVERT}, or set the phone to store JPEG")
      for brand in (b"hei", b"hev", b"mif1", b"msf1")),
    (4, b"ftypavi", f"an AVIF picture: {_CONVERT}"),
    (4, b"ftyp", _FILM),
    (0, b"\x1aE\xdf\xa3", _FILM),
    (8, b"WEBP", f"a WebP picture: {_CONVERT}"),
    (8, b"AVI ", _FILM),
    (0, b"GIF8", f"a GIF picture: {_CONVERT}"),
    (0, b"%PDF", "a PDF document: export the picture from it as PNG"),
    (4, b"jP  ", f"a JPEG 2000 picture: {_CONVERT}"),
    (4, b"JXL ", f"a JPEG XL picture: {_CONVERT}"),
    (0, b"\xff\x0a", f"a JPEG XL picture: {_CONVERT}"),
    (0, b"II+\0", "a BigTIFF picture: save it as plain TIFF or PNG"),
    (0, b"MM\0+", "a BigTIFF picture: save it as plain TIFF or PNG"),
    (0, b"8BPS", f"a Photoshop document: {_CONVERT}"),
    (0, b"PK\x03\x04", "a ZIP archive: unpack it first"),
)  # fmt: skip


def recognised(data: bytes) -> str:
    """The format that the first bytes of `data` show: png, jpeg, tiff or bmp. Raises PictureError for all others."""
    for at, magic, what in _FOREIGN:
        if data[at : at + len(magic)] == magic:
            raise refusal("picture_format", f"this is {what} (PNG, JPEG, TIFF and BMP are read)")
    for magic, name in _FORMATS:
        if data.startswith(magic):
            return name
    first = data[:8].hex(" ")
    raise refusal("picture_format", f"it begins with the bytes {first}; PNG, JPEG, TIFF and BMP are read: {_CONVERT}")
