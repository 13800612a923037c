"""How much flash the best linear test along the outline could find, were the ground's spectrum known to it exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]

SIDE_PX = 128
FINE = 8  # points a px, across and along, that the flash is drawn with
THRESHOLD = 4.1  # sigmas: of some 1,000 places and lengths along a part's outline, 0.02 exceed it by chance


@dataclass(frozen=True, slots=True)
class Seen:
    """How an edge is seen: the camera's noise, the ground's texture (rms, sigma of its grain), the optics' blur."""

    noise_gray: float
    grain_gray: float
    grain_px: float
    psf_px: float


def best_flash_share(height_px: float, base_px: float, contrast_gray: float, seen: Seen) -> float:
    """The share (0..1) of such flash that a matched filter finds beyond an edge whose place is known.

    The filter's signal-to-noise ratio is the root of the sum of |flash|² / (noise + texture) over all frequencies
    (North's theorem, both as power spectra), for a texture that is white noise behind a Gaussian of grain_px.
    """
    return float(ndtr(contrast_gray * _per_gray(height_px, base_px, seen) - THRESHOLD))


def weakest_gray(height_px: float, base_px: float, share: float, seen: Seen) -> float:
    """The contrast at which that filter finds this share of it, grey levels."""
    return float((THRESHOLD + ndtri(share)) / _per_gray(height_px, base_px, seen))


def _per_gray(height_px: float, base_px: float, seen: Seen) -> float:
    power = np.abs(np.fft.fft2(_drawn(height_px, base_px, seen.psf_px))) ** 2 / SIDE_PX**2
    grain = np.exp(-((2 * np.pi * seen.grain_px * np.fft.fftfreq(SIDE_PX)) ** 2))
    texture = np.outer(grain, grain)
    surface = seen.noise_gray**2 + 1 / 12 + seen.grain_gray**2 * texture / texture.mean()
    return float(np.sqrt((power / surface).sum()))


@cache
def _drawn(height_px: float, base_px: float, psf_px: float) -> Array:
    """The bump's share of each pixel, height (1 - (2 t / base)²), behind the optics' blur."""
    at = (np.arange(SIDE_PX * FINE) + 0.5) / FINE - SIDE_PX / 2
    along, beyond = at[None, :], at[:, None]
    bump = (beyond >= 0) & (beyond <= height_px * (1 - (2 * along / base_px) ** 2))
    share = bump.reshape(SIDE_PX, FINE, SIDE_PX, FINE).mean(axis=(1, 3))
    cycles = np.fft.fftfreq(SIDE_PX)
    blur = np.exp(-2 * (np.pi * psf_px * cycles) ** 2)
    return np.asarray(np.real(np.fft.ifft2(np.fft.fft2(share) * np.outer(blur, blur))))
