"""A path moved onto the grey of its line, and how far the line stands out along it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.measure.band import Band, Floats, band, directions
from cvinspect.measure.bends import shift_along, simplified
from cvinspect.measure.centre_line import RUN_OUT_PX, STEP_PX, prolonged, run
from cvinspect.measure.profile import box_slopes
from cvinspect.model import Points

TIP_PX = 4.0  # how far beyond the claimed pixels a line may end
BLUR_REACH = 2.5  # blur sigmas beyond which an edge leaves no trace to speak of
MOST_SHIFT_PX = 6.0
ANEW_PX = 1.0  # a shift from which the path is made anew
SETTLED_PX = 0.3  # a shift that needs no further round
USUAL = 0.6  # quantile of the contrasts at the claimed nodes that is the line's usual one
_ROUNDS = 3
_FINE = 16  # places per px at which a profile is tabulated
_WINDOW = 7  # nodes over which the contrast along the line is averaged
_BEYOND = round((RUN_OUT_PX - TIP_PX) / STEP_PX)  # nodes at both ends of a path at which no line is looked for


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A line's path (N, 2), px, and the band around it.

    reach: (N,) px along the path. width: about the line's own, px. contrast_gray: (N,) of the line at each node, and
    u_contrast_gray from noise. bright: (N,) bool, the claimed nodes where it stands out by half of its usual contrast.
    """

    path: Points
    reach: Floats
    band: Band
    width: float
    contrast_gray: Floats
    u_contrast_gray: Floats
    bright: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What a path's band shows: at each node how far the line lies beside it, px, and with which weight that is known;
    the contrasts as in `Course`. moved_px: the largest shift."""

    shift: Floats
    moved_px: float
    weight: Floats
    contrast: Floats
    u_contrast: Floats
    bright: NDArray[np.bool_]


def followed(gray: MatLike, path: Points, sign: int, width: float, sigma: float) -> Course | None:
    """The path moved sideways onto the line's middle; None where nothing stands out.

    width: of the line's claimed pixels, px; sigma: the blur. The shift is the least-squares one at each node, as a
    polynomial along the line. The first round looks for a wide blurred line, in case the path runs beside the real one;
    where it did, the path is made anew.
    """
    edge = width / 2 + BLUR_REACH * sigma
    around = band(gray, path, sign, edge)
    if around is None:
        return None
    own = _own_width(around, edge, sigma)
    look = _looked(around, max(width / 2, own), 2 * sigma)
    if look is not None and look.moved_px > ANEW_PX:
        path = _anew(path, look, around.noise_gray)
        around = band(gray, path, sign, edge)
        total = np.zeros(len(path))
    elif look is not None:
        around, total = _moved(around, look.shift), look.shift
    for _ in range(_ROUNDS):
        look = None if look is None or around is None else _looked(around, own, sigma)
        if look is None or around is None:
            return None
        around, total = _moved(around, look.shift), total + look.shift
        if look.moved_px < SETTLED_PX:
            break
    return _course(path + total[:, None] * _normals(path), around, look, own)


def _moved(around: Band, shift: Floats) -> Band:
    return replace(around, across=around.across - shift.take(around.node))


def _course(path: Points, around: Band | None, look: _Look | None, width: float) -> Course | None:
    if around is None or look is None:
        return None
    reach = run(path)
    around = replace(around, along=around.along + (reach - np.arange(len(path)) * STEP_PX).take(around.node))
    return Course(path, reach, around, width, look.contrast, look.u_contrast, look.bright)


def _anew(path: Points, look: _Look, noise_gray: float) -> Points:
    """The path after the shift, smooth again, and straight on at both ends."""
    first, last = look.bright.nonzero()[0][[0, -1]].tolist()
    moved = (path + look.shift[:, None] * _normals(path))[first : last + 1]
    weight = look.weight[first : last + 1]
    smooth = simplified(moved, weight + 1e-6 * weight.max(), noise_gray)
    return prolonged(smooth, first * STEP_PX, (len(path) - 1 - last) * STEP_PX)


def _looked(around: Band, width: float, sigma: float) -> _Look | None:
    """The line in the band, as a box of `width` behind the blur; None where it does not stand out."""
    box, slope = _tabulated(around.across, width, sigma)
    sums = np.empty((2, around.nodes))
    sums[0], sums[1] = around.sums(around.rise * box), around.sums(box * box)
    seen, weight = cv2.blur(sums, (_WINDOW, 1), borderType=cv2.BORDER_CONSTANT) * _WINDOW
    weight = np.maximum(weight, 0.05 * weight.max())
    contrast = seen / weight
    claimed = contrast[_BEYOND:-_BEYOND]
    usual = int(USUAL * len(claimed))
    level = 0.5 * float(np.partition(claimed, usual)[usual])
    if not level > 0:
        return None
    bright = np.zeros(around.nodes, bool)
    bright[_BEYOND:-_BEYOND] = claimed >= level
    gain = np.where(bright, contrast, 0.0).take(around.node)
    pull, left = gain * slope, around.rise - gain * box
    told, noise = around.sums(pull * pull), max(around.noise_gray, float(np.sqrt(left @ left / len(left))))
    first, last = bright.nonzero()[0][[0, -1]].tolist()
    shift = shift_along(told, -around.sums(pull * left), slice(first, last + 1), (last - first) * STEP_PX, noise)
    shift = np.minimum(np.maximum(shift, -MOST_SHIFT_PX), MOST_SHIFT_PX)
    moved = float(np.abs(shift[first : last + 1]).max())
    return _Look(shift, moved, told, contrast, around.noise_gray / np.sqrt(weight), bright)


def _tabulated(across: Floats, width: float, sigma: float) -> tuple[Floats, Floats]:
    """The box of contrast 1 and its slope at each pixel, to 1 / _FINE px."""
    least, most = float(across.min()), float(across.max())
    box, slope = box_slopes(least + np.arange(int((most - least) * _FINE) + 2) / _FINE, width, sigma)
    index = ((across - (least - 0.5 / _FINE)) * _FINE).astype(np.intp)
    return box.take(index), slope.take(index)


def _own_width(around: Band, edge: float, sigma: float) -> float:
    """About how wide the line itself is, px: its grey over its peak, less the blur."""
    index = ((around.across + (edge + 0.25)) * 2).astype(np.intp)
    number = np.maximum(np.bincount(index), 1)
    seen = np.convolve(np.bincount(index, around.rise) / number, [0.25, 0.5, 0.25], "same")
    even = max(float(seen.sum()) / 2, 0.0) / max(float(seen.max()), 1e-9)
    return float(np.sqrt(min(max(even**2 - 2 * np.pi * sigma**2, 1.0), edge**2)))


def _normals(path: Points) -> Points:
    return np.asarray(directions(path)[:, ::-1] * [-1, 1])
