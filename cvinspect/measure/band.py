"""The pixels around a path, in the path's own coordinates: nothing is interpolated, so noise stays each pixel's own."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.measure.centre_line import STEP_PX
from cvinspect.model import Points

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

SIDE_PX = 8.0  # plain surface looked at on each side
LEVEL_PX = 21.0  # length along the path over which its grey level is averaged
LEAST_NOISE = 0.35  # rounding to whole grey levels
STRAY = 4.0  # noise sigmas beyond which a pixel is not plain surface
_LEAST_PIXELS = 32
_SHARED = 4  # nodes that share a level
_ROUNDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """The pixels within some px of a path.

    node: (N,) the path's node next to each; along, across: (N,) px, from the path's start and from its line; rise: (N,)
    grey levels above the surface, turned so that the line is positive. nodes: how many the path has. noise_gray: noise
    sigma of a pixel beside the line.
    """

    node: Indices
    along: Floats
    across: Floats
    rise: Floats
    nodes: int
    noise_gray: float
    room_gray: float

    def sums(self, values: Floats) -> Floats:
        """Per node the sum over its pixels."""
        return np.asarray(np.bincount(self.node, values, self.nodes))


def band(gray: MatLike, path: Points, sign: int, edge: float) -> Band | None:
    """The band of `edge` px on both sides of the path; SIDE_PX beyond it tell the surface's level and noise.

    None where too little of it lies within the picture.
    """
    ways = directions(path)
    node, x, y, value = _pixels(gray, path, ways, edge + SIDE_PX)
    way_x, way_y = ways[:, 0].take(node), ways[:, 1].take(node)
    x -= path[:, 0].take(node)
    y -= path[:, 1].take(node)
    across = y * way_x - x * way_y
    near = np.abs(across) <= edge
    inner, outer = near.nonzero()[0], (~near).nonzero()[0]
    if min(len(inner), len(outer)) < _LEAST_PIXELS:
        return None
    low, high, noise = _surface(node.take(outer), across.take(outer), value.take(outer) * sign, len(path))
    along = (node * STEP_PX + x * way_x + y * way_y).take(inner)
    node, across = node.take(inner), across.take(inner)
    tilt = (high - low) / (2 * (edge + SIDE_PX / 2))
    level = (low + high) / 2
    rise = value.take(inner) * sign - level.take(node) - tilt.take(node) * across
    room = (255.0 if sign > 0 else 0.0) - float(level.mean())
    return Band(node, along, across, rise, len(path), noise, max(room, noise))


def directions(path: Points) -> Points:
    """The unit vectors along a path (N, 2)."""
    steps = np.empty_like(path)
    steps[1:-1] = path[2:] - path[:-2]
    steps[0], steps[-1] = path[1] - path[0], path[-1] - path[-2]
    return np.asarray(steps / np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-9)[:, None])


def _pixels(gray: MatLike, path: Points, ways: Points, half: float) -> tuple[Indices, Floats, Floats, Floats]:
    """(node, x, y, value) of the picture's pixels around the path: each belongs to a node that lies next to it."""
    low = np.floor(path.min(axis=0) - half).astype(int)
    left, top = int(low[0]), int(low[1])
    offsets = np.arange(-half, half + STEP_PX / 2, STEP_PX).astype(np.float32)
    start, way = (path - (low - 0.5)).astype(np.float32), ways.astype(np.float32)
    column = (start[:, :1] - way[:, 1:] * offsets).astype(np.int32)
    row = (start[:, 1:] + way[:, :1] * offsets).astype(np.int32)
    wide, high = int(column.max()) + 1, int(row.max()) + 1
    owner = np.full(wide * high, -1, np.int32)
    owner[row * wide + column] = np.arange(len(path), dtype=np.int32)[:, None]
    grid = owner.reshape(high, wide)
    window = gray[max(top, 0) : top + high, max(left, 0) : left + wide]
    grid = grid[max(-top, 0) :, max(-left, 0) :][: window.shape[0], : window.shape[1]]
    row, column = (grid >= 0).nonzero()
    node = grid[row, column].astype(np.intp)
    value = window[row, column].astype(np.float64)
    return node, np.asarray(column + float(max(left, 0))), np.asarray(row + float(max(top, 0))), value


def _surface(node: Indices, across: Floats, value: Floats, nodes: int) -> tuple[Floats, Floats, float]:
    """The plain surface's level beside each node, on the left and on the right, and its noise."""
    bins = nodes // _SHARED + 1
    place = node // _SHARED + bins * (across > 0)
    for _ in range(_ROUNDS):
        levels = _levels(place, value, bins)
        left = np.abs(value - levels.take(place))
        usual = float(np.partition(left, len(left) // 2)[len(left) // 2])
        plain = left <= STRAY * max(1.4826 * usual, LEAST_NOISE)
        if plain.all():
            break
        place, value = place[plain], value[plain]
    noise = max(float(np.sqrt(left @ left / len(left))), LEAST_NOISE)
    at = np.arange(nodes)
    middle = np.arange(bins) * _SHARED + (_SHARED - 1) / 2
    return np.interp(at, middle, levels[0]), np.interp(at, middle, levels[1]), noise


def _levels(place: Indices, value: Floats, bins: int) -> Floats:
    """Mean grey level (2, bins) per side and bin, over LEVEL_PX along the path."""
    window = 2 * round(LEVEL_PX / STEP_PX / _SHARED / 2) + 1
    sums = np.empty((4, bins))
    sums[:2] = np.bincount(place, minlength=2 * bins).reshape(2, bins)
    sums[2:] = np.bincount(place, value, 2 * bins).reshape(2, bins)
    means = cv2.blur(sums, (window, 1), borderType=cv2.BORDER_CONSTANT)
    number, total = means[:2], means[2:]
    if number.min() > 1e-6:
        return np.asarray(total / number)
    seen = total / np.maximum(number, 1e-9)
    other = np.where(number[::-1] > 1e-6, seen[::-1], value.mean())
    return np.asarray(np.where(number > 1e-6, seen, other))
