"""The picture that faint lines are looked for in: only what is thin and weak is left of it, in sigmas of its place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.detect.surface import Surface

Floats = NDArray[np.float32]

SCALE = 8  # steps of a half-resolution grey level
UNKNOWN = -30000
AROUND = 21  # half-resolution px: what is wider than about half of that is no thin line
STRONG = 7.0  # noise sigmas of a pixel that is seen without any summing: not looked at here,
BESIDE = 5  # nor is what lies so near (half-resolution px, the whole square)
CLIPPED = 3.0  # sigmas that a single pixel may count
STEPS, NONE = 40.0, 128  # steps of 8 bits a sigma, and where they count from
PATCH = 16  # half-resolution px: the noise is that of the place
SEEN = 0.25  # of a patch, from which it tells its noise
FULL = 30.0  # the usual deviation in steps of the 8 bits that the noise is taken from
EVEN = 1.25  # noise that differs by less from place to place is one number
MOST_EVEN = 0.5  # a place is taken to be at least so noisy as this share of the whole picture
LAY_PX = 9  # length of lay that is predicted and taken off
LAY_LAG = 7
LAY_ROWS = 16  # one row in so many tells the lay
MOST_LAY = 3.9
LEAST_LAY = 0.06  # correlation along the lay, from which there is one


@dataclass(frozen=True, slots=True, eq=False)
class Thin:
    """The frame at half resolution, evened.

    sigmas: (H, W) uint8, NONE + STEPS x deviation over the noise of its place, clipped; NONE beside the faces and where
    strong objects are.
    ground: (H, W) what the frame would show without it, grey levels; UNKNOWN where nothing is looked for.
    noise_gray: (H, W) the noise of each place.
    """

    sigmas: MatLike
    ground: Floats
    noise_gray: Floats

    def noise_at(self, points_px: NDArray[np.float64]) -> Floats:
        """(N,) noise at places (N, 2) of the half-resolution picture, grey levels."""
        high, wide = self.noise_gray.shape
        share = np.clip(points_px / self.sigmas.shape[::-1], 0.0, 0.999)
        row, column = (share[:, 1] * high).astype(np.intp), (share[:, 0] * wide).astype(np.intp)
        return np.asarray(self.noise_gray[row, column], np.float32)


def thin_only(surface: Surface) -> Thin:
    """Takes off the neighbourhood, strong objects and the lay of the surface, and divides by the noise of the place."""
    size = (surface.gray.shape[1] // 2, surface.gray.shape[0] // 2)
    fine = _sums(surface.gray)
    blind = _blind(surface)
    some = bool(cv2.countNonZero(blind))
    rest = cv2.copyTo(_local(surface, size), blind, fine.copy()) if some else fine
    rest = cv2.subtract(rest, _mean_around(rest))
    if some:
        cv2.copyTo(np.zeros_like(rest), blind, rest)
    rest = without_lay(rest)
    noise = _noise(rest, blind)
    ground = cv2.subtract(fine, rest).astype(np.float32)
    ground *= np.float32(1 / SCALE)
    sigmas = _in_sigmas(rest, noise)
    if some:
        cv2.copyTo(np.full_like(sigmas, NONE), blind, sigmas)
        cv2.copyTo(np.full_like(ground, UNKNOWN), blind, ground)
    return Thin(sigmas, ground, noise / np.float32(SCALE))


def _sums(gray: MatLike) -> NDArray[np.int16]:
    """The sums of 2 x 2 px in SCALE steps a grey level; pixels are added in pairs, which is faster than cv2.resize."""
    pairs = np.ascontiguousarray(gray).view(np.uint16)
    both = (pairs & 255) + (pairs >> 8)
    total = cv2.add(both[::2], both[1::2])
    total *= SCALE // 4
    return np.asarray(total.view(np.int16))


def _in_sigmas(rest: MatLike, noise: Floats) -> MatLike:
    """`rest` over the noise of its place, as `Thin.sigmas`."""
    if noise.size == 1:
        most = np.int16(min(CLIPPED * float(noise[0, 0]), 32000))
        return cv2.convertScaleAbs(np.clip(rest, -most, most), alpha=STEPS / float(noise[0, 0]), beta=NONE)
    sigmas = rest.astype(np.float32)
    sigmas /= cv2.resize(noise, rest.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.convertScaleAbs(np.clip(sigmas, -CLIPPED, CLIPPED, out=sigmas), alpha=STEPS, beta=NONE)


def _mean_around(picture: MatLike) -> MatLike:
    """Mean over AROUND x AROUND px; beyond the edge the picture goes on as steep as it comes, not mirrored."""
    reach = AROUND // 2
    wide = cv2.copyMakeBorder(picture, reach, reach, reach, reach, cv2.BORDER_REFLECT_101)
    for side in (wide, wide.T):
        side[:reach] = 2 * side[reach] - side[:reach]
        side[-reach:] = 2 * side[-reach - 1] - side[-reach:]
    return np.asarray(cv2.blur(wide, (AROUND, AROUND))[reach:-reach, reach:-reach])


def _local(surface: Surface, size: tuple[int, int]) -> MatLike:
    """What would be there without strong objects, and what continues the faces beyond their edges."""
    return cv2.resize(surface.local.astype(np.int16) * np.int16(SCALE), size, interpolation=cv2.INTER_LINEAR)


def _blind(surface: Surface) -> MatLike:
    """Not 0 where nothing is looked for."""
    level = max(STRONG * surface.sharp_half_noise_gray, 3.0)
    strong = cv2.threshold(surface.sharp_half, level, 255, cv2.THRESH_BINARY)[1]
    if surface.within_half is not None:
        strong[surface.within_half == 0] = 255
    return cv2.dilate(strong, np.ones((BESIDE, BESIDE), np.uint8))


def _noise(rest: MatLike, blind: MatLike) -> Floats:
    """1.2533 x the mean size of the deviations of each patch and its neighbours, at least 1; (1, 1) where even.

    What is blind tells nothing: a patch of which less than SEEN is seen counts as the usual one.
    """
    high, wide = (max(side // PATCH, 1) for side in rest.shape)
    whole = slice(high * PATCH), slice(wide * PATCH)
    known = cv2.threshold(blind[whole], 0, 255, cv2.THRESH_BINARY_INV)[1]
    seen = cv2.resize(known, (wide, high), interpolation=cv2.INTER_AREA)
    usual = max(float(np.abs(rest[::8, ::8]).mean()) / max(float(seen.mean()) / 255, SEEN), 0.5)
    scale = FULL / usual
    mean = cv2.resize(cv2.convertScaleAbs(rest[whole], alpha=scale), (wide, high), interpolation=cv2.INTER_AREA)
    share = seen.reshape(high, wide).astype(np.float32) / 255
    mean = np.where(share >= SEEN, mean.reshape(high, wide) / np.maximum(share, SEEN), 0).astype(np.float32)
    mean = cv2.medianBlur(mean, 3).reshape(high, wide)
    typical = float(np.median(mean[mean > 0])) if mean.any() else FULL
    sigma = np.maximum(np.maximum(mean, MOST_EVEN * typical) * np.float32(1.2533 / scale), np.float32(1.0))
    low, high = np.quantile(sigma, (0.02, 0.98))
    return sigma if high > EVEN * low else np.full((1, 1), np.median(sigma), np.float32)


def without_lay(rest: MatLike) -> MatLike:
    """`rest` (H, W) int16 without what its pixels share with those before and behind along the surface's lay.

    The lay is the direction along which pixels LAY_LAG apart are most alike; where they hardly are, there is none.
    """
    way = lay_of(rest)
    if way is None:
        return rest
    right, down = way
    if not right or not down:
        return _less(rest, cv2.blur(rest, (LAY_PX, 1) if right else (1, LAY_PX)))
    kernel = np.zeros((LAY_PX, LAY_PX), np.float32)
    reach = (LAY_PX - 1) / 2
    for step in np.linspace(-reach, reach, LAY_PX):
        x, y = (reach + step * side / float(np.hypot(right, down)) for side in way)
        left, top = int(x), int(y)
        for column, row in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
            share = (1 - abs(x - column)) * (1 - abs(y - row))
            if share > 0:
                kernel[row, column] += share / LAY_PX
    mean = cv2.filter2D(rest.astype(np.float32), -1, kernel)
    return _less(rest, np.rint(mean).astype(np.int16))


def _less(rest: MatLike, lay: MatLike) -> MatLike:
    """Without the lay, but for what of it exceeds MOST_LAY times its usual size: that is a line along it."""
    most = np.int16(MOST_LAY * 1.4826 * float(np.median(np.abs(lay[::8, ::8]))))
    return cv2.subtract(rest, np.clip(lay, -most, most))


def lay_of(rest: MatLike) -> tuple[int, int] | None:
    """(right, down) px of a step along the lay, LAY_LAG px long; None where there is none."""
    if min(rest.shape) <= 4 * LAY_LAG:
        return None
    angles = np.linspace(0, np.pi, 2 * LAY_LAG, endpoint=False)
    steps = dict.fromkeys((round(LAY_LAG * float(np.cos(one))), round(LAY_LAG * float(np.sin(one)))) for one in angles)
    height, width = rest.shape
    here = rest[LAY_LAG : height - LAY_LAG : LAY_ROWS, LAY_LAG : width - LAY_LAG].astype(np.float32)
    power = float(np.vdot(here, here))

    def alike(step: tuple[int, int]) -> float:
        right, down = step
        there = rest[LAY_LAG + down : height - LAY_LAG + down : LAY_ROWS, LAY_LAG + right : width - LAY_LAG + right]
        return float(np.vdot(here, there.astype(np.float32))) / max(power, 1.0)

    likeness = {step: alike(step) for step in steps}
    best = max(likeness, key=lambda step: likeness[step])
    usual = float(np.median(list(likeness.values())))  # of grain without a direction, all are alike
    return best if likeness[best] - usual > LEAST_LAY else None
