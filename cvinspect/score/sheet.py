"""The contact sheet: every miss and every false finding as a small picture at 1:1, the largest first."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.draw.marks import ring
from cvinspect.draw.view import View, rendered
from cvinspect.model import Frame, Points
from cvinspect.report.score import Crop, Sheets
from cvinspect.score.label import Box
from cvinspect.score.scoring import Looked, PictureScore

LEAST_PX, MOST_PX = 112, 640
AROUND_PX = 24
GAP_PX = 4.0
MOST = 150  # crops of each sort
LABEL, FALSE, OTHER = (0x00, 0x9F, 0xE6), (0x00, 0x5E, 0xD5), (0xE9, 0xB4, 0x56)  # B, G, R: orange, vermilion, sky
_SHIFT = 4


@dataclass(slots=True)
class _Largest:
    """The MOST largest, and how many there were."""

    kept: list[tuple[float, int, Crop]] = field(default_factory=list)
    count: int = 0

    def wants(self, size: float) -> bool:
        self.count += 1
        return len(self.kept) < MOST or size > self.kept[0][0]

    def add(self, size: float, crop: Crop) -> None:
        entry = (size, -self.count, crop)
        (heapq.heappush if len(self.kept) < MOST else heapq.heapreplace)(self.kept, entry)

    def crops(self) -> list[Crop]:
        return [crop for _, _, crop in sorted(self.kept, key=lambda entry: (-entry[0], -entry[1]))]


class Sheet:
    """Collects as pictures come; keeps the MOST largest of each sort and counts the rest."""

    def __init__(self) -> None:
        self._missed, self._false = _Largest(), _Largest()

    @property
    def sheets(self) -> Sheets:
        """The missed labels (bad pictures without any finding, where no places are known) and the false findings."""
        return Sheets(self._missed.crops(), self._missed.count, self._false.crops(), self._false.count)

    def add(self, score: PictureScore, looked: Looked) -> None:
        """One more picture."""
        frame = looked.judged.frame
        if frame is None:
            return
        self._add_missed(score, looked, frame)
        if score.placed or score.bad is False:
            self._add_false(score, looked, frame)

    def _add_missed(self, score: PictureScore, looked: Looked, frame: Frame) -> None:
        labels = [label for label in looked.labels if not label.meaning.ignore]
        for label, told in zip(labels, score.labels, strict=True):
            if told.strength is None and self._missed.wants(told.size):
                others = [claim.points_px for claim in looked.claims]
                pixels, scale = _crop(frame, label.box, [(others, OTHER), (label.outlines_px, LABEL)])
                crop = Crop(pixels, scale, score.picture, (told.group,), told.size, covered=told.covered)
                self._missed.add(told.size, crop)
        silent = score.bad and not score.placed and score.strongest is None
        whole = (0, 0, *frame.size)
        if silent and self._missed.wants(0.0):
            pixels, scale = _crop(frame, whole, [])
            self._missed.add(0.0, Crop(pixels, scale, score.picture, score.groups, 0.0))

    def _add_false(self, score: PictureScore, looked: Looked, frame: Frame) -> None:
        for index, finding in zip(looked.false, score.false, strict=True):
            if self._false.wants(finding.size):
                claim = looked.claims[index]
                labels = list(itertools.chain(*(label.outlines_px for label in looked.labels)))
                pixels, scale = _crop(frame, claim.box, [(labels, OTHER), ([claim.points_px], FALSE)])
                crop = Crop(pixels, scale, score.picture, (str(finding.kind),), finding.size, finding.strength)
                self._false.add(finding.size, crop)


def _crop(
    frame: Frame, box: Box, outlines: Sequence[tuple[Sequence[Points], tuple[int, int, int]]]
) -> tuple[NDArray[np.uint8], float]:
    """The surroundings of `box` with outlines drawn a few px outside of what they enclose."""
    x0, y0, x1, y1 = box
    sides = [max(side + 2 * AROUND_PX, LEAST_PX) for side in (x1 - x0, y1 - y0)]
    window = (min(sides[0], frame.size[0] + 8), min(sides[1], frame.size[1] + 8))
    scale = min(1.0, MOST_PX / max(window))
    corner = (round((x0 + x1 - window[0]) / 2), round((y0 + y1 - window[1]) / 2))
    view = View(corner, window, (max(1, round(window[0] * scale)), max(1, round(window[1] * scale))))
    canvas = np.array(rendered(frame.pixels, view))
    for polygons, colour in outlines:
        for points in polygons:
            at = view.to_canvas(points)
            if (at.max(axis=0) >= -20).all() and (at.min(axis=0) <= np.array(view.size) + 20).all():
                _draw(canvas, at, colour)
    return canvas, scale


def _draw(canvas: NDArray[np.uint8], at: Points, colour: tuple[int, int, int]) -> None:
    around = at if math.prod(np.ptp(at, axis=0) + 1) > 4 * canvas.shape[0] * canvas.shape[1] else ring(at, GAP_PX)
    line = np.rint(np.clip(around, -30_000, 30_000) * (1 << _SHIFT)).astype(np.int32)
    cv2.polylines(canvas, [line], True, colour, 1, cv2.LINE_AA, _SHIFT)
