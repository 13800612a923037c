"""The dark backdrop that a frame shows beside a part that does not fill it.

Where the faces cover the frame and good pictures show a backdrop at its sides, the part's own edge is found in each
picture anew: it is dark beyond it, and along each side of the frame it is a smooth line, slightly bent at most.
What is dark within that line is no backdrop: it is missing from the part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.detect.components import Contour, pixel_count
from cvinspect.detect.evened import Floats, logarithm

Array = NDArray[np.float64]

DARKER = 0.8  # ln of the part's grey over the backdrop's, at least
SLIVER_PX = 5  # where two sides' backdrops meet, a strip this narrow may be left between them
MISSING_PX = 4.0  # deeper than the line: no wander of its own
WIDE_PX = 9  # along the edge, at least: what is narrower is a crack or a line, and is looked for as one
LEAST_MISSING_PX = 6.0  # the smallest piece that is told
RISE = 0.3  # ln, across the line: shading rises less at once
NEARLY = 0.35  # ln under the part's own level around: what is not darker by so much is the part
DEEPEST = 0.25  # of the frame: no backdrop reaches further in
SEEN_ON = 0.1  # of the good parts must show one
SLACK = 1.5  # by how much deeper than on good pictures it may reach
AGREE_PX = 2.0  # an edge this near to a trial line agrees with it
LEAST = 0.5  # of the line must agree
LEAST_PX = 24  # of the line, at least
TRIALS = 200
STEP_PX = 2  # of the half-sized picture, to both sides of the line
SOFT_PX = 3  # of the part's blurred edge, left out with the backdrop
_DARKEST = 0.01
_AROUND_PX = (64.0, 32.0, 16.0, 16.0)
_HALVES = ((0, False), (0, True), (1, False), (1, True))  # axis, far end: the sides of the frame


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What good parts show of it.

    deepest_px: how far in from the frame's sides it may reach; deeper in, what is dark is on the part. missing_px: how
    large (`pieces_of`) what is missing at a part's edge is on few of them.
    """

    deepest_px: float
    missing_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """What lies beside a part: part (H, W): 255 on it, 0 on the backdrop, on what is missing, and on their soft edges;
    missing (H, W): 255 where the backdrop reaches into the part's edge."""

    part: NDArray[np.uint8]
    missing: NDArray[np.uint8]


def beside(gray: MatLike, deepest_px: float) -> Beside | None:
    """What lies beside the part in an 8-bit picture (H, W), no deeper than that; None where no backdrop is seen."""
    backdrop, missing = np.zeros(gray.shape, np.uint8), np.zeros(gray.shape, np.uint8)
    for (axis, far), edge in zip(_HALVES, edges_in(gray), strict=True):
        if edge is None or edge.line.max() > deepest_px:
            continue
        from_top = np.arange(gray.shape[axis])[:, None]
        own, gone = _from_side(backdrop, axis, far), _from_side(missing, axis, far)
        own[from_top < edge.line] = 255
        gone[(from_top >= edge.line) & (from_top < edge.depth) & edge.is_missing] = 255
    if not backdrop.any():
        return None
    missing[backdrop > 0] = 0
    missing = np.asarray(cv2.morphologyEx(missing, cv2.MORPH_OPEN, np.ones((SLIVER_PX, SLIVER_PX), np.uint8)), np.uint8)
    side = 2 * SOFT_PX + 1
    part = cv2.bitwise_not(cv2.dilate(cv2.bitwise_or(backdrop, missing), np.ones((side, side), np.uint8)))
    return Beside(np.asarray(part, np.uint8), missing)


def pieces_of(missing: MatLike) -> Iterator[tuple[Contour, float]]:
    """Each missing piece, and how large it is: the root of its area, px."""
    for contour in cv2.findContours(missing, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]:
        told = np.asarray(contour, np.int32).reshape(-1, 2)
        yield told, float(np.sqrt(pixel_count(told)))


def deepest_of(depths: Iterable[float]) -> float:
    """How far in a backdrop may reach, by how far it does on good parts (0 = none); 0 where few show any."""
    told = np.array(list(depths))
    seen = told[told > 0]
    return SLACK * float(seen.max()) if len(seen) >= max(SEEN_ON * len(told), 2) else 0.0


def depth_in(gray: MatLike) -> float:
    """How far in from the frame's sides the backdrop reaches, px; 0 where none is seen."""
    return max((float(edge.line.max()) for edge in edges_in(gray) if edge is not None), default=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """How far in from a side of the frame, at each pixel along it, px: line: the part's smooth edge (0 = beyond the
    frame); depth: it is dark."""

    line: Array
    depth: Array

    @property
    def is_missing(self) -> NDArray[np.bool_]:
        """Where it is dark well within the line, along the side."""
        deep = np.asarray(self.depth > self.line + MISSING_PX, np.uint8)[None]
        return np.asarray(cv2.morphologyEx(deep, cv2.MORPH_OPEN, np.ones((1, WIDE_PX), np.uint8))[0] > 0)


def edges_in(gray: MatLike) -> Iterator[Edge | None]:
    """The part's edge per side of the frame: top, bottom, left, right; None where none is seen."""
    told = _half(gray)
    dark = _dark(told)
    for axis, far in _HALVES:
        if dark is None:
            yield None
            continue
        depth = 2.0 * _run(_from_side(dark, axis, far))
        line = _line(depth)
        if line is None or not _is_step(_from_side(told, axis, far), line / 2):
            yield None
            continue
        at, known = np.arange(gray.shape[1 - axis]), 2.0 * np.arange(len(line)) + 0.5
        yield Edge(np.interp(at, known, line), np.interp(at, known, depth))


def _from_side(picture: NDArray[Any], axis: int, far: bool) -> NDArray[Any]:
    """The picture turned for one side of the frame to be its top."""
    turned = picture if axis == 0 else picture.T
    return turned[::-1] if far else turned


def _half(gray: MatLike) -> Floats:
    """ln of the picture at half the size, its noise smoothed."""
    size = (max(gray.shape[1] // 2, 1), max(gray.shape[0] // 2, 1))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(logarithm(small), (0, 0), 1.0), np.float32)


def _dark(told: Floats) -> NDArray[np.bool_] | None:
    """Where a picture (H, W), ln, is nearer to the backdrop's grey than to the part's around; None where the frame's
    sides show nothing much darker than the part."""
    sides = np.concatenate([told[0], told[-1], told[:, 0], told[:, -1]])
    ground = np.float32(np.quantile(sides, _DARKEST))
    level = np.full_like(told, np.median(told))
    if float(level[0, 0]) - float(ground) < DARKER:
        return None
    for around in _AROUND_PX:
        part = np.asarray(told > np.minimum((ground + level) / 2, level - np.float32(NEARLY)), np.float32)
        mean = cv2.GaussianBlur(told * part, (0, 0), around / 2)
        share = cv2.GaussianBlur(part, (0, 0), around / 2)
        level = np.where(share > 0.02, mean / np.maximum(share, 1e-3), level)
    return np.asarray(told < np.minimum((ground + level) / 2, level - np.float32(NEARLY)))


def _is_step(told: Floats, line: Array) -> bool:
    """Whether the picture rises at once where the line (from the top, px) runs: shading does so slowly."""
    at = np.flatnonzero(line > AGREE_PX / 2)
    place = np.rint(line[at]).astype(int)
    rows = [np.clip(place + off, 0, len(told) - 1) for off in (-STEP_PX, STEP_PX)]
    return float(np.median(told[rows[1], at] - told[rows[0], at])) >= RISE


def _run(dark: NDArray[np.bool_]) -> Array:
    """Per column, how many pixels from the top on are dark without a break, at most DEEPEST of all."""
    most = max(int(DEEPEST * len(dark)), 1)
    light = ~dark[:most]
    return np.where(light.any(axis=0), light.argmax(axis=0), most).astype(np.float64)


def _line(depth: Array) -> Array | None:
    """The slightly bent line (a parabola) on which most of a side's edges lie, by consensus of random trials (Fischler
    and Bolles, 1981) and least squares; 0 where it lies beyond the frame. None where no line is followed."""
    at = np.linspace(-1, 1, len(depth))
    seen = np.flatnonzero(depth > 0)
    if 2 * len(seen) < LEAST_PX:
        return None
    terms = np.vander(at, 3)
    chosen = np.random.default_rng(0).choice(seen, (TRIALS, 3))
    ridge = 1e-6 * np.eye(3)
    corners = terms[chosen]
    factors = np.linalg.solve(
        np.swapaxes(corners, 1, 2) @ corners + ridge, np.swapaxes(corners, 1, 2) @ depth[chosen][..., None]
    )[..., 0]
    lines = np.maximum(factors @ terms.T, 0)
    agree = (np.abs(lines - depth) <= AGREE_PX) & (depth > 0)
    best = int((agree.sum(axis=1) - (~agree & (lines > AGREE_PX)).sum(axis=1)).argmax())
    kept = agree[best]
    if 2 * kept.sum() < LEAST_PX:
        return None
    weights = np.linalg.lstsq(terms[kept], depth[kept], rcond=None)[0]
    line = np.maximum(terms @ weights, 0)
    shown = line > AGREE_PX
    agreed = np.abs(line - depth) <= 2 * AGREE_PX
    return line if shown.any() and agreed[shown].mean() >= LEAST else None
