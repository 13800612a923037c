"""Learning from good pictures: what is usual, how far good parts go, what is then still found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from cvinspect.config.job import Job, View
from cvinspect.config.learned import check_learnable
from cvinspect.detect import with_learnt
from cvinspect.detect.golden import blind
from cvinspect.detect.learned_file import LearnedFile, arrays_of, contours_of, sealed
from cvinspect.fitness import Band, bands_of
from cvinspect.learn.good import LEAST, Good, check_number, good_of, goods_of
from cvinspect.learn.learning import GroundKind, Taught, drawn_inside, taught_by
from cvinspect.learn.sizes import Found, sizes_of
from cvinspect.model import Kind

__all__ = ["FALSE_PER_PART", "LEAST", "Good", "Terms", "check_number", "good_of", "goods_of", "learn"]

FALSE_PER_PART = 0.02
CONTRAST_GRAY = 30.0
SLACK = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What learning aims at. contrast_gray: of the objects whose smallest size is told; by: who learns."""

    false_per_part: float = FALSE_PER_PART
    contrast_gray: float = CONTRAST_GRAY
    ground: GroundKind = "auto"
    by: str = ""
    made_at: datetime | None = None


def learn(
    goods: Sequence[Good], job: Job, view: View, terms: Terms, tell: Callable[[], None] = lambda: None
) -> LearnedFile:
    """The learned file of `view`. tell: called after each step. Raises LearnedError."""
    check_number(len(goods), view.name)
    check_learnable(str(job.recipe.path), view.name, view.pattern_mm, view.turned)
    taught = taught_by(goods, view.detectors, terms.false_per_part, terms.ground, tell)
    used = [good for good, left in zip(goods, taught.odd, strict=True) if not left]
    detectors = with_learnt(view.detectors, taught.learned.outline)
    sizes = sizes_of(used, detectors, taught.learned, terms.contrast_gray, tell)
    return sealed(_data(goods, used, job, view, terms, taught, sizes))


def _data(
    goods: Sequence[Good],
    used: Sequence[Good],
    job: Job,
    view: View,
    terms: Terms,
    taught: Taught,
    sizes: Mapping[Kind, Found],
) -> dict[str, Any]:
    learned, golden = taught.learned, taught.learned.golden
    bands = _bands([good.figures for good in used])
    why = "goes farther than one good picture in a thousand would"
    return {
        "part": job.recipe.file.part,
        "view": view.name,
        "camera": view.calibration.camera,
        "size_px": None if golden is None else list(goods[0].frame.size),
        "mm_per_px": view.calibration.mm_per_px,
        "recipe_sha256": view.sha256,
        "made_at": (terms.made_at or datetime.now(UTC).replace(microsecond=0)).isoformat(),
        "made_by": terms.by,
        "ready": {
            "pictures": len(used),
            "parts": taught.parts,
            "wanted": taught.wanted,
            "false_per_part": terms.false_per_part,
            "seen": _seen_share(used[0], taught),
        },
        "level": learned.level,
        "strengths": {str(kind): value for kind, value in learned.strengths.items()},
        "sizes": {str(kind): _plain(found) for kind, found in sizes.items()},
        "fitness": {name: [one.reference, one.low, one.high] for name, one in bands.items()},
        "pictures": [
            {"picture": good.picture, "sha256": good.sha256, "part": good.part, "left_out": why if left else ""}
            for good, left in zip(goods, taught.odd, strict=True)
        ],
        "arrays": arrays_of(learned.texture, golden),
        "outline": contours_of(learned.outline),
        "backdrop": None if learned.backdrop is None else asdict(learned.backdrop),
    }


def _bands(figures: Sequence[Mapping[str, float]]) -> dict[str, Band]:
    """The bands of good pictures, as wide as they are themselves and half as wide again: good ones fit."""
    told = {}
    for name, band in bands_of(figures).items():
        values = [one[name] for one in figures]
        more = SLACK * (max(values) - min(values))
        low = None if band.low is None else max(min(band.low, min(values) - more), 0.0)
        high = None if band.high is None else max(band.high, max(values) + more)
        told[name] = Band(band.reference, low, high)
    return told


def _plain(found: Found) -> dict[str, Any]:
    return {
        "contrast_gray": found.contrast_gray,
        "tried": found.tried,
        "found": found.found,
        "tried_mm": list(found.tried_mm),
        "a90_mm": found.a90_mm,
        "a90_95_mm": found.a90_95_mm,
    }


def _seen_share(good: Good, taught: Taught) -> float:
    """Of the faces, what is alike enough on good parts for a defect to be told."""
    if taught.learned.golden is None:
        return 1.0
    hidden, inside = blind(taught.learned.golden), drawn_inside(good)
    return 1.0 - float(hidden.mean() if inside is None else hidden[inside > 0].mean())
