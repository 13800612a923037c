"""Tags of a TIFF directory, which EXIF uses too (TIFF 6.0, section 2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cvinspect.errors import PictureError
from cvinspect.pictures.refusals import clean_text, cut_off, damaged, numbers

MAKE, MODEL, ORIENTATION = 271, 272, 274

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TEXT = 2
_LONGEST_NAME = 100
_WHOLE = {1: "B", _TEXT: "B", 3: "H", 4: "I", 13: "I"}


def byte_order(data: bytes) -> str:
    """The struct prefix of the byte order that a TIFF block begins with. Raises PictureError."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        raise damaged(f"a TIFF block begins with the bytes {data[:4].hex(' ')}")
    return order


def read_directory(data: bytes, at: int, wanted: Collection[int]) -> tuple[dict[int, tuple[int, ...]], int]:
    """The values of the `wanted` tags of the directory at byte `at`, and where the next directory is.

    Whole numbers, or a text's bytes. Every tag's values must lie inside `data`, wanted or not. Raises PictureError.
    """
    order = byte_order(data)
    (count,) = numbers(data, at, order + "H")
    found: dict[int, tuple[int, ...]] = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, length = numbers(data, entry, order + "HHI")
        size = _SIZES.get(kind, 1) * length
        place = entry + 8 if size <= 4 else numbers(data, entry + 8, order + "I")[0]
        if place + size > len(data):
            raise cut_off(data, place + size)
        if tag in wanted and kind in _WHOLE:
            found[tag] = numbers(data, place, f"{order}{length}{_WHOLE[kind]}")
    return found, numbers(data, at + 2 + 12 * count, order + "I")[0]


@dataclass(frozen=True, slots=True)
class Exif:
    """What an EXIF block states: the orientation 1..8 (1 = upright, or none that EXIF 2.3 knows), maker and model."""

    turn: int = 1
    camera: str = ""


def read_exif(block: bytes) -> Exif:
    """What an EXIF block states; of a broken one nothing."""
    try:
        order = byte_order(block)
        found, _ = read_directory(block, numbers(block, 4, order + "I")[0], (MAKE, MODEL, ORIENTATION))
    except PictureError:
        return Exif()
    make, model = (_text(found.get(tag, ())) for tag in (MAKE, MODEL))
    named = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    return Exif(known_turn(found), named.strip())


def _text(values: Iterable[int]) -> str:
    text = bytes(value & 255 for value in values).split(b"\0")[0].decode("ascii", "replace")
    return " ".join(clean_text(text).split())[:_LONGEST_NAME]


def known_turn(tags: dict[int, tuple[int, ...]]) -> int:
    """The orientation 1..8 among `tags`; 1 where it is absent or no value that EXIF 2.3 knows."""
    turn = next(iter(tags.get(ORIENTATION, ())), 1)
    return turn if 1 <= turn <= 8 else 1
