"""What is learnt from good pictures of a view, and what detecting makes of it.

A picture's ground is evened out: against the golden part, place by place, where parts lie in one place (`golden`);
else by its neighbourhood alone (`evened`). Matched filters for a ground of that spectrum (`bank`) then show what good
pictures do not have (`evidence`). What the usual detectors claim counts where it is stronger than on good pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cv2.typing import MatLike

from cvinspect.detect.backdrop import Backdrop, beside, pieces_of
from cvinspect.detect.components import sides
from cvinspect.detect.detector import Detector
from cvinspect.detect.evened import contrast, evened
from cvinspect.detect.evidence import Floats, Shape, Texture, objects
from cvinspect.detect.golden import Golden, seen_by
from cvinspect.detect.outline import Nominal
from cvinspect.detect.surface import Surface
from cvinspect.model import Kind, Region

USUAL_SIGMAS = 6.0  # what a finding right at its learnt level is told to have
ELONGATED = 5.0
ON_THE_SURFACE = (Kind.FOREIGN_MATTER, Kind.SCRATCH, Kind.DENT)


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What good pictures of one view taught.

    level: evidence up to which good pictures go. strengths: per kind, the strength up to which its detector's claims on
    good pictures go; of a kind that is not there, it made none. from_mm: per kind, the size that is found in 90 of 100
    cases (95 % confidence); None: none of the sizes that were tried. outline: of good parts, where the recipe asks for
    flash beyond it. backdrop: what is dark beside them, where they do not fill the frame.
    """

    texture: Texture
    golden: Golden | None
    level: float
    strengths: Mapping[Kind, float]
    from_mm: Mapping[Kind, float | None]
    name: str = ""
    sha256: str = ""
    outline: Nominal | None = None
    backdrop: Backdrop | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A frame against what its ground is known to be: contrast (H, W), ln; evened (H, W), in multiples of the usual;
    surface: what the usual detectors look at; inside: 0 where there is nothing to look at, None = nowhere; missing: 255
    where a backdrop reaches into the part, None = there is no backdrop."""

    contrast: Floats
    evened: Floats
    surface: Surface
    inside: MatLike | None
    missing: MatLike | None = None


def ground_of(surface: Surface, golden: Golden | None, backdrop: Backdrop | None) -> Ground:
    """The frame's ground, by the golden part or by itself; then without a backdrop, where faces cover the frame."""
    height, width = surface.frame.pixels.shape[:2]
    gray = surface.gray[:height, :width]
    if golden is None:
        around = beside(gray, backdrop.deepest_px) if backdrop and surface.inside is None else None
        inside = surface.inside if around is None else around.part
        deviation = contrast(gray, inside)
        missing = None if around is None else around.missing
        return Ground(deviation, evened(deviation, inside), surface, inside, missing)
    seen = seen_by(golden, gray, surface.placement, surface.inside)
    frame = replace(surface.frame, pixels=seen.corrected)
    return Ground(seen.contrast, seen.evened, Surface(frame, surface.placement, surface.reference_gray), surface.inside)


def asked(detectors: Mapping[Kind, Detector], *, is_golden: bool) -> dict[Kind, Detector]:
    """The usual detectors that are of use.

    On a texture the matched filters see alone: the usual ones see the texture.
    """
    return {kind: one for kind, one in detectors.items() if is_golden or kind is Kind.FLASH}


def learnt_claims(surface: Surface, detectors: Mapping[Kind, Detector], learned: Learned) -> Iterator[Region]:
    """What is beyond good pictures: the usual detectors' claims, and the evidence's own. Raises PictureError where
    there are too many."""
    ground = ground_of(surface, learned.golden, learned.backdrop)
    for kind, detector in asked(detectors, is_golden=learned.golden is not None).items():
        most = learned.strengths.get(kind)
        for region in detector(surface if kind is Kind.FLASH else ground.surface):
            if most is None:
                yield region
            elif region.strength > most:
                yield replace(region, strength=USUAL_SIGMAS * region.strength / most)
    if any(kind in detectors for kind in ON_THE_SURFACE):
        yield from _claims(surface, ground, detectors, learned)
        yield from _missing(ground, learned)


def _missing(ground: Ground, learned: Learned) -> Iterator[Region]:
    """What is missing at the part's edge, where it is more than on good parts."""
    if learned.backdrop is None or ground.missing is None:
        return
    for contour, size_px in pieces_of(ground.missing):
        peak = size_px / learned.backdrop.missing_px
        if peak > learned.level:
            yield Region(Kind.CUT_DAMAGE, contour, -1, USUAL_SIGMAS * peak / learned.level)


def _claims(surface: Surface, ground: Ground, detectors: Mapping[Kind, Detector], learned: Learned) -> Iterator[Region]:
    for shape in objects(ground.evened, ground.contrast, ground.inside, learned.texture, learned.level):
        kind, may_be = _kinds(shape, detectors)
        least_mm = getattr(detectors[kind], "smallest_mm", None) or 0.0
        if sides(shape.contour)[0] * surface.mm_per_px >= least_mm:
            strength = USUAL_SIGMAS * shape.peak / learned.level
            yield Region(kind, shape.contour, shape.polarity, strength, may_be=may_be)


def _kinds(shape: Shape, detectors: Mapping[Kind, Detector]) -> tuple[Kind, tuple[Kind, ...]]:
    """A long thin shape is a scratch or a fibre, any other foreign matter or a dent; of the kinds that are asked."""
    long, short = sides(shape.contour)
    other = Kind.SCRATCH if long >= ELONGATED * short else Kind.DENT
    order = (other, Kind.FOREIGN_MATTER) if other is Kind.SCRATCH else (Kind.FOREIGN_MATTER, other)
    asked = [kind for kind in order if kind in detectors] or [kind for kind in ON_THE_SURFACE if kind in detectors]
    return asked[0], tuple(asked[1:])
