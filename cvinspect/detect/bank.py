"""A bank of matched filters for a surface whose texture is known: spots of several sizes, lines of every direction.

Where the ground is a texture with the power spectrum P, the linear filter that shows an object of shape t best is t
convolved with 1 / P (North, 1943; the prewhitened matched filter). So the picture is whitened once, by a small kernel
that learning makes from good pictures, and every template then runs over the white picture: what the texture often
does (the lay of grinding) weighs little, what it never does weighs much. Wide templates run on smaller pictures, each
size with a kernel of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Spectrum = NDArray[np.float64]

WINDOWS_PX = {1: 128, 2: 64, 4: 32}  # by how much smaller a picture is: the square whose power spectrum is learnt there
KERNELS_PX = {1: 63, 2: 63, 4: 31}
RIDGE = 0.2  # of the median power is added to each, so that what is nearly never there does not decide alone
SPOTS_PX = (3.0, 4.5, 6.5, 9.0, 13.0, 19.0, 28.0, 40.0, 56.0)
BARS_PX = ((20.0, 8.0),)  # length and width, in half as many directions as lines
DIRECTIONS = 16
LINE_DOUBLINGS = 6  # a line is 2 ** 6 px long along its nearer axis
LINE_WIDTH_PX = 2.0
_SHRINK_FROM_PX = ((20.0, 4), (8.0, 2))  # diameter from which a spot is looked for in a picture smaller by so much


@dataclass(frozen=True, slots=True)
class Template:
    """One shape that is looked for, in a picture `shrink` times smaller than the frame.

    Of a spot or bar, size_px: the axes of an ellipse, and angle_deg of its longer one; of a line, step: what one of its
    pixels has to the next, x and y, in frame px.
    """

    name: str
    shrink: int
    size_px: tuple[float, float]
    angle_deg: float = 0.0
    step: tuple[float, float] | None = None

    @property
    def footprint(self) -> NDArray[np.uint8]:
        """255 where the shape is, in frame px, the frame's pixel in its middle."""
        if self.step is None:
            return np.asarray(np.where(_ellipse(self, 1) >= 0.5, 255, 0), np.uint8)
        reach = 2 ** (LINE_DOUBLINGS - 1)
        end = np.array(self.step) * reach
        half = int(np.abs(end).max()) + 2
        mask = np.zeros((2 * half + 1, 2 * half + 1), np.uint8)
        ends = (np.rint(np.stack([half - end, half + end]) * 16)).astype(np.int32)
        cv2.line(mask, ends[0].tolist(), ends[1].tolist(), 255, 3, cv2.LINE_8, 4)
        return mask


@cache
def bank() -> tuple[Template, ...]:
    """Every template, in an order that learnt files rely on."""
    bars = (_spot(size, index * 360 / DIRECTIONS) for size in BARS_PX for index in range(DIRECTIONS // 2))
    lines = (_line(index * 180 / DIRECTIONS) for index in range(DIRECTIONS))
    return (*(_spot((diameter, diameter), 0.0) for diameter in SPOTS_PX), *bars, *lines)


def _spot(size_px: tuple[float, float], angle_deg: float) -> Template:
    shrink = next((by for least, by in _SHRINK_FROM_PX if size_px[1] >= least), 1)
    name = f"spot {size_px[0]:g}" if size_px[0] == size_px[1] else f"bar {size_px[0]:g} at {angle_deg:g}"
    return Template(name, shrink, size_px, angle_deg)


def _line(angle_deg: float) -> Template:
    x, y = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    longest = max(abs(x), abs(y)) * (1 if x >= 0 else -1)
    step = (float(x / longest), float(y / longest))
    return Template(f"line {angle_deg:g}", 1, (2.0**LINE_DOUBLINGS, LINE_WIDTH_PX), angle_deg, step)


def whitening(power: Spectrum, kernel_px: int) -> Floats:
    """The kernel (kernel_px, kernel_px), odd, that divides by the power spectrum `power` of square windows."""
    inverse = 1 / (power + RIDGE * float(np.median(power)))
    inverse[0, 0] = 0.0
    kernel = np.fft.fftshift(np.real(np.fft.ifft2(inverse)))
    middle, reach = len(power) // 2, kernel_px // 2
    kernel = kernel[middle - reach : middle + reach + 1, middle - reach : middle + reach + 1]
    fade = np.hanning(kernel_px + 2)[1:-1] ** 0.25
    kernel = kernel * np.outer(fade, fade)
    kernel -= kernel.mean()
    return np.asarray(kernel / np.sqrt((kernel**2).sum()), np.float32)


def shrunk(evened: Floats) -> dict[int, Floats]:
    """An evened picture (H, W) at each size that templates ask for, by how much smaller it is."""
    levels = {1: evened}
    for by in (2, 4):
        before = levels[by // 2]
        size = (max(before.shape[1] // 2, 1), max(before.shape[0] // 2, 1))
        levels[by] = np.asarray(cv2.resize(before, size, interpolation=cv2.INTER_AREA), np.float32)
    return levels


def responses(evened: Floats, kernels: Mapping[int, Floats]) -> Iterator[tuple[Template, Floats]]:
    """Each template with its response to an evened picture, as large as the picture divided by its `shrink`."""
    white = {by: _filtered(level, kernels[by]) for by, level in shrunk(evened).items()}
    wide = _filtered(white[1], np.full((2, 2), 0.25, np.float32))
    for template in bank():
        if template.step is None:
            yield template, _filtered(white[template.shrink], _ellipse(template, template.shrink))
        else:
            yield template, _along(wide, template.step)


def _ellipse(template: Template, shrink: int) -> Floats:
    """Weights 1 within the ellipse, at its edge the share of each pixel, in a picture `shrink` times smaller."""
    long, short = (side / shrink / 2 for side in template.size_px)
    half = int(np.ceil(long)) + 1
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    turn = np.radians(template.angle_deg)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    away = np.hypot(along / long, across / short)
    depth = (1 - away) * np.where(away > 0, np.hypot(along, across) / np.maximum(away, 1e-9), short)
    return np.asarray(np.clip(depth + 0.5, 0, 1), np.float32)


def _along(picture: Floats, step: tuple[float, float]) -> Floats:
    """Sums over a line through each pixel: each doubling adds the sums that begin where the last ones end."""
    pad = 2**LINE_DOUBLINGS
    total = cv2.copyMakeBorder(picture, pad, pad, pad, pad, cv2.BORDER_REFLECT_101)
    gone = np.zeros(2, np.int64)
    for doubling in range(LINE_DOUBLINGS):
        move = np.rint(np.array(step) * 2**doubling).astype(np.int64)
        total = _added(np.asarray(total, np.float32), int(move[0]), int(move[1]))
        gone += move
    x0, y0 = pad - gone // 2
    height, width = picture.shape
    return np.asarray(total[y0 : y0 + height, x0 : x0 + width], np.float32)


def _added(picture: Floats, right: int, down: int) -> Floats:
    """picture(x, y) + picture(x + right, y + down), right >= 0; at the far edges the picture itself."""
    done = picture.copy()
    height, width = picture.shape
    up = max(-down, 0)
    rows, columns = slice(up, height - max(down, 0)), slice(0, width - right)
    moved = picture[up + down : height - max(down, 0) + down, right:]
    done[rows, columns] += moved
    return done


def _filtered(picture: Floats, kernel: Floats) -> Floats:
    return np.asarray(cv2.filter2D(picture, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101), np.float32)
