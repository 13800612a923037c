"""Outlines of many objects at once: what blur took off them given back, and their extents."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cvinspect.measure.marching import Loops
from cvinspect.measure.windows import Floats

Complex = NDArray[np.complex128]

ALONG_VARIANCE = 0.5  # px² along the outline over which noise is averaged
_CORNER = 0.7  # what a sharp bend has lost beyond the first order
_TURNS = 16  # directions over half a turn in which extents are looked for


def evenly(paths: Loops) -> tuple[Complex, Floats]:
    """M even places (N, M), x + i y, on each closed path, and their lengths (N,)."""
    lengths = np.diff(paths.start)
    last = np.cumsum(lengths + 1) - 1
    points = paths.points.view(np.complex128).ravel()
    at = np.insert(points, paths.start[1:], points[paths.start[:-1]])
    steps = np.abs(np.diff(at, prepend=at[0]))
    steps[last[:-1] + 1] = 0
    walked = np.cumsum(steps)
    start = np.concatenate([[0.0], walked[last[:-1]]])
    length = np.maximum(walked[last] - start, 1e-6)
    many = 1 << max(5, int(lengths.max()).bit_length())
    places = start[:, None] + length[:, None] * (np.arange(many) + 0.5) / many
    return np.interp(places, walked, at), length


def restored(even: Complex, length: Floats, lost_px2: float) -> tuple[Complex, Complex, Floats]:
    """The outlines smoothed along themselves, the same with what blur and smoothing took off given back, and how far
    the latter are from ellipses, as a share of their radius.

    Blur of variance `lost_px2` moves an outline of curvature k inwards by lost k / 2, as smoothing along it does.
    """
    many = even.shape[1]
    wave2 = (2 * np.pi / length[:, None] * np.fft.fftfreq(many, 1 / many)) ** 2 / 2
    smooth = np.fft.fft(even) * np.exp(-wave2 * ALONG_VARIANCE)
    calm, bend = np.fft.ifft(smooth), np.fft.ifft(-2 * wave2 * smooth)
    lost = lost_px2 + ALONG_VARIANCE
    corner = _CORNER * lost * (np.abs(bend) * np.sqrt(lost)) ** 3
    waves = smooth * (1 + wave2 * ALONG_VARIANCE) * (1 + wave2 * lost_px2)
    size = np.abs(waves)
    other = np.sqrt((size[:, 2:-1] ** 2).sum(axis=1)) / np.maximum(size[:, 1] + size[:, -1], 1e-9)
    return calm, np.fft.ifft(waves) - bend * corner, other


@lru_cache(maxsize=64)
def noise_kept(lost_px2: float, smooth_px2: float) -> tuple[float, float]:
    """Of the noise of a contour in a picture smoothed by smooth_px2, what `restored` leaves in its two outlines."""
    wave2 = np.linspace(0, 8, 801) ** 2 / 2
    power = np.exp(-2 * wave2 * smooth_px2)
    smooth = np.exp(-wave2 * ALONG_VARIANCE)
    sharp = smooth * (1 + wave2 * ALONG_VARIANCE) * (1 + wave2 * lost_px2)
    left = [float(np.sqrt((power * kept**2).sum() / power.sum())) for kept in (smooth, sharp)]
    return left[0], left[1]


def axis_angle(outline: Complex) -> Floats:
    """Direction (N,) of the principal axis of the area within each outline, rad."""
    following = np.roll(outline, -1, axis=1)
    cross = (np.conj(outline) * following).imag
    area = np.where(np.abs(cross.sum(axis=1)) > 1e-9, cross.sum(axis=1), 1e-9)
    center = ((outline + following) * cross).sum(axis=1) / 3 / area
    one = outline - center[:, None]
    two = np.roll(one, -1, axis=1)
    cross = (np.conj(one) * two).imag
    second = ((one * one + one * two + two * two) * cross).sum(axis=1) / area
    return np.asarray(np.angle(second) / 2)


def extents(outline: Complex, angle: Floats) -> Floats:
    """(2, N): each outline's (N, M) extent along a direction and across it."""
    turned = outline * np.exp(-1j * angle)[:, None]
    return np.stack([np.ptp(turned.real, axis=1), np.ptp(turned.imag, axis=1)])


def reaches(outline: Complex) -> Floats:
    """(N,): the largest distance between two points of each outline, of those that are foremost in some direction.

    The directions are _TURNS even ones, and that in which the two foremost points that are furthest apart lie.
    """
    turns = np.broadcast_to(np.exp(1j * np.pi * np.arange(_TURNS) / _TURNS), (len(outline), _TURNS))
    apart = _foremost(outline, turns)
    best = np.take_along_axis(apart, np.argmax(np.abs(apart), axis=1)[:, None], axis=1)
    return np.asarray(np.maximum(np.abs(best), np.abs(_foremost(outline, best)))[:, 0])


def _foremost(outline: Complex, turns: Complex) -> Complex:
    """(N, K): from the hindmost to the foremost point of each outline (N, M), seen along K directions (N, K)."""
    places, ways = (np.stack([one.real, one.imag], axis=axis) for one, axis in ((outline, 1), (turns, 2)))
    along = ways.astype(np.float32) @ places.astype(np.float32)
    ends = [np.take_along_axis(outline, pick(along, axis=2), axis=1) for pick in (np.argmax, np.argmin)]
    return np.asarray(ends[0] - ends[1])
