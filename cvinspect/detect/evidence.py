"""How far each pixel is beyond what good pictures show, and the objects that this points to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.detect.bank import Template, bank, responses
from cvinspect.detect.components import Box, Contour, above, box_of, mask_of, pieces_above, pixel_count

Floats = NDArray[np.float32]
Scales = NDArray[np.float64]

RIM_PX = 8  # this near to an edge of what is looked at, filters see less, and have a scale of their own
FOREMOST = 0.5  # of an object's evidence: its core
HALF = 0.5  # of its contrast: its edge
BRIDGED_PX = 9  # gaps in a line that are closed
REACH_PX = 72  # how far the filters' side lobes reach
ECHO = 0.5  # of an object's evidence: what is weaker and within reach may be its echo
ROUNDS = 3
ERASED_PX = 4  # around an object, with it: its blurred edge
_ROUND5 = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """What the ground of good pictures does.

    kernels: by how much smaller a picture is, its whitening kernel. scales (2, 2, templates): the response that few
    good pictures exceed somewhere; [0] of darker, [1] of brighter objects; [:, 0] inside, [:, 1] at the rim.
    """

    kernels: Mapping[int, Floats]
    scales: Scales


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """size (H, W): the largest response in multiples of its scale; which (H, W): of which template, by its index in
    `bank()`, plus the number of templates for a brighter object."""

    size: Floats
    which: NDArray[np.uint8]

    def shape_at(self, x: int, y: int) -> tuple[Template, int]:
        """The template and the polarity (-1 darker, +1 brighter) that show a pixel best."""
        index = int(self.which[y, x])
        return bank()[index % len(bank())], 1 if index >= len(bank()) else -1


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One object: its outline in px, what shows it best, how far beyond what good pictures show."""

    contour: Contour
    template: Template
    polarity: int
    peak: float


def rim(shape: tuple[int, int], inside: MatLike | None) -> NDArray[np.bool_]:
    """True within RIM_PX of the picture's edge or of the edge of what is looked at."""
    mask = np.full(shape, 255, np.uint8) if inside is None else np.asarray(inside, np.uint8)
    side = 2 * RIM_PX + 1
    core = cv2.erode(mask, np.ones((side, side), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(core == 0)


def stretched(response: Floats, shape: tuple[int, ...]) -> Floats:
    """A response as large as the frame."""
    if response.shape == shape:
        return response
    return np.asarray(cv2.resize(response, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def evidence(evened: Floats, inside: MatLike | None, texture: Texture) -> Evidence:
    """Of an evened picture (H, W)."""
    size = np.zeros(evened.shape, np.float32)
    which = np.zeros(evened.shape, np.uint8)
    at_rim = rim(evened.shape, inside)
    for index, (_, response) in enumerate(responses(evened, texture.kernels)):
        wide = stretched(response, evened.shape)
        for side, sign in ((0, -1.0), (1, 1.0)):
            inner, outer = texture.scales[side, :, index]
            told = wide * np.float32(sign / inner)
            told[at_rim] *= np.float32(inner / outer)
            more = told > size
            size[more] = told[more]
            which[more] = index + side * len(bank())
    if inside is not None:
        size[inside == 0] = 0
    return Evidence(size, which)


def objects(
    evened: Floats, contrast: Floats, inside: MatLike | None, texture: Texture, level: float
) -> Iterator[Shape]:
    """Objects with evidence above `level`, the strong before the weak; no echo of one is another.

    What stands out most is taken, erased, and the rest looked at again (CLEAN; Högbom, 1974): a filter answers to an
    object at its side lobes too, and what remains once the object is gone is there in its own right.
    """
    left = evened
    smooth = np.asarray(cv2.GaussianBlur(contrast, (0, 0), 1.0), np.float32)
    for turn in range(ROUNDS):
        found = list(_shapes(evidence(left, inside, texture), smooth, level))
        taken = found if turn == ROUNDS - 1 else _foremost(found)
        yield from taken
        if (len(taken) == len(found) and turn > 0) or not found:
            return
        gone = np.zeros(evened.shape, np.uint8)
        cv2.drawContours(gone, [shape.contour for shape in taken], -1, 255, cv2.FILLED)
        side = 2 * ERASED_PX + 1
        left = np.where(cv2.dilate(gone, np.ones((side, side), np.uint8)) > 0, np.float32(0), left)


def _foremost(found: list[Shape]) -> list[Shape]:
    """Those that no other within reach exceeds by far."""
    boxes = np.array([box_of(shape.contour) for shape in found], np.int64).reshape(-1, 4)
    peaks = np.array([shape.peak for shape in found])
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    kept = []
    for index, shape in enumerate(found):
        near = ((low < high[index] + REACH_PX) & (high > low[index] - REACH_PX)).all(axis=1)
        if shape.peak >= ECHO * peaks[near].max():
            kept.append(shape)
    return kept


def _shapes(found: Evidence, smooth: Floats, level: float) -> Iterator[Shape]:
    """Pieces of evidence above `level`, outlined where half of their contrast is reached."""
    for piece in pieces_above(found.size, level, level, None):
        x, y, width, height = piece.box
        own = np.where(mask_of(piece.contour, piece.box) > 0, found.size[y : y + height, x : x + width], 0)
        row, column = np.unravel_index(int(own.argmax()), own.shape)
        template, polarity = found.shape_at(x + int(column), y + int(row))
        core = np.asarray(own > max(level, FOREMOST * piece.peak))
        contour = _outlined(core, piece.box, template, polarity, smooth)
        yield Shape(piece.contour if contour is None else contour, template, polarity, piece.peak)


def _outlined(core: NDArray[np.bool_], box: Box, template: Template, polarity: int, smooth: MatLike) -> Contour | None:
    """What lies under the template laid on the core and stands out half as far as the core does."""
    stamp = template.footprint
    reach = max(stamp.shape) // 2 + 3
    height, width = smooth.shape
    x0, y0 = max(box[0] - reach, 0), max(box[1] - reach, 0)
    x1, y1 = min(box[0] + box[2] + reach, width), min(box[1] + box[3] + reach, height)
    seed = np.zeros((y1 - y0, x1 - x0), np.uint8)
    seed[box[1] - y0 : box[1] - y0 + box[3], box[0] - x0 : box[0] - x0 + box[2]][core] = 255
    near = cv2.dilate(_laid(template, stamp, seed), _ROUND5)
    deep = polarity * smooth[y0:y1, x0:x1]
    level = HALF * float(np.quantile(deep[near > 0], 0.98))
    body = cv2.bitwise_and(above(np.asarray(deep, np.float32), max(level, 1e-3)) * 255, near)
    if template.step is not None:
        body = cv2.morphologyEx(body, cv2.MORPH_CLOSE, np.ones((BRIDGED_PX, BRIDGED_PX), np.uint8))
    contours = cv2.findContours(body, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    touched = [one for one in contours if cv2.countNonZero(cv2.bitwise_and(_filled(one, body.shape), seed))]
    if not touched:
        return None
    largest = max((np.asarray(one, np.int32).reshape(-1, 2) for one in touched), key=pixel_count)
    return np.asarray(largest + np.array([x0, y0]), np.int32)


def _laid(template: Template, stamp: MatLike, seed: MatLike) -> MatLike:
    """The template's footprint on every pixel of the seed; of a disk by its distance, which is much faster."""
    if template.size_px[0] != template.size_px[1]:
        return cv2.dilate(seed, stamp)
    away = cv2.distanceTransform(cv2.bitwise_not(seed), cv2.DIST_L2, 5)
    return np.asarray(np.where(away <= template.size_px[0] / 2, 255, 0), np.uint8)


def _filled(contour: MatLike, shape: tuple[int, ...]) -> MatLike:
    mask = np.zeros(shape, np.uint8)
    return cv2.drawContours(mask, [contour], -1, 255, cv2.FILLED)
