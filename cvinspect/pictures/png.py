"""The walk over a PNG file's chunks (ISO/IEC 15948): lengths, checksums, order, header."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from cvinspect.pictures.header import Header
from cvinspect.pictures.refusals import AS_PNG, cut_off, damaged, numbers, refusal
from cvinspect.pictures.tags import Exif, read_exif

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_DEFLATE_MOST = 1032  # one byte of a deflate stream makes at most so many (RFC 1951: 258 bytes from 2 bits)


def walk(data: bytes) -> Header:
    """The header of a PNG whose every chunk is whole, in place and right by its checksum. Raises PictureError."""
    kinds: list[bytes] = []
    exif = Exif()
    packed, depth, colour, width, height = 0, 0, 0, 0, 0
    for kind, at, length in _chunks(data):
        _check_order(kind, kinds)
        kinds.append(kind)
        if kind == b"IHDR":
            width, height, depth, colour = numbers(data, at, ">IIBB")
        elif kind == b"IDAT":
            packed += length
        elif kind == b"eXIf":
            exif = read_exif(data[at : at + length])
    _check_kinds(set(kinds), colour, depth)
    channels, bits = 1 if colour in (0, 4) else 3, 16 if depth == 16 else 8
    header = Header("png", width, height, channels, bits, exif.turn, camera=exif.camera)
    if height * ((width * depth * _SAMPLES[colour] + 7) // 8 + 1) > _DEFLATE_MOST * packed:
        raise damaged(f"{packed} bytes of data cannot hold the {width} x {height} px that its header claims")
    return header


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where its data begin, their length) of every chunk up to IEND, which must end the file."""
    if not data.startswith(_SIGNATURE):
        raise damaged(f"it begins with {data[:8].hex(' ')} instead of a PNG's {_SIGNATURE.hex(' ')}")
    at, kind = len(_SIGNATURE), b""
    while kind != b"IEND":
        (length,) = numbers(data, at, ">I")
        if at + 12 + length > len(data):
            raise cut_off(data, at + 12 + length)
        kind = data[at + 4 : at + 8]
        if zlib.crc32(memoryview(data)[at + 4 : at + 8 + length]) != numbers(data, at + 8 + length, ">I")[0]:
            raise damaged(f"the checksum of the chunk at byte {at} is wrong")
        yield kind, at + 8, length
        at += 12 + length
    if at != len(data):
        raise damaged(f"{len(data) - at} bytes follow the end of the picture")


def _check_order(kind: bytes, before: list[bytes]) -> None:
    if (kind == b"IHDR") != (not before):
        raise damaged("its header does not stand once and first")
    if kind == b"IDAT" and kind in before and before[-1] != kind:
        raise damaged("its pixel data are interrupted")


def _check_kinds(kinds: set[bytes], colour: int, depth: int) -> None:
    if kinds & {b"acTL", b"fcTL", b"fdAT"}:
        raise refusal("picture_several", f"this is an animated PNG; one still picture is read: {AS_PNG}")
    if depth not in _DEPTHS.get(colour, ()):
        raise damaged(f"its header states colour type {colour} with {depth} bits, which PNG does not know")
    if b"IDAT" not in kinds:
        raise damaged("it holds no pixel data")
    if b"tRNS" in kinds and colour != 3:
        raise refusal("picture_colour", f"it declares one of its colours transparent: {AS_PNG} without transparency")
