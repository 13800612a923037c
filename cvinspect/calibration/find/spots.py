"""Dark spots on a lighter ground: their outlines, roughly, whatever the light."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Contour = NDArray[np.int32]

_WINDOWS = (1 / 10, 1 / 25, 1 / 4, 1 / 60)  # of the frame's longer side: what a spot is darker than the mean of
_NOISES, _LEAST_GRAY = 4.0, 5.0
_LEAST_PX = 4  # high and wide
_MOST_SPOTS = 30_000


def outlines(gray: NDArray[np.uint8]) -> Iterator[list[Contour]]:
    """The outer outlines of the dark spots of gray (H, W), as (N, 2) px through pixels: once for each window."""
    smooth = cv2.GaussianBlur(gray, (3, 3), 0)
    deep = max(_LEAST_GRAY, _NOISES * noise_of(gray))
    for share in _WINDOWS:
        window = max(int(max(gray.shape) * share) | 1, 7)
        mean = cv2.blur(smooth, (window, window), borderType=cv2.BORDER_REFLECT)
        dark = (smooth.astype(np.int16) < mean - deep).astype(np.uint8)
        found, tree = cv2.findContours(dark, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        spots = (contour for contour, parent in zip(found, _parents(tree), strict=True) if parent < 0)  # no holes
        yield [np.asarray(spot, np.int32).reshape(-1, 2) for spot in spots if _may_be(spot, gray.shape)][:_MOST_SPOTS]


def _parents(tree: NDArray[np.generic] | None) -> list[int]:
    return [] if tree is None else [int(parent) for parent in np.asarray(tree).reshape(-1, 4)[:, 3]]


def noise_of(gray: NDArray[np.uint8]) -> float:
    """Grey levels: the usual noise of a pixel, from every fourth row and column's second differences."""
    rows = gray[::4].astype(np.int16)
    second = np.abs(rows[:, :-2] + rows[:, 2:] - 2 * rows[:, 1:-1])
    return float(1.4826 * np.median(second) / np.sqrt(6)) if second.size else 0.0


def _may_be(contour: cv2.typing.MatLike, shape: tuple[int, ...]) -> bool:
    if len(contour) < 2 * _LEAST_PX:
        return False
    x, y, width, height = cv2.boundingRect(contour)
    inside = x > 0 and y > 0 and x + width < shape[1] and y + height < shape[0]
    return inside and min(width, height) >= _LEAST_PX and max(width, height) < max(shape) / 2
