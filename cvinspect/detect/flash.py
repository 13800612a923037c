"""Flash and chips: material beyond the part's nominal outline, and material missing within it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.band import Band
from cvinspect.detect.components import Contour, Piece, pieces_above
from cvinspect.detect.knobs import check, check_common
from cvinspect.detect.outline import Nominal, Outline, face_outlines, nominal_outlines
from cvinspect.detect.registering import Registered, registered
from cvinspect.detect.silhouette import fitted_outlines
from cvinspect.detect.standing import GONE, Floats, gone_within, standing_out
from cvinspect.detect.surface import Surface
from cvinspect.model import Kind, Region

OutlineWord = Literal["none", "face", "circle", "ellipse", "learnt"]
Missing = Literal["unsure", "cut_damage", "short_shot", "none"]

SMALLEST_PX = 2.0
BASE_PX = 1  # nearer to the outline nothing is told from the part's own blurred edge
TAIL_PX = 4  # as far as the part's own blurred edge reaches beyond the outline
NOISES = 3.0  # times what the ground's noise may have moved the top of flash by, at most
MOST_NOISE_PX = 0.9
LEAN_PX = 0.4  # by which blur may move the top of a narrow bump,
LEAN_IN_PX = 0.7  # and the end of a chip
TOLERANCE_PX = 1.0
REACH_SHARE = 0.05  # of the outline's length / pi
SOFT_GRAY = 0.2  # of the least contrast, per px: a slower rise towards the part is a shadow's
SHARP = 1 / 3  # of the least contrast, per px: the least slope of an edge
SPREADS = 3.0
LEAST_EXPOSURE = 0.5  # a face that is darker than this share of the reference is no darker exposure of it
MIXED = 0.6  # of its deviation, on one side of grey
ACROSS = np.ones((3, 1), np.uint8)  # of the outline: 1 px between bright and dark is no gap
EDGE_SIGMAS = 10.0  # that a px of height is worth: an edge is known to a tenth of a px


@dataclass(frozen=True, kw_only=True)
class FlashDetector:
    """Sharp material beyond the outline, attached to it, on whichever side of grey the ground lies; and places within
    the outline, open to it, that look like the ground.

    outline: what the nominal outline is: "none" (flash is not looked for), "face" (the faces' polygons), a drawn one
    (`Nominal`), "learnt" (from good parts), "circle" or "ellipse" (fitted to the part's silhouette, for turned parts).
    It is laid onto the part's edge first; at least half of it must be found there. tolerance_mm: how far the part's
    own size and slow form may lie off the outline and is then followed (mm, 0..1000); None = 1 px and twice the
    scale's uncertainty. smallest_mm: least height beyond the outline, least depth of what is missing (mm, 0..1000);
    None = 2 px. reach_mm: how far out and in is looked (mm, 0..1000); None = 5 % of the outline's mean diameter.
    contrast_gray: least deviation from the ground at that place (grey levels, sensible 8..60). noise_sigmas: the same
    in noise sigmas of the ground (sensible 5..12); both must be exceeded. missing: what missing material is called:
    "cut_damage", "short_shot", "unsure" (judged as both), or "none" (not looked for).
    """

    outline: OutlineWord | Nominal = "none"
    tolerance_mm: float | None = None
    smallest_mm: float | None = None
    reach_mm: float | None = None
    contrast_gray: float = 15.0
    noise_sigmas: float = 6.0
    missing: Missing = "unsure"

    def __post_init__(self) -> None:
        check_common(self.smallest_mm, self.contrast_gray, self.noise_sigmas)
        check("reach_mm", self.reach_mm, 0.0, 1000.0, "mm")
        check("tolerance_mm", self.tolerance_mm, 0.0, 1000.0, "mm")
        for knob, allowed in (("outline", OutlineWord), ("missing", Missing)):
            value = getattr(self, knob)
            if value not in get_args(allowed) and not isinstance(value, Nominal):
                raise ValueError(f"{knob} = {value!r}: allowed are {', '.join(get_args(allowed))}")

    def from_mm(self, mm_per_px: float) -> float | None:
        """The smallest height that is looked for, mm; None where no outline is asked for, or none was learnt."""
        return None if self.outline in ("none", "learnt") else max(self.smallest_mm or 0.0, SMALLEST_PX * mm_per_px)

    def seen_share(self, surface: Surface) -> float:
        """The share of the outline whose surroundings the frame shows; 0 where there is no outline."""
        bands = [band for _, band, _ in self._bands(surface)]
        return float(np.mean(np.concatenate([band.shown for band in bands]))) if bands else 0.0

    def __call__(self, surface: Surface) -> Iterator[Region]:
        """Regions in frame px. Raises PictureError where there are too many."""
        least = max((self.smallest_mm or 0.0) / surface.mm_per_px, SMALLEST_PX)
        for found, band, own in self._bands(surface):
            contrast = max(surface.threshold_gray(self.contrast_gray, 0.0, 0.0), LEAST_EXPOSURE * self.contrast_gray)
            missing = list(self._missing(found, band, own, least, contrast))
            chipped = np.zeros(band.shown.size, np.bool_)
            for _, columns in missing:
                chipped[np.arange(columns[0] - TAIL_PX, columns[0] + columns.size + TAIL_PX) % chipped.size] = True
            yield from self._flash(found, band, own, least, contrast, chipped)
            if self.missing != "none":
                yield from (region for region, _ in missing)

    def _outlines(self, surface: Surface) -> list[Outline]:
        if isinstance(self.outline, Nominal):
            return nominal_outlines(surface, self.outline)
        if self.outline in ("circle", "ellipse"):
            return fitted_outlines(surface, self.outline)
        return face_outlines(surface) if self.outline == "face" else []

    def _bands(self, surface: Surface) -> Iterator[tuple[Registered, Band, Band]]:
        """Each outline that was found, the band along it, and the band along the part's own edge,
        shown where that was seen."""
        freedom = self.outline if self.outline in ("circle", "ellipse") else "rigid"
        for outline in self._outlines(surface):
            length = len(outline.points)
            tolerance = TOLERANCE_PX + surface.placement.calibration.u_scale * length / np.pi
            if self.tolerance_mm is not None:
                tolerance = self.tolerance_mm / surface.mm_per_px
            reach = REACH_SHARE * length / np.pi
            if self.reach_mm is not None:
                reach = self.reach_mm / surface.mm_per_px
            found = registered(surface, outline, freedom, tolerance)
            if found is not None:
                far = max(round(reach), 8)
                own = Band.along(surface, found.edge, far, far)
                own = replace(own, shown=own.shown & found.agrees)
                yield found, Band.along(surface, found.outline, far, far), own

    def _flash(
        self,
        found: Registered,
        band: Band,
        own: Band,
        least: float,
        contrast: float,
        chipped: NDArray[np.bool_],
    ) -> Iterator[Region]:
        deviation = standing_out(band, own, SOFT_GRAY * contrast)
        deviation[:TAIL_PX, chipped] = 0  # where the part's blurred edge is missing, nothing stands out
        outer = np.abs(deviation[TAIL_PX : max(2 * len(deviation) // 3, TAIL_PX + 1), own.shown])
        noise = max(1.4826 * float(np.median(outer)), 0.3) if outer.size else 0.3
        high = max(contrast, self.noise_sigmas * noise)
        closed = cv2.morphologyEx(np.minimum(np.abs(deviation), 255), cv2.MORPH_CLOSE, ACROSS)
        size = np.asarray(closed, np.uint8)  # dark material may follow on bright
        for piece in _attached(size, high):
            columns = _columns(piece, band)
            own_size = np.abs(deviation[:, columns])
            half = 0.5 * float(np.median(own_size[BASE_PX : piece.box[3] + BASE_PX].max(axis=0)))
            height = _crossings(own_size, max(high, half), piece.box[3])
            slope = _slope(deviation[:, columns], height)
            noisy = min(NOISES * noise / max(slope, 1.0), MOST_NOISE_PX)
            needed = least - max(LEAN_PX, noisy) + SPREADS * band.outline.spread_px[columns]
            if (height >= needed).any() and slope >= contrast * SHARP:
                sign = _polarity(deviation[BASE_PX : piece.box[3] + BASE_PX, columns])
                strength = EDGE_SIGMAS * float(height.max())
                yield from _region(found, band, piece, Kind.FLASH, sign, strength, inwards=False)

    def _missing(
        self, found: Registered, band: Band, own: Band, least: float, contrast: float
    ) -> Iterator[tuple[Region, NDArray[np.int64]]]:
        gone, sign = gone_within(band, own, contrast)
        kind = Kind.SHORT_SHOT if self.missing == "short_shot" else Kind.CUT_DAMAGE
        scaled = np.asarray(np.clip(gone * 100, 0, 255), np.uint8)
        for piece in _attached(scaled, 100 * GONE):
            columns = _columns(piece, band)
            depth = _crossings(gone[:, columns], GONE, piece.box[3])
            if (depth >= least - LEAN_IN_PX + SPREADS * band.outline.spread_px[columns]).any():
                strength = EDGE_SIGMAS * float(depth.max())
                for region in _region(found, band, piece, kind, sign, strength, inwards=True):
                    yield replace(region, may_be=(Kind.SHORT_SHOT,) if self.missing == "unsure" else ()), columns


def _attached(size: cv2.typing.MatLike, level: float) -> Iterator[Piece]:
    """Pieces of (R, N) > level, told once though the band is laid twice end to end, that reach down to the outline."""
    size[:BASE_PX] = 0
    count = size.shape[1]
    for piece in pieces_above(np.hstack([size, size]), level, level, None):
        x, y, width, _ = piece.box
        if y <= BASE_PX and (x < count <= width or 0 < x <= count):
            yield piece


def _columns(piece: Piece, band: Band) -> NDArray[np.int64]:
    count = band.gray.shape[1]
    return np.asarray(np.arange(piece.box[0], piece.box[0] + min(piece.box[2], count)) % count)


def _region(
    found: Registered, band: Band, piece: Piece, kind: Kind, polarity: int, strength: float, *, inwards: bool
) -> Iterator[Region]:
    """The region of a piece of the band, if it lies in the frame."""
    count = band.gray.shape[1]
    contour: Contour = piece.contour[piece.contour[:, 0] < count] if piece.box[2] >= count else piece.contour
    framed = band.to_frame(np.asarray(contour % (count, 1 << 30), np.int32), inwards)
    if framed is not None:
        nominal = found.outline.points[_columns(piece, band)]
        yield Region(kind, framed, polarity, strength, nominal_px=nominal, u_nominal_px=found.u_px)


def _crossings(size: Floats, level: float, rows: int) -> NDArray[np.float64]:
    """Per column of (R, N), how far from the outline it last falls to `level` within the first `rows` rows; px."""
    top = min(rows + BASE_PX, len(size) - 1)
    above = size[:top] > level
    above[:BASE_PX] = False
    last = top - 1 - np.argmax(above[::-1], axis=0)
    columns = np.arange(size.shape[1])
    here, beyond = size[last, columns], size[last + 1, columns]
    share = np.clip((here - level) / np.maximum(here - beyond, 1e-6), 0, 1)
    return np.where(above.any(axis=0), last + share, 0.0).astype(np.float64)


def _polarity(deviation: Floats) -> int:
    """+1 brighter than the ground, -1 darker, 0 both."""
    lean = float(deviation.sum()) / max(float(np.abs(deviation).sum()), 1e-9)
    return 0 if abs(lean) < MIXED else int(np.sign(lean))


def _slope(deviation: Floats, height: NDArray[np.float64]) -> float:
    """How steeply the outer edge falls at most columns that stand out, grey levels per px: a shadow's is slow."""
    tall = np.flatnonzero(height >= 0.7 * height.max())
    row = np.clip(np.round(height[tall]).astype(int), 1, len(deviation) - 2)
    steps = [np.abs(deviation[np.clip(row + k - 1, 0, None), tall] - deviation[row + k, tall]) for k in (-1, 0, 1)]
    return float(np.median(np.max(steps, axis=0)))
