"""Masks: a picture of the same size beside each picture, 0 where it is good.

Its other values are classes where the user names them. A mask whose folder is a named class, that has only one value,
or that has so many that they are grey edges, says yes or no; where it holds white, it is marked from half of white on.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.errors import ConfigurationError, PictureError
from cvinspect.model import Pixels
from cvinspect.pictures import read_picture
from cvinspect.score.classes import ANY, Classes, Meaning
from cvinspect.score.label import Label, Mask, of_mask
from cvinspect.score.stated import Stated, no_labels

CRUMB_PX = 4  # pieces of fewer pixels are slips of the pen
MOST_CLASSES = 16  # more values, up to white, are the grey edges of one


def read_mask(path: Path, classes: Classes) -> Stated:
    """The connected pieces (by corners too) in the mask. Raises ConfigurationError."""
    try:
        pixels = read_picture(path).pixels
    except PictureError as bad:
        raise ConfigurationError(f"truth: {bad}") from bad
    if pixels.ndim != 2:
        raise ConfigurationError(f"{path}: a mask must be grey, this is in colour; save it as 8-bit grey PNG")
    whole = classes.of(path.parent.name, str(path)) if classes.knows(path.parent.name) else None
    parts = _parts(pixels, classes, path, whole)
    labels: list[Label] = []
    crumbs = 0
    for meaning, marked in parts:
        pieces, small = _pieces(meaning, marked)
        labels += pieces
        crumbs += small
    size = (pixels.shape[1], pixels.shape[0])
    if whole is not None and not whole.good and not labels:
        return Stated(str(path), no_labels, size, whole, placed=False, crumbs=crumbs)
    kept = tuple(labels)
    return Stated(str(path), lambda px: kept, size, crumbs=crumbs)


def _parts(pixels: Pixels, classes: Classes, path: Path, whole: Meaning | None) -> list[tuple[Meaning, Mask]]:
    """Each class that the mask holds, and its pixels (255)."""
    values = [int(value) for value in np.unique(pixels) if value]
    if not values:
        return []
    if whole is not None and whole.good:
        raise ConfigurationError(f"{path}: marks {np.count_nonzero(pixels)} px, but its folder's class is good")
    if any(classes.knows(str(value)) for value in values):
        parts = ((classes.of(str(value), f"{path}: value {value}"), pixels == value) for value in values)
        return [(meaning, _as_mask(marked)) for meaning, marked in parts if not meaning.good]
    if whole is None and 1 < len(values) <= MOST_CLASSES:
        listed = ", ".join(map(str, values))
        raise ConfigurationError(
            f'{path}: holds the values {listed}; say what they are with --classes "{values[0]}=KIND,.."'
        )
    white = int(np.iinfo(pixels.dtype).max)
    return [(whole or Meaning(ANY), _as_mask(pixels > (white // 2 if white in values else 0)))]


def _as_mask(marked: NDArray[np.bool_] | MatLike) -> Mask:
    return np.asarray(marked, np.uint8) * np.uint8(255)


def _pieces(meaning: Meaning, marked: Mask) -> tuple[list[Label], int]:
    count, of_piece, stats, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    kept = [piece for piece in range(1, count) if stats[piece, cv2.CC_STAT_AREA] >= CRUMB_PX]
    return [_piece(meaning, of_piece, stats[piece], piece) for piece in kept], count - 1 - len(kept)


def _piece(meaning: Meaning, of_piece: MatLike, stats: MatLike, piece: int) -> Label:
    x, y, width, height = (int(value) for value in stats[:4])
    own = _as_mask(of_piece[y : y + height, x : x + width] == piece)
    return of_mask(meaning, (x, y, x + width, y + height), own)
