"""Rings around imperfections, and the outlines of faces."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.draw.view import Canvas, View
from cvinspect.model import Blob, Finding, Outcome, Placement, Points

Colour = tuple[int, int, int]

COLOURS: Mapping[Outcome | None, Colour] = MappingProxyType(
    {
        Outcome.FAIL: (0x00, 0x5E, 0xD5),
        Outcome.REVIEW: (0x00, 0x9F, 0xE6),
        Outcome.INVALID: (0xA0, 0xA0, 0xA0),
        Outcome.PASS: (0x73, 0x9E, 0x00),
        None: (0xE8, 0xE8, 0xE8),
    }
)
"""B, G, R of each outcome (Okabe and Ito's vermilion, orange, grey, bluish green); None: no rule spoke of it."""

FACE_COLOUR: Colour = (0xE9, 0xB4, 0x56)
HALO: Colour = (0x18, 0x18, 0x18)
ORDER: tuple[Outcome | None, ...] = (Outcome.FAIL, Outcome.INVALID, Outcome.REVIEW, Outcome.PASS, None)
_THICKER: Mapping[Outcome | None, int] = MappingProxyType({Outcome.FAIL: 1})
_HALOED: Mapping[Outcome | None, int] = MappingProxyType({Outcome.FAIL: 2, Outcome.REVIEW: 2})
_BROAD_SHARE = 0.25  # an outline around more of the canvas than this encloses other things; only its line is kept clear
_MASK_SIDE = 512
_SHIFT = 4  # cv2 draws in 1/16 px


@dataclass(frozen=True, slots=True)
class Style:
    """How marks are drawn, in canvas px, whatever the picture's scale. passing: whether what passes is marked."""

    gap_px: float
    thickness: int
    text_scale: float
    most_tags: int
    bar: bool
    passing: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """One imperfection to ring: its outline (N, 2) on the canvas (before a view is given: in frame px).

    unsure: it may be of more than one kind; its number then carries a question mark.
    """

    number: int
    outcome: Outcome | None
    points_px: Points
    unsure: bool = False

    @property
    def extent_px(self) -> float:
        """Area of its upright box, to tell small from large."""
        width, height = np.ptp(self.points_px, axis=0)
        return float((width + 1) * (height + 1))


def marks_of(
    blobs: Iterable[Blob], findings: Iterable[Finding], placement: Placement, view: View | None = None
) -> list[Mark]:
    """One mark per blob, with the worst outcome of the findings about it; those out of view are left out."""
    worst: dict[int, Outcome] = {}
    for finding in findings:
        for number in finding.blobs:
            worst[number] = Outcome.worst([finding.outcome, worst.get(number, Outcome.PASS)])
    marks = []
    for blob in blobs:
        points = _outline_px(blob, placement)
        points = points if view is None else view.to_canvas(points)
        if view is None or _in_sight(points, view.size):
            marks.append(Mark(blob.id, worst.get(blob.id), points, len(blob.kinds) > 1))
    return marks


def _outline_px(blob: Blob, placement: Placement) -> Points:
    """The blob's outline in frame px, or a circle of its size."""
    if blob.outline_mm:
        return placement.to_px(np.array(blob.outline_mm, dtype=np.float64))
    sizes = (blob.max_dimension_mm, blob.length_mm, blob.diameter_mm)
    diameter_mm = max((size.value for size in sizes if size is not None), default=0.0)
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    circle_mm = diameter_mm / 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return placement.to_px(np.asarray(blob.center_mm) + circle_mm)


def _in_sight(points: Points, size: tuple[int, int]) -> bool:
    low, high = points.min(axis=0), points.max(axis=0)
    return bool(np.isfinite(points).all() and (high >= -0.5).all() and (low <= np.array(size) - 0.5).all())


def draw_faces(canvas: Canvas, placement: Placement, view: View) -> None:
    """Each face's outline as a thin line on `canvas`."""
    for outline in placement.outlines_px:
        line = _fixed(view.to_canvas(outline))
        cv2.polylines(canvas, [line], True, HALO, 3, cv2.LINE_AA, _SHIFT)
        cv2.polylines(canvas, [line], True, FACE_COLOUR, 1, cv2.LINE_AA, _SHIFT)


def draw_rings(canvas: Canvas, picture: Canvas, marks: Sequence[Mark], scale: float, style: Style) -> None:
    """Every mark's ring on `canvas`, the worst on top; then the imperfections as they stand in `picture` again.

    What lies inside the outline of another one is ringed last, or the other's pixels would hide its ring.
    """
    beside, within, covered = _nested(marks, canvas.shape[:2], scale)
    for group in (beside, within):
        for mark in sorted(group, key=lambda m: -ORDER.index(m.outcome)):
            if style.passing or mark.outcome is not Outcome.PASS:
                _draw_ring(canvas, mark, scale, style)
        for mark in group:
            fill(covered, mark, _pixel(scale), 255)
        cv2.copyTo(picture, covered, canvas)
        covered[:] = 0


def _nested(
    marks: Sequence[Mark], shape: tuple[int, ...], scale: float
) -> tuple[list[Mark], list[Mark], NDArray[np.uint8]]:
    """The marks that lie beside each other, those that begin inside a larger one, and a clean mask."""
    mask = np.zeros(shape, dtype=np.uint8)
    beside: list[Mark] = []
    within: list[Mark] = []
    for mark in sorted(marks, key=lambda m: -m.extent_px):
        x, y = np.clip(np.rint(mark.points_px[0]), 0, [shape[1] - 1, shape[0] - 1]).astype(int)
        (within if mask[y, x] else beside).append(mark)
        fill(mask, mark, _pixel(scale), 255)
    mask[:] = 0
    return beside, within, mask


def fill(mask: NDArray[np.uint8], mark: Mark, thickness: int, value: int) -> None:
    """What lies within the mark's outline, and on it as so thick a line, set to `value` in `mask`."""
    line = _fixed(mark.points_px)
    if not is_broad(mark, mask.shape):
        cv2.fillPoly(mask, [line], value, cv2.LINE_8, _SHIFT)
    cv2.polylines(mask, [line], True, value, thickness, cv2.LINE_8, _SHIFT)


def _pixel(scale: float) -> int:
    """As thick as one frame pixel, so that border pixels are whole; one more, because cv2 rounds corners off."""
    return math.ceil(scale) + 1 if scale > 1 else 1


def is_broad(mark: Mark, shape: tuple[int, ...]) -> bool:
    """Whether the mark's box takes so much of a canvas of `shape` that other things lie inside it."""
    return mark.extent_px > _BROAD_SHARE * shape[0] * shape[1]


def _draw_ring(canvas: Canvas, mark: Mark, scale: float, style: Style) -> None:
    thickness = style.thickness + _THICKER.get(mark.outcome, 0)
    line = _fixed(ring(mark.points_px, clearance(scale, style) + thickness / 2))
    cv2.polylines(canvas, [line], True, HALO, thickness + _HALOED.get(mark.outcome, 1), cv2.LINE_AA, _SHIFT)
    cv2.polylines(canvas, [line], True, COLOURS[mark.outcome], thickness, cv2.LINE_AA, _SHIFT)


def clearance(scale: float, style: Style) -> float:
    """From an outline, which runs through pixel centres, to its ring: the style's gap beyond those pixels' edges."""
    return style.gap_px + max(scale, 1.0) / 2


def ring(points: Points, gap_px: float) -> Points:
    """The outline of everything within gap_px of a closed polygon (N, 2), to about 1/500 of its size."""
    low = points.min(axis=0) - gap_px - 2
    side = float((points.max(axis=0) - low).max()) + gap_px + 2
    zoom = min(4.0, _MASK_SIDE / side)
    mask = np.zeros((int(side * zoom) + 2,) * 2, dtype=np.uint8)
    line = _fixed((points - low) * zoom)
    cv2.fillPoly(mask, [line], 1, cv2.LINE_8, _SHIFT)
    cv2.polylines(mask, [line], True, 1, max(1, round(2 * gap_px * zoom)), cv2.LINE_8, _SHIFT)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outer = max(contours, key=len)
    smooth = cv2.approxPolyDP(outer, 0.8, True)
    outline: Points = np.asarray(smooth[:, 0], dtype=np.float64) / zoom + low
    return outline


def _fixed(points: Points) -> NDArray[np.int32]:
    """Canvas points as cv2 takes them, in 1/16 px; far ones are pulled in, or they would overflow."""
    return np.rint(np.clip(points, -30_000, 130_000) * (1 << _SHIFT)).astype(np.int32)
