"""How strongly compact objects stand out, and how sure that and their outline's place are: no disk assumed.

An object is seen as its own coverage, blurred by the optics, times its contrast. The coverage is read off the
half-contrast contour, which needs the contrast: so both are found in turn, by least squares of the contrast and of a
shift of the whole outline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvinspect.measure.windows import Floats, Stack, Windows, filtered, gaussian

PIXEL_VARIANCE = 1 / 12  # px² by which a pixel's own square blurs,
LINEAR_VARIANCE = 1 / 6  # and linear interpolation between pixels
LEAST_PEAK, MOST_PEAK = 0.2, 4.0  # contrast over its smoothed peak
_ROUNDS = 2
_STEP_PX = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """Per object (N,): contrast in grey levels, 0 where nothing stands out, and its standard uncertainty from noise.

    u_shift_px: that of a shift of the whole outline, the contrast unknown. per_psf: change of the contrast, as a share
    of it, per px of error of the psf.
    """

    gray: Floats
    u_gray: Floats
    u_shift_px: Floats
    per_psf: Floats


def edge_px(windows: Windows, psf_sigma_px: float) -> float:
    """Sigma of an edge in the smoothed picture, interpolated."""
    return float(np.sqrt(psf_sigma_px**2 + windows.smooth_px2 + PIXEL_VARIANCE + LINEAR_VARIANCE))


def contrasts_of(windows: Windows, psf_sigma_px: float) -> Contrasts:
    """The contrasts of all objects, each assumed to have one."""
    first = np.where(windows.claimed, np.maximum(windows.calm, 0), np.float32(0))
    gray = _sum(first, first) / np.maximum(first.sum(axis=(1, 2)), 1e-6)
    rise = np.where(windows.own, windows.rise, np.float32(0))
    peak = np.max(windows.calm, axis=(1, 2), where=windows.own, initial=0).astype(np.float64)
    shrunk = np.zeros_like(gray)
    for _ in range(_ROUNDS):
        covered = _coverage(windows, gray, shrunk, psf_sigma_px)
        seen = filtered(covered, gaussian(psf_sigma_px))
        edge = _slope(seen)
        seen2, both, edge2 = _sum(seen, seen), _sum(seen, edge), _sum(edge, edge)
        determinant = np.maximum(seen2 * edge2 - both**2, 1e-9)
        found = (edge2 * _sum(rise, seen) - both * _sum(rise, edge)) / determinant
        gray = np.clip(found, LEAST_PEAK * peak, MOST_PEAK * peak)
        girth = edge.sum(axis=(1, 2), dtype=np.float64)
        shrunk = np.pi * edge_px(windows, psf_sigma_px) ** 2 / np.maximum(girth, 2 * np.pi)
    wider = (filtered(covered, gaussian(psf_sigma_px + _STEP_PX)) - seen) / np.float32(_STEP_PX)
    return Contrasts(
        gray=gray,
        u_gray=windows.noise_gray * np.sqrt(edge2 / determinant),
        u_shift_px=windows.noise_gray / np.maximum(gray, 1e-3) * np.sqrt(seen2 / determinant),
        per_psf=(both * _sum(wider, edge) - edge2 * _sum(wider, seen)) / determinant,
    )


def _coverage(windows: Windows, gray: Floats, shrunk_px: Floats, psf_sigma_px: float) -> Stack:
    """How much of each pixel (N, h, w) the object covers: its half-contrast contour, moved outwards by `shrunk_px`."""
    ramp = np.sqrt(2 * np.pi) * edge_px(windows, psf_sigma_px)  # px in which the smoothed picture rises by a contrast
    steep = (ramp / np.maximum(gray, 1e-3)).astype(np.float32)[:, None, None]
    level = (ramp / 2 - 0.5 - shrunk_px).astype(np.float32)[:, None, None]
    return np.asarray(np.clip(windows.calm * steep - level, 0, 1) * windows.own, np.float32)


def _slope(stack: Stack) -> Stack:
    """How steep each window (N, h, w) is, per px; 0 at its border."""
    slope = np.zeros_like(stack)
    down, across = stack[:, 2:, 1:-1] - stack[:, :-2, 1:-1], stack[:, 1:-1, 2:] - stack[:, 1:-1, :-2]
    slope[:, 1:-1, 1:-1] = np.sqrt(down * down + across * across) / 2
    return slope


def _sum(one: Stack, two: Stack) -> Floats:
    return np.asarray(np.einsum("nij,nij->n", one, two), np.float64)
