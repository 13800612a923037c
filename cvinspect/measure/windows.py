"""Equal windows around regions, stacked: how far each pixel stands out of the surface right around its region."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.measure.compression import on_object
from cvinspect.model import Points, Region

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Stack = NDArray[np.float32]

REACH_PX = 3  # how far beyond the claimed pixels the object's edge may lie
_KERNEL = np.array([0.25, 0.5, 0.25], np.float32)
_VARIANCE, _KEPT_NOISE = 0.5, 0.375  # of that kernel: px² along each axis; what both leave of white noise's sigma
_LEAST_NOISE_GRAY = 12**-0.5  # rounding to whole grey levels
_NEAR_PX = 6  # how far beyond a region's box its object may be seen
_MARGIN_PX, _MOST_MARGIN_PX = 9, 40  # how much surface around a region's box tells the plane, a quarter of it between
_PLAIN, _FIRST = 1, 2  # in a plan: plain surface, the first region's pixels
_SQUARE, _CROSS = (cv2.getStructuringElement(shape, (3, 3)) for shape in (cv2.MORPH_RECT, cv2.MORPH_CROSS))
_SIDES = 2 * np.round(13 * 2 ** (np.arange(40) / 3)).astype(int)
_AT_ONCE = 250_000  # pixels of a stack: what stays in a processor's cache
_FEW, _MANY = 400, 5000  # pixels of a window that suffice to look for outliers, and for its plane
_OUTLIER = 4.4  # mean deviations
_LEAST_RING = 12
_UPPER, _MIRRORED = np.triu_indices(3), np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])  # of a symmetric matrix


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """N windows of one size (h, w), a region in each.

    index: of their regions (N,). origin: (x, y) of their first pixels (N, 2). rise: (N, h, w) grey levels above the
    plane around, turned so that the object is positive (of a mixed one the size). calm: rise, smoothed by a kernel of
    variance smooth_px2 along each axis, which keeps kept_noise of white noise's sigma. claimed, own, plain (N, h, w):
    the region's pixels; where its object may be; where no other region is. noise_gray (N,): sigma of the white noise
    that would move the smoothed picture as much as the surface around does. stretch: 2 numbers (2, N), which make of a
    place z = x + i y the place stretch[0] z + stretch[1] z* of a picture that sees the part's plane straight on, with
    pixels of the same area; None: this one does.
    """

    index: NDArray[np.intp]
    origin: NDArray[np.intp]
    rise: Stack
    calm: Stack
    claimed: Mask
    own: Mask
    plain: Mask
    noise_gray: Floats
    smooth_px2: float = _VARIANCE
    kept_noise: float = _KEPT_NOISE
    stretch: NDArray[np.complex128] | None = None

    def smoother(self, rows: NDArray[np.intp], sigma_px: float) -> Windows:
        """Some of the windows, smoothed more."""
        rise, kernel = self.rise[rows], gaussian(sigma_px)
        return Windows(
            self.index[rows],
            self.origin[rows],
            rise,
            filtered(rise, kernel),
            self.claimed[rows],
            self.own[rows],
            self.plain[rows],
            self.noise_gray[rows],
            sigma_px**2,
            float((kernel**2).sum()),
            None if self.stretch is None else self.stretch[:, rows],
        )

    def straight(self, places: NDArray[np.complex128], rows: NDArray[np.intp]) -> NDArray[np.complex128]:
        """Places (R, M) in some of the windows, as a picture that sees the plane straight on would show them."""
        if self.stretch is None:
            return places
        turn, mirror = self.stretch[:, rows, None]
        return np.asarray(turn * places + mirror * places.conj())


def windows_of(
    gray: MatLike,
    regions: Sequence[Region],
    faces: Sequence[Points],
    wanted: Sequence[int],
    added_gray: float = 0.0,
    jacobian: Callable[[Points], Floats] | None = None,
) -> Iterator[Windows]:
    """The wanted ones of all regions, each in a window, equal windows together.

    added_gray: see `compression`. jacobian: (N, 2, 2) of mm over px at places (N, 2) in px; None: a plain scale.
    """
    if not wanted:
        return
    chosen = np.array(wanted)
    boxes = np.array([cv2.boundingRect(regions[i].contour_px) for i in wanted])
    pictures = np.asarray(gray, np.uint8), _plan(gray, regions, faces)
    longest = boxes[:, 2:].max(axis=1)
    sizes = np.searchsorted(_SIDES, longest + 2 * np.clip(longest // 4, _MARGIN_PX, _MOST_MARGIN_PX))
    for size in np.unique(sizes):
        shape = min(_SIDES[size], gray.shape[0]), min(_SIDES[size], gray.shape[1])
        members = np.flatnonzero(sizes == size)
        many = max(1, _AT_ONCE // (shape[0] * shape[1]))
        for some in np.split(members, range(many, len(members), many)):
            done = _windows(pictures, chosen[some], [regions[i] for i in chosen[some]], boxes[some], shape)
            noise = np.hypot(done.noise_gray, on_object(added_gray, longest[some]))
            stretch = None if jacobian is None else _stretch(jacobian(boxes[some, :2] + boxes[some, 2:] / 2))
            yield replace(done, noise_gray=noise, stretch=stretch)


def _stretch(jacobian: Floats) -> NDArray[np.complex128]:
    """(2, N): the maps of area 1, as numbers for z = x + i y and for its mirror image."""
    one = jacobian / np.sqrt(np.abs(np.linalg.det(jacobian)))[:, None, None]
    (right_x, down_x), (right_y, down_y) = one.transpose(1, 2, 0)
    turn, mirror = (right_x + side * down_y + 1j * (right_y - side * down_x) for side in (1, -1))
    return np.asarray(np.stack([turn, mirror]) / 2, np.complex128)


def _plan(gray: MatLike, regions: Sequence[Region], faces: Sequence[Points]) -> NDArray[np.uint16]:
    """_FIRST + i on region i's pixels, _PLAIN on the faces (everywhere, where there are none), else 0."""
    plan = np.full(gray.shape[:2], 0 if faces else _PLAIN, np.uint16)
    for face in faces:
        cv2.fillPoly(plan, [np.round(np.clip(face, -1e6, 1e6) * 16).astype(np.int32)], _PLAIN, shift=4)
    for number, region in enumerate(regions, _FIRST):
        cv2.drawContours(plan, [region.contour_px], -1, number, cv2.FILLED)
    return plan


def _windows(
    pictures: tuple[NDArray[np.uint8], NDArray[np.uint16]],
    index: NDArray[np.intp],
    regions: Sequence[Region],
    boxes: NDArray[np.intp],
    shape: tuple[int, int],
) -> Windows:
    """The windows of some regions in the picture and its plan."""
    room = np.array(pictures[0].shape[::-1]) - shape[::-1]
    origin = np.clip(boxes[:, :2] + boxes[:, 2:] // 2 - (shape[1] // 2, shape[0] // 2), 0, room)
    levels, plan = (_parts(one, origin, shape) for one in pictures)
    claimed = plan == (index + _FIRST).astype(np.uint16)[:, None, None]
    others = (plan >= _FIRST) & ~claimed
    plain = plan > 0
    if others.any():
        plain &= ~_grown(others, 2)
    reached = _grown(claimed, REACH_PX)
    near, size = _near(boxes, origin, shape)
    flat, calm, noise = _above_plane(levels, _ring(plain, claimed, _grown(reached, 1)))
    sign = np.array([region.polarity for region in regions], np.float32)[:, None, None]
    mixed = np.flatnonzero(sign == 0)
    rise, calm = _cropped(flat, near, size) * (sign + (sign == 0)), _cropped(calm, near, size) * sign
    if mixed.size:
        rise[mixed] = np.abs(rise[mixed])
        calm[mixed] = smoothed(rise[mixed])
    claimed, own, plain = (_cropped(mask, near, size) for mask in (claimed, reached & ~others, plain))
    return Windows(index, origin + near, rise, calm, claimed, own, plain, noise)


def _ring(plain: Mask, claimed: Mask, reached: Mask) -> Mask:
    """The plain surface around the claimed pixels, beyond those that they may reach."""
    ring = plain & ~reached
    ring[:, [0, -1]] = ring[:, :, [0, -1]] = False  # where smoothing repeats pixels
    few = total(ring) < _LEAST_RING
    ring[few] = ~claimed[few]
    return ring


def _near(
    boxes: NDArray[np.intp], origin: NDArray[np.intp], shape: tuple[int, int]
) -> tuple[NDArray[np.intp], tuple[int, int]]:
    """Where in its window (x, y) what matters of a region begins, and (high, wide) that is enough for all of them."""
    wide, high = np.minimum(boxes[:, 2:].max(axis=0) + 2 * _NEAR_PX, shape[::-1])
    middle = boxes[:, :2] + boxes[:, 2:] // 2 - origin
    return np.clip(middle - (wide // 2, high // 2), 0, (shape[1] - wide, shape[0] - high)), (int(high), int(wide))


def _cropped(stack: NDArray[Any], start: NDArray[np.intp], size: tuple[int, int]) -> NDArray[Any]:
    """The part (high, wide) of each window from its start (x, y) on."""
    if (start == start[0]).all():
        x, y = start[0]
        return stack[:, y : y + size[0], x : x + size[1]]
    parts = zip(stack, start.tolist(), strict=True)
    return np.stack([one[y : y + size[0], x : x + size[1]] for one, (x, y) in parts], axis=1).transpose(1, 0, 2)


def _parts(picture: NDArray[Any], start: NDArray[np.intp], size: tuple[int, int]) -> NDArray[Any]:
    """The parts (N, high, wide) of a picture from (x, y) on.

    They lie side by side in memory, as all stacks do: OpenCV is many times faster in a few long rows.
    """
    parts = np.lib.stride_tricks.sliding_window_view(picture, size)[start[:, 1], start[:, 0]]
    return np.ascontiguousarray(parts.transpose(1, 0, 2)).transpose(1, 0, 2)


def total(stack: NDArray[Any]) -> Floats:
    """The sum (N,) of each window."""
    return np.asarray(stack.sum(axis=1, dtype=np.float32).sum(axis=1), np.float64)


def smoothed(stack: Stack) -> Stack:
    """Each window smoothed by the kernel 1 2 1 along both axes."""
    return filtered(stack, _KERNEL)


def gaussian(sigma_px: float) -> Stack:
    """A Gaussian kernel."""
    return np.asarray(
        cv2.getGaussianKernel(2 * math.ceil(3.5 * sigma_px) + 1, sigma_px, cv2.CV_32F), np.float32
    ).ravel()


def filtered(stack: Stack, kernel: Stack) -> Stack:
    """Each window filtered along both axes by a kernel of odd length, its border pixels repeated."""
    borders = cv2.BORDER_REPLICATE
    return _together(stack, len(kernel) // 2, lambda all: cv2.sepFilter2D(all, -1, kernel, kernel, borderType=borders))


def _grown(masks: Mask, radius: int) -> Mask:
    """Each mask dilated by an octagon: by a square of 3 x 3 px once in three steps, by a cross in the others."""

    def grow(all: MatLike) -> MatLike:
        for step in range(radius):
            all = cv2.dilate(all, _SQUARE if step % 3 == 1 else _CROSS)
        return all

    return _together(masks.view(np.uint8), radius, grow).view(np.bool_)


def _together(stack: NDArray[Any], margin: int, work: Callable[[MatLike], MatLike]) -> NDArray[Any]:
    """`work` done on all windows side by side as one picture, in which the outer columns of each are repeated."""
    count, high, wide = stack.shape
    if not (stack[:, :, :margin].any() or stack[:, :, wide - margin :].any()):  # all margins are 0: nothing mixes
        done = np.asarray(work(stack.transpose(1, 0, 2).reshape(high, -1)))
        return done.reshape(high, count, wide).transpose(1, 0, 2)
    row = np.empty((high, count, wide + 2 * margin), stack.dtype)
    inside = slice(margin, margin + wide)
    row[:, :, inside] = stack.transpose(1, 0, 2)
    row[:, :, :margin], row[:, :, margin + wide :] = row[:, :, margin, None], row[:, :, margin + wide - 1, None]
    done = np.asarray(work(row.reshape(high, -1))).reshape(row.shape)
    return np.ascontiguousarray(done[:, :, inside]).transpose(1, 0, 2)


def _above_plane(levels: NDArray[np.uint8], ring: Mask) -> tuple[Stack, Stack, Floats]:
    """How far each pixel (N, h, w) stands above the plane through its window's ring, the same smoothed, and the noise.

    The noise (N,) is what the smoothing leaves of the ring, as white noise that would leave as much. What stands out of
    the ring by more than _OUTLIER mean deviations, 3.5 sigmas of a normal distribution, is left out.
    """
    count, high, wide = levels.shape
    x, y = (np.arange(side, dtype=np.float32) / np.float32(side) - np.float32(0.5) for side in (wide, high))
    terms = np.stack(np.broadcast_arrays(np.float32(1), x, y[:, None]))
    values = levels.astype(np.float32)
    coarse, fine = (max(1, round(math.sqrt(high * wide / pixels))) for pixels in (_FEW, _MANY))
    plane = np.zeros((count, 3), np.float32)
    for step in (coarse, coarse, fine):
        sparse = slice(None), slice(step // 2, None, step), slice(step // 2, None, step)
        some, around = values[sparse].reshape(count, -1), ring[sparse].reshape(count, -1).astype(np.float32)
        around[around.sum(axis=1) < _LEAST_RING] = 1
        few = terms[sparse].reshape(3, -1)
        if not plane.any():
            plane[:, 0] = _dot(some, around) / around.sum(axis=1)
        rest = some - plane @ few
        size = np.abs(rest)
        mean = _dot(size, around) / around.sum(axis=1)
        keep = around * (size <= _OUTLIER * np.maximum(mean, 0.3)[:, None])
        normal = (keep @ (few[_UPPER[0]] * few[_UPPER[1]]).T)[:, _MIRRORED] + np.diag([0.0, 1e-3, 1e-3])
        plane += np.linalg.solve(normal, ((keep * rest) @ few.T)[:, :, None])[:, :, 0].astype(np.float32)
    values -= (plane[:, :1] + plane[:, 1:2] * x)[:, None]
    values -= (plane[:, 2:] * y)[:, :, None]
    calm = smoothed(values)
    left = calm[sparse].reshape(count, -1)
    noise = np.sqrt(_dot(left * left, keep) / keep.sum(axis=1)) / _KEPT_NOISE
    return values, calm, np.maximum(noise.astype(np.float64), _LEAST_NOISE_GRAY)


def _dot(one: Stack, two: Stack) -> Stack:
    """The sum (N,) of the products of each row (N, M)."""
    return np.asarray(np.einsum("nm,nm->n", one, two))
