"""What was looked for, where, and from which size on."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from cvinspect.detect.detector import Detector
from cvinspect.detect.golden import as_placed, blind
from cvinspect.detect.learned import Learned
from cvinspect.detect.surface import Surface
from cvinspect.detect.turned import part_share
from cvinspect.model import Frame, Inspected, Kind, Placement, Points

BLIND_SHARE = 0.5


def inspected(
    frame: Frame,
    placement: Placement,
    detectors: Mapping[Kind, Detector],
    learned: Learned | None = None,
    turned: bool = False,
) -> tuple[Inspected, ...]:
    """Per face and kind: from which size on (mm; of flash the height), over which share of the face (0..1).

    A detector that cannot look at this frame (flash without an outline) gives no entry, nor does a kind of which
    learning found no size that is still seen. Where good parts differ by too much, nothing can be told. Of a
    turned part that fills no frame, the face "frame" is what of it the frame shows.
    """
    surface = Surface(frame, placement)
    floors = floors_mm(detectors, surface.mm_per_px, learned)
    looks = [(kind, floors[kind], one.seen_share(surface)) for kind, one in detectors.items()]
    shares = [share_inside(outline, frame.size) for outline in placement.outlines_px]
    told = [_told_share(outline, placement, learned) for outline in placement.outlines_px]
    if turned:
        drawn = [face.outline_mm is not None for face in placement.faces]
        told = [
            share * part_share(surface, outline) if own else share
            for share, outline, own in zip(told, placement.outlines_px, drawn, strict=True)
        ]
    return tuple(
        Inspected(face.name, kind, floor, share * seen * (1.0 if kind is Kind.FLASH else clear))
        for face, share, clear in zip(placement.faces, shares, told, strict=True)
        for kind, floor, seen in looks
        if floor is not None and seen > 0
    )


def _told_share(outline_px: Points, placement: Placement, learned: Learned | None) -> float:
    """The share of a face where good parts are alike enough for a defect to be told."""
    golden = None if learned is None else learned.golden
    if golden is None:
        return 1.0
    hidden = as_placed(np.asarray(blind(golden), np.float32), placement) > BLIND_SHARE
    face = np.zeros(hidden.shape, np.uint8)
    cv2.fillPoly(face, [np.rint(np.clip(outline_px, -1e4, 1e5) * 16).astype(np.int32)], 1, shift=4)
    whole = int(face.sum())
    return 1.0 - float((hidden & (face > 0)).sum()) / whole if whole else 0.0


def floors_mm(
    detectors: Mapping[Kind, Detector], mm_per_px: float, learned: Learned | None = None
) -> dict[Kind, float | None]:
    """The smallest size (of flash: height) that is found, per kind, mm; None where a kind is not looked for.

    Foreign matter is whatever stands out, so where it is looked for at its usual contrast or below, a scratch or dent
    too small to be told as such is found as well, and named foreign matter: unless its own detector was told to leave
    out what is smaller. Learnt, it is the size that learning found to be seen still.
    """
    own = {kind: detector.from_mm(mm_per_px) for kind, detector in detectors.items()}
    everything = own.get(Kind.FOREIGN_MATTER)
    if everything is not None and not is_blunt(detectors[Kind.FOREIGN_MATTER]):
        own |= {kind: _lowered(detectors[kind], own[kind], everything) for kind in _ON_THE_SURFACE if kind in own}
    return own if learned is None else {kind: _raised(kind, floor, learned) for kind, floor in own.items()}


def _raised(kind: Kind, floor: float | None, learned: Learned) -> float | None:
    if floor is None or kind not in learned.from_mm:
        return floor
    seen = learned.from_mm[kind]
    return None if seen is None else max(floor, seen)


def is_blunt(detector: Detector) -> bool:
    """Whether it was told to pass over contrasts that it would find as it comes: every verdict then says so."""
    usual = type(detector)()
    return any(getattr(detector, knob) > getattr(usual, knob) for knob in ("contrast_gray", "noise_sigmas"))


_ON_THE_SURFACE = (Kind.SCRATCH, Kind.DENT)


def _lowered(detector: Detector, own: float | None, everything: float) -> float | None:
    told: float = getattr(detector, "smallest_mm", None) or 0.0
    return own if own is None else min(own, max(everything, told))


def share_inside(outline: Points, size: tuple[int, int]) -> float:
    """The share of a polygon's area (N, 2) that lies in a frame of `size` (width, height), 0..1."""
    points = np.asarray(outline, np.float64)
    whole = _area(points)
    if not whole > 0:
        return 0.0
    for axis, low, high in ((0, -0.5, size[0] - 0.5), (1, -0.5, size[1] - 0.5)):
        points = _cut(_cut(points, axis, low, 1.0), axis, high, -1.0)
    return min(_area(points) / whole, 1.0)


def _cut(points: Points, axis: int, bound: float, sign: float) -> Points:
    """The polygon's part with sign * (coordinate - bound) >= 0 (Sutherland and Hodgman, 1974)."""
    depth = sign * (points[:, axis] - bound)
    kept: list[Points] = []
    for index, point in enumerate(points):
        before = depth[index - 1]
        if (before >= 0) != (depth[index] >= 0):
            kept.append(points[index - 1] + (point - points[index - 1]) * before / (before - depth[index]))
        if depth[index] >= 0:
            kept.append(point)
    return np.array(kept).reshape(-1, 2)


def _area(points: Points) -> float:
    if len(points) < 3:
        return 0.0
    x, y = (points - points.mean(axis=0)).T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
