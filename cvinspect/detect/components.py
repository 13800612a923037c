"""Connected pieces of a deviation picture, as contours: never a full-frame label image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.errors import PictureError

Contour = NDArray[np.int32]
Box = tuple[int, int, int, int]

MOST = 5000
_FAR_TOO_MANY = 20 * MOST  # places that exceed a level: no usable picture shows so many, as pieces or as noise
_AROUND_PX = 24
_AT_ONCE = 64  # pieces whose gaps to all others are looked at together
_FREE, _OWN, _TAKEN = 255, 128, 64  # of a mask while pieces are grown in it


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One connected piece.

    contour: (N, 2) x, y through its border pixels' centres. box: x, y, width, height. peak: its largest value. arm_of:
    the number of the branched piece that it is an arm of; 0 = of none.
    """

    contour: Contour
    box: Box
    peak: float
    arm_of: int = 0


def pieces_above(deviation: MatLike, low: float, high: float, inside: MatLike | None) -> list[Piece]:
    """Pieces of `deviation` (H, W) > low, within `inside`, whose peak is > high. Raises PictureError beyond MOST.

    Each piece is grown from where it exceeds `high`, so that noise above `low` costs nothing.
    """
    seeds = _contours(_within(above(deviation, high), inside))
    if not seeds:
        return []
    found: list[Piece] = []
    for contour in _grown(_within(above(deviation, low), inside), seeds):
        check_number(len(found) + 1)
        found.append(_piece(contour, deviation, high))
    return found


def pieces(deviation: MatLike, low: float, high: float, inside: MatLike | None, least: float = 1.0) -> list[Piece]:
    """As `pieces_above`, with the pieces of at least `least` pixels whose peak is not above `high`, as long as any
    one's is."""
    if not cv2.countNonZero(above(deviation, high)):
        return []
    large = (one for one in _contours(_within(above(deviation, low), inside)) if pixel_count(one) >= least)
    found = [_piece(contour, deviation, high) for contour in large]
    check_number(sum(piece.peak > high for piece in found))
    return found


def linked(pieces: list[Piece], high: float, gap_px: float) -> list[Piece]:
    """The pieces above `high`, and those that may go on from them: over gaps of at most `gap_px` and the longer piece's
    length, from piece to piece."""
    low = np.array([piece.box[:2] for piece in pieces], np.float64).reshape(-1, 2)
    far = low + np.array([piece.box[2:] for piece in pieces], np.float64).reshape(-1, 2)
    reach = np.array([max(sum(piece.box[2:]), len(piece.contour)) for piece in pieces], np.float64)
    taken = np.array([piece.peak > high for piece in pieces], np.bool_)
    new = np.flatnonzero(taken)
    while new.size:
        own, new = new[:_AT_ONCE], new[_AT_ONCE:]
        gap = np.maximum(low[own, None] - far, low - far[own, None]).max(axis=2)
        near = (gap <= np.minimum(gap_px, np.maximum(reach[own, None], reach))).any(axis=0) & ~taken
        taken |= near
        new = np.concatenate([new, np.flatnonzero(near)])
    return [piece for piece, one in zip(pieces, taken.tolist(), strict=True) if one]


def _within(mask: MatLike, inside: MatLike | None) -> MatLike:
    return mask if inside is None else cv2.bitwise_and(mask, inside)


def _contours(mask: MatLike) -> list[Contour]:
    found = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    check_number(len(found) if len(found) > _FAR_TOO_MANY else 0)
    return [np.asarray(contour, np.int32).reshape(-1, 2) for contour in found]


def _grown(mask: MatLike, seeds: Iterable[Contour]) -> Iterator[Contour]:
    """The outer contours of the pieces of `mask` (255 on them; it is used up) that hold the seeds, each once."""
    for seed in seeds:
        x, y = seed[0].tolist()
        if mask[y, x] == _FREE:
            left, top, width, height = _filled(mask, x, y, box_of(seed))
            window = mask[top : top + height, left : left + width]
            own = window == _OWN
            contour = outer_contour(own.view(np.uint8), (left, top))
            window[own] = _TAKEN
            if contour is not None:
                yield contour


def _filled(mask: MatLike, x: int, y: int, box: Box) -> Box:
    """Marks the piece of `mask` at x, y as _OWN: its box. It is sought in ever larger windows around `box`, since
    cv2.floodFill costs as much as its picture is large."""
    reach, (rows, columns) = _AROUND_PX, mask.shape[:2]
    while True:
        left, top = max(box[0] - reach, 0), max(box[1] - reach, 0)
        right, bottom = min(box[0] + box[2] + reach, columns), min(box[1] + box[3] + reach, rows)
        window = mask[top:bottom, left:right]
        x0, y0, width, height = cv2.floodFill(window, None, (x - left, y - top), _OWN, flags=8)[3]
        cut = (x0 == 0 < left) or (y0 == 0 < top) or (x0 + width == right - left < columns - left)
        if not cut and not (y0 + height == bottom - top < rows - top):
            return left + x0, top + y0, width, height
        window[window == _OWN] = _FREE
        reach *= 4


def above(deviation: MatLike, level: float) -> MatLike:
    """255 where `deviation` (uint8 or float32) > level."""
    if deviation.dtype == np.uint8:
        return cv2.threshold(deviation, level, 255, cv2.THRESH_BINARY)[1]
    return cv2.compare(deviation, np.full_like(deviation, level), cv2.CMP_GT)


def check_number(number: int) -> None:
    """Raise PictureError where there are more findings than any usable picture of a part has."""
    if number > MOST:
        raise PictureError(
            f"{number} or more findings in one picture, at most {MOST} are allowed: the picture or the knobs are wrong;"
            " raise contrast_gray or noise_sigmas, or mend lighting and focus",
            code="too_many_findings",
        )


def _piece(contour: Contour, deviation: MatLike, high: float) -> Piece:
    x, y, width, height = box = box_of(contour)
    window = deviation[y : y + height, x : x + width]
    peak = float(window.max())
    if peak > high and window.size > 9:
        peak = float(cv2.minMaxLoc(window, mask_of(contour, box))[1])
    return Piece(contour, box, peak)


def box_of(contour: Contour) -> Box:
    """x, y, width, height of a contour's pixels."""
    x, y, width, height = cv2.boundingRect(contour)
    return x, y, width, height


def mask_of(contour: Contour, box: Box) -> MatLike:
    """255 on the pixels that the contour encloses, itself included, in the window `box`."""
    mask = np.zeros((box[3], box[2]), np.uint8)
    cv2.drawContours(mask, [contour], -1, 255, cv2.FILLED, offset=(-box[0], -box[1]))
    return mask


def outer_contour(mask: MatLike, offset: tuple[int, int]) -> Contour | None:
    """The outer contour of the largest piece in `mask`, moved by `offset`; None where the mask is empty."""
    contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE, offset=offset)[0]
    if not contours:
        return None
    found = [np.asarray(contour, np.int32).reshape(-1, 2) for contour in contours]
    return found[0] if len(found) == 1 else max(found, key=pixel_count)


def enlarged(contour: Contour, scale: int, within: MatLike | None) -> Contour | None:
    """A contour at 1 / scale of the resolution as one in frame px, within the faces; None where nothing is left."""
    box = box_of(contour)
    x, y, width, height = (scale * side for side in box)
    mask = cv2.resize(mask_of(contour, box), (width, height), interpolation=cv2.INTER_NEAREST)
    if within is not None:
        mask = cv2.bitwise_and(mask, within[y : y + height, x : x + width])
    return outer_contour(mask, (x, y))


def pixel_count(contour: NDArray[np.int32]) -> float:
    """Number of pixels on and within an 8-connected contour (Pick's theorem: area + steps / 2 + 1)."""
    return float(cv2.contourArea(contour)) + (len(contour) / 2 if len(contour) > 1 else 0) + 1


def sides(contour: Contour) -> tuple[float, float]:
    """Long and short side in px of the smallest upright-or-turned rectangle around the pixels."""
    width, height = cv2.minAreaRect(contour)[1]
    return max(width, height) + 1, min(width, height) + 1
