"""Finds a chessboard's inner corners."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.bent import fit_bent
from cvinspect.calibration.find.crossings import crossings
from cvinspect.calibration.find.found import Found, NotSeenError, furthest
from cvinspect.calibration.find.lattice import Lattice, grow
from cvinspect.calibration.find.placing import place
from cvinspect.calibration.find.saddles import saddles, sampled
from cvinspect.calibration.target import Target
from cvinspect.projection import Points

_USUAL_PX = 1600  # longer frames are first looked at smaller
_SMALLEST_PX = 200


def find_chess(gray: NDArray[np.uint8], target: Target) -> Found:
    """The corners of gray (H, W). Raises CalibrationError."""
    refusals = []
    for small, zoom in _sizes(gray):
        points = saddles(small)
        try:
            lattice, black = _alternating(small, points, grow(points))
            in_frame = (points + 0.5) * zoom - 0.5
            placed = place(lattice, in_frame, target, gray.shape[::-1], black)
            return crossings(gray, target, placed.bent)
        except NotSeenError as refusal:
            refusals.append(refusal)
    raise furthest(refusals)


def _sizes(gray: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """The picture at several sizes, and how many times smaller it is."""
    usual = max(1, round(max(gray.shape) / _USUAL_PX))
    zooms = [
        zoom
        for zoom in dict.fromkeys((usual, max(usual // 2, 1), usual * 2, usual * 4))
        if zoom == 1 or min(gray.shape) // zoom >= _SMALLEST_PX
    ]
    for zoom in zooms or [1]:
        width, height = gray.shape[1] // zoom, gray.shape[0] // zoom
        if zoom == 1:
            yield gray, 1
        else:
            whole = np.ascontiguousarray(gray[: height * zoom, : width * zoom])
            yield np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8), zoom


def _alternating(gray: NDArray[np.uint8], points: Points, lattice: Lattice) -> tuple[Lattice, int]:
    """The lattice without points whose quarters are not coloured as a chessboard's, and whether the square to the right
    and below its origin is black (+1) or white (-1).
    """
    if len(lattice) < 4:
        return lattice, 0
    bent, _ = fit_bent(lattice.steps.astype(np.float64), points[lattice.which])
    quarters = lattice.steps[:, None] + 0.25 * np.array([[1, 1], [-1, -1], [1, -1], [-1, 1]])
    levels = sampled(gray, bent(quarters.reshape(-1, 2)).reshape(-1, 4, 2))
    darker = levels[:, 2:].sum(axis=1) - levels[:, :2].sum(axis=1)
    signs = np.sign(darker) * (-1) ** (lattice.steps.sum(axis=1) % 2)
    black = int(np.sign(signs.sum())) or 1
    kept = signs == black
    return Lattice(lattice.which[kept], lattice.steps[kept]), black
