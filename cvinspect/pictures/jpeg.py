"""The walk over a JPEG file's segments (ITU-T T.81), up to its end marker and what follows it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cvinspect.pictures.header import Header
from cvinspect.pictures.refusals import AS_PNG, cut_off, damaged, numbers, refusal
from cvinspect.pictures.tags import Exif, read_exif

_EOI, _SOS, _DQT, _APP1 = 0xD9, 0xDA, 0xDB, 0xE1
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_READ = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive"}
_BARE = frozenset(range(0xD0, 0xD9)) | {0x00, 0x01}
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ANNEX_K_STEPS = 3688  # sum of the luminance table K.1
_MAX_SCANS = 32  # a progressive picture has about ten; each more costs 45 ms at 64 megapixels


@dataclass(frozen=True, slots=True)
class Jpeg:
    """header, where the end marker stands (byte), and whether the pixels come row by row in one scan."""

    header: Header
    end: int
    one_pass: bool


@dataclass(slots=True)
class _Walked:
    frame: tuple[int, ...] = ()
    exif: Exif | None = None
    scans: int = 0
    coded: int = 0
    steps: int = 0


def walk(data: bytes) -> Jpeg:
    """The header of a JPEG whose segments follow each other to the end marker. Raises PictureError.

    After the end marker stand nothing, zeros, or what phones append: further JPEGs (a depth or gain map), a film,
    Samsung's trailer. Anything else means a damaged file.
    """
    at, seen = 2, _Walked()
    while (code := _marker(data, at)) != _EOI:
        if code == 0xFF:
            at += 1
            continue
        if code in _BARE:
            raise damaged(f"the marker FF {code:02X} at byte {at} does not belong there")
        at = _segment(data, at, code, seen)
    _check_appended(data[at + 2 :])
    return Jpeg(_header(seen), at, seen.scans == 1 and seen.frame[0] != 0xC2)


def _marker(data: bytes, at: int) -> int:
    first, code = numbers(data, at, "BB")
    if first != 0xFF:
        raise damaged(f"at byte {at} a marker should stand, not {first:02X}")
    return code


def _segment(data: bytes, at: int, code: int, seen: _Walked) -> int:
    """Note what matters of the segment at byte `at`; where the next one begins."""
    (length,) = numbers(data, at + 2, ">H")
    end = at + 2 + length
    if length < 2 or end > len(data):
        raise cut_off(data, end) if length >= 2 else damaged(f"the segment at byte {at} states {length} bytes")
    if code in _FRAMES:
        if seen.frame:
            raise refusal("picture_several", f"it declares two frames; one picture is read: {AS_PNG}")
        seen.frame = (code, *numbers(data, at + 4, ">BHHB"))
    elif code == _APP1 and data[at + 4 : at + 10] == b"Exif\0\0" and seen.exif is None:
        seen.exif = read_exif(data[at + 10 : end])
    elif code == _DQT:
        seen.steps = max(seen.steps, _luma_steps(data[at + 4 : end]))
    elif code == _SOS:
        following = _MARKER.search(data, end)
        if not following:
            raise cut_off(data, len(data))
        seen.scans, seen.coded = seen.scans + 1, seen.coded + following.start() - end
        return following.start()
    return end


def _header(seen: _Walked) -> Header:
    if not seen.frame or not seen.scans:
        raise damaged("it holds no picture")
    code, bits, height, width, components = seen.frame
    if code not in _READ or seen.scans > _MAX_SCANS:
        kind = f"of coding FF {code:02X}" if code not in _READ else f"in {seen.scans} passes"
        allowed = f"{', '.join(_READ.values())} ones in up to {_MAX_SCANS} passes are read"
        raise refusal("picture_encoding", f"this is a JPEG {kind}; {allowed}: {AS_PNG}")
    if bits != 8:
        raise refusal("picture_encoding", f"this is a JPEG of {bits} bits; 8 are read: {AS_PNG}")
    if components not in (1, 3):
        what = "CMYK" if components == 4 else f"of {components} components"
        raise refusal("picture_colour", f"this is a JPEG {what}; grey (1) and colour (3) are read: {AS_PNG}")
    exif = seen.exif or Exif()
    header = Header("jpeg", width, height, components, 8, exif.turn, _quality(seen.steps), exif.camera)
    if -(-width // 8) * -(-height // 8) > 8 * seen.coded:  # a block of 8 x 8 takes one bit at least
        raise damaged(f"{seen.coded} bytes of data cannot hold the {width} x {height} px that its header claims")
    return header


def _luma_steps(tables: bytes) -> int:
    """The sum of table 0's quantisation steps; 0 where it is not among `tables`."""
    at = 0
    while at < len(tables):
        wide, number = tables[at] >> 4, tables[at] & 15
        steps = tables[at + 1 : at + 65 + 64 * wide]
        if number == 0 and len(steps) == 64 + 64 * wide:
            return sum(steps) if not wide else sum(int.from_bytes(steps[i : i + 2]) for i in range(0, 128, 2))
        at += 65 + 64 * wide
    return 0


def _quality(steps: int) -> int:
    """The quality 1..100 at which the table of ITU-T T.81 annex K, scaled as libjpeg does, has this sum of steps."""
    percent = 100 * steps / _ANNEX_K_STEPS
    quality = (200 - percent) / 2 if percent <= 100 else 5000 / percent
    return min(max(round(quality), 1), 100)


def _check_appended(rest: bytes) -> None:
    after = rest.lstrip(b"\0")
    known = after.startswith(b"\xff\xd8\xff") or b"ftyp" in after[:8] or after.endswith(b"SEFT")
    if after and not known:
        raise damaged(
            f"{len(rest)} bytes follow the end of the picture, and they are no phone's second picture or film"
        )
