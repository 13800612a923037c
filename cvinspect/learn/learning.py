"""From good pictures to what detecting needs: the ground, how far good parts go, what looks defective among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.backdrop import LEAST_MISSING_PX, Backdrop, deepest_of, depth_in, pieces_of
from cvinspect.detect.bank import KERNELS_PX, WINDOWS_PX, Floats, bank, responses, shrunk, whitening
from cvinspect.detect.detector import Detector
from cvinspect.detect.evened import contrast, logarithm
from cvinspect.detect.evidence import RIM_PX, Texture, rim, stretched
from cvinspect.detect.flash import FlashDetector
from cvinspect.detect.golden import Golden, as_drawn, difference, golden_of
from cvinspect.detect.ground import face_mask
from cvinspect.detect.learned import USUAL_SIGMAS, Ground, Learned, asked, ground_of
from cvinspect.detect.learnt_outline import edges_of, learn_outline, rough_outline, with_learnt
from cvinspect.detect.outline import Nominal
from cvinspect.detect.surface import Surface
from cvinspect.errors import LearnedError, PictureError
from cvinspect.learn.good import Good
from cvinspect.learn.statistics import Spectrum, by_part, folds_of, odd_ones, tail_level, wanted
from cvinspect.locate import placed
from cvinspect.model import Kind
from cvinspect.pictures import gray8

FOLDS = 5
RARE = 3.0  # standard deviations above the mean of good parts: a template's scale
FEW = 0.05  # of good parts go beyond the scale of what is missing at their edge
LEAST_SHARE = 0.5
FOREMOST = 0.999  # of the pixels: whether good parts look alike place by place shows where contrast is strongest
ALIKE = 0.7
MOST_ALIGNED = 40  # pictures that the golden part is made of; more make it no better, and do not fit into memory
_LEAST_SCALE = 1e-3
_LEAST_STRENGTH = 1.0

GroundKind = Literal["auto", "golden", "texture"]
Tell = Callable[[], None]


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What was learnt. odd: per picture, whether it looks defective and was left out. peaks: per part that was used,
    how far its evidence goes when the others teach. false_on_good: per part, at the learnt level. wanted: parts."""

    learned: Learned
    odd: NDArray[np.bool_]
    parts: int
    wanted: int
    false_on_good: float


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Of every picture: its largest responses (N, 2, 2, templates), per kind its strongest claim (N,), and how large
    what is missing at the part's edge is (N,), px."""

    kernels: Mapping[int, Floats]
    largest: NDArray[np.float64]
    claims: Mapping[Kind, NDArray[np.float64]]
    missing: NDArray[np.float64]


def taught_by(
    goods: Sequence[Good],
    asked_for: Mapping[Kind, Detector],
    false_per_part: float,
    ground: GroundKind = "auto",
    tell: Tell = lambda: None,
) -> Taught:
    """Learns twice: from all, then without those that look defective. tell: called after each picture and pass.

    Raises LearnedError where a picture cannot be used, or too many look defective.
    """
    is_golden = _is_golden(goods) if ground == "auto" else ground == "golden"
    odd = np.zeros(len(goods), bool)
    while True:
        used = [good for good, left in zip(goods, odd, strict=True) if not left]
        outline = _outline(used, asked_for)
        detectors = with_learnt(asked_for, outline)
        folds = folds_of([good.part for good in used], FOLDS)
        goldens = _goldens(used, folds) if is_golden else {}
        backdrop = None if is_golden else _backdrop(used)
        seen = _seen(used, folds, goldens, detectors, backdrop, tell)
        peaks = _peaks(seen, folds, [good.part for good in used])
        more = _odd(seen)
        if odd.any() or not more.any():
            break
        odd = more
        if odd.sum() > len(goods) / 4:
            named = ", ".join(good.picture for good, left in zip(goods, odd, strict=True) if left)
            raise LearnedError(f"more than a quarter of the pictures look defective: {named}; sort them out first")
    told = _taught(used, odd, seen, peaks, detectors, false_per_part, _golden(used) if is_golden else None, backdrop)
    return replace(told, learned=replace(told.learned, outline=outline))


def _outline(used: Sequence[Good], detectors: Mapping[Kind, Detector]) -> Nominal | None:
    """The outline of good parts, where flash is looked for beyond it; None where it is not."""
    flash = detectors.get(Kind.FLASH)
    if not isinstance(flash, FlashDetector) or flash.outline != "learnt":
        return None
    placement = used[0].placement
    rough = rough_outline(placement.faces, placement.mm_per_px)
    if not rough.contours_mm:
        raise LearnedError('outline = "learnt": no face has a polygon; draw one along the part\'s edge')
    edges = [edges_of(Surface(good.frame, good.placement), rough) for good in used]
    learnt = learn_outline(edges, rough)
    if learnt is None:
        raise LearnedError(
            'outline = "learnt": along a third of the faces\' polygons no edge is seen on at least half of the good '
            "parts, within 10 px; draw the polygons along the part's edge, or locate the part"
        )
    return learnt


def _taught(
    used: Sequence[Good],
    odd: NDArray[np.bool_],
    seen: _Seen,
    peaks: NDArray[np.float64],
    detectors: Mapping[Kind, Detector],
    false_per_part: float,
    golden: Golden | None,
    backdrop: Backdrop | None,
) -> Taught:
    parts = [good.part for good in used]
    claimed = {kind: values for kind, values in seen.claims.items() if values.any() or kind is not Kind.FLASH}
    share = false_per_part / (1 + len(claimed))
    tops = by_part(list(peaks), parts)
    level = max(tail_level(tops, share), _LEAST_SCALE)
    strengths = {kind: _strength(by_part(list(values), parts), share) for kind, values in claimed.items()}
    texture = Texture(seen.kernels, _scales(seen.largest, parts))
    own = None if backdrop is None else replace(backdrop, missing_px=_missing_px(seen.missing, parts))
    false = sum(top > level for top in tops) + sum(
        sum(top > strengths[kind] for top in by_part(list(values), parts)) for kind, values in claimed.items()
    )
    return Taught(
        Learned(texture, golden, level, strengths, {}, backdrop=own),
        odd,
        len(tops),
        wanted(tops, share, golden is not None),
        false / len(tops),
    )


def _strength(tops: Sequence[float], share: float) -> float:
    """As `tail_level`, of claims, which only few parts have: the tail of those that have them."""
    values = [top for top in tops if top > 0]
    having = len(values) / len(tops)
    if share < having:
        return tail_level(values, share / having)
    return USUAL_SIGMAS


def _missing_px(missing: NDArray[np.float64], parts: Sequence[str]) -> float:
    """What a share of FEW parts has more of missing."""
    tops = [top for top in by_part(list(missing), parts) if top > 0]
    having = len(tops) / len(set(parts))
    return max(tail_level(tops, FEW / having) if having > FEW else 0.0, LEAST_MISSING_PX)


def _scales(largest: NDArray[np.float64], parts: Sequence[str]) -> NDArray[np.float64]:
    """(2, 2, templates) of the largest responses (N, 2, 2, templates) in good pictures: RARE standard deviations above
    the mean of parts, in logarithms: what scatters much from part to part needs more to be told. A few parts may
    scatter less by chance, so the usual scatter of all templates is the least."""
    index = {part: place for place, part in enumerate(dict.fromkeys(parts))}
    tops = np.full((len(index), *largest.shape[1:]), _LEAST_SCALE)
    np.maximum.at(tops, np.array([index[part] for part in parts]), largest)
    told = np.log(tops)
    scatter = told.std(axis=0)
    return _floored(np.exp(told.mean(axis=0) + RARE * np.maximum(scatter, np.median(scatter))))


def _floored(scales: NDArray[np.float64]) -> NDArray[np.float64]:
    """No scale under half of what the same template has inside: what good pictures never do is not without measure."""
    return np.asarray(np.maximum(scales, np.maximum(LEAST_SHARE * scales[:, 0].max(axis=0), _LEAST_SCALE)))


def _peaks(seen: _Seen, folds: NDArray[np.int64], parts: Sequence[str]) -> NDArray[np.float64]:
    """Per picture, how far its evidence goes against the scales of the other folds."""
    peaks = np.zeros(len(folds))
    for fold in np.unique(folds):
        own = folds == fold
        rest = ~own if not own.all() else own
        others = [part for part, taken in zip(parts, rest, strict=True) if taken]
        told = seen.largest[own] / _scales(seen.largest[rest], others)
        missing = seen.missing[own] / _missing_px(seen.missing[rest], others)
        peaks[own] = np.maximum(told.reshape(len(told), -1).max(axis=1), missing)
    return peaks


def _odd(seen: _Seen) -> NDArray[np.bool_]:
    """By the medians of all, which defects in fewer than half of the pictures do not move."""
    usual = _floored(np.median(seen.largest, axis=0))
    odd = odd_ones((seen.largest / usual).reshape(len(seen.largest), -1).max(axis=1).tolist())
    for values in seen.claims.values():
        odd |= odd_ones(list(np.maximum(values, USUAL_SIGMAS)), _LEAST_STRENGTH)
    return odd


def _seen(
    used: Sequence[Good],
    folds: NDArray[np.int64],
    goldens: Mapping[int, Golden],
    detectors: Mapping[Kind, Detector],
    backdrop: Backdrop | None,
    tell: Tell,
) -> _Seen:
    """Every picture against what the other folds teach; the spectrum alone is of all."""
    detectors = asked(detectors, is_golden=bool(goldens))
    spectra = {by: Spectrum(side) for by, side in WINDOWS_PX.items()}
    claims = {kind: np.zeros(len(used)) for kind in detectors}
    missing = np.zeros(len(used))
    for index, good in enumerate(used):
        surface = Surface(good.frame, good.placement)
        ground = ground_of(surface, goldens.get(int(folds[index])), backdrop)
        for by, level in shrunk(ground.evened).items():
            spectra[by].add(level)
        for kind, detector in detectors.items():
            own = surface if kind is Kind.FLASH else ground.surface
            claims[kind][index] = _strongest(detector, own, good)
        if ground.missing is not None:
            missing[index] = max((size for _, size in pieces_of(ground.missing)), default=0.0)
        tell()
    kernels = {by: whitening(spectra[by].power, side) for by, side in KERNELS_PX.items()}
    largest = []
    for index, good in enumerate(used):
        surface = Surface(good.frame, good.placement)
        largest.append(_largest(ground_of(surface, goldens.get(int(folds[index])), backdrop), kernels))
        tell()
    return _Seen(kernels, np.stack(largest), claims, missing)


def _backdrop(used: Sequence[Good]) -> Backdrop | None:
    """How far in from the frame's sides it may reach; None where faces do not cover the frame, or none is seen."""
    surfaces = (Surface(good.frame, good.placement) for good in used)
    depths = [0.0 if one.inside is not None else depth_in(gray8(one.frame.pixels)) for one in surfaces]
    deepest = deepest_of(by_part(depths, [good.part for good in used]))
    return Backdrop(deepest, LEAST_MISSING_PX) if deepest else None


def _strongest(detector: Detector, surface: Surface, good: Good) -> float:
    try:
        return max((float(region.strength) for region in detector(surface)), default=0.0)
    except PictureError as bad:
        raise LearnedError(f"{good.picture}: cannot be learnt from: {bad}") from bad


def _largest(ground: Ground, kernels: Mapping[int, Floats]) -> NDArray[np.float64]:
    """(2, 2, templates): darker and brighter, inside and at the rim."""
    evened = ground.evened
    at_rim = rim(evened.shape, ground.inside)
    looked = np.ones(evened.shape, bool) if ground.inside is None else np.asarray(ground.inside > 0)
    zones = (looked & ~at_rim, looked & at_rim)
    found = np.full((2, 2, len(bank())), _LEAST_SCALE)
    for index, (_, response) in enumerate(responses(evened, kernels)):
        wide = stretched(response, evened.shape)
        for zone, mask in enumerate(zones):
            values = wide[mask]
            if values.size:
                found[:, zone, index] = np.maximum([-values.min(), values.max()], _LEAST_SCALE)
    return found


def _goldens(used: Sequence[Good], folds: NDArray[np.int64]) -> dict[int, Golden]:
    """Per fold, the golden part of the others."""
    return {
        int(fold): _golden([good for good, own in zip(used, folds, strict=True) if own != fold])
        for fold in np.unique(folds)
    }


def _golden(goods: Sequence[Good]) -> Golden:
    chosen = goods[:: -(-len(goods) // MOST_ALIGNED)]
    aligned = np.stack([as_drawn(logarithm(gray8(good.frame.pixels)), good.placement) for good in chosen])
    return golden_of(aligned, drawn_inside(goods[0]))


def drawn_inside(good: Good) -> NDArray[np.uint8] | None:
    """255 on the faces as the recipe draws them; None where they cover the frame."""
    drawn = placed(good.placement.faces, good.placement.calibration)
    mask = face_mask(drawn, good.frame.size)
    return None if mask is None else np.asarray(mask, np.uint8)


def _is_golden(goods: Sequence[Good]) -> bool:
    """Whether good parts look alike place by place: a golden part of half of them takes most of what stands out of the
    others away."""
    if len({good.frame.size for good in goods}) > 1:
        return False
    parts = list(dict.fromkeys(good.part for good in goods))
    golden = _golden([good for good in goods if good.part in parts[::2]])
    ratios = []
    for good in [good for good in goods if good.part in parts[1::2]] or goods:
        inside = drawn_inside(good)
        told = as_drawn(logarithm(gray8(good.frame.pixels)), good.placement)
        core = (
            None
            if inside is None
            else np.asarray(cv2.erode(inside, np.ones((2 * RIM_PX + 1,) * 2, np.uint8)), np.uint8)
        )
        left = _foremost(difference(told, golden.mean, inside), core)
        ratios.append(left / max(_foremost(contrast(gray8(good.frame.pixels), inside), core), 1e-6))
    return float(np.median(ratios)) < ALIKE


def _foremost(picture: Floats, inside: NDArray[np.uint8] | None) -> float:
    values = np.abs(picture if inside is None else picture[inside > 0])
    return float(np.quantile(values, FOREMOST)) if values.size else 0.0
