"""The layout of a TIFF file (TIFF 6.0): one page of whole-byte grey or RGB pixels, in strips or tiles."""

from __future__ import annotations

from dataclasses import dataclass

from cvinspect.pictures.header import MAX_PIXELS, Header
from cvinspect.pictures.refusals import AS_PNG, cut_off, damaged, numbers, refusal
from cvinspect.pictures.tags import byte_order, known_turn, read_directory

RAW, LZW, DEFLATE, OLD_DEFLATE, PACK_BITS = 1, 5, 8, 32946, 32773
_PACKINGS = {RAW: "none", LZW: "LZW", DEFLATE: "deflate", OLD_DEFLATE: "deflate", PACK_BITS: "PackBits"}
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_COLOURS = {
    3: "palette",
    4: "mask",
    5: "CMYK",
    6: "YCbCr",
    8: "Lab",
    9: "Lab",
    32803: "camera raw",
    34892: "camera raw",
}
_NUMBERS = {1: "unsigned", 2: "signed", 3: "floating point", 4: "undefined", 5: "complex", 6: "complex"}

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _PACKING, _COLOUR, _FILL_ORDER = 254, 256, 257, 258, 259, 262, 266
_STRIP_AT, _SAMPLES, _ROWS_PER_STRIP, _STRIP_BYTES, _PLANAR, _PREDICTOR = 273, 277, 278, 279, 284, 317
_TILE_WIDTH, _TILE_HEIGHT, _TILE_AT, _TILE_BYTES, _SUB_PICTURES, _NUMBER = 322, 323, 324, 325, 330, 339
_DNG = 50706

_DEFAULTS: dict[int, tuple[int, ...]] = {
    _SUBFILE: (0,),
    _BITS: (1,),
    _PACKING: (RAW,),
    _FILL_ORDER: (1,),
    _SAMPLES: (1,),
    _ROWS_PER_STRIP: (2**32 - 1,),
    _PLANAR: (1,),
    _PREDICTOR: (1,),
    _NUMBER: (1,),
}
_NEEDED = (_WIDTH, _HEIGHT, _COLOUR)
_WANTED = frozenset(range(254, 340)) | {_DNG}

Tags = dict[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the pixels lie and how they are packed.

    chunks: (first byte, bytes) of each strip or tile, row by row; chunk_width, chunk_height: their size in px, a strip
    being as wide as the picture. samples: stored channels, alpha included.
    """

    header: Header
    order: str
    samples: int
    packing: int
    differenced: bool
    white_is_zero: bool
    tiled: bool
    chunk_width: int
    chunk_height: int
    chunks: tuple[tuple[int, int], ...]

    @property
    def across(self) -> int:
        """Chunks side by side."""
        return -(-self.header.width // self.chunk_width)

    @property
    def pixel_bytes(self) -> int:
        """Bytes of one stored pixel."""
        return self.samples * self.header.bits // 8


def walk(data: bytes) -> Layout:
    """The layout of a TIFF that holds one page which can be read exactly. Raises PictureError."""
    order = byte_order(data)
    tags, following = read_directory(data, numbers(data, 4, order + "I")[0], _WANTED)
    _check_single(tags, following)
    for tag in _NEEDED:
        if len(tags.get(tag, ())) != 1:
            raise damaged(f"the TIFF tag {tag} is missing or not one whole number")
    tags = _DEFAULTS | {tag: values for tag, values in tags.items() if values}
    _check_colour(tags)
    _check_packing(tags)
    colour = tags[_COLOUR][0]
    width, height = tags[_WIDTH][0], tags[_HEIGHT][0]
    header = Header("tiff", width, height, 3 if colour == _RGB else 1, tags[_BITS][0], known_turn(tags))
    tiled = _TILE_WIDTH in tags
    rows = min(tags[_ROWS_PER_STRIP][0], height)
    chunk = (tags[_TILE_WIDTH][0], tags.get(_TILE_HEIGHT, (0,))[0]) if tiled else (width, rows)
    chunks = _chunks(data, tags, tiled, _chunk_count(header, *chunk))
    packing = tags[_PACKING][0]
    differenced = tags[_PREDICTOR][0] == 2 and packing in (LZW, DEFLATE, OLD_DEFLATE)
    return Layout(
        header, order, tags[_SAMPLES][0], packing, differenced, colour == _WHITE_IS_ZERO, tiled, *chunk, chunks
    )


def _check_single(tags: Tags, following: int) -> None:
    if _DNG in tags:
        raise refusal("picture_format", "this is a camera raw file (DNG): develop it and save it as PNG or TIFF")
    if following or _SUB_PICTURES in tags:
        raise refusal("picture_several", f"this TIFF holds several pages or a further picture; one is read: {AS_PNG}")
    if tags.get(_SUBFILE, (0,))[0] & 5:
        raise refusal("picture_several", f"this TIFF holds only a preview or a mask: {AS_PNG}")


def _check_colour(tags: Tags) -> None:
    colour, samples = tags[_COLOUR][0], tags[_SAMPLES][0]
    if colour not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB):
        what = _COLOURS.get(colour, f"of colour kind {colour}")
        raise refusal("picture_colour", f"this is a TIFF {what}; grey and RGB are read: {AS_PNG}")
    if samples not in ((3, 4) if colour == _RGB else (1, 2)):
        raise refusal("picture_colour", f"this TIFF has {samples} channels; grey and RGB are read: {AS_PNG}")


def _check_packing(tags: Tags) -> None:
    bits, kinds, packing = set(tags[_BITS]), set(tags[_NUMBER]), tags[_PACKING][0]
    if kinds != {1}:
        what = ", ".join(_NUMBERS.get(kind, str(kind)) for kind in sorted(kinds))
        raise refusal("picture_encoding", f"this TIFF's pixels are {what} numbers; unsigned ones are read: {AS_PNG}")
    if bits not in ({8}, {16}):
        what = ", ".join(map(str, sorted(bits)))
        raise refusal("picture_encoding", f"this TIFF's pixels have {what} bits a channel; 8 or 16 are read: {AS_PNG}")
    if tags[_PLANAR][0] != 1 and tags[_SAMPLES][0] > 1:
        raise refusal("picture_encoding", f"this TIFF stores its colours one after the other (planar): {AS_PNG}")
    if packing not in _PACKINGS:
        names = ", ".join(dict.fromkeys(_PACKINGS.values()))
        raise refusal("picture_encoding", f"this TIFF has compression {packing}; {names} are read: {AS_PNG}")
    if tags[_FILL_ORDER][0] != 1 or tags[_PREDICTOR][0] not in (1, 2):
        raise refusal("picture_encoding", f"this TIFF's bits are in an uncommon order or prediction: {AS_PNG}")


def _chunk_count(header: Header, chunk_width: int, chunk_height: int) -> int:
    if chunk_width < 1 or chunk_height < 1:
        raise damaged(f"its strips or tiles claim {chunk_width} x {chunk_height} px")
    count = -(-header.width // chunk_width) * -(-header.height // chunk_height)
    if count * chunk_width * chunk_height > 4 * MAX_PIXELS:
        raise refusal("picture_too_large", f"its {count} tiles claim {chunk_width} x {chunk_height} px each: {AS_PNG}")
    return count


def _chunks(data: bytes, tags: Tags, tiled: bool, count: int) -> tuple[tuple[int, int], ...]:
    places = tags.get(_TILE_AT if tiled else _STRIP_AT, ())
    sizes = tags.get(_TILE_BYTES if tiled else _STRIP_BYTES, ())
    if len(places) != count or len(sizes) != count:
        raise damaged(f"it lists {len(places)} strips or tiles of {len(sizes)} sizes where {count} are needed")
    for place, size in zip(places, sizes, strict=True):
        if place < 8:
            raise damaged(f"a strip or tile begins at byte {place}, inside its header")
        if place + size > len(data):
            raise cut_off(data, place + size)
    return tuple(zip(places, sizes, strict=True))
