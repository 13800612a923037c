"""Sums along straight lines of many places, lengths and directions at once: the discrete Radon transform by doubling.

A beam of length 2^(k+1) is two beams of length 2^k end to end, so every length costs about one addition per pixel and
quarter of directions, however many pixels a beam has (Goetz and Druckmueller 1996; Brady 1998; "beamlets": Donoho and
Huo 2001).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Sums = NDArray[np.int8]
Quarter = tuple[bool, bool]

TURN = 2  # px between the gains of neighbouring beams: what lies between them is less than a pixel off at its ends
QUARTERS: tuple[Quarter, ...] = ((False, False), (False, True), (True, False), (True, True))


@dataclass(frozen=True, slots=True, eq=False)
class Beams:
    """Sums along beams of one length in one quarter of the directions.

    sums: (blocks, length / TURN, shifts); [b, a, s] starts at step `first` + b * `every` along the quarter's main axis
    and s - `pad` across it, and gains TURN * a (below length) across until its last pixel. quarter: (main axis is y,
    mirrored); across: the picture's size across the main axis.
    """

    sums: Sums
    length: int
    every: int
    first: int
    pad: int
    quarter: Quarter
    across: int

    def ends(self, block: NDArray[np.intp], gain: NDArray[np.intp], shift: NDArray[np.intp]) -> NDArray[np.float64]:
        """(N, 4) x, y of the first and x, y of the last pixel of the beams."""
        start = self.first + block * self.every
        aside = shift - self.pad
        last = aside + TURN * gain
        upright, mirrored = self.quarter
        if mirrored:
            aside, last = self.across - 1 - aside, self.across - 1 - last
        along = (start, start + self.length - 1)
        order = (aside, along[0], last, along[1]) if upright else (along[0], aside, along[1], last)
        return np.stack(order, axis=1).astype(np.float64)


def beams(picture: Sums, quarter: Quarter, levels: int) -> Iterator[Beams]:
    """Beams of 2^levels and of one and a half times as many pixels in one quarter of the directions.

    picture: (H, W) int8; beyond its edges it counts as 0. A sum beyond 127 stays there: so small numbers are what makes
    this fast. The longer ones start every 2^(levels - 1) pixels, so that no line is cut in the middle by all of them:
    those that start with a short half come first.
    """
    upright, mirrored = quarter
    turned = picture if upright else cv2.transpose(picture)
    size = 1 << levels
    pad = size + size // 2
    whole = max(-(-turned.shape[0] // size), 1) + 1
    flat = np.zeros((whole * size, turned.shape[1] + pad), np.int8)
    flat[: turned.shape[0], pad:] = cv2.flip(turned, 1) if mirrored else turned
    short: Sums = flat[:, None, :]
    for _ in range(levels - 1):
        short = _joined(short[::2], short[1::2], range(2 * short.shape[1]))
    long = _joined(short[::2], short[1::2], range(size))
    across, turns = turned.shape[1], range(0, pad, TURN)
    yield Beams(long[:, ::TURN], size, size, 0, pad, quarter, across)
    yield Beams(_joined(short[1:-1:2], long[1:], turns), pad, size, size // 2, pad, quarter, across)
    yield Beams(_joined(long[:-1], short[2::2], turns), pad, size, 0, pad, quarter, across)


def _joined(first: Sums, second: Sums, gains: range) -> Sums:
    """Beams that go on from the first to the second, gaining so much in all: each its share, and what is left at the
    step between them."""
    (blocks, own, shifts), other = first.shape, second.shape[1]
    joined = np.empty((blocks, len(gains), shifts), np.int8)
    last = max(own + other - 1, 1)
    for row, gain in enumerate(gains):
        one, two = (2 * gain * (own - 1) + last) // (2 * last), (2 * gain * (other - 1) + last) // (2 * last)
        if own == other:
            one = two = gain // 2
        step = gain - two
        cv2.add(first[:, one, : shifts - step], second[:, two, step:], joined[:, row, : shifts - step])
        joined[:, row, shifts - step :] = first[:, one, shifts - step :]
    return joined
