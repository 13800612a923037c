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

    sums: (blocks, length / TURN, shifts); [b, a, s] starts at step `first` + b * length along the quarter's main axis
    and s - `pad` across it, and gains TURN * a (below length) across until its last pixel. quarter: (main axis is y,
    mirrored); across: the picture's size across the main axis.
    """

    sums: Sums
    length: int
    first: int
    pad: int
    quarter: Quarter
    across: int

    def ends(self, block: NDArray[np.intp], gain: NDArray[np.intp], shift: NDArray[np.intp]) -> NDArray[np.float64]:
        """(N, 4) x, y of the first and x, y of the last pixel of the beams."""
        start = self.first + block * self.length
        aside = shift - self.pad
        last = aside + TURN * gain
        upright, mirrored = self.quarter
        if mirrored:
            aside, last = self.across - 1 - aside, self.across - 1 - last
        along = (start, start + self.length - 1)
        order = (aside, along[0], last, along[1]) if upright else (along[0], aside, along[1], last)
        return np.stack(order, axis=1).astype(np.float64)


def beams(picture: Sums, quarter: Quarter, least: int, most: int) -> Iterator[Beams]:
    """Beams of 2^least to 2^most pixels in one quarter of the directions, shortest first.

    picture: (H, W) int8; beyond its edges it counts as 0. A sum beyond 127 stays there: so small numbers are what makes
    this fast. From 2^(least + 1) on, beams that start half a length later come before each length's own, so that no
    line is cut in the middle by all of them.
    """
    upright, mirrored = quarter
    turned = picture if upright else cv2.transpose(picture)
    pad = 1 << most
    whole = max(-(-turned.shape[0] // pad), 3)
    flat = np.zeros((whole * pad, turned.shape[1] + pad), np.int8)
    flat[: turned.shape[0], pad:] = cv2.flip(turned, 1) if mirrored else turned
    sums: Sums = flat[:, None, :]
    for level in range(most + 1):
        if level >= least:
            told = sums if level == most > least else sums[:, ::TURN]
            yield Beams(told, 1 << level, 0, pad, quarter, turned.shape[1])
        if level < most:
            if level >= least:
                shifted = _doubled(sums[1:], TURN)
                yield Beams(shifted, 2 << level, 1 << level, pad, quarter, turned.shape[1])
            sums = _doubled(sums, TURN if level >= least and level + 1 == most else 1)


def _doubled(sums: Sums, turn: int = 1) -> Sums:
    """Beams of twice the length, every `turn`-th gain: the first half gains a // 2, then a step of a % 2, then the
    second half a // 2."""
    blocks, gains, shifts = sums.shape[0] // 2, 2 * sums.shape[1], sums.shape[2]
    first, second = sums[: 2 * blocks : 2], sums[1 : 2 * blocks : 2]
    joined = np.empty((blocks, gains // turn, shifts), np.int8)
    for row, gain in enumerate(range(0, gains, turn)):
        half, step = gain // 2, (gain + 1) // 2
        cv2.add(first[:, half, : shifts - step], second[:, half, step:], joined[:, row, : shifts - step])
        joined[:, row, shifts - step :] = first[:, half, shifts - step :]
    return joined
