"""Which pieces of a picture are one line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.detect.components import Contour, Piece, above, mask_of, outer_contour, pixel_count, sides

Point = tuple[int, int]
Vectors = NDArray[np.float64]
Numbers = NDArray[np.float64]

CLEAR = 6.0  # length over width from which a piece is a line whatever its blur
LONG_CORE = 0.5  # of a piece's length: its core's, from which it tells how wide the line is
END_PX = 25.0  # how much of a piece tells its direction at an end
STRAY_PX = 2.0  # how far beside its direction a line may go on at any distance
AT_ONCE = 64  # ends whose gaps to all others are looked at together
TURN = 0.27  # tangent of 15 degrees: how much it may turn over a gap


@dataclass(frozen=True, slots=True, eq=False)
class Strand:
    """A piece seen as a bit of a line.

    length, width: px, along and across. ends, ways: (2, 2) its ends and the outward unit vectors there. directed: long
    enough for its direction to mean something.
    """

    piece: Piece
    length: float
    width: float
    ends: Vectors
    ways: Vectors
    directed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Strands that are one line, and the bridges between their ends."""

    strands: tuple[Strand, ...]
    bridges: tuple[tuple[Point, Point], ...] = ()

    @property
    def peak(self) -> float:
        """The largest peak of its pieces."""
        return max(strand.piece.peak for strand in self.strands)

    @property
    def size(self) -> tuple[float, float]:
        """Length between the outermost ends (of a single piece along it) and the widest strand's width, px."""
        if len(self.strands) == 1:
            only = self.strands[0]
            return max(math.dist(*only.ends.tolist()), only.length), only.width
        ends = np.concatenate([strand.ends for strand in self.strands])
        reach = float(np.linalg.norm(ends[:, None] - ends[None], axis=2).max())
        lengths, widths = zip(*((strand.length, strand.width) for strand in self.strands), strict=True)
        return max(reach, *lengths), max(widths)


def strands_of(pieces: Sequence[Piece], deviation: MatLike) -> list[Strand]:
    """Each piece's length, width, ends and directions, from its contour in the picture `deviation`."""
    if not pieces:
        return []
    ends, ways = _tips(_Outlines.of([piece.contour for piece in pieces]))
    strands = []
    for piece, own_ends, own_ways in zip(pieces, ends, ways, strict=True):
        length, width = _length_width(piece.contour)
        if length < CLEAR * width:
            width = min(width, _core_width(piece, deviation, LONG_CORE * length))
        directed = length >= 5 and length >= 2.5 * width
        strands.append(Strand(piece, length, width, own_ends, own_ways, directed))
    return strands


@dataclass(frozen=True, slots=True, eq=False)
class _Outlines:
    """The points of N contours one after the other. x, y: px; owner: the contour of each point; first: where each
    contour begins."""

    x: Numbers
    y: Numbers
    owner: NDArray[np.intp]
    first: NDArray[np.intp]

    @classmethod
    def of(cls, contours: list[Contour]) -> _Outlines:
        sizes = np.array([len(contour) for contour in contours])
        x, y = np.ascontiguousarray(np.concatenate(contours).T, np.float64)
        return cls(x, y, np.repeat(np.arange(len(sizes)), sizes), np.cumsum(sizes) - sizes)

    def summed(self, values: Numbers) -> Numbers:
        """(N,) the sum of what each contour's points have."""
        return np.asarray(np.add.reduceat(values, self.first), np.float64)

    def middles(self, some: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
        """(N,) x and y of the mean of some of each contour's points."""
        number = self.summed(some.astype(np.float64))
        return self.summed(self.x * some) / number, self.summed(self.y * some) / number

    def axes(self, some: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
        """(N,) x and y of the unit vectors along which some of each contour's points spread most."""
        middle_x, middle_y = self.middles(some)
        right, down = (self.x - middle_x[self.owner]) * some, (self.y - middle_y[self.owner]) * some
        across = self.summed(right * down)
        spread = np.stack([self.summed(right * right), across, across, self.summed(down * down)], axis=1)
        axes = np.linalg.eigh(spread.reshape(-1, 2, 2))[1][:, :, 1]
        return axes[:, 0], axes[:, 1]


def _tips(outlines: _Outlines) -> tuple[Vectors, Vectors]:
    """(N, 2, 2) the two ends of each contour, and the outward unit vectors there."""
    x, y, owner = outlines.x, outlines.y, outlines.owner
    right, down = outlines.axes(np.ones(len(x), np.bool_))
    ends, ways = [], []
    for sign in (-1.0, 1.0):
        along = sign * (x * right[owner] + y * down[owner])
        furthest = np.maximum.reduceat(along, outlines.first)
        tip_x, tip_y = outlines.middles(along >= furthest[owner] - 1.5)
        near = np.hypot(x - tip_x[owner], y - tip_y[owner]) <= END_PX
        way_x, way_y = outlines.axes(near)
        outward = np.where(sign * (way_x * right + way_y * down) > 0, 1.0, -1.0)
        ends.append(np.stack([tip_x, tip_y], axis=1))
        ways.append(np.stack([outward * way_x, outward * way_y], axis=1))
    return np.stack(ends, axis=1), np.stack(ways, axis=1)


def _length_width(contour: Contour) -> tuple[float, float]:
    """Of a straight piece the long side and the mean width; of a curved one those of a strip of its girth and area."""
    count = pixel_count(contour)
    long, short = sides(contour)
    if long >= 3 * short:
        return long, count / long
    girth = (cv2.arcLength(contour, True) + np.pi) / 2
    strip = (girth + float(np.sqrt(max(girth**2 - 4 * count, 0.0)))) / 2
    return (strip, count / strip) if strip**2 >= 6 * count else (long, short)


def _core_width(piece: Piece, deviation: MatLike, least: float) -> float:
    """The width of what exceeds a third of the piece's peak: a strong line's blur makes it look wider than it is.

    Infinite where that is not `least` long: it is a speck with a halo, or on a line, and tells nothing of a line.
    """
    x, y, width, height = piece.box
    window = cv2.bitwise_and(deviation[y : y + height, x : x + width], mask_of(piece.contour, piece.box))
    core = outer_contour(above(window, piece.peak / 3), (0, 0))
    if core is None:
        return math.inf
    long, narrow = _length_width(core)
    return narrow if long >= least else math.inf


def joined(strands: list[Strand], gap_px: float) -> list[Line]:
    """Lines, in the order of their first strands.

    Two strands are one line when the gap between an end of each is at most `gap_px` (of arms of one piece, which have
    none, anything) and at most the longer one's length, and the bridge over it keeps within 15 degrees (or 2 px) of the
    direction of each that has one; at least one of them must have one.
    """
    ends = np.array([strand.ends for strand in strands]).reshape(-1, 2)
    ways = np.array([strand.ways for strand in strands]).reshape(-1, 2)
    directed = np.repeat([strand.directed for strand in strands], 2).astype(bool)
    lengths = np.repeat([strand.length for strand in strands], 2)
    arm_of = np.repeat([strand.piece.arm_of for strand in strands], 2)
    group = list(range(len(strands)))
    bridges: list[tuple[int, tuple[Point, Point]]] = []
    tips = np.flatnonzero(directed)
    for own in np.split(tips, range(AT_ONCE, len(tips), AT_ONCE)):
        gaps = ends - ends[own, None]
        distance = np.linalg.norm(gaps, axis=2)
        ahead = _keeps_to(gaps, distance, ways[own, None])
        back = _keeps_to(-gaps, distance, ways) | ~directed
        widest = np.where((arm_of == arm_of[own, None]) & (arm_of > 0), np.inf, gap_px)
        near = distance <= np.minimum(widest, np.maximum(lengths, lengths[own, None]))
        for at, other in np.argwhere(near & ahead & back).tolist():
            index = int(own[at])
            one, two = _root(group, index // 2), _root(group, other // 2)
            if one != two:
                group[max(one, two)] = min(one, two)
                bridges.append((index // 2, (_pixel(ends[index]), _pixel(ends[other]))))
    return _lines(strands, group, bridges)


def _keeps_to(gaps: Vectors, distance: Vectors, way: Vectors) -> NDArray[np.bool_]:
    forward = (gaps * way).sum(axis=-1)
    aside = np.sqrt(np.maximum(distance**2 - forward**2, 0))
    return np.asarray((forward > 0) & (aside <= np.maximum(STRAY_PX, TURN * forward)))


def _root(group: list[int], member: int) -> int:
    while group[member] != member:
        member = group[member]
    return member


def _pixel(point: Vectors) -> Point:
    return int(point[0]), int(point[1])


def _lines(strands: list[Strand], group: list[int], bridges: list[tuple[int, tuple[Point, Point]]]) -> list[Line]:
    members: dict[int, list[Strand]] = {}
    spans: dict[int, list[tuple[Point, Point]]] = {}
    for index, strand in enumerate(strands):
        members.setdefault(_root(group, index), []).append(strand)
    for index, bridge in bridges:
        spans.setdefault(_root(group, index), []).append(bridge)
    return [Line(tuple(line), tuple(spans.get(root, ()))) for root, line in members.items()]
