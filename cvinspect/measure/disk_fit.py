"""Small round objects: the disk that most likely gave the pixels, seen through a Gaussian blur (maximum likelihood)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import chndtr, i0e, i1e, ndtr

from cvinspect.model import Points

Floats = NDArray[np.float64]

PIXEL_VARIANCE = 1 / 12
LEAST_RADIUS_PX = 0.3
_ROUNDS, _ENOUGH = 20, 1e-5
_REACH = 6.0  # blurs from the edge beyond which a disk is all or nothing
_STEP = 0.04  # of the table, in blurs from the edge and in blurs per radius
_BENT = 4.0  # blurs per radius of the smallest disk in the table


@dataclass(frozen=True, slots=True, eq=False)
class Disks:
    """Per object: center (N, 2) in the window's px, radius, contrast (N,).

    u_radius: its standard uncertainty from noise, the contrast unknown. per_psf: change of the radius per px of error
    of the psf. waves (3, N): those of k = 2, 3 and 4 periods around the outline that the residuals show, amplitude in
    px x exp(i k direction); u_waves: standard uncertainty of their real and of their imaginary part. misfit: mean
    squared residual over the noise's; freedom: how many squares that is a mean of.
    """

    center: Points
    radius: Floats
    contrast: Floats
    u_radius: Floats
    per_psf: Floats
    waves: NDArray[np.complex128]
    u_waves: Floats
    misfit: Floats
    freedom: Floats


@cache
def _table() -> NDArray[np.float32]:
    """Light of a disk of radius r at p from its centre, blur 1: [i, j] at bend 1 / r = i, x = j steps, x from -_REACH.

    x = r - sqrt(p² + 1) is the place beside the edge, for which a straight edge gives almost the same. The light is
    the distribution function of a noncentral chi² (2 degrees of freedom, noncentrality p²) at r².
    """
    x = np.arange(-_REACH, _REACH + _STEP, _STEP)
    bend = np.arange(0, _BENT + _STEP, _STEP)[1:, None]
    distance2 = np.maximum((1 / bend - x) ** 2 - 1, 0.0)
    return np.vstack([ndtr(x), chndtr(1 / bend**2, 2.0, distance2)]).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Pixels:
    """The pixels around each object (N, P): grey levels above the surface, weights 0 or 1, places; blur of all."""

    values: Floats
    weight: Floats
    x: Floats
    y: Floats
    blur_px: float

    def of(self, rows: NDArray[np.bool_]) -> _Pixels:
        return _Pixels(self.values[rows], self.weight[rows], self.x[rows], self.y[rows], self.blur_px)


def _light(distance: Floats, radius: Floats) -> tuple[Floats, Floats, Floats]:
    """Light at `distance` (N, P) of disks of `radius` (N, 1), blur 1; its slopes over distance and over radius."""
    table = _table()
    root = np.sqrt(distance * distance + 1)
    at_x = np.clip((radius - root + _REACH) / _STEP, 0, table.shape[1] - 1.001)
    at_q = np.clip(1 / radius / _STEP, 0, table.shape[0] - 1.001)
    x, q = at_x.astype(np.intp), at_q.astype(np.intp)
    share_x, share_q = at_x - x, at_q - q
    flat, start = table.ravel(), q * table.shape[1] + x
    near, far = flat[start], flat[start + table.shape[1]]
    rise_near, rise_far = flat[start + 1] - near, flat[start + table.shape[1] + 1] - far
    lower, upper = near + rise_near * share_x, far + rise_far * share_x
    along_x = (rise_near + (rise_far - rise_near) * share_q) / _STEP
    along_q = (upper - lower) / _STEP
    light = lower + (upper - lower) * share_q
    return light, -along_x * distance / root, along_x - along_q / (radius * radius)


def fit_disks(
    rise: NDArray[np.float32],
    seen: NDArray[np.bool_],
    center: Points,
    radius: Floats,
    noise_gray: Floats,
    psf_sigma_px: float,
) -> Disks:
    """Least squares of volume, radius and place to `rise` (N, h, w) where `seen`, from first guesses (N, 2), (N,).

    Levenberg and Marquardt's steps for all objects at once. The volume, contrast x area, is told well even where
    contrast and radius are not, which is why it is fitted instead of the contrast.
    """
    blur = float(np.sqrt(psf_sigma_px**2 + PIXEL_VARIANCE))
    pixels = _cut(rise, seen, center, float(radius.max()) + 4 * blur, blur)
    now = np.column_stack([np.ones(len(radius)), np.maximum(radius, 1.0), center])
    shape = _model(now, pixels)[0][:, 0]
    now[:, 0] = (pixels.values * shape).sum(axis=1) / np.maximum((shape * shape).sum(axis=1), 1e-12)
    left, some, damping, here = np.arange(len(now)), pixels, np.full(len(now), 1e-3), now.copy()
    slopes, residual = _model(here, some)
    for _ in range(_ROUNDS):
        tried = here + _step(slopes, residual, damping)
        tried[:, 1] = np.clip(tried[:, 1], LEAST_RADIUS_PX, 2 * here[:, 1])
        other_slopes, other_residual = _model(tried, some)
        error = (residual * residual).sum(axis=1)
        gain = error - (other_residual * other_residual).sum(axis=1)
        better = gain > 0
        here[better], slopes[better], residual[better] = tried[better], other_slopes[better], other_residual[better]
        now[left] = here
        going = np.abs(gain) > _ENOUGH * error
        if not going.any():
            break
        left, some, damping = left[going], some.of(going), np.where(better, damping / 10, damping * 10)[going]
        here, slopes, residual = here[going], slopes[going], residual[going]
    return _told(now, pixels, noise_gray, psf_sigma_px)


def _cut(rise: NDArray[np.float32], seen: NDArray[np.bool_], center: Points, reach: float, blur: float) -> _Pixels:
    """The pixels around each centre."""
    half = int(np.ceil(reach))
    near = np.arange(-half, half + 1)
    x, y = (np.round(center[:, axis]).astype(int)[:, None] + near for axis in (0, 1))
    high, wide = rise.shape[1:]
    inside = ((y >= 0) & (y < high))[:, :, None] & ((x >= 0) & (x < wide))[:, None, :]
    at = np.arange(len(rise))[:, None, None], np.clip(y, 0, high - 1)[:, :, None], np.clip(x, 0, wide - 1)[:, None, :]
    weight = (seen[at] & inside).astype(np.float64)
    flat = (len(rise), -1)
    columns, rows = np.broadcast_to(x[:, None, :], weight.shape), np.broadcast_to(y[:, :, None], weight.shape)
    values = (rise[at] * weight).reshape(flat)
    across, down = (np.asarray(one.reshape(flat), np.float64) for one in (columns, rows))
    return _Pixels(values, weight.reshape(flat), across, down, blur)


def _model(now: Floats, pixels: _Pixels) -> tuple[Floats, Floats]:
    """Slopes (N, 5, P) over volume, radius, x, y and blur, and residuals (N, P), at volume, radius, x, y (N, 4)."""
    volume, radius, blur = now[:, :1], now[:, 1:2], pixels.blur_px
    aside_x, aside_y = pixels.x - now[:, 2:3], pixels.y - now[:, 3:]
    distance = np.sqrt(aside_x * aside_x + aside_y * aside_y)
    light, over_p, over_r = _light(distance / blur, radius / blur)
    unit = pixels.weight / (np.pi * radius * radius)
    shape = unit * light
    inwards, outwards = unit * over_p * (volume / blur), unit * over_r * (volume / blur)
    toward = -inwards / np.maximum(distance, 1e-6)
    grown = outwards - shape * (2 * volume / radius)
    wider = -(inwards * distance + outwards * radius) / blur
    slopes = np.stack([shape, grown, toward * aside_x, toward * aside_y, wider], axis=1)
    return slopes, pixels.values - shape * volume


def _step(slopes: Floats, residual: Floats, damping: Floats) -> Floats:
    """Where to go on (N, 4), at most 1 px."""
    slopes = slopes[:, :4]
    normal = slopes @ slopes.transpose(0, 2, 1)
    raised = damping[:, None] * np.einsum("nii->ni", normal) + 1e-12
    pull = (slopes @ residual[:, :, None])[:, :, 0]
    step = np.linalg.solve(normal + np.eye(4) * raised[:, None, :], pull[:, :, None])[:, :, 0]
    return np.asarray(step / np.maximum(np.abs(step[:, 1:]).max(axis=1), 1.0)[:, None])


def _told(now: Floats, pixels: _Pixels, noise_gray: Floats, psf_sigma_px: float) -> Disks:
    """What the fit says, and how well: the inverse of the Fisher information."""
    slopes, residual = _model(now, pixels)
    inverse = np.linalg.pinv(slopes[:, :4] @ slopes[:, :4].transpose(0, 2, 1), hermitian=True)
    pulled = (inverse @ (slopes[:, :4] @ slopes[:, 4, :, None]))[:, 1, 0]
    waves, u_waves = _waves(now, residual, pixels)
    freedom = np.maximum(pixels.weight.sum(axis=1) - 4, 1)
    return Disks(
        center=now[:, 2:],
        radius=now[:, 1],
        contrast=now[:, 0] / (np.pi * now[:, 1] ** 2),
        u_radius=noise_gray * np.sqrt(inverse[:, 1, 1]),
        per_psf=-pulled * psf_sigma_px / pixels.blur_px,
        waves=waves,
        u_waves=noise_gray * u_waves,
        misfit=(residual * residual).sum(axis=1) / freedom / noise_gray**2,
        freedom=freedom,
    )


def _waves(now: Floats, residual: Floats, pixels: _Pixels) -> tuple[NDArray[np.complex128], Floats]:
    """Amplitudes (3, N) of waves of 2, 3 and 4 periods around the outline, and what noise 1 would make of each part.

    A thin ring of light a exp(i k phi) looks behind the blur like a I_k, the modified Bessel functions.
    """
    blur = pixels.blur_px
    beside = (pixels.x - now[:, 2:3] + 1j * (pixels.y - now[:, 3:])) / blur
    distance, radius = np.maximum(np.abs(beside), 1e-6), now[:, 1:2] / blur
    ring = pixels.weight * np.exp(-((radius - distance) ** 2) / 2) * (now[:, :1] / (np.pi * radius * blur**3))
    argument, turn = distance * radius, beside / distance
    before, bessel = i0e(argument), i1e(argument)
    found, spread = [], []
    for k in (1, 2, 3):
        before, bessel = bessel, np.maximum(before - 2 * k / argument * bessel, 0)
        wave = ring * bessel
        known = np.maximum((wave * wave).sum(axis=1) / 2, 1e-9)
        found.append((residual * wave * turn ** (k + 1)).sum(axis=1) / known)
        spread.append(1 / np.sqrt(known))
    return np.array(found), np.array(spread)
