"""How much a surface varies from place to place, noise and texture together, as a function of its grey level.

A camera's noise has the variance a + b L at grey level L (read-out and photons), a texture that the light shows adds
c L² (it is a share of the light). The three are fitted, none below 0, to what the picture itself shows at each of its
grey levels: so the noise never falls towards the light, and what a large defect adds at its own level alone hides none
of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray
from scipy.optimize import nnls

Floats = NDArray[np.float64]

LEAST_GRAY = 0.3  # what rounding alone leaves
SAMPLES = 100_000
BANDS = 8  # of grey level, alike in number of pixels
LEAST_SAMPLES = 1000  # in a band
EVEN = 1.15  # noise that differs by less over the face is one number
MOST_RATIO = 4.0  # by which it may differ


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """Sigma in grey levels by grey level, (256,), and the level that most of the face has."""

    sigma_gray: Floats
    level: int

    @property
    def usual_gray(self) -> float:
        """At the face's own level."""
        return float(self.sigma_gray[self.level])

    def at(self, level_gray: NDArray[np.integer] | int) -> Floats:
        """Sigma at grey levels of 0..255."""
        return np.asarray(self.sigma_gray[np.clip(level_gray, 0, 255)], np.float64)

    def evening(self, levels: MatLike) -> NDArray[np.float32] | None:
        """(H, W) factors that bring deviations at these levels (H, W) to the usual noise; None where they have it."""
        factors = (self.usual_gray / self.sigma_gray).astype(np.float32)
        used = factors[np.quantile(levels, (0.02, 0.98)).astype(int)]
        if used.max() < EVEN * used.min():
            return None
        return np.asarray(np.clip(factors, 1 / MOST_RATIO, MOST_RATIO)[levels], np.float32)


def noise_of(size: MatLike, levels: MatLike, inside: MatLike | None, block: int, least_gray: float = 0.0) -> Noise:
    """The noise of a picture of absolute deviations, (H, W) uint8.

    levels: the grey level per block of block x block px; inside: 0 where not to look; least_gray: what the camera's own
    noise leaves at the face's level, where that is known: less is not believed.
    """
    step = max(1, int(np.sqrt(size.size / SAMPLES)))
    sample = size[step // 2 :: step, step // 2 :: step]
    rows, columns = (((np.arange(n) * step) + step // 2) // block for n in sample.shape)
    level = levels[rows[:, None], columns[None, :]]
    counts = _counts(sample, level, None if inside is None else inside[step // 2 :: step, step // 2 :: step])
    least = max(least_gray, LEAST_GRAY)
    if not counts.sum():
        return Noise(np.full(256, least), 128)
    usual = int(np.searchsorted(np.cumsum(counts.sum(axis=1)), counts.sum() / 2))
    sigma = np.maximum(_curve(counts), LEAST_GRAY)
    return Noise(sigma * max(least / float(sigma[usual]), 1.0), usual)


def _counts(sample: MatLike, level: MatLike, inside: MatLike | None) -> NDArray[np.int64]:
    """(256 levels, 256 deviations)."""
    both = (level.astype(np.int32) << 8) + sample
    return np.bincount(both.ravel() if inside is None else both[inside > 0], minlength=65536).reshape(256, 256)


def _curve(counts: NDArray[np.int64]) -> Floats:
    """(256,) sigma at each level."""
    per_level = counts.sum(axis=1)
    bands = min(BANDS, max(int(per_level.sum()) // LEAST_SAMPLES, 1))
    owner = np.minimum((np.cumsum(per_level) - per_level / 2) / per_level.sum() * bands, bands - 1).astype(int)
    known = [band for band in range(bands) if per_level[owner == band].sum()]
    sigma = np.array([sigma_of(counts[owner == band].sum(axis=0)) for band in known])
    middle = np.array([np.average(np.flatnonzero(owner == b), weights=per_level[owner == b]) for b in known])
    share = np.sqrt([per_level[owner == band].sum() for band in known])
    terms = np.stack([np.ones_like(middle), middle / 128, (middle / 128) ** 2], axis=1)
    weight = share / sigma**2
    factors = nnls(terms * weight[:, None], sigma**2 * weight)[0]
    levels = np.arange(256) / 128
    fitted = np.sqrt(np.stack([np.ones(256), levels, levels**2], axis=1) @ factors)
    of_bands = float(share**2 @ np.interp(middle, np.arange(256), fitted))
    return np.asarray(fitted * (float(share**2 @ sigma) / max(of_bands, 1e-9)))


def sigma_of(counts: NDArray[np.int64]) -> float:
    """1.4826 x the median, between the whole numbers, of absolute deviations that are so often 0, 1, 2 ...; >= 0.3."""
    if not counts.sum():
        return LEAST_GRAY
    steps = np.concatenate(([0], np.cumsum(counts))) / counts.sum()
    edges = np.concatenate(([0.0], np.arange(counts.size) + 0.5))
    return max(1.4826 * float(np.interp(0.5, steps, edges)), LEAST_GRAY)


def evened(size: MatLike, factors: NDArray[np.float32] | None) -> MatLike:
    """Deviations (H, W) uint8 times factors (per block, stretched); the same where there are none."""
    if factors is None:
        return size
    wide = cv2.resize(factors, size.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.multiply(size, wide, dtype=cv2.CV_8U)
