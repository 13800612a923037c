"""Flash: material that stands out beyond the part's nominal outline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.components import Contour, Piece, box_of, mask_of, outer_contour, pieces_above
from cvinspect.detect.knobs import check, check_common
from cvinspect.detect.outline import Outline, face_outlines, fitted_outlines
from cvinspect.detect.surface import Surface, sampled
from cvinspect.model import Kind, Region

OutlineBy = Literal["none", "face", "circle", "ellipse"]

SMALLEST_PX = 3.0
BASE_PX = 2  # what is nearer to the outline is the part's own blurred edge
REACH_SHARE = 0.05  # of the outline's length / pi
SECTORS = 12
SECTOR_SHARE = 0.34  # of the outline that tells what is normal at one place


@dataclass(frozen=True, kw_only=True)
class FlashDetector:
    """Sharp material beyond the outline, attached to it, on whichever side of grey the ground lies.

    outline: what the nominal outline is: "none" (flash is not looked for), "face" (the faces' polygons; the part lies
    in a fixture), "circle" or "ellipse" (fitted to the part's silhouette, for turned parts; at least half of the
    silhouette must lie on it). smallest_mm: least height beyond the outline (mm, 0..1000); None = 3 px. reach_mm: how
    far out is looked (mm, 0..1000); None = 5 % of the outline's mean diameter. contrast_gray: least deviation from
    the ground at that place (grey levels, sensible 8..60). noise_sigmas: the same in noise sigmas of the ground
    (sensible 5..12); both must be exceeded.
    """

    outline: OutlineBy = "none"
    smallest_mm: float | None = None
    reach_mm: float | None = None
    contrast_gray: float = 15.0
    noise_sigmas: float = 6.0

    def __post_init__(self) -> None:
        check_common(self.smallest_mm, self.contrast_gray, self.noise_sigmas)
        check("reach_mm", self.reach_mm, 0.0, 1000.0, "mm")
        if self.outline not in get_args(OutlineBy):
            raise ValueError(f"outline = {self.outline!r}: allowed are {', '.join(get_args(OutlineBy))}")

    def from_mm(self, mm_per_px: float) -> float | None:
        """The smallest height that is looked for, mm; None where no outline is asked for."""
        return None if self.outline == "none" else max(self.smallest_mm or 0.0, SMALLEST_PX * mm_per_px)

    def seen_share(self, surface: Surface) -> float:
        """The share of the outline whose surroundings the frame shows; 0 where there is no outline."""
        strips = [self._strip(surface, outline) for outline in self._outlines(surface)]
        return float(np.mean(np.concatenate([strip.shown for strip in strips]))) if strips else 0.0

    def __call__(self, surface: Surface) -> Iterator[Region]:
        """Regions in frame px. Raises PictureError where there are too many."""
        for outline in self._outlines(surface):
            yield from self._along(surface, self._strip(surface, outline))

    def _outlines(self, surface: Surface) -> list[Outline]:
        if self.outline == "none":
            return []
        return face_outlines(surface) if self.outline == "face" else fitted_outlines(surface, self.outline)

    def _strip(self, surface: Surface, outline: Outline) -> Strip:
        reach = REACH_SHARE * len(outline.points) / np.pi
        if self.reach_mm is not None:
            reach = self.reach_mm / surface.mm_per_px
        return Strip.around(surface, outline, max(round(reach), 8))

    def _along(self, surface: Surface, strip: Strip) -> Iterator[Region]:
        deviation = strip.deviation()
        noise = strip.noise_gray(deviation)
        high = max(self.contrast_gray, self.noise_sigmas * noise)
        least = max((self.smallest_mm or 0.0) / surface.mm_per_px, SMALLEST_PX)
        size = np.asarray(np.minimum(np.abs(deviation), 255), np.uint8)
        size[:BASE_PX, :] = 0
        count = len(strip.outline.points)
        for piece in pieces_above(np.hstack([size, size]), high, high, None):
            contour = _once(piece, count)
            if contour is None or piece.box[1] > BASE_PX or piece.box[1] + piece.box[3] <= least:
                continue
            framed = strip.to_frame(contour)
            if framed is not None:
                polarity = int(np.sign(deviation[contour[:, 1], contour[:, 0]].sum()))
                nominal = strip.outline.points[np.arange(piece.box[0], piece.box[0] + min(piece.box[2], count)) % count]
                yield Region(Kind.FLASH, framed, polarity, piece.peak / noise, nominal_px=nominal)


def _once(piece: Piece, count: int) -> Contour | None:
    """The contour of a piece of the strip, which lies twice end to end; None for the copy of one seen elsewhere."""
    x, _, width, _ = piece.box
    if width >= count:
        return piece.contour[piece.contour[:, 0] < count]
    return np.asarray(piece.contour % (count, 1 << 30), np.int32) if 0 < x <= count else None


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """The band outside an outline, unrolled: rows = px beyond the outline (0..reach), columns = steps along it.

    shown: columns whose whole band is in the frame. size: (width, height) of the frame.
    """

    outline: Outline
    reach: int
    gray: NDArray[np.float32]
    shown: NDArray[np.bool_]
    size: tuple[int, int]

    @classmethod
    def around(cls, surface: Surface, outline: Outline, reach: int) -> Strip:
        """Unroll the band of `reach` px."""
        beyond = np.arange(reach + 1)[:, None, None]
        at = outline.points[None] + beyond * outline.normals[None]
        width, height = surface.frame.size
        outer = at[-1]
        shown = (outer >= 0).all(axis=1) & (outer[:, 0] <= width - 1) & (outer[:, 1] <= height - 1)
        smooth = cv2.GaussianBlur(surface.gray, (3, 3), 0)
        gray = sampled(smooth, at)
        return cls(outline, reach, gray.astype(np.float32), shown, surface.frame.size)

    def deviation(self) -> NDArray[np.float32]:
        """How far each place deviates from its column's outermost third, less the usual fall in its sector."""
        far = np.median(self.gray[-max(self.reach // 3, 2) :], axis=0)
        rise = self.gray - far
        count = rise.shape[1]
        half = max(int(count * SECTOR_SHARE / 2), 1)
        middles = np.arange(SECTORS) * count // SECTORS
        usual = np.stack(
            [np.median(rise.take(range(m - half, m + half), axis=1, mode="wrap"), axis=1) for m in middles], axis=1
        )
        around = np.concatenate([usual, usual[:, :1]], axis=1)
        place = np.arange(count) * SECTORS / count
        low = np.minimum(place.astype(int), SECTORS - 1)
        share = place - low
        return np.asarray((rise - around[:, low] * (1 - share) - around[:, low + 1] * share) * self.shown, np.float32)

    def noise_gray(self, deviation: NDArray[np.float32]) -> float:
        """Noise sigma of the ground, from the outer half of the band."""
        return max(1.4826 * float(np.median(np.abs(deviation[self.reach // 2 :]))), 0.3)

    def to_frame(self, contour: Contour) -> Contour | None:
        """The outline in frame px of strip places (N, 2) column, row; None where it lies outside the frame."""
        columns, rows = contour.T
        points = self.outline.points[columns] + rows[:, None] * self.outline.normals[columns]
        corners = np.round(points).astype(np.int32)
        x, y, width, height = box_of(corners)
        x1, y1 = min(x + width, self.size[0]), min(y + height, self.size[1])
        x, y = max(x, 0), max(y, 0)
        return outer_contour(mask_of(corners, (x, y, x1 - x, y1 - y)), (x, y)) if x1 > x and y1 > y else None
