"""Foreign matter: any sharp dark or bright object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike

from cvinspect.detect.components import Contour, Piece, enlarged, mask_of, pieces_above, pixel_count, sides
from cvinspect.detect.knobs import check_common
from cvinspect.detect.surface import Surface
from cvinspect.model import Kind, Region

SMALLEST_PX = 3.0
GROWTH = 0.6  # a piece reaches as far as this share of the level that it must exceed somewhere
COARSE = 1.2  # times noise_sigmas at lower resolution, where texture makes larger deviations likelier
SEEN = 0.5  # share of a coarse piece, but for its rim, that was found at higher resolution: it is the same object


@dataclass(frozen=True, kw_only=True)
class ForeignDetector:
    """Sharp objects, dark or bright: specks, fibres, stains; lines too where no scratch detector is asked.

    Looked for at full, half and a quarter of the resolution: the first sees what is small, the others what is weak.
    smallest_mm: leave out what is smaller (mm, 0..1000); None = 3 px, the least that the picture resolves, and what
    is seen below that is kept and flagged. contrast_gray: least deviation from the neighbourhood (grey levels on a face
    of grey level 128, sensible 3..60). noise_sigmas: least deviation in noise sigmas of the picture (sensible 4..12);
    both must be exceeded.
    """

    smallest_mm: float | None = None
    contrast_gray: float = 5.0
    noise_sigmas: float = 5.5

    def __post_init__(self) -> None:
        check_common(self.smallest_mm, self.contrast_gray, self.noise_sigmas)

    def from_mm(self, mm_per_px: float) -> float:
        """The smallest max dimension that is looked for, mm."""
        return max(self.smallest_mm or 0.0, SMALLEST_PX * mm_per_px)

    def seen_share(self, surface: Surface) -> float:
        """All that the frame shows of a face is looked at."""
        return 1.0

    def __call__(self, surface: Surface) -> Iterator[Region]:
        """Regions in frame px, clipped to the faces. Raises PictureError where there are too many."""
        noise = surface.sharp_noise_gray
        high = surface.threshold_gray(self.contrast_gray, noise, self.noise_sigmas)
        fine = pieces_above(surface.sharp, GROWTH * high, high, surface.within)
        found = [(piece.contour, piece.peak / noise) for piece in fine]
        found += self._coarse(surface, fine)
        for contour, strength in found:
            if sides(contour)[0] * surface.mm_per_px >= (self.smallest_mm or 0.0):
                yield Region(Kind.FOREIGN_MATTER, contour, surface.polarity(contour), strength)

    def _coarse(self, surface: Surface, fine: list[Piece]) -> Iterator[tuple[Contour, float]]:
        """What half and a quarter of the resolution show besides, in frame px, with its strength."""
        views = (
            (2, surface.sharp_half, surface.sharp_half_noise_gray),
            (4, surface.sharp_quarter, surface.sharp_quarter_noise_gray),
        )
        seen = [piece.contour for piece in fine]
        for scale, view, noise in views:
            high = surface.threshold_gray(self.contrast_gray, noise, COARSE * self.noise_sigmas)
            pieces = pieces_above(view, GROWTH * high, high, surface.deep(scale))
            known = _drawn(seen, scale, view.shape[:2]) if pieces else None
            for piece in pieces:
                contour = (
                    None if known is None or _is_known(piece, known) else enlarged(piece.contour, scale, surface.within)
                )
                if contour is not None:
                    seen.append(contour)
                    yield contour, piece.peak / noise


def _drawn(contours: list[Contour], scale: int, shape: tuple[int, ...]) -> MatLike:
    """255 on and next to the pixels of a view at 1 / scale of the resolution (H, W) that contours in px enclose."""
    mask = np.zeros(shape, np.uint8)
    for contour in contours:
        cv2.drawContours(mask, [contour // scale], -1, 255, cv2.FILLED)
        cv2.drawContours(mask, [contour // scale], -1, 255, 3)
    return mask


def _is_known(piece: Piece, known: MatLike) -> bool:
    x, y, width, height = piece.box
    both = cv2.bitwise_and(mask_of(piece.contour, piece.box), known[y : y + height, x : x + width])
    return cv2.countNonZero(both) > SEEN * pixel_count(piece.contour)
