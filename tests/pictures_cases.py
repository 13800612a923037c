"""Picture files for the tests of `cvinspect.pictures`, built byte by byte or by Pillow and OpenCV."""

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEIGHT, WIDTH = 37, 53


def scene(channels=1, bits=8):
    """A smooth ramp with noise, (H, W) or (H, W, 3), so that every row and channel differs."""
    rng = np.random.default_rng(channels * 100 + bits)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [(y * (2 + c) + x * (3 - c) + rng.integers(0, 9, (HEIGHT, WIDTH))) % 256 for c in range(channels)]
    pixels = np.dstack(planes) if channels > 1 else planes[0]
    return (pixels * 257 + rng.integers(0, 99, pixels.shape)).astype(np.uint16) if bits == 16 else pixels.astype("u1")


def by_pillow(picture, form, **options):
    """The bytes that Pillow writes of an array (R, G, B) or of a Pillow picture."""
    out = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(out, form, **options)
    return out.getvalue()


def by_opencv(suffix, pixels, *options):
    """The bytes that OpenCV writes of an array (B, G, R)."""
    done, data = cv2.imencode(suffix, pixels, options)
    assert done
    return data.tobytes()


def chunk(kind, data=b""):
    """One PNG chunk with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth=8, colour=0, rows=None, before=b"", between=b"", after=b""):
    """A PNG of `rows` (filter bytes included; zeros if None), with chunks put before, in or after its pixel data."""
    if rows is None:
        samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
        rows = bytes(height * (1 + (width * depth * samples + 7) // 8))
    packed = zlib.compress(rows)
    middle = chunk(b"IDAT", packed[:5]) + between + chunk(b"IDAT", packed[5:])
    return png_header(width, height, depth, colour) + before + middle + after + chunk(b"IEND")


def png_header(width, height, depth=8, colour=0):
    """A PNG's signature and IHDR."""
    return PNG_SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def with_frame(data, **changes):
    """A baseline JPEG with `bits`, `height`, `width` or `code` of its frame header changed."""
    at = data.index(b"\xff\xc0") + 1
    code, length, bits, height, width = struct.unpack_from(">BHBHH", data, at)
    new = {"code": code, "length": length, "bits": bits, "height": height, "width": width} | changes
    return data[:at] + struct.pack(">BHBHH", *new.values()) + data[at + 8 :]


def tiff(pixels, order="<", packing=1, tile=None, rows=10, differenced=False, following=0, **tags):
    """A TIFF of `pixels` (stored order), raw (1) or deflated (8), in strips or square tiles; `t262=(0,)` sets a tag."""
    height, width = pixels.shape[:2]
    samples = pixels.shape[2] if pixels.ndim == 3 else 1
    stored = pixels.reshape(height, width, samples).astype(f"{order}u{pixels.itemsize}")
    blocks = _tiles(stored, tile) if tile else [stored[y : y + rows] for y in range(0, height, rows)]
    if differenced:
        blocks = [np.diff(block, axis=1, prepend=block[:, :1] * 0).astype(stored.dtype) for block in blocks]
    data = [zlib.compress(b.tobytes()) if packing in (8, 32946) else b.tobytes() for b in blocks]
    places = tuple(8 + sum(map(len, data[:n])) for n in range(len(data)))
    sizes = tuple(map(len, data))
    where = {322: (tile,), 323: (tile,), 324: places, 325: sizes} if tile else {273: places, 278: (rows,), 279: sizes}
    values = {256: (width,), 257: (height,), 258: (8 * pixels.itemsize,) * samples, 259: (packing,)}
    values |= {262: (2 if samples > 2 else 1,), 277: (samples,), 317: (2 if differenced else 1,)} | where
    values |= {int(name[1:]): value for name, value in tags.items()}
    body = b"".join(data)
    body += bytes(len(body) % 2)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    start = 8 + len(body)
    return mark + struct.pack(order + "I", start) + body + directory(values, start, order, following)


def _tiles(stored, tile):
    down, across = -(-stored.shape[0] // tile), -(-stored.shape[1] // tile)
    fill = ((0, down * tile - stored.shape[0]), (0, across * tile - stored.shape[1]), (0, 0))
    whole = np.pad(stored, fill, mode="edge")
    return [
        whole[y : y + tile, x : x + tile] for y in range(0, down * tile, tile) for x in range(0, across * tile, tile)
    ]


def directory(values, start, order="<", following=0):
    """A TIFF directory at byte `start` with `values` as LONGs, small ones as SHORTs."""
    entries, more = b"", b""
    after = start + 2 + 12 * len(values) + 4
    for tag, numbers in sorted(values.items()):
        short = max(numbers, default=0) < 65536
        packed = struct.pack(f"{order}{len(numbers)}{'H' if short else 'I'}", *numbers)
        place = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack(order + "I", after + len(more))
        entries += struct.pack(order + "HHI", tag, 3 if short else 4, len(numbers)) + place
        more += packed if len(packed) > 4 else b""
    return struct.pack(order + "H", len(values)) + entries + struct.pack(order + "I", following) + more


def exif(turn, order="<", texts=None):
    """An EXIF block that states an orientation, and tags that hold texts."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    texts = {tag: text.encode("latin-1") + b"\0" for tag, text in (texts or {}).items()}
    entries, more, after = b"", b"", 8 + 2 + 12 * (len(texts) + 1) + 4
    for tag, text in sorted(texts.items()):
        place = text.ljust(4, b"\0") if len(text) <= 4 else struct.pack(order + "I", after + len(more))
        entries += struct.pack(order + "HHI", tag, 2, len(text)) + place
        more += text if len(text) > 4 else b""
    entries += struct.pack(order + "HHIHH", 274, 3, 1, turn, 0)
    return mark + struct.pack(order + "IH", 8, len(texts) + 1) + entries + struct.pack(order + "I", 0) + more


def with_app1(data, block):
    """A JPEG with an EXIF block put in."""
    body = b"Exif\0\0" + block
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def bmp(pixels, bits, header=40, packing=0, masks=b"", palette=b"", top_down=False):
    """A BMP of rows that are given as they are stored: (H, W) or (H, W, 3 or 4)."""
    height, width = pixels.shape[:2]
    rows = pixels.reshape(height, -1)[:: 1 if top_down else -1]
    rows = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4)))
    start = 14 + header + len(palette)
    info = struct.pack("<IiiHHIIiiII", header, width, -height if top_down else height, 1, bits, packing, *[0] * 5)
    info = (info + masks).ljust(header, b"\0")
    return struct.pack("<2sIHHI", b"BM", start + rows.size, 0, 0, start) + info + palette + rows.tobytes()


def good():
    """{name: (bytes, pixels that must come out)} of pictures without loss."""
    gray, colour, gray16, colour16 = scene(1), scene(3), scene(1, 16), scene(3, 16)
    rgb, rgb16 = colour[..., ::-1], colour16[..., ::-1]
    grays = np.repeat(np.arange(256, dtype="u1"), 4).tobytes()
    inks = np.random.default_rng(5).integers(0, 256, (256, 4), dtype="u1")
    standard = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    opaque = np.dstack([colour, np.full(gray.shape, 255, "u1")])
    indexed = Image.fromarray(rgb).quantize(200)
    return {
        "png gray": (by_opencv(".png", gray), gray),
        "png colour": (by_pillow(rgb, "PNG"), colour),
        "png gray16": (by_opencv(".png", gray16), gray16),
        "png colour16": (by_opencv(".png", colour16), colour16),
        "png opaque": (by_opencv(".png", opaque), colour),
        "png palette": (by_pillow(indexed, "PNG"), np.asarray(indexed.convert("RGB"))[..., ::-1]),
        "png 1 bit": (by_pillow(Image.fromarray(gray > 99), "PNG"), np.uint8(255) * (gray > 99)),
        "png 2 bit": (png(4, 1, 2, rows=b"\0\x1b"), np.array([[0, 85, 170, 255]], "u1")),
        "png 4 bit": (png(4, 1, 4, rows=b"\0\x03\x9f"), np.array([[0, 51, 153, 255]], "u1")),
        "tiff raw": (by_pillow(gray, "TIFF"), gray),
        "tiff lzw": (by_pillow(rgb, "TIFF", compression="tiff_lzw"), colour),
        "tiff packbits": (by_pillow(gray // 64, "TIFF", compression="packbits"), gray // 64),
        "tiff deflate": (by_pillow(rgb, "TIFF", compression="tiff_adobe_deflate"), colour),
        "tiff raw16": (by_pillow(gray16, "TIFF"), gray16),
        "tiff lzw16": (by_opencv(".tiff", gray16, cv2.IMWRITE_TIFF_COMPRESSION, 5), gray16),
        "tiff lzw16 colour": (by_opencv(".tiff", colour16, cv2.IMWRITE_TIFF_COMPRESSION, 5), colour16),
        "tiff big-endian": (tiff(rgb16, ">"), colour16),
        "tiff big-endian deflate": (tiff(rgb16, ">", 8, differenced=True), colour16),
        "tiff tiles": (tiff(rgb, tile=16), colour),
        "tiff deflated tiles": (tiff(gray16, packing=32946, tile=32, differenced=True), gray16),
        "tiff opaque": (tiff(opaque[..., [2, 1, 0, 3]], t338=(2,)), colour),
        "tiff gray opaque": (tiff(np.dstack([gray, gray * 0 + 255]), t338=(2,)), gray),
        "tiff white is zero": (tiff(gray16, t262=(0,)), 65535 - gray16),
        "bmp gray": (by_opencv(".bmp", gray), gray),
        "bmp colour": (by_pillow(rgb, "BMP"), colour),
        "bmp 32": (bmp(opaque, 32), colour),
        "bmp 32 unused byte": (bmp(np.dstack([colour, gray * 0]), 32), colour),
        "bmp 32 masks": (bmp(opaque, 32, 56, 3, standard), colour),
        "bmp top down": (bmp(colour, 24, top_down=True), colour),
        "bmp gray palette": (bmp(gray, 8, palette=grays[::-1]), 255 - gray),
        "bmp colour palette": (bmp(gray, 8, palette=inks.tobytes()), inks[gray][..., :3]),
    }


def lossy():
    """{name: bytes} of JPEGs of scene(1) or scene(3)."""
    rgb = scene(3)[..., ::-1]
    return {
        "jpeg gray": by_pillow(scene(1), "JPEG", quality=95),
        "jpeg colour": by_pillow(rgb, "JPEG", quality=95, subsampling=0),
        "jpeg progressive": by_pillow(rgb, "JPEG", quality=95, subsampling=0, progressive=True),
        "jpeg restarts": by_pillow(rgb, "JPEG", quality=95, subsampling=0, restart_marker_blocks=2),
    }
