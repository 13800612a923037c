"""Does `cvinspect.pictures` notice damage: files cut anywhere, bits flipped, bytes made up."""

import zlib

import numpy as np
import pictures_cases as cases
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvinspect.errors import PictureError
from cvinspect.pictures import PICTURE_CODES, decode_picture

FILES = {name: data for name, (data, _) in cases.good().items()} | cases.lossy()
STARTS = [
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
    b"\xff\xd8\xff",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"BM" + bytes(12),
]


def flipped(data, at, bit):
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_anywhere_is_refused(name):
    data = FILES[name]
    rng = np.random.default_rng(len(data))
    for length in {*rng.integers(0, len(data), 60).tolist(), *range(len(data) - 8, len(data)), *range(12)}:
        with pytest.raises(PictureError, match=r"cut off|empty|begins with|data end before|cannot hold"):
            decode_picture(data[:length], "part")


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("jpeg") and "progressive" not in name])
def test_a_cut_jpeg_that_was_given_an_end_is_refused(name):
    start = FILES[name].index(b"\xff\xda") + 30
    for length in range(start, int(len(FILES[name]) * 0.8), 37):
        cut = FILES[name][:length].rstrip(b"\xff") + b"\xff\xd9"
        with pytest.raises(PictureError, match="data end before its last row"):
            decode_picture(cut, "part")


@pytest.mark.parametrize("name", ["png 1 bit", "png 4 bit"])
def test_every_flipped_bit_of_a_png_is_noticed(name):
    for at in range(len(FILES[name])):
        for bit in range(8):
            with pytest.raises(PictureError, match=r"^part: "):
                decode_picture(flipped(FILES[name], at, bit), "part")


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("png")])
def test_flipped_bits_of_a_png_are_noticed(name):
    data, rng = FILES[name], np.random.default_rng(1)
    for at in rng.integers(0, len(data), 100).tolist():
        with pytest.raises(PictureError, match=r"^part: "):
            decode_picture(flipped(data, at, at % 8), "part")


@pytest.mark.parametrize("packing", [8, 32946])
def test_flipped_bits_of_a_deflated_tiff_are_noticed(packing):
    pixels = cases.scene(1, 16)
    data = cases.tiff(pixels, packing=packing, rows=cases.HEIGHT)
    for at in range(10, 8 + len(zlib.compress(pixels.tobytes())), 9):
        with pytest.raises(PictureError, match="strip or tile"):
            decode_picture(flipped(data, at, at % 8), "part")


def test_zeros_in_the_tail_of_a_png_are_noticed():
    data = FILES["png colour16"]
    for length in range(0, len(data), 97):
        with pytest.raises(PictureError, match=r"^part: "):
            decode_picture(data[:length].ljust(len(data), b"\0"), "part")


@pytest.mark.parametrize("name", FILES)
def test_scribbled_files_are_read_or_refused_in_words(name):
    rng = np.random.default_rng(3)
    for _ in range(40):
        data = bytearray(FILES[name])
        for at in rng.integers(0, min(len(data), 400), rng.integers(1, 5)).tolist():
            data[at] = rng.choice([0, 1, 255, 128, int(rng.integers(256))])
        assert read_or_refused(bytes(data))


@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_words(start, rest):
    assert read_or_refused(start + rest)


def read_or_refused(data):
    try:
        pixels = decode_picture(data, "part").pixels
    except PictureError as fault:
        return fault.code in PICTURE_CODES and str(fault).startswith("part: ")
    return pixels.dtype in (np.uint8, np.uint16) and (pixels.ndim == 2 or pixels.shape[2:] == (3,))
