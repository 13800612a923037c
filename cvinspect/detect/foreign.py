"""Foreign matter: any sharp dark or bright object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cvinspect.detect.components import pieces_above, sides
from cvinspect.detect.knobs import check_common
from cvinspect.detect.surface import Surface
from cvinspect.model import Kind, Region

SMALLEST_PX = 3.0
GROWTH = 0.6  # a piece reaches as far as this share of the level that it must exceed somewhere


@dataclass(frozen=True, kw_only=True)
class ForeignDetector:
    """Sharp objects, dark or bright: specks, fibres, stains; lines too where no scratch detector is asked.

    smallest_mm: leave out what is smaller (mm, 0..1000); None = 3 px, the least that the picture resolves, and what
    is seen below that is kept and flagged. contrast_gray: least deviation from the neighbourhood (grey levels,
    sensible 3..60). noise_sigmas: least deviation in noise sigmas of the picture (sensible 5..12); both must be
    exceeded.
    """

    smallest_mm: float | None = None
    contrast_gray: float = 5.0
    noise_sigmas: float = 6.0

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
        high = max(self.contrast_gray, self.noise_sigmas * noise)
        for piece in pieces_above(surface.sharp, GROWTH * high, high, surface.within):
            if sides(piece.contour)[0] * surface.mm_per_px >= (self.smallest_mm or 0.0):
                yield Region(Kind.FOREIGN_MATTER, piece.contour, surface.polarity(piece.contour), piece.peak / noise)
