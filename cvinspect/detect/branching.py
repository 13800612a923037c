"""Pieces in which lines meet or cross, as one piece per line's arm: `joining.joined` puts together what goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.detect.components import Piece, above, box_of, mask_of, outer_contour, pixel_count, sides

SPREAD = 4.0  # short side over width from which a piece is worth a look
ARM = 2.0  # length over width of an arm, at least: less is a spur of a ragged edge
LEAST_ARM = 6  # cells
MEETING = 3.0  # lines that meet number so many at least around a cell of the thinned piece


def parted(pieces: Sequence[Piece], deviation: MatLike, low: float) -> Iterator[Piece]:
    """Each piece of `deviation` above `low`; instead of one with three arms or more these arms, with its peak."""
    for number, piece in enumerate(pieces, start=1):
        arms = _arms(piece, deviation, low, number) if _is_spread(piece) else []
        yield from arms if len(arms) > 2 else [piece]


def _is_spread(piece: Piece) -> bool:
    """Whether it reaches much further aside than a bar of its area and girth is wide."""
    girth = (cv2.arcLength(piece.contour, True) + np.pi) / 2
    return min(sides(piece.contour)) >= max(SPREAD * pixel_count(piece.contour) / girth, LEAST_ARM)


def _arms(piece: Piece, deviation: MatLike, low: float, number: int) -> list[Piece]:
    from skimage.morphology import skeletonize  # rarely needed, and slow to load

    x, y, width, height = piece.box
    own = cv2.bitwise_and(mask_of(piece.contour, piece.box), above(deviation[y : y + height, x : x + width], low))
    own = cv2.copyMakeBorder(own, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    wide = 2 * float(cv2.distanceTransform(own, cv2.DIST_L2, 3).max()) - 1
    bones = np.asarray(skeletonize(own > 0), np.uint8)  # type: ignore[no-untyped-call]
    around = cv2.filter2D(bones, -1, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT) - bones
    meets = (bones > 0) & (around >= MEETING)
    if not meets.any():
        return []
    side = 2 * int(np.ceil(wide / 2)) + 3
    meeting = cv2.dilate(meets.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    bones[meeting > 0] = 0
    owner = _nearest(bones, max(ARM * wide, LEAST_ARM))
    owner[(own == 0) | (meeting > 0)] = 0
    arms = []
    for label in range(1, int(owner.max()) + 1):
        contour = outer_contour((owner == label).astype(np.uint8), (x - 1, y - 1))
        if contour is not None:
            arms.append(Piece(contour, box_of(contour), piece.peak, number))
    return arms


def _nearest(bones: MatLike, least: float) -> NDArray[np.int32]:
    """The number of the nearest of the pieces of `bones` that have `least` cells, from 1 on; 0 where there are none."""
    number, labels, stats, _ = cv2.connectedComponentsWithStats(bones, connectivity=8)
    long = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= least)
    long = long[long > 0]
    if not len(long):
        return np.zeros(bones.shape, np.int32)
    names = np.zeros(number, np.int32)
    names[long] = np.arange(1, len(long) + 1)
    named = names[labels]
    free = (named == 0).astype(np.uint8)
    cells = cv2.distanceTransformWithLabels(free, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[1]
    of_cell = np.zeros(int(cells.max()) + 1, np.int32)
    of_cell[cells[named > 0]] = named[named > 0]
    return np.asarray(of_cell[cells], np.int32)
