"""What the bench of seeing draws, how much of it is found, and what else is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.bench.seeing_frames import (
    MOST,
    NOISE_GRAY,
    SIZE_PX,
    Array,
    Drawn,
    Family,
    Object,
    blank,
    camera,
    placement,
    strewn,
)
from cvinspect.bench.seeing_misses import Misses
from cvinspect.detect import DentDetector, Detector, ForeignDetector, ScratchDetector, detect
from cvinspect.model import Frame, Kind, Region

DETECTORS: dict[Kind, Detector] = {
    # sensitive: a line runs at its default, or at a learnt level
    Kind.SCRATCH: ScratchDetector(noise_sigmas=5.2, line_sigmas=5.4),
    Kind.DENT: DentDetector(),
    Kind.FOREIGN_MATTER: ForeignDetector(),
}
LENGTHS_PX = (40, 60, 80, 100)
NEAR_PX = 2  # a finding so near to a line lies on it
HALF = 0.5  # of a line's length, covered: it is found
LARGER, SLACK_PX = 4.0, 8  # a finding at most so much larger than the object is a finding of it


@dataclass(frozen=True, slots=True)
class Cell:
    """Objects alike but for their lengths. least: the share that must be found; None: told, without a bound."""

    family: Family
    name: str
    objects: tuple[Object, ...]
    least: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a cell: objects drawn and found, findings that lie on no object, and the found ones' kinds."""

    family: Family
    name: str
    drawn: int
    found: int
    false: int
    kinds: dict[str, int]
    least: float | None

    @property
    def share(self) -> float:
        """Found of drawn, 0..1."""
        return self.found / self.drawn


def cells() -> list[Cell]:
    """Specks, scratches, the 1 x 100 px line and soft dents."""
    specks = [(4, 15), (6, 15), (10, 15), (20, 15), (3, 20), (2, 40)]
    scratches = [(1, 20), (2, 15), (3, 15), (5, 15)]
    dents = [(60, 4), (60, 8), (120, 4), (120, 8)]
    return [
        *(Cell("speck", f"d {d} contrast {c}", (Object("speck", d, d, c),), 0.95) for d, c in specks),
        *(Cell("scratch", f"w {w} contrast {c}", _lines("scratch", LENGTHS_PX, w, c), 0.95) for w, c in scratches),
        *(_weak_line(sigmas, least) for sigmas, least in ((2.0, None), (1.5, 0.9), (1.2, None))),
        *(Cell("dent", f"d {d} contrast {c}", (Object("dent", d, d, c),), None) for d, c in dents),
    ]


def _weak_line(sigmas: float, least: float | None) -> Cell:
    return Cell("line", f"1 x 100 contrast {sigmas:g} sigma", _lines("line", (100,), 1, sigmas * NOISE_GRAY), least)


def _lines(family: Family, lengths: Sequence[float], width: float, contrast_gray: float) -> tuple[Object, ...]:
    return tuple(Object(family, length, width, contrast_gray) for length in lengths)


def run_cell(cell: Cell, count: int, seed: int, misses: Misses | None = None) -> Found:
    """Draws `count` objects, MOST a frame, and looks for them with the detectors as they come.

    What is missed goes to `misses`.
    """
    own = int(np.random.SeedSequence([seed, *cell.name.encode(), *cell.family.encode()]).generate_state(1)[0])
    found, false = 0, 0
    kinds: Counter[str] = Counter()
    for first in range(0, count, MOST):
        gray = blank(own + first)
        objects = [cell.objects[index % len(cell.objects)] for index in range(first, min(first + MOST, count))]
        drawn = strewn(gray, objects, own + first)
        frame = camera(gray, own + first)
        regions = look(frame)
        of = matched(drawn, regions)
        if misses is not None:
            missed = [one.points_px for one, findings in zip(drawn, of, strict=True) if not findings]
            misses.add(f"{cell.family} {cell.name}", frame, missed)
        found += sum(bool(one) for one in of)
        kinds.update(str(max((regions[index] for index in one), key=lambda r: r.strength).kind) for one in of if one)
        false += len(regions) - len(near_any(drawn, regions))
    return Found(cell.family, cell.name, count, found, false, dict(kinds), cell.least)


def look(frame: Frame) -> tuple[Region, ...]:
    """What the detectors find as they come."""
    return detect(frame, placement(frame), DETECTORS)


def matched(drawn: Sequence[Drawn], regions: Sequence[Region]) -> list[list[int]]:
    """Per object the findings of it; empty where it was missed.

    A speck is found where a finding lies on it, a line where findings cover half of its length; none may be much
    larger than the object (its box at most LARGER times, and some px).
    """
    labels = _labels(regions, NEAR_PX)
    sides = [max(cv2.boundingRect(region.contour_px)[2:]) for region in regions]
    told = []
    for one in drawn:
        most = LARGER * one.object.size_px + SLACK_PX
        seen = _labels_at(labels, one.points_px)
        fit = [label for label in np.unique(seen[seen > 0]) if sides[label - 1] <= most]
        covered = float(np.isin(seen, fit).mean()) if fit else 0.0
        told.append([int(label) - 1 for label in fit] if covered >= HALF else [])
    return told


def near_any(drawn: Sequence[Drawn], regions: Sequence[Region]) -> set[int]:
    """The findings that touch any object or its blur."""
    truth = np.zeros(SIZE_PX[::-1], np.uint8)
    for one in drawn:
        wide = max(int(one.object.width_px), 1) + 2 * NEAR_PX
        for x, y in np.round(one.points_px).astype(int):
            cv2.circle(truth, (int(x), int(y)), wide // 2 + 1, 255, cv2.FILLED)
    labels = _labels(regions, 0)
    return {int(label) - 1 for label in np.unique(labels[truth > 0]) if label}


def _labels(regions: Sequence[Region], reach_px: int) -> NDArray[np.uint16]:
    """(H, W): 1 + the index of the region that lies within `reach_px` of a pixel; 0 for none."""
    labels = np.zeros(SIZE_PX[::-1], np.uint16)
    for index, region in enumerate(regions):
        cv2.drawContours(labels, [region.contour_px], -1, index + 1, cv2.FILLED)
    side = 2 * reach_px + 1
    return np.asarray(cv2.dilate(labels, np.ones((side, side), np.uint8)), np.uint16) if reach_px else labels


def _labels_at(labels: NDArray[np.uint16], points_px: Array) -> NDArray[np.uint16]:
    x, y = np.round(points_px).astype(int).T
    return np.asarray(labels[np.clip(y, 0, SIZE_PX[1] - 1), np.clip(x, 0, SIZE_PX[0] - 1)])
