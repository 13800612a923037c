"""How strongly compact objects stand out, and how sure that and their outline's place are: no disk assumed.

An object is seen as its own coverage, blurred by the optics, times its contrast. The coverage is read off the
half-contrast contour, which needs the contrast: so both are found in turn, by least squares of the contrast and of a
shift of the whole outline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvinspect.measure.windows import Floats, Stack, Windows, filtered, gaussian, total

PIXEL_VARIANCE = 1 / 12  # px² by which a pixel's own square blurs,
LINEAR_VARIANCE = 1 / 6  # and linear interpolation between pixels
LEAST_PEAK, MOST_PEAK = 0.2, 4.0  # contrast over its smoothed peak
_ROUNDS = 2


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
    first = np.maximum(windows.calm, 0) * windows.claimed
    gray = _sum(first, first) / np.maximum(total(first), 1e-6)
    rise = windows.rise * windows.own
    peak = np.maximum((windows.calm * windows.own).max(axis=1).max(axis=1), 0).astype(np.float64)
    shrunk = np.zeros_like(gray)
    for _ in range(_ROUNDS):
        covered = _coverage(windows, gray, shrunk, psf_sigma_px)
        seen = filtered(covered, gaussian(psf_sigma_px))
        edge = _slope(seen)
        seen2, both, edge2 = _sum(seen, seen), _sum(seen, edge), _sum(edge, edge)
        determinant = np.maximum(seen2 * edge2 - both**2, 1e-9)
        found = (edge2 * _sum(rise, seen) - both * _sum(rise, edge)) / determinant
        gray = np.clip(found, LEAST_PEAK * peak, MOST_PEAK * peak)
        girth = total(edge)
        shrunk = np.pi * edge_px(windows, psf_sigma_px) ** 2 / np.maximum(girth, 2 * np.pi)
    wider = _bend(seen) * np.float32(psf_sigma_px)
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
    covered = windows.calm * steep
    covered -= level
    np.minimum(np.maximum(covered, 0, out=covered), 1, out=covered)
    covered *= windows.own
    return np.asarray(covered, np.float32)


def _slope(stack: Stack) -> Stack:
    """How steep each window (N, h, w) is, per px; 0 at its border."""
    slope = np.zeros_like(stack)
    down, across = stack[:, 2:, 1:-1] - stack[:, :-2, 1:-1], stack[:, 1:-1, 2:] - stack[:, 1:-1, :-2]
    down *= down
    across *= across
    down += across  # cv2.magnitude would be faster, but its last digit hangs on where in memory the windows lie
    np.multiply(np.sqrt(down, out=down), np.float32(0.5), out=slope[:, 1:-1, 1:-1])
    return slope


def _bend(stack: Stack) -> Stack:
    """The second derivatives of each window along both axes, per px², added up; 0 at its border."""
    bend = np.zeros_like(stack)
    middle = stack[:, 1:-1, 1:-1]
    bend[:, 1:-1, 1:-1] = (
        stack[:, 2:, 1:-1] + stack[:, :-2, 1:-1] + stack[:, 1:-1, 2:] + stack[:, 1:-1, :-2] - 4 * middle
    )
    return bend


def _sum(one: Stack, two: Stack) -> Floats:
    return total(one * two)
