"""Scratches: long thin lines, dark or bright, broken ones joined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike

from cvinspect.detect.branching import parted
from cvinspect.detect.components import Contour, Piece, linked, outer_contour, pieces
from cvinspect.detect.faint import Trace, faint_lines
from cvinspect.detect.joining import Line, joined, strands_of
from cvinspect.detect.knobs import check, check_common
from cvinspect.detect.surface import Surface
from cvinspect.model import Kind, Region

SMALLEST_PX = 3.0
GROWTH = 0.6
JOIN_PX = 40.0
FAINT = 1.12  # of noise_sigmas: what a whole line's sum must exceed: in 5 MP of a fine texture hardly one does
LEAST_MEAN = 0.15  # of contrast_gray: what its mean must exceed in full resolution, lightly smoothed
NEAR_PX = 2  # at half resolution: a trace so near to a piece is the piece's
LEAST_PIECE = 4  # pixels at half resolution; less is noise that would only lengthen a line by chance


@dataclass(frozen=True, kw_only=True)
class ScratchDetector:
    """Lines, straight or curved; pieces of one line are one scratch (see `joining.joined` for the rule).

    So are lines too faint to stand out pixel by pixel (`faint.faint_lines`): a whole line's sum must exceed line_sigmas
    of such sums, its mean 0.15 x contrast_gray.

    smallest_mm: leave out what is shorter (mm, 0..1000); None = `elongation` x 3 px. contrast_gray: least deviation
    from the neighbourhood at half resolution (grey levels, sensible 2..40). noise_sigmas: the same in noise sigmas
    (sensible 5..12); both must be exceeded. elongation: least length over width (2..100). widest_mm: what is wider is
    no scratch (mm, 0..1000; None = any). join_mm: longest gap between pieces of one line (mm, 0..1000; None = 40 px).
    line_sigmas: least sum of a faint line (sensible 5..12; None = 1.12 x noise_sigmas).
    """

    smallest_mm: float | None = None
    contrast_gray: float = 3.0
    noise_sigmas: float = 6.0
    elongation: float = 3.0
    widest_mm: float | None = None
    join_mm: float | None = None
    line_sigmas: float | None = None

    def __post_init__(self) -> None:
        check_common(self.smallest_mm, self.contrast_gray, self.noise_sigmas)
        check("elongation", self.elongation, 2.0, 100.0, "", optional=False)
        check("widest_mm", self.widest_mm, 0.0, 1000.0, "mm")
        check("join_mm", self.join_mm, 0.0, 1000.0, "mm")
        check("line_sigmas", self.line_sigmas, 1.0, 100.0, "sigmas of a line's sum")

    def from_mm(self, mm_per_px: float) -> float:
        """The shortest line that is looked for, mm."""
        return max(self.smallest_mm or 0.0, self.elongation * SMALLEST_PX * mm_per_px)

    def seen_share(self, surface: Surface) -> float:
        """All that the frame shows of a face is looked at."""
        return 1.0

    def __call__(self, surface: Surface) -> Iterator[Region]:
        """Regions in frame px, clipped to the faces. Raises PictureError where there are too many."""
        noise = surface.sharp_half_noise_gray
        high = surface.threshold_gray(self.contrast_gray, noise, self.noise_sigmas)
        faint = self._faint(surface)
        drawn = _with_traces(surface.sharp_half, faint, high)
        join_px = JOIN_PX if self.join_mm is None else self.join_mm / surface.mm_per_px
        found = pieces(drawn, GROWTH * high, high, surface.within_half, LEAST_PIECE)
        large = list(parted(linked(found, high, join_px / 2), drawn, GROWTH * high))
        strands = strands_of(large, drawn)
        for line in joined(strands, join_px / 2):
            if line.peak > high and self._is_scratch(line, surface):
                contour = _full_contour(line, surface)
                if contour is not None:
                    strength = max([line.peak / noise, *_strengths(line, faint)])
                    yield Region(Kind.SCRATCH, contour, surface.polarity(contour), strength)

    def _faint(self, surface: Surface) -> list[Trace]:
        least = LEAST_MEAN * self.contrast_gray * surface.exposure
        sigmas = FAINT * self.noise_sigmas if self.line_sigmas is None else self.line_sigmas
        return [one for one in faint_lines(surface, sigmas) if one.gray > least]

    def _is_scratch(self, line: Line, surface: Surface) -> bool:
        length, width = line.size
        return (
            length >= self.elongation * width
            and 2 * length * surface.mm_per_px >= self.from_mm(surface.mm_per_px)
            and (self.widest_mm is None or 2 * width * surface.mm_per_px <= self.widest_mm)
        )


def _with_traces(deviation: MatLike, traces: list[Trace], level: float) -> MatLike:
    """The picture with the traces drawn in where it is not above `level` itself."""
    if not traces:
        return deviation
    drawn = np.zeros_like(deviation)
    courses = [np.rint((trace.points_px - 0.5) / 2).astype(np.int32) for trace in traces]
    cv2.polylines(drawn, courses, False, min(int(level) + 1, 255), 2)
    return cv2.max(deviation, drawn)


def _strengths(line: Line, traces: list[Trace]) -> Iterator[float]:
    for trace in traces:
        x, y = ((trace.points_px[len(trace.points_px) // 2] - 0.5) / 2).tolist()
        if any(_is_near(strand.piece, x, y) for strand in line.strands):
            yield trace.strength


def _is_near(piece: Piece, x: float, y: float) -> bool:
    """Whether the place is in the piece or nearer than NEAR_PX to it; its box tells most of the others."""
    left, top, width, height = piece.box
    if not (left - NEAR_PX < x < left + width - 1 + NEAR_PX and top - NEAR_PX < y < top + height - 1 + NEAR_PX):
        return False
    return cv2.pointPolygonTest(piece.contour, (x, y), True) > -NEAR_PX


def _full_contour(line: Line, surface: Surface) -> Contour | None:
    """One contour in frame px around all pieces of a line and the straight bridges between them."""
    x0, y0 = (min(strand.piece.box[i] for strand in line.strands) for i in (0, 1))
    x1, y1 = (max(strand.piece.box[i] + strand.piece.box[i + 2] for strand in line.strands) for i in (0, 1))
    mask: MatLike = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for strand in line.strands:
        cv2.drawContours(mask, [strand.piece.contour], -1, 255, cv2.FILLED, offset=(-x0, -y0))
    for start, stop in line.bridges:
        cv2.line(mask, (start[0] - x0, start[1] - y0), (stop[0] - x0, stop[1] - y0), 255)
    mask = cv2.resize(mask, (2 * mask.shape[1], 2 * mask.shape[0]), interpolation=cv2.INTER_NEAREST)
    if surface.within is not None:
        mask = cv2.bitwise_and(mask, surface.within[2 * y0 : 2 * y1, 2 * x0 : 2 * x1])
    return outer_contour(mask, (2 * x0, 2 * y0))
