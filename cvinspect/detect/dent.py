"""Dents: soft shading, or a rough patch, against the smooth surface of the face."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike

from cvinspect.detect.components import (
    Contour,
    Piece,
    above,
    enlarged,
    mask_of,
    outer_contour,
    pieces_above,
    pixel_count,
    sides,
)
from cvinspect.detect.knobs import check, check_common
from cvinspect.detect.shading import Relief, Shading, shading
from cvinspect.detect.surface import BLOCK, SOFT_EDGE_PX, Surface
from cvinspect.model import Doubt, Kind, Region

SMALLEST_PX = 16.0
GROWTH = 0.6
TWICE = 2.0  # a sharp object in a dent that stands out so many times as far is another one
SOLID = 0.6  # share of a piece that stands out sharply, from which it is one sharp object and no dent
THIN_PX = 12.0
SOFT = 1.35  # times a sharp edge's rise, from which a small object is soft
TWO_SIDED = ((0.4, 0.7), (0.25, 1.0))  # the lesser lobe of the greater one, and how soft it must be with that
LINE = 4.0  # length over width from which an object with two sides is a line with a burr


@dataclass(frozen=True, kw_only=True)
class DentDetector:
    """Soft or rough places, darker or brighter than the face around them.

    smallest_mm: leave out what is smaller (mm, 0..1000); None = 16 px, the least that shows as soft. contrast_gray:
    least deviation from the face's smooth surface (grey levels, sensible 2..30). noise_sigmas: the same in sigmas of
    the smooth surface's own unevenness (sensible 5..12); both must be exceeded. soft_edge_mm: an edge that takes at
    least this long to rise is soft (mm, 0..1000); None = 12 px.
    """

    smallest_mm: float | None = None
    contrast_gray: float = 3.0
    noise_sigmas: float = 6.0
    soft_edge_mm: float | None = None

    def __post_init__(self) -> None:
        check_common(self.smallest_mm, self.contrast_gray, self.noise_sigmas)
        check("soft_edge_mm", self.soft_edge_mm, 0.0, 1000.0, "mm")

    def from_mm(self, mm_per_px: float) -> float:
        """The smallest max dimension that is looked for, mm."""
        return max(self.smallest_mm or 0.0, SMALLEST_PX * mm_per_px)

    def seen_share(self, surface: Surface) -> float:
        """All that the frame shows of a face is looked at."""
        return 1.0

    def __call__(self, surface: Surface) -> Iterator[Region]:
        """Regions in frame px, clipped to the faces. Raises PictureError where there are too many."""
        for scale in (2, 4):
            yield from self._small(surface, shading(surface, scale))
        high = surface.threshold_gray(self.contrast_gray, surface.soft_noise_gray, self.noise_sigmas)
        for piece in pieces_above(surface.soft_size, GROWTH * high, high, None):
            doubt = self._doubt(surface, piece)
            contour = None if doubt is None else _full_contour(surface, piece, GROWTH * high)
            if doubt is None or contour is None:
                continue
            if sides(contour)[0] * surface.mm_per_px >= (self.smallest_mm or 0.0):
                strength = piece.peak / surface.soft_noise_gray
                yield Region(Kind.DENT, contour, _polarity(surface, piece), strength, doubt)

    def _small(self, surface: Surface, look: Shading) -> Iterator[Region]:
        """What is soft, or dark on one side and bright on the other, against its own neighbourhood."""
        high = surface.threshold_gray(self.contrast_gray, look.noise_gray, self.noise_sigmas)
        softer = 1.0 if self.soft_edge_mm is None else self.soft_edge_mm / (SOFT_EDGE_PX * surface.mm_per_px)
        for piece, peak in look.objects(GROWTH * high, high):
            relief = look.relief(piece)
            contour = enlarged(piece, look.scale, surface.within) if _is_shading(relief, piece, softer) else None
            if contour is not None and sides(contour)[0] * surface.mm_per_px >= (self.smallest_mm or 0.0):
                yield Region(Kind.DENT, contour, surface.polarity(contour), peak / look.noise_gray)

    def _doubt(self, surface: Surface, piece: Piece) -> Doubt | None:
        """NONE for a soft or rough piece, MERGED for a soft one with a sharp object in it; None: it is no dent."""
        soft_edge_px = SOFT_EDGE_PX if self.soft_edge_mm is None else self.soft_edge_mm / surface.mm_per_px
        sharp = _sharp_within(surface, piece)
        if surface.edge_px(piece) >= soft_edge_px:
            return Doubt.MERGED if sharp.max() > TWICE * surface.detail_gray(piece) else Doubt.NONE
        edges = above(sharp, surface.threshold_gray(0.5 * self.contrast_gray, surface.sharp_noise_gray, 3.0))
        return None if _is_one_sharp_object(edges, piece) else Doubt.NONE


def _is_shading(relief: Relief, piece: Contour, softer: float) -> bool:
    """Whether an object of the small views is soft, or has two sides, and is no line."""
    length, width = sides(piece)
    if length >= LINE * width:
        return False
    return relief.softness >= SOFT * softer or any(
        relief.opposite >= lobe and relief.softness >= soft * softer for lobe, soft in TWO_SIDED
    )


def _sharp_within(surface: Surface, piece: Piece) -> MatLike:
    """The sharp view where the soft-view piece is, 0 around it."""
    x, y, width, height = (BLOCK * side for side in piece.box)
    mask = cv2.resize(mask_of(piece.contour, piece.box), (width, height), interpolation=cv2.INTER_NEAREST)
    return cv2.bitwise_and(surface.sharp[y : y + height, x : x + width], mask)


def _is_one_sharp_object(edges: MatLike, piece: Piece) -> bool:
    """True where sharp pixels fill most of the piece, or most of them are one thin object that left its trace there."""
    count = cv2.countNonZero(edges)
    if count >= SOLID * BLOCK**2 * pixel_count(piece.contour):
        return True
    largest = outer_contour(edges, (0, 0))
    if largest is None or pixel_count(largest) < SOLID * count:
        return False
    return pixel_count(largest) < THIN_PX * sides(largest)[0]


def _full_contour(surface: Surface, piece: Piece, level: float) -> Contour | None:
    """The piece's contour in frame px, where the soft view, stretched, exceeds `level`."""
    rows, columns = surface.soft_size.shape
    x0, y0 = max(piece.box[0] - 1, 0), max(piece.box[1] - 1, 0)
    x1, y1 = min(piece.box[0] + piece.box[2] + 1, columns), min(piece.box[1] + piece.box[3] + 1, rows)
    own = cv2.dilate(mask_of(piece.contour, (x0, y0, x1 - x0, y1 - y0)), np.ones((3, 3), np.uint8))
    size = ((x1 - x0) * BLOCK, (y1 - y0) * BLOCK)
    wide = cv2.resize(np.where(own > 0, surface.soft_size[y0:y1, x0:x1], 0), size, interpolation=cv2.INTER_LINEAR)
    mask = above(wide, level)
    if surface.within is not None:
        mask = cv2.bitwise_and(mask, surface.within[y0 * BLOCK : y1 * BLOCK, x0 * BLOCK : x1 * BLOCK])
    return outer_contour(mask, (x0 * BLOCK, y0 * BLOCK))


def _polarity(surface: Surface, piece: Piece) -> int:
    x, y, width, height = piece.box
    soft = surface.soft[y : y + height, x : x + width][mask_of(piece.contour, piece.box) > 0]
    lean = float(soft.sum()) / max(float(np.abs(soft).sum()), 1e-6)
    return 0 if abs(lean) < 0.3 else 1 if lean > 0 else -1
