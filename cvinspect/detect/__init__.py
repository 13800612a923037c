"""Finding imperfections in a frame: what stands out of the surface, where, and as what kind.

Detection happens in raw camera pixels and knows no limit. A detector is a frozen dataclass of knobs in millimetres,
grey levels and noise sigmas; adding one is a file and a line in DETECTORS.
"""

from __future__ import annotations

from collections.abc import Mapping

from cvinspect.detect.agree import agreed
from cvinspect.detect.coverage import floors_mm, inspected, is_blunt
from cvinspect.detect.dent import DentDetector
from cvinspect.detect.detector import Detector
from cvinspect.detect.doubts import doubted
from cvinspect.detect.fitness import check_fit
from cvinspect.detect.flash import FlashDetector
from cvinspect.detect.foreign import ForeignDetector
from cvinspect.detect.kinds import told_apart
from cvinspect.detect.learned import Learned, learnt_claims
from cvinspect.detect.learnt_outline import edges_of, learn_outline, rough_outline, with_learnt
from cvinspect.detect.lights import merged
from cvinspect.detect.outline import Nominal
from cvinspect.detect.scratch import ScratchDetector
from cvinspect.detect.strength import weighed
from cvinspect.detect.surface import MID_GRAY, PATTERN_SHARE, Surface
from cvinspect.detect.turned import without_rings
from cvinspect.model import Frame, Kind, Placement, Region

__all__ = [
    "DETECTORS",
    "PATTERN_SHARE",
    "DentDetector",
    "Detector",
    "FlashDetector",
    "ForeignDetector",
    "Learned",
    "Nominal",
    "ScratchDetector",
    "detect",
    "edges_of",
    "floors_mm",
    "inspected",
    "is_blunt",
    "learn_outline",
    "merged",
    "rough_outline",
    "with_learnt",
]

DETECTORS: dict[Kind, type[Detector]] = {
    Kind.SCRATCH: ScratchDetector,
    Kind.DENT: DentDetector,
    Kind.FOREIGN_MATTER: ForeignDetector,
    Kind.FLASH: FlashDetector,
}


def detect(
    frame: Frame,
    placement: Placement,
    detectors: Mapping[Kind, Detector],
    learned: Learned | None = None,
    *,
    reference_gray: float = MID_GRAY,
    pattern_mm: float | None = None,
    turned: bool = False,
) -> tuple[Region, ...]:
    """What stands out, one region per object; a pixel belongs to one region at most (`agree.agreed` has the rule).

    learned: what good parts taught; then only what is beyond them stands out. reference_gray: the face's median grey
    level in the pictures that knobs in grey levels were set by. pattern_mm: the period of a pattern of light that is
    taken out first. turned: of a turned part what goes round is taken out. All but flash lies within the faces. Raises
    PictureError where nothing could be seen (`fitness`), and beyond 5,000 findings.
    """
    surface = Surface(frame, placement, reference_gray, pattern_mm)
    check_fit(surface, detectors)
    flat = without_rings(surface) if turned else surface
    if learned is None:
        looked = ((one, surface if kind is Kind.FLASH else flat) for kind, one in detectors.items())
        claims = agreed(region for detector, own in looked for region in detector(own))
        regions = tuple(weighed(region, flat) for region in claims)
    else:
        regions = agreed(learnt_claims(surface, detectors, learned))
    return tuple(doubted(region, surface) for region in told_apart(regions, flat, detectors))
