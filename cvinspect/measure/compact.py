"""Sizes of compact objects, many at once: by their half-contrast contours, or as the most likely disks."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from cvinspect.measure.contoured import half_contours, sizes_within
from cvinspect.measure.contrast import PIXEL_VARIANCE, Contrasts, contrasts_of
from cvinspect.measure.disk_fit import Disks, fit_disks
from cvinspect.measure.sizes import Blur, Sizes, root_sum
from cvinspect.measure.windows import Floats, Windows, total
from cvinspect.model import Measured

UNSURE_PX = 0.3  # noise that moves a contour so far calls for
SMOOTH_PX = 2.0  # a smoother picture
SMALL, SMALL_PX = 6.0, 5.5  # diameter in blurs, or in px, below which an object is fitted as a disk,
ROUND = 0.12  # up to this ovalness, as a share of its radius,
MISFIT = 0.03  # and this misfit, as a share of its contrast
RESOLVED_PX = 3.0
U_FIT_PX = 0.005
_TURN = np.exp(2j * np.pi * np.arange(48) / 48)


def sizes_of_compact(windows: Windows, blur: Blur, always_fit: bool = False) -> list[Sizes | None]:
    """Sizes of the object in each window; None where no contour encloses most of it.

    Round objects under SMALL blurs, or all round ones where `always_fit`, are fitted as disks.
    """
    contrasts = contrasts_of(windows, blur.sigma_px)
    sizes, diameter, unsure = _by_contour(windows, contrasts, blur)
    if unsure.size and windows.smooth_px2 < SMOOTH_PX**2:
        smoother = windows.smoother(unsure, SMOOTH_PX)
        again, _, _ = _by_contour(smoother, contrasts_of(smoother, blur.sigma_px), blur)
        for row, other in zip(unsure.tolist(), again, strict=True):
            sizes[row] = other or sizes[row]
    small = np.flatnonzero((contrasts.gray > 0) & (always_fit | (diameter < max(SMALL * _seen_px(blur), SMALL_PX))))
    if small.size:
        for row, disk in zip(small.tolist(), _by_fit(windows, contrasts, small, diameter[small], blur), strict=True):
            sizes[row] = disk or sizes[row]
    return sizes


def _seen_px(blur: Blur) -> float:
    """Sigma of an edge in the picture."""
    return float(np.sqrt(blur.sigma_px**2 + PIXEL_VARIANCE))


def _by_contour(
    windows: Windows, contrasts: Contrasts, blur: Blur
) -> tuple[list[Sizes | None], Floats, NDArray[np.intp]]:
    """Sizes by contour; diameters, where there is no contour of the claimed pixels; rows whose contour noise moves."""
    paths = half_contours(windows, contrasts)
    sizes: list[Sizes | None] = [None] * len(windows.index)
    diameter = np.sqrt(total(windows.claimed) * 4 / np.pi)
    if not paths.window.size:
        return sizes, diameter, paths.window
    told = sizes_within(windows, contrasts, paths, blur)
    diameter[paths.window] = told.lengths[:, 0]
    rows = paths.window.tolist()
    outlines = told.outline.view(np.float64).reshape(len(rows), -1, 2) + windows.origin[paths.window][:, None]
    numbers = zip(told.area.tolist(), told.u_area.tolist(), told.lengths.tolist(), told.u_lengths.tolist(), strict=True)
    gray = contrasts.gray[paths.window].tolist()
    for row, outline, (area, u_area, lengths, u_lengths), contrast in zip(rows, outlines, numbers, gray, strict=True):
        diameter_px, length, width, reach = map(Measured, lengths, u_lengths)
        sizes[row] = Sizes(outline, Measured(area, u_area), diameter_px, length, width, reach, contrast, straight=True)
    return sizes, diameter, paths.window[told.stray > UNSURE_PX]


def _by_fit(
    windows: Windows, contrasts: Contrasts, rows: NDArray[np.intp], diameter: Floats, blur: Blur
) -> list[Sizes | None]:
    """Sizes of the disks in some windows; None where the object is none."""
    some = windows.claimed[rows] * np.maximum(windows.rise[rows], 0)
    mass = np.maximum(some.sum(axis=(1, 2)), 1e-6)
    y, x = np.indices(some.shape[1:])
    center = np.stack([(some * x).sum(axis=(1, 2)), (some * y).sum(axis=(1, 2))], axis=1) / mass[:, None]
    noise = windows.noise_gray[rows]
    disks = fit_disks(windows.rise[rows], windows.plain[rows], center, diameter / 2, noise, blur.sigma_px)
    gray = np.maximum(contrasts.gray[rows], 1e-3)
    model = (MISFIT + 0.1 * blur.u_px / blur.sigma_px) * gray / noise
    dot = 2 * disks.radius < RESOLVED_PX
    wavy = (np.abs(disks.waves) > ROUND * disks.radius + 3.5 * disks.u_waves).any(axis=0) & ~dot
    round_ = ~wavy & (disks.misfit < 1 + 5 * np.sqrt(2 / disks.freedom) + model**2)
    return [_disk_sizes(disks, at, windows, row, blur) if round_[at] else None for at, row in enumerate(rows)]


def _disk_sizes(disks: Disks, at: int, windows: Windows, row: np.intp, blur: Blur) -> Sizes:
    """Sizes of one disk, made oval as its residuals show.

    Under RESOLVED_PX, where contrast and size are hardly told apart, its size is an upper bound and its contrast the
    least: together they keep its grey volume.
    """
    diameter, oval, u_oval = 2 * float(disks.radius[at]), complex(disks.waves[0, at]), float(disks.u_waves[0, at])
    u_psf = float(disks.per_psf[at]) * blur.u_px * (1 + 2 * blur.u_px / blur.sigma_px)  # steeper as the disk shrinks
    u = 2 * root_sum(float(disks.u_radius[at]), u_psf, U_FIT_PX)
    volume = float(disks.contrast[at]) * diameter**2
    resolved = diameter >= RESOLVED_PX
    if not resolved:
        bound = max(diameter, min(diameter + 2 * u, RESOLVED_PX))
        diameter, u = bound, u + (bound - diameter) / 2
    wave = sqrt(max(abs(oval) ** 2 - 2 * u_oval**2, 0.0)) if resolved else 0.0
    u_side = root_sum(u, 1.7 * u_oval)
    turned = (diameter * _TURN + 2 * wave * _TURN.conj()) / 2 * np.sqrt(oval / max(abs(oval), 1e-9))
    outline = np.stack([turned.real, turned.imag], axis=1) + disks.center[at] + windows.origin[row]
    half = windows.straight(turned[None], np.array([row]))[0]
    length, width = (Measured(2 * float(pick(np.abs(half))), u_side) for pick in (np.max, np.min))
    area = Measured(pi * diameter**2 / 4, pi * diameter / 2 * u)
    return Sizes(
        outline, area, Measured(diameter, u), length, width, length, volume / diameter**2, resolved, straight=True
    )
