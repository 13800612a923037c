"""Which part of a frame is drawn, and how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.model import Pixels, Points

Canvas = NDArray[np.uint8]
_GROUND = 96  # grey of what lies beyond the frame


@dataclass(frozen=True, slots=True)
class View:
    """A window on the frame: its upper left frame pixel and its (w, h) in frame px; size: the canvas's (w, h)."""

    corner_px: tuple[int, int]
    window_px: tuple[int, int]
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """Canvas px per frame px."""
        return self.size[0] / self.window_px[0]

    def to_canvas(self, points_px: Points) -> Points:
        """Frame px (N, 2) to canvas px (N, 2), pixel centre to pixel centre."""
        zoom = np.array(self.size) / np.array(self.window_px)
        points: Points = (np.asarray(points_px, dtype=np.float64) + 0.5 - np.array(self.corner_px)) * zoom - 0.5
        return points


def whole(pixels: Pixels, scale: float) -> View:
    """The view of the whole frame at `scale`."""
    height, width = pixels.shape[:2]
    return View((0, 0), (width, height), (max(1, round(width * scale)), max(1, round(height * scale))))


def rendered(pixels: Pixels, view: View) -> Canvas:
    """The window's pixels on a new canvas, B, G, R uint8; enlarged pixels stay squares, reduced ones are averaged."""
    (left, top), (width, height) = view.corner_px, view.window_px
    part = pixels[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
    if part.shape[:2] != (height, width):
        above, before = max(-top, 0), max(-left, 0)
        around = np.full((height, width, *part.shape[2:]), _ground(part), dtype=part.dtype)
        around[above : above + part.shape[0], before : before + part.shape[1]] = part
        part = around
    return _bgr8(np.asarray(_resized(part, view)))


def _ground(pixels: NDArray[Any]) -> int:
    return _GROUND << 8 if pixels.dtype == np.uint16 else _GROUND


def _resized(pixels: NDArray[Any], view: View) -> NDArray[Any]:
    """Whole factors first: averaging over a fraction of a pixel is six times slower."""
    if view.scale >= 1:
        return pixels if view.size == view.window_px else cv2.resize(pixels, view.size, interpolation=cv2.INTER_NEAREST)
    factor = int(1 / view.scale)
    height, width = (side // factor for side in pixels.shape[:2])
    if factor > 1 and height and width:
        kept = pixels[: height * factor, : width * factor]
        pixels = cv2.resize(kept, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(pixels, view.size, interpolation=cv2.INTER_AREA)


def _bgr8(pixels: NDArray[Any]) -> Canvas:
    eight = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
    return np.array(eight if eight.ndim == 3 else cv2.cvtColor(eight, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
