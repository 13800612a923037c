"""Levels from good pictures alone: how far they go, and how surely that is known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

CERTAIN = 0.1  # relative standard uncertainty of a level that is good enough
SPREAD_CERTAIN = 0.2  # and of a spread: a standard deviation of n values is known to 1 / sqrt(2 (n - 1))
ODD = 0.001  # so rare would a good picture be that goes as far as one that looks defective
_TIMES = 400
_QUARTILES = math.log(math.log(4) / math.log(2))  # from the first to the second, in widths


def tail_level(peaks: Sequence[float], share: float) -> float:
    """The level that a share of good parts exceeds: no lower than those seen show, beyond them by an exponential tail.

    peaks: of each part, the largest value. The tail begins at their median and falls as their mean excess tells
    (peaks over a threshold; Pickands, 1975, with shape 0).
    """
    values = np.sort(np.asarray(peaks, np.float64))
    start = float(np.median(values))
    excess = values[values > start] - start
    mean = float(excess.mean()) if excess.size else 0.0
    told = start + mean * math.log(max(excess.size, 1) / len(values) / share)
    seen = float(np.quantile(values, max(1 - share, 0.0), method="higher"))
    return max(told, seen)


def odd_ones(peaks: Sequence[float], least: float = 0.0) -> NDArray[np.bool_]:
    """Which go farther than one good picture in a thousand would, by those that go least.

    The largest of many values follows Gumbel's law, whose width two of its quartiles tell; twice as wide allows
    for a heavier tail. Holds as long as fewer than half of the pictures are defective. least: no width is below it.
    """
    values = np.asarray(peaks, np.float64)
    low, start = (float(value) for value in np.quantile(values, [0.25, 0.5]))
    width = max(2.0 * (start - low) / _QUARTILES, least)
    return np.asarray(values > start + width * math.log(0.5 / ODD))


def wanted(peaks: Sequence[float], share: float, spreads: bool) -> int:
    """How many parts make the level certain to a tenth, and, where spreads per place are learnt, those to a fifth."""
    values = np.asarray(peaks, np.float64)
    random = np.random.default_rng(1)
    levels = np.array([tail_level(random.choice(values, len(values)).tolist(), share) for _ in range(_TIMES)])
    relative = float(levels.std() / max(float(levels.mean()), 1e-9))
    for_level = math.ceil(len(values) * (relative / CERTAIN) ** 2)
    return max(for_level, math.ceil(1 + 0.5 / SPREAD_CERTAIN**2) if spreads else 1)


def folds_of(parts: Sequence[str], most: int) -> NDArray[np.int64]:
    """Each picture's fold, 0..; pictures of one part are in one fold, and parts are dealt in turn."""
    order = {part: index % most for index, part in enumerate(dict.fromkeys(parts))}
    return np.array([order[part] for part in parts], np.int64)


def by_part(values: Sequence[float], parts: Sequence[str]) -> list[float]:
    """The largest value of each part."""
    most: dict[str, float] = {}
    for part, value in zip(parts, values, strict=True):
        most[part] = max(value, most.get(part, -math.inf))
    return list(most.values())


class Spectrum:
    """The mean power spectrum of square windows, picture after picture."""

    def __init__(self, window_px: int) -> None:
        self._side = window_px
        fade = np.hanning(window_px)
        self._fade = np.outer(fade, fade)
        self._sum = np.zeros((window_px, window_px))
        self._count = 0

    def add(self, picture: NDArray[np.float32]) -> None:
        """An evened picture (H, W); one smaller than the window is mirrored until it is as large."""
        side = self._side
        lack = [max(side - length, 0) for length in picture.shape]
        whole = np.pad(picture, [(0, more) for more in lack], mode="symmetric")
        for y in range(0, whole.shape[0] - side + 1, side // 2):
            for x in range(0, whole.shape[1] - side + 1, side // 2):
                window = np.clip(whole[y : y + side, x : x + side], -_MOST, _MOST)
                self._sum += np.abs(np.fft.fft2((window - window.mean()) * self._fade)) ** 2
                self._count += 1

    @property
    def power(self) -> Values:
        """(window_px, window_px)."""
        return np.asarray(self._sum / max(self._count, 1) / float((self._fade**2).sum()))


_MOST = 6.0
