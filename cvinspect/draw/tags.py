"""Number tags and the scale bar, laid where they hide no imperfection and no other tag."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.draw.marks import COLOURS, HALO, ORDER, Colour, Mark, Style, fill, ring
from cvinspect.draw.view import Canvas
from cvinspect.model import Outcome, Points

Box = tuple[int, int, int, int]

_CELL = 4  # canvas px per cell of the map of what is taken
_FONT = cv2.FONT_HERSHEY_DUPLEX
_WHITE: Colour = (255, 255, 255)
_BLACK: Colour = (16, 16, 16)
_INK: Mapping[Outcome | None, Colour] = {Outcome.FAIL: _WHITE, Outcome.PASS: _WHITE}
_DISTANCES_PX = (9, 18, 32, 52, 80, 120)
_SQUARE = 1 / math.sqrt(2)
_DIRECTIONS = np.array(
    [
        (_SQUARE, -_SQUARE),
        (1, 0),
        (_SQUARE, _SQUARE),
        (-_SQUARE, -_SQUARE),
        (0, -1),
        (-1, 0),
        (0, 1),
        (-_SQUARE, _SQUARE),
    ]
)
_STROKE = 2.2  # px of a letter's lines per text scale
_BAR_SHARE = 0.2  # of the canvas's width, at most


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """A coarse map of the canvas: which cells are taken. size: (w, h) of the canvas in px."""

    taken: NDArray[np.uint8]
    size: tuple[int, int]

    @classmethod
    def around(cls, marks: Sequence[Mark], size: tuple[int, int], gap_px: float) -> Room:
        """The room that is left where every mark keeps gap_px around it."""
        taken = np.zeros((-(-size[1] // _CELL), -(-size[0] // _CELL)), dtype=np.uint8)
        for mark in marks:
            coarse = Mark(mark.number, mark.outcome, (mark.points_px + 0.5) / _CELL - 0.5)
            fill(taken, coarse, 1 + round(2 * gap_px / _CELL), 1)
        return cls(taken, size)

    def holds(self, box: Box) -> bool:
        """Whether `box` (left, top, right, bottom) lies on the canvas and on nothing that is taken."""
        left, top, right, bottom = box
        if left < 0 or top < 0 or right > self.size[0] or bottom > self.size[1]:
            return False
        return not self.taken[top // _CELL : -(-bottom // _CELL), left // _CELL : -(-right // _CELL)].any()

    def is_clear(self, start: Points, end: Points) -> bool:
        """Whether the straight way from `start` to `end` crosses nothing that is taken."""
        steps = max(2, int(np.abs(end - start).max() / _CELL) + 1)
        way = np.clip(np.linspace(start, end, steps), 0, np.array(self.size) - 1).astype(int) // _CELL
        return not self.taken[way[:, 1], way[:, 0]].any()

    def take(self, box: Box) -> None:
        """Nothing else may lie on `box`."""
        left, top, right, bottom = (max(0, edge) for edge in box)
        self.taken[top // _CELL : -(-bottom // _CELL), left // _CELL : -(-right // _CELL)] = 1


def draw_tags(canvas: Canvas, room: Room, marks: Sequence[Mark], gap_px: float, style: Style) -> None:
    """A numbered tag beside each mark, the worst first, at most the style's number; without room it is left out.

    gap_px: from a mark's outline to where its leader begins.
    """
    shown = [mark for mark in marks if style.passing or mark.outcome is not Outcome.PASS]
    for mark in sorted(shown, key=lambda m: (ORDER.index(m.outcome), m.number))[: style.most_tags]:
        text = f"{mark.number}{'?' if mark.unsure else ''}"
        (width, height), _ = cv2.getTextSize(text, _FONT, style.text_scale, _stroke(style))
        for start, box in _places(mark, (width + 8, height + 7), gap_px):
            end = np.array([np.clip(start[0], box[0], box[2]), np.clip(start[1], box[1], box[3])])
            if room.holds(box) and room.is_clear(start + _CELL * 1.5 * _towards(start, end), end):
                _draw_tag(canvas, text, mark, start, end, box, style)
                room.take((box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2))
                break


def _places(mark: Mark, size: tuple[int, int], gap_px: float) -> Iterator[tuple[Points, Box]]:
    """Where a tag of `size` may stand: (where its leader leaves the ring, its box), the nearest first."""
    outer = ring(mark.points_px, gap_px)
    starts = outer[np.argmax(outer @ _DIRECTIONS.T, axis=0)]
    half = np.array(size) / 2
    for distance in _DISTANCES_PX:
        for start, direction in zip(starts, _DIRECTIONS, strict=True):
            centre = start + direction * distance + np.sign(np.rint(direction * 2)) * half
            left, top = np.rint(centre - half).astype(int)
            yield start, (int(left), int(top), int(left) + size[0], int(top) + size[1])


def _towards(start: Points, end: Points) -> Points:
    length = float(np.hypot(*(end - start)))
    return (end - start) / length if length else np.zeros(2)


def _draw_tag(canvas: Canvas, text: str, mark: Mark, start: Points, end: Points, box: Box, style: Style) -> None:
    colour = COLOURS[mark.outcome]
    a, b = tuple(np.rint(start).astype(int).tolist()), tuple(np.rint(end).astype(int).tolist())
    cv2.line(canvas, a, b, HALO, 3, cv2.LINE_AA)
    cv2.line(canvas, a, b, colour, 1, cv2.LINE_AA)
    cv2.rectangle(canvas, box[:2], (box[2] - 1, box[3] - 1), colour, cv2.FILLED)
    cv2.rectangle(canvas, box[:2], (box[2] - 1, box[3] - 1), HALO, 1)
    ink = _INK.get(mark.outcome, _BLACK)
    cv2.putText(canvas, text, (box[0] + 4, box[3] - 4), _FONT, style.text_scale, ink, _stroke(style), cv2.LINE_AA)


def draw_scale_bar(canvas: Canvas, room: Room, mm_per_px: float, style: Style) -> None:
    """A bar of 1, 2 or 5 times a power of ten mm with its length, in the first free corner of `canvas`.

    mm_per_px: of the canvas. Where every corner is taken, or the canvas is too small, there is none.
    """
    length_mm = _round_length(_BAR_SHARE * room.size[0] * mm_per_px)
    length_px, text = round(length_mm / mm_per_px), f"{length_mm:g} mm"
    (width, height), _ = cv2.getTextSize(text, _FONT, style.text_scale, _stroke(style))
    size = (max(width, length_px) + 12, height + 20)
    for left in (4, room.size[0] - size[0] - 4):
        for top in (room.size[1] - size[1] - 4, 4):
            box = (left, top, left + size[0], top + size[1])
            if room.holds(box):
                _draw_bar(canvas, box, length_px, text, style)
                room.take(box)
                return


def _stroke(style: Style) -> int:
    return max(1, round(_STROKE * style.text_scale))


def _round_length(most_mm: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(most_mm))
    return next(power * step for step in (5, 2, 1) if power * step <= most_mm * (1 + 1e-9))


def _draw_bar(canvas: Canvas, box: Box, length_px: int, text: str, style: Style) -> None:
    left, top, _, bottom = box
    shade = canvas[top:bottom, left : box[2]]
    shade[:] = shade // 3
    cv2.rectangle(canvas, (left + 6, bottom - 8), (left + 5 + length_px, bottom - 6), _WHITE, cv2.FILLED)
    cv2.putText(canvas, text, (left + 6, bottom - 13), _FONT, style.text_scale, _WHITE, _stroke(style), cv2.LINE_AA)
