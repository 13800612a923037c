"""Why a picture is refused, as codes and in words; and texts made safe to print, store and draw."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from types import MappingProxyType

from cvinspect.errors import PictureError

PICTURE_CODES: Mapping[str, str] = MappingProxyType(
    {
        "picture_missing": "there is no such file or folder",
        "picture_not_a_file": "it is a folder, link, pipe or device, not an ordinary file",
        "picture_unreadable": "the system does not let it be opened or read",
        "picture_too_large": "it has more bytes, pixels or a longer side than is allowed",
        "picture_truncated": "it is empty, cut off, or still being written",
        "picture_damaged": "its contents contradict themselves",
        "picture_format": "it is not a PNG, JPEG, TIFF or BMP file",
        "picture_encoding": "its format is read, but not this way of storing pixels",
        "picture_colour": "its colours are neither grey nor RGB, or it is partly transparent",
        "picture_several": "it holds more than one picture",
        "picture_not_written": "the picture could not be written",
    }
)
"""Every code that a PictureError of this room carries, and what it means; `refusal` takes no other."""

AS_PNG = "save it as an 8- or 16-bit grey or RGB PNG"

_VISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def clean_text(text: str) -> str:
    """`text` fit to be printed, stored or drawn: lone surrogates become ?, control characters become visible escapes.

    A lone surrogate (from a file name that is not UTF-8) would end the process in cv2.putText and cannot be encoded;
    line breaks and direction marks would let a name forge a line of a log or a report.
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return _VISIBLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), whole)


def refusal(code: str, what: str) -> PictureError:
    """The PictureError for `code`; `what` says what stood there, what is allowed and what to do."""
    PICTURE_CODES[code]
    return PictureError(what, code)


def numbers(data: bytes, at: int, form: str) -> tuple[int, ...]:
    """The integers that struct `form` finds at byte `at`. Raises PictureError where the data end before."""
    if at < 0 or at + struct.calcsize(form) > len(data):
        raise cut_off(data, at)
    return struct.unpack_from(form, data, at)


def cut_off(data: bytes, at: int) -> PictureError:
    """The refusal of a file that ends before what must stand at byte `at`."""
    what = f"the file ends after {len(data)} bytes, but what belongs at byte {at} is missing"
    return refusal("picture_truncated", f"{what}: it is cut off; copy it again")


def damaged(what: str) -> PictureError:
    """The refusal of contents that contradict themselves."""
    return refusal("picture_damaged", f"{what}: the file is damaged; copy it again or save the picture anew")
