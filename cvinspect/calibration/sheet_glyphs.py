"""Chinese lines as outlines: OpenCV's own font, traced, so that a sheet prints the same without any font installed."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

from cvinspect.projection import Points

_EM_PX = 96  # at 2.6 mm a pixel is 0.03 mm, finer than a 600 dpi printer's
_SIMPLER_PX = 0.4
_WEIGHT = 400


def traced(text: str, size_mm: float) -> tuple[Points, ...]:
    """(M, 2) closed outlines in mm of one line of text of that size, to be filled by the even-odd rule.

    x to the right from the line's begin, y down from its base line.
    """
    return tuple(outline * (size_mm / _EM_PX) for outline in _outlines(text))


def width_mm(text: str, size_mm: float) -> float:
    """How far the line's ink reaches."""
    return max((float(outline[:, 0].max()) for outline in traced(text, size_mm)), default=0.0)


@cache
def _outlines(text: str) -> tuple[Points, ...]:
    mask = np.zeros((2 * _EM_PX, (len(text) + 4) * 2 * _EM_PX), np.uint8)
    x, y = _EM_PX, _EM_PX + _EM_PX // 2
    cv2.putText(mask, text, (x, y), 255, cv2.FontFace("uni"), _EM_PX, _WEIGHT)
    rings = (cv2.approxPolyDP(ring[:-1, ::-1].astype(np.float32), _SIMPLER_PX, True) for ring in _rings(mask))
    return tuple(ring.reshape(-1, 2).astype(np.float64) - (x, y) for ring in rings if len(ring) > 2)


def _rings(mask: NDArray[np.uint8]) -> list[Points]:
    """(M, 2) y, x each, true to a fraction of a pixel; the last point is the first."""
    return list(find_contours(mask, 127.5))  # type: ignore[no-untyped-call]
