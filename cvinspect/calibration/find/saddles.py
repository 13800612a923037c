"""Where four squares may meet: saddles of the grey levels with two dark and two bright quarters about them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.spots import noise_of
from cvinspect.projection import Points

_SMOOTH_PX, _RING_PX, _ON_RING = 1.0, 4.0, 32
_NOISES, _LEAST_GRAY = 3.0, 5.0  # half a contrast on the ring
_SHALLOW = 0.04  # of what an ideal corner of that contrast has
_ALIKE = 0.5  # how alike opposite sides of the ring are
_MOST = 20_000

Array32 = NDArray[np.float32]


def saddles(gray: NDArray[np.uint8]) -> Points:
    """(N, 2) px, to a few tenths of a pixel."""
    smooth = np.asarray(cv2.GaussianBlur(gray.astype(np.float32), (0, 0), _SMOOTH_PX), np.float32)
    xx, yy, xy = (
        np.asarray(cv2.Sobel(smooth, cv2.CV_32F, *order, ksize=3, scale=0.25), np.float32) for order in _SECOND
    )
    deep = xy * xy - xx * yy
    least = max(_LEAST_GRAY, _NOISES * noise_of(gray))
    top = (deep == cv2.dilate(deep, np.ones((5, 5), np.uint8))) & (deep > _SHALLOW * least**2)
    margin = int(_RING_PX) + 2
    top[:margin], top[-margin:], top[:, :margin], top[:, -margin:] = False, False, False, False
    y, x = np.nonzero(top)
    if len(x) > _MOST:
        strongest = np.argsort(-deep[y, x])[:_MOST]
        y, x = y[strongest], x[strongest]
    points = _vertices(smooth, xx, yy, xy, x, y)
    return points[_four_quarters(smooth, points, least)]


_SECOND = ((2, 0), (0, 2), (1, 1))


def _vertices(
    smooth: Array32, xx: Array32, yy: Array32, xy: Array32, x: NDArray[np.intp], y: NDArray[np.intp]
) -> Points:
    """Where the parabola through each pixel's neighbourhood is flat; at most 0.7 px away."""
    slope_x, slope_y = (smooth[y, x + 1] - smooth[y, x - 1]) / 2, (smooth[y + 1, x] - smooth[y - 1, x]) / 2
    a, b, c = xx[y, x], xy[y, x], yy[y, x]
    scale = a * c - b * b
    move = np.stack([-(c * slope_x - b * slope_y) / scale, -(a * slope_y - b * slope_x) / scale], axis=1)
    return np.asarray(np.stack([x, y], axis=1) + np.clip(move, -0.7, 0.7), np.float64)


def _four_quarters(smooth: Array32, points: Points, least: float) -> NDArray[np.bool_]:
    """(N,) whether a ring about the point goes bright, dark, bright, dark, opposite sides alike."""
    turn = 2 * np.pi * np.arange(_ON_RING) / _ON_RING
    ring = sampled(smooth, points[:, None] + _RING_PX * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    away = ring - (ring.max(axis=1, keepdims=True) + ring.min(axis=1, keepdims=True)) / 2
    bright = away > 0
    changes = (bright != np.roll(bright, 1, axis=1)).sum(axis=1)
    opposite = np.roll(away, _ON_RING // 2, axis=1)
    alike = (away * opposite).sum(axis=1) / np.maximum((away**2).sum(axis=1), 1e-9)
    return np.asarray((changes == 4) & (alike > _ALIKE) & (np.abs(away).max(axis=1) > least))


def sampled(picture: NDArray[np.float32] | NDArray[np.uint8], places: Points) -> NDArray[np.float64]:
    """(...) the grey levels at places (..., 2), linear between pixels; beyond the frame its border's."""
    height, width = picture.shape
    x, y = np.clip(places[..., 0], 0, width - 1.001), np.clip(places[..., 1], 0, height - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right, down = x - left, y - top
    upper = picture[top, left] * (1 - right) + picture[top, left + 1] * right
    lower = picture[top + 1, left] * (1 - right) + picture[top + 1, left + 1] * right
    return np.asarray(upper * (1 - down) + lower * down)
