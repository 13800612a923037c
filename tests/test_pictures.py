"""What `cvinspect.pictures` reads exactly, what it refuses and in which words, and what it makes of pixels."""

import hashlib
import os
import struct
import sys
import time
import unicodedata
import zlib
from pathlib import Path

import cv2
import numpy as np
import pictures_cases as cases
import pytest
from PIL import Image

from cvinspect.errors import PictureError
from cvinspect.pictures import (
    MAX_PIXELS,
    MAX_SIDE,
    PICTURE_CODES,
    clean_text,
    decode_picture,
    encode_jpeg,
    encode_png,
    gray8,
    list_pictures,
    read_picture,
)

GOOD, LOSSY = cases.good(), cases.lossy()
GRAY, COLOUR = cases.scene(1), cases.scene(3)
RGB = COLOUR[..., ::-1]
JPEG, PNG, BMP = LOSSY["jpeg colour"], GOOD["png gray"][0], GOOD["bmp gray"][0]
SCANS = LOSSY["jpeg progressive"]
CLEAR = np.dstack([COLOUR, GRAY])


def refused(data, name="part.png"):
    """The code and the words with which `data` are refused."""
    with pytest.raises(PictureError, match=r"^part.png: ") as caught:
        decode_picture(data, name)
    assert caught.value.code in PICTURE_CODES
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize("name", GOOD)
def test_a_picture_comes_out_as_it_was_stored(name):
    data, pixels = GOOD[name]
    picture = decode_picture(data, name)
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.pixels.dtype == pixels.dtype
    assert picture.format == name.split()[0]
    assert (picture.sha256, picture.exif_turn, picture.jpeg_quality) == (hashlib.sha256(data).hexdigest(), 1, None)


@pytest.mark.parametrize("name", LOSSY)
def test_a_jpeg_is_read_as_pillow_reads_it(name):
    picture = decode_picture(LOSSY[name], name)
    truth = np.asarray(Image.open(cases.io.BytesIO(LOSSY[name])))
    assert np.abs(picture.pixels.astype(int) - (truth if truth.ndim == 2 else truth[..., ::-1])).max() <= 2
    assert (picture.format, picture.exif_turn) == ("jpeg", 1)


@pytest.mark.parametrize("quality", [30, 50, 75, 80, 90, 95, 99])
@pytest.mark.parametrize("shape", [(40, 64), (40, 64, 3)])
def test_a_jpeg_tells_its_quality(quality, shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    assert abs(decode_picture(encode_jpeg(pixels, quality), "a.jpg").jpeg_quality - quality) <= 1


@pytest.mark.parametrize("name", [*GOOD, *LOSSY])
def test_pixels_are_read_only(name):
    pixels = decode_picture((GOOD.get(name) or [LOSSY.get(name)])[0], name).pixels
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0] = 0


UPRIGHT = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.swapaxes(np.rot90(a, 2), 0, 1),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("turn", UPRIGHT)
@pytest.mark.parametrize("form", ["jpeg", "png", "tiff"])
def test_exif_turns_are_applied_and_recorded(form, turn):
    block = cases.exif(turn, "<" if turn % 2 else ">")
    plain, data = {
        "jpeg": lambda: (JPEG, cases.with_app1(JPEG, block)),
        "png": lambda: (PNG, PNG[:33] + cases.chunk(b"eXIf", block) + PNG[33:]),
        "tiff": lambda: (cases.tiff(RGB), cases.tiff(RGB, t274=(turn,))),
    }[form]()
    picture = decode_picture(data, form)
    np.testing.assert_array_equal(picture.pixels, UPRIGHT[turn](decode_picture(plain, form).pixels))
    assert picture.exif_turn == turn
    assert picture.pixels.flags.c_contiguous


NAMES = {
    ("Sony", "DSC-HX5V"): "Sony DSC-HX5V",
    ("Canon", "Canon EOS R6"): "Canon EOS R6",
    ("", "QX-1 "): "QX-1",
    ("Maker\x00rest", ""): "Maker",
    ("", "\xff\x1b[31m"): "\N{REPLACEMENT CHARACTER}\\x1b[31m",
    ("", ""): "",
}


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("names", NAMES)
def test_the_camera_is_named_as_exif_names_it(names, order):
    block = cases.exif(1, order, {271: names[0], 272: names[1]})
    for data in (cases.with_app1(JPEG, block), PNG[:33] + cases.chunk(b"eXIf", block) + PNG[33:]):
        assert decode_picture(data, "part").camera == NAMES[names]


@pytest.mark.parametrize("block", [b"", b"II*\0", cases.exif(0), cases.exif(9), cases.exif(6)[:-8], b"x" * 40])
def test_an_exif_block_that_states_no_turn_turns_nothing(block):
    picture = decode_picture(cases.with_app1(JPEG, block), "part")
    assert picture.exif_turn == 1
    np.testing.assert_array_equal(picture.pixels, decode_picture(JPEG, "part").pixels)


@pytest.mark.parametrize(
    "appended", [bytes(99), LOSSY["jpeg gray"], bytes(3) + JPEG, b"\0\0\0\x18ftypmp42" + bytes(9), b"\0\1\x0aSEFHSEFT"]
)
def test_what_phones_append_is_left_alone(appended):
    np.testing.assert_array_equal(decode_picture(JPEG + appended, "").pixels, decode_picture(JPEG, "").pixels)


def test_a_jpeg_that_truly_ends_in_grey_is_read():
    pixels = COLOUR.copy()
    pixels[8:] = 128
    data = cases.by_opencv(".jpg", pixels)
    assert (decode_picture(data, "").pixels[-8:, -8:] == 128).all()


TIFF = {
    "planar": (cases.tiff(cases.scene(3, 16), t284=(2,)), "picture_encoding", "planar"),
    "float": (cases.by_pillow(GRAY.astype("f4"), "TIFF"), "picture_encoding", "floating point numbers"),
    "signed": (cases.tiff(GRAY, t339=(2,)), "picture_encoding", "signed numbers; unsigned ones are read"),
    "12 bit": (cases.tiff(GRAY, t258=(12,)), "picture_encoding", "12 bits a channel; 8 or 16"),
    "1 bit": (cases.by_pillow(Image.fromarray(GRAY > 9), "TIFF"), "picture_encoding", "have 1 bits a channel"),
    "mixed bits": (cases.tiff(RGB, t258=(8, 8, 16)), "picture_encoding", "8, 16 bits"),
    "cmyk": (cases.by_pillow(Image.fromarray(RGB).convert("CMYK"), "TIFF"), "picture_colour", "TIFF CMYK"),
    "palette": (cases.by_pillow(Image.fromarray(RGB).quantize(9), "TIFF"), "picture_colour", "TIFF palette"),
    "clear": (cases.tiff(CLEAR, t338=(2,)), "picture_colour", "partly transparent"),
    "5 channels": (cases.tiff(np.dstack([CLEAR, GRAY])), "picture_colour", "5 channels"),
    "two pages": (
        cases.by_pillow(GRAY, "TIFF", save_all=True, append_images=[Image.fromarray(GRAY)]),
        "picture_several",
        "several pages",
    ),
    "further picture": (cases.tiff(GRAY, t330=(8,)), "picture_several", "further picture"),
    "preview": (cases.tiff(GRAY, t254=(1,)), "picture_several", "only a preview"),
    "dng": (cases.tiff(GRAY, t50706=(1, 4, 0, 0)), "picture_format", "DNG"),
    "jpeg inside": (cases.by_pillow(RGB, "TIFF", compression="jpeg"), "picture_encoding", "has compression 7; none"),
    "ycbcr": (cases.tiff(RGB, t262=(6,)), "picture_colour", "TIFF YCbCr"),
    "fax": (cases.tiff(GRAY, t259=(4,)), "picture_encoding", "compression 4; none, LZW, deflate, PackBits"),
    "bits reversed": (cases.tiff(GRAY, t266=(2,)), "picture_encoding", "uncommon order"),
    "no width": (cases.tiff(GRAY, t256=()), "picture_damaged", "tag 256 is missing"),
    "no pixels": (cases.tiff(GRAY, t256=(0,)), "picture_damaged", "claims 0 x 37"),
    "strips missing": (cases.tiff(GRAY, t257=(99,)), "picture_damaged", "lists 4 strips or tiles of 4 sizes where 10"),
    "strips outside": (cases.tiff(GRAY, t279=(530, 530, 530, 9**9)), "picture_truncated", "cut off"),
    "strip in the header": (cases.tiff(GRAY, t273=(4, 538, 1068, 1598)), "picture_damaged", "inside its header"),
    "strip too short": (cases.tiff(GRAY, t279=(530, 530, 529, 371)), "picture_truncated", "cut off"),
    "huge tiles": (cases.tiff(GRAY, tile=64, t322=(2**30,)), "picture_too_large", "tiles claim 1073741824 x 64"),
    "checksum missing": (
        cases.tiff(GRAY, packing=8, rows=99, t279=(len(zlib.compress(GRAY.tobytes())) - 2,)),
        "picture_damaged",
        "expands to 1961 bytes instead of 1961, or does not end",
    ),
    "cut in a tag": (cases.tiff(GRAY, t700=(2**20,) * 9)[:-1], "picture_truncated", "cut off"),
    "huge": (cases.tiff(GRAY, t256=(20000,)), "picture_too_large", "20000 x 37 px; allowed are 16384"),
}
PNGS = {
    "animated": (cases.png(9, 9, before=cases.chunk(b"acTL", bytes(8))), "picture_several", "animated"),
    "many pixels": (
        cases.png_header(9000, 9000) + PNG[33:],
        "picture_too_large",
        "9000 x 9000 px; .* 67.1 million in all",
    ),
    "clear": (cases.by_opencv(".png", CLEAR), "picture_colour", "partly transparent"),
    "clear gray": (cases.png(9, 9, colour=4), "picture_colour", "partly transparent"),
    "clear palette": (
        cases.by_pillow(Image.fromarray(RGB).quantize(9), "PNG", transparency=2),
        "picture_colour",
        "partly transparent",
    ),
    "clear colour": (
        cases.by_pillow(GRAY, "PNG", transparency=200),
        "picture_colour",
        "one of its colours transparent",
    ),
    "bad checksum": (PNG[:-1] + b"\0", "picture_damaged", "checksum of the chunk"),
    "something behind": (PNG + b"more", "picture_damaged", "4 bytes follow the end"),
    "no end": (PNG[:-12], "picture_truncated", "cut off"),
    "two headers": (cases.png(9, 9, before=PNG[8:33]), "picture_damaged", "once and first"),
    "interrupted": (cases.png(9, 9, between=cases.chunk(b"tIME", bytes(7))), "picture_damaged", "interrupted"),
    "no data": (cases.png_header(9, 9) + cases.chunk(b"IEND"), "picture_damaged", "no pixel data"),
    "rows missing": (cases.png(9, 9, rows=bytes(80)), "picture_damaged", "cannot be decoded"),
    "unknown depth": (cases.png(9, 9, depth=3), "picture_damaged", "colour type 0 with 3 bits"),
    "79 bytes": (
        cases.png_header(16000, 4000) + struct.pack(">I", 2**31 - 1) + b"IDAT" + bytes(26) + cases.chunk(b"IEND"),
        "picture_truncated",
        "the file ends after 79 bytes",
    ),
    "empty giant": (
        cases.png(8000, 8000, rows=bytes(9)),
        "picture_damaged",
        "bytes of data cannot hold the 8000 x 8000",
    ),
}
JPEGS = {
    "cmyk": (cases.by_pillow(Image.fromarray(RGB).convert("CMYK"), "JPEG"), "picture_colour", "JPEG CMYK"),
    "12 bit": (cases.with_frame(JPEG, bits=12), "picture_encoding", "JPEG of 12 bits; 8 are read"),
    "lossless": (cases.with_frame(JPEG, code=0xC3), "picture_encoding", "coding FF C3; baseline"),
    "arithmetic": (cases.with_frame(JPEG, code=0xC9), "picture_encoding", "coding FF C9"),
    "giant": (cases.with_frame(JPEG, width=56321, height=7789), "picture_too_large", "56321 x 7789"),
    "empty giant": (cases.with_frame(JPEG, width=8000, height=8000), "picture_damaged", "cannot hold the 8000 x 8000"),
    "taller": (cases.with_frame(JPEG, height=80), "picture_truncated", "before its last row"),
    "many scans": (
        SCANS[:-2] + SCANS[SCANS.rindex(b"\xff\xda") : -2] * 40 + SCANS[-2:],
        "picture_encoding",
        "in 5. passes",
    ),
    "no height": (cases.with_frame(JPEG, height=0), "picture_damaged", "claims 53 x 0"),
    "two frames": (JPEG[:20] + JPEG[JPEG.index(b"\xff\xc0") :][:19] + JPEG[20:], "picture_several", "two frames"),
    "only tables": (JPEG[: JPEG.index(b"\xff\xc0")] + b"\xff\xd9", "picture_damaged", "no picture"),
    "something behind": (JPEG + b"more", "picture_damaged", "4 bytes follow the end"),
    "no end": (JPEG[:-2], "picture_truncated", "cut off"),
    "no marker": (JPEG[:20] + b"\0" + JPEG[20:], "picture_damaged", "at byte 20 a marker should stand, not 00"),
}
BMPS = {
    "16 bit": (cases.bmp(GRAY[:, :52], 16), "picture_encoding", "BMP of 16 bits, packing 0"),
    "run lengths": (cases.bmp(GRAY, 8, packing=1), "picture_encoding", "8 bits, packing 1"),
    "odd masks": (cases.bmp(CLEAR, 32, 56, 3, bytes(16)), "picture_encoding", "32 bits, packing 3"),
    "old header": (BMP[:14] + b"\x0c" + BMP[15:], "picture_encoding", "header has 12 bytes"),
    "palette too long": (cases.bmp(GRAY, 8), "picture_damaged", "palette claims 256 colours"),
    "clear": (
        cases.bmp(CLEAR, 32, 108, 3, struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
        "picture_colour",
        "partly transparent",
    ),
    "cut": (BMP[:-1], "picture_truncated", "ends after 3149 bytes, but what belongs at byte 3150"),
}
OTHERS = {
    "empty": (b"", "picture_truncated", "empty"),
    "text": (b"hello", "picture_format", "begins with the bytes 68 65 6c 6c 6f; PNG, JPEG, TIFF and BMP"),
    "heic": (b"\0\0\0\x18ftypheic\0\0", "picture_format", "HEIC .* save it as PNG, or set the phone to store JPEG"),
    "avif": (b"\0\0\0\x1cftypavif", "picture_format", "AVIF picture: open it and save it as PNG"),
    "webp": (cases.by_pillow(RGB, "WEBP"), "picture_format", "WebP"),
    "gif": (cases.by_pillow(GRAY, "GIF"), "picture_format", "GIF"),
    "pdf": (cases.by_pillow(GRAY, "PDF"), "picture_format", "PDF document: export"),
    "canon raw": (b"II*\0\x10\0\0\0CR\x02\0", "picture_format", "camera raw file: develop it"),
    "fuji raw": (b"FUJIFILMCCD-RAW 0201", "picture_format", "camera raw"),
    "jpeg 2000": (b"\0\0\0\x0cjP  \r\n\x87\n", "picture_format", "JPEG 2000"),
    "big tiff": (b"II+\0\x08\0\0\0", "picture_format", "BigTIFF"),
    "film": (b"\0\0\0\x18ftypmp42", "picture_format", "film, not a picture"),
    "too many bytes": (bytes(256_000_001), "picture_too_large", "256000001 bytes; 256000000 are allowed"),
}
REFUSED = {
    f"{form}: {name}": case
    for form, group in {"tiff": TIFF, "png": PNGS, "jpeg": JPEGS, "bmp": BMPS, "other": OTHERS}.items()
    for name, case in group.items()
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_words(name):
    data, code, words = REFUSED[name]
    with pytest.raises(PictureError, match=words) as caught:
        decode_picture(data, "part")
    assert caught.value.code == code


def test_every_code_of_a_file_is_met_here():
    met = {code for _, code, _ in REFUSED.values()}
    of_the_disk = {"picture_missing", "picture_not_a_file", "picture_unreadable", "picture_not_written"}
    assert met | of_the_disk == set(PICTURE_CODES)


@pytest.mark.parametrize(
    "data",
    [cases.png_header(32768, 24576) + PNG[33:], PNGS["79 bytes"][0], JPEGS["giant"][0], JPEGS["empty giant"][0]],
    ids=["0.8 gigapixel png", "79 bytes", "giant jpeg", "empty giant jpeg"],
)
def test_a_giant_is_refused_before_it_costs_anything(data):
    resource = pytest.importorskip("resource")  # of POSIX
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    refused(data)
    assert time.perf_counter() - start < 0.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000 * (
        1024 if sys.platform == "darwin" else 1
    )


def test_opencv_was_told_the_limits():
    assert int(os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"]) == MAX_PIXELS
    assert int(os.environ["OPENCV_IO_MAX_IMAGE_WIDTH"]) == MAX_SIDE == int(os.environ["OPENCV_IO_MAX_IMAGE_HEIGHT"])
    assert cv2.getNumThreads() == 1


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("零件 é.png", "零件 é.png"),
        ("part_\udce9.png", "part_?.png"),
        ("a\nb\t\x00\x7f\x9b", "a\\nb\\t\\x00\\x7f\\x9b"),
        ("a\u2028b\u202egnp.exe", "a\\u2028b\\u202egnp.exe"),
        ("\ud83d\ude00", "??"),
    ],
)
def test_text_is_made_clean(text, clean):
    assert clean_text(text) == clean
    assert clean_text(clean) == clean


def test_any_text_can_be_drawn_and_stored():
    every = "".join(map(chr, range(0x11000)))
    clean = clean_text(every)
    clean.encode("utf-8")
    assert not {unicodedata.category(letter) for letter in clean} & {"Cc", "Cs", "Zl", "Zp"}
    cv2.putText(np.zeros((9, 99), np.uint8), clean_text("part \udce9"), (0, 8), 0, 0.3, 255)


def test_a_name_is_shown_clean():
    with pytest.raises(PictureError, match=r"^a\\nPASS\?\.png: the file is empty"):
        decode_picture(b"", "a\nPASS\udce9.png")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("bits", [8, 16])
def test_gray(channels, bits):
    pixels = cases.scene(channels, bits)
    pixels.setflags(write=False)
    eight = pixels.astype(float) / (1 if bits == 8 else 256)
    truth = eight if channels == 1 else eight @ [0.114, 0.587, 0.299]
    gray = gray8(pixels)
    assert (gray.shape, gray.dtype) == ((cases.HEIGHT, cases.WIDTH), np.uint8)
    assert np.abs(gray - truth).max() < (1 if bits == 16 else 0.51)


@pytest.mark.parametrize("pixels", [GRAY, COLOUR, cases.scene(1, 16), cases.scene(3, 16), COLOUR[::2, ::-1]])
def test_encoded_png_decodes_to_the_same(pixels):
    np.testing.assert_array_equal(decode_picture(encode_png(pixels), "").pixels, pixels)


@pytest.mark.parametrize("pixels", [GRAY, COLOUR, cases.scene(1, 16), cases.scene(3, 16)])
def test_encoded_jpeg_is_near(pixels):
    picture = decode_picture(encode_jpeg(pixels, 95), "")
    eight = pixels >> 8 if pixels.dtype == np.uint16 else pixels
    assert np.abs(picture.pixels.astype(int) - eight).mean() < 6
    assert len(encode_jpeg(pixels, 30)) < len(encode_jpeg(pixels, 95))


@pytest.mark.parametrize(
    "pixels",
    [GRAY.astype(float), GRAY > 9, CLEAR, GRAY[0], GRAY[:0], np.zeros((1, MAX_SIDE + 1), np.uint8)],
    ids=["float", "bool", "four channels", "one row", "empty", "too long"],
)
@pytest.mark.parametrize("function", [gray8, encode_png, encode_jpeg])
def test_other_arrays_are_refused(function, pixels):
    with pytest.raises(PictureError, match=r"allowed are \(H, W\) or \(H, W, 3\), uint8 or uint16"):
        function(pixels)


DATA = Path(os.environ.get("CVINSPECT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is absent")
def test_pictures_of_many_cameras_are_read():
    paths = list_pictures(DATA)
    for path in paths[:: max(1, len(paths) // 60)]:
        with Image.open(path) as truth:
            assert read_picture(path).pixels.shape[1::-1] == truth.size
