"""How many weak lines the best linear test could find, were the surface's spectrum known to it exactly."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from cvinspect.bench.render import coverage
from cvinspect.bench.seeing_frames import LAY_PX, NOISE_GRAY, PSF_PX, TEXTURE_GRAY
from cvinspect.bench.shapes import stroke

Array = NDArray[np.float64]

SIDE_PX = 512
STEP_DEG = 3
THRESHOLD = 5.2  # sigmas: about five of the 10^7 lines that a 5 MP frame can hold exceed it by chance


def best_share(length_px: float, contrast_gray: float) -> float:
    """The share (0..1) of 1 px wide lines at all angles that a matched filter finds on the bench's frames.

    The filter's signal-to-noise ratio is the root of the sum of |line|² / (noise + texture) over all frequencies
    (North's theorem, both as power spectra); a line is found where that and a normal error exceed THRESHOLD.
    """
    ratios = [contrast_gray * _per_gray(length_px, degrees) for degrees in range(0, 91, STEP_DEG)]
    return float(ndtr(np.array(ratios) - THRESHOLD).mean())


@cache
def _per_gray(length_px: float, degrees: float) -> float:
    (x, y), share = coverage(stroke(length_px, 1.0), (SIDE_PX / 2, SIDE_PX / 2), float(np.radians(degrees)), PSF_PX)
    picture = np.zeros((SIDE_PX, SIDE_PX))
    picture[y : y + share.shape[0], x : x + share.shape[1]] = share
    power = np.abs(np.fft.fft2(picture)) ** 2 / picture.size
    return float(np.sqrt((power / _surface()).sum()))


@cache
def _surface() -> Array:
    """Power spectrum of noise, rounding and marks of brushing, grey levels²."""
    cycles = np.fft.fftfreq(SIDE_PX)
    marks = np.sinc(cycles * LAY_PX) ** 2
    blur = np.exp(-((2 * np.pi * PSF_PX * cycles) ** 2))
    texture = (marks * blur)[None, :] * blur[:, None]
    return np.asarray(NOISE_GRAY**2 + 1 / 12 + TEXTURE_GRAY**2 * texture / texture.mean())
