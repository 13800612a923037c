"""The only reader and writer of picture files: bytes in, pixels out, and back.

    read_picture(path) -> Picture           decode_picture(data, name) -> Picture
    write_picture(path, pixels)             encode_png(pixels), encode_jpeg(pixels, quality) -> bytes
    list_pictures(folder) -> [Path, ...]    gray8(pixels), clean_text(text)

PNG, JPEG, TIFF and BMP are read, by their first bytes and never by their names. A picture comes out exactly as it was
stored or it is refused with a `PictureError` whose `code` stands in `PICTURE_CODES`; nothing is converted silently.
Only PNG and deflated TIFF notice every damage by themselves; of a JPEG, BMP or other TIFF the stored SHA-256 must tell.

OpenCV reads its own limits from the environment when it is first used, so they are set here, before it is imported.
"""

import os

from cvinspect.pictures.header import MAX_BYTES, MAX_PIXELS, MAX_SIDE
from cvinspect.pictures.refusals import PICTURE_CODES, clean_text

os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_WIDTH", str(MAX_SIDE))
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_HEIGHT", str(MAX_SIDE))
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")

import cv2

from cvinspect.pictures.decode import Picture, decode_picture
from cvinspect.pictures.disk import PICTURE_SUFFIXES, list_pictures, read_picture, write_picture
from cvinspect.pictures.encode import encode_jpeg, encode_png, gray8

cv2.setNumThreads(1)

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "PICTURE_CODES",
    "PICTURE_SUFFIXES",
    "Picture",
    "clean_text",
    "decode_picture",
    "encode_jpeg",
    "encode_png",
    "gray8",
    "list_pictures",
    "read_picture",
    "write_picture",
]
